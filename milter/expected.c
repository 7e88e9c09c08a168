/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Goes forward in stretches in which the zone's clocks run evenly, a day at most; in each, opening
 * hours and the stretch are plain numbers of seconds. Works in whole seconds. Decides what a day
 * and an hour of a department are; how they are written is db/hours' and db/value's. Any thread.
 */
#include "milter/expected.h"

#include <glib.h>

#include "db/value.h"

#define SECOND_MS INT64_C(1000)
#define MINUTE_S INT64_C(60)
#define DAY_S (HOURS_DAY_MINUTES * MINUTE_S)
#define YEAR_DAYS 366

/* How far ahead of UTC the clocks are at a moment, in seconds. */
static int64_t find_offset(GTimeZone *zone, int64_t at)
{
    return g_time_zone_get_offset(zone, g_time_zone_find_interval(zone, G_TIME_TYPE_UNIVERSAL, at));
}

/* As far as the offset stays what it is, a day at most. GLib numbers the stretches of an offset
 * in order of time. */
static int64_t find_end(GTimeZone *zone, int64_t at)
{
    int number = g_time_zone_find_interval(zone, G_TIME_TYPE_UNIVERSAL, at);
    int64_t same = at;
    int64_t end = at + DAY_S;

    if (g_time_zone_find_interval(zone, G_TIME_TYPE_UNIVERSAL, end) == number)
        return end;
    while (end - same > 1) {
        int64_t middle = same + (end - same) / 2;

        if (g_time_zone_find_interval(zone, G_TIME_TYPE_UNIVERSAL, middle) == number)
            same = middle;
        else
            end = middle;
    }
    return end;
}

/* Takes the open time between two moments of local time from *left. True: it is used up at *at;
 * if it was so before, when it opens. */
static bool spend(const struct hours *hours, int64_t from, int64_t to, int64_t *left, int64_t *at)
{
    for (int64_t day = from / DAY_S; day * DAY_S < to; day++) {
        guint count;
        const struct hours_range *ranges = hours_of_day(hours, day, &count);

        for (guint i = 0; i < count; i++) {
            int64_t start = MAX(from, day * DAY_S + ranges[i].from * MINUTE_S);
            int64_t end = MIN(to, day * DAY_S + ranges[i].to * MINUTE_S);

            if (start < end && *left <= end - start) {
                *at = start + *left;
                return true;
            }
            *left -= MAX(end - start, 0);
        }
    }
    return false;
}

/* Moves *at on by seconds of open time: by none, to the next moment that is open. */
static bool pass(const struct hours *hours, int64_t seconds, int64_t limit, int64_t *at)
{
    while (*at < limit) {
        int64_t offset = find_offset(hours->zone, *at);
        int64_t end = find_end(hours->zone, *at);
        int64_t local;

        if (spend(hours, *at + offset, end + offset, &seconds, &local)) {
            *at = local - offset;
            return true;
        }
        *at = end;
    }
    return false;
}

/* Moves *at, which is open, on to the same time of the last of as many days that are open. */
static bool pass_days(const struct hours *hours, int64_t days, int64_t *at)
{
    int64_t local = *at + find_offset(hours->zone, *at);
    int64_t day = local / DAY_S;
    int64_t second = local - day * DAY_S;

    for (int passed = 0; days > 0; passed++) {
        guint count;

        hours_of_day(hours, ++day, &count);
        days -= count > 0 ? 1 : 0;
        if (passed > YEAR_DAYS)
            return false;
    }
    GDate date = hours_date(day);
    g_autoptr(GDateTime) then = g_date_time_new(
        hours->zone, g_date_get_year(&date), (int)g_date_get_month(&date), g_date_get_day(&date),
        (int)(second / MINUTE_S / 60), (int)(second / MINUTE_S % 60), (double)(second % MINUTE_S));
    *at = g_date_time_to_unix(then);
    return true;
}

bool expected_moment(const struct hours *hours, int64_t days, int64_t minutes, int64_t now,
                     int64_t *moment)
{
    int64_t at = now / SECOND_MS;
    int64_t limit = at + YEAR_DAYS * DAY_S;

    if (!pass(hours, 0, limit, &at) || (days > 0 && !pass_days(hours, days, &at)) ||
        !pass(hours, minutes * MINUTE_S, limit, &at))
        return false;
    *moment = at * SECOND_MS;
    return true;
}

static char *format(GTimeZone *zone, int64_t moment, int64_t now)
{
    static const char *const days[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                       "Friday", "Saturday", "Sunday"};
    static const char *const months[] = {"January",   "February", "March",    "April",
                                         "May",       "June",     "July",     "August",
                                         "September", "October",  "November", "December"};
    g_autoptr(GDateTime) then = g_date_time_new_from_unix_utc(moment);
    g_autoptr(GDateTime) local = g_date_time_to_timezone(then, zone);
    g_autoptr(GDateTime) now_utc = g_date_time_new_from_unix_utc(now / SECOND_MS);
    g_autoptr(GDateTime) now_local = g_date_time_to_timezone(now_utc, zone);
    int year = g_date_time_get_year(local);
    g_autofree char *with_year =
        year != g_date_time_get_year(now_local) ? g_strdup_printf(" %d", year) : g_strdup("");

    return g_strdup_printf("%s %d %s%s, %02d:%02d", days[g_date_time_get_day_of_week(local) - 1],
                           g_date_time_get_day_of_month(local),
                           months[g_date_time_get_month(local) - 1], with_year,
                           g_date_time_get_hour(local), g_date_time_get_minute(local));
}

char *expected_text(const char *hours, const char *expected, int64_t now)
{
    AUTO(hours) read = expected != NULL ? hours_read(hours, NULL) : NULL;
    int64_t days;
    int64_t minutes;
    int64_t moment;

    if (read == NULL || !value_read_span("expected", expected, &days, &minutes, NULL) ||
        !expected_moment(read, days, minutes, now, &moment))
        return NULL;
    return format(read->zone, (moment / SECOND_MS + MINUTE_S - 1) / MINUTE_S * MINUTE_S, now);
}
