/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * milter/mention: addresses in text.
 */
#include "milter/mention.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

static const struct {
    const char *in;
    const char *want; /* the addresses, a space between */
} rows[] = {
    {"", ""},
    {"kim@example.net", "kim@example.net"},
    {"<Kim@Example.NET>: no", "kim@example.net"},
    {"for <kim@example.net>; Thu", "kim@example.net"},
    {"\"kim@example.net\": x", "kim@example.net"},
    {"'kim@example.net'", "kim@example.net"},
    {"*kim@example.net*", "kim@example.net"},
    {"to kim@example.net. It", "kim@example.net"},
    {"RCPT TO:<support+1042-k7qx2@example.com>", "support+1042-k7qx2@example.com"},
    {"mailto:kim@example.net]", "kim@example.net"},
    {"kim@example.net<mailto:jo@example.net>", "kim@example.net jo@example.net"},
    {"kim@example.net,jo@example.net;x@y", "kim@example.net jo@example.net x@y"},
    {"a@b@c", "a@b"},
    {"@ @x x@ x@. @@", ""},
    {"a..b@example.net", "\"a..b\"@example.net"},
    {"\u5B9B\u5148kim@example.net\u306F", "kim@example.net"},
    {"J\u00f6rg@example.net", ""}, /* the half of an address is none */
    {"\u201ckim@example.net\u201d", "kim@example.net"},
    {"=?utf-8?Q?kim=40example.net?=", ""},
    {"x <kim@[192.0.2.1]>", ""},
};

static char *find_all(const char *text, size_t size)
{
    GString *all = g_string_new(NULL);
    struct mention mention = {0};

    while (mention_find(text, size, mention.end, &mention)) {
        assert_true(mention.begin < mention.end && mention.end <= size);
        g_string_append_printf(all, "%s%s", all->len > 0 ? " " : "", mention.address);
        g_free(mention.address);
    }
    return g_string_free(all, FALSE);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        size_t size = strlen(rows[i].in);
        g_autofree char *exact = g_memdup2(rows[i].in, size); /* no NUL behind it */
        g_autofree char *got = find_all(exact, size);

        if (strcmp(got, rows[i].want) != 0)
            fail_msg("%s: got %s, want %s", rows[i].in, got, rows[i].want);
    }
}

static void test_hostile(void **state)
{
    static const char *const pieces[] = {"@", "a@", "@a", "a", "\u00e4@", "a@b."};
    gint64 begin = g_get_monotonic_time();

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(pieces); i++) {
        g_autoptr(GString) text = g_string_new(NULL);

        for (int count = 0; count < 200 * 1000; count++)
            g_string_append(text, pieces[i]);
        g_autofree char *got = find_all(text->str, text->len);
    }
    assert_true(g_get_monotonic_time() - begin < 20 * G_TIME_SPAN_SECOND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_hostile)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
