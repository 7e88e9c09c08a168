/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The raw bytes of one message while it is in the filter's hands: in memory up to a limit, then
 * in a file without a name, so that memory stays bounded however large the message is. Counts
 * and hashes what passes through it, so that nothing reads the message twice for that.
 *
 * One session, one thread at a time. A disk that is full is ERROR_TEMPORARY.
 */
#ifndef COUNTERFOIL_MILTER_SPOOL_H
#define COUNTERFOIL_MILTER_SPOOL_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db/auto.h"
#include "db/digest.h"

struct spool;

/*
 * A new, empty spool. folder: where the nameless file is made when the message grows over
 * memory_bytes (O_TMPFILE, or made and unlinked at once where the file system has no such thing);
 * copied. Free it with spool_free().
 */
struct spool *spool_new(const char *folder, size_t memory_bytes);
void spool_free(struct spool *spool);
AUTO_DEFINE(spool, spool_free);

/* Appends size bytes. ERROR_TEMPORARY when they could not be kept; the spool is then useless: every
 * later call that can fail does. bytes may be NULL when size is 0. */
bool spool_append(struct spool *spool, const void *bytes, size_t size, GError **error);

/* How many bytes it holds. */
int64_t spool_size(const struct spool *spool);

/* The SHA-256 of the bytes, computed as they came. It closes the spool: nothing can be appended
 * after it (ERROR_BUG). May be asked again. */
void spool_sha256(const struct spool *spool, uint8_t out[DIGEST_SIZE]);

/* Copies up to size bytes from offset into out; the count copied, which is less than size only at
 * the end (0: offset is the end or beyond it), or -1: ERROR_TEMPORARY. */
gssize spool_read(const struct spool *spool, int64_t offset, void *out, size_t size,
                  GError **error);

/* The bytes as one block if they are all in memory (borrowed, valid until the next append), else
 * NULL: then use spool_fd(). */
const uint8_t *spool_memory(const struct spool *spool);

/* The file that holds the bytes, or -1 while they are in memory. Borrowed. */
int spool_fd(const struct spool *spool);

#endif
