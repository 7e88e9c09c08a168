/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The commands of one message (DESIGN section 6): its command addresses, in the envelope's order.
 * Who may give which, and what is refused before anything is done. The thread that holds the store;
 * errors as store.h says.
 */
#ifndef COUNTERFOIL_MILTER_ORDERS_H
#define COUNTERFOIL_MILTER_ORDERS_H

#include <glib.h>
#include <stdbool.h>

#include "milter/command.h"
#include "milter/matter.h"

struct order {
    enum command command;
    char *argument; /* or NULL */
};

void order_free(struct order *order);

/*
 * Fills matter->orders and matter->has_plain; the author has been judged. For an operator a word
 * that is neither ticket nor command is refused; for anybody else what is not theirs to give is the
 * plain role address. Refuses what can't be: no ticket, people outside who would read what is
 * inside, words that contradict each other.
 */
void orders_read(struct matter *matter);

/* The same from the recipients that a message is recorded with, which were judged then: refuses
 * nothing. */
void orders_restore(struct matter *matter, const struct addressees *recorded);

bool orders_has(const struct matter *matter, enum command command);

/* The address in role+for-LOCAL=DOMAIN, in normal form, or NULL. Yours. */
char *orders_person(const struct matter *matter);

/* Whether the message is addressed to role+note. Before orders_read(). */
bool orders_ask_for_note(const struct matter *matter);

/* Whether every role address in the envelope is a command that is of no ticket. Before
 * orders_read(). */
bool orders_only_ask(const struct matter *matter);

/* *are: whether it gives a command that the record of earlier, the same mail, did not come with;
 * or, where that is of no ticket, goes to any other role address. Before orders_read(). */
bool orders_are_new(struct matter *matter, const struct message *earlier, bool *are,
                    GError **error);

#endif
