/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes and reads the loop stamp. Whatever is not a stamp of ours is nothing. Any thread.
 */
#include "milter/stamp.h"

#include <string.h>

#include "db/digest.h"

#define HMAC_BYTES 16

char *stamp_write(const uint8_t key[KEY_SIZE], const char *instance, int64_t number)
{
    g_autofree char *text = g_strdup_printf("loop:%s:%" G_GINT64_FORMAT, instance, number);
    g_autoptr(GString) stamp = g_string_new(NULL);
    uint8_t mac[DIGEST_SIZE];

    digest_hmac(key, KEY_SIZE, text, strlen(text), mac);
    g_string_printf(stamp, "%s %" G_GINT64_FORMAT " ", instance, number);
    for (int i = 0; i < HMAC_BYTES; i++)
        g_string_append_printf(stamp, "%02x", mac[i]);
    return g_string_free(g_steal_pointer(&stamp), FALSE);
}

bool stamp_read(const uint8_t key[KEY_SIZE], const char *instance, const char *value,
                int64_t *number)
{
    g_autofree char *copy = g_strstrip(g_strdup(value));
    g_auto(GStrv) words = g_strsplit(copy, " ", 4);
    g_autofree char *expected = NULL;
    char *end = NULL;

    if (g_strv_length(words) != 3 || strcmp(words[0], instance) != 0)
        return false;
    *number = g_ascii_strtoll(words[1], &end, 10);
    if (*number <= 0 || end == words[1] || *end != '\0')
        return false;
    expected = stamp_write(key, instance, *number);
    return strlen(copy) == strlen(expected) && digest_equal(copy, expected, strlen(expected));
}
