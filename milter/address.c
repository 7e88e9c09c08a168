/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses: reading every spelling, writing one. Decides what is an address and which two are the
 * same. Any thread; nothing can fail.
 */
#include "milter/address.h"

#include <glib.h>
#include <string.h>

#include "milter/chars.h"

/* An address being read. */
struct reader {
    const char *p;
    GString *local; /* without quotes */
    GString *domain;
};

/* The length of the character at text if it can stand in a word without quotes, else 0. */
static size_t atom(const char *text)
{
    gunichar c;
    size_t size = chars_next(text, &c);

    if (size == 0 || chars_is_control(c) || chars_space(text) > 0)
        return 0;
    return c < 0x80 && strchr("()<>[]:;@\\,\".", (int)c) != NULL ? 0 : size;
}

/* Skips white space and comments, which may be nested; false if one has no end. */
static bool skip_comments(struct reader *reader)
{
    int depth = 0;

    for (; *reader->p != '\0'; reader->p++) {
        char c = *reader->p;

        if (c == '(')
            depth++;
        else if (depth > 0 && c == ')')
            depth--;
        else if (depth > 0 && c == '\\' && reader->p[1] != '\0')
            reader->p++;
        else if (depth == 0 && c != ' ' && c != '\t')
            return true;
    }
    return depth == 0;
}

/* Skips `@a,@b:`, if it stands there. What hosts it names is nobody's business. */
static bool skip_route(struct reader *reader)
{
    if (*reader->p != '@')
        return true;
    while (*reader->p != '\0' && *reader->p != ':') {
        if (*reader->p == '[')
            reader->p += strcspn(reader->p, "]");
        else if (strchr("<>\"", *reader->p) != NULL)
            return false;
        else
            reader->p++;
    }
    return *reader->p++ == ':' && skip_comments(reader);
}

static void read_atom(struct reader *reader, GString *out)
{
    size_t size;

    while ((size = atom(reader->p)) > 0) {
        g_string_append_len(out, reader->p, (gssize)size);
        reader->p += size;
    }
}

static bool read_quoted(struct reader *reader)
{
    for (reader->p++; *reader->p != '"'; reader->p++) {
        if (*reader->p == '\\')
            reader->p++;
        if (*reader->p == '\0' || *reader->p == '\t')
            return false;
        g_string_append_c(reader->local, *reader->p);
    }
    reader->p++;
    return true;
}

/* Reads up to and with the '@'. */
static bool read_local(struct reader *reader)
{
    for (;;) {
        if (!skip_comments(reader))
            return false;
        if (*reader->p != '"')
            read_atom(reader, reader->local);
        else if (!read_quoted(reader))
            return false;
        if (!skip_comments(reader))
            return false;
        if (*reader->p != '.')
            return *reader->p++ == '@' && reader->local->len > 0;
        g_string_append_c(reader->local, *reader->p++);
    }
}

static bool read_literal(struct reader *reader)
{
    size_t size = strspn(reader->p + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                        "0123456789.:-");

    if (size == 0 || reader->p[1 + size] != ']')
        return false;
    g_string_append_len(reader->domain, reader->p, (gssize)size + 2);
    reader->p += size + 2;
    return skip_comments(reader);
}

static bool read_domain(struct reader *reader)
{
    if (!skip_comments(reader))
        return false;
    if (*reader->p == '[')
        return read_literal(reader);
    for (;;) {
        size_t before = reader->domain->len;

        read_atom(reader, reader->domain);
        if (!skip_comments(reader))
            return false;
        if (reader->domain->len == before) { /* nothing after a dot: it was the final one */
            g_string_truncate(reader->domain, before > 0 ? before - 1 : 0);
            return before > 0;
        }
        if (*reader->p != '.')
            return true;
        g_string_append_c(reader->domain, *reader->p++);
        if (!skip_comments(reader))
            return false;
    }
}

static bool read_address(struct reader *reader)
{
    bool has_angles;

    if (!skip_comments(reader))
        return false;
    has_angles = *reader->p == '<';
    if (has_angles)
        reader->p++;
    if (!skip_comments(reader) || !skip_route(reader) || !read_local(reader) ||
        !read_domain(reader))
        return false;
    if (has_angles && *reader->p++ != '>')
        return false;
    return skip_comments(reader) && *reader->p == '\0';
}

static bool has_controls(const char *text)
{
    gunichar c;
    size_t size;

    for (; (size = chars_next(text, &c)) > 0; text += size)
        if (chars_is_control(c) && c != '\t')
            return true;
    return false;
}

/* Yours. */
static char *lower(const char *text)
{
    GString *out = g_string_new(NULL);
    gunichar c;
    size_t size;

    for (; (size = chars_next(text, &c)) > 0; text += size) {
        if (c == CHARS_INVALID)
            g_string_append_c(out, *text);
        else
            g_string_append_unichar(out, chars_lower(c));
    }
    return g_string_free(out, FALSE);
}

/* Whether a local part is words with single dots between. */
static bool is_dot_atom(const char *local)
{
    for (;;) {
        const char *word = local;
        size_t size;

        while ((size = atom(local)) > 0)
            local += size;
        if (local == word)
            return false;
        if (*local != '.')
            return *local == '\0';
        local++;
    }
}

/* The normal form of local (without quotes) and domain. Yours. */
static char *compose(const char *local, const char *domain)
{
    g_autofree char *low_local = lower(local);
    g_autofree char *low_domain = lower(domain);
    GString *out = g_string_new(NULL);

    if (is_dot_atom(low_local)) {
        g_string_append(out, low_local);
    } else {
        g_string_append_c(out, '"');
        for (const char *p = low_local; *p != '\0'; p++) {
            if (*p == '"' || *p == '\\')
                g_string_append_c(out, '\\');
            g_string_append_c(out, *p);
        }
        g_string_append_c(out, '"');
    }
    g_string_append_c(out, '@');
    g_string_append(out, low_domain);
    return g_string_free(out, FALSE);
}

char *address_normalise(const char *address)
{
    g_autoptr(GString) local = g_string_new(NULL);
    g_autoptr(GString) domain = g_string_new(NULL);
    struct reader reader = {address, local, domain};
    g_autofree char *normal = NULL;
    size_t domain_size;

    if (has_controls(address) || !read_address(&reader))
        return NULL;
    normal = compose(local->str, domain->str);
    domain_size = strlen(address_domain(normal));
    if (has_controls(normal)) /* made of what stood on both sides of a backslash */
        return NULL;
    if (strlen(normal) > ADDRESS_MAX || strlen(normal) - domain_size - 1 > ADDRESS_LOCAL_MAX)
        return NULL;
    return g_steal_pointer(&normal);
}

char *address_local(const char *normal)
{
    const char *at = strrchr(normal, '@');
    size_t size = at != NULL ? (size_t)(at - normal) : strlen(normal);
    GString *out = g_string_sized_new(size + 1);

    if (size < 2 || normal[0] != '"' || normal[size - 1] != '"') {
        g_string_append_len(out, normal, (gssize)size);
        return g_string_free(out, FALSE);
    }
    for (size_t i = 1; i < size - 1; i++) {
        if (normal[i] == '\\' && i + 1 < size - 1)
            i++;
        g_string_append_c(out, normal[i]);
    }
    return g_string_free(out, FALSE);
}

const char *address_domain(const char *normal)
{
    const char *at = strrchr(normal, '@');

    return at != NULL ? at + 1 : "";
}

/* Local parts that Postfix leaves whole (its split_addr). */
static bool is_uncut(const char *local, const char *delimiters)
{
    if (strcmp(local, "postmaster") == 0 || strcmp(local, "mailer-daemon") == 0 ||
        strcmp(local, "double-bounce") == 0)
        return true;
    return strchr(delimiters, '-') != NULL &&
           (g_str_has_prefix(local, "owner-") ||
            (g_str_has_suffix(local, "-request") && strlen(local) > strlen("-request")));
}

bool address_cut(const char *normal, const char *delimiters, char **base, char **extension)
{
    g_autofree char *local = address_local(normal);
    const char *set = delimiters != NULL ? delimiters : "";
    size_t at = strcspn(local, set);

    if (at == 0 || local[at] == '\0' || is_uncut(local, set)) {
        *base = g_strdup(normal);
        *extension = NULL;
        return false;
    }
    *extension = g_strdup(local + at + 1);
    local[at] = '\0';
    *base = compose(local, address_domain(normal));
    return true;
}

char *address_extend(const char *normal, char delimiter, const char *extension)
{
    g_autofree char *local = address_local(normal);
    g_autofree char *extended = g_strdup_printf("%s%c%s", local, delimiter, extension);

    return compose(extended, address_domain(normal));
}

bool address_is_ascii(const char *normal)
{
    return g_str_is_ascii(normal);
}

char *address_spelled(const char *normal)
{
    g_autofree char *local = address_local(normal);

    return g_strdup_printf("%s at %s", local, address_domain(normal));
}

bool address_same_domain(const char *a, const char *b)
{
    return strcmp(address_domain(a), address_domain(b)) == 0;
}
