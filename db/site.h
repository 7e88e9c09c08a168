/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is set once for the site. Errors as store.h says.
 */
#ifndef COUNTERFOIL_DB_SITE_H
#define COUNTERFOIL_DB_SITE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "db/auto.h"
#include "db/digest.h"
#include "db/store.h"

struct site {
    char *tag;        /* as in [TAG #1-ABCDE] */
    char *postmaster; /* normal form */
    char *instance;   /* random word, names this site in loop stamps */
};

/* Writes the one row; the caller has the transaction. ERROR_REFUSED: there is one. */
bool site_add(struct store *store, const struct site *site, const uint8_t mark[DIGEST_SIZE],
              GError **error);

/* The site; ERROR_CONFIG when `counterfoil init` was never finished. Yours: site_free(). */
struct site *site_find(struct store *store, GError **error);
void site_free(struct site *site);
AUTO_DEFINE(site, site_free);

/* ERROR_CONFIG unless mark is that of the key the database was made with. */
bool site_check_mark(struct store *store, const uint8_t mark[DIGEST_SIZE], GError **error);

/* Whether address is the postmaster's; false as long as there is no site. */
bool site_is_postmaster(struct store *store, const char *address, bool *is, GError **error);

/* A number that is another one after each change of a role address. */
bool site_roles_version(struct store *store, int64_t *version, GError **error);

#endif
