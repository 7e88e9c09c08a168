/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tags of other people's ticketing systems in a Subject, such as [Other #7] (DESIGN section 4, the
 * match rule 5).
 */
#ifndef COUNTERFOIL_MILTER_FOREIGNTAG_H
#define COUNTERFOIL_MILTER_FOREIGNTAG_H

#include <glib.h>

#include "milter/ticketid.h"

/* No Subject needs more of them. */
#define FOREIGNTAG_MAX 5

/*
 * The tags [WORD #DIGITS] in subject (decoded; may be NULL), each once, in order, FOREIGNTAG_MAX at
 * most: lower case, one space before the #, which may be missing in the subject. WORD: 1 to 40
 * ASCII letters, digits, '-', '.', '_', and not this site's own tag; DIGITS: 1 to 20. Any bytes, in
 * linear time. char *, freed with the array; never NULL.
 */
GPtrArray *foreigntag_list(const struct ticketid_site *site, const char *subject);

#endif
