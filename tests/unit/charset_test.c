/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * milter/charset: labels and the bytes behind them, whole and byte by byte.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "milter/charset.h"

static const struct {
    const char *name;
    const char *label;
    const char *in;
    const char *want;
} rows[] = {
    {"none, ASCII", NULL, "abc", "abc"},
    {"none, UTF-8", NULL, "caf\xC3\xA9", "café"},
    {"none, Windows-1252", NULL, "caf\xE9 \x80", "café €"},
    {"none, mixed", NULL, "\xC3\xA9\xE9\xC3", "ééÃ"},
    {"none, cut at the end", NULL, "\xE2\x82", "â‚"},
    {"none, overlong", NULL, "\xC0\xAF", "À¯"},
    {"none, surrogate", NULL, "\xED\xA0\x80", "í\u00a0€"},
    {"none, byte without a meaning", NULL, "\x81", "\uFFFD"},
    {"UTF-8", "UTF-8", "\xE2\x82\xAC", "€"},
    {"utf8, mislabelled", "utf8", "\xA4", "¤"},
    {"US-ASCII, mislabelled", "us-ascii", "\xFC", "ü"},
    {"unknown label", "x-nobody-knows", "caf\xE9", "café"},
    {"label with a slash", "utf-16//TRANSLIT", "ab", "ab"},
    {"label with a comma", "utf-16,", "ab", "ab"},
    {"empty label", "", "\xE9", "é"},
    {"overlong label", "utf-16-utf-16-utf-16-utf-16-utf-16-utf-16-utf-16", "ab", "ab"},
    {"ISO 8859-1 is Windows-1252", "iso-8859-1", "\x80\xE9", "€é"},
    {"any case", "Iso-8859-2", "\xB1", "ą"},
    {"underscore", "koi8_r", "\xD0\xD2\xC9", "при"},
    {"windows-1251", "windows-1251", "\xEF\xF0\xE8", "при"},
    {"gb2312, GBK character", "gb2312", "\xC4\xE3\x89\x55", "你塙"},
    {"gb18030", "gb18030", "\x81\x30\x81\x30", "\xC2\x80"},
    {"Big5", "big5", "\xA7\x41", "你"},
    {"shift_jis, NEC character", "shift_jis", "\x87\x40", "①"},
    {"iso-2022-jp", "iso-2022-jp", "\x1B$B%F%9%H\x1B(Bx", "テストx"},
    {"euc-jp", "euc-jp", "\xA5\xC6", "テ"},
    {"ks_c_5601-1987", "ks_c_5601-1987", "\xB0\xA1\x81\x41", "가갂"},
    {"UTF-7", "utf-7", "+AOk-", "é"},
    {"no sequence", "euc-jp", "a\xFFz", "a\uFFFDz"},
    {"cut sequence", "euc-jp", "a\xA5", "a\uFFFD"},
};

static char *decode_by_bytes(const char *label, const char *in)
{
    AUTO(charset) charset = charset_new(label);
    GString *out = g_string_new(NULL);

    for (; *in != '\0'; in++) {
        g_autofree uint8_t *byte = g_memdup2(in, 1);
        charset_step(charset, byte, 1, out);
    }
    charset_finish(charset, out);
    return g_string_free(out, FALSE);
}

static void decoded(void **state)
{
    int failed = 0;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *whole = charset_decode(rows[i].label, rows[i].in, strlen(rows[i].in));
        g_autofree char *bytes = decode_by_bytes(rows[i].label, rows[i].in);

        if (strcmp(whole, rows[i].want) != 0 || strcmp(bytes, rows[i].want) != 0) {
            print_error("%s: %s, %s\n", rows[i].name, whole, bytes);
            failed++;
        }
    }
    assert_int_equal(failed, 0);
}

static void nul_is_lost(void **state)
{
    static const char utf16[] = {0, 'a', 0, 0, 0, 'b'};
    g_autofree char *utf8 = charset_decode(NULL, "a\0b", 3);
    g_autofree char *wide = charset_decode("utf-16be", utf16, sizeof utf16);

    (void)state;
    assert_string_equal(utf8, "ab");
    assert_string_equal(wide, "ab");
}

/* Four bytes have room for more than Unicode. */
static void beyond_unicode(void **state)
{
    static const char ucs4[] = {0, 0, 0, 'a', 0x7F, 0x7F, 0x7F, 0x7F, 0, 0x11, 0, 0, 0, 0, 0, 'b'};
    g_autofree char *text = charset_decode("ucs-4", ucs4, sizeof ucs4);

    (void)state;
    assert_true(g_utf8_validate(text, -1, NULL));
    assert_true(g_str_has_prefix(text, "a") && g_str_has_suffix(text, "b"));
}

/* Whatever bytes come in, only valid UTF-8 comes out. */
static void always_valid(void **state)
{
    static const char *const labels[] = {"utf-8",      "utf-16",    "utf-32",      "utf-7",
                                         "gb18030",    "big5",      "iso-2022-cn", "iso-2022-kr",
                                         "euc-tw",     "johab",     "tscii",       "cp1255",
                                         "iso-8859-8", "ebcdic-us", "hz",          "viscii"};
    g_autofree uint8_t *bytes = g_malloc(70000);
    uint32_t random = 1;

    (void)state;
    for (size_t i = 0; i < 70000; i++) {
        random = random * 1664525 + 1013904223;
        bytes[i] = (uint8_t)(random >> 24);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(labels); i++) {
        g_autofree char *text = charset_decode(labels[i], bytes, 70000);

        assert_true(g_utf8_validate(text, -1, NULL));
        assert_true(strlen(text) > 1000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decoded),
        cmocka_unit_test(nul_is_lost),
        cmocka_unit_test(beyond_unicode),
        cmocka_unit_test(always_valid),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
