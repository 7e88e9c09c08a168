/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What keeps a notice back that whoever wrote a message causes, to somebody who perhaps never wrote
 * it: machines, spam, forgers, ourselves. The thread that holds the store.
 */
#ifndef COUNTERFOIL_MILTER_HINDRANCE_H
#define COUNTERFOIL_MILTER_HINDRANCE_H

#include <glib.h>
#include <stdbool.h>

#include "milter/matter.h"

/* Why no notice to that address may follow from the message, for the event that says so: yours.
 * NULL: nothing forbids it. gate_look_for_spam() has been called. Errors as store.h says. */
bool hindrance_find(struct matter *matter, const char *address, char **why, GError **error);

#endif
