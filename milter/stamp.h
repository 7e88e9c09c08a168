/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The loop stamp: a header that says which message of which site's record this is, with an HMAC
 * by the site's key, so that nobody else can make one. Pure functions.
 */
#ifndef COUNTERFOIL_MILTER_STAMP_H
#define COUNTERFOIL_MILTER_STAMP_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "db/key.h"

#define STAMP_HEADER "X-Counterfoil-Loop"

/* The value for message number: "INSTANCE NUMBER HMAC", the HMAC as 32 hexadecimal digits over
 * "loop:INSTANCE:NUMBER". Yours. */
char *stamp_write(const uint8_t key[KEY_SIZE], const char *instance, int64_t number);

/* Whether value, as it came in a header, is a stamp of ours; then *number is the message. */
bool stamp_read(const uint8_t key[KEY_SIZE], const char *instance, const char *value,
                int64_t *number);

#endif
