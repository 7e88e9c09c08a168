/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * To whom a message is addressed: which of the envelope's recipients are role addresses, which are
 * operators, and which are people from outside. Reads the record, writes nothing.
 */
#ifndef COUNTERFOIL_MILTER_ADDRESSEES_H
#define COUNTERFOIL_MILTER_ADDRESSEES_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "db/auto.h"
#include "db/department.h"
#include "db/operator.h"
#include "db/store.h"
#include "milter/envelope.h"
#include "milter/mail.h"

/* One recipient of the envelope. At most one of role and person is set: neither, and it is
 * somebody from outside. */
struct addressee {
    const struct envelope_recipient *recipient; /* borrowed from the envelope; or NULL, see below */
    char *role;                                 /* the role address without extension, or NULL */
    char *extension;                /* what stands between the delimiter and the @, or NULL */
    struct department *department;  /* that the role address belongs to, or NULL */
    struct operator_person *person; /* the operator whose address it is, or NULL */
};

struct addressees {
    GPtrArray *all;   /* struct addressee, in the envelope's order */
    GPtrArray *roles; /* struct addressee, borrowed: one for each role address, in order of who owns
                         a ticket: as they stand in To, then Cc, then the envelope */
    guint outsiders;  /* how many are somebody from outside */
};

/*
 * Sorts the envelope's recipients. delimiters: the site's recipient_delimiter. Borrows from
 * envelope. Errors as store.h says.
 */
struct addressees *addressees_find(struct store *store, const char *delimiters,
                                   const struct envelope *envelope, const struct mail *mail,
                                   GError **error);
void addressees_free(struct addressees *addressees);
AUTO_DEFINE(addressees, addressees_free);

/* A department's primary address, which nobody wrote to: it stands in for a recipient. Takes over
 * department, which has one. Free it with addressee_free(). */
struct addressee *addressee_new_primary(struct department *department);
void addressee_free(struct addressee *addressee);

bool addressee_is_outsider(const struct addressee *addressee);

/* Is the address among the recipients, as it stands? */
bool addressees_has(const struct addressees *addressees, const char *address);

/* Where a role address, with or without an extension, stands in a list of a header's addresses
 * (struct mail_address), from 0; -1: nowhere. */
int addressees_place(GPtrArray *addresses, const char *delimiters, const char *role);

/* Does any of the operator's addresses stand among the recipients? */
bool addressees_has_operator(const struct addressees *addressees, int64_t operator_id);

/* Whether address, or address without its extension, is a role address of any department. */
bool addressees_is_role(struct store *store, const char *delimiters, const char *address,
                        bool *is_role, GError **error);

#endif
