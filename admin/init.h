/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `counterfoil init`: makes the key and the database, once.
 */
#ifndef COUNTERFOIL_ADMIN_INIT_H
#define COUNTERFOIL_ADMIN_INIT_H

#include "admin/context.h"

bool init_run(struct context *context, char **arguments, GError **error);

#endif
