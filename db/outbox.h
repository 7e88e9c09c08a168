/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What Counterfoil itself sends: written in the transaction of what caused it, read and crossed off
 * by the courier. Changes are made inside the caller's transaction. Times are milliseconds since
 * 1970 UTC. Errors as store.h says.
 */
#ifndef COUNTERFOIL_DB_OUTBOX_H
#define COUNTERFOIL_DB_OUTBOX_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "db/auto.h"
#include "db/store.h"

/* The kind of another version of a message; every other kind is a notice's. */
#define OUTBOX_COPY "copy"

/* Some of the bytes of a mail: its own, or a message's of the archive. */
struct outbox_piece {
    GBytes *bytes;   /* NULL: message's */
    int64_t message; /* 0: bytes */
    int64_t begin;   /* from which byte of the message on */
    int64_t size;    /* how many bytes */
};

struct outbox_mail {
    int64_t number;
    char *kind;            /* "acknowledge", …, or OUTBOX_COPY */
    int64_t ticket;        /* 0: none */
    int64_t message;       /* which caused it; 0: none did */
    char *sender;          /* of the envelope; "" for <> */
    char *message_id;      /* without angle brackets; NULL: that of message */
    char *subject;         /* as it reads, for those who print it; not in the record; or NULL */
    bool is_counted;       /* against the limits of what a stranger can cause */
    GPtrArray *recipients; /* char *: of the envelope, normal form; at least one */
    GPtrArray *pieces;     /* struct outbox_piece, in order: header and body, lines end with CRLF */
};

/* Without recipients and pieces. */
struct outbox_mail *outbox_mail_new(int64_t number, const char *kind, const char *sender);
void outbox_mail_free(struct outbox_mail *mail);
AUTO_DEFINE(outbox_mail, outbox_mail_free);

/* Once, however often it is added. */
void outbox_mail_add_recipient(struct outbox_mail *mail, const char *address);
/* Bytes of its own; copied. */
void outbox_mail_add_text(struct outbox_mail *mail, const char *text, size_t size);
/* The bytes of a message from begin on, size of them. */
void outbox_mail_add_message(struct outbox_mail *mail, int64_t message, int64_t begin,
                             int64_t size);

/* The number that the next mail gets, true until the end of the transaction. */
bool outbox_next_number(struct store *store, int64_t *number, GError **error);

/* Writes it under mail->number, to be handed over at once; the messages of its pieces are there. */
bool outbox_add(struct store *store, const struct outbox_mail *mail, int64_t now, GError **error);

/* Of which ticket, and because of which message, a mail was written; 0: of none. Both are 0 when
 * there is no such mail. */
bool outbox_find_origin(struct store *store, int64_t number, int64_t *ticket, int64_t *message,
                        GError **error);

/* Under which address mail to this one is counted: an extension behind '+' does not make another
 * person, nor does another spelling of the domain. Addresses that may lead to another one, with
 * '%', '!' or '@' in the local part, are all counted as one. Yours. */
char *outbox_count_as(const char *address);

/* How many mails that count were written since then, to whom address belongs, and in all. */
bool outbox_count_to(struct store *store, const char *address, int64_t since, int64_t *count,
                     GError **error);
bool outbox_count(struct store *store, int64_t since, int64_t *count, GError **error);

/* Whether a mail of that kind was ever written about the ticket. */
bool outbox_has_kind(struct store *store, int64_t ticket, const char *kind, bool *has,
                     GError **error);

/* A recipient who waits. */
struct outbox_recipient {
    char *address;
    int64_t tries; /* how often it was tried until now */
    char *reply;   /* what was said then; NULL: nothing */
};

/* A mail that is due, with those of its recipients who are. */
struct outbox_due {
    int64_t number;
    char *kind;
    int64_t ticket;  /* 0: none */
    int64_t message; /* 0: none */
    int64_t at;      /* when it was written */
    char *sender;
    GPtrArray *recipients; /* struct outbox_recipient */
    GPtrArray *pieces;     /* struct outbox_piece; bytes are read by outbox_read() */
    int64_t size;          /* of all pieces */
};

void outbox_due_free(struct outbox_due *due);
AUTO_DEFINE(outbox_due, outbox_due_free);

/* The mail with a recipient who has been due longest at the time now, or NULL in *out: none is.
 * Then *next is when the next one will be; 0: nothing waits. */
bool outbox_find_due(struct store *store, int64_t now, struct outbox_due **out, int64_t *next,
                     GError **error);

/* Up to size bytes of the mail, from offset on, into buffer; -1 on an error, and ERROR_NOT_FOUND
 * when they are not there (any more). */
gssize outbox_read(struct store *store, const struct outbox_due *due, int64_t offset, void *buffer,
                   size_t size, GError **error);

/* What became of one recipient: taken by the mail server; to be tried again at next_at, having said
 * reply; given up, having said reply. When nobody waits for the mail any more its bytes go.
 * ERROR_NOT_FOUND: that recipient does not wait (any more). */
bool outbox_mark_sent(struct store *store, int64_t number, const char *address, int64_t now,
                      GError **error);
bool outbox_mark_later(struct store *store, int64_t number, const char *address, int64_t next_at,
                       const char *reply, GError **error);
bool outbox_mark_failed(struct store *store, int64_t number, const char *address, int64_t now,
                        const char *reply, GError **error);

/* How many recipients wait, and since when the one that waits longest has; 0: nobody waits. */
bool outbox_waiting(struct store *store, int64_t *count, int64_t *oldest, GError **error);

#endif
