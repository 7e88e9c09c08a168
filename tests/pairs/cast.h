/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who is who in seed.sql, read once and asked thousands of times: the test's own view of the
 * record, by no code that it tests.
 */
#ifndef COUNTERFOIL_TESTS_PAIRS_CAST_H
#define COUNTERFOIL_TESTS_PAIRS_CAST_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "db/ticket.h"
#include "tests/cases/bench.h"

struct cast {
    GHashTable *operators; /* address -> operator's id */
    GHashTable *roles;     /* role address -> department's id */
    GHashTable *members;   /* "DEPARTMENT OPERATOR" -> MEMBER_… */
    GHashTable *first;     /* address -> operator's id: where copies go */
    GHashTable *copies;    /* "TICKET OPERATOR": who had one */
    GHashTable *answered;  /* "TICKET ADDRESS": whom an answer went to */
    GHashTable *leads;     /* "TICKET" -> the ticket that its mail goes to */
    GPtrArray *tickets;    /* struct ticket, as they are in the seed */
    const char *postmaster;
};

struct cast *cast_read(const struct bench *bench);
void cast_free(struct cast *cast);

/* 0: no operator's, no role address. cast_role() takes off an extension; *word is then it, or NULL;
 * borrowed from address. */
int64_t cast_operator(const struct cast *cast, const char *address);
int64_t cast_role(const struct cast *cast, const char *address, const char **word);

bool cast_is_member(const struct cast *cast, int64_t department, int64_t person);
bool cast_was_member(const struct cast *cast, int64_t department, int64_t person);
bool cast_is_employed(const struct cast *cast, int64_t person); /* of any department */
bool cast_had_answer(const struct cast *cast, int64_t ticket, const char *address);
bool cast_had_copy(const struct cast *cast, int64_t ticket, int64_t person);

/* A ticket of the seed, and the one that its mail goes to; NULL: there is none. Borrowed. */
const struct ticket *cast_ticket(const struct cast *cast, int64_t number);
const struct ticket *cast_leads_to(const struct cast *cast, int64_t number);

/* Of any department on the ticket; false for NULL. */
bool cast_is_on(const struct cast *cast, const struct ticket *ticket, int64_t person);
bool cast_was_on(const struct cast *cast, const struct ticket *ticket, int64_t person);

#endif
