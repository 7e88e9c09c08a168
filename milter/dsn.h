/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine-readable part of a delivery report (RFC 3464, RFC 6533), as it is really written:
 * groups of fields with too many empty lines between them or none, types left out, Action or
 * Status missing. Pure functions; any thread; no errors; linear in time.
 */
#ifndef COUNTERFOIL_MILTER_DSN_H
#define COUNTERFOIL_MILTER_DSN_H

#include <stdbool.h>
#include <stddef.h>

#include "milter/report.h"

/*
 * Adds the recipients that size bytes of text (valid UTF-8, line ends "\n") tell of to the report,
 * and the addresses in the fields about the message as a whole. Lines that are no fields are
 * skipped, so that it may stand among others. False: there was no recipient.
 */
bool dsn_read(const char *text, size_t size, struct report *report);

#endif
