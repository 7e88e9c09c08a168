/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A message's bytes, taken apart and put together again as an MTA and the session do it on the
 * way to mail_parse(). For tests.
 */
#ifndef COUNTERFOIL_TESTS_UNIT_LETTER_H
#define COUNTERFOIL_TESTS_UNIT_LETTER_H

#include "milter/mail.h"

struct letter {
    GPtrArray *headers; /* struct mail_header */
    struct spool *spool;
};

/*
 * The header fields in size bytes (line ends of either kind) up to the first empty line, or the
 * first that is no field, and a spool with the message as the session writes it, of which
 * memory_bytes may stay in memory. NULs in header fields are lost, as in the milter protocol.
 */
struct letter letter_open(const void *bytes, size_t size, size_t memory_bytes);
void letter_close(struct letter *letter);

/* What the message says. letter_open() is done with; free the result. Never NULL. */
struct mail *letter_read(const void *bytes, size_t size, size_t memory_bytes, const char *hostname);

#endif
