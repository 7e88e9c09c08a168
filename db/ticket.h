/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tickets: read, opened, changed, listed. Times are milliseconds since 1970 UTC. Changes are made
 * inside the caller's transaction. Errors as store.h says; a find that finds nothing gives NULL.
 */
#ifndef COUNTERFOIL_DB_TICKET_H
#define COUNTERFOIL_DB_TICKET_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "db/auto.h"
#include "db/store.h"

struct correspondent {
    char *address;
    char *name; /* or NULL */
};

struct ticket_department {
    int64_t id;
    char *name;
};

struct ticket {
    int64_t number;
    bool open;
    bool waiting_for_us; /* else for the customer; of no meaning once closed */
    int64_t waiting_since;
    GPtrArray *departments;    /* struct ticket_department: the owner first, then by name */
    char *requester;           /* or NULL */
    char *requester_name;      /* or NULL */
    GPtrArray *correspondents; /* struct correspondent, by address */
    int64_t assignee_id;       /* 0: nobody */
    char *assignee;            /* their first address, or NULL */
    char *subject;
    int64_t opened_at;
    int64_t updated_at;
    int64_t closed_at;   /* 0: open */
    int64_t merged_into; /* the ticket that it is part of now; 0: none */
    bool is_spam;        /* an operator said so */
    int64_t messages;    /* how many; filled by the find and list functions */
};

/* An empty ticket, to be filled and added: open, and waiting for us. */
struct ticket *ticket_new(void);
void ticket_free(struct ticket *ticket);
AUTO_DEFINE(ticket, ticket_free);

struct ticket_department *ticket_department_new(int64_t id, const char *name);
void ticket_department_free(struct ticket_department *department);
struct correspondent *correspondent_new(const char *address, const char *name);
void correspondent_free(struct correspondent *correspondent);

/* Is that department (by id) on the ticket? Is that address its requester, or a correspondent? */
bool ticket_has_department(const struct ticket *ticket, int64_t department_id);
bool ticket_has_person(const struct ticket *ticket, const char *address);

bool ticket_find(struct store *store, int64_t number, struct ticket **out, GError **error);

/* As ticket_find(), but a merged ticket leads to the one that it was merged into, by however many
 * steps. */
bool ticket_find_live(struct store *store, int64_t number, struct ticket **out, GError **error);

/* Is there a ticket of that requester which an operator called spam? */
bool ticket_has_spammer(struct store *store, const char *requester, bool *has, GError **error);

/* The lowest-numbered ticket above after (0: any) that has a message, or a notice, with this
 * Message-ID: anybody can copy one, so there may be several. *number is 0 when there is none. */
bool ticket_find_message_id(struct store *store, const char *message_id, int64_t after,
                            int64_t *number, GError **error);

/* Where mail to that ticket goes: the one that it was merged into, however often; itself, if it was
 * not, or is none. ticket_current() also goes from a closed ticket to the one that continues it, as
 * long as that is open. */
bool ticket_merged(struct store *store, int64_t number, int64_t *merged, GError **error);
bool ticket_current(struct store *store, int64_t number, int64_t *current, GError **error);

/* Makes continued the ticket that takes over from a closed one: see ticket_current(). */
bool ticket_continue(struct store *store, int64_t number, int64_t continued, GError **error);

/* That a message of the ticket, from that domain, bore a tag of another ticketing system; and the
 * newest open ticket of which that is so (or that such a one was merged into), 0 for none. */
bool ticket_add_foreign_tag(struct store *store, int64_t number, const char *domain,
                            const char *tag, GError **error);
bool ticket_find_foreign_tag(struct store *store, const char *domain, const char *tag,
                             int64_t *number, GError **error);

/* The number that the next ticket gets, true until the end of the transaction. */
bool ticket_next_number(struct store *store, int64_t *number, GError **error);

/* Writes a new ticket under ticket->number: every field but messages and the names. */
bool ticket_add(struct store *store, const struct ticket *ticket, GError **error);

/* Writes state, waiting, waiting_since, requester, assignee, updated_at, closed_at, merged_into and
 * is_spam, adds the departments that are not there yet, and makes the correspondents those of
 * ticket. The owner is departments[0]. ERROR_NOT_FOUND: no such ticket. */
bool ticket_update(struct store *store, const struct ticket *ticket, GError **error);

/* What `ticket list` asks; NULL, 0 or -1 means: no matter. */
struct ticket_filter {
    int64_t department_id; /* owner or further department */
    int open;              /* 1 open, 0 closed, -1 both */
    int waiting_for_us;    /* 1, 0, -1; only open tickets wait */
    int64_t assignee_id;
    bool nobody; /* only tickets without assignee */
    const char *requester;
    int64_t waiting_before; /* waiting since earlier than this; with or without waiting_for_us */
    int64_t updated_since;
};

/* Calls each for every ticket that fits, longest waiting first, then closed ones by last update,
 * newest first; stops when each returns false (then *error is what each set, if it did). each may
 * do anything with the store; a ticket is read just before it is handed over. */
typedef bool (*ticket_each)(const struct ticket *ticket, void *data, GError **error);
bool ticket_list(struct store *store, const struct ticket_filter *filter, ticket_each each,
                 void *data, GError **error);

#endif
