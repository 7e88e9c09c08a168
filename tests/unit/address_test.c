/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * milter/address: spellings and their normal form; cutting and extending.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "milter/address.h"

struct row {
    const char *name;
    const char *in;
    const char *want; /* NULL: no address */
};

static const struct row rows[] = {
    {"plain", "kim@example.net", "kim@example.net"},
    {"angle brackets", "<kim@example.net>", "kim@example.net"},
    {"space around", " \t<kim@example.net> ", "kim@example.net"},
    {"space within brackets", "< kim@example.net >", "kim@example.net"},
    {"case", "KIM.Customer@EXAMPLE.Net", "kim.customer@example.net"},
    {"extension", "<Support+1042-K7QX2@example.com>", "support+1042-k7qx2@example.com"},
    {"source route", "<@a.example,@b.example:kim@example.net>", "kim@example.net"},
    {"source route through a literal", "<@[IPv6:::1]:kim@example.net>", "kim@example.net"},
    {"final dot", "kim@example.net.", "kim@example.net"},
    {"needless quotes", "\"Kim\"@example.net", "kim@example.net"},
    {"needless quotes around dots", "\"kim.customer\"@example.net", "kim.customer@example.net"},
    {"quotes around one word", "\"kim\".customer@example.net", "kim.customer@example.net"},
    {"needless backslash", "\"k\\im\"@example.net", "kim@example.net"},
    {"quotes with extension", "\"support+close\"@example.com", "support+close@example.com"},
    {"needed quotes", "\"Kim Customer\"@example.net", "\"kim customer\"@example.net"},
    {"needed quotes, at", "\"kim@home\"@example.net", "\"kim@home\"@example.net"},
    {"needed backslashes", "\"k\\\"i\\\\m\"@example.net", "\"k\\\"i\\\\m\"@example.net"},
    {"bracket in quotes", "<\"a>b\"@example.net>", "\"a>b\"@example.net"},
    {"two dots", "a..b@example.net", "\"a..b\"@example.net"},
    {"two dots in quotes", "\"a..b\"@example.net", "\"a..b\"@example.net"},
    {"dot before at", "a.@example.net", "\"a.\"@example.net"},
    {"dot in front", ".a@example.net", "\".a\"@example.net"},
    {"comment behind", "kim@example.net (Kim)", "kim@example.net"},
    {"comment in front", "(Kim) kim@example.net", "kim@example.net"},
    {"comments everywhere", "(a)kim(b)@(c)example(d).(e)net(f)", "kim@example.net"},
    {"comment in brackets", "<kim(x)@example.net>(y)", "kim@example.net"},
    {"nested comment", "kim(a(b\\)c)d)@example.net", "kim@example.net"},
    {"space around at and dot", "kim . customer @ example . net", "kim.customer@example.net"},
    {"literal", "kim@[192.0.2.1]", "kim@[192.0.2.1]"},
    {"IPv6 literal", "<kim@[IPv6:2001:DB8::1]>", "kim@[ipv6:2001:db8::1]"},
    {"all that may be in a word", "!#$%&'*+-/=?^_`{|}~@example.net",
     "!#$%&'*+-/=?^_`{|}~@example.net"},
    {"host without dot", "root@localhost", "root@localhost"},
    {"underscore in domain", "kim@my_host.example", "kim@my_host.example"},
    {"UTF-8", "JÖRG@BÜCHER.example", "jörg@bücher.example"},
    {"Greek", "ΚΙΜ@example.net", "κιμ@example.net"},
    {"Kelvin sign is no k", "\u212aim@example.net", "\u212aim@example.net"},
    {"dotted capital i is no i", "k\u0130m@example.net", "k\u0130m@example.net"},
    {"not UTF-8", "J\xd6RG@example.net", "j\xd6rg@example.net"},
    {"UTF-8 space in quotes", "\"a\u00a0b\"@example.net", "\"a\u00a0b\"@example.net"},

    {"empty", "", NULL},
    {"null sender", "<>", NULL},
    {"blank", "  ", NULL},
    {"no at", "postmaster", NULL},
    {"no local part", "@example.net", NULL},
    {"empty local part", "\"\"@example.net", NULL},
    {"no domain", "kim@", NULL},
    {"dot for a domain", "kim@.", NULL},
    {"dot in front of the domain", "kim@.example.net", NULL},
    {"two dots in the domain", "kim@example..net", NULL},
    {"two final dots", "kim@example.net..", NULL},
    {"two at", "kim@a@example.net", NULL},
    {"space in the local part", "kim customer@example.net", NULL},
    {"space in the domain", "kim@example net", NULL},
    {"UTF-8 space", "kim\u00a0c@example.net", NULL},
    {"display name", "Kim <kim@example.net>", NULL},
    {"quoted display name", "\"Kim\" <kim@example.net>", NULL},
    {"list", "kim@example.net, pat@example.net", NULL},
    {"semicolon", "kim@example.net;", NULL},
    {"bracket not closed", "<kim@example.net", NULL},
    {"bracket not opened", "kim@example.net>", NULL},
    {"two brackets", "<<kim@example.net>>", NULL},
    {"something behind", "<kim@example.net> x", NULL},
    {"comment not closed", "kim@example.net (x", NULL},
    {"comment closed twice", "kim@example.net (x))", NULL},
    {"quote not closed", "\"kim@example.net", NULL},
    {"quote ends in backslash", "\"kim\\", NULL},
    {"text after the quote", "\"kim\"x@example.net", NULL},
    {"route not ended", "<@a.example kim@example.net>", NULL},
    {"line break", "kim@example.net\r\nBcc: x@example.net", NULL},
    {"line break in quotes", "\"kim\nx\"@example.net", NULL},
    {"line break in a comment", "kim@example.net (\n)", NULL},
    {"tab in quotes", "\"kim\tx\"@example.net", NULL},
    {"DEL", "kim\x7f@example.net", NULL},
    {"C1 control", "kim\xc2\x85@example.net", NULL},
    {"C1 control, cut by a backslash", "\"kim\xc2\\\x85\"@example.net", NULL},
    {"empty literal", "kim@[]", NULL},
    {"literal not closed", "kim@[192.0.2.1", NULL},
    {"text after literal", "kim@[192.0.2.1]x", NULL},
    {"words in literal", "kim@[a b]", NULL},
};

static void normalised(void **state)
{
    int failed = 0;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *have = address_normalise(rows[i].in);
        g_autofree char *again = have != NULL ? address_normalise(have) : NULL;

        if (g_strcmp0(have, rows[i].want) != 0 || g_strcmp0(again, have) != 0) {
            print_error("%s: have %s, want %s, then %s\n", rows[i].name, have, rows[i].want, again);
            failed++;
        }
    }
    assert_int_equal(failed, 0);
}

static char *sized(size_t local, size_t domain)
{
    g_autofree char *a = g_strnfill(local, 'a');
    g_autofree char *b = g_strnfill(domain, 'b');

    return g_strconcat(a, "@", b, NULL);
}

static void lengths(void **state)
{
    static const struct {
        size_t local;
        size_t domain;
        bool want;
    } sizes[] = {{256, 255, true}, {257, 10, false}, {10, 501, true}, {10, 502, false}};

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autofree char *in = sized(sizes[i].local, sizes[i].domain);
        g_autofree char *have = address_normalise(in);

        if ((have != NULL) != sizes[i].want)
            fail_msg("%zu@%zu", sizes[i].local, sizes[i].domain);
    }
}

/* What would take minutes if it took quadratic time, or the stack if it were recursive. */
static void large(void **state)
{
    static const char *const pieces[] = {"(", "()", "\\", "\"", "a.", "@", "<", "@a,", "[", " "};

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(pieces); i++) {
        g_autoptr(GString) text = g_string_new(NULL);
        g_autofree char *have = NULL;

        while (text->len < 4000000)
            g_string_append(text, pieces[i]);
        have = address_normalise(text->str);
        assert_null(have);
    }
}

static void parts(void **state)
{
    static const struct {
        const char *in;
        const char *local;
        const char *domain;
        const char *spelled;
    } all[] = {
        {"kim@example.net", "kim", "example.net", "kim at example.net"},
        {"\"kim c\"@example.net", "kim c", "example.net", "kim c at example.net"},
        {"\"a@\\\"\\\\b\"@[192.0.2.1]", "a@\"\\b", "[192.0.2.1]", "a@\"\\b at [192.0.2.1]"},
        {"nonsense", "nonsense", "", "nonsense at "},
        {"\"@x", "\"", "x", "\" at x"},
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        g_autofree char *local = address_local(all[i].in);
        g_autofree char *spelled = address_spelled(all[i].in);

        assert_string_equal(local, all[i].local);
        assert_string_equal(address_domain(all[i].in), all[i].domain);
        assert_string_equal(spelled, all[i].spelled);
    }
}

static void cut(void **state)
{
    static const struct {
        const char *name;
        const char *in;
        const char *delimiters;
        const char *base;
        const char *extension;
    } all[] = {
        {"one", "support+close@example.com", "+", "support@example.com", "close"},
        {"none there", "support@example.com", "+", "support@example.com", NULL},
        {"not a delimiter", "support-x@example.com", "+", "support-x@example.com", NULL},
        {"first of two", "a+b+c@example.com", "+", "a@example.com", "b+c"},
        {"first of several kinds", "tech-support+close@x.example", "+-", "tech@x.example",
         "support+close"},
        {"minus in the extension", "support+1042-k7qx2@example.com", "+-", "support@example.com",
         "1042-k7qx2"},
        {"empty extension", "support+@example.com", "+", "support@example.com", ""},
        {"leading delimiter", "+close@example.com", "+", "+close@example.com", NULL},
        {"leading and another", "+a+b@example.com", "+", "+a+b@example.com", NULL},
        {"delimiter in the domain", "support@my-host.example", "-", "support@my-host.example",
         NULL},
        {"no delimiters", "support+x@example.com", "", "support+x@example.com", NULL},
        {"NULL delimiters", "support+x@example.com", NULL, "support+x@example.com", NULL},
        {"quotes for the extension", "\"support+a b\"@example.com", "+", "support@example.com",
         "a b"},
        {"quotes for the base", "\"sup port+ab\"@example.com", "+", "\"sup port\"@example.com",
         "ab"},
        {"postmaster", "postmaster@example.com", "o", "postmaster@example.com", NULL},
        {"mailer-daemon", "mailer-daemon@example.com", "-", "mailer-daemon@example.com", NULL},
        {"double-bounce", "double-bounce@example.com", "-", "double-bounce@example.com", NULL},
        {"a list's owner", "owner-list@example.com", "-", "owner-list@example.com", NULL},
        {"a list's request", "list-request@example.com", "-", "list-request@example.com", NULL},
        {"no minus, no list", "list-request+x@example.com", "+", "list-request@example.com", "x"},
    };
    int failed = 0;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        g_autofree char *base = NULL;
        g_autofree char *extension = NULL;
        bool was_cut = address_cut(all[i].in, all[i].delimiters, &base, &extension);

        if (was_cut != (all[i].extension != NULL) || strcmp(base, all[i].base) != 0 ||
            g_strcmp0(extension, all[i].extension) != 0) {
            print_error("%s: %s, %s\n", all[i].name, base, extension);
            failed++;
        }
    }
    assert_int_equal(failed, 0);
}

static void extended(void **state)
{
    g_autofree char *plain = address_extend("support@example.com", '+', "1042-k7qx2");
    g_autofree char *quoted = address_extend("\"sup port\"@example.com", '-', "Note");

    (void)state;
    assert_string_equal(plain, "support+1042-k7qx2@example.com");
    assert_string_equal(quoted, "\"sup port-note\"@example.com");
}

static void questions(void **state)
{
    (void)state;
    assert_true(address_is_ascii("kim@example.net"));
    assert_false(address_is_ascii("j\u00f6rg@example.net"));
    assert_false(address_is_ascii("kim@b\u00fccher.example"));
    assert_true(address_same_domain("a@example.net", "\"b@x\"@example.net"));
    assert_false(address_same_domain("a@example.net", "a@sub.example.net"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(normalised), cmocka_unit_test(lengths), cmocka_unit_test(large),
        cmocka_unit_test(parts),      cmocka_unit_test(cut),     cmocka_unit_test(extended),
        cmocka_unit_test(questions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
