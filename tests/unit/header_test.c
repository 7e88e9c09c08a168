/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * milter/header: what is written is safe, folded, and read back to the letter, by us and by GMime.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>
#include <gmime/gmime.h>

#include "milter/header.h"

#define ID "[Example #1042-Y1JWZ]"
#define LINE_MAX_BYTES 78

/* The longest line of a value, the header's name counted. */
static size_t longest_line(const char *name, const char *value)
{
    size_t longest = strcspn(value, "\n") + strlen(name) + 1;

    for (value = strchr(value, '\n'); value != NULL; value = strchr(value + 1, '\n'))
        longest = MAX(longest, strcspn(value + 1, "\n"));
    return longest;
}

static void text_written(void **state)
{
    static const struct {
        const char *name;
        const char *in;
        const char *want;
    } rows[] = {
        {"empty", "", " "},
        {"ASCII", "Printer on fire", " Printer on fire"},
        {"ID", "Re: " ID " Printer", " Re: " ID " Printer"},
        {"double space", "a  b", " a  b"},
        {"one word of several", "Re: " ID " Drücker x", " Re: " ID " =?UTF-8?Q?Dr=C3=BCcker?= x"},
        {"first to last", "a ü b ö c", " a =?UTF-8?Q?=C3=BC_b_=C3=B6?= c"},
        {"Japanese", ID " 回复 x", " " ID " =?UTF-8?B?5Zue5aSN?= x"},
        {"spaces beside it", "a  ü  b", " a =?UTF-8?Q?_=C3=BC_?= b"},
        {"space in front", " a b", " =?UTF-8?Q?_a?= b"},
        {"space behind", "a b ", " a =?UTF-8?Q?b_?="},
        {"spaces only", "  ", " =?UTF-8?Q?__?="},
        {"looks encoded", "a =?utf-8?q?b?= c", " a =?UTF-8?Q?=3D=3Futf-8=3Fq=3Fb=3F=3D?= c"},
        {"tab", "a\tb", " a b"},
        {"header of its own", "a\r\nBcc: b", " a  Bcc: b"},
        {"bare LF", "a\nb", " a b"},
        {"bare CR", "a\rb", " a b"},
        {"controls", "a\x1b[31m\x07 b\x7f", " a[31m b"},
        {"C1 control",
         "a\xc2\x9b"
         "b",
         " ab"},
        {"not UTF-8", "a \xff", " a =?UTF-8?B?77+9?="},
        {"folded",
         "0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789  x",
         " 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789\n 0123456789  x"},
    };
    int failed = 0;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *have = header_text("Subject", rows[i].in);

        if (strcmp(have, rows[i].want) != 0) {
            print_error("%s:\n  have %s\n  want %s\n", rows[i].name, have, rows[i].want);
            failed++;
        }
    }
    assert_int_equal(failed, 0);
}

/* unit, times times, behind the ID. */
static char *repeated(const char *unit, int times)
{
    GString *text = g_string_new("Re: " ID " ");

    for (int i = 0; i < times; i++)
        g_string_append(text, unit);
    return g_string_free(text, FALSE);
}

static char *by_gmime(const char *value)
{
    g_autofree char *unfolded = g_mime_utils_header_unfold(value);
    g_autofree char *decoded = g_mime_utils_header_decode_text(NULL, unfolded);

    return g_strdup(decoded);
}

static void round_trip(void **state)
{
    static const struct {
        const char *unit;
        int times;
        bool is_short; /* lines can be, and so must be, 78 bytes at most */
    } rows[] = {
        {"日", 300, true},
        {"日本語 テスト  ", 40, true},
        {"\U0001F468\u200d\U0001F469\u200d\U0001F467 ", 30, true},
        {"o\u0301", 200, true},
        {"Ünïcödé ", 60, true},
        {"word ", 60, true},
        {"a  b   c    ", 60, true},
        {"=?utf-8?q?a?= ", 20, true},
        {"=?", 60, true},
        {"?=", 60, false},
        {"x", 400, false},
        {"x", 2000, true},
        {"x                                             ", 20, true},
        {"ü                                             x", 20, true},
        {"日x ", 100, true},
        {"\u2028", 5, true},
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *in = repeated(rows[i].unit, rows[i].times);
        g_autofree char *value = header_text("Subject", in);
        g_autofree char *ours = header_decode(value);
        g_autofree char *theirs = by_gmime(value);

        assert_string_equal(ours, in);
        assert_string_equal(theirs, in);
        assert_true(header_is_safe(value));
        assert_true(g_str_is_ascii(value));
        assert_true(g_str_has_prefix(value, " Re: " ID));
        assert_true(longest_line("Subject", value) < 998);
        if (rows[i].is_short && longest_line("Subject", value) > LINE_MAX_BYTES)
            fail_msg("%s: line of %zu\n%s", rows[i].unit, longest_line("Subject", value), value);
        assert_null(strstr(value, "\n \n"));
    }
}

/* White space must not fill a line: an empty one ends the header for some. */
static void long_spaces(void **state)
{
    g_autofree char *spaces = g_strnfill(3000, ' ');
    const char *const ends[] = {"", "x", "ü"};

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(ends); i++)
        for (size_t n = 0; n < G_N_ELEMENTS(ends); n++) {
            g_autofree char *in = g_strconcat(ends[i], spaces, ends[n], NULL);
            g_autofree char *value = header_text("Subject", in);
            g_autofree char *ours = header_decode(value);
            g_autofree char *theirs = by_gmime(value);

            assert_string_equal(ours, in);
            assert_string_equal(theirs, in);
            assert_null(strstr(value, "\n \n"));
            assert_true(longest_line("Subject", value) <= LINE_MAX_BYTES);
        }
}

static void long_names(void **state)
{
    g_autofree char *name = g_strnfill(70, 'X');
    g_autofree char *encoded = header_text(name, "日本語日本語日本語日本語日本語");
    g_autofree char *plain = header_text(name, "word word word");
    g_autofree char *decoded = header_decode(encoded);

    (void)state;
    assert_string_equal(decoded, "日本語日本語日本語日本語日本語");
    assert_string_equal(plain, " word\n word word");
    assert_true(longest_line(name, encoded) < 120);
}

static void decoded(void **state)
{
    static const struct {
        const char *name;
        const char *in;
        const char *want;
    } rows[] = {
        {"empty", "", ""},
        {"blank", " ", ""},
        {"plain", " Printer", "Printer"},
        {"no leading space", "Printer", "Printer"},
        {"space around", "   Printer  on fire \t", "Printer  on fire"},
        {"folded", " Printer\n on\n\tfire", "Printer on fire"},
        {"folded with CR", " Printer\r\n  on", "Printer  on"},
        {"folded at once", "\n Printer", "Printer"},
        {"encoded space stays", " =?utf-8?q?_a_?=", " a "},
        {"folded encoded words", " =?utf-8?q?a?=\n =?utf-8?q?b?=\n c", "ab c"},
        {"encoded line break", " =?utf-8?q?a=0D=0ABcc:_b?=", "a  Bcc: b"},
        {"encoded NUL", " =?utf-8?q?a=00b?=", "ab"},
        {"encoded control", " =?utf-8?q?a=1Bb=C2=85c?=", "a b c"},
        {"tab", " a\tb", "a b"},
        {"bare CR", " a\rb", "a b"},
        {"LF that folds nothing", " a\nb", "a b"},
        {"raw UTF-8", " Drücker", "Drücker"},
        {"raw Windows-1252",
         " Dr\xfc"
         "cker \x80 5",
         "Drücker € 5"},
        {"raw C1",
         " a\xc2\x85"
         "b",
         "a b"},
    };
    int failed = 0;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *have = header_decode(rows[i].in);

        if (strcmp(have, rows[i].want) != 0) {
            print_error("%s: have \"%s\", want \"%s\"\n", rows[i].name, have, rows[i].want);
            failed++;
        }
    }
    assert_int_equal(failed, 0);
}

static void mailbox(void **state)
{
    static const struct {
        const char *name;
        const char *in;
        const char *address;
        const char *want;
    } rows[] = {
        {"named", "Kim Customer via Example Support", "support@example.com",
         "\"Kim Customer via Example Support\" <support@example.com>"},
        {"no name", NULL, "support@example.com", "support@example.com"},
        {"blank name", " \t", "support@example.com", "support@example.com"},
        {"name of controls", "\x01\r\n", "support@example.com", "support@example.com"},
        {"quotes", "Kim \"K\" C", "a@b", "\"Kim \\\"K\\\" C\" <a@b>"},
        {"backslash", "Kim\\", "a@b", "\"Kim\\\\\" <a@b>"},
        {"specials", "C, K. <x@y>", "a@b", "\"C, K. <x@y>\" <a@b>"},
        {"injection", "Kim\r\nBcc: x", "a@b", "\"Kim  Bcc: x\" <a@b>"},
        {"space around", " Kim ", "a@b", "\"Kim\" <a@b>"},
        {"accents", "Jörg Müller", "a@b", "=?UTF-8?Q?J=C3=B6rg_M=C3=BCller?= <a@b>"},
        {"accents and quotes", "Jörg \"M\"", "a@b", "=?UTF-8?Q?J=C3=B6rg_=22M=22?= <a@b>"},
        {"Japanese", "回复", "a@b", "=?UTF-8?B?5Zue5aSN?= <a@b>"},
        {"looks encoded", "=?utf-8?q?x?=", "a@b", "=?UTF-8?Q?=3D=3Futf-8=3Fq=3Fx=3F=3D?= <a@b>"},
        {"text turned round", "\u202eKim\u2066", "a@b", "\"Kim\" <a@b>"},
        {"not UTF-8", "K\xff", "a@b", "=?UTF-8?Q?K=EF=BF=BD?= <a@b>"},
        {"quoted local part", "Kim", "\"kim c\"@b", "\"Kim\" <\"kim c\"@b>"},
        {"UTF-8 address", NULL, "jörg@b", "jörg@b"},
        {"injection by address", "Kim", "a@b\r\nBcc: x", "\"Kim\" <a@b  Bcc: x>"},
    };
    int failed = 0;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *have = header_mailbox(rows[i].in, rows[i].address);

        if (strcmp(have, rows[i].want) != 0) {
            print_error("%s: have %s, want %s\n", rows[i].name, have, rows[i].want);
            failed++;
        }
    }
    assert_int_equal(failed, 0);
}

/* What GMime makes of a mailbox of ours is what went in. */
static void mailbox_read(void **state)
{
    static const char *const names[] = {
        "Kim Customer",
        "Kim \"K\" \\ C",
        "C, K. (x) <y@z>;",
        "Jörg Müller, Dr. (x) <y@z> \"q\"",
        "日本語日本語日本語日本語日本語日本語日本語日本語",
        "=?utf-8?q?x?=",
        "a=b_c ü",
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *have = header_mailbox(names[i], "kim@example.net");
        InternetAddressList *list = internet_address_list_parse(NULL, have);
        InternetAddress *first = internet_address_list_get_address(list, 0);

        assert_int_equal(internet_address_list_length(list), 1);
        assert_string_equal(internet_address_get_name(first), names[i]);
        assert_string_equal(internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(first)),
                            "kim@example.net");
        g_object_unref(list);
    }
}

static void long_mailboxes(void **state)
{
    static const char *const units[] = {"x", "x ", "日", "日 ", "\"", "\U0001F468"};

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
        g_autoptr(GString) name = g_string_new(NULL);
        g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);
        g_autofree char *value = NULL;

        for (int n = 0; n < 5000; n++)
            g_string_append(name, units[i]);
        g_ptr_array_add(list, header_mailbox(name->str, "kim@example.net"));
        g_ptr_array_add(list, header_mailbox(NULL, "pat@example.net"));
        value = header_mailboxes("From", list);
        assert_true(header_is_safe(value));
        assert_true(longest_line("From", value) < 998);
        assert_null(strstr(value, "\n \n"));
    }
}

static void mailboxes(void **state)
{
    static const struct {
        const char *name;
        int count;
        const char *want;
    } rows[] = {
        {"none", 0, " "},
        {"one", 1, " \"Kim Customer\" <kim@example.net>"},
        {"two", 2, " \"Kim Customer\" <kim@example.net>, \"Kim Customer\" <kim@example.net>"},
        {"three", 3,
         " \"Kim Customer\" <kim@example.net>, \"Kim Customer\" <kim@example.net>,\n"
         " \"Kim Customer\" <kim@example.net>"},
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);
        g_autofree char *have = NULL;

        for (int n = 0; n < rows[i].count; n++)
            g_ptr_array_add(list, header_mailbox("Kim Customer", "kim@example.net"));
        have = header_mailboxes("To", list);
        assert_string_equal(have, rows[i].want);
    }
}

/* Whole mailboxes, as many as fit. */
static void many_mailboxes(void **state)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *value = NULL;

    (void)state;
    for (int n = 0; n < 5000; n++)
        g_ptr_array_add(list, g_strdup("kim@example.net"));
    value = header_mailboxes("Cc", list);
    assert_in_range(strlen(value), HEADER_LIST_MAX * 9 / 10, HEADER_LIST_MAX);
    assert_true(g_str_has_suffix(value, ", kim@example.net"));
}

static char *write_ids(const char *const *ids)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new();

    for (; *ids != NULL; ids++)
        g_ptr_array_add(list, (char *)*ids);
    return header_ids(list);
}

#define ID_249 /* with "@x", 249 bytes */                                                          \
    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890"  \
    "1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901"  \
    "23456789012345678901234567890123456789012345678901234567890123456@x"

static void ids(void **state)
{
    static const struct {
        const char *name;
        const char *in[16];
        const char *want;
    } rows[] = {
        {"none", {NULL}, NULL},
        {"one", {"a@b"}, " <a@b>"},
        {"two", {"a@b", "c@d"}, " <a@b>\n <c@d>"},
        {"odd, but printable", {"a", "\"b\"@[c]", "d$%(e,"}, " <a>\n <\"b\"@[c]>\n <d$%(e,>"},
        {"unusable", {"", "a b@c", "a@b\r\nBcc:x", "é@b", "\xff@b", "a>@b", "<a@b", "\x7f"}, NULL},
        {"the newest is unusable", {"a@b", "é@b"}, " <a@b>"},
        {"as long as may be", {ID_249 "y"}, " <" ID_249 "y>"},
        {"too long", {ID_249 "yy", "a@b"}, " <a@b>"},
        {"as many as may be",
         {"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"},
         " <1>\n <2>\n <3>\n <4>\n <5>\n <6>\n <7>\n <8>\n <9>\n <10>\n <11>\n <12>"},
        {"more: the first, and the last ones",
         {"1", "2", "3", "é", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14"},
         " <1>\n <4>\n <5>\n <6>\n <7>\n <8>\n <9>\n <10>\n <11>\n <12>\n <13>\n <14>"},
    };
    int failed = 0;

    (void)state;
    assert_int_equal(strlen(ID_249 "y"), HEADER_ID_MAX);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *have = write_ids(rows[i].in);

        if (g_strcmp0(have, rows[i].want) != 0) {
            print_error("%s:\nhave %s\nwant %s\n", rows[i].name, have, rows[i].want);
            failed++;
        }
        assert_true(have == NULL || header_is_safe(have));
    }
    assert_int_equal(failed, 0);
}

static void safe(void **state)
{
    (void)state;
    assert_true(header_is_safe(""));
    assert_true(header_is_safe(" a\n b\n\tc"));
    assert_false(header_is_safe(" a\nb"));
    assert_false(header_is_safe(" a\n"));
    assert_false(header_is_safe(" a\n\n b"));
    assert_false(header_is_safe(" a\r\n b"));
    assert_false(header_is_safe("\r"));
}

/* What would take minutes if it took quadratic time. */
static void large(void **state)
{
    static const char *const pieces[] = {"a ",  "ü", " ", "a", "=?", "=?utf-8?q?a?=\n ",
                                         "\n ", "\t"};

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(pieces); i++) {
        g_autoptr(GString) text = g_string_new(NULL);
        g_autofree char *value = NULL;
        g_autofree char *decoded_value = NULL;
        g_autofree char *decoded_raw = NULL;

        while (text->len < 1000000)
            g_string_append(text, pieces[i]);
        value = header_text("Subject", text->str);
        assert_true(header_is_safe(value));
        decoded_value = header_decode(value);
        assert_in_range(strlen(decoded_value), HEADER_TEXT_MAX - 3, HEADER_TEXT_MAX);
        assert_true(strlen(value) < 64 * 1024 - 100);
        decoded_raw = header_decode(text->str);
        assert_true(g_utf8_validate(decoded_raw, -1, NULL));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_written),
        cmocka_unit_test(round_trip),
        cmocka_unit_test(long_names),
        cmocka_unit_test(long_spaces),
        cmocka_unit_test(decoded),
        cmocka_unit_test(mailbox),
        cmocka_unit_test(mailbox_read),
        cmocka_unit_test(mailboxes),
        cmocka_unit_test(long_mailboxes),
        cmocka_unit_test(many_mailboxes),
        cmocka_unit_test(ids),
        cmocka_unit_test(safe),
        cmocka_unit_test(large),
    };

    g_mime_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
