/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Times as people type and read them. Inside they are milliseconds since 1970 UTC. Any thread.
 */
#ifndef COUNTERFOIL_ADMIN_WHEN_H
#define COUNTERFOIL_ADMIN_WHEN_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* The moment in RFC 3339, UTC, whole seconds: "2026-11-22T15:56:17Z". Yours. */
char *when_format(int64_t at);

/* Reads an age: digits and one of s, m, h, d, w ("4h"); milliseconds. False if it is none. */
bool when_read_age(const char *text, int64_t *age_ms);

/* Reads a day, which begins at midnight here ("2026-11-22"), or a moment (RFC 3339 with its
 * zone). False if it is neither. */
bool when_read_date(const char *text, int64_t *at);

#endif
