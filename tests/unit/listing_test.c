/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which words a Subject asks for. What the lists say is in tests/cases.
 */
#include "milter/listing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>
#include <string.h>

#include "db/error.h"

static const uint8_t key[32] = "0123456789abcdef0123456789abcde";
static const struct ticketid_site site = {"Example", key, sizeof key};

/* %: the ID of ticket 1042. */
static char *with_id(const char *subject)
{
    g_autoptr(GString) text = g_string_new(subject);
    g_autofree char *id = ticketid_format(&site, 1042);

    g_string_replace(text, "%", id, 0);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static const struct {
    const char *subject;
    const char *want; /* with '|' between; NULL: refused */
} rows[] = {
    {"printer", "printer"},
    {"  two\twords ", "two|words"},
    {"a\xc2\xa0"
     "b\xe3\x80\x80"
     "c",
     "a|b|c"},
    {"Re: AW: printer", "printer"},
    {"%", "#1042"},
    {"Re: % [note] Printer on fire", "#1042|Printer|on|fire"},
    {"Printer %", "#1042|Printer"},
    {"[Other #7]", "[Other|#7]"},
    {"[Example #1042-AAAAA]", "[Example|#1042-AAAAA]"},
    {"", NULL},
    {" \t ", NULL},
    {"Re:", NULL},
    {"(no subject)", NULL},
    {NULL, NULL},
    {"1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20",
     "1|2|3|4|5|6|7|8|9|10|11|12|13|14|15|16|17|18|19|20"},
    {"1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21", NULL},
    {"% 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20", NULL},
};

static void test_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *subject = rows[i].subject != NULL ? with_id(rows[i].subject) : NULL;
        g_autoptr(GError) error = NULL;
        g_auto(GStrv) words = listing_words(&site, subject, &error);
        g_autofree char *got = words != NULL ? g_strjoinv("|", words) : NULL;

        if (g_strcmp0(got, rows[i].want) != 0)
            fail_msg("%s: got %s", subject, got != NULL ? got : error->message);
        assert_true(got != NULL || g_error_matches(error, COUNTERFOIL_ERROR, ERROR_REFUSED));
    }
}

static void test_size(void **state)
{
    g_autofree char *most = g_strnfill(LISTING_WORDS_SIZE_MAX, 'a');
    g_autofree char *more = g_strnfill(LISTING_WORDS_SIZE_MAX + 1, 'a');
    g_auto(GStrv) words = listing_words(&site, most, NULL);

    (void)state;
    assert_non_null(words);
    assert_null(listing_words(&site, more, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
