/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `counterfoil operator …`. Each function but operators_make() is a command of the table
 * (command.h).
 */
#ifndef COUNTERFOIL_ADMIN_OPERATORS_H
#define COUNTERFOIL_ADMIN_OPERATORS_H

#include "admin/context.h"

bool operators_add(struct context *context, char **arguments, GError **error);
bool operators_list(struct context *context, char **arguments, GError **error);
bool operators_show(struct context *context, char **arguments, GError **error);
bool operators_remove(struct context *context, char **arguments, GError **error);

/* Makes an operator and its event, for a command that may still fail and be taken back. addresses:
 * in normal form, NULL-terminated, at least one; name and login may be NULL. *out is yours. Errors
 * as operator_add() and clash_check_operator(). */
bool operators_make(struct context *context, const char *const *addresses, const char *name,
                    const char *login, struct operator_person **out, GError **error);

#endif
