/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The header of a message that a report brings back: finds it where it stands in the text, and
 * reads what tells which message that was. Pure functions; any thread; no errors; linear in time.
 */
#ifndef COUNTERFOIL_MILTER_RETURNED_H
#define COUNTERFOIL_MILTER_RETURNED_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

#include "milter/report.h"

/*
 * Finds the first block of lines in size bytes of text that can only be the header of a message:
 * it has four of From, To, Subject, Date, Return-Path, Message-ID and Received, or three if one of
 * these is Message-ID or Received, and nothing but fields. *begin: where it begins, untouched when
 * there is none.
 */
bool returned_find(const char *text, size_t size, size_t *begin);

/* Adds what the fields of such a header (fields_read) say to the report: identifiers and subject if
 * they are not known yet, addresses in any case. */
void returned_read(const GPtrArray *fields, struct report *report);

/* The addresses alone. */
void returned_read_addresses(const GPtrArray *fields, struct report *report);

#endif
