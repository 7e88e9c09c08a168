/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What no record must hold, and the record itself can't tell, since it hangs on the configuration:
 * a person's address that is a role address with an extension ([mail] recipient_delimiter), so that
 * copies would come back; and a login that would prove two operators ([mail] local_domains). Reads
 * only. One thread; ERROR_REFUSED names both sides; other errors as store.h says.
 */
#ifndef COUNTERFOIL_ADMIN_CLASH_H
#define COUNTERFOIL_ADMIN_CLASH_H

#include <glib.h>
#include <stdbool.h>

#include "admin/context.h"

/* The department that mail to address, with its extension or as it is, belongs to; NULL in *out if
 * there is none. *role: the role address, or NULL. Both yours. */
bool clash_find_role(struct context *context, const char *address, struct department **out,
                     char **role, GError **error);

/* Refuses an operator with an address that is somebody's role address with an extension, or with a
 * login of another's. all: the operators (operator_list()), with or without person. */
bool clash_check_operator(struct context *context, const GPtrArray *all,
                          const struct operator_person *person, GError **error);

/* Refuses a role address which is, with an extension, an operator's address or the postmaster's. */
bool clash_check_role(struct context *context, const char *role, GError **error);

#endif
