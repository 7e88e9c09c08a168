/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * milter/mailbox: addresses as they are written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "milter/mail.h"
#include "milter/mailbox.h"

static const struct {
    const char *name;
    const char *in;
    const char *want; /* "NAME <ADDRESS>", joined by " | "; no name: "<ADDRESS>" */
} rows[] = {
    {"nothing", "", ""},
    {"bare", " kim@example.net", "<kim@example.net>"},
    {"brackets", " <Kim@Example.NET>", "<kim@example.net>"},
    {"name", " Kim Customer <kim@x.example>", "Kim Customer <kim@x.example>"},
    {"quoted name", " \"Customer, Kim \\\"K\\\"\" <kim@x.example>",
     "Customer, Kim \"K\" <kim@x.example>"},
    {"comment for a name", " kim@x.example (Kim (K) Customer)", "Kim (K) Customer <kim@x.example>"},
    {"name and comment", " Kim <kim@x.example> (not this)", "Kim <kim@x.example>"},
    {"brackets and comment", " <kim@x.example> (Kim)", "Kim <kim@x.example>"},
    {"several", " a@x.example, B <b@x.example>,c@x.example",
     "<a@x.example> | B <b@x.example> | <c@x.example>"},
    {"empty places", ",, a@x.example,, ,b@x.example,", "<a@x.example> | <b@x.example>"},
    {"folded", " A\n\tB\n <a@x.example>,\n b@x.example", "A B <a@x.example> | <b@x.example>"},
    {"group", " Team: a@x.example, B <b@x.example>; , c@x.example",
     "<a@x.example> | B <b@x.example> | <c@x.example>"},
    {"empty group", " undisclosed-recipients:;", ""},
    {"group that never ends", " Team: a@x.example, b@x.example", "<a@x.example> | <b@x.example>"},
    {"semicolons", " a@x.example; b@x.example;", "<a@x.example> | <b@x.example>"},
    {"encoded name", " =?utf-8?q?J=C3=B6rg?= =?utf-8?q?_X?= <j@x.example>", "Jörg X <j@x.example>"},
    {"encoded name in quotes", " \"=?iso-8859-1?Q?J=F6rg?=\" <j@x.example>", "Jörg <j@x.example>"},
    {"encoded name with specials", " =?utf-8?Q?A,_B:)?= <a@x.example>", "A, B:) <a@x.example>"},
    {"encoded comment", " a@x.example (=?utf-8?q?=C3=A9?=)", "é <a@x.example>"},
    {"encoded without brackets", " =?utf-8?q?=C3=A9?= a@x.example", "é <a@x.example>"},
    {"raw UTF-8", " J\xC3\xB6rg <j@x.example>", "Jörg <j@x.example>"},
    {"raw Windows-1252", " J\xF6rg <j@x.example>", "Jörg <j@x.example>"},
    {"controls",
     " A\x01\x7F"
     "B <a@x.example>",
     "A B <a@x.example>"},
    {"single quotes", " \"'kim@x.example'\" <kim@x.example>", "kim@x.example <kim@x.example>"},
    {"commas in a bare name", " Customer, Kim, Dr. <kim@x.example>",
     "Customer, Kim, Dr. <kim@x.example>"},
    {"bare word in front", " kim, a@x.example", "<a@x.example>"},
    {"dots in a name", " Kim C. Customer <kim@x.example>", "Kim C. Customer <kim@x.example>"},
    {"address for a name", " a@x.example <b@x.example>", "a@x.example <b@x.example>"},
    {"name without brackets", " Kim Customer kim@x.example", "Kim Customer <kim@x.example>"},
    {"spaces for commas", " a@x.example b@x.example", "<a@x.example> | <b@x.example>"},
    {"no comma between brackets", " A <a@x.example> B <b@x.example>",
     "A <a@x.example> | B <b@x.example>"},
    {"no comma in brackets", " <a@x.example, b@x.example>", "<a@x.example> | <b@x.example>"},
    {"twice in brackets", " A <a@x.example<mailto:a@x.example>>, <b@x.example>",
     "A <a@x.example> | <b@x.example>"},
    {"brackets in brackets", " <<a@x.example>>, b@x.example", "<a@x.example> | <b@x.example>"},
    {"no closing bracket", " A <a@x.example", "A <a@x.example>"},
    {"no closing bracket, another", " A <a@x.example, B <b@x.example>",
     "A <a@x.example> | B <b@x.example>"},
    {"no opening bracket", " a@x.example>, b@x.example", "<a@x.example> | <b@x.example>"},
    {"lone quote", " \"Kim <kim@x.example>", "Kim <kim@x.example>"},
    {"lone quote behind others", " \"A\" <a@x.example>, \"B <b@x.example>",
     "A <a@x.example> | B <b@x.example>"},
    {"lone parenthesis", " Kim (K <kim@x.example>", "Kim K <kim@x.example>"},
    {"empty brackets", " kim@x.example <>", "<kim@x.example>"},
    {"route", " <@a.example,@b.example:kim@x.example>", "<kim@x.example>"},
    {"mailto", " mailto:kim@x.example", "<kim@x.example>"},
    {"literal", " <kim@[IPv6:::1]>, a@[192.0.2.1]", "<kim@[ipv6:::1]> | <a@[192.0.2.1]>"},
    {"bare literal", " kim@[IPv6:::1]", "<kim@[ipv6:::1]>"},
    {"quoted local part", " <\"a,b <c\"@x.example>, \"d e\"@x.example",
     "<\"a,b <c\"@x.example> | <\"d e\"@x.example>"},
    {"comments in brackets", " Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>",
     "Pete <pete@silly.test>"},
    {"no address", " nobody", ""},
    {"no address in brackets", " Kim <nobody>, <@>, <a@x.example>", "<a@x.example>"},
    {"name that is blank", " \" \" <a@x.example>", "<a@x.example>"},
};

static char *print(const GPtrArray *list)
{
    GString *out = g_string_new(NULL);

    for (guint i = 0; i < list->len; i++) {
        const struct mail_address *address = g_ptr_array_index(list, i);

        g_string_append(out, i == 0 ? "" : " | ");
        if (address->name != NULL)
            g_string_append_printf(out, "%s ", address->name);
        g_string_append_printf(out, "<%s>", address->address);
    }
    return g_string_free(out, FALSE);
}

static void addresses(void **state)
{
    int failed = 0;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GPtrArray) list = mailbox_list_new();

        mailbox_read(list, rows[i].in);
        g_autofree char *got = print(list);
        if (strcmp(got, rows[i].want) != 0) {
            print_error("%s: %s\n", rows[i].name, got);
            failed++;
        }
    }
    assert_int_equal(failed, 0);
}

static void several_fields(void **state)
{
    g_autoptr(GPtrArray) list = mailbox_list_new();

    (void)state;
    mailbox_read(list, "a@x.example");
    mailbox_read(list, "b@x.example");
    assert_int_equal(list->len, 2);
}

static void too_many(void **state)
{
    static const char *const units[] = {"a@x.example,", "<a@x.example>", "A: a@x.example;"};

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
        g_autoptr(GPtrArray) list = mailbox_list_new();
        g_autoptr(GString) value = g_string_new(NULL);

        for (int k = 0; k < MAILBOX_COUNT_MAX - 1; k++)
            g_string_append(value, units[i]);
        mailbox_read(list, value->str);
        assert_int_equal(list->len, MAILBOX_COUNT_MAX - 1);
        mailbox_read(list, "b@x.example c@x.example, d@x.example");
        assert_int_equal(list->len, MAILBOX_COUNT_MAX);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses),
        cmocka_unit_test(several_fields),
        cmocka_unit_test(too_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
