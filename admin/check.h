/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `counterfoil check`: is everything as the filter needs it? Looks, as the filter's user, and
 * changes nothing but an old schema.
 */
#ifndef COUNTERFOIL_ADMIN_CHECK_H
#define COUNTERFOIL_ADMIN_CHECK_H

#include "admin/context.h"

bool check_run(struct context *context, char **arguments, GError **error);

#endif
