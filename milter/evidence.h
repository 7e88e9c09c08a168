/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What there is to go by when a message may be a delivery report: who sent it, and the parts that
 * a report has, read from the spool up to a limit each. Decides what these parts are and where;
 * not whether it is a report. Any thread; the only error is ERROR_TEMPORARY.
 */
#ifndef COUNTERFOIL_MILTER_EVIDENCE_H
#define COUNTERFOIL_MILTER_EVIDENCE_H

#include <glib.h>
#include <stdbool.h>

#include "db/auto.h"
#include "milter/envelope.h"
#include "milter/mail.h"

struct evidence {
    const struct envelope *envelope; /* borrowed */
    const struct mail *mail;         /* borrowed */
    bool is_system;     /* a mail system sent it: null sender, mailer-daemon there or in From, or
                           it is typed as a delivery report */
    bool is_signed;     /* From is mailer-daemon's or a postmaster's, or has no address */
    bool is_report;     /* its type is that of a report */
    GPtrArray *failed;  /* struct mail_address: X-Failed-Recipients */
    GHashTable *others; /* char *, borrowed: the addresses in its From and To */

    /* Once evidence_read() was called; valid UTF-8, line ends "\n". */
    GString *status;   /* the machine-readable parts */
    GString *text;     /* the text, HTML only where there is no other */
    size_t text_size;  /* of it, up to the header of a message that came back in it */
    GString *returned; /* the message or header that came back in a part of its own */
};

/* What the header and the envelope say. Both must outlive it. Free it with evidence_free(). */
struct evidence *evidence_new(const struct envelope *envelope, const struct mail *mail);
void evidence_free(struct evidence *evidence);
AUTO_DEFINE(evidence, evidence_free);

/* Whether it can be a report, so that its parts are worth reading. Reports of other kinds cannot:
 * read receipts (RFC 8098), complaints (RFC 5965). */
bool evidence_is_candidate(const struct evidence *evidence);

/* Reads the parts from the spool that the message was parsed from. Of a report that a mail system
 * has wrapped in a message of its own, those of the inner one. */
bool evidence_read(struct evidence *evidence, const struct spool *raw, GError **error);

#endif
