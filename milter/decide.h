/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What happens to a message: the table of DESIGN section 5. From the message, the envelope, the
 * time and what the record answers it makes a decision, and does nothing.
 */
#ifndef COUNTERFOIL_MILTER_DECIDE_H
#define COUNTERFOIL_MILTER_DECIDE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "db/key.h"
#include "db/site.h"
#include "db/store.h"
#include "milter/action.h"
#include "milter/conf.h"
#include "milter/decision.h"
#include "milter/envelope.h"
#include "milter/mail.h"
#include "milter/report.h"
#include "milter/ticketid.h"

/* What does not change from message to message. */
struct decide_site {
    const struct conf *conf;
    const struct site *site;
    struct ticketid_site id; /* tag and key */
};

/* More copies than this of one message become a single one, to the postmaster. */
#define DECIDE_COPIES_MAX 1000

/* People who join a ticket by standing in To or Cc, at most. */
#define DECIDE_CORRESPONDENTS_MAX ACTION_CORRESPONDENTS_MAX

/* The most header fields that are changed or taken out, times the fields that the header has. */
#define DECIDE_EDITS_MAX 1000000

/* Hand-overs of one message for one role address within an hour, at most, with copies. */
#define DECIDE_REPEATS_MAX 5

/* How long a message is remembered as the same one, in milliseconds: 14 days. */
#define DECIDE_SAME_MS (14 * INT64_C(86400000))

/*
 * Decides. Runs inside the transaction in which the decision is recorded, since it names the
 * numbers that ticket and message get; it reads store and writes nothing. report: what
 * report_read() made of the mail, NULL if it is none. now: milliseconds since 1970 UTC. NULL on
 * ERROR_TEMPORARY. Yours: decision_free().
 */
struct decision *decide(const struct decide_site *site, struct store *store,
                        const struct envelope *envelope, const struct mail *mail,
                        const struct report *report, int64_t now, GError **error);

#endif
