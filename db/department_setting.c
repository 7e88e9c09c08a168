/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One table: how the value of each setting is checked. What it means to a message is decided
 * elsewhere. Any thread.
 */
#include "db/department_setting.h"

#include <string.h>

#include "db/error.h"
#include "db/hours.h"
#include "db/value.h"

#define CLOSED_MAX 200 /* bytes: it has to fit into one line of an SMTP reply */

const char *const department_settings[] = {"title",  "from_name", "via_name", "follow_up",
                                           "assign", "expected",  "hours",    "correspondents",
                                           "reopen", "closed",    "spam",     NULL};

static bool check_time(const char *name, const char *value, GError **error)
{
    int64_t ms;

    return value_read_time(name, value, &ms, error);
}

static bool check_span(const char *name, const char *value, GError **error)
{
    int64_t days;
    int64_t minutes;

    return value_read_span(name, value, &days, &minutes, error);
}

static bool check_hours(const char *name, const char *value, GError **error)
{
    AUTO(hours) hours = hours_read(value, error);

    (void)name;
    return hours != NULL;
}

static bool check_closed(const char *name, const char *value, GError **error)
{
    return value_check_line(name, value, CLOSED_MAX, error);
}

#define WORDS(...)                                                                                 \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }

/* In the order of department_settings. */
static const struct setting {
    const char *const *variables; /* that may stand in it, or */
    const char *const *choices;   /* what it may be, or */
    bool (*check)(const char *name, const char *value, GError **error);
    bool may_be_empty;
} settings[DEPARTMENT_SETTINGS] = {
    {.variables = (const char *const[]){NULL}}, /* title */
    {.variables = WORDS("%{operator}", "%{title}")},
    {.variables = WORDS("%{name}", "%{address}", "%{title}")},
    {.choices = WORDS("everyone", "assignee")},
    {.choices = WORDS("no", "first-reply")},
    {.check = check_span, .may_be_empty = true},
    {.check = check_hours, .may_be_empty = true},
    {.choices = WORDS("cc", "writers", "requester")},
    {.check = check_time},
    {.check = check_closed, .may_be_empty = true},
    {.choices = WORDS("copy", "log", "refuse")},
};

int department_setting_find(const char *name)
{
    for (int i = 0; department_settings[i] != NULL; i++)
        if (strcmp(department_settings[i], name) == 0)
            return i;
    return -1;
}

bool department_setting_check(const char *name, const char *value, GError **error)
{
    int place = department_setting_find(name);
    const struct setting *setting = &settings[MAX(place, 0)];
    g_autofree char *known = NULL;

    if (place < 0) {
        known = g_strjoinv(", ", (char **)department_settings);
        return error_set(error, ERROR_REFUSED, "no setting `%s`; there are %s", name, known);
    }
    if (setting->choices != NULL)
        return value_check_choice(name, value, setting->choices, error);
    if (setting->variables != NULL)
        return value_check_variables(name, value, setting->variables, error);
    return (setting->may_be_empty && (value == NULL || *value == '\0')) ||
           setting->check(name, value, error);
}
