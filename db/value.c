/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looks at single characters. Knows no setting and no table. Any thread.
 */
#include "db/value.h"

#include <string.h>

#include "db/error.h"

static bool is_forbidden(gunichar c)
{
    GUnicodeType type = g_unichar_type(c);

    return type == G_UNICODE_CONTROL || type == G_UNICODE_LINE_SEPARATOR ||
           type == G_UNICODE_PARAGRAPH_SEPARATOR;
}

static const char *find_fault(const char *value)
{
    bool blank = true;

    if (!g_utf8_validate(value, -1, NULL))
        return "must be UTF-8";
    for (const char *at = value; *at != '\0'; at = g_utf8_next_char(at)) {
        if (is_forbidden(g_utf8_get_char(at)))
            return "must be one line, without control characters";
        if (!g_unichar_isspace(g_utf8_get_char(at)))
            blank = false;
    }
    return blank ? "must not be empty" : NULL;
}

bool value_check(const char *what, const char *value, GError **error)
{
    const char *fault = find_fault(value != NULL ? value : "");

    return fault == NULL || error_set(error, ERROR_REFUSED, "%s %s", what, fault);
}

bool value_check_line(const char *what, const char *value, size_t max, GError **error)
{
    return value_check(what, value, error) &&
           (strlen(value) <= max ||
            error_set(error, ERROR_REFUSED, "%s must be %d bytes at most", what, (int)max));
}

/* The length of the variable of known that at begins with; 0: of none. */
static size_t match_variable(const char *at, const char *const *known)
{
    for (; *known != NULL; known++)
        if (g_str_has_prefix(at, *known))
            return strlen(*known);
    return 0;
}

static bool refuse_variable(const char *what, const char *at, const char *const *known,
                            GError **error)
{
    const char *end = strchr(at, '}');
    g_autofree char *variable = end != NULL ? g_strndup(at, (gsize)(end - at) + 1) : g_strdup(at);
    g_autofree char *list = g_strjoinv(" and ", (char **)known);

    return error_set(error, ERROR_REFUSED, "%s has no variable %s; it knows %s", what, variable,
                     *list != '\0' ? list : "none");
}

bool value_check_variables(const char *what, const char *value, const char *const *known,
                           GError **error)
{
    if (!value_check(what, value, error))
        return false;
    for (const char *at = strstr(value, "%{"); at != NULL; at = strstr(at, "%{")) {
        size_t size = match_variable(at, known);

        if (size == 0)
            return refuse_variable(what, at, known, error);
        at += size;
    }
    return true;
}

bool value_check_choice(const char *what, const char *value, const char *const *choices,
                        GError **error)
{
    g_autofree char *list = NULL;

    if (value != NULL && g_strv_contains(choices, value))
        return true;
    list = g_strjoinv("` or `", (char **)choices);
    return error_set(error, ERROR_REFUSED, "%s must be `%s`", what, list);
}

#define MINUTE_MS INT64_C(60000)
#define TIME_MAX_MS (100 * 366 * 24 * 60 * MINUTE_MS)

static const struct {
    char letter;
    int64_t ms;
} units[] = {
    {'w', 7 * 24 * 60 * MINUTE_MS},
    {'d', 24 * 60 * MINUTE_MS},
    {'h', 60 * MINUTE_MS},
    {'m', MINUTE_MS},
};

bool value_read_time(const char *what, const char *value, int64_t *ms, GError **error)
{
    size_t digits = value != NULL ? strspn(value, "0123456789") : 0;
    guint64 count = digits > 0 ? g_ascii_strtoull(value, NULL, 10) : 0;

    *ms = 0;
    if (digits > 0 && count == 0 && value[digits] == '\0')
        return true;
    for (size_t i = 0; digits > 0 && i < G_N_ELEMENTS(units); i++)
        if (value[digits] == units[i].letter && value[digits + 1] == '\0' &&
            count <= (guint64)(TIME_MAX_MS / units[i].ms)) {
            *ms = (int64_t)count * units[i].ms;
            return true;
        }
    return error_set(error, ERROR_REFUSED,
                     "%s must be a time such as `90m`, `12h`, `30d` or `4w`, 100 years at most",
                     what);
}

#define SPAN_DIGITS 6
#define SPAN_MAX_MINUTES (365 * 24 * 60)

/* Reads a number and its unit, of those that are left, on top of *days and *minutes. */
static bool read_part(const char **at, const char **left, int64_t *days, int64_t *minutes)
{
    size_t digits = strspn(*at, "0123456789");
    int64_t count = g_ascii_strtoll(*at, NULL, 10);
    const char *unit = (*at)[digits] != '\0' ? strchr(*left, (*at)[digits]) : NULL;

    if (digits == 0 || digits > SPAN_DIGITS || unit == NULL)
        return false;
    if (*unit == 'd')
        *days = count;
    else
        *minutes += *unit == 'h' ? 60 * count : count;
    *left = unit + 1;
    *at += digits + 1;
    return true;
}

bool value_read_span(const char *what, const char *value, int64_t *days, int64_t *minutes,
                     GError **error)
{
    const char *at = value != NULL ? value : "";
    const char *left = "dhm";
    bool is_good = true;

    *days = *minutes = 0;
    while (is_good && *at != '\0') {
        is_good = read_part(&at, &left, days, minutes);
        at += strspn(at, " ");
    }
    return (is_good && *days + *minutes > 0 && *days * 24 * 60 + *minutes <= SPAN_MAX_MINUTES) ||
           error_set(error, ERROR_REFUSED,
                     "%s must be a time such as `30m`, `4h`, `2d` or `1d 4h`, a year at most",
                     what);
}

char *value_write_time(int64_t ms)
{
    /* Weeks are read, but nobody says 60w1d. */
    for (size_t i = 1; i < G_N_ELEMENTS(units); i++)
        if (ms % units[i].ms == 0)
            return g_strdup_printf("%" G_GINT64_FORMAT "%c", ms / units[i].ms, units[i].letter);
    return g_strdup_printf("%" G_GINT64_FORMAT "m", ms / MINUTE_MS);
}
