/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the headers of a message tell of a machine that had it in hand.
 */
#ifndef COUNTERFOIL_MILTER_MACHINE_H
#define COUNTERFOIL_MILTER_MACHINE_H

#include <stdbool.h>

#include "milter/mail.h"

/* Whether a spam filter marked it: X-Spam-Flag: YES, X-Spam: Yes, or X-Spam-Status: Yes and
 * whatever follows; any case. */
bool machine_is_spam(const struct mail *mail);

#endif
