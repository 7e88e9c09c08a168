/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `counterfoil department template`: what a department's notices say. A command of the table
 * (command.h).
 */
#ifndef COUNTERFOIL_ADMIN_TEMPLATES_H
#define COUNTERFOIL_ADMIN_TEMPLATES_H

#include "admin/context.h"

bool templates_run(struct context *context, char **arguments, GError **error);

#endif
