/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * db/hours, milter/expected: a first line of opening hours and a second of how long an answer
 * takes. What is read is in order and never empty; what is refused says why, in one line. The
 * reckoning ends, not before now, and later for who comes later.
 */
#include <glib.h>
#include <stdint.h>
#include <string.h>

#include "db/error.h"
#include "db/value.h"
#include "milter/expected.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW INT64_C(1774738800000) /* 2026-03-28T23:00:00Z, some hours before the clocks change */
#define STEP (INT64_C(17) * 60 * 1000)
#define STEPS 20

static void check_order(const struct hours *hours)
{
    g_assert_nonnull(hours->zone);
    g_assert_cmpint(hours->ranges->len, >, 0);
    for (guint i = 0; i < hours->ranges->len; i++) {
        const struct hours_range *range = &g_array_index(hours->ranges, struct hours_range, i);

        g_assert(g_date_valid_weekday(range->weekday));
        g_assert(range->from >= 0 && range->from < range->to && range->to <= HOURS_DAY_MINUTES);
        if (i > 0)
            g_assert(range[-1].weekday < range->weekday ||
                     (range[-1].weekday == range->weekday && range[-1].to <= range->from));
    }
}

static void check_refusal(const GError *error)
{
    g_assert_error(error, COUNTERFOIL_ERROR, ERROR_REFUSED);
    g_assert(g_utf8_validate(error->message, -1, NULL));
    for (const char *at = error->message; *at != '\0'; at++)
        g_assert(!g_ascii_iscntrl(*at));
}

static void check_moments(const struct hours *hours, int64_t days, int64_t minutes)
{
    int64_t before = NOW;

    for (int i = 0; i < STEPS; i++) {
        int64_t moment;

        if (!expected_moment(hours, days, minutes, NOW + i * STEP, &moment))
            continue;
        g_assert_cmpint(moment, >=, NOW + i * STEP);
        /* A day ends by the clock, which may be set back in between. */
        g_assert(days > 0 || moment >= before);
        before = moment;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    char *expected = strchr(text, '\n');
    g_autoptr(GError) error = NULL;
    int64_t days = 0;
    int64_t minutes = 1;

    if (expected != NULL)
        *expected++ = '\0';
    if (expected != NULL && !value_read_span("expected", expected, &days, &minutes, &error)) {
        check_refusal(error);
        return 0;
    }
    AUTO(hours) hours = hours_read(text, &error);
    g_assert((hours == NULL) == (error != NULL));
    if (hours == NULL) {
        check_refusal(error);
        return 0;
    }
    check_order(hours);
    check_moments(hours, days, minutes);
    return 0;
}
