/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `counterfoil department …`. Each function is a command of the table (command.h).
 */
#ifndef COUNTERFOIL_ADMIN_DEPARTMENTS_H
#define COUNTERFOIL_ADMIN_DEPARTMENTS_H

#include "admin/context.h"

bool departments_add(struct context *context, char **arguments, GError **error);
bool departments_list(struct context *context, char **arguments, GError **error);
bool departments_show(struct context *context, char **arguments, GError **error);
bool departments_set(struct context *context, char **arguments, GError **error);
bool departments_address(struct context *context, char **arguments, GError **error);
bool departments_remove(struct context *context, char **arguments, GError **error);

#endif
