/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What people call a ticket or an operator on the command line, and which one they mean. Reads
 * the record, changes nothing. One thread; other errors as store.h says.
 */
#ifndef COUNTERFOIL_ADMIN_WHICH_H
#define COUNTERFOIL_ADMIN_WHICH_H

#include <glib.h>
#include <stdbool.h>

#include "admin/context.h"
#include "db/ticket.h"

/* The ticket called 1042, #1042, 1042-K7QX2 or [Example #1042-K7QX2], in *out (yours).
 * G_OPTION_ERROR: no such form; ERROR_REFUSED: wrong check letters; ERROR_NOT_FOUND. */
bool which_ticket(struct context *context, const char *text, struct ticket **out, GError **error);

/* which_ticket(), but one that is part of another leads to that, by however many steps. */
bool which_live_ticket(struct context *context, const char *text, struct ticket **out,
                       GError **error);

/* A number alone, in decimal, as tickets and messages have them. False if text is none. */
bool which_number(const char *text, int64_t *number);

/* The operator called by an address, a local part, or the unambiguous beginning of an address or
 * name, in any case, in *out (yours). An exact address, then an exact local part, wins.
 * ERROR_NOT_FOUND, with a near local part; ERROR_REFUSED, with all who could be meant. */
bool which_operator(struct context *context, const char *who, struct operator_person **out,
                    GError **error);

/* The operator who is typing, by the login, as SMTP AUTH would have it; NULL in *out if that is
 * nobody. */
bool which_caller(struct context *context, struct operator_person **out, GError **error);

#endif
