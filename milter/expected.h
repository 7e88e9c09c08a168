/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * By when somebody who writes to a department now may expect an answer. Pure but for the time
 * zone's file; never asks the clock.
 */
#ifndef COUNTERFOIL_MILTER_EXPECTED_H
#define COUNTERFOIL_MILTER_EXPECTED_H

#include <stdbool.h>
#include <stdint.h>

#include "db/hours.h"

/*
 * The moment when, from now on, days and then minutes have passed for a department with these
 * hours. While it is closed, nothing passes: what comes then is as what comes when it opens next.
 * A day ends at the same time of the next day on which it is open at all or, if it is closed at
 * that time, when it opens next. Minutes are those while the clock on the wall shows an open time:
 * the hour that a clock skips passes for nobody, the one that it repeats passes twice.
 *
 * now and *moment are milliseconds since 1970 UTC, in whole seconds, and not before the second
 * day. False: not within a year.
 */
bool expected_moment(const struct hours *hours, int64_t days, int64_t minutes, int64_t now,
                     int64_t *moment);

/* The same for a department's settings `hours` and `expected` (either may be NULL), for people: in
 * the zone of the hours, rounded up to the minute, in English whatever the locale: "Tuesday 24
 * November, 11:30", with the year if that is another than now: "Monday 4 January 2027, 09:00".
 * Yours. NULL: nothing is promised, it is not within a year, or a setting can't be read (any
 * more: a time zone's file may go). */
char *expected_text(const char *hours, const char *expected, int64_t now);

#endif
