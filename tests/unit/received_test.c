/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which host wrote a Received header.
 */
#include "milter/received.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>

#include "milter/mail.h"

static const struct {
    const char *value;
    const char *want;
} rows[] = {
    {" from a (b [192.0.2.1])\n\tby mx.example.com (Postfix) with ESMTP id 1;\n\tMon, 2 Mar 2026",
     "mx.example.com"},
    {" by mx.example.com (Postfix, from userid 0)\n\tid 1; Mon", "mx.example.com"},
    {" BY mx.example.com;Mon", "mx.example.com"},
    {" from x (by evil.example) by mx.example.com", "mx.example.com"},
    {" from x (a (by deep) by evil) by mx.example.com", "mx.example.com"},
    {" from by.example.com by mx.example.com", "mx.example.com"},
    {" from x by mx.example.com(comment)", "mx.example.com"},
    {" from x; by mx.example.com", NULL}, /* what follows is the date */
    {" from x (never closed by mx.example.com", NULL},
    {" from x by", NULL},
    {" from x by (only a comment)", NULL},
    {" by ;", NULL},
    {"", NULL},
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *got = received_host(rows[i].value);

        if (g_strcmp0(got, rows[i].want) != 0)
            fail_msg("%s: got %s, want %s", rows[i].value, got != NULL ? got : "nothing",
                     rows[i].want != NULL ? rows[i].want : "nothing");
    }
}

static void test_only_the_top(void **state)
{
    g_autoptr(GPtrArray) headers = g_ptr_array_new_with_free_func((GDestroyNotify)mail_header_free);
    g_autofree char *host = NULL;

    (void)state;
    assert_null(received_by(headers));
    g_ptr_array_add(headers, mail_header_new("received", " by mx.example.com; Mon"));
    host = received_by(headers);
    assert_string_equal(host, "mx.example.com");
    g_ptr_array_insert(headers, 0, mail_header_new("Subject", " x"));
    assert_null(received_by(headers));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_only_the_top),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
