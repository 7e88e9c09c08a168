/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From each at sign to both sides. Any thread; nothing can fail.
 */
#include "milter/mention.h"

#include <glib.h>
#include <string.h>

#include "milter/address.h"

/* Non-ASCII letters below this are of scripts that put spaces between words: what begins behind
 * one is not the beginning of an address. */
#define SPACED_SCRIPTS_END 0x0590

static bool is_local(char c)
{
    return g_ascii_isalnum(c) || (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~.", c) != NULL);
}

static bool is_domain(char c)
{
    return g_ascii_isalnum(c) || c == '-' || c == '.' || c == '_';
}

/* Whether the address at begin is the tail of one with letters from outside ASCII. */
static bool is_tail(const char *text, size_t from, size_t begin)
{
    if (begin == from || (guchar)text[begin - 1] < 0x80)
        return false;
    gunichar c = g_utf8_get_char_validated(g_utf8_prev_char(text + begin), -1);
    return c < SPACED_SCRIPTS_END && g_unichar_isalpha(c);
}

/* The address around the at sign, or NULL. */
static char *read_around(const char *text, size_t size, size_t from, size_t at,
                         struct mention *mention)
{
    size_t begin = at;
    size_t end = at + 1;

    while (begin > from && at - begin <= ADDRESS_LOCAL_MAX && is_local(text[begin - 1]))
        begin--;
    while (begin < at && strchr("'*`|.", text[begin]) != NULL)
        begin++;
    while (end < size && end - at <= ADDRESS_MAX && is_domain(text[end]))
        end++;
    while (end > at + 1 && !g_ascii_isalnum(text[end - 1]))
        end--;
    mention->begin = begin;
    mention->end = end;
    if (begin == at || end == at + 1 || end - begin > ADDRESS_MAX || is_tail(text, from, begin))
        return NULL;
    g_autofree char *written = g_strndup(text + begin, end - begin);
    return address_normalise(written);
}

bool mention_find(const char *text, size_t size, size_t from, struct mention *mention)
{
    while (from < size) {
        const char *at = memchr(text + from, '@', size - from);

        if (at == NULL)
            return false;
        mention->address = read_around(text, size, from, (size_t)(at - text), mention);
        if (mention->address != NULL)
            return true;
        from = MAX(mention->end, (size_t)(at - text) + 1);
    }
    return false;
}
