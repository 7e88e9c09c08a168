/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a ticket consists of, with all tickets that were merged into it: messages, without their
 * texts and bytes, and events. However many there are, no more than some at either end are held in
 * memory. Reads only. Errors as store.h says.
 */
#ifndef COUNTERFOIL_DB_CONVERSATION_H
#define COUNTERFOIL_DB_CONVERSATION_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "db/auto.h"
#include "db/store.h"

struct conversation {
    GPtrArray *messages; /* struct message, by number; of each are filled number, ticket, kind, at,
                            sender, author, author_name, operator_id, subject, message_id and
                            size_bytes */
    GPtrArray *events;   /* struct event, in order of time */
    int64_t message_count; /* how many there are, read or not */
    int64_t event_count;
};

/* The first most and the last most of the messages, and so of the events: all, where there are no
 * more than twice that. also: a ticket that is about to be merged into it; 0: none. *out is yours.
 */
bool conversation_read(struct store *store, int64_t ticket, int64_t also, int64_t most,
                       struct conversation **out, GError **error);
void conversation_free(struct conversation *conversation);
AUTO_DEFINE(conversation, conversation_free);

/* Whether it has a message with a lower number than that one. */
bool conversation_has_before(struct store *store, int64_t ticket, int64_t message, bool *has,
                             GError **error);

#endif
