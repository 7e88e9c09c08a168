/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the notices of one message, or of one typed command, are gathered before they are recorded
 * with it; and how many of them a stranger can cause (DESIGN section 7). The thread that holds the
 * store.
 */
#ifndef COUNTERFOIL_MILTER_POST_H
#define COUNTERFOIL_MILTER_POST_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "db/message.h"
#include "db/store.h"
#include "milter/decide.h"
#include "milter/mail.h"
#include "milter/notice.h"

struct post {
    const struct decide_site *site;
    struct store *store;
    int64_t now;
    int64_t message;   /* by which message; 0: typed */
    int64_t ticket;    /* which ticket the events are of that have 0 as theirs */
    GPtrArray *outbox; /* struct outbox_mail */
    GPtrArray *events; /* struct event, without time and message: what was kept back, and why */
    const struct message *at_hand; /* that message, while it is not in the record yet; or NULL */
    const struct mail *mail;       /* what at_hand says */
    int64_t operator_id;           /* who does all that; 0: no operator */
    bool hands_over;               /* operators whose ticket it becomes get it whole */
};

/* Adds the notice to the outbox, unless its department sends none of the kind. One that a stranger
 * can cause (is_counted) is kept back, with an event, from each recipient who has had notice_limit
 * within an hour, and from all beyond notice_limit_site; those gathered in post count, too.
 * notice->message is filled in. Errors as store.h says. */
bool post_notice(struct post *post, struct notice *notice, GError **error);

/* Whether a notice to the ticket's requester may say what they wrote (notice->may_quote): an
 * operator has answered on it, or the message that opened it was proven to be theirs. Else anybody
 * may have written it, in their name. */
bool post_may_quote(struct post *post, const struct ticket *ticket, bool *may, GError **error);

/* That a notice of that kind to that address is not sent, and why: an event of the ticket (0: of
 * the decision's own). */
void post_keep_back(struct post *post, int64_t ticket, enum notice_kind kind, const char *address,
                    const char *why);

#endif
