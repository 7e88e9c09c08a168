/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A scanner with a counter for comments within comments. Any thread; nothing can fail.
 */
#include "milter/comment.h"

#include <glib.h>
#include <stddef.h>

const char *comment_end(const char *text)
{
    size_t depth = 0;

    for (; *text != '\0'; text++) {
        if (*text == '(')
            depth++;
        else if (*text == ')' && --depth == 0)
            return text + 1;
        else if (*text == '\\' && text[1] != '\0')
            text++;
    }
    return text;
}

const char *comment_skip_space(const char *text)
{
    while (g_ascii_isspace(*text) || *text == '(')
        text = *text == '(' ? comment_end(text) : text + 1;
    return text;
}
