/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads "by HOST" out of Received headers (RFC 5321, 4.4). Pure functions.
 */
#ifndef COUNTERFOIL_MILTER_RECEIVED_H
#define COUNTERFOIL_MILTER_RECEIVED_H

#include <glib.h>

/* The host that wrote the topmost Received of headers (struct mail_header); NULL when the first
 * header is none. Yours. */
char *received_by(GPtrArray *headers);

/* The host after the word "by" of a Received header's value, or NULL. Yours. */
char *received_host(const char *value);

#endif
