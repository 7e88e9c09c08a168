/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How long something has been, as people read it. Milliseconds since 1970 UTC; text is English,
 * whatever the locale. Pure functions; any thread; no errors.
 */
#ifndef COUNTERFOIL_MILTER_AGE_H
#define COUNTERFOIL_MILTER_AGE_H

#include <stdint.h>

/* How long it has been: "25 min", "3 h" up to two days, "12 days". What is to come is "0 min".
 * Yours. */
char *age_since(int64_t then, int64_t now);

#endif
