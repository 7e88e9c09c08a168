/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What must hold of every outcome, whoever wrote, to whom and on whose ticket. Each rule says in
 * its name where DESIGN wants it.
 */
#ifndef COUNTERFOIL_TESTS_PAIRS_RULES_H
#define COUNTERFOIL_TESTS_PAIRS_RULES_H

#include "tests/pairs/outcome.h"

enum finding {
    FINDING_NONE, /* the rule has nothing to say about this one */
    FINDING_HOLDS,
    FINDING_BROKEN,
};

struct rule {
    const char *name;
    enum finding (*look)(const struct outcome *outcome, GString *why);
};

/* Each ends with a row without a name. */
extern const struct rule rules_of_readers[];   /* who gets it */
extern const struct rule rules_of_letters[];   /* what stands in its header */
extern const struct rule rules_of_notices[];   /* what we write ourselves */
extern const struct rule rules_of_tickets[];   /* what becomes of the ticket */
extern const struct rule rules_of_verdicts[];  /* what is refused, and how; repetitions */
extern const struct rule rules_of_handovers[]; /* who is handed a ticket over */
extern const struct rule rules_of_replies[];   /* what is told to those who ask */

enum finding rules_break(GString *why, const char *format, ...) G_GNUC_PRINTF(2, 3);

#endif
