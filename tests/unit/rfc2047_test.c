/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * milter/rfc2047: what mail programs really write, and where an encoded word may be cut.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "milter/rfc2047.h"

static void decoded(void **state)
{
    static const struct {
        const char *name;
        const char *in;
        const char *want;
    } rows[] = {
        {"empty", "", ""},
        {"plain", "a  b\tc", "a  b\tc"},
        {"Q", "=?utf-8?Q?M=C3=BCll_x?=", "Müll x"},
        {"Q, small letters", "=?UTF-8?q?M=c3=bcll?=", "Müll"},
        {"B", "=?UTF-8?B?TcO8bGw=?=", "Müll"},
        {"Latin-1", "=?iso-8859-1?Q?M=FCll?=", "Müll"},
        {"Windows-1252 labelled Latin-1", "=?iso-8859-1?Q?=80?=", "€"},
        {"ISO-2022-JP", "=?iso-2022-jp?b?GyRCJDQbKEI=?=", "ご"},
        {"GB 2312", "=?gb2312?b?u9i4tA==?=: x", "回复: x"},
        {"unknown label", "=?x-nobody?Q?M=C3=BCll?=", "Müll"},
        {"with a language", "=?utf-8*de?Q?M=C3=BCll?=", "Müll"},
        {"among text", "a =?utf-8?Q?b?= c", "a b c"},
        {"two", "=?utf-8?Q?a?= =?utf-8?Q?b?=", "ab"},
        {"two, folded", "=?utf-8?Q?a?=\n =?utf-8?Q?b?=", "ab"},
        {"two, glued", "=?utf-8?Q?a?==?utf-8?Q?b?=", "ab"},
        {"two, several spaces", "=?utf-8?Q?a?=  \t =?utf-8?Q?b?=", "ab"},
        {"two, other labels", "=?utf-8?Q?=C3=BC?= =?iso-8859-1?Q?=FC?=", "üü"},
        {"two, other encodings", "=?utf-8?Q?=C3=BC?= =?utf-8?B?w7w=?=", "üü"},
        {"text between", "=?utf-8?Q?a?= x =?utf-8?Q?b?=", "a x b"},
        {"spaces encoded", "=?utf-8?Q?_a_?= =?utf-8?Q?_?=b", " a  b"},
        {"glued to text", "a=?utf-8?Q?b?=c", "abc"},
        {"ID, then word", "Re: [Example #1-A] =?utf-8?B?5Zue?=", "Re: [Example #1-A] 回"},
        {"character cut in Q", "=?utf-8?Q?=E2=98?= =?utf-8?Q?=83?=", "☃"},
        {"character cut in B", "=?utf-8?B?4pg=?= =?utf-8?B?gw==?=", "☃"},
        {"base64 cut", "=?utf-8?B?4piD4pi?= =?utf-8?B?D4piD?=", "☃☃☃"},
        {"padding lost", "=?utf-8?B?YWI?= x", "ab x"},
        {"padding lost, one more", "=?utf-8?B?YQ?= x", "a x"},
        {"too much padding", "=?utf-8?B?YQ====?= x", "a x"},
        {"padding for nothing", "=?utf-8?B?4piD=?= =?utf-8?B?4piD?=", "☃☃"},
        {"ISO-2022-JP cut between its shifts",
         "=?iso-2022-jp?B?GyRCJUsl=?= =?iso-2022-jp?B?YyE8JXMbKEIK=?=", "ニャーン\n"},
        {"character incomplete", "=?utf-8?B?4pg=?= x", "â˜ x"},
        {"spaces in Q", "=?utf-8?Q?a b c?= d", "a b c d"},
        {"question mark in Q", "=?utf-8?Q?What?_now?=", "What? now"},
        {"equals sign at the end", "=?utf-8?Q?a=?=", "a="},
        {"wrong hexadecimal", "=?utf-8?Q?=G1=4?=", "=G1=4"},
        {"Q that begins with =", "=?utf-8?Q?=41?=", "A"},
        {"empty word",
         "a =?utf-8?Q?"
         "?= b",
         "a  b"},
        {"NUL", "=?utf-8?Q?a=00b?=", "ab"},
        {"not closed", "=?utf-8?Q?abc", "=?utf-8?Q?abc"},
        {"not closed, then one", "=?utf-8?Q?abc =?utf-8?Q?d?=", "=?utf-8?Q?abc d"},
        {"other encoding", "=?utf-8?X?abc?=", "=?utf-8?X?abc?="},
        {"no label", "=??Q?abc?=", "=??Q?abc?="},
        {"beginning only", "a =? b", "a =? b"},
        {"end only", "a ?= b", "a ?= b"},
        {"words that only look so", "=?= =?a =?a?Q =?a?Q?", "=?= =?a =?a?Q =?a?Q?"},
        {"decoded once", "=?utf-8?Q?=3D=3Futf-8=3FQ=3Fa=3F=3D?=", "=?utf-8?Q?a?="},
        {"raw UTF-8", "Müll =?utf-8?Q?x?=", "Müll x"},
        {"raw Windows-1252", "M\xfcll \x80", "Müll €"},
    };
    int failed = 0;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *have = rfc2047_decode(rows[i].in);

        if (strcmp(have, rows[i].want) != 0) {
            print_error("%s: have %s, want %s\n", rows[i].name, have, rows[i].want);
            failed++;
        }
    }
    assert_int_equal(failed, 0);
}

static void needed(void **state)
{
    (void)state;
    assert_false(rfc2047_is_needed("abc = ? ?= \t", 12));
    assert_true(rfc2047_is_needed("a=?", 3));
    assert_false(rfc2047_is_needed("a=?", 2));
    assert_true(rfc2047_is_needed("\u00fc", 2));
}

static void encoded(void **state)
{
    static const struct {
        const char *name;
        const char *in;
        size_t room;
        const char *want;
    } rows[] = {
        {"Q", "Müller", 75, "=?UTF-8?Q?M=C3=BCller?="},
        {"Q, space and specials", "ü a_b\"(c)", 75, "=?UTF-8?Q?=C3=BC_a=5Fb=22=28c=29?="},
        {"B", "回复", 75, "=?UTF-8?B?5Zue5aSN?="},
        {"B, short room", "回复回复", 26, "=?UTF-8?B?5Zue5aSN5Zue?=|=?UTF-8?B?5aSN?="},
        {"at least one character", "回复", 1, "=?UTF-8?Q?=E5=9B=9E?=|=?UTF-8?B?5aSN?="},
        {"accent stays", "o\u0301o\u0301", 18, "=?UTF-8?B?b8yB?=|=?UTF-8?B?b8yB?="},
    };
    int failed = 0;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GString) have = g_string_new(NULL);

        rfc2047_encode(have, rows[i].in, strlen(rows[i].in), rows[i].room, "|");
        if (strcmp(have->str, rows[i].want) != 0) {
            print_error("%s: have %s, want %s\n", rows[i].name, have->str, rows[i].want);
            failed++;
        }
    }
    assert_int_equal(failed, 0);
}

/* Each word is valid UTF-8 by itself, is no longer than it may be, and does not begin within what
 * combines to one character; all together are the text. */
static void cut_well(void **state)
{
    static const char *const units[] = {
        "の",
        "é",
        "o\u0301",
        "\U0001F468\u200d\U0001F469\u200d\U0001F467",
        "\U0001F44D\U0001F3FD",
        "a",
        "ü a",
        "\u0915\u093f",
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
        g_autoptr(GString) text = g_string_new(NULL);
        g_autoptr(GString) have = g_string_new(NULL);
        g_auto(GStrv) words = NULL;
        g_autofree char *whole = NULL;

        for (int n = 0; n < 300; n++)
            g_string_append(text, units[i]);
        rfc2047_encode(have, text->str, text->len, 40, " ");
        whole = rfc2047_decode(have->str);
        assert_string_equal(whole, text->str);
        words = g_strsplit(have->str, " ", -1);
        assert_true(strlen(words[0]) <= 40);
        for (size_t n = 0; words[n] != NULL; n++) {
            g_autofree char *part = rfc2047_decode(words[n]);

            assert_true(strlen(words[n]) <= RFC2047_MAX);
            if (!g_str_has_prefix(units[i], "a") && !g_str_has_prefix(units[i], "ü"))
                if (!g_str_has_prefix(part, units[i]))
                    fail_msg("unit %zu, word %zu: %s", i, n, part);
        }
    }
}

/* More accents on one letter than fit into a word. */
static void monstrous(void **state)
{
    g_autoptr(GString) text = g_string_new("a");
    g_autoptr(GString) have = g_string_new(NULL);
    g_autofree char *whole = NULL;

    (void)state;
    for (int n = 0; n < 10000; n++)
        g_string_append(text, "\u0301");
    rfc2047_encode(have, text->str, text->len, RFC2047_MAX, " ");
    whole = rfc2047_decode(have->str);
    assert_string_equal(whole, text->str);
}

/* What would take minutes if it took quadratic time. */
static void large(void **state)
{
    static const char *const pieces[] = {
        "=?",          "?=",         "=?a?q?x",     "=?a?q?x ",       "=?a?q?",
        "=?a?q?=?= ",  "=?a?b?x?= ", "=?utf-8?q?a", "=?utf-8?b?YQ?=", "=?utf-8?q?a?= ",
        "=?utf-8?q? ", "\xff",
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(pieces); i++) {
        g_autoptr(GString) text = g_string_new(NULL);
        g_autofree char *have = NULL;

        while (text->len < 1000000)
            g_string_append(text, pieces[i]);
        have = rfc2047_decode(text->str);
        assert_true(g_utf8_validate(have, -1, NULL));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decoded),  cmocka_unit_test(needed),    cmocka_unit_test(encoded),
        cmocka_unit_test(cut_well), cmocka_unit_test(monstrous), cmocka_unit_test(large),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
