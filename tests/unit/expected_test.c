/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * milter/expected: moments that were reckoned by hand, and many that are reckoned again minute by
 * minute, by what GLib says a clock on the wall shows then.
 */
#include "milter/expected.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define OFFICE "Mon-Fri 09:00-17:30 Europe/Berlin"
#define LUNCH "Mon-Fri 09:00-12:00, 13:00-17:30; Europe/Berlin"
#define SHORT_FRIDAY "Mon-Thu 09:00-17:30; Fri 09:00-14:00; Europe/Berlin"

static const struct {
    const char *hours;
    const char *expected;
    const char *now; /* UTC */
    const char *want;
} rows[] = {
    /* Hours within a day, and over its end. */
    {OFFICE, "4h", "2026-11-23T15:00:00Z", "Tuesday 24 November, 11:30"},
    {OFFICE, "4h", "2026-11-24T08:00:00Z", "Tuesday 24 November, 13:00"},
    {OFFICE, "4h", "2026-11-24T12:30:00Z", "Tuesday 24 November, 17:30"},
    {OFFICE, "4h", "2026-11-24T12:30:01Z", "Wednesday 25 November, 09:01"},
    {OFFICE, "4h", "2026-11-24T16:30:00Z", "Wednesday 25 November, 13:00"},
    {OFFICE, "4h", "2026-11-24T03:00:00Z", "Tuesday 24 November, 13:00"},
    {OFFICE, "4h", "2026-11-24T08:00:01Z", "Tuesday 24 November, 13:01"},
    {OFFICE, "17h", "2026-11-24T08:00:00Z", "Wednesday 25 November, 17:30"},
    {OFFICE, "17h 1m", "2026-11-24T08:00:00Z", "Thursday 26 November, 09:01"},
    {LUNCH, "2h", "2026-11-24T09:00:00Z", "Tuesday 24 November, 12:00"},
    {LUNCH, "2h", "2026-11-24T09:01:00Z", "Tuesday 24 November, 13:01"},
    {LUNCH, "2h", "2026-11-24T10:30:00Z", "Tuesday 24 November, 14:30"},
    {LUNCH, "2h", "2026-11-24T11:15:00Z", "Tuesday 24 November, 15:00"},

    /* Weekends; days, which are the same time of the next day that is open. */
    {OFFICE, "30m", "2026-11-28T10:00:00Z", "Monday 30 November, 09:30"},
    {OFFICE, "1d", "2026-11-24T09:00:00Z", "Wednesday 25 November, 10:00"},
    {OFFICE, "1d", "2026-11-27T15:00:00Z", "Monday 30 November, 16:00"},
    {OFFICE, "2d", "2026-11-26T15:00:00Z", "Monday 30 November, 16:00"},
    {OFFICE, "1d", "2026-11-28T15:00:00Z", "Tuesday 1 December, 09:00"},
    {OFFICE, "1d 4h", "2026-11-27T15:00:00Z", "Tuesday 1 December, 11:30"},
    {OFFICE, "1d", "2026-11-24T16:29:59Z", "Wednesday 25 November, 17:30"},
    {OFFICE, "1d", "2026-11-24T16:30:00Z", "Thursday 26 November, 09:00"},
    {LUNCH, "1d", "2026-11-24T11:15:00Z", "Wednesday 25 November, 13:00"},
    {SHORT_FRIDAY, "1d", "2026-11-26T15:00:00Z", "Monday 30 November, 09:00"},
    {SHORT_FRIDAY, "1d", "2026-11-27T12:00:00Z", "Monday 30 November, 13:00"},
    {"Mon 10:00-12:00 UTC", "3d", "2026-11-23T11:00:00Z", "Monday 14 December, 11:00"},

    /* Always open; without a zone, that of the host: here Asia/Kolkata. */
    {NULL, "1h", "2026-11-24T20:00:00Z", "Wednesday 25 November, 02:30"},
    {"", "1d", "2026-11-24T20:00:00Z", "Thursday 26 November, 01:30"},
    {"UTC", "36h", "2026-11-24T20:00:00Z", "Thursday 26 November, 08:00"},
    {"Mon-Sat 10:00-18:30 Asia/Kolkata", "1h", "2026-11-23T04:00:00Z", "Monday 23 November, 11:00"},

    /* Midnight. */
    {"22:00-06:00 Europe/Berlin", "1h", "2026-11-24T11:00:00Z", "Tuesday 24 November, 23:00"},
    {"22:00-06:00 Europe/Berlin", "4h", "2026-11-23T21:30:00Z", "Tuesday 24 November, 02:30"},
    {"22:00-06:00 Europe/Berlin", "8h 1m", "2026-11-23T21:00:00Z", "Tuesday 24 November, 22:01"},
    {"Sun 22:00-02:00 UTC", "3h", "2026-11-28T00:00:00Z", "Monday 30 November, 01:00"},
    {"Fri 18:00-24:00 UTC", "6h", "2026-11-24T00:00:00Z", "Saturday 28 November, 00:00"},
    {"UTC", "1m", "2026-11-24T23:58:01Z", "Wednesday 25 November, 00:00"},
    {"Mon-Fri 00:00-24:00 UTC", "1h", "2026-11-27T23:30:00Z", "Monday 30 November, 00:30"},
    {"Pacific/Auckland", "1h", "2026-11-24T10:30:00Z", "Wednesday 25 November, 00:30"},

    /* Dates that are closed. */
    {OFFICE " not 12-25, 2026-12-28", "4h", "2026-12-24T15:00:00Z", "Tuesday 29 December, 11:30"},
    {OFFICE " not 12-25, 2026-12-28", "1d", "2026-12-24T15:00:00Z", "Tuesday 29 December, 16:00"},
    {OFFICE " not 12-25, 2026-12-28", "4h", "2028-12-27T15:00:00Z", "Thursday 28 December, 11:30"},
    {OFFICE " not 2026-12-24", "4h", "2026-12-24T10:00:00Z", "Friday 25 December, 13:00"},
    {"not 12-25 UTC", "2h", "2026-12-24T23:00:00Z", "Saturday 26 December, 01:00"},
    {"22:00-06:00 not 12-25 UTC", "3h", "2026-12-24T22:00:00Z", "Saturday 26 December, 01:00"},

    /* The end of a year, of the zone's own; leap days. */
    {OFFICE " not 01-01", "4h", "2026-12-31T15:00:00Z", "Monday 4 January 2027, 11:30"},
    {"UTC", "1h", "2026-12-31T23:00:00Z", "Friday 1 January 2027, 00:00"},
    {"Pacific/Auckland", "1h", "2026-12-31T12:00:00Z", "Friday 1 January, 02:00"},
    {"America/New_York", "1h", "2027-01-01T04:30:00Z", "Friday 1 January 2027, 00:30"},
    {"America/New_York", "1h", "2027-01-01T03:30:00Z", "Thursday 31 December, 23:30"},
    {"UTC", "365d", "2026-11-24T20:00:00Z", "Wednesday 24 November 2027, 20:00"},
    {OFFICE, "1d", "2028-02-28T09:00:00Z", "Tuesday 29 February, 10:00"},
    {OFFICE " not 02-29", "1d", "2028-02-28T09:00:00Z", "Wednesday 1 March, 10:00"},
    {OFFICE " not 02-29", "1d", "2027-02-26T09:00:00Z", "Monday 1 March, 10:00"},

    /* Europe/Berlin, 2026-03-29: 02:00 is 03:00. */
    {"Europe/Berlin", "1h", "2026-03-29T00:30:00Z", "Sunday 29 March, 03:30"},
    {"Europe/Berlin", "24h", "2026-03-28T09:00:00Z", "Sunday 29 March, 11:00"},
    {"Europe/Berlin", "1d", "2026-03-28T09:00:00Z", "Sunday 29 March, 10:00"},
    {"Europe/Berlin", "1d", "2026-03-28T01:30:00Z", "Sunday 29 March, 03:00"},
    {"Europe/Berlin", "2d", "2026-03-28T01:30:00Z", "Monday 30 March, 02:30"},
    {"Sun 02:00-03:00 Europe/Berlin", "30m", "2026-03-28T12:00:00Z", "Sunday 5 April, 02:30"},
    {"Sun 01:30-03:30 Europe/Berlin", "1h", "2026-03-29T00:00:00Z", "Sunday 29 March, 03:30"},
    {"Sun 02:30-03:30 Europe/Berlin", "30m", "2026-03-29T00:00:00Z", "Sunday 29 March, 03:30"},
    {"Sat 22:00-06:00 Europe/Berlin", "8h", "2026-03-28T21:00:00Z", "Saturday 4 April, 23:00"},
    {OFFICE, "4h", "2026-03-27T15:00:00Z", "Monday 30 March, 11:30"},
    {OFFICE, "1d", "2026-03-27T15:00:00Z", "Monday 30 March, 16:00"},

    /* Europe/Berlin, 2026-10-25: 03:00 is 02:00. */
    {"Europe/Berlin", "1h", "2026-10-25T00:30:00Z", "Sunday 25 October, 02:30"},
    {"Europe/Berlin", "24h", "2026-10-24T08:00:00Z", "Sunday 25 October, 09:00"},
    {"Europe/Berlin", "1d", "2026-10-24T08:00:00Z", "Sunday 25 October, 10:00"},
    {"Sun 02:00-03:00 Europe/Berlin", "2h", "2026-10-24T12:00:00Z", "Sunday 25 October, 03:00"},
    {"Sun 02:00-02:30 Europe/Berlin", "45m", "2026-10-24T12:00:00Z", "Sunday 25 October, 02:15"},
    {"Sat 22:00-06:00 Europe/Berlin", "9h", "2026-10-24T20:00:00Z", "Sunday 25 October, 06:00"},
    {OFFICE, "4h", "2026-10-23T14:00:00Z", "Monday 26 October, 11:30"},
    {OFFICE, "1d", "2026-10-23T14:00:00Z", "Monday 26 October, 16:00"},

    /* Other clocks: an hour at 02:00, in the other half of the year, half an hour, at midnight. */
    {"America/New_York", "1h", "2026-03-08T06:30:00Z", "Sunday 8 March, 03:30"},
    {"America/New_York", "1h", "2026-11-01T05:30:00Z", "Sunday 1 November, 01:30"},
    {"Mon-Fri 09:00-17:00 America/New_York", "1d", "2026-03-06T15:00:00Z", "Monday 9 March, 10:00"},
    {"Sun 01:00-04:00 Australia/Sydney", "2h 30m", "2026-10-03T12:00:00Z",
     "Sunday 11 October, 01:30"},
    {"Sun 01:00-04:00 Australia/Sydney", "4h", "2026-04-04T12:00:00Z", "Sunday 5 April, 04:00"},
    {"Sun 02:00-03:00 Australia/Lord_Howe", "30m", "2026-10-03T12:00:00Z",
     "Sunday 4 October, 03:00"},
    {"Sun 00:00-02:00 America/Santiago", "1h", "2026-09-05T12:00:00Z", "Sunday 6 September, 02:00"},
    {"Sat 22:00-24:00 America/Santiago", "3h", "2026-04-04T12:00:00Z", "Sunday 5 April, 00:00"},

    /* Nothing to promise. */
    {OFFICE, NULL, "2026-11-24T08:00:00Z", NULL},
    {OFFICE, "", "2026-11-24T08:00:00Z", NULL},
    {OFFICE, "soon", "2026-11-24T08:00:00Z", NULL},
    {"Europe/Berln", "4h", "2026-11-24T08:00:00Z", NULL},
    {"Mon 09:00-09:01 UTC", "1h", "2026-11-24T08:00:00Z", NULL},
    {"Mon 09:00-09:01 UTC", "53d", "2026-11-24T08:00:00Z", NULL},
    {OFFICE, "365d", "2026-11-24T08:00:00Z", NULL},
};

static int64_t read_time(const char *text)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_iso8601(text, NULL);

    assert_non_null(time);
    return g_date_time_to_unix(time) * 1000;
}

static void says_when(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *got =
            expected_text(rows[i].hours, rows[i].expected, read_time(rows[i].now));

        if (g_strcmp0(got, rows[i].want) != 0)
            fail_msg("%s, %s, %s: got %s, want %s", rows[i].hours, rows[i].expected, rows[i].now,
                     got, rows[i].want);
    }
}

/* Every Monday of a year is closed, but not the one after. */
static void gives_up_after_a_year(void **state)
{
    g_autoptr(GString) hours = g_string_new("Mon 09:00-10:00 UTC not");
    GDate date = hours_date(read_time("2026-11-30T00:00:00Z") / 86400000);

    (void)state;
    for (int week = 0; week < 52; week++) {
        g_autofree char *got = NULL;

        g_string_append_printf(hours, " %04d-%02d-%02d", g_date_get_year(&date),
                               (int)g_date_get_month(&date), g_date_get_day(&date));
        g_date_add_days(&date, 7);
        got = expected_text(hours->str, "30m", read_time("2026-11-28T00:00:00Z"));
        assert_int_equal(got != NULL, week < 51);
        g_free(got);
        got = expected_text(hours->str, "1d", read_time("2026-11-28T00:00:00Z"));
        assert_int_equal(got != NULL, week < 50);
    }
}

/* ---- minute by minute */

static const char *const zones[] = {
    "Europe/Berlin",    "America/New_York", "Australia/Sydney",  "Australia/Lord_Howe",
    "America/Santiago", "Asia/Kolkata",     "Africa/Casablanca", "UTC",
};

#define HALF_HOURS 48

/* Open in these half hours of each weekday, and closed on this day of every month, 0: none. */
struct week {
    bool open[7][HALF_HOURS];
    int closed;
};

static char *write_hours(GRand *dice, struct week *week, const char *zone)
{
    static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    GString *out = g_string_new(zone);

    memset(week, 0, sizeof *week);
    for (int count = g_rand_int_range(dice, 1, 8); count > 0; count--) {
        int day = g_rand_int_range(dice, 0, 7);
        int from = g_rand_int_range(dice, 0, HALF_HOURS);
        int long_as = g_rand_int_range(dice, 1, 12); /* MIN() evaluates twice */
        int to = MIN(from + long_as, HALF_HOURS);

        for (int at = from; at < to; at++)
            week->open[day][at] = true;
    }
    for (int day = 0; day < 7; day++)
        for (int at = 0, end; at < HALF_HOURS; at = end) {
            const bool *open = week->open[day];

            end = at + 1;
            while (end < HALF_HOURS && open[end] == open[at])
                end++;
            if (open[at])
                g_string_append_printf(out, " %s %02d:%02d-%02d:%02d", days[day], at / 2,
                                       at % 2 * 30, end / 2, end % 2 * 30);
        }
    week->closed = g_rand_int_range(dice, 0, 29);
    for (int month = 1; week->closed != 0 && month <= 12; month++)
        g_string_append_printf(out, " not %02d-%02d", month, week->closed);
    return g_string_free(out, FALSE);
}

static bool is_open(const struct week *week, GDateTime *local)
{
    int half_hour = g_date_time_get_hour(local) * 2 + g_date_time_get_minute(local) / 30;

    return g_date_time_get_day_of_month(local) != week->closed &&
           week->open[g_date_time_get_day_of_week(local) - 1][half_hour];
}

/* No zone's offset has seconds by now: a minute is open, or it is not. */
static int64_t walk(const struct week *week, GTimeZone *zone, int64_t at, int64_t left)
{
    for (;;) {
        g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(at);
        g_autoptr(GDateTime) local = g_date_time_to_timezone(utc, zone);
        int64_t length = 60 - at % 60;

        if (is_open(week, local)) {
            if (left <= length)
                return at + left;
            left -= length;
        }
        at += length;
    }
}

static bool opens_on(const struct week *week, GDateTime *local)
{
    bool opens = false;

    for (int at = 0; at < HALF_HOURS; at++)
        opens |= week->open[g_date_time_get_day_of_week(local) - 1][at];
    return opens && g_date_time_get_day_of_month(local) != week->closed;
}

/* To the same time, by the clock, of as many days that are open. Whole calendar days are walked in
 * UTC, where all are alike. */
static int64_t walk_days(const struct week *week, GTimeZone *zone, int64_t at, int days)
{
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(at);
    g_autoptr(GDateTime) local = g_date_time_to_timezone(utc, zone);
    g_autoptr(GDateTime) day =
        g_date_time_new_utc(g_date_time_get_year(local), g_date_time_get_month(local),
                            g_date_time_get_day_of_month(local), g_date_time_get_hour(local),
                            g_date_time_get_minute(local), g_date_time_get_second(local));

    while (days > 0) {
        GDateTime *next = g_date_time_add_days(day, 1);

        g_date_time_unref(day);
        day = next;
        days -= opens_on(week, day) ? 1 : 0;
    }
    g_autoptr(GDateTime) then =
        g_date_time_new(zone, g_date_time_get_year(day), g_date_time_get_month(day),
                        g_date_time_get_day_of_month(day), g_date_time_get_hour(day),
                        g_date_time_get_minute(day), g_date_time_get_seconds(day));
    return g_date_time_to_unix(then);
}

/* Half of them in the days around a change of some zone's clocks. */
static int64_t roll_moment(GRand *dice)
{
    static const char *const changes[] = {
        "2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z", "2026-03-08T07:00:00Z",
        "2026-11-01T06:00:00Z", "2026-10-03T16:00:00Z", "2026-04-04T16:00:00Z",
        "2026-09-06T04:00:00Z", "2026-04-05T03:00:00Z", "2026-02-15T02:00:00Z",
    };
    const char *change = changes[g_rand_int_range(dice, 0, G_N_ELEMENTS(changes))];

    if (g_rand_boolean(dice))
        return read_time(change) / 1000 + g_rand_int_range(dice, -3 * 86400, 86400);
    return read_time("2026-01-01T00:00:00Z") / 1000 + g_rand_int_range(dice, 0, 3 * 365 * 86400);
}

static void agrees_with_a_walk(void **state)
{
    GRand *dice = g_rand_new_with_seed(1042);

    (void)state;
    for (int turn = 0; turn < 1000; turn++) {
        struct week week;
        const char *name = zones[turn % G_N_ELEMENTS(zones)];
        g_autofree char *text = write_hours(dice, &week, name);
        AUTO(hours) hours = hours_read(text, NULL);
        int64_t now = roll_moment(dice);
        int days = g_rand_int_range(dice, 0, 4);
        int minutes = g_rand_int_range(dice, 0, 600);
        int64_t want = walk(&week, hours->zone, now, 0);
        int64_t got = 0;

        if (days > 0)
            want = walk_days(&week, hours->zone, want, days);
        want = walk(&week, hours->zone, want, 60 * minutes) * 1000;
        if (!expected_moment(hours, days, minutes, now * 1000, &got) || got != want)
            fail_msg("%s, %dd %dm from %" G_GINT64_FORMAT ": got %" G_GINT64_FORMAT
                     ", want %" G_GINT64_FORMAT,
                     text, days, minutes, now, got / 1000, want / 1000);
    }
    g_rand_free(dice);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_when),
        cmocka_unit_test(gives_up_after_a_year),
        cmocka_unit_test(agrees_with_a_walk),
    };

    g_setenv("TZ", "Asia/Kolkata", TRUE);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
