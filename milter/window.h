/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A spool read from one end to the other without a copy where it is in memory, and through a
 * buffer of fixed size where it is in a file. Knows nothing of mail. One thread at a time; the
 * only error is ERROR_TEMPORARY.
 */
#ifndef COUNTERFOIL_MILTER_WINDOW_H
#define COUNTERFOIL_MILTER_WINDOW_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db/auto.h"
#include "milter/spool.h"

/* What lies in the window is at least so much, unless it is the last. */
#define WINDOW_MIN (32 * 1024)

struct window {
    const uint8_t *bytes; /* borrowed until the next window_advance() */
    size_t size;
    bool is_last; /* nothing comes behind */

    const struct spool *spool;
    int64_t end; /* where in the spool what lies behind the window begins */
    uint8_t *buffer;
};

/* A window onto spool from begin on, which lies in it, up to end. spool must not change while it
 * is there. NULL on error. Free it with window_free(). */
struct window *window_new(const struct spool *spool, int64_t begin, GError **error);
void window_free(struct window *window);
AUTO_DEFINE(window, window_free);

/* Lets taken bytes go off the front (no more than WINDOW_MIN may stay, unless it is the last), and
 * others come in behind. */
bool window_advance(struct window *window, size_t taken, GError **error);

#endif
