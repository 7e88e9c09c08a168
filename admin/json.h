/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The little of JSON (RFC 8259) that a line of output needs. Whatever a string contains, what is
 * written is valid JSON in valid UTF-8, on one line, without a control character: what is no
 * UTF-8 becomes U+FFFD. Any thread; nothing can fail.
 */
#ifndef COUNTERFOIL_ADMIN_JSON_H
#define COUNTERFOIL_ADMIN_JSON_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Appends text as a string, or null for NULL. */
void json_append_text(GString *out, const char *text);

/* Appends a number. */
void json_append_number(GString *out, int64_t number);

/* Appends an array of strings; texts: char *. */
void json_append_list(GString *out, const GPtrArray *texts);

/* Appends the name of a member with its colon, and a comma before it unless it is the first. */
void json_append_name(GString *out, const char *name, bool is_first);

#endif
