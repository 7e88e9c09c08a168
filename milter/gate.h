/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a department lets in: its settings closed and spam (DESIGN section 5).
 */
#ifndef COUNTERFOIL_MILTER_GATE_H
#define COUNTERFOIL_MILTER_GATE_H

#include <glib.h>
#include <stdbool.h>

#include "milter/matter.h"

/* Fills matter->is_spam, and matter->is_spammer: further mail of somebody whose ticket was called
 * spam. The author is known. Errors as store.h says. */
bool gate_look_for_spam(struct matter *matter, GError **error);

/*
 * Refuses a customer's new request when every department written to is closed, and spam when every
 * one of them refuses it. A request that reaches an open department as well is handled under the
 * role address of the first open one. gate_look_for_spam() has been called.
 */
void gate_check(struct matter *matter);

/* Whether the department may join the ticket by this message: one that is closed to customers
 * may not. */
bool gate_may_join(const struct matter *matter, const struct department *department);

/* Whether its operators get copies of this message: they do, but of spam that is only logged,
 * or that the department refuses. */
bool gate_wants_copy(const struct matter *matter, const struct department *department);

#endif
