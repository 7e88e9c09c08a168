/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A ticket told to somebody who never saw it: how it stands, and what happened, as text. Of a long
 * one both ends are read and told, and how much is left out. Knows no mail that it goes into. The
 * thread that holds the store; errors as store.h says.
 */
#ifndef COUNTERFOIL_MILTER_STORY_H
#define COUNTERFOIL_MILTER_STORY_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "db/auto.h"
#include "db/conversation.h"
#include "db/ticket.h"
#include "milter/post.h"

/* The most lines that tell what happened: half of them from the beginning on. */
#define STORY_LINES_MAX 200

struct story {
    const struct post *post;
    const struct ticket *ticket;
    struct conversation *conversation; /* what the record has; at hand events are added */
    GPtrArray *messages;               /* const struct message *: these, and the one at hand */
    int64_t message_count;             /* how many there are */
};

/* Reads the story of ticket, with what is at hand in post (its message, and events: struct event
 * that are not in the record yet), as far as it is of this ticket, or of one that is merged into it
 * by that. Borrows post and ticket. *out is yours. */
bool story_read(const struct post *post, const struct ticket *ticket, GPtrArray *events,
                struct story **out, GError **error);
void story_free(struct story *story);
AUTO_DEFINE(story, story_free);

/* Appends who the ticket's people are, and how it stands: lines of the form "State: open". */
bool story_tell_state(const struct story *story, GString *out, GError **error);

/* Appends what happened, in order of time. */
bool story_tell(const struct story *story, GString *out, GError **error);

#endif
