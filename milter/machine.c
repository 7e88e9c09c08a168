/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads marks, decides nothing. Any thread.
 */
#include "milter/machine.h"

#include <string.h>

/* The first word is "yes". */
static bool says_yes(const char *value)
{
    value += strspn(value, " \t\r\n");
    return g_ascii_strncasecmp(value, "yes", 3) == 0 && !g_ascii_isalnum(value[3]);
}

bool machine_is_spam(const struct mail *mail)
{
    static const char *const names[] = {"X-Spam-Flag", "X-Spam", "X-Spam-Status"};

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        for (guint n = 0; n < mail_header_count(mail, names[i]); n++)
            if (says_yes(mail_header(mail, names[i], n)))
                return true;
    return false;
}
