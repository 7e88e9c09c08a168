/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which texts say something, and which only quote.
 */
#include "milter/owntext.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>

static const struct {
    const char *name;
    const char *text;
    bool want;
} rows[] = {
    {"nothing", "", false},
    {"blank lines", "\n \t\n\r\n", false},
    {"one word", "ok", true},
    {"only a quotation", "> The printer is on fire.\n> Kim\n", false},
    {"an introduction", "On Mon, 2 Mar 2026 Kim wrote:\n> The printer\n", false},
    {"an introduction, CRLF", "On Mon, 2 Mar 2026 Kim wrote:\r\n> The printer\r\n", false},
    {"and a blank line", "kim@example.net schrieb:\n\n> Der Drucker\n", false},
    {"on two lines", "On Mon, 2 Mar 2026 at 10:00 Kim <kim@example.net>\nwrote:\n> The\n", false},
    {"on four lines", "1\n2\n3\n4:\n> The\n", true},
    {"no date in it", "Please read this:\n> The printer\n", true},
    {"no colon", "Invoice 7 is the one\n> The printer\n", true},
    {"nothing quoted after it", "On Mon, 2 Mar 2026 Kim wrote:\n", true},
    {"words before it", "Do it.\n\nOn Mon, 2 Mar 2026 Kim wrote:\n> The printer\n", true},
    {"words below", "2 Mar, Kim:\n> The printer\nDo it.\n", true},
    {"words between", "> one\nno\n> two\n", true},
    {"a signature", "-- \nJane Operator\nExample Ltd\n", false},
    {"a signature, CRLF", "\r\n-- \r\nJane Operator\r\n", false},
    {"after a quotation", "> one\n-- \nJane\n", false},
    {"no signature: no space", "--\nJane\n", true},
    {"no signature: more on the line", "-- Jane\n", true},
    {"words, then a signature", "Do it.\n-- \nJane\n", true},
    {"a quotation in the signature", "-- \n> x\nJane\n", false},
    {"bytes that are no UTF-8", "\xff\xfe", true},
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if (owntext_has(rows[i].text) != rows[i].want)
            fail_msg("%s: should be %s", rows[i].name, rows[i].want ? "own words" : "none");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
