/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The structure of a message's body (RFC 2046): which parts there are, where each begins and
 * ends. One pass, whatever comes, in memory that does not grow with the message: nesting and the
 * number of parts have limits, and what lies beyond is left unread. What the parts mean is
 * mailtext's business.
 *
 * Not GMime's parser: with that, the memory grows with the parts (650 MB for five megabytes of
 * them) and the time with their number times their depth. No state but the caller's; any thread.
 */
#ifndef COUNTERFOIL_MILTER_MIME_H
#define COUNTERFOIL_MILTER_MIME_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db/auto.h"
#include "milter/mailtext.h"

#define MIME_DEPTH_MAX 20   /* deeper structure is an attachment, unopened */
#define MIME_PARTS_MAX 1000 /* what comes after so many parts is not read */

/* The least that mime_feed() must be given at once, if there is more to come. */
#define MIME_FEED_MIN (8 * 1024)

/* The fields of a part's header that matter here: raw values, or NULL. Borrowed. */
struct mime_fields {
    const char *type;        /* Content-Type */
    const char *disposition; /* Content-Disposition */
    const char *encoding;    /* Content-Transfer-Encoding */
    const char *subject;     /* of a message within the message */
};

struct mime;

/* A reader of the body of a message whose header has these fields, that tells text, which must
 * outlive it, what there is. Free it with mime_free(). */
struct mime *mime_new(const struct mime_fields *fields, struct mailtext *text);
void mime_free(struct mime *mime);
AUTO_DEFINE(mime, mime_free);

/*
 * Reads the next size bytes. How many were taken is returned: with is_last all of them; else the
 * rest, which is shorter than MIME_FEED_MIN, must come again, with more behind it.
 */
size_t mime_feed(struct mime *mime, const uint8_t *bytes, size_t size, bool is_last);

/* Ends what is still open after the last byte. */
void mime_finish(struct mime *mime);

/* What was found, when mime_finish() has been called: struct mail_part (mail.h), their offsets
 * counted from where the body lies, which is at begin. To be asked once; yours. */
GPtrArray *mime_take_parts(struct mime *mime, int64_t begin);

/* Whether the structure could not be read as the header claims. */
bool mime_is_malformed(const struct mime *mime);

#endif
