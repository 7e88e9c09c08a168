/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one thing we want to know of a Received header. Any thread.
 */
#include "milter/received.h"

#include <string.h>

#include "milter/mail.h"

#define SPACES " \t\n"

/* Comments may hold a "by" too. */
static const char *skip_comment(const char *text)
{
    int depth = 0;

    for (; *text != '\0'; text++) {
        if (*text == '(')
            depth++;
        else if (*text == ')' && --depth == 0)
            return text + 1;
    }
    return text;
}

char *received_host(const char *value)
{
    bool is_next = false;

    while (*(value += strspn(value, SPACES)) != '\0') {
        size_t size = strcspn(value, SPACES "(;");

        if (*value == '(') {
            value = skip_comment(value);
            continue;
        }
        if (*value == ';')
            return NULL;
        if (is_next)
            return g_strndup(value, size);
        is_next = size == 2 && g_ascii_strncasecmp(value, "by", 2) == 0;
        value += size;
    }
    return NULL;
}

char *received_by(GPtrArray *headers)
{
    const struct mail_header *top = headers->len > 0 ? headers->pdata[0] : NULL;

    if (top == NULL || g_ascii_strcasecmp(top->name, "Received") != 0)
        return NULL;
    return received_host(top->value);
}
