/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The header edits of one version of a message, while they are gathered: how a field is to read in
 * the end, whether it does already or not. For the files behind identity.h alone.
 */
#ifndef COUNTERFOIL_MILTER_EDITS_H
#define COUNTERFOIL_MILTER_EDITS_H

#include <glib.h>
#include <stdbool.h>

#include "db/department.h"
#include "milter/matter.h"

/* Begins each field that only we may write. */
#define EDITS_PREFIX "X-Counterfoil-"

struct edits {
    const struct matter *matter;
    const struct department *speaker; /* that the role address belongs to */
    const struct mail *base;          /* whose fields are edited */
    GPtrArray *list;                  /* struct header_edit */
};

/* value: for the wire, as header.h makes it, or as it came. */
void edits_set(struct edits *edits, const char *name, const char *value);
void edits_take_out(struct edits *edits, const char *name);

/* Sets it to text, to one mailbox (name or NULL), to a list of people (struct mail_address; to
 * nobody: it is taken out). */
void edits_set_text(struct edits *edits, const char *name, const char *text);
void edits_set_mailbox(struct edits *edits, const char *header, const char *name,
                       const char *address);
void edits_set_people(struct edits *edits, const char *header, GPtrArray *people);

/* Sets the Subject: the ticket's ID, these words (subject.h) or NULL, the rest as it came. */
void edits_set_subject(struct edits *edits, const char *const *words);

/* The name that a department's template (via_name, from_name) makes of the author. Yours. */
char *edits_expand_name(const struct edits *edits, const char *template);

/* Does it for each field that nothing was said about yet, of the message as it came and as it is
 * now. */
void edits_for_the_rest(struct edits *edits, void (*edit)(struct edits *, const char *name));

/* Whether name is one of names (NULL ends them), in any case. */
bool edits_is_named(const char *name, const char *const *names);

#endif
