/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a notice says (DESIGN section 7): a template of each kind is built in, and a department may
 * have its own. A template is a line `Subject: …`, an empty line, and the text. Pure, but for
 * wording_find(); any thread.
 */
#ifndef COUNTERFOIL_MILTER_WORDING_H
#define COUNTERFOIL_MILTER_WORDING_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "db/store.h"
#include "milter/template.h"

enum notice_kind {
    NOTICE_ACKNOWLEDGE, /* a new ticket, to its requester */
    NOTICE_CLOSED,      /* to the requester */
    NOTICE_MOVED,       /* … that another department has it now */
    NOTICE_STATUS,      /* how a ticket stands, to who asked */
    NOTICE_RESULT,      /* of +list, +search and +help */
    NOTICE_HANDOVER,    /* a whole ticket, to an operator */
};

/* "acknowledge", …: the kinds' words in the order of the enumeration, NULL-terminated. */
extern const char *const wording_kinds[];

/* The longest template, in bytes; and how many characters of a variable's value are told. */
#define WORDING_MAX (64 * 1024)
#define WORDING_VALUE_MAX 500

/* The template that is built in. */
const char *wording_built_in(enum notice_kind kind);

/* Whether text, with line ends as LF, can be a template, or is empty (no notice of that kind is
 * sent). ERROR_REFUSED says what is wrong, and in which line: an unknown variable (the nearest one,
 * and which there are), no Subject line, something else right below it, a control character, not
 * UTF-8, too long. */
bool wording_check(const char *text, GError **error);

/* The department's own, or the one that is built in. *text is yours; empty: it sends none. Errors
 * as store.h says. */
bool wording_find(struct store *store, int64_t department_id, enum notice_kind kind, char **text,
                  GError **error);

/*
 * The Subject, and what follows it, with the variables replaced: of those that wording_check()
 * knows, all that the template has; a value may be hostile, and stands there as one line. A line of
 * the text with a variable that has no value is left out, so that a template can say what is not
 * always so; an empty line that would then meet another one, too. Both are yours.
 */
void wording_expand(const char *template, const struct template_variable *variables, char **subject,
                    char **text);

#endif
