/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One SMTP session as the filter sees it: gathers a transaction after the other, and has each
 * decided and recorded. Knows the order of SMTP, but not libmilter.
 *
 * A failure on the way (a full disk under the spool, say) is kept and becomes the answer at the
 * end of the message. One thread at a time.
 */
#ifndef COUNTERFOIL_MILTER_INTAKE_H
#define COUNTERFOIL_MILTER_INTAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "milter/decision.h"
#include "milter/mail.h"
#include "milter/session.h"

struct intake;

/* A new session. client may be NULL; hostname: the MTA's own name, or NULL; copied. */
struct intake *intake_new(const struct session_shared *shared, const struct sockaddr *client,
                          bool second_door, const char *hostname);
void intake_free(struct intake *intake);

/* MAIL: a transaction begins. sender: as the MTA said it; arguments: ESMTP ones, NULL-terminated;
 * login: {auth_authen}, or NULL. */
void intake_begin(struct intake *intake, const char *sender, char **arguments, const char *login);

/* RCPT. given: as the MTA said it; normal: {rcpt_addr}, or NULL. */
void intake_add_recipient(struct intake *intake, const char *given, const char *normal);

/* Whether intake_begin() was called in this transaction: nothing that follows may be called before.
 * intake may be NULL. */
bool intake_has_begun(const struct intake *intake);

/* Whether the message can be any business of ours: it has a role address, came through the second
 * door, or may be a slip (slip.h). Else the transaction is over. */
bool intake_may_be_ours(struct intake *intake);

/* A header field: value with its leading white space, folds as "\n". */
void intake_add_header(struct intake *intake, const char *name, const char *value);

/* End of header. Whether the message can still be any business of ours: without a role address, and
 * without a ticket ID in its Subject, it can't. Then the transaction is over. */
bool intake_end_header(struct intake *intake);

void intake_add_body(struct intake *intake, const void *bytes, size_t size);

/*
 * End of message: parses, decides, records; returns when that is on disk, or can't be. Never NULL;
 * yours. Whatever goes wrong is a decision too: DECISION_WAIT.
 */
struct decision *intake_finish(struct intake *intake, const char *queue_id);

/* The message as parsed by intake_finish(); NULL when it did not get that far. Borrowed. */
const struct mail *intake_mail(const struct intake *intake);

/* Logs how it ended (applied: the MTA was told all of the decision) and ends the transaction. */
void intake_end(struct intake *intake, const struct decision *decision, bool applied);

/* Ends the transaction, if there is one, without a word. intake may be NULL. */
void intake_drop(struct intake *intake);

#endif
