/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The site's key: 32 random bytes in a file of their own, from which the check letters of ticket
 * IDs and the loop stamps are made. Without it, the record's tickets can't be found again.
 */
#ifndef COUNTERFOIL_DB_KEY_H
#define COUNTERFOIL_DB_KEY_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "db/digest.h"

#define KEY_SIZE 32

/* Makes a new key and writes it to path, mode 0600, synced. ERROR_REFUSED when path exists. */
bool key_create(const char *path, uint8_t key[KEY_SIZE], GError **error);

/* Reads the key. ERROR_NOT_FOUND: no such file; ERROR_CONFIG: not 32 bytes, unreadable, or
 * readable by others than its owner and group. */
bool key_load(const char *path, uint8_t key[KEY_SIZE], GError **error);

/* What the database keeps of the key, to tell it from another: HMAC(key, "key-mark"). */
void key_mark(const uint8_t key[KEY_SIZE], uint8_t mark[DIGEST_SIZE]);

#endif
