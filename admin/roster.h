/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The members of a department as a text that a person edits: one `address  Name` a line. Writes
 * and reads the text; who the people are, and what may be, is the record's to say. Any thread.
 */
#ifndef COUNTERFOIL_ADMIN_ROSTER_H
#define COUNTERFOIL_ADMIN_ROSTER_H

#include <glib.h>
#include <stdbool.h>

#include "db/auto.h"
#include "db/department.h"

struct roster_line {
    guint number;  /* from 1, in the text */
    char *address; /* normal form */
    char *name;    /* or NULL */
};

struct roster {
    GPtrArray *lines; /* struct roster_line, in order, no address twice */
};

/* The text, with comments that explain it. members: struct operator_person. Yours. */
char *roster_write(const struct department *department, const GPtrArray *members);

/* Reads the text. NULL with ERROR_REFUSED: one "line N: …" for each line that is wrong. */
struct roster *roster_read(const char *text, GError **error);
void roster_free(struct roster *roster);
AUTO_DEFINE(roster, roster_free);

/* Does that address stand in it? */
bool roster_has(const struct roster *roster, const char *address);

/* Appends "line N: why" to a list of faults. */
void roster_add_fault(GString *faults, guint line, const char *why);

#endif
