/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What variables become, and what stays as it is.
 */
#include "milter/template.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>

static const struct template_variable variables[] = {
    {"name", "Kim"}, {"title", "%{name}"}, {"nothing", NULL}, {NULL, NULL}};

static const struct {
    const char *in;
    const char *want;
} rows[] = {
    {"", ""},
    {"plain", "plain"},
    {"%{name}", "Kim"},
    {"<%{name}%{name}>", "<KimKim>"},
    {"%{name} via %{title}", "Kim via %{name}"}, /* a value is not looked through again */
    {"a%{nothing}b", "ab"},
    {"%{unknown} %{name}", "%{unknown} Kim"},
    {"%{name", "%{name"},
    {"100%", "100%"},
    {"%%{name}}", "%Kim}"},
    {"%{}", "%{}"},
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *got = template_expand(rows[i].in, variables);

        if (g_strcmp0(got, rows[i].want) != 0)
            fail_msg("%s: got %s, want %s", rows[i].in, got, rows[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
