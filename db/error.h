/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one error domain of the program. The code says what the caller does next, the message
 * says why, in words for a person: what is wrong, where, and what to do.
 */
#ifndef COUNTERFOIL_DB_ERROR_H
#define COUNTERFOIL_DB_ERROR_H

#include <glib.h>
#include <stdbool.h>

#define COUNTERFOIL_ERROR (error_quark())

enum error_code {
    ERROR_TEMPORARY, /* come again: database busy, disk full, I/O error; 451 or exit 75 */
    ERROR_REFUSED,   /* the request is understood and not done; tell who asked; 5xx or exit 1 */
    ERROR_NOT_FOUND, /* no such department, operator, ticket …; exit 1 */
    ERROR_CONFIG,    /* wrong configuration, key or schema: do not start; exit 78 */
    ERROR_BUG,       /* an invariant of ours does not hold */
};

/* The GQuark of the domain. Never fails. */
GQuark error_quark(void);

/* Sets *error, in words as printf() has them, and returns false, for a function to return. */
bool error_set(GError **error, enum error_code code, const char *format, ...) G_GNUC_PRINTF(3, 4);

#endif
