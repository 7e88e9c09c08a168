/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a proof of the header does not prove: that the author sent the message here, and now
 * (DESIGN section 5, proof (c)).
 */
#ifndef COUNTERFOIL_MILTER_REPLAY_H
#define COUNTERFOIL_MILTER_REPLAY_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "milter/matter.h"

/* How far its Date may be from now, in milliseconds: 3 days. */
#define REPLAY_DATE_MS (3 * INT64_C(86400000))

/*
 * Refuses a message of an operator of whom only the header is proven, unless that header says all
 * that counts: every role address written to, with its ticket or command, stands in To or Cc; Date
 * is within REPLAY_DATE_MS; the Message-ID is new to the site, or this is a retry of what was
 * recorded with it; none of these fields stands there twice. author_judge() has been called.
 * Errors as store.h says.
 */
bool replay_check(struct matter *matter, GError **error);

#endif
