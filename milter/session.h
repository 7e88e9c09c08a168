/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The filter's side of the milter protocol: gathers one transaction, has it decided and recorded,
 * and does to the live message what was decided. The only file that sees libmilter.
 */
#ifndef COUNTERFOIL_MILTER_SESSION_H
#define COUNTERFOIL_MILTER_SESSION_H

#include <glib.h>
#include <stdbool.h>

#include "db/journal.h"
#include "milter/courier.h"
#include "milter/decide.h"
#include "milter/roles.h"

/* What all sessions share. Borrowed; unchanged while session_serve() runs. */
struct session_shared {
    struct decide_site site;
    struct journal *journal;
    struct courier *courier;
    struct roles *roles;
    char *spool_folder; /* where large messages wait */
};

/* The name by which the second door's listener calls itself ({daemon_name}; DESIGN 13). */
#define SESSION_SECOND_DOOR "second-door"

/*
 * Makes the socket, so that the MTA can connect: conf's, with conf's umask. ERROR_CONFIG when that
 * can't be done.
 */
bool session_listen(const struct session_shared *shared, GError **error);

/* Takes a unix socket away again that session_listen() made and nobody is going to serve. */
void session_withdraw(const struct session_shared *shared);

/*
 * Serves sessions on the threads of libmilter's pool until SIGTERM, SIGINT or SIGHUP. When it
 * returns, every message at its end is finished and no more is taken to its end; a thread of the
 * pool may still look at shared. False when libmilter gave up. Removes a unix socket.
 */
bool session_serve(const struct session_shared *shared);

#endif
