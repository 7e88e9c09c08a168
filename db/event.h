/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What was done, when, by whom, by which message. Written inside the caller's transaction, never
 * changed. Errors as store.h says.
 */
#ifndef COUNTERFOIL_DB_EVENT_H
#define COUNTERFOIL_DB_EVENT_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "db/auto.h"
#include "db/store.h"

/* The kind of a note that was typed: its detail is the text, of one line or many. */
#define EVENT_NOTE "note"

struct event {
    int64_t at;
    char *kind;            /* "opened", "assigned", "closed", … */
    int64_t ticket;        /* 0: the site's or a department's */
    int64_t department_id; /* 0: none */
    int64_t message;       /* 0: by no message */
    char *actor;           /* an address or a login, or NULL */
    char *detail;          /* or NULL */
};

struct event *event_new(const char *kind, const char *actor, const char *detail);
void event_free(struct event *event);
AUTO_DEFINE(event, event_free);

bool event_add(struct store *store, const struct event *event, GError **error);

/* Whether the ticket has an event of that kind by that message (0: by none), not older than since.
 */
bool event_has(struct store *store, int64_t ticket, const char *kind, int64_t message,
               int64_t since, bool *has, GError **error);

/* A ticket's events in order: struct event, freed with the array. */
GPtrArray *event_list(struct store *store, int64_t ticket, GError **error);

#endif
