/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The built-in templates, and how a template is read. Any thread.
 */
#include "milter/wording.h"

#include <string.h>

#include "db/department_template.h"
#include "db/error.h"

#define SUBJECT "Subject:"

const char *const wording_kinds[] = {"acknowledge", "closed",   "moved", "status",
                                     "result",      "handover", NULL};

static const char *const variables_known[] = {
    "ticket", "id", "title", "role", "requester", "subject", "expected", "operator", NULL};

static const char *const built_in[] = {
    [NOTICE_ACKNOWLEDGE] =
        "Subject: %{id} We have received your message\n"
        "\n"
        "Hello,\n"
        "\n"
        "%{title} has received your message. It is ticket %{id}.\n"
        "You wrote about: %{subject}\n"
        "You can expect an answer by %{expected}.\n"
        "\n"
        "To add something, reply to this mail, and leave the ticket in the Subject.\n"
        "\n"
        "-- \n"
        "%{title} <%{role}>\n",
    [NOTICE_CLOSED] = "Subject: %{id} Your ticket is closed\n"
                      "\n"
                      "Hello,\n"
                      "\n"
                      "ticket %{id} is closed.\n"
                      "It was about: %{subject}\n"
                      "It was closed by %{operator}.\n"
                      "\n"
                      "If there is something left to do, reply to this mail.\n"
                      "\n"
                      "-- \n"
                      "%{title} <%{role}>\n",
    [NOTICE_MOVED] = "Subject: %{id} %{title} has your ticket now\n"
                     "\n"
                     "Hello,\n"
                     "\n"
                     "ticket %{id} is with %{title} now.\n"
                     "It is about: %{subject}\n"
                     "You can expect an answer by %{expected}.\n"
                     "\n"
                     "To add something, reply to this mail.\n"
                     "\n"
                     "-- \n"
                     "%{title} <%{role}>\n",
    [NOTICE_STATUS] = "Subject: %{id} How your ticket stands\n"
                      "\n"
                      "Hello,\n"
                      "\n"
                      "this is how ticket %{id} stands.\n"
                      "It is about: %{subject}\n"
                      "%{operator} has it.\n",
    [NOTICE_RESULT] = "Subject: %{title}\n"
                      "\n",
    [NOTICE_HANDOVER] =
        "Subject: %{id} %{subject}\n"
        "\n"
        "This is ticket %{id} of %{requester}, with the messages that began it and the last ones.\n"
        "To answer %{requester}, reply to this mail.\n",
};

G_STATIC_ASSERT(G_N_ELEMENTS(built_in) + 1 == G_N_ELEMENTS(wording_kinds));

const char *wording_built_in(enum notice_kind kind)
{
    return built_in[kind];
}

/* The next %{…} at or behind text, and where its name begins and ends; NULL: there is none. */
static const char *next_variable(const char *text, const char **end)
{
    const char *start = strstr(text, "%{");

    *end = start != NULL ? strchr(start, '}') : NULL;
    return *end != NULL ? start + 2 : NULL;
}

static bool check_variables(const char *text, GError **error)
{
    const char *end;

    for (const char *name = next_variable(text, &end); name != NULL;
         name = next_variable(end, &end)) {
        g_autofree char *copy = g_strndup(name, (gsize)(end - name));
        g_autofree char *all = NULL;

        if (g_strv_contains(variables_known, copy))
            continue;
        all = g_strjoinv("}, %{", (char **)variables_known);
        return error_set(error, ERROR_REFUSED, "there is no variable %%{%s}; there are: %%{%s}",
                         copy, all);
    }
    return true;
}

/* Where the text begins: behind the Subject line and the empty lines that follow it. */
static const char *text_of(const char *template)
{
    template += strcspn(template, "\n");
    return template + strspn(template, "\r\n");
}

bool wording_check(const char *text, GError **error)
{
    if (text[0] == '\0')
        return true;
    if (strlen(text) > WORDING_MAX)
        return error_set(error, ERROR_REFUSED, "a template has at most %d bytes", WORDING_MAX);
    if (!g_utf8_validate(text, -1, NULL))
        return error_set(error, ERROR_REFUSED, "a template is UTF-8; this is not");
    if (g_ascii_strncasecmp(text, SUBJECT, strlen(SUBJECT)) != 0)
        return error_set(error, ERROR_REFUSED,
                         "a template begins with a line `Subject: …`; an empty one switches the "
                         "notice off");
    return check_variables(text, error);
}

bool wording_find(struct store *store, int64_t department_id, enum notice_kind kind, char **text,
                  GError **error)
{
    if (!department_template_find(store, department_id, wording_kinds[kind], text, error))
        return false;
    if (*text == NULL)
        *text = g_strdup(built_in[kind]);
    return true;
}

static bool has_value(const struct template_variable *variables, const char *name, size_t size)
{
    for (; variables->name != NULL; variables++)
        if (strlen(variables->name) == size && memcmp(variables->name, name, size) == 0)
            return variables->value != NULL && variables->value[0] != '\0';
    return true;
}

static bool says_something(const char *line, const struct template_variable *variables)
{
    const char *end;

    for (const char *name = next_variable(line, &end); name != NULL;
         name = next_variable(end, &end))
        if (!has_value(variables, name, (size_t)(end - name)))
            return false;
    return true;
}

void wording_expand(const char *template, const struct template_variable *variables, char **subject,
                    char **text)
{
    g_auto(GStrv) lines = g_strsplit(text_of(template), "\n", -1);
    g_autofree char *first = g_strndup(template, strcspn(template, "\n"));
    g_autoptr(GString) all = g_string_new(NULL);
    bool is_subject = g_ascii_strncasecmp(first, SUBJECT, strlen(SUBJECT)) == 0;

    *subject = template_expand(is_subject ? first + strlen(SUBJECT) : "", variables);
    g_strstrip(*subject);
    for (char **line = lines; *line != NULL; line++) {
        g_autofree char *expanded = NULL;

        if (line[1] == NULL && **line == '\0')
            break; /* behind the last line's end */
        if (!says_something(*line, variables))
            continue;
        expanded = template_expand(*line, variables);
        g_string_append_printf(all, "%s\n", expanded);
    }
    *text = g_string_free(g_steal_pointer(&all), FALSE);
}
