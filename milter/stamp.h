/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The loop stamp: a header that says which message of which site's record this is, or which mail of
 * its outbox, with an HMAC by the site's key, so that nobody else can make one. A message that went
 * through several sites has the stamp of each, so that it does not go round between them. Pure
 * functions.
 */
#ifndef COUNTERFOIL_MILTER_STAMP_H
#define COUNTERFOIL_MILTER_STAMP_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "db/key.h"

#define STAMP_HEADER "X-Counterfoil-Loop"

/* Stamps of other sites that a message keeps, at most; and of all, how many are looked at. */
#define STAMP_OTHERS_MAX 10

/* What it was that left here. */
enum stamp_kind {
    STAMP_NONE,
    STAMP_MESSAGE, /* a message itself, as the mail server handed it over */
    STAMP_OUTBOX,  /* what the courier brought: a notice, a version of a message */
};

/* The stamp of message number: "INSTANCE NUMBER HMAC", the HMAC as 32 hexadecimal digits over
 * "loop:INSTANCE:NUMBER". Yours. */
char *stamp_write(const uint8_t key[KEY_SIZE], const char *instance, int64_t number);

/* The stamp of that mail of the outbox: the same, with an HMAC over "outbox:INSTANCE:NUMBER".
 * Yours. */
char *stamp_write_outbox(const uint8_t key[KEY_SIZE], const char *instance, int64_t number);

/* The kind of the first stamp of ours among the first ones in value, as it came in a header, where
 * they stand with semicolons between them; then *number is the message, or the mail. */
enum stamp_kind stamp_read(const uint8_t key[KEY_SIZE], const char *instance, const char *value,
                           int64_t *number);

/* Adds to stamps what in value looks like the stamp of a site that is not instance: nobody but that
 * site knows whether it is one, and it wants to see it again. No more than STAMP_OTHERS_MAX in
 * all. */
void stamp_list_others(const char *instance, const char *value, GPtrArray *stamps);

#endif
