/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `counterfoil operator …`. Each function is a command of the table (command.h).
 */
#ifndef COUNTERFOIL_ADMIN_OPERATORS_H
#define COUNTERFOIL_ADMIN_OPERATORS_H

#include "admin/context.h"

bool operators_add(struct context *context, char **arguments, GError **error);
bool operators_list(struct context *context, char **arguments, GError **error);
bool operators_show(struct context *context, char **arguments, GError **error);
bool operators_remove(struct context *context, char **arguments, GError **error);

#endif
