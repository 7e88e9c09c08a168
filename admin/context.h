/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a command works with: its request, the configuration, the open record, the output; and
 * what many commands ask of them. Opens and closes it all around the command, with the one
 * transaction that a command is. One thread.
 */
#ifndef COUNTERFOIL_ADMIN_CONTEXT_H
#define COUNTERFOIL_ADMIN_CONTEXT_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "admin/caller.h"
#include "admin/output.h"
#include "admin/request.h"
#include "db/department.h"
#include "db/key.h"
#include "db/operator.h"
#include "db/site.h"
#include "db/store.h"
#include "milter/conf.h"
#include "milter/ticketid.h"

struct context {
    const struct request *request;
    struct caller *caller;
    struct conf *conf;
    struct output *output;
    struct store *store; /* NULL with ACCESS_CONF */
    struct site *site;   /* NULL with ACCESS_CONF */
    uint8_t key[KEY_SIZE];
    struct ticketid_site ids; /* borrows site and key */
    int64_t now;              /* milliseconds since 1970 UTC, when the command began */
    bool roles_changed;       /* set by the command: the role map is written after the commit */
};

/* Runs the request's command from start to end. False with the error that the exit code and the
 * line on standard error are made of; nothing was changed then, unless the error says so. */
bool context_run(const struct request *request, GError **error);

/* The department of that name, in *out (yours). ERROR_NOT_FOUND, with a near name. */
bool context_find_department(struct context *context, const char *name, struct department **out,
                             GError **error);

/* The operator with that address, in *out (yours). ERROR_NOT_FOUND, with a near one. */
bool context_find_operator(struct context *context, const char *address,
                           struct operator_person **out, GError **error);

/* The normal form of an address that was typed. G_OPTION_ERROR (wrong usage) if it is none.
 * Yours. */
char *context_read_address(const char *address, GError **error);

/* Writes an event that bears the login. ticket and department_id: 0 for none. detail: or NULL. */
bool context_add_event(struct context *context, const char *kind, int64_t ticket,
                       int64_t department_id, const char *detail, GError **error);

/* Writes the role map, if one is configured, from the roles as they are now. Outside of a
 * transaction. */
bool context_write_role_map(struct context *context, GError **error);

#endif
