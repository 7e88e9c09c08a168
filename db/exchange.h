/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What went between one person of a ticket and us, on the ticket and on those that were merged into
 * it. Reads only; errors as store.h says.
 */
#ifndef COUNTERFOIL_DB_EXCHANGE_H
#define COUNTERFOIL_DB_EXCHANGE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "db/auto.h"
#include "db/store.h"

struct exchange_line {
    int64_t at;
    char *kind;     /* "request", … */
    char *author;   /* or NULL */
    char *subject;  /* decoded; or NULL */
    bool is_proven; /* that the author wrote it */
};

void exchange_line_free(struct exchange_line *line);
AUTO_DEFINE(exchange_line, exchange_line_free);

/* The person's last requests and follow-ups, and the answers that went to them; at most so many of
 * all these, oldest first: struct exchange_line, freed with the array. */
GPtrArray *exchange_last(struct store *store, int64_t ticket, const char *person, int64_t most,
                         GError **error);

/* Whether an answer went to that person, at any time. */
bool exchange_has_answer(struct store *store, int64_t ticket, const char *person, bool *has,
                         GError **error);

#endif
