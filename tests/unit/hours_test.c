/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * db/hours: what is understood, as ranges of each day; and what is said of what is not. Also
 * value_read_span(), which reads how long an answer takes in them.
 */
#include "db/hours.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "db/error.h"
#include "db/value.h"

#define ALWAYS                                                                                     \
    "Mon 00:00-24:00, Tue 00:00-24:00, Wed 00:00-24:00, Thu 00:00-24:00, Fri 00:00-24:00, "        \
    "Sat 00:00-24:00, Sun 00:00-24:00, "
#define OFFICE                                                                                     \
    "Mon 09:00-17:30, Tue 09:00-17:30, Wed 09:00-17:30, Thu 09:00-17:30, Fri 09:00-17:30, "

static const struct {
    const char *in;
    const char *want;
} good[] = {
    {NULL, ALWAYS "Asia/Kolkata"}, /* as the environment says here */
    {"", ALWAYS "Asia/Kolkata"},
    {"Europe/Berlin", ALWAYS "Europe/Berlin"},
    {"00:00-24:00 UTC", ALWAYS "UTC"},
    {"mon-sun 00:00-24:00 UTC", ALWAYS "UTC"},
    {"not 12-25 UTC", ALWAYS "not 12-25, UTC"},
    {"Mon-Fri 09:00-17:30 Europe/Berlin", OFFICE "Europe/Berlin"},
    {"Mon-Fri 09:00-17:30", OFFICE "Asia/Kolkata"},
    {"  Mon - Fri  9:00 - 17:30 ; Europe/Berlin ;", OFFICE "Europe/Berlin"},
    {"Mon\xe2\x80\x93"
     "Fri 9:00 \xe2\x80\x93 17:30 Europe/Berlin",
     OFFICE "Europe/Berlin"},
    {"Europe/Berlin: Mon-Fri", NULL}, /* a colon makes it a time */
    {"Europe/Berlin Mon-Fri 09:00-17:30", OFFICE "Europe/Berlin"},
    {"monday-FRIDAY 09:00-17:30 Europe/Berlin", OFFICE "Europe/Berlin"},
    {"Mo-Fr 09:00-17:30 Europe/Berlin", OFFICE "Europe/Berlin"},
    {"Mon, Tues, Weds-Fri 09:00-17:30 UTC", NULL}, /* Weds begins no day's name */
    {"Mon, Tues, Wednes-Fri 09:00-17:30 UTC", OFFICE "UTC"},
    {"Fri,Thu,Wed,Tue,Mon,Mon 09:00-17:30 UTC", OFFICE "UTC"},
    {"Sat-Mon 10:00-12:00 UTC", "Mon 10:00-12:00, Sat 10:00-12:00, Sun 10:00-12:00, UTC"},
    {"Mon-Tue 09:00-12:00, 13:00-17:30; Fri 09:00-14:00; not 12-25, 2026-12-24; Europe/Berlin",
     "Mon 09:00-12:00, Mon 13:00-17:30, Tue 09:00-12:00, Tue 13:00-17:30, Fri 09:00-14:00, "
     "not 12-25, not 2026-12-24, Europe/Berlin"},
    {"Mon-Tue 09:00-12:00 13:00-17:30 NOT 12-25 Fri 09:00-14:00 not 2026-12-24 Europe/Berlin",
     "Mon 09:00-12:00, Mon 13:00-17:30, Tue 09:00-12:00, Tue 13:00-17:30, Fri 09:00-14:00, "
     "not 12-25, not 2026-12-24, Europe/Berlin"},
    {"Mon 13:00-17:00, 09:00-12:00 UTC", "Mon 09:00-12:00, Mon 13:00-17:00, UTC"},
    {"Mon 09:00-12:00, 12:00-17:00 UTC", "Mon 09:00-12:00, Mon 12:00-17:00, UTC"},
    {"Fri 22:00-06:00 UTC", "Fri 22:00-24:00, Sat 00:00-06:00, UTC"},
    {"Sun 22:00-06:00 UTC", "Mon 00:00-06:00, Sun 22:00-24:00, UTC"},
    {"Sun 22:00-00:00 UTC", "Sun 22:00-24:00, UTC"},
    {"Sun 00:00-00:01 UTC", "Sun 00:00-00:01, UTC"},
    {"Sun 23:59-24:00 UTC", "Sun 23:59-24:00, UTC"},
    {"Mon 01:00-02:00 not 02-29 not 2028-02-29 America/Port-au-Prince",
     "Mon 01:00-02:00, not 02-29, not 2028-02-29, America/Port-au-Prince"},
    {"Mon 01:00-02:00 Etc/GMT+2", "Mon 01:00-02:00, Etc/GMT+2"},
};

static char *print(const struct hours *hours)
{
    static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    GString *out = g_string_new(NULL);

    for (guint i = 0; i < hours->ranges->len; i++) {
        const struct hours_range *range = &g_array_index(hours->ranges, struct hours_range, i);

        g_string_append_printf(out, "%s %02d:%02d-%02d:%02d, ", days[range->weekday - 1],
                               range->from / 60, range->from % 60, range->to / 60, range->to % 60);
    }
    for (guint i = 0; i < hours->closed->len; i++) {
        const struct hours_closed *closed = &g_array_index(hours->closed, struct hours_closed, i);

        g_string_append(out, "not ");
        if (closed->year != 0)
            g_string_append_printf(out, "%04d-", closed->year);
        g_string_append_printf(out, "%02d-%02d, ", closed->month, closed->day);
    }
    g_string_append(out, g_time_zone_get_identifier(hours->zone));
    return g_string_free(out, FALSE);
}

static void reads(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        g_autoptr(GError) error = NULL;
        AUTO(hours) hours = hours_read(good[i].in, &error);
        g_autofree char *got = hours != NULL ? print(hours) : NULL;

        if (g_strcmp0(got, good[i].want) != 0)
            fail_msg("%s: got %s (%s), want %s", good[i].in, got, error ? error->message : "",
                     good[i].want);
    }
}

#define NEEDS_TIME " must be followed by a time such as `09:00-17:30`"
#define NO_WORD " is no day (`Mon-Fri`), no time (`09:00-17:30`), no date that is closed"
#define NO_TIME " must be a time such as `09:00-17:30`, `22:00-06:00` into the next day"
#define NO_DATE " must be a time such as `09:00-17:30`, or a date that is closed: `not 2026-12-25`"
#define NO_ZONE " is known here; they are called `Europe/Berlin` or `UTC`"

static const struct {
    const char *in;
    const char *words; /* after "hours" */
} bad[] = {
    {" ", " must not be empty"},
    {"Mon 09:00-17:30\nUTC", " must be one line"},
    {"Mon 09:00-17:30\tUTC", " must be one line"},
    {"\xff", " must be UTF-8"},
    {"Mon-Do 09:00-17:30", ": `Mon-Do`" NO_WORD},
    {"Montag 09:00-17:30", ": `Montag`" NO_WORD},
    {"M 09:00-17:30", ": `M`" NO_WORD},
    {"Mon-Tue-Wed 09:00-17:30", ": `Mon-Tue-Wed`" NO_WORD},
    {"Mon- 09:00-17:30", ": `Mon-09:00-17:30`" NO_TIME},
    {"daily 09:00-17:30", ": `daily`" NO_WORD},
    {"Mon-Fri, 09:00-17:30, \xd0\x9c\xd0\xbe", ": `\xd0\x9c\xd0\xbe`" NO_WORD},
    {"Mon", ": `Mon`" NEEDS_TIME},
    {"Mon-Fri Europe/Berlin", ": `Mon-Fri`" NEEDS_TIME},
    {"Mon 09:00-10:00 Tue, Wed not 12-25", ": `Wed`" NEEDS_TIME},
    {"Mon 09:00", ": `09:00`" NO_TIME},
    {"Mon 09:00-", ": `09:00-`" NO_TIME},
    {"Mon 09:00-10:00-11:00", ": `09:00-10:00-11:00`" NO_TIME},
    {"Mon 9:0-17:00", ": `9:0-17:00`" NO_TIME},
    {"Mon 009:00-17:00", ": `009:00-17:00`" NO_TIME},
    {"Mon 09:60-17:00", ": `09:60-17:00`" NO_TIME},
    {"Mon 09:00-24:01", ": `09:00-24:01`" NO_TIME},
    {"Mon 09:00-25:00", ": `09:00-25:00`" NO_TIME},
    {"Mon 24:00-25:00", ": `24:00-25:00`" NO_TIME},
    {"Mon 24:00-06:00", ": `24:00-06:00`" NO_TIME},
    {"Mon 09:00-09:00", ": `09:00-09:00`" NO_TIME},
    {"Mon 00:00-00:00", ": `00:00-00:00`" NO_TIME},
    {"Mon 09:00pm-10:00", ": `09:00pm-10:00`" NO_TIME},
    {"Mon 9-17", ": `9-17`" NO_DATE},
    {"Mon 09.00-17.30", ": `09.00-17.30`" NO_DATE},
    {"not 25.12.", ": `25.12.`" NO_DATE},
    {"not 02-30", ": `02-30`" NO_DATE},
    {"not 13-01", ": `13-01`" NO_DATE},
    {"not 00-01", ": `00-01`" NO_DATE},
    {"not 2026-02-29", ": `2026-02-29`" NO_DATE},
    {"not 1969-12-25", ": `1969-12-25`" NO_DATE},
    {"not 2026", ": `2026`" NO_DATE},
    {"not 2026-12", ": `2026-12`" NO_DATE},
    {"not 26-12-25", ": `26-12-25`" NO_DATE},
    {"not 2026-12-25T00", ": `2026-12-25T00`" NO_DATE},
    {"not 12-24 - 12-31", ": `12-24-12-31`" NO_DATE},
    {"Mon-Fri 09:00-17:00 12-25", ": `12-25` is a date; if it is closed then, write `not 12-25`"},
    {"not", ": `not` must be followed by dates"},
    {"not Europe/Berlin", ": `not` must be followed by dates"},
    {"not Mon 09:00-10:00", ": `not` must be followed by dates"},
    {"not not 12-25", ": `not` must be followed by dates"},
    {"Mon not 12-25", ": `Mon`" NEEDS_TIME},
    {"Mon-Fri 09:00-17:00 not 12-24 09:00-12:00", ": `09:00-12:00` stands after dates"},
    {"not 09:00-12:00", ": `09:00-12:00` stands after dates"},
    {"Mon 09:00-17:00, 16:00-18:00", ": two times of Monday overlap at 16:00"},
    {"Mon-Fri 09:00-17:00; Fri 09:00-14:00", ": two times of Friday overlap at 09:00"},
    {"Sun 22:00-06:00; Mon 05:59-12:00", ": two times of Monday overlap at 05:59"},
    {"22:00-06:00 00:00-01:00", ": two times of Monday overlap at 00:00"},
    {"Europe/Berln", ": no time zone `Europe/Berln`" NO_ZONE},
    {"Europe/", ": no time zone `Europe/`" NO_ZONE},
    {"Foo/Bar5", ": no time zone `Foo/Bar5`" NO_ZONE},
    {"Berlin", ": `Berlin`" NO_WORD},
    {"utc", ": `utc`" NO_WORD},
    {"europe/berlin", ": `europe/berlin`" NO_WORD},
    {"CET", ": `CET`" NO_WORD},
    {"EST5EDT", ": `EST5EDT`" NO_WORD},
    {"UTC+2", ": `UTC+2`" NO_WORD},
    {"+02:00", ": `+02:00`" NO_TIME},
    {"/etc/passwd", ": `/etc/passwd`" NO_WORD},
    {"Europe/../Europe/Berlin", ": `Europe/../Europe/Berlin`" NO_WORD},
    {"leapseconds", ": `leapseconds`" NO_WORD}, /* a file beside the zones */
    {"Mon 01:00-02:00 UTC Europe/Berlin", ": `Europe/Berlin` is a second time zone"},
};

static void refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *words = g_strconcat("hours", bad[i].words, NULL);
        AUTO(hours) hours = hours_read(bad[i].in, &error);

        if (hours != NULL)
            fail_msg("%s: is taken", bad[i].in);
        assert_true(g_error_matches(error, COUNTERFOIL_ERROR, ERROR_REFUSED));
        if (!g_str_has_prefix(error->message, words))
            fail_msg("%s: got %s, want %s", bad[i].in, error->message, words);
    }
}

static void bounds_the_text(void **state)
{
    g_autofree char *blanks = g_strnfill(1000 - strlen("UTC"), ' ');
    g_autofree char *longest = g_strconcat(blanks, "UTC", NULL);
    g_autofree char *longer = g_strconcat(longest, " ", NULL);
    AUTO(hours) hours = hours_read(longest, NULL);
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_non_null(hours);
    assert_null(hours_read(longer, &error));
    assert_string_equal(error->message, "hours must be 1000 bytes at most");
}

static const struct {
    const char *in;
    int64_t days; /* with no minutes either: refused */
    int64_t minutes;
} spans[] = {
    {"30m", 0, 30},       {"4h", 0, 240},
    {"2d", 2, 0},         {"1d 4h", 1, 240},
    {"1d4h30m", 1, 270},  {"1h  30m ", 0, 90},
    {"0d 1m", 0, 1},      {"365d", 365, 0},
    {"8760h", 0, 525600}, {"364d 24h", 364, 1440},
    {"365d 1m", 0, 0},    {"8761h", 0, 0},
    {"0000365d", 0, 0},   {"99999999999999999999d", 0, 0},
    {"0h", 0, 0},         {"0", 0, 0},
    {"4", 0, 0},          {"h", 0, 0},
    {"", 0, 0},           {NULL, 0, 0},
    {" 4h", 0, 0},        {"4 h", 0, 0},
    {"-4h", 0, 0},        {"4h 1d", 0, 0},
    {"4h 4h", 0, 0},      {"1w", 0, 0},
    {"4h!", 0, 0},        {"4H", 0, 0},
};

static void reads_spans(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(spans); i++) {
        g_autoptr(GError) error = NULL;
        int64_t days;
        int64_t minutes;
        bool taken = value_read_span("expected", spans[i].in, &days, &minutes, &error);

        print_message("# %s\n", spans[i].in);
        assert_int_equal(taken, spans[i].days + spans[i].minutes > 0);
        if (taken) {
            assert_int_equal(days, spans[i].days);
            assert_int_equal(minutes, spans[i].minutes);
            continue;
        }
        assert_true(g_error_matches(error, COUNTERFOIL_ERROR, ERROR_REFUSED));
        assert_string_equal(error->message, "expected must be a time such as `30m`, `4h`, `2d` or "
                                            "`1d 4h`, a year at most");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads),
        cmocka_unit_test(refuses),
        cmocka_unit_test(bounds_the_text),
        cmocka_unit_test(reads_spans),
    };

    g_setenv("TZ", "Asia/Kolkata", TRUE);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
