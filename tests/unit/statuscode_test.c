/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * milter/statuscode: codes in what mail servers write, and what only looks like one.
 */
#include "milter/statuscode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

static const struct {
    const char *in;
    const char *want;
} find_rows[] = {
    {"", ""},
    {"550 5.1.1 <kim@example.net>... User Unknown", "5.1.1"},
    {"550-5.7.26 Unauthenticated\n550 5.7.26 mail", "5.7.26"},
    {"smtp; 550 #5.5.0", "5.5.0"},
    {"(#5.1.1 - chkusr)", "5.1.1"},
    {"said: 450 4.2.2: full", "4.2.2"},
    {"5.2.2 <kim@example.net>... Mailbox Full", "5.2.2"},
    {"ERROR_CODE :550, ERROR_CODE :5.1.1 x", "5.1.1"},
    {"Status: 5.0.0; 550 5.1.1 unknown", "5.1.1"},
    {"5.0.0 and no more", "5.0.0"},
    {"550 no such user", "5.0.0"},
    {"\"550 x\"", "5.0.0"},
    {"said:\n421", "4.0.0"},
    {"421 try later, 550 no", "4.0.0"},
    {"550 x 4.4.1", "4.4.1"},
    {"5.1.351 x", "5.1.351"},
    {"ends in 5.1.1", "5.1.1"},
    {"ends in 5.1.1.", "5.1.1"},
    {"5.1.1: x", "5.1.1"},
    {"2.0.0 sent, 250 ok", ""},
    {"192.0.2.5.1.1", ""},
    {"5.1.1.2", ""},
    {"[4.4.4.4] 5.39.1.253", ""},
    {"version 5.5.1960.3, Exim 4.72, mta-6.5.0-4, v5.1.1", ""},
    {"5.1", ""},
    {"5.1.", ""},
    {"5.1.1111", ""},
    {"5..1", ""},
    {"55.1.1", ""},
    {"15.1.1", ""},
    {"5550", ""},
    {"a550 550b 550@x", ""},
    {"570 580 599 499", ""},
    {"+49 550", "5.0.0"}, /* who reads text can't know everything */
    {"5", ""},
    {"-5.1.1", ""},
    {"550-5.1.1", "5.1.1"},
    {"1550-5.1.1", ""},
};

static const struct {
    const char *in;
    const char *want;
} read_rows[] = {
    {" 5.1.1", "5.1.1"},
    {"5.1.1 (bad address)", "5.1.1"},
    {" 4.0.0(x)", "4.0.0"},
    {"2.1.5\n", "2.1.5"},
    {"5.1.351", "5.1.351"},
    {"3.1.1", ""},
    {"5.1.1234", ""},
    {"5.1", ""},
    {"", ""},
    {"failed 5.1.1", ""},
    {"\n\t5.2.0", "5.2.0"},
};

static void test_find(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(find_rows); i++) {
        size_t size = strlen(find_rows[i].in);
        g_autofree char *exact = g_memdup2(find_rows[i].in, size); /* no NUL behind it */
        char got[STATUSCODE_SIZE];

        statuscode_find(exact, size, got);
        if (strcmp(got, find_rows[i].want) != 0)
            fail_msg("%s: got %s, want %s", find_rows[i].in, got, find_rows[i].want);
    }
}

static void test_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(read_rows); i++) {
        char got[STATUSCODE_SIZE];

        statuscode_read(read_rows[i].in, got);
        if (strcmp(got, read_rows[i].want) != 0)
            fail_msg("%s: got %s, want %s", read_rows[i].in, got, read_rows[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_find), cmocka_unit_test(test_read)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
