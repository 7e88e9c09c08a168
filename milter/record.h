/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes what the record keeps of a decision.
 */
#ifndef COUNTERFOIL_MILTER_RECORD_H
#define COUNTERFOIL_MILTER_RECORD_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "db/message.h"
#include "db/store.h"
#include "milter/decision.h"
#include "milter/envelope.h"
#include "milter/mail.h"
#include "milter/spool.h"

/* The message as the record will have it. Borrows all its strings: nothing of it is freed. */
struct message record_row(const struct decision *decision, const struct envelope *envelope,
                          const struct mail *mail, int64_t now);

/*
 * Writes ticket, message, its bytes, copies, events and outbox of a decision whose verdict is
 * DECISION_TAKE, inside the transaction in which it was made. Of a repeat only that it was handed
 * over again, and what the courier brings; of another leg also the ticket, new copies, and events.
 * now: as given to decide().
 * Errors as store.h says; the caller then takes back all of it.
 */
bool record_write(struct store *store, const struct decision *decision,
                  const struct envelope *envelope, const struct mail *mail, const struct spool *raw,
                  int64_t now, GError **error);

/*
 * Writes the events of a decision alone, each by decision->message: the line that a refused message
 * leaves on the ticket of another one. Where the decision has no ticket each names its own.
 */
bool record_events(struct store *store, const struct decision *decision, int64_t now,
                   GError **error);

#endif
