/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * milter/msgid: identifiers as they are written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "milter/msgid.h"

static const struct {
    const char *name;
    const char *in;
    const char *want; /* joined by spaces */
} rows[] = {
    {"nothing", "", ""},
    {"one", " <a@b>", "a@b"},
    {"two", " <a@b> <c@d>", "a@b c@d"},
    {"glued", "<a@b><c@d>", "a@b c@d"},
    {"commas", "<a@b>, <c@d>", "a@b c@d"},
    {"folded", "\n <a@b>\n\t<c@d>", "a@b c@d"},
    {"folded within", " <a\n @b>", "a@b"},
    {"spaces within", " < a @ b >", "a@b"},
    {"no at", " <abc>", "abc"},
    {"quoted", " \"<a@b>\"", "a@b"},
    {"quotes within", " <\"a b\"@c>", "\"ab\"@c"},
    {"words", " Your message of \"Mon, 2 Nov\" <a@b>", "a@b"},
    {"address among the words", " Message from kim@example.net of Monday <a@b>", "a@b"},
    {"comments", " (<x@y> (z)) <a@b> (c)", "a@b"},
    {"comment that never ends", " (x <a@b> (y) <c@d>", "a@b c@d"},
    {"no brackets", " a@b", "a@b"},
    {"several without brackets", " a@b, c@d e \"f@g\";", "a@b c@d f@g"},
    {"word without brackets", " abc", ""},
    {"no closing bracket", " <a@b", "a@b"},
    {"no closing bracket, words", " <a@b and more", "a@b"},
    {"no closing bracket, another", " <a@b <c@d>", "a@b c@d"},
    {"no opening bracket", " a@b>", "a@b"},
    {"empty", " <> < > <a@b>", "a@b"},
    {"brackets in brackets", " <<a@b>>", "a@b"},
    {"controls",
     " <a\x01@\x7F"
     "b>",
     "a@b"},
    {"UTF-8", " <\xC3\xA9@b>", "é@b"},
    {"not UTF-8", " <\xE9@b>", "\uFFFD@b"},
};

static void identifiers(void **state)
{
    int failed = 0;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GPtrArray) ids = msgid_read(&rows[i].in, 1);
        g_ptr_array_add(ids, NULL);
        g_autofree char *got = g_strjoinv(" ", (char **)ids->pdata);

        if (strcmp(got, rows[i].want) != 0) {
            print_error("%s: %s\n", rows[i].name, got);
            failed++;
        }
    }
    assert_int_equal(failed, 0);
}

static void several_fields(void **state)
{
    const char *values[] = {" <a@b>", "", " <c@d> <e@f>"};
    g_autoptr(GPtrArray) ids = msgid_read(values, 3);
    g_autoptr(GPtrArray) none = msgid_read(NULL, 0);

    (void)state;
    assert_int_equal(ids->len, 3);
    assert_string_equal(ids->pdata[0], "a@b");
    assert_string_equal(ids->pdata[2], "e@f");
    assert_int_equal(none->len, 0);
}

/* Of too many, the first and the last ones stay. */
static void too_many(void **state)
{
    g_autoptr(GString) value = g_string_new(NULL);

    (void)state;
    for (int i = 0; i < 3000; i++)
        g_string_append_printf(value, " <%d@x>", i);
    const char *values[] = {value->str};
    g_autoptr(GPtrArray) ids = msgid_read(values, 1);
    assert_int_equal(ids->len, MSGID_COUNT_MAX);
    assert_string_equal(ids->pdata[0], "0@x");
    assert_string_equal(ids->pdata[1], "2001@x");
    assert_string_equal(ids->pdata[MSGID_COUNT_MAX - 1], "2999@x");
}

static void too_long(void **state)
{
    g_autofree char *fits = g_strnfill(MSGID_BYTES_MAX, 'a');
    g_autofree char *value = g_strconcat("<", fits, "> <", fits, "b> <c@d>", NULL);
    const char *values[] = {value};
    g_autoptr(GPtrArray) ids = msgid_read(values, 1);

    (void)state;
    assert_int_equal(ids->len, 2);
    assert_string_equal(ids->pdata[0], fits);
    assert_string_equal(ids->pdata[1], "c@d");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identifiers),
        cmocka_unit_test(several_fields),
        cmocka_unit_test(too_many),
        cmocka_unit_test(too_long),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
