/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads one part of a message (mail.h) as text: transfer encoding and character set are undone.
 * Decides nothing about what it says. Memory is bounded by what the caller asks for. Any thread;
 * the only error is ERROR_TEMPORARY (the spool could not be read).
 */
#ifndef COUNTERFOIL_MILTER_PART_H
#define COUNTERFOIL_MILTER_PART_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

#include "milter/mail.h"

/* The GMimeContentEncoding that a Content-Transfer-Encoding field asks for (raw; or NULL): base64,
 * quoted-printable, or none, which every other is read as (RFC 2045, section 6). */
int part_encoding(const char *raw);

/*
 * Appends the part to out, in valid UTF-8 without NUL, line ends "\n", until out holds max bytes
 * or the part has ended; no character is split. raw: the spool that the part was found in.
 */
bool part_read(const struct spool *raw, const struct mail_part *part, size_t max, GString *out,
               GError **error);

#endif
