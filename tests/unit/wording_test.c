/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * milter/wording: which templates there can be, and what becomes of them.
 */
#include "milter/wording.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "db/error.h"

#define ALL                                                                                        \
    "%{ticket}, %{id}, %{title}, %{role}, %{requester}, %{subject}, %{expected}, %{operator}"

static void good_ones(void **state)
{
    static const char *const rows[] = {
        "",
        "Subject: x",
        "Subject: x\n",
        "Subject:x\n\n",
        "subject: %{id}\n\nHello\n",
        "Subject: Grüße\n \t\nHallo %{requester},\n\n\tÄrger?\n",
        "Subject: " ALL "\n\n" ALL,
        "Subject: x\n\n100 %, {id}, %id, }\n",
        "Subject: x\n\nSubject: y\n",
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;

        if (!wording_check(rows[i], &error))
            fail_msg("%s: %s", rows[i], error->message);
    }
}

static void wrong_ones(void **state)
{
    static const struct {
        const char *in, *want;
    } rows[] = {
        {"Hello\n", "a template begins with a line `Subject: …`"},
        {"\nSubject: x\n", "a template begins with a line `Subject: …`"},
        {" Subject: x\n", "a template begins with a line `Subject: …`"},
        {"\n", "a template begins with a line `Subject: …`"},
        {"Subject:\n\nHello\n", "line 1 of the template has a Subject that says nothing"},
        {"Subject: \t\n", "line 1 of the template has a Subject that says nothing"},
        {"Subject: x\nHello\n", "line 2 of the template must be empty"},
        {"Subject: x\n folded\n\nHello\n", "line 2 of the template must be empty"},
        {"Subject: x\nBcc: y\n\nHello\n", "line 2 of the template must be empty"},
        {"Subject: x\n\n%{tickt}\n",
         "line 3 of the template: no variable %{tickt}; did you mean %{ticket}? There are " ALL},
        {"Subject: x\n\na %{id} b %{ID}\n",
         "no variable %{ID}; did you mean %{id}? There are " ALL},
        {"Subject: %{zzzzzz}\n", "line 1 of the template: no variable %{zzzzzz}; there are " ALL},
        {"Subject: %{}\n", "no variable %{}; there are"},
        {"Subject: x\n\n%{ id}\n", "no variable %{ id}; did you mean %{id}?"},
        {"Subject: x\n\n%{\u202eid}\n", "no variable %{\\u{202e}id}; "},
        {"Subject: x\n\n%{id\n}\n", "line 3 of the template has a variable without a }"},
        {"Subject: x\n\n%{id} %{\n", "line 3 of the template has a variable without a }"},
        {"Subject: x\n\na\n\xff", "line 4 of the template is not UTF-8"},
        {"Subject: x\r\n\r\na", "line 1 of the template has a control character"},
        {"Subject: x\n\n\x1b[2J", "line 3 of the template has a control character"},
        {"Subject: x\n\n\xc2\x9b", "line 3 of the template has a control character"},
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;

        if (wording_check(rows[i].in, &error))
            fail_msg("%s: should be refused", rows[i].in);
        assert_true(g_error_matches(error, COUNTERFOIL_ERROR, ERROR_REFUSED));
        if (strstr(error->message, rows[i].want) == NULL)
            fail_msg("%s:\nhave %s\nwant %s", rows[i].in, error->message, rows[i].want);
    }
}

static void long_ones(void **state)
{
    g_autofree char *most = g_strnfill(WORDING_MAX, 'x');
    g_autofree char *more = g_strnfill(WORDING_MAX + 1, 'x');
    g_autoptr(GError) error = NULL;

    (void)state;
    memcpy(most, "Subject: ", 9);
    memcpy(more, "Subject: ", 9);
    assert_true(wording_check(most, NULL));
    assert_false(wording_check(more, &error));
    assert_string_equal(error->message, "a template has 65536 bytes at most");
}

/* What is built in could be set, too; and says something. */
static void built_in_ones(void **state)
{
    (void)state;
    for (int kind = 0; wording_kinds[kind] != NULL; kind++) {
        const char *text = wording_built_in((enum notice_kind)kind);

        assert_true(wording_check(text, NULL));
        assert_true(g_str_is_ascii(text));
        assert_true(strlen(text) > 0 && g_str_has_suffix(text, "\n"));
    }
}

static const struct template_variable variables[] = {
    {"ticket", NULL},
    {"title", "Example Support"},
    {"requester", " Kim\r\n-- \nBcc: x\x1b[2J "},
    {"subject", "%{title}"},
    {"expected", " \t"},
    {"operator", "\u202eGr\xc3\xbc\xc3\x9f\xff\u2028e\u3000"},
    {NULL, NULL},
};

static const struct {
    const char *name, *in, *subject, *text;
} rows[] = {
    {"nothing", "", "", ""},
    {"no text", "Subject: x", "x", ""},
    {"no text, but its line", "Subject: x\n\n", "x", ""},
    {"no Subject", "Hello\n\nyou\n", "", "you\n"},
    {"variables", "subject:  %{title}! \n\n<%{title}>\n", "Example Support!",
     "<Example Support>\n"},
    {"no end of line", "Subject: x\n\na\nb", "x", "a\nb\n"},
    {"empty lines", "Subject: x\n\n \n\na\n\n\nb\n\n", "x", "a\n\n\nb\n\n"},
    {"indented", "Subject: x\n\n  a \n", "x", "  a \n"},
    {"nothing to say", "Subject: %{ticket} x\n\na\nIt is %{ticket}.\nb %{expected}\nc\n", "x",
     "a\nc\n"},
    {"half of it", "Subject: x\n\n%{title}: %{ticket}\na\n", "x", "a\n"},
    {"a paragraph of its own", "Subject: x\n\na\n\n%{ticket}\n\nb\n", "x", "a\n\nb\n"},
    {"several", "Subject: x\n\na\n\n%{ticket}\n\n%{expected}\n\n\nb\n", "x", "a\n\nb\n"},
    {"first", "Subject: x\n\n%{ticket}\n\nb\n", "x", "b\n"},
    {"last", "Subject: x\n\na\n\n%{ticket}\n", "x", "a\n\n"},
    {"a value is one line", "Subject: %{requester}\n\n%{requester}.\n", "Kim  --  Bcc: x [2J",
     "Kim  --  Bcc: x [2J.\n"},
    {"a value is no template", "Subject: %{subject}\n\n%{subject}\n", "%{title}", "%{title}\n"},
    {"a value is UTF-8", "Subject: x\n\n%{operator}\n", "x", "Grüß\uFFFD e\u3000\n"},
    {"not ours", "Subject: x\n\n%{other} %{\n", "x", "%{other} %{\n"},
};

static void are_expanded(void **state)
{
    int failed = 0;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *subject = NULL;
        g_autofree char *text = NULL;

        wording_expand(rows[i].in, variables, &subject, &text);
        if (strcmp(subject, rows[i].subject) != 0 || strcmp(text, rows[i].text) != 0) {
            print_error("%s:\nhave %s\n%s\nwant %s\n%s\n", rows[i].name, subject, text,
                        rows[i].subject, rows[i].text);
            failed++;
        }
    }
    assert_int_equal(failed, 0);
}

/* A subject of a mail can't make a notice large. */
static void long_values(void **state)
{
    g_autofree char *fits = g_strnfill(WORDING_VALUE_MAX, 'x');
    g_autofree char *does_not = g_strconcat(fits, "y", NULL);
    g_autofree char *want = g_strconcat(fits, "\n", fits, "…\n", NULL);
    const struct template_variable both[] = {{"id", fits}, {"subject", does_not}, {NULL, NULL}};
    g_autofree char *subject = NULL;
    g_autofree char *text = NULL;

    (void)state;
    wording_expand("Subject: x\n\n%{id}\n%{subject}\n", both, &subject, &text);
    assert_string_equal(text, want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_ones),    cmocka_unit_test(wrong_ones),
        cmocka_unit_test(long_ones),    cmocka_unit_test(built_in_ones),
        cmocka_unit_test(are_expanded), cmocka_unit_test(long_values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
