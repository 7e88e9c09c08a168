/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Single characters. Knows nothing of mail. Any thread; nothing can fail.
 */
#include "milter/chars.h"

size_t chars_next(const char *text, gunichar *c)
{
    gunichar next;

    if (*text == '\0') {
        *c = 0;
        return 0;
    }
    next = g_utf8_get_char_validated(text, -1);
    if (next == (gunichar)-1 || next == (gunichar)-2) {
        *c = CHARS_INVALID;
        return 1;
    }
    *c = next;
    return (size_t)(g_utf8_next_char(text) - text);
}

size_t chars_space(const char *text)
{
    gunichar c;
    size_t size = chars_next(text, &c);

    return size > 0 && c != CHARS_INVALID && g_unichar_isspace(c) ? size : 0;
}

size_t chars_spaces(const char *text)
{
    size_t all = 0;
    size_t one;

    while ((one = chars_space(text + all)) > 0)
        all += one;
    return all;
}

bool chars_is_control(gunichar c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

gunichar chars_lower(gunichar c)
{
    gunichar lower;

    if (c == CHARS_INVALID)
        return c;
    lower = g_unichar_tolower(c);
    return lower < 0x80 && c >= 0x80 ? c : lower;
}

bool chars_is_turning(gunichar c)
{
    return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

char *chars_valid(const char *text)
{
    return g_utf8_make_valid(text, -1);
}
