/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * milter/fields and milter/returned: fields in text, and where a header begins in it.
 */
#include "milter/fields.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "milter/mail.h"
#include "milter/returned.h"

static const struct {
    const char *in;
    const char *want; /* name=value, a bar between the fields; then what is left of the text */
} rows[] = {
    {"", "//"},
    {"A: 1\nB:2\n", "A= 1\n|B=2\n//"},
    {"A: 1\n\nB: 2\n", "A= 1\n//B: 2\n"},
    {"\n \t\n\nA: 1\n \nB: 2", "A= 1\n//B: 2"},
    {"A: 1\n 2\n\t3\nB: 4", "A= 1\n 2\n\t3\n|B= 4//"},
    {"A : 1\n", "A= 1\n//"},
    {"no field\nA: 1\nno: field: B\n: x\n", "A= 1\n|no= field: B\n//"},
    {"no field\n goes on\nA: 1\n", "A= 1\n//"},
    {" begins with a space: x\nA: 1\n", "A= 1\n//"},
    {"words before: x\nA:\n", "A=\n//"},
    {"A: 1\r\n\r\nB: 2", "A= 1\r\n//B: 2"},
    {"\n\n", "//"},
};

static void test_fields(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        size_t size = strlen(rows[i].in);
        g_autofree char *exact = g_memdup2(rows[i].in, size); /* no NUL behind it */
        g_autoptr(GString) got = g_string_new(NULL);
        size_t taken;
        g_autoptr(GPtrArray) fields = fields_read(exact, size, &taken);

        for (guint j = 0; j < fields->len; j++) {
            const struct mail_header *field = fields->pdata[j];
            g_string_append_printf(got, "%s%s=%s", j == 0 ? "" : "|", field->name, field->value);
            assert_non_null(fields_find(fields, field->name));
        }
        g_string_append_printf(got, "//%s", rows[i].in + taken);
        if (strcmp(got->str, rows[i].want) != 0)
            fail_msg("%s: got %s, want %s", rows[i].in, got->str, rows[i].want);
    }
}

static const struct {
    const char *name;
    const char *before; /* NULL: there is no header in it */
    const char *in;
} find_rows[] = {
    {"at the beginning", "", "Received: x\n y\nFrom: x\nTo: y\n"},
    {"behind text", "Hello.\n\n", "Message-ID: <x>\nFrom: x\nX-Other: z\nTo: y\n"},
    {"behind text without a blank line", "-- Below:\n", "From: x\nTo: y\nSubject: z\nDate: w"},
    {"others in front are part of it", "Hello\n", "X-A: 1\nX-B: 2\nReceived: x\nFrom: x\nTo: y\n"},
    {"lower case", "", "message-id: <x>\nfrom: x\nto: y\n"},
    {"three, none of them sure", NULL, "From: x\nTo: y\nSubject: z\n\nDate: w\n"},
    {"the same again", NULL, "Received: x\nReceived: x\nReceived: x\nReceived: x\n"},
    {"a line between", NULL, "Received: x\nFrom: y\nnothing\nTo: z\nSubject: s\n"},
    {"a quotation", NULL, "> Message-ID: <x>\n> From: x\n> To: y\n> Date: z\n"},
    {"the second block", "To: x\nSubject: y\n\n", "Return-Path: <x>\nDate: x\nFrom: x\nTo: y\n"},
    {"nothing", NULL, ""},
};

static void test_returned(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(find_rows); i++) {
        const char *before = find_rows[i].before == NULL ? "" : find_rows[i].before;
        g_autofree char *text = g_strconcat(before, find_rows[i].in, NULL);
        size_t begin = 4711;
        bool is = returned_find(text, strlen(text), &begin);

        if (is != (find_rows[i].before != NULL) || begin != (is ? strlen(before) : 4711))
            fail_msg("%s: got %d, %zu", find_rows[i].name, is, begin);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_fields),
                                       cmocka_unit_test(test_returned)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
