/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The built-in templates, and how a template is read. Any thread.
 */
#include "milter/wording.h"

#include <string.h>

#include "db/department_template.h"
#include "db/error.h"
#include "milter/chars.h"
#include "milter/log.h"
#include "milter/nearest.h"

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
        "%{title} has received your message.\n"
        "Your ticket: %{id}\n"
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
    [NOTICE_RESULT] = "Subject: %{subject}\n"
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

/* The next %{…} on the line, at or behind text, and where its name begins and ends; NULL: there is
 * none. */
static const char *next_variable(const char *text, const char **end)
{
    const char *start = strstr(text, "%{");

    *end = start != NULL ? strchr(start, '}') : NULL;
    return *end != NULL ? start + 2 : NULL;
}

static bool refuse(GError **error, unsigned number, const char *what)
{
    return error_set(error, ERROR_REFUSED, "line %u of the template %s", number, what);
}

static bool refuse_variable(GError **error, unsigned number, const char *name)
{
    const char *nearest = nearest_name(name, variables_known);
    g_autofree char *quoted = log_quoted(name);
    g_autofree char *all = g_strjoinv("}, %{", (char **)variables_known);
    g_autofree char *hint = nearest != NULL ? g_strdup_printf("did you mean %%{%s}? There", nearest)
                                            : g_strdup("there");

    return error_set(error, ERROR_REFUSED,
                     "line %u of the template: no variable %%{%s}; %s are %%{%s}", number, quoted,
                     hint, all);
}

static bool check_variables(const char *line, unsigned number, GError **error)
{
    const char *end = line;

    for (const char *name = next_variable(line, &end); name != NULL;
         name = next_variable(line, &end)) {
        g_autofree char *copy = g_strndup(name, (gsize)(end - name));

        if (!g_strv_contains(variables_known, copy))
            return refuse_variable(error, number, copy);
        line = end;
    }
    return strstr(line, "%{") == NULL ||
           refuse(error, number, "has a variable without a } at its end");
}

/* What a line says, but for its place. */
static bool check_line(const char *line, unsigned number, GError **error)
{
    gunichar c;
    size_t size;

    for (const char *p = line; (size = chars_next(p, &c)) > 0; p += size) {
        if (c == CHARS_INVALID)
            return refuse(error, number, "is not UTF-8");
        if (chars_is_control(c) && c != '\t')
            return refuse(error, number, "has a control character");
    }
    return check_variables(line, number, error);
}

/* The Subject line, and that it is alone: there are no other header fields, nor folds. */
static bool check_head(char *const *lines, GError **error)
{
    const char *subject = lines[0] + strlen(SUBJECT);

    if (g_ascii_strncasecmp(lines[0], SUBJECT, strlen(SUBJECT)) != 0)
        return error_set(error, ERROR_REFUSED,
                         "a template begins with a line `Subject: …`; an empty one switches the "
                         "notice off");
    if (subject[chars_spaces(subject)] == '\0')
        return refuse(error, 1, "has a Subject that says nothing");
    return lines[1] == NULL || lines[1][chars_spaces(lines[1])] == '\0' ||
           refuse(error, 2,
                  "must be empty: the Subject is one line, and the text comes after that");
}

bool wording_check(const char *text, GError **error)
{
    g_auto(GStrv) lines = NULL;

    if (text[0] == '\0')
        return true;
    if (strlen(text) > WORDING_MAX)
        return error_set(error, ERROR_REFUSED, "a template has %d bytes at most", WORDING_MAX);
    lines = g_strsplit(text, "\n", -1);
    for (unsigned i = 0; lines[i] != NULL; i++)
        if (!check_line(lines[i], i + 1, error))
            return false;
    return check_head(lines, error);
}

/* Where the text begins: behind the Subject line and the empty lines that follow it. */
static const char *text_of(const char *template)
{
    const char *end = strchr(template, '\n');

    while (end != NULL && end[1 + strspn(end + 1, " \t")] == '\n')
        end = strchr(end + 1, '\n');
    return end != NULL ? end + 1 : "";
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

static bool breaks_line(gunichar c)
{
    return chars_is_control(c) || c == 0x2028 || c == 0x2029;
}

/* One line, since what begins one is the template's to say, that turns nothing around; and not too
 * much. Yours. */
static char *tame(const char *value)
{
    g_autofree char *valid = chars_valid(value != NULL ? value : "");
    const char *p = valid + chars_spaces(valid);
    GString *out = g_string_new(NULL);
    gunichar c;
    size_t size;

    for (int count = 0; count < WORDING_VALUE_MAX && (size = chars_next(p, &c)) > 0; count++) {
        if (!chars_is_turning(c))
            g_string_append_unichar(out, breaks_line(c) ? ' ' : c);
        p += size;
    }
    if (*p != '\0')
        g_string_append(out, "…");
    return g_strchomp(g_string_free(out, FALSE));
}

static const char *find_value(const struct template_variable *values, const char *name, size_t size)
{
    for (; values->name != NULL; values++)
        if (strlen(values->name) == size && memcmp(values->name, name, size) == 0)
            return values->value;
    return NULL;
}

/* Whether all of its variables have a value. */
static bool says_all(const char *line, const struct template_variable *values)
{
    const char *end;

    for (const char *name = next_variable(line, &end); name != NULL;
         name = next_variable(end, &end)) {
        const char *value = find_value(values, name, (size_t)(end - name));

        if (value != NULL && *value == '\0')
            return false;
    }
    return true;
}

/* The lines of the text that say something. Where one is left out, no two empty ones are to meet.
 * Yours. */
static char *expand_text(const char *template, const struct template_variable *values)
{
    g_auto(GStrv) lines = g_strsplit(text_of(template), "\n", -1);
    GString *text = g_string_new(NULL);
    bool is_gap = false; /* a line was left out */

    for (char **line = lines; *line != NULL && (line[1] != NULL || **line != '\0'); line++) {
        bool is_behind_empty = text->len == 0 || g_str_has_suffix(text->str, "\n\n");
        g_autofree char *expanded = NULL;

        if (!says_all(*line, values)) {
            is_gap = true;
            continue;
        }
        if (**line == '\0' && is_gap && is_behind_empty)
            continue;
        is_gap = false;
        expanded = template_expand(*line, values);
        g_string_append_printf(text, "%s\n", expanded);
    }
    return g_string_free(text, FALSE);
}

void wording_expand(const char *template, const struct template_variable *variables, char **subject,
                    char **text)
{
    g_autofree char *first = g_strndup(template, strcspn(template, "\n"));
    bool is_subject = g_ascii_strncasecmp(first, SUBJECT, strlen(SUBJECT)) == 0;
    g_autoptr(GPtrArray) tamed = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GArray) values = g_array_new(TRUE, FALSE, sizeof(struct template_variable));

    for (; variables->name != NULL; variables++) {
        struct template_variable one = {variables->name, tame(variables->value)};

        g_ptr_array_add(tamed, (char *)one.value);
        g_array_append_val(values, one);
    }
    *subject = template_expand(is_subject ? first + strlen(SUBJECT) : "", (void *)values->data);
    g_strstrip(*subject);
    *text = expand_text(template, (const void *)values->data);
}
