/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One pass over a field's value, from one separator to the next. Not GMime's parser, whose time
 * grows with the square of a list of bare words, and which keeps every character set name that it
 * ever meets. Never fails; any thread.
 */
#include "milter/mailbox.h"

#include <stdbool.h>
#include <string.h>

#include "milter/address.h"
#include "milter/chars.h"
#include "milter/charset.h"
#include "milter/header.h"
#include "milter/mail.h"

#define TEXT_MAX 4096  /* of a name, in bytes; what is longer is cut */
#define LITERAL_MAX 64 /* between "[" and "]" */
#define WORD_MAX 300   /* an encoded word; RFC 2047 has 75 */
#define COMMAS_MAX 8   /* in a name that should have been quoted */

struct scan {
    const char *at;
    bool quotes;      /* a quote still means something: it is not the lone last one */
    bool comments;    /* the same of "(" */
    GString *text;    /* what stands outside of brackets, quotes included, comments not */
    GString *angle;   /* what stands in the brackets */
    GString *comment; /* the last comment */
    bool has_angle;
    unsigned commas;
};

static void free_address(void *data)
{
    struct mail_address *address = data;

    g_free(address->name);
    g_free(address->address);
    g_free(address);
}

GPtrArray *mailbox_list_new(void)
{
    return g_ptr_array_new_with_free_func(free_address);
}

static void append(GString *to, const char *bytes, size_t size)
{
    g_string_append_len(to, bytes, (gssize)MIN(size, TEXT_MAX - MIN(to->len, TEXT_MAX)));
}

/* The length of the quoted string that begins at text, or 0 when it does not end. */
static size_t quoted_length(const char *text)
{
    for (const char *at = text + 1; *at != '\0'; at++) {
        if (*at == '"')
            return (size_t)(at + 1 - text);
        if (*at == '\\' && at[1] != '\0')
            at++;
    }
    return 0;
}

static size_t comment_length(const char *text)
{
    unsigned depth = 0;

    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '(')
            depth++;
        else if (*at == ')' && --depth == 0)
            return (size_t)(at + 1 - text);
        else if (*at == '\\' && at[1] != '\0')
            at++;
    }
    return 0;
}

/* The length of the domain literal that begins at text, or 0. */
static size_t literal_length(const char *text)
{
    for (size_t i = 0; i < LITERAL_MAX && text[i] != '\0'; i++) {
        if (text[i] == ']')
            return i + 1;
    }
    return 0;
}

/* The length of the encoded word that begins at text, whatever is in it, or 0. */
static size_t encoded_length(const char *text)
{
    unsigned marks = 0;

    if (text[0] != '=' || text[1] != '?')
        return 0;
    for (size_t i = 1; i < WORD_MAX && text[i] > ' '; i++) {
        marks += text[i] == '?';
        if (marks == 4)
            return text[i + 1] == '=' ? i + 2 : 0;
    }
    return 0;
}

/* Whether a quote or comment begins here; then it is taken. A lone one is white space. */
static bool take_special(struct scan *scan, GString *to)
{
    if (*scan->at == '"' && scan->quotes) {
        size_t length = quoted_length(scan->at);

        scan->quotes = length > 0;
        append(to, length > 0 ? scan->at : " ", MAX(length, 1));
        scan->at += MAX(length, 1);
        return true;
    }
    if (*scan->at == '(' && scan->comments) {
        size_t length = comment_length(scan->at);

        scan->comments = length > 0;
        if (length > 0) {
            g_string_truncate(scan->comment, 0);
            append(scan->comment, scan->at + 1, length - 2);
        }
        append(to, " ", 1);
        scan->at += MAX(length, 1);
        return true;
    }
    return false;
}

static bool has_at(const GString *text)
{
    return memchr(text->str, '@', text->len) != NULL;
}

/* From "<" to ">", or to the separator that follows when that is missing. */
static void read_angle(struct scan *scan)
{
    bool is_route = false;

    scan->has_angle = true;
    scan->at++;
    while (*scan->at != '\0' && *scan->at != '>') {
        char c = *scan->at;

        if (take_special(scan, scan->angle))
            continue;
        if (c == '<' && !is_route && has_at(scan->angle)) {
            scan->at += strcspn(scan->at, ">,;"); /* <a@b<mailto:a@b>> */
            continue;
        }
        if (c == '<' || (is_route && c == ':')) {
            g_string_truncate(scan->angle, 0);
            is_route = false;
        } else if ((c == ',' || c == ';') && !is_route && has_at(scan->angle)) {
            return;
        } else {
            is_route = is_route || (c == '@' && scan->angle->len == 0);
            append(scan->angle, &c, 1);
        }
        scan->at++;
    }
    while (*scan->at == '>')
        scan->at++;
}

static void forget(struct scan *scan)
{
    g_string_truncate(scan->text, 0);
    g_string_truncate(scan->comment, 0);
    scan->commas = 0;
}

/* A comma ends an address, but for one in a name without quotes. */
static bool ends_at_comma(struct scan *scan)
{
    if (scan->has_angle || has_at(scan->text))
        return true;
    if (++scan->commas > COMMAS_MAX)
        forget(scan);
    return false;
}

/* What has to stay together: a domain literal or an encoded word begins here. */
static size_t unit_length(const char *text)
{
    size_t length = *text == '[' ? literal_length(text) : encoded_length(text);

    return MAX(length, 1);
}

/* Whether the address ends here, with a separator, which is taken, or for want of one. */
static bool ends_here(struct scan *scan)
{
    char c = *scan->at;

    if (c == ';' || (c == ',' && ends_at_comma(scan))) {
        scan->at++;
        return true;
    }
    return scan->has_angle && !g_ascii_isspace(c) && c != '(' && c != '>' && c != ',';
}

/* Reads up to where an address ends; false at the end of the value. */
static bool read_one(struct scan *scan)
{
    forget(scan);
    g_string_truncate(scan->angle, 0);
    scan->has_angle = false;
    while (*scan->at != '\0') {
        if (ends_here(scan))
            return true;
        if (take_special(scan, scan->text))
            continue;
        if (*scan->at == '<') {
            read_angle(scan);
            continue;
        }
        size_t length = unit_length(scan->at);
        if (*scan->at == ':')
            forget(scan);
        else if (*scan->at != '>')
            append(scan->text, scan->at, length);
        scan->at += length;
    }
    return scan->has_angle || scan->text->len > 0;
}

/* Takes out quotes, and the backslashes in them. */
static void unquote(GString *text)
{
    char *to = text->str;

    for (const char *from = text->str; *from != '\0'; from++) {
        if (*from == '"')
            continue;
        if (*from == '\\' && from[1] != '\0')
            from++;
        *to++ = *from;
    }
    g_string_truncate(text, (gsize)(to - text->str));
}

/* A decoded name without controls and needless white space, or NULL when nothing is left. */
static char *clean_name(const char *raw)
{
    g_autofree char *decoded = header_decode(raw);
    g_autoptr(GString) name = g_string_new(NULL);
    bool space = false;
    gunichar c;

    for (const char *at = decoded; *at != '\0';) {
        size_t spaces = chars_spaces(at);
        size_t length = spaces > 0 ? spaces : chars_next(at, &c);

        if (spaces == 0 && !chars_is_control(c)) {
            if (space && name->len > 0)
                g_string_append_c(name, ' ');
            g_string_append_len(name, at, (gssize)length);
        }
        space = spaces > 0 || (space && chars_is_control(c));
        at += length;
    }
    if (name->len > 2 && name->str[0] == '\'' && name->str[name->len - 1] == '\'') {
        g_string_truncate(name, name->len - 1);
        g_string_erase(name, 0, 1);
    }
    return name->len == 0 ? NULL : g_string_free(g_steal_pointer(&name), FALSE);
}

static void add(GPtrArray *list, char *address, char *name)
{
    struct mail_address *entry = g_new0(struct mail_address, 1);

    entry->address = address;
    entry->name = name;
    g_ptr_array_add(list, entry);
}

/* Addresses that stand among other words, without brackets; what is in front of the first is
 * taken for its name. */
static void add_words(GPtrArray *list, char *text)
{
    char *end;

    for (char *at = strchr(text, '@'); at != NULL && list->len < MAILBOX_COUNT_MAX;
         at = strchr(end, '@')) {
        char *word = at;

        while (word > text && !g_ascii_isspace(word[-1]))
            word--;
        end = at + strcspn(at, " \t\r\n");
        g_autofree char *bare = g_strndup(word, (size_t)(end - word));
        char *address = address_normalise(bare);
        if (address == NULL)
            continue;
        *word = '\0';
        add(list, address, clean_name(text));
        text = end;
    }
}

/* Adds what stands outside of brackets. */
static void add_bare(GPtrArray *list, struct scan *scan)
{
    const char *comma = strrchr(scan->text->str, ',');
    g_autofree char *text = g_strdup(comma == NULL ? scan->text->str : comma + 1);
    char *address = address_normalise(g_strstrip(text));

    if (address != NULL)
        add(list, address, clean_name(scan->comment->str));
    else
        add_words(list, text);
}

/* Adds what was read, if there is an address in it. */
static void add_found(GPtrArray *list, struct scan *scan)
{
    char *address = scan->has_angle ? address_normalise(scan->angle->str) : NULL;

    if (address == NULL && has_at(scan->text)) {
        add_bare(list, scan);
    } else if (address != NULL) {
        unquote(scan->text);
        char *name = clean_name(scan->text->str);
        add(list, address, name != NULL ? name : clean_name(scan->comment->str));
    }
}

void mailbox_read(GPtrArray *list, const char *raw)
{
    g_autofree char *value = charset_decode(NULL, raw, strlen(raw));
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GString) angle = g_string_new(NULL);
    g_autoptr(GString) comment = g_string_new(NULL);
    struct scan scan = {value, true, true, text, angle, comment, false, 0};

    while (list->len < MAILBOX_COUNT_MAX && read_one(&scan))
        add_found(list, &scan);
}
