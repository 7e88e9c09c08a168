/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What header fields and envelope say about whether a person wrote a message: machines that
 * answer by themselves, what nobody may answer by itself, spam, mailing lists. Looks at structure
 * and at words that protocols define, never at what people wrote. What it takes for a machine's is
 * DESIGN section 5's narrow list, what it keeps quiet for the wide one.
 *
 * A delivery report is for report.h to find, and is to be asked for first: much of what is said
 * here holds for one as well. Pure functions; any thread; no errors. Time is linear in the header.
 */
#ifndef COUNTERFOIL_MILTER_MACHINE_H
#define COUNTERFOIL_MILTER_MACHINE_H

#include <glib.h>
#include <stdbool.h>

#include "milter/envelope.h"
#include "milter/mail.h"

/* In what follows, *reason, if reason is not NULL, is set to a word for events and the log, static,
 * when true is returned, else to NULL. */

/*
 * Whether a machine wrote it: null sender, Auto-Submitted: auto-replied, X-Autoreply,
 * X-Autorespond, Precedence: auto_reply, Delivered-To: autoresponder, a read receipt (RFC 8098).
 * reasons: null-sender, auto-replied, x-autoreply, x-autorespond, precedence-auto_reply,
 * autoresponder, receipt.
 */
bool machine_is_auto(const struct envelope *envelope, const struct mail *mail, const char **reason);

/*
 * Whether it must not be acknowledged, whoever wrote it: machine_is_auto(), Auto-Submitted other
 * than no, X-Auto-Response-Suppress, Precedence: bulk, list, junk, any List- field, and the local
 * parts mailer-daemon, postmaster, noreply, no-reply, donotreply in the envelope sender or in From,
 * with or without something behind a "+". That the sender is one of our own role addresses is for
 * those who know them to ask. reasons: as above, and auto-submitted, x-auto-response-suppress,
 * precedence-bulk, precedence-list, precedence-junk, list, no-reply-sender.
 */
bool machine_is_quiet(const struct envelope *envelope, const struct mail *mail,
                      const char **reason);

/* Whether an address (normal form; NULL and "" are none) has one of those local parts. */
bool machine_is_no_reply(const char *address);

/* Whether a spam filter marked it: the first word of an X-Spam-Flag, X-Spam or X-Spam-Status is
 * yes, any case. */
bool machine_is_spam(const struct mail *mail);

/*
 * Whether a mailing list put its own address in From (Mailman 2 and 3, Google Groups, Sympa and
 * others that have to because of DMARC): there is a List-Id or List-Post, From is exactly one
 * address, and either that is the list's own (the one that List-Post has, or local@domain where
 * List-Id has local.domain), or X-Original-From or Original-From names another. reasons: list-post,
 * list-id, original-from.
 */
bool machine_is_list(const struct mail *mail, const char **reason);

/*
 * Who wrote what machine_is_list() holds for: the first of Reply-To that is not the list's own
 * address; if there are several, the one among them that X-Original-From, Original-From or
 * X-Original-Sender names. When Reply-To has none, the first that these fields name. NULL: the list
 * does not say. One struct mail_address in an array that is yours.
 */
GPtrArray *machine_list_author(const struct mail *mail);

/* Whether an address (normal form; NULL and "" are none) is that of a mail system itself:
 * mailer-daemon at some host. */
bool machine_is_daemon(const char *address);

#endif
