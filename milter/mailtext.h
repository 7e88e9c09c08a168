/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a person reads of a message: decides which of its parts are its text, and which are
 * attachments; makes the text UTF-8. Is told of the parts in order, as they are found, and keeps
 * no more than the text. Knows nothing of how they are found. No state but the caller's; any
 * thread; never fails.
 */
#ifndef COUNTERFOIL_MILTER_MAILTEXT_H
#define COUNTERFOIL_MILTER_MAILTEXT_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db/auto.h"

/* A part that holds no others. Borrowed. */
struct mailtext_part {
    const char *type;     /* "text/plain", lower case */
    const char *charset;  /* as labelled, or NULL */
    const char *encoding; /* Content-Transfer-Encoding, raw, or NULL */
    const char *name;     /* decoded file name, or NULL */
    bool is_attachment;   /* its Content-Disposition says so */
};

struct mailtext;

struct mailtext *mailtext_new(void);
void mailtext_free(struct mailtext *text);
AUTO_DEFINE(mailtext, mailtext_free);

/* A part begins, its bytes as they stand in the message, it ends. */
void mailtext_begin(struct mailtext *text, const struct mailtext_part *part);
void mailtext_bytes(struct mailtext *text, const uint8_t *bytes, size_t size);
void mailtext_end(struct mailtext *text);

/* In place of mailtext_end(): it was no part at all. */
void mailtext_drop(struct mailtext *text);

/* A multipart opens; each of its parts comes next; it closes. is_alternative: they are the same
 * thing in other forms. */
void mailtext_open(struct mailtext *text, bool is_alternative);
void mailtext_next(struct mailtext *text);
void mailtext_close(struct mailtext *text);

/* A message within the message is an attachment, besides what is in it: adds it, and returns its
 * place for what is known of it later. */
guint mailtext_add_message(struct mailtext *text, const char *type, const char *name);
void mailtext_name_message(struct mailtext *text, guint place, const char *subject);
void mailtext_size_message(struct mailtext *text, guint place, int64_t size_bytes);

/* The text (mail.h: text), yours. *attachments: struct mail_attachment, yours. */
char *mailtext_finish(struct mailtext *text, GPtrArray **attachments);

#endif
