/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a message says: its header fields as they came, and what can be read out of them and of
 * the MIME parts. Reads a message once; decides nothing; whatever a message contains, it
 * gives a struct mail, if need be one that says malformed.
 *
 * No state between calls; any thread, one message in one thread. The only errors are
 * ERROR_TEMPORARY (the spool could not be read). Time is linear in the message's size, memory is
 * that of the headers and the text.
 */
#ifndef COUNTERFOIL_MILTER_MAIL_H
#define COUNTERFOIL_MILTER_MAIL_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "db/auto.h"
#include "db/digest.h"
#include "milter/spool.h"

/* One header field as the MTA showed it: name, and value with its leading white space, folds as
 * "\n" + white space, undecoded. */
struct mail_header {
    char *name;
    char *value;
};

/* One address out of an address header. */
struct mail_address {
    char *name;    /* decoded display name, valid UTF-8 without controls, or NULL */
    char *address; /* normal form (address_normalise) */
};

struct mail_attachment {
    char *name;         /* decoded file name, RFC 2047 or RFC 2231; NULL when it has none */
    char *type;         /* "image/png", lower case */
    int64_t size_bytes; /* decoded */
};

/* Where a part lies: one that holds no others, or a message within the message (its header and
 * all below; what it holds comes next). Offsets are in the raw message. */
struct mail_part {
    char *type;     /* "message/rfc822", lower case */
    char *charset;  /* as labelled, or NULL */
    char *encoding; /* Content-Transfer-Encoding, raw, or NULL */
    int64_t begin;
    int64_t end;    /* behind its last byte */
    unsigned depth; /* how many messages within the message it is in */
};

/* Of each kind of address, and of identifiers, there is a limit: mailbox.h, msgid.h; of parts, and
 * how deep they may be nested: mime.h. */
struct mail {
    GPtrArray *headers;     /* struct mail_header, in order */
    GPtrArray *by_name;     /* the same, sorted: behind mail_header() and mail_header_count() */
    char *subject;          /* decoded UTF-8 of the first Subject; NULL: no such header */
    GPtrArray *from;        /* struct mail_address: of all From headers together, groups opened */
    GPtrArray *reply_to;    /* struct mail_address */
    GPtrArray *to;          /* struct mail_address */
    GPtrArray *cc;          /* struct mail_address */
    char *message_id;       /* without angle brackets; NULL: none */
    GPtrArray *in_reply_to; /* char *, without angle brackets, in order */
    GPtrArray *references;  /* char *, without angle brackets, in order */
    int64_t date_ms;        /* Date, milliseconds since 1970 UTC; -1: none, unreadable, before */
    char *content_type;     /* "multipart/report", lower case; "text/plain" when absent */
    char *report_type;      /* the report-type parameter, lower case, or NULL */
    char *text;             /* the message's text, UTF-8, capped; "" when there is none */
    GPtrArray *attachments; /* struct mail_attachment: what is not the text, in order */
    GPtrArray *parts;       /* struct mail_part, in order */
    int64_t size_bytes;     /* of the raw message */
    int64_t body_begin;     /* where the bytes behind the header's empty line begin; size_bytes:
                               there are none */
    uint8_t sha256[DIGEST_SIZE];      /* of the raw bytes */
    uint8_t same_sha256[DIGEST_SIZE]; /* of the raw bytes without this host's leading Received
                                         lines and our loop stamp (DESIGN 9) */
    uint8_t body_sha256[DIGEST_SIZE]; /* of what follows the header's empty line */
    bool malformed;                   /* the structure could not be read as the header claims */
};

/* The most text that is kept of one message, in bytes. */
#define MAIL_TEXT_MAX (1024 * 1024)

/* To be called by main(), once, before any mail_parse(). */
void mail_init(void);

/*
 * Reads the message in raw. headers: struct mail_header in order, as the MTA showed them; taken
 * over, even on error. hostname: this host's own name as its MTA writes it in "Received: … by
 * HOSTNAME", or NULL. Free the result with mail_free().
 */
struct mail *mail_parse(GPtrArray *headers, const struct spool *raw, const char *hostname,
                        GError **error);
void mail_free(struct mail *mail);
AUTO_DEFINE(mail, mail_free);

/* How many header fields of that name (any case) the message has. */
guint mail_header_count(const struct mail *mail, const char *name);

/* The raw value of the index-th (from 0) header field of that name, or NULL. Borrowed. */
const char *mail_header(const struct mail *mail, const char *name, guint index);

/* A header field of its own, for those who gather headers. */
struct mail_header *mail_header_new(const char *name, const char *value);
void mail_header_free(struct mail_header *header);

#endif
