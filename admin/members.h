/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `counterfoil member …`. Each function is a command of the table (command.h).
 */
#ifndef COUNTERFOIL_ADMIN_MEMBERS_H
#define COUNTERFOIL_ADMIN_MEMBERS_H

#include "admin/context.h"

bool members_add(struct context *context, char **arguments, GError **error);
bool members_remove(struct context *context, char **arguments, GError **error);
bool members_list(struct context *context, char **arguments, GError **error);
/* Begins and commits by itself: nobody waits for the lock while somebody types. */
bool members_edit(struct context *context, char **arguments, GError **error);

#endif
