/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The header of a message as raw bytes: where it ends, and which of its fields do not count when
 * two messages are compared (DESIGN 9). Decides that alone, from the bytes; knows no other header
 * field. No state; any thread; the only error is ERROR_TEMPORARY (the spool could not be read).
 */
#ifndef COUNTERFOIL_MILTER_MAILHEAD_H
#define COUNTERFOIL_MILTER_MAILHEAD_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "db/auto.h"
#include "milter/spool.h"

struct mailhead_range {
    int64_t begin;
    int64_t end; /* behind its last byte */
};

struct mailhead {
    int64_t body;     /* where what follows the empty line begins; the end when there is none */
    GArray *left_out; /* struct mailhead_range, in order: the fields that do not count */
};

/*
 * Reads the header of the message in raw. Left out are each loop stamp, whoever wrote it, and, at
 * the very top, the Received fields "by" hostname (any case; NULL: none). Free it with
 * mailhead_free(); NULL on error.
 */
struct mailhead *mailhead_read(const struct spool *raw, const char *hostname, GError **error);
void mailhead_free(struct mailhead *head);
AUTO_DEFINE(mailhead, mailhead_free);

#endif
