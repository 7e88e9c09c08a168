/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * milter/param: Content-Type and Content-Disposition as they are written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "milter/param.h"

static const struct {
    const char *name;
    const char *in;
    const char *value;
    const char *parameter; /* looked for */
    const char *want;      /* what it is; NULL: there is none */
} rows[] = {
    {"nothing", "", "", "x", NULL},
    {"type", " text/plain", "text/plain", "x", NULL},
    {"case", " Text/HTML; CharSet=UTF-8", "text/html", "charset", "UTF-8"},
    {"disposition", " attachment; filename=a.png", "attachment", "filename", "a.png"},
    {"folded", "\n\ttext/plain;\n charset=a", "text/plain", "charset", "a"},
    {"comments", " (a) text (b(c)) / (\\)) plain (d); (e) x (f) = (g) y", "text/plain", "x", "y"},
    {"comment that never ends", " text/plain (; x=y", "text/plain", "x", NULL},
    {"quoted", " a/b; x=\"a;b=c \\\"d\\\\\"; y=z", "a/b", "x", "a;b=c \"d\\"},
    {"after quoted", " a/b; x=\"a;b\" ; y=z", "a/b", "y", "z"},
    {"quoted that never ends", " a/b; x=\"a;b", "a/b", "x", "a;b"},
    {"unquoted with spaces", " a/b; x=a b (1).pdf ; y=z", "a/b", "x", "a b (1).pdf"},
    {"no semicolon", " a/b x=y; z=\"a\" c=d", "a/b", "c", "d"},
    {"no value", " ; x=y", "", "x", "y"},
    {"no subtype", " text/; x=y", "text/", "x", "y"},
    {"empty parameter", " a/b; x=; y=\"\"; z=1", "a/b", "x", NULL},
    {"empty quoted", " a/b; y=\"  \"; z=1", "a/b", "y", NULL},
    {"junk between", " a/b; =x; ;; \"a\" / y; z=1", "a/b", "z", "1"},
    {"first of several", " a/b; x=1; x=2", "a/b", "x", "1"},
    {"encoded word", " a/b; x=\"=?utf-8?B?w6kudHh0?=\"", "a/b", "x", "é.txt"},
    {"encoded word, unquoted", " a/b; x==?utf-8?Q?=C3=A9?=", "a/b", "x", "é"},
    {"raw UTF-8", " a/b; x=\"\xC3\xA9\"", "a/b", "x", "é"},
    {"raw Windows-1252", " a/b; x=\"\xE9\x80\"", "a/b", "x", "é€"},
    {"controls",
     " a/b; x=\"a\x01\x7F"
     "b\"",
     "a/b", "x", "a  b"},
    {"RFC 2231", " a/b; x*=utf-8'en'%e2%82%ac%20x", "a/b", "x", "€ x"},
    {"RFC 2231, other charset", " a/b; x*=iso-8859-1''%E9", "a/b", "x", "é"},
    {"RFC 2231, unknown charset", " a/b; x*=x-none''%E9", "a/b", "x", "é"},
    {"RFC 2231, no charset", " a/b; x*=%C3%A9'", "a/b", "x", "é'"},
    {"RFC 2231 goes first", " a/b; x=y; x*=''z", "a/b", "x", "z"},
    {"RFC 2231, quoted", " a/b; x*=\"utf-8''%41\"", "a/b", "x", "A"},
    {"RFC 2231, no hex", " a/b; x*=utf-8''%4%zz%", "a/b", "x", "%4%zz%"},
    {"RFC 2231, control", " a/b; x*=utf-8''a%0D%0Ab%00c", "a/b", "x", "abc"},
    {"pieces", " a/b; x*0*=utf-8''%e2%82; x*1*=%ac; x*2=\"%41\"", "a/b", "x", "€%41"},
    {"pieces out of order", " a/b; x*1=b; x*0=a", "a/b", "x", "ab"},
    {"piece missing", " a/b; x*0=a; x*2=c", "a/b", "x", "a"},
    {"first piece missing", " a/b; x*1=a", "a/b", "x", NULL},
    {"overlong piece number", " a/b; x*99999999999999999999=a; x*0=b", "a/b", "x", "b"},
};

static void read_fields(void **state)
{
    int failed = 0;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        AUTO(param) param = param_parse(rows[i].in);
        g_autofree char *got = param_get(param, rows[i].parameter);

        if (strcmp(param_value(param), rows[i].value) != 0 || g_strcmp0(got, rows[i].want) != 0) {
            print_error("%s: \"%s\", \"%s\"\n", rows[i].name, param_value(param), got);
            failed++;
        }
    }
    assert_int_equal(failed, 0);
}

static void types(void **state)
{
    static const struct {
        const char *in;
        bool is_type;
    } all[] = {{"text/plain", true}, {"text", false}, {"/plain", false},
               {"text/", false},     {"", false},     {"text plain", false}};

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        AUTO(param) param = param_parse(all[i].in);
        assert_int_equal(param_is_type(param), all[i].is_type);
    }
}

/* A boundary is not decoded. */
static void bytes(void **state)
{
    AUTO(param) word = param_parse("a/b; x=\"=?utf-8?Q?=C3=A9?=\"; y=\" \xE9 \"");
    AUTO(param) pieces = param_parse("a/b; x*0=\"a\"; x*1=b");
    g_autofree char *first = param_bytes(word, "x");
    g_autofree char *second = param_bytes(word, "y");
    g_autofree char *third = param_bytes(pieces, "x");
    g_autofree char *none = param_bytes(pieces, "z");

    (void)state;
    assert_string_equal(first, "=?utf-8?Q?=C3=A9?=");
    assert_string_equal(second, "\xE9");
    assert_string_equal(third, "ab");
    assert_null(none);
}

static void limits(void **state)
{
    g_autoptr(GString) field = g_string_new("a/b");
    g_autofree char *inside = NULL;
    g_autofree char *outside = NULL;

    (void)state;
    for (int i = 0; i < 2 * PARAM_COUNT_MAX; i++)
        g_string_append_printf(field, "; x%d=%d", i, i);
    AUTO(param) many = param_parse(field->str);
    inside = param_get(many, "x63");
    outside = param_get(many, "x64");
    assert_string_equal(inside, "63");
    assert_null(outside);

    g_autofree char *junk = g_strnfill(PARAM_FIELD_MAX, ' ');
    g_autofree char *large = g_strconcat("a/b;", junk, "; x=y", NULL);
    AUTO(param) param = param_parse(large);
    g_autofree char *none = param_get(param, "x");
    assert_null(none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(read_fields),
        cmocka_unit_test(types),
        cmocka_unit_test(bytes),
        cmocka_unit_test(limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
