/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is a filter answering? Speaks the first exchange of the milter protocol, as a mail server does,
 * and hangs up. Any thread.
 */
#ifndef COUNTERFOIL_ADMIN_PROBE_H
#define COUNTERFOIL_ADMIN_PROBE_H

#include <glib.h>
#include <stdbool.h>

/* How long each step may take, in seconds. */
#define PROBE_TIMEOUT_S 5

/* socket: unix:/path or inet:PORT@HOST. False with ERROR_TEMPORARY, which says what happened
 * instead: nobody there, no answer, an answer that is no milter's. */
bool probe_filter(const char *socket, GError **error);

#endif
