/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds foreign tags. Knows no ticket. Pure, any thread, no errors.
 */
#include "milter/foreigntag.h"

#include <string.h>

#define WORD_MAX 40
#define DIGITS_MAX 20

static size_t span_word(const char *text)
{
    size_t size = 0;

    while (size <= WORD_MAX && text[size] != '\0' &&
           (g_ascii_isalnum(text[size]) || strchr("-._", text[size]) != NULL))
        size++;
    return size;
}

static size_t span_digits(const char *text)
{
    size_t size = 0;

    while (size <= DIGITS_MAX && g_ascii_isdigit(text[size]))
        size++;
    return size;
}

/* The tag that begins at text, which is behind a bracket; NULL: none does. */
static char *read_tag(const struct ticketid_site *site, const char *text)
{
    size_t word = span_word(text);
    const char *number = text + word;
    size_t digits;
    g_autofree char *tag = NULL;

    number += *number == ' ';
    if (word == 0 || word > WORD_MAX || *number != '#')
        return NULL;
    digits = span_digits(++number);
    if (digits == 0 || digits > DIGITS_MAX || number[digits] != ']')
        return NULL;
    if (word == strlen(site->tag) && g_ascii_strncasecmp(text, site->tag, word) == 0)
        return NULL;
    tag = g_strdup_printf("[%.*s #%.*s]", (int)word, text, (int)digits, number);
    return g_ascii_strdown(tag, -1);
}

GPtrArray *foreigntag_list(const struct ticketid_site *site, const char *subject)
{
    GPtrArray *tags = g_ptr_array_new_with_free_func(g_free);
    const char *at = subject != NULL ? strchr(subject, '[') : NULL;

    for (; at != NULL && tags->len < FOREIGNTAG_MAX; at = strchr(at + 1, '[')) {
        g_autofree char *tag = read_tag(site, at + 1);

        if (tag != NULL && !g_ptr_array_find_with_equal_func(tags, tag, g_str_equal, NULL))
            g_ptr_array_add(tags, g_steal_pointer(&tag));
    }
    return tags;
}
