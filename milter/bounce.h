/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Delivery reports without a machine-readable part: recipients, codes and what happened, out of
 * the text that mail servers write. That differs from server to server, but nearly all begin the
 * line about a recipient with the address, and bring a status code behind it. Knows a table of
 * phrases for what neither shows. Pure functions; any thread; no errors; linear in time.
 */
#ifndef COUNTERFOIL_MILTER_BOUNCE_H
#define COUNTERFOIL_MILTER_BOUNCE_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

#include "milter/report.h"

/* What a report says in text. Borrowed. */
struct bounce_text {
    const char *text; /* valid UTF-8, line ends "\n", without the message that came back */
    size_t size;
    const GPtrArray *failed; /* struct mail_address: X-Failed-Recipients; perhaps none */
    GHashTable *others;      /* char *, normal form: whom the report itself is from and to, no
                                recipient of the message unless nobody else is */
};

/* Whether a known phrase says what happened: *action. */
bool bounce_find_phrase(const char *text, size_t size, enum report_action *action);

/* Adds the recipients that the text tells of to the report; if it names none, to (normal form, or
 * NULL: then one without an address), the only address in the To that came back. */
void bounce_read(const struct bounce_text *bounce, const char *to, struct report *report);

#endif
