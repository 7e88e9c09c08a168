/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What came of a scene: the decision, and the message as it leaves the MTA that followed it: its
 * envelope sender, its header, and everybody who reads it.
 */
#ifndef COUNTERFOIL_TESTS_PAIRS_OUTCOME_H
#define COUNTERFOIL_TESTS_PAIRS_OUTCOME_H

#include "milter/decide.h"
#include "tests/pairs/cast.h"
#include "tests/pairs/scene.h"

/* Who reads it; several may hold. */
enum reader_is {
    READER_OPERATOR = 1,      /* a member, now, of a department on the ticket */
    READER_POSTMASTER = 2,    /* the site's */
    READER_REQUESTER = 4,     /* of the ticket as it is now */
    READER_CORRESPONDENT = 8, /* of the ticket as it is now */
    READER_STAFF = 16,        /* an operator, of no department on the ticket */
    READER_OUTSIDER = 32,     /* none of all these */
    READER_ROLE = 64,         /* a role address */
};

struct reader {
    const char *address;
    int64_t operator_id; /* 0: no operator */
    int is;              /* enum reader_is, any of */
    bool was_there;      /* the writer's own envelope has them */
    bool is_brought;     /* what they read is the courier's version */
};

/* How it came to be decided. */
enum turn {
    TURN_FIRST,
    TURN_AGAIN,  /* the sender's retry */
    TURN_LEG,    /* the same mail for another role address (DESIGN 9) */
    TURN_BACK,   /* as it left, with our stamp: resumed, or a loop (DESIGN 5) */
    TURN_COPY,   /* as the courier brought it: a loop */
    TURN_FORGED, /* the same mail by somebody who proves nothing */
};

struct outcome {
    const struct cast *cast;
    const struct decide_site *site;
    struct scene scene;
    enum turn turn;
    const struct envelope *envelope;
    const struct mail *mail;
    const struct spool *raw;     /* its bytes */
    const struct outcome *first; /* of which this is a repetition; or NULL */
    const struct ticket *before; /* the ticket decided on, as it was; NULL: it is new */
    const struct decision *decision;
    int64_t writes; /* rows written while it was decided */

    /* Filled by outcome_judge(). */
    const struct ticket *meant; /* the ticket that it is of by DESIGN 4, as it was; or NULL */
    int64_t operator_id;        /* whose address it is, or 0 */
    bool is_proven;             /* that it is them */
    bool is_member;             /* now, of a department on the ticket or of one written to */
    bool was_member;            /* once */
    bool is_requester;          /* of the ticket */
    bool is_person;             /* requester or correspondent of it */
    bool is_question;           /* an operator asks, and of no ticket (6) */
    bool acts_as_operator;      /* by DESIGN 5 */

    /* Filled by outcome_deliver(), of a message that is taken or let pass. */
    GPtrArray *headers;                /* struct mail_header */
    const char *sender;                /* "" for none */
    const struct outbox_mail *brought; /* the courier's version, or NULL */
    GPtrArray *brought_headers;        /* struct mail_header; or NULL */
    GArray *readers;                   /* struct reader, of either */
    int all_readers;                   /* enum reader_is, of all of them */
};

/* Who the writer is to that ticket (DESIGN 5), by the scene alone. */
void outcome_judge(struct outcome *outcome);

/* What the MTA makes of the decision. */
void outcome_deliver(struct outcome *outcome);
void outcome_clear(struct outcome *outcome);

/* Whether anybody reads the message itself who is no operator, nor the postmaster. */
bool outcome_leaves(const struct outcome *outcome);

/* The header that operators read (struct mail_header), or NULL. */
GPtrArray *outcome_inward(const struct outcome *outcome);

/* The value of the first of the headers of that name, decoded; or NULL. Yours. */
char *outcome_field(GPtrArray *headers, const char *name);
/* The same of the message itself. */
char *outcome_header(const struct outcome *outcome, const char *name);

/* "followup, operators' version: operators, whom the author wrote to". Yours. */
char *outcome_describe(const struct outcome *outcome);

#endif
