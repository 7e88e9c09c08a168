/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One pass over each value. Decides what still counts as an identifier: nearly everything in
 * angle brackets does, since all that matters is that the same one is read the same way again.
 * Never fails; any thread.
 */
#include "milter/msgid.h"

#include <stdbool.h>
#include <string.h>

#include "milter/chars.h"

/* The first identifier, and the last ones. */
struct found {
    char *first;
    GQueue *last; /* char * */
};

static void add(struct found *found, GString *id)
{
    if (id->len == 0 || id->len > MSGID_BYTES_MAX)
        return;
    if (found->first == NULL) {
        found->first = chars_valid(id->str);
        return;
    }
    g_queue_push_tail(found->last, chars_valid(id->str));
    if (g_queue_get_length(found->last) >= MSGID_COUNT_MAX)
        g_free(g_queue_pop_head(found->last));
}

static bool is_space(char c)
{
    return (guchar)c <= ' ' || c == 0x7F;
}

/* The end of the comment that begins at text, or just behind its "(" when it never ends. */
static const char *skip_comment(const char *text, bool *unending)
{
    unsigned depth = 0;

    for (const char *at = text; *at != '\0' && !*unending; at++) {
        if (*at == '(')
            depth++;
        else if (*at == ')' && --depth == 0)
            return at + 1;
        else if (*at == '\\' && at[1] != '\0')
            at++;
    }
    *unending = true;
    return text + 1;
}

/*
 * What stands in brackets, from behind "<" to ">", however it is folded. Where the bracket is
 * missing, the identifier ends at the next "<" or, at the end of the value, at its first space.
 */
static const char *read_bracketed(const char *text, GString *id)
{
    size_t word = 0;

    g_string_truncate(id, 0);
    for (; *text != '\0' && *text != '>' && *text != '<'; text++) {
        if (!is_space(*text) && id->len <= MSGID_BYTES_MAX)
            g_string_append_c(id, *text);
        else if (is_space(*text) && word == 0)
            word = id->len;
    }
    if (*text != '>' && word > 0)
        g_string_truncate(id, word);
    return *text == '>' ? text + 1 : text;
}

/* A word without brackets: its end. */
static const char *read_word(const char *text, GString *id)
{
    size_t length = 0;

    while (text[length] != '\0' && !is_space(text[length]) &&
           strchr("<>(),;\"", text[length]) == NULL)
        length++;
    g_string_truncate(id, 0);
    g_string_append_len(id, text, (gssize)MIN(length, MSGID_BYTES_MAX + 1));
    return text + MAX(length, 1);
}

static void read_value(const char *value, struct found *found)
{
    bool has_brackets = strchr(value, '<') != NULL;
    bool unending = false;
    g_autoptr(GString) id = g_string_new(NULL);

    while (*value != '\0') {
        if (*value == '(') {
            value = skip_comment(value, &unending);
        } else if (*value == '<') {
            value = read_bracketed(value + 1, id);
            add(found, id);
        } else {
            value = read_word(value, id);
            if (!has_brackets && memchr(id->str, '@', id->len) != NULL)
                add(found, id);
        }
    }
}

GPtrArray *msgid_read(const char *const *values, guint count)
{
    GPtrArray *ids = g_ptr_array_new_with_free_func(g_free);
    struct found found = {.last = g_queue_new()};

    for (guint i = 0; i < count; i++)
        read_value(values[i], &found);
    if (found.first != NULL)
        g_ptr_array_add(ids, found.first);
    while (!g_queue_is_empty(found.last))
        g_ptr_array_add(ids, g_queue_pop_head(found.last));
    g_queue_free(found.last);
    return ids;
}
