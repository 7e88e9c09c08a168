/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `counterfoil ticket show`: the conversation as text for a person, or as JSON lines.
 */
#ifndef COUNTERFOIL_ADMIN_SHOW_H
#define COUNTERFOIL_ADMIN_SHOW_H

#include "admin/context.h"

bool show_ticket(struct context *context, char **arguments, GError **error);

#endif
