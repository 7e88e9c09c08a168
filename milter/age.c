/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Words for ages. Rounds down: nothing is older than it says. Any thread.
 */
#include "milter/age.h"

#include <glib.h>

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)

char *age_since(int64_t then, int64_t now)
{
    int64_t age = MAX(now - then, 0);

    if (age < HOUR_MS)
        return g_strdup_printf("%" G_GINT64_FORMAT " min", age / MINUTE_MS);
    if (age < 2 * DAY_MS)
        return g_strdup_printf("%" G_GINT64_FORMAT " h", age / HOUR_MS);
    return g_strdup_printf("%" G_GINT64_FORMAT " days", age / DAY_MS);
}
