/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `counterfoil ticket …`, but for `ticket show` (show.h). Each function is a command of the table
 * (command.h).
 */
#ifndef COUNTERFOIL_ADMIN_TICKETS_H
#define COUNTERFOIL_ADMIN_TICKETS_H

#include "admin/context.h"

bool tickets_list(struct context *context, char **arguments, GError **error);
bool tickets_close(struct context *context, char **arguments, GError **error);
bool tickets_reopen(struct context *context, char **arguments, GError **error);
bool tickets_take(struct context *context, char **arguments, GError **error);
bool tickets_drop(struct context *context, char **arguments, GError **error);
bool tickets_assign(struct context *context, char **arguments, GError **error);
bool tickets_move(struct context *context, char **arguments, GError **error);
bool tickets_merge(struct context *context, char **arguments, GError **error);
bool tickets_note(struct context *context, char **arguments, GError **error);

#endif
