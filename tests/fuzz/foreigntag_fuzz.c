/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * milter/foreigntag: whatever the text, the tags are few, short, not our own, and each is found in
 * itself again.
 */
#include <glib.h>
#include <stdint.h>
#include <string.h>

#include "milter/foreigntag.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t key[1] = {1};
    const struct ticketid_site site = {"X-1.o", key, sizeof key};
    g_autofree char *subject = g_strndup((const char *)data, size);
    g_autoptr(GPtrArray) tags = foreigntag_list(&site, subject);

    g_assert(tags->len <= FOREIGNTAG_MAX);
    for (guint i = 0; i < tags->len; i++) {
        const char *tag = tags->pdata[i];
        g_autoptr(GPtrArray) again = foreigntag_list(&site, tag);

        g_assert(strlen(tag) <= 64 && !g_str_has_prefix(tag, "[x-1.o #"));
        g_assert_cmpuint(again->len, ==, 1);
        g_assert_cmpstr(again->pdata[0], ==, tag);
    }
    return 0;
}
