/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which tags of other ticketing systems a Subject bears.
 */
#include "milter/foreigntag.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define FORTY "aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd"

static const struct {
    const char *subject, *want;
} rows[] = {
    {NULL, ""},
    {"", ""},
    {"[Other #7] Printer", "[other #7]"},
    {"Re: Printer [Other #7]", "[other #7]"},
    {"[Ticket#2026030210000017]", "[ticket #2026030210000017]"},
    {"[example.org #12][A-b_c #3]", "[example.org #12] [a-b_c #3]"},
    {"[Other #7] [OTHER #7]", "[other #7]"},
    {"[Other #07]", "[other #07]"},
    {"[[Other #7]]", "[other #7]"},
    {"[Example #1-ETMXC] [Other #7]", "[other #7]"},
    {"[Example #1] [eXample #1]", ""}, /* our own, without check letters */
    {"[Examples #1]", "[examples #1]"},
    {"[Other  #7]", ""},
    {"[Other # 7]", ""},
    {"[Other #7", ""},
    {"[Other #]", ""},
    {"[Other #7x]", ""},
    {"[#7]", ""},
    {"[Two Words #7]", ""},
    {"[\xc3\x9c #7]", ""},
    {"[\xff #7] [a #1]", "[a #1]"},
    {"[" FORTY " #12345678901234567890]", "[" FORTY " #12345678901234567890]"},
    {"[" FORTY "e #1]", ""},
    {"[a #123456789012345678901]", ""},
    {"[a #1][a #2][a #3][a #4][a #5][a #6]", "[a #1] [a #2] [a #3] [a #4] [a #5]"},
};

static void test_rows(void **state)
{
    static const uint8_t key[1] = {1};
    const struct ticketid_site site = {"Example", key, sizeof key};

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GPtrArray) tags = foreigntag_list(&site, rows[i].subject);
        g_autofree char *got = NULL;

        g_ptr_array_add(tags, NULL);
        got = g_strjoinv(" ", (char **)tags->pdata);
        if (g_strcmp0(got, rows[i].want) != 0)
            fail_msg("%s: got %s, want %s", rows[i].subject, got, rows[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
