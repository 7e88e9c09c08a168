/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * milter/flowed: where lines are broken, and that a reader who follows RFC 3676 puts together what
 * went in.
 */
#include "milter/flowed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define TEN "123456789 "
#define SIXTY TEN TEN TEN TEN TEN TEN

static const struct {
    const char *name, *in, *want;
} rows[] = {
    {"nothing", "", ""},
    {"a line", "Hello,\n", "Hello,\r\n"},
    {"without its end", "Hello", "Hello\r\n"},
    {"empty lines", "\n\na\n\n", "\r\n\r\na\r\n\r\n"},
    {"72 columns", SIXTY "123456789 12\n", SIXTY "123456789 12\r\n"},
    {"73 columns", SIXTY "123456789 123\n", SIXTY "123456789 \r\n123\r\n"},
    {"the blank that ends a line counts", SIXTY "12345678901 3\n", SIXTY "12345678901 \r\n3\r\n"},
    {"it fits no more", SIXTY "123456789012 4\n", SIXTY "\r\n123456789012 4\r\n"},
    {"blanks where it is broken", SIXTY "12345678    9\n", SIXTY "12345678    \r\n9\r\n"},
    {"more blanks than fit", SIXTY "12345678     9\n", SIXTY "12345678    \r\n  9\r\n"},
    {"blanks at the end", "a \n  \n-- a  \n", "a\r\n\r\n-- a\r\n"},
    {"signature", "a\n-- \nb\n", "a\r\n-- \r\nb\r\n"},
    {"signature without its blank", "--\n", "--\r\n"},
    {"signature with more blanks", "--  \n", "--\r\n"},
    {"no signature of a broken line", "-- " SIXTY "123456789012\n",
     "-- " SIXTY "\r\n123456789012\r\n"},
    {"no signature by a break", SIXTY "1234567890 -- " SIXTY "1234567890\n",
     SIXTY "1234567890 \r\n-- " SIXTY "\r\n1234567890\r\n"},
    {"indented", "  a\n", "   a\r\n"},
    {"quotation", ">a\n> b\n", " >a\r\n > b\r\n"},
    {"mbox", "From a\nFrom\nFrom: b\n", " From a\r\nFrom\r\nFrom: b\r\n"},
    {"> behind a break", SIXTY "1234567890 > b\n", SIXTY "1234567890 \r\n > b\r\n"},
    {"From behind a break", SIXTY "1234567890 From b\n", SIXTY "1234567890 \r\n From b\r\n"},
    {"wide", "日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本 語\n",
     "日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本 \r\n語\r\n"},
    {"accents that combine take no room", SIXTY "1234567890 e\u0301\n",
     SIXTY "1234567890 e\u0301\r\n"},
    {"controls", "a\r\nb\x1b[31m\x7f\tc\vd\xc2\x85\n", "a\r\nb[31m\tcd\r\n"},
    {"not UTF-8", "a\xff", "a\uFFFD\r\n"},
};

static void is_broken(void **state)
{
    int failed = 0;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GString) out = g_string_new(NULL);

        flowed_append(out, rows[i].in);
        if (strcmp(out->str, rows[i].want) != 0) {
            print_error("%s:\nhave %s\nwant %s\n", rows[i].name, out->str, rows[i].want);
            failed++;
        }
    }
    assert_int_equal(failed, 0);
}

static void is_appended(void **state)
{
    g_autoptr(GString) out = g_string_new("before");

    (void)state;
    flowed_append(out, "a");
    flowed_append(out, "b\n");
    assert_string_equal(out->str, "beforea\r\nb\r\n");
}

/* As RFC 3676, 4.4 reads it: stuffing off, soft lines joined. */
static char *read_back(const char *body)
{
    g_auto(GStrv) lines = g_strsplit(body, "\r\n", -1);
    GString *text = g_string_new(NULL);

    for (char **line = lines; *line != NULL && line[1] != NULL; line++) {
        const char *from = **line == ' ' ? *line + 1 : *line;
        bool is_soft = g_str_has_suffix(from, " ") && strcmp(from, "-- ") != 0;

        g_string_append_printf(text, "%s%s", from, is_soft ? "" : "\n");
    }
    return g_string_free(text, FALSE);
}

static size_t longest_line(const char *body)
{
    size_t longest = 0;

    while (*body != '\0') {
        size_t size = strcspn(body, "\n");

        longest = MAX(longest, size + 1);
        body += size + (body[size] == '\n');
    }
    return longest;
}

static char *repeated(const char *unit, size_t bytes)
{
    GString *text = g_string_new(NULL);

    while (text->len < bytes)
        g_string_append(text, unit);
    return g_string_free(text, FALSE);
}

/* Whatever it is made of, it takes linear time, and every line can be carried. */
static void is_long(void **state)
{
    static const char *const units[] = {"a",   "a ", " ",     "日",      "日 ",  "\u0301",
                                        "-- ", "> ", "From ", "\u0301 ", "a\n ", "\xff"};

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
        g_autofree char *in = repeated(units[i], 1000000);
        g_autofree char *valid = g_utf8_make_valid(in, -1);
        g_autoptr(GString) out = g_string_new(NULL);
        g_autofree char *back = NULL;

        flowed_append(out, in);
        assert_true(longest_line(out->str) <= 998 + 2);
        assert_true(g_utf8_validate(out->str, -1, NULL));
        back = read_back(out->str);
        g_strchomp(back);
        g_strchomp(valid);
        if (strpbrk(units[i], " \n") != NULL)
            assert_true(strcmp(back, valid) == 0);
        else
            assert_true(strlen(back) > strlen(valid)); /* broken hard */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_broken),
        cmocka_unit_test(is_appended),
        cmocka_unit_test(is_long),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
