/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What became of a mail for some of its recipients: written into the record, and into the log.
 * Decides nothing.
 */
#ifndef COUNTERFOIL_MILTER_OUTCOME_H
#define COUNTERFOIL_MILTER_OUTCOME_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "db/outbox.h"

enum outcome_fate { OUTCOME_SENT, OUTCOME_LATER, OUTCOME_FAILED };

/* For recipients begin to end - 1. All is borrowed. */
struct outcome {
    const struct outbox_due *due;
    guint begin;
    guint end;
    enum outcome_fate fate;
    const char *reply; /* what the server said: valid UTF-8, one line */
    int64_t now;
    int64_t next_at; /* of OUTCOME_LATER */
};

const struct outbox_recipient *outcome_recipient(const struct outbox_due *due, guint i);

/* "sent", "deferred", "failed". */
const char *outcome_word(const struct outcome *outcome);

/* A journal_work, of a struct outcome: each recipient's state, and of those who failed the event
 * "undeliverable" on the mail's ticket. Who does not wait any more was taken out by somebody else,
 * and is passed over. */
bool outcome_write(struct store *store, void *data, GError **error);

/* One line, never with content. */
void outcome_log(const struct outcome *outcome);

#endif
