/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is to be done with one message, as data: decide() makes it, record_write() writes what the
 * record keeps of it, the session does the rest to the live message. It prints as text, which is
 * what tests/cases compare.
 */
#ifndef COUNTERFOIL_MILTER_DECISION_H
#define COUNTERFOIL_MILTER_DECISION_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "db/auto.h"
#include "db/outbox.h"
#include "db/ticket.h"

enum decision_verdict {
    DECISION_PASS,   /* none of ours: the MTA goes on as if there were no filter */
    DECISION_TAKE,   /* recorded, edited, accepted */
    DECISION_REFUSE, /* not recorded; reply tells the sender why and what to do */
    DECISION_WAIT,   /* not recorded; 4xx, reply tells why */
};

/* What a message is on its ticket (DESIGN 5). */
enum decision_kind {
    KIND_REQUEST,
    KIND_FOLLOWUP,
    KIND_ANSWER,
    KIND_NOTE,
    KIND_AUTO,
    KIND_BOUNCE,
    KIND_COMMAND, /* did something, said nothing */
};

/* Whose version of the message the live one becomes (DESIGN 3: one message, one version). */
enum decision_audience {
    AUDIENCE_OPERATORS,
    AUDIENCE_CUSTOMERS,
    AUDIENCE_BYSTANDERS,
};

/* A header field as it must read in the end: it stands once, with this value; or not at all. */
struct header_edit {
    char *name;
    char *value; /* with leading space, folds as "\n "; NULL: every field of that name goes */
};

struct header_edit *header_edit_new(const char *name, const char *value);
void header_edit_free(struct header_edit *edit);

struct decision {
    enum decision_verdict verdict;
    char *reply_code;   /* "550"; NULL where the verdict needs none */
    char *reply_status; /* "5.7.1" */
    char *reply;        /* what the sender reads */

    struct ticket *ticket; /* as it is to be afterwards; NULL unless taken, and of a question that
                              is of none */
    bool is_new_ticket;
    GPtrArray *further; /* struct ticket: others that change with it, as they are to be then */
    int64_t continues;  /* the closed ticket whose ID leads to this new one; 0: none */
    int64_t message;    /* the message's number in the record; of a loop, what came back */
    bool is_repeat;     /* recorded before: only handed over again */
    bool is_resumed;    /* a repeat since the handing over was interrupted */
    bool is_leg;        /* … but for a role address more than before: the ticket changes too */
    bool is_slip;       /* an answer that was sent to customers' own addresses */
    enum decision_kind kind;
    int64_t operator_id;     /* who wrote it, where that is proven; 0: no operator */
    const char *proof;       /* "login", "network", "local", "dmarc", "dkim", or NULL; static; also
                                a customer's, who is no operator by it */
    char *author;            /* address, or NULL */
    char *author_name;       /* or NULL */
    char *role;              /* the role address it is handled under */
    GPtrArray *roles;        /* char *: all role addresses it was sent to, each once; of a slip
                                SLIP_ROLE */
    GPtrArray *foreign_tags; /* char *: of the customer's own ticketing system, for the record */
    GPtrArray *events;       /* struct event, without time and message; ticket 0: of this one.
                                Of a refused message: the line that it leaves elsewhere */
    GPtrArray *outbox;       /* struct outbox_mail: what the courier is to send */

    enum decision_audience audience;
    GPtrArray *copies;         /* struct message_copy: who gets it, other than as it came */
    GPtrArray *edits;          /* struct header_edit, the loop stamp first */
    char *sender;              /* new envelope sender; NULL: as it came */
    GPtrArray *operators_out;  /* char *: what the MTA said at RCPT, to the letter: operators whom
                                  the courier brings it to */
    GPtrArray *recipients_out; /* char *: the same of role addresses, to go last */
    GPtrArray *recipients_in;  /* char *: addresses to add */
};

struct decision *decision_new(enum decision_verdict verdict);
void decision_free(struct decision *decision);
AUTO_DEFINE(decision, decision_free);

/* Turns it into a refusal or a delay (4xx code). text becomes one line of harmless characters. */
void decision_refuse(struct decision *decision, const char *code, const char *status,
                     const char *text);

void decision_add_event(struct decision *decision, const char *kind, const char *actor,
                        const char *detail);
/* The same for another ticket than the decision's. */
void decision_add_event_of(struct decision *decision, int64_t ticket, const char *kind,
                           const char *actor, const char *detail);

/* "request", "followup", …: the word for a kind, and back (KIND_NOTE for an unknown word). */
const char *decision_kind_name(enum decision_kind kind);
enum decision_kind decision_kind_read(const char *name);

/* The whole of it as lines of text, "key: value". Yours. */
char *decision_print(const struct decision *decision);

#endif
