/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Times as people type and read them. Never asks the clock. Any thread.
 */
#include "admin/when.h"

#include <string.h>

#define SECOND_MS INT64_C(1000)
#define AGE_DIGITS_MAX 9

char *when_format(int64_t at)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(at / SECOND_MS);

    if (time == NULL)
        return g_strdup("");
    return g_date_time_format(time, "%Y-%m-%dT%H:%M:%SZ");
}

bool when_read_age(const char *text, int64_t *age_ms)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
    size_t digits = strspn(text, "0123456789");

    if (digits == 0 || digits > AGE_DIGITS_MAX || strlen(text) != digits + 1)
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++)
        if (units[i].unit == text[digits]) {
            *age_ms = g_ascii_strtoll(text, NULL, 10) * units[i].seconds * SECOND_MS;
            return true;
        }
    return false;
}

/* Does text have the shape, in which '0' stands for any digit? */
static bool has_shape(const char *text, const char *shape)
{
    if (strlen(text) != strlen(shape))
        return false;
    for (; *shape != '\0'; shape++, text++)
        if (*shape == '0' ? !g_ascii_isdigit(*text) : *shape != *text)
            return false;
    return true;
}

static GDateTime *read_day(const char *text)
{
    return g_date_time_new_local((int)g_ascii_strtoll(text, NULL, 10),
                                 (int)g_ascii_strtoll(text + 5, NULL, 10),
                                 (int)g_ascii_strtoll(text + 8, NULL, 10), 0, 0, 0);
}

bool when_read_date(const char *text, int64_t *at)
{
    g_autoptr(GDateTime) time =
        has_shape(text, "0000-00-00") ? read_day(text) : g_date_time_new_from_iso8601(text, NULL);

    if (time == NULL)
        return false;
    *at = g_date_time_to_unix(time) * SECOND_MS;
    return true;
}
