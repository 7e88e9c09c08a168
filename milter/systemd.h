/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tells the service manager how far the daemon is, if there is one that wants to know
 * (sd_notify(3), without its library). Knows nothing else of systemd. Any thread; cannot fail:
 * without a manager there is nothing to do, and one that cannot be reached is not needed.
 */
#ifndef COUNTERFOIL_MILTER_SYSTEMD_H
#define COUNTERFOIL_MILTER_SYSTEMD_H

/* Sends state, such as "READY=1" (the socket is open) or "STOPPING=1", to NOTIFY_SOCKET. */
void systemd_notify(const char *state);

#endif
