/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `counterfoil map …`. Each function is a command of the table (command.h).
 */
#ifndef COUNTERFOIL_ADMIN_MAPS_H
#define COUNTERFOIL_ADMIN_MAPS_H

#include "admin/context.h"

bool maps_postfix(struct context *context, char **arguments, GError **error);

#endif
