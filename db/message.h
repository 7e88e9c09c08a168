/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages: written once, never changed; and what hangs on them. Times are milliseconds since
 * 1970 UTC. Changes are made inside the caller's transaction. Errors as store.h says; a find
 * that finds nothing gives NULL in *out.
 */
#ifndef COUNTERFOIL_DB_MESSAGE_H
#define COUNTERFOIL_DB_MESSAGE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "db/auto.h"
#include "db/digest.h"
#include "db/store.h"

/* The size of all pieces of a message but the last. */
#define MESSAGE_PIECE_SIZE (256 * 1024)

struct message {
    int64_t number;
    int64_t ticket; /* 0: a command that is of none */
    char *kind;     /* "request", "followup", "answer", … */
    int64_t at;
    char *sender;        /* envelope sender, normal form; "" for <> */
    char *author;        /* or NULL */
    char *author_name;   /* or NULL */
    int64_t operator_id; /* 0: not by an operator */
    char *proof;         /* "login", "network", "local", "dmarc", "dkim", or NULL; also of a
                            customer's, who is no operator by it: operator_id says who is */
    char *login;         /* or NULL */
    char *client;        /* or NULL */
    char *queue_id;      /* or NULL */
    char *subject;       /* decoded; NULL: no Subject */
    char *message_id;    /* or NULL */
    int64_t sent_at;     /* 0: no Date */
    char *text;          /* never NULL */
    bool malformed;
    int64_t size_bytes;
    uint8_t sha256[DIGEST_SIZE];
    uint8_t same_sha256[DIGEST_SIZE];
    uint8_t body_sha256[DIGEST_SIZE];
};

struct message_copy {
    char *address;
    char *role;
    int64_t operator_id; /* 0: one of the ticket's people */
    bool by_courier;     /* in a version of its own, from the outbox */
};

struct message_recipient {
    char *address;
    char *role; /* NULL: not a role address */
};

struct message_attachment {
    char *name; /* or NULL */
    char *type;
    int64_t size_bytes;
};

struct message *message_new(void);
void message_free(struct message *message);
AUTO_DEFINE(message, message_free);
struct message_copy *message_copy_new(const char *address, const char *role, int64_t operator_id);
void message_copy_free(struct message_copy *copy);

/* The number that the next message gets, true until the end of the transaction. */
bool message_next_number(struct store *store, int64_t *number, GError **error);

/* Writes a new message under message->number; then its parts, each in the order of the arrays.
 * ERROR_BUG: it is of no ticket, and no command. */
bool message_add(struct store *store, const struct message *message, GError **error);
bool message_add_piece(struct store *store, int64_t number, int64_t piece, const void *bytes,
                       size_t size, GError **error);
bool message_add_recipient(struct store *store, int64_t number, int64_t position,
                           const char *address, const char *role, GError **error);
bool message_add_attachment(struct store *store, int64_t number, int64_t position, const char *name,
                            const char *type, int64_t size_bytes, GError **error);
/* A copy that is there already stays as it is; but once the courier brings it, it does. */
bool message_add_copy(struct store *store, int64_t number, const struct message_copy *copy,
                      int64_t now, GError **error);
/* That the message was handed over for that role address (empty: nobody wrote to one), now;
 * resumed: because an earlier time was interrupted. */
bool message_add_handing_over(struct store *store, int64_t number, const char *role, int64_t now,
                              bool resumed, GError **error);
/* How often it was since then. */
bool message_count_handing_over(struct store *store, int64_t number, const char *role,
                                int64_t since, int64_t *count, GError **error);
/* Whether it was since then because it was resumed. */
bool message_was_resumed(struct store *store, int64_t number, const char *role, int64_t since,
                         bool *was, GError **error);

/* The role addresses that the message was handed over for: char *, sorted, each once. Freed with
 * the array. */
GPtrArray *message_roles(struct store *store, int64_t number, GError **error);

/* The messages recorded since then that are the same mail (DESIGN 9): same_sha256 equal; or
 * message_id (not NULL), author (or none, in both) and body_sha256 equal. Newest first, the newest
 * MESSAGE_SAME_MAX; their texts are empty. struct message, freed with the array. */
#define MESSAGE_SAME_MAX 20
GPtrArray *message_list_same(struct store *store, const uint8_t same_sha256[DIGEST_SIZE],
                             const char *message_id, const char *author,
                             const uint8_t body_sha256[DIGEST_SIZE], int64_t since, GError **error);

/* Has the operator ever had a copy of a message of that ticket? */
bool message_had_copy(struct store *store, int64_t ticket, int64_t operator_id, bool *had,
                      GError **error);

bool message_find(struct store *store, int64_t number, struct message **out, GError **error);

/* Whether that address wrote a message of the ticket. */
bool message_has_author(struct store *store, int64_t ticket, const char *author, bool *has,
                        GError **error);

/* Whether the ticket has a message of that kind. */
bool message_has_kind(struct store *store, int64_t ticket, const char *kind, bool *has,
                      GError **error);

/* Whether the message that opened the ticket is a request of that author's, with a proof. */
bool message_is_opened_with_proof(struct store *store, int64_t ticket, const char *author, bool *is,
                                  GError **error);

/* Whether there is a message with that Message-ID, on a ticket or on none. */
bool message_has_message_id(struct store *store, const char *message_id, bool *has, GError **error);

/* Whether a message of the kind auto, by that author (NULL: by nobody who says so), was copied to
 * anybody on the ticket since then. */
bool message_has_copied_auto(struct store *store, int64_t ticket, const char *author, int64_t since,
                             bool *has, GError **error);

/* Who wrote the request or follow-up with that Message-ID on the ticket, or on one merged into it:
 * *author and *name are yours, NULL when there is none. None either when it is not certain, since
 * others wrote with the same Message-ID: anybody can copy one. */
bool message_find_writer(struct store *store, int64_t ticket, const char *message_id, char **author,
                         char **name, GError **error);

/* In order of their numbers: struct message; struct message_copy by address; struct
 * message_recipient and struct message_attachment by position. Freed with the array. */
GPtrArray *message_list(struct store *store, int64_t ticket, GError **error);
GPtrArray *message_copies(struct store *store, int64_t number, GError **error);
GPtrArray *message_recipients(struct store *store, int64_t number, GError **error);
GPtrArray *message_attachments(struct store *store, int64_t number, GError **error);

/* Hands the raw bytes to take, piece by piece, in order; stops when take returns false (then
 * *error is what take set, if it did). ERROR_NOT_FOUND: no such message; ERROR_BUG: there are
 * fewer bytes, or more, than there were. take may use the store, but not for message_raw(). */
typedef bool (*message_take)(const void *bytes, size_t size, void *data, GError **error);
bool message_raw(struct store *store, int64_t number, message_take take, void *data,
                 GError **error);

#endif
