/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes a notice: a mail that Counterfoil itself sends (DESIGN section 7). What is to be told,
 * whom, and whether at all, is decided by who calls.
 *
 * It is proper MIME with Date, Message-ID and our loop stamp, from the role address with a null
 * envelope sender, marked as automatic (RFC 3834), so that no program answers it. The thread that
 * holds the store; errors as store.h says.
 */
#ifndef COUNTERFOIL_MILTER_NOTICE_H
#define COUNTERFOIL_MILTER_NOTICE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "db/department.h"
#include "db/outbox.h"
#include "db/ticket.h"
#include "milter/decide.h"
#include "milter/mail.h"
#include "milter/wording.h"

/* A message of the archive that goes along as message/rfc822. */
struct notice_enclosed {
    int64_t message;
    int64_t size; /* all its bytes */
};

struct notice {
    enum notice_kind kind;
    const struct department *department; /* which speaks, and whose template it is */
    const char *role;                    /* From */
    const struct ticket *ticket;         /* NULL: of none, and there is no ID in it */
    GPtrArray *to;                       /* struct mail_address: at least one; a name may be NULL,
                                            and is left out where it may not be quoted */
    bool is_inside;                      /* to operators: %{operator} is told in any case */
    bool is_counted;                     /* a stranger can cause it: see the outbox */
    bool may_quote;                      /* what the requester wrote: name and subject */
    bool is_reply;                       /* Subject: `Re: [ID] subject`, if it may quote */
    const char *operator_name;           /* %{operator}; or NULL */
    const struct mail *answers;          /* In-Reply-To and References, if it may quote; or NULL */
    GPtrArray *thread;                   /* char *: Message-IDs that it follows; or NULL */
    const char *heading;                 /* %{subject} in place of the ticket's; or NULL */
    const char *details;                 /* text below the template's, above a signature; or NULL */
    GPtrArray *enclosed;                 /* struct notice_enclosed; or NULL */
    int64_t message;                     /* by which message it is caused; 0: none */
};

/*
 * *mail is the notice as mail number of the outbox, yours; NULL where the department's template
 * says that none of the kind is sent. now: its Date.
 */
bool notice_write(const struct decide_site *site, struct store *store, const struct notice *notice,
                  int64_t number, int64_t now, struct outbox_mail **mail, GError **error);

#endif
