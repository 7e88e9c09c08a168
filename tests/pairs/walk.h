/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Goes through all pairs: decides each in a store of its own, follows the decision as the MTA does,
 * and has it looked at; then the same mail again, by its sender and by others.
 */
#ifndef COUNTERFOIL_TESTS_PAIRS_WALK_H
#define COUNTERFOIL_TESTS_PAIRS_WALK_H

#include "tests/pairs/outcome.h"

enum walk_how {
    WALK_BRIEF, /* each pair in one manner, which goes round; one of some again */
    WALK_PLAIN, /* each in the plain manner, none again */
    WALK_ALL,   /* each in every manner, and again */
};

/* Calls look for each outcome. every: only one of so many pairs. */
typedef void (*walk_look)(const struct outcome *outcome, void *data);
void walk_pairs(struct bench *bench, enum walk_how how, unsigned every, walk_look look, void *data);

#endif
