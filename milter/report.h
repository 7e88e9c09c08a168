/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Delivery reports: what a mail server says became of a message. Those of RFC 3464, with or
 * without the message that they are about, and those of servers that have a form of their own.
 *
 * Structure decides first: who sent it, the types of the parts, X-Failed-Recipients, a message or
 * its header that came back, status codes. Only where a mail system wrote it and none of these
 * says what happened, some few known phrases do. What a person sent is never a report because of
 * words in it. Any thread; the only error is ERROR_TEMPORARY (the spool could not be read). Time
 * is linear in what is read, and that, like the memory, is bounded, whatever the message is.
 */
#ifndef COUNTERFOIL_MILTER_REPORT_H
#define COUNTERFOIL_MILTER_REPORT_H

#include <glib.h>

#include "db/auto.h"
#include "milter/envelope.h"
#include "milter/mail.h"
#include "milter/statuscode.h"

/* More recipients, and more addresses, are not read. */
#define REPORT_RECIPIENTS_MAX 1000
#define REPORT_ADDRESSES_MAX 1000

/* What became of it (RFC 3464, 2.3.3), the worst last. */
enum report_action {
    REPORT_DELIVERED,
    REPORT_RELAYED,  /* to a system that does not report */
    REPORT_EXPANDED, /* to the members of a list */
    REPORT_DELAYED,  /* and will be tried again */
    REPORT_FAILED,
};

struct report_recipient {
    char *address;  /* normal form; NULL: the report does not say */
    char *original; /* what the sender wrote for it, normal form; NULL: the same, or not said */
    enum report_action action;
    char status[STATUSCODE_SIZE]; /* "5.1.1"; "": none was given */
};

struct report {
    enum report_action action; /* the worst of all recipients' */
    const char *reason;        /* what made it a report, static: "delivery-status",
                                  "failed-recipients", "returned-message", "status-code", "phrase" */
    GPtrArray *recipients;     /* struct report_recipient, in order, at least one */

    /* Of the message that it is about, as far as it came back. */
    char *message_id;      /* without angle brackets; NULL: not said */
    GPtrArray *references; /* char *, without angle brackets: References and In-Reply-To of the
                              message, then those of the report itself */
    char *subject;         /* decoded; NULL: not said */
    GPtrArray *addresses;  /* char *, normal form, each once: all that its header mentions (From,
                              Return-Path, "for" in Received …), and the report's own fields */

    GHashTable *by_address; /* for report_add_recipient() */
    GHashTable *mentioned;  /* for report_add_address() */
};

/* The report that a message is; NULL, without an error, when it is none. raw: the spool that mail
 * was parsed from. Free it with report_free(). */
struct report *report_read(const struct envelope *envelope, const struct mail *mail,
                           const struct spool *raw, GError **error);
void report_free(struct report *report);
AUTO_DEFINE(report, report_free);

/* "failed", "delayed" …, as in the Action field. */
const char *report_action_name(enum report_action action);

/*
 * For those who fill a report. Adds a recipient, unless there are enough; address and original
 * (normal form, or NULL) are taken over. An address that is there already only has its action made
 * worse, and its status that of the worse one, or said more exactly.
 */
void report_add_recipient(struct report *report, char *address, char *original,
                          enum report_action action, const char *status);

/* The same for an address that is mentioned. Taken over. */
void report_add_address(struct report *report, char *address);

#endif
