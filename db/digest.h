/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SHA-256, HMAC-SHA-256 and random bytes: the only module that sees the cryptographic library.
 * Knows nothing of what is hashed, and why. No state but the caller's; any thread. A digest that
 * can't be made (no memory, no randomness, a crippled library) ends the program: nothing that
 * depends on it could go on.
 */
#ifndef COUNTERFOIL_DB_DIGEST_H
#define COUNTERFOIL_DB_DIGEST_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db/auto.h"

#define DIGEST_SIZE 32

struct digest;

/* To be called by main(), once, before any other: the library is not taken down at exit, when
 * libmilter's threads may still be in it. */
void digest_init(void);

/* A SHA-256 (FIPS 180-4) of bytes yet to come. Yours: digest_finish() or digest_free(). */
struct digest *digest_new(void);

/* The next size bytes. data may be NULL when size is 0. */
void digest_update(struct digest *digest, const void *data, size_t size);

/* Writes the hash of all bytes given, and frees digest. */
void digest_finish(struct digest *digest, uint8_t out[DIGEST_SIZE]);

/* Gives a digest up. NULL is fine. */
void digest_free(struct digest *digest);
AUTO_DEFINE(digest, digest_free);

/* HMAC-SHA-256 (RFC 2104) of size bytes of data. key and data may be NULL when their size is 0. */
void digest_hmac(const uint8_t *key, size_t key_size, const void *data, size_t size,
                 uint8_t out[DIGEST_SIZE]);

/* Fills out with size bytes that nobody can predict, fit for keys. */
void digest_random(uint8_t *out, size_t size);

/* Whether size bytes are the same. How long it takes says nothing about where they differ. */
bool digest_equal(const void *a, const void *b, size_t size);

#endif
