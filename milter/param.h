/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The header fields that have parameters: Content-Type and Content-Disposition (RFC 2045, 2183,
 * 2231). Reads them as they are really written: unquoted file names, encoded words in quotes, raw
 * 8-bit, missing semicolons. Decides nothing; never fails; any thread.
 */
#ifndef COUNTERFOIL_MILTER_PARAM_H
#define COUNTERFOIL_MILTER_PARAM_H

#include <glib.h>
#include <stdbool.h>

#include "db/auto.h"

/* More of a field is not read, nor are more parameters. */
#define PARAM_FIELD_MAX (16 * 1024)
#define PARAM_COUNT_MAX 64

struct param;

/* Reads a field's raw value. Free it with param_free(). */
struct param *param_parse(const char *raw);
void param_free(struct param *param);
AUTO_DEFINE(param, param_free);

/* What stands before the parameters, in lower case, without white space and comments:
 * "text/plain", "attachment", perhaps "". Borrowed. */
const char *param_value(const struct param *param);

/* Whether that is a media type, "x/y". What is none is to be taken for text/plain (RFC 2045, 5.2).
 */
bool param_is_type(const struct param *param);

/* The parameter of that name (lower case): decoded valid UTF-8, unfolded, without controls, no
 * white space at its ends; NULL when there is none, or nothing in it. Yours. */
char *param_get(const struct param *param, const char *name);

/* The same, byte for byte as it stands in the field but for quotes and white space at its ends:
 * what a boundary is compared as. Yours. */
char *param_bytes(const struct param *param, const char *name);

#endif
