/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a text that a person typed as a setting must be, to stand in a list and in a header.
 */
#ifndef COUNTERFOIL_DB_VALUE_H
#define COUNTERFOIL_DB_VALUE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* ERROR_REFUSED, beginning with what, unless value is UTF-8 of at least one character that can
 * be seen and no control character or line break. value may be NULL: that is empty. */
bool value_check(const char *what, const char *value, GError **error);

/* Also no longer than max bytes. */
bool value_check_line(const char *what, const char *value, size_t max, GError **error);

/* As value_check(), and only those variables, %{…} and all, NULL-terminated, that are in known; it
 * may be empty. */
bool value_check_variables(const char *what, const char *value, const char *const *known,
                           GError **error);

/* One of choices, NULL-terminated. */
bool value_check_choice(const char *what, const char *value, const char *const *choices,
                        GError **error);

/* A time such as 90m, 12h, 30d or 4w; 0 without a unit too; up to 100 years. */
bool value_read_time(const char *what, const char *value, int64_t *ms, GError **error);

/* A time such as 30m, 4h, 2d or 1d 4h: of each unit once at most, the larger ones first; more than
 * nothing, and up to a year. Days are kept apart, since not everybody's have 24 hours. */
bool value_read_span(const char *what, const char *value, int64_t *days, int64_t *minutes,
                     GError **error);

/* As value_read_time() reads it, in days, hours or minutes: the largest unit in which it is a
 * whole number. Yours. */
char *value_write_time(int64_t ms);

#endif
