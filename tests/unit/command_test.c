/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which extensions are commands, with what argument, and what somebody is told whose is none.
 */
#include "milter/command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>
#include <string.h>

#define NONE (-1)

static const struct {
    const char *extension;
    int want;
    const char *argument;
} rows[] = {
    {"note", COMMAND_NOTE, NULL},
    {"NoTe", COMMAND_NOTE, NULL},
    {"close", COMMAND_CLOSE, NULL},
    {"reopen", COMMAND_REOPEN, NULL},
    {"take", COMMAND_TAKE, NULL},
    {"drop", COMMAND_DROP, NULL},
    {"spam", COMMAND_SPAM, NULL},
    {"assign-jane", COMMAND_ASSIGN, "jane"},
    {"assign-jane-mary", COMMAND_ASSIGN, "jane-mary"},
    {"move-accounting", COMMAND_MOVE, "accounting"},
    {"merge-7", COMMAND_MERGE, "7"},
    {"merge-7-k7qx2", COMMAND_MERGE, "7-k7qx2"},
    {"cc-kim=example.net", COMMAND_CC, "kim=example.net"},
    {"uncc-kim=example.net", COMMAND_UNCC, "kim=example.net"},
    {"for-kim=example.net", COMMAND_FOR, "kim=example.net"},
    {"", NONE, NULL},
    {"-", NONE, NULL},
    {"ntoe", NONE, NULL},
    {"closed", NONE, NULL},
    {"clos", NONE, NULL},
    {"close-", NONE, NULL},
    {"close-7", NONE, NULL},
    {"assign", NONE, NULL},
    {"assign-", NONE, NULL},
    {"assignjane", NONE, NULL},
    {"1042-k7qx2", NONE, NULL},
    {"\xff\xfe", NONE, NULL},
};

static void test_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *argument = NULL;
        enum command command;
        int got = command_read(rows[i].extension, &command, &argument) ? (int)command : NONE;

        if (got != rows[i].want || g_strcmp0(argument, rows[i].argument) != 0)
            fail_msg("+%s: got %d, %s", rows[i].extension, got,
                     argument != NULL ? argument : "nothing");
    }
}

static const struct {
    const char *argument;
    const char *want;
} addresses[] = {
    {"kim=example.net", "kim@example.net"},
    {"Kim=Example.NET", "kim@example.net"},
    {"a=b=example.net", "a=b@example.net"},
    {"kim", NULL},
    {"=example.net", NULL},
    {"kim=", NULL},
    {"kim smith=example.net", NULL},
    {"kim@a=example.net", NULL},
};

static void test_address(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(addresses); i++) {
        g_autofree char *got = command_address(addresses[i].argument);

        if (g_strcmp0(got, addresses[i].want) != 0)
            fail_msg("%s: got %s", addresses[i].argument, got != NULL ? got : "nothing");
    }
}

static void test_help(void **state)
{
    g_autofree char *near = command_help("ntoe");
    g_autofree char *of_argument = command_help("asign-jane");
    g_autofree char *far = command_help("xyzzy");

    (void)state;
    assert_non_null(strstr(near, "no command +ntoe; did you mean +note?"));
    assert_non_null(strstr(of_argument, "did you mean +assign?"));
    assert_null(strstr(far, "did you mean"));
    for (int i = 0; command_names[i] != NULL; i++)
        assert_non_null(strstr(far, command_names[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_address),
        cmocka_unit_test(test_help),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
