/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One message on its way to a decision: what is known of it so far, handed from step to step
 * (addressees, author, match, rows, copies, header edits). For the files behind decide() alone.
 */
#ifndef COUNTERFOIL_MILTER_MATTER_H
#define COUNTERFOIL_MILTER_MATTER_H

#include <stdbool.h>
#include <stdint.h>

#include "db/message.h"
#include "db/operator.h"
#include "db/store.h"
#include "db/ticket.h"
#include "milter/addressees.h"
#include "milter/decide.h"
#include "milter/decision.h"

/* Who wrote it. */
struct author {
    char *address;                  /* From, or who wrote through a form or a list; the envelope
                                       sender where From is not one address; NULL: neither */
    char *name;                     /* or NULL */
    struct operator_person *person; /* the operator whose address that is, or NULL */
    const char *proof;              /* what proves that it is them: "login" …, or NULL; of a
                                       customer only what proves the header */
    bool header_alone;              /* that proves the header, while the envelope is anybody's */
    bool is_on_ticket;              /* a member, now, of a department on the ticket as it was */
    bool only_notes;                /* an operator who left: may write notes, nothing else */
    bool is_operator;               /* acts as an operator here: proven, and a member */
    bool is_machine;                /* a delivery report or machine_is_auto(): nobody wrote it */
};

struct matter {
    const struct decide_site *site;
    struct store *store;
    const struct envelope *envelope;
    const struct mail *mail;     /* what it says; of a resumed one what its record says */
    const struct mail *live;     /* what the MTA has, and edits lead from; mostly the same */
    const struct report *report; /* the delivery report that it is, or NULL */
    int64_t now;

    struct addressees *addressees;
    const struct addressee *main; /* the role address it is handled under; borrowed */
    struct addressee *stand_in;   /* a slip's main, which nobody wrote to; else NULL */
    struct author author;
    GPtrArray *orders;       /* struct order (orders.h): the commands, in the envelope's order */
    bool has_plain;          /* a role address without command is written to, too */
    struct resumed *resumed; /* resume.h; NULL unless an interrupted handing-over goes on */
    struct message *earlier; /* the same mail, recorded before; or NULL */
    GPtrArray *handed_over;  /* char *: the role addresses it was handed over for; or NULL */
    struct ticket *ticket;   /* the ticket it belongs to; NULL: none yet */
    struct ticket *old;      /* the one it would be of, closed for too long to go on; or NULL */
    int64_t bad_id;          /* a number claimed with wrong check letters, or 0 */
    char *refusal;           /* what the front door would have refused, where nothing is; or NULL */
    bool only_asks;          /* an operator gives commands that are of no ticket, and so is it */
    bool by_foreign_tag;     /* the ticket was found by a tag of the sender's own system */
    bool is_spam;            /* a spam filter, or an operator, says so */
    bool is_stranger;        /* a customer, but nobody of the ticket */
    GPtrArray *direct;       /* char *: who has it from the author's own server (direct.h) */
    GPtrArray *cc_outside;   /* struct mail_address of mail->cc, borrowed: nobody of this site */
    GPtrArray *cc_inside;    /* the others of mail->cc */
    GPtrArray *to_shown;    /* struct mail_address: To and Cc as operators see them, where a role */
    GPtrArray *cc_shown;    /* address in them gives commands or would answer; else NULL */
    GPtrArray *to_outside;  /* struct mail_address, borrowed: of a note's To; or NULL */
    bool is_spammer;        /* the author's mail was called spam */
    GPtrArray *unreachable; /* struct operator_person: whose own mailbox failed, says the report;
                               or NULL */
    bool too_many;          /* over the limit of copies */
    bool no_operators;      /* nobody is in the departments */
    struct decision *decision;
};

#endif
