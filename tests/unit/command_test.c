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
    {"status", COMMAND_STATUS, NULL},
    {"show", COMMAND_SHOW, NULL},
    {"List", COMMAND_LIST, NULL},
    {"search", COMMAND_SEARCH, NULL},
    {"help", COMMAND_HELP, NULL},
    {"search-printer", NONE, NULL},
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
    for (int i = 0; command_table[i].word != NULL; i++)
        assert_non_null(strstr(far, command_table[i].word));
}

/* Nobody is told of a command without being told what it does. */
static void test_table(void **state)
{
    (void)state;
    for (int i = 0; command_table[i].word != NULL; i++) {
        const struct command_entry *entry = &command_table[i];

        assert_non_null(entry->does);
        assert_true((entry->does_then != NULL) == (entry->giver != GIVER_OPERATOR));
        assert_true(entry->is_of_ticket || entry->argument == NULL);
    }
}

static const struct {
    enum giver giver;
    const char *commands; /* the only ones; NULL: all */
} givers[] = {
    {GIVER_CORRESPONDENT, "status help"},
    {GIVER_REQUESTER, "close status help"},
    {GIVER_OPERATOR, NULL},
};

static void test_list(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(givers); i++) {
        g_autofree char *list = command_list(givers[i].giver, "support@example.com", '+');
        g_auto(GStrv) wanted =
            g_strsplit(givers[i].commands != NULL ? givers[i].commands : "", " ", -1);

        for (const struct command_entry *entry = command_table; entry->word != NULL; entry++) {
            const char *dash = entry->argument != NULL ? "-" : "";
            const char *argument = entry->argument != NULL ? entry->argument : "";
            g_autofree char *line =
                g_strdup_printf("support+%s%s%s@example.com: ", entry->word, dash, argument);
            bool is_wanted = givers[i].commands == NULL ||
                             g_strv_contains((const char *const *)wanted, entry->word);

            if ((strstr(list, line) != NULL) != is_wanted)
                fail_msg("+%s for giver %d: %s", entry->word, givers[i].giver, list);
        }
        assert_null(strstr(list, "(null)"));
        assert_true(g_str_has_suffix(list, "\n"));
    }
}

static void test_list_quotes(void **state)
{
    g_autofree char *list = command_list(GIVER_OPERATOR, "\"a b\"@example.com", '-');

    (void)state;
    assert_non_null(strstr(list, "\"a b-close\"@example.com: "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read), cmocka_unit_test(test_address),
        cmocka_unit_test(test_help), cmocka_unit_test(test_table),
        cmocka_unit_test(test_list), cmocka_unit_test(test_list_quotes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
