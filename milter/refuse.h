/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Refusing a message, and the place where nothing is refused.
 */
#ifndef COUNTERFOIL_MILTER_REFUSE_H
#define COUNTERFOIL_MILTER_REFUSE_H

#include "milter/matter.h"

/*
 * Refuses the message with an SMTP code, an enhanced status code (RFC 3463) and a text for
 * whoever wrote it: what is wrong, and what to do. At the second door, where a refusal would
 * become a bounce to somebody who perhaps never wrote, the reason is kept in matter->refusal
 * instead and the message becomes a note (DESIGN 13). The first refusal counts.
 */
void refuse(struct matter *matter, const char *code, const char *status, const char *text);

/* Whether it is refused: no further step is needed. */
bool refuse_is_final(const struct matter *matter);

#endif
