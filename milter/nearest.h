/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * "Did you mean …": the known name that a mistyped one was probably meant to be. Knows nothing
 * of what the names stand for. Pure; any thread; cannot fail.
 */
#ifndef COUNTERFOIL_MILTER_NEAREST_H
#define COUNTERFOIL_MILTER_NEAREST_H

/*
 * The name among names (NULL-terminated) that wrong is nearest to: letters added, left out,
 * replaced or swapped with their neighbour, each counting one, case counting nothing; the first
 * of several. NULL if none is near, that is within a third of the longer one's length, or if
 * wrong is longer than any name worth guessing at. Borrowed from names.
 */
const char *nearest_name(const char *wrong, const char *const *names);

#endif
