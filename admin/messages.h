/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `counterfoil message …`. Each function is a command of the table (command.h).
 */
#ifndef COUNTERFOIL_ADMIN_MESSAGES_H
#define COUNTERFOIL_ADMIN_MESSAGES_H

#include "admin/context.h"

bool messages_raw(struct context *context, char **arguments, GError **error);

#endif
