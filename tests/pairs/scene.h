/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All pairs: who wrote × what is in the envelope × whose ticket, and in what manner. One row for
 * each, in scene.c; what comes of them is said nowhere here.
 */
#ifndef COUNTERFOIL_TESTS_PAIRS_SCENE_H
#define COUNTERFOIL_TESTS_PAIRS_SCENE_H

#include <stdbool.h>
#include <stdint.h>

#include "milter/envelope.h"
#include "milter/ticketid.h"

/* Nobody outside may read of these, but where an operator writes in their own name. */
#define SCENE_HOST "inside.example"
#define SCENE_IP "10.1.2.3"

/* Who wrote. */
struct writer {
    const char *name;
    const char *from;    /* the header's lines */
    const char *sender;  /* of the envelope */
    const char *address; /* whose mail it is, by DESIGN 5; NULL: nobody's */
    const char *login;
    bool trusted;
    bool local;
    bool is_proven;          /* that whoever has that address wrote it, were it the front door */
    bool proof_is_in_header; /* so that whoever has the bytes has the proof */
    bool is_disowned;        /* the mail server's verifier says that From is forged */
    bool is_machine;         /* nobody wrote it */
    bool is_passed_on;       /* a form or a list mails it for them: they are a customer */
    bool is_report;          /* its body is a delivery report */
    const char *headers;     /* further ones */
};

/* To whom. */
#define SCENE_RECIPIENTS_MAX 5
struct sending {
    const char *name;
    const char *recipients[SCENE_RECIPIENTS_MAX + 1];
    const char *to;
    const char *cc;
};

/* Whose ticket, and how the message says so. */
enum by { BY_NOTHING, BY_SUBJECT, BY_EXTENSION, BY_REFERENCES, BY_WRONG_LETTERS, BY_FOREIGN_TAG };
struct whose {
    const char *name;
    int64_t ticket;
    enum by by;
    const char *answers; /* a Message-ID, where it is not the ticket's first */
};

/* In what manner it comes: what goes with all that. */
struct manner {
    const char *name;
    bool second_door;
    bool smtputf8;
    bool is_dressed; /* the ticket's ID, and words that are ours, within an encoded Subject */
    bool is_spam;
    bool is_enough;      /* kim has had as many notices as there may be */
    bool from_is_kept;   /* from_rewrite = never */
    bool has_no_words;   /* nothing but a quotation */
    const char *sql;     /* done before */
    const char *headers; /* further ones */
    const char *client;  /* NULL: one somewhere else */
};

extern const struct writer scene_writers[];
extern const struct sending scene_sendings[];
extern const struct whose scene_whose[];
extern const struct manner scene_manners[];
extern const unsigned scene_writer_count, scene_sending_count, scene_whose_count,
    scene_manner_count;

struct scene {
    const struct writer *writer;
    const struct sending *sending;
    const struct whose *whose;
    const struct manner *manner;
};

/* Whether there is such a thing: a ticket in an address needs an address. */
bool scene_is_possible(const struct scene *scene);

/* What the MTA says, and the message (LF line ends). Yours. */
struct envelope *scene_envelope(const struct scene *scene, const struct ticketid_site *site);
char *scene_text(const struct scene *scene, const struct ticketid_site *site);

#endif
