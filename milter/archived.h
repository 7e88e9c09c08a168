/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A message of the archive, read as it was when it came.
 */
#ifndef COUNTERFOIL_MILTER_ARCHIVED_H
#define COUNTERFOIL_MILTER_ARCHIVED_H

#include <glib.h>
#include <stdint.h>

#include "db/store.h"
#include "milter/mail.h"

/*
 * What the header of a recorded message says. Its body is taken to be empty: text, parts,
 * attachments, size and digests are not the message's. Needs the memory of the header and of one
 * piece. NULL, with an error as message_raw() has it, when it can't be read. Yours: mail_free().
 */
struct mail *archived_header(struct store *store, int64_t number, GError **error);

/* The fields that size bytes of header begin with, as the MTA showed them: struct mail_header, with
 * folds as "\n"; the array frees them. Ends at the empty line. */
GPtrArray *archived_fields(const char *header, size_t size);

#endif
