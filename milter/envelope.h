/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the MTA says about one transaction: who is connected, who sends, to whom. Plain data,
 * gathered by the session and read by everybody else; it knows no MTA and no department.
 */
#ifndef COUNTERFOIL_MILTER_ENVELOPE_H
#define COUNTERFOIL_MILTER_ENVELOPE_H

#include <glib.h>
#include <stdbool.h>

#include "db/auto.h"

/* What is appended to the domain of a role address that waits for the filter (DESIGN 13). */
#define ENVELOPE_SUFFIX ".counterfoil.invalid"

struct envelope_recipient {
    char *given;   /* exactly what the MTA said at RCPT: only this takes the recipient out again */
    char *address; /* normal form, without ENVELOPE_SUFFIX at the second door; NULL: no address */
};

struct envelope {
    char *sender;          /* normal form; "" for <>; what is no address as it came */
    GPtrArray *recipients; /* struct envelope_recipient, in order */
    char *client;          /* address of the SMTP client as text, or NULL */
    char *login;           /* SMTP AUTH login, or NULL */
    char *queue_id;        /* the MTA's, or NULL */
    char *hostname;        /* the MTA's own name, or NULL */
    bool trusted;          /* the client is in trusted_networks */
    bool local;            /* came from the local sendmail command, not by SMTP */
    bool second_door;      /* came back through the second door: proves nothing about anybody */
    bool smtputf8;         /* the sender announced SMTPUTF8 */
};

struct envelope *envelope_new(void);
void envelope_free(struct envelope *envelope);
AUTO_DEFINE(envelope, envelope_free);

/*
 * Adds a recipient. given: as the MTA said it, copied. normal: the MTA's own normal form of it
 * ({rcpt_addr} of Postfix), or NULL: then ours is used. envelope->second_door must be set before.
 */
void envelope_add_recipient(struct envelope *envelope, const char *given, const char *normal);

/* Sets the sender from what the MTA said at MAIL, with or without brackets. */
void envelope_set_sender(struct envelope *envelope, const char *given);

/* Whether this host itself sends it: its own queue through the second door, the sendmail command,
 * or a client at a loopback address (also one of IPv4 written as IPv6). */
bool envelope_is_from_here(const struct envelope *envelope);

#endif
