/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When a department is open, as a person writes it:
 *
 *     Mon-Thu 09:00-12:00, 13:00-17:30; Fri 09:00-14:00; not 12-25, 2026-12-24; Europe/Berlin
 *
 * that is, words parted by blanks, commas or semicolons, in any case but for the time zone:
 *
 *     days    Mon, Mon-Fri, Monday, Mo, Sat-Tue: for the times that follow
 *     times   09:00-17:30 by the clock on the wall; 22:00-06:00 goes on into the next day;
 *             00:00-24:00 is the whole day; before any days: every day
 *     not     the dates that follow are closed from midnight to midnight: 2026-12-25, or 12-25 in
 *             every year
 *     zone    Europe/Berlin, UTC: once, for all; without one, that of this host
 *
 * Without any times it is always open, but on those dates. A blank around a hyphen does no harm,
 * nor does a dash instead of one.
 */
#ifndef COUNTERFOIL_DB_HOURS_H
#define COUNTERFOIL_DB_HOURS_H

#include <glib.h>
#include <stdint.h>

#include "db/auto.h"

#define HOURS_DAY_MINUTES (24 * 60)

/* A part of one day: from <= minute since midnight < to. */
struct hours_range {
    GDateWeekday weekday;
    int from;
    int to;
};

struct hours_closed {
    int year; /* 0: every year */
    int month;
    int day;
};

struct hours {
    GTimeZone *zone;
    GArray *ranges; /* struct hours_range, at least one: from Monday's first on, none overlaps */
    GArray *closed; /* struct hours_closed */
};

/* Reads and checks text; NULL or "" is always open, in this host's zone. ERROR_REFUSED names the
 * wrong word and what is allowed. Opens the time zone's file. */
struct hours *hours_read(const char *text, GError **error);
void hours_free(struct hours *hours);
AUTO_DEFINE(hours, hours_free);

/* The ranges of a day, counted from 1970-01-01 on the calendar of the zone: *count of them from
 * the pointer on, borrowed; none on a date that is closed. */
const struct hours_range *hours_of_day(const struct hours *hours, int64_t day, guint *count);

/* day as a date. Not before year 1. */
GDate hours_date(int64_t day);

#endif
