/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Header values. Decides what is encoded and where lines end. Any thread; nothing can fail.
 */
#include "milter/header.h"

#include <string.h>

#include "milter/chars.h"
#include "milter/rfc2047.h"

#define LINE_MAX_BYTES 76  /* RFC 2047's limit for lines with encoded words; we keep it for all */
#define WORD_MAX_BYTES 500 /* a longer word is encoded, since only so it can be folded */
#define SPACES_MAX 40      /* the same for white space, which must not fill a line of its own */

/* A value under way. */
struct writer {
    GString *value;
    size_t name_size; /* of "Name:", which stands before it */
    size_t column;    /* bytes in the line so far */
};

static void begin(struct writer *writer, const char *name)
{
    writer->value = g_string_new(NULL);
    writer->name_size = strlen(name) + 1;
    writer->column = writer->name_size;
}

static void append(struct writer *writer, const char *text, size_t size)
{
    g_string_append_len(writer->value, text, (gssize)size);
    writer->column += size;
}

static void fold(struct writer *writer)
{
    g_string_append_c(writer->value, '\n');
    writer->column = 0;
}

/* Appends ASCII words, each with the spaces before it; where a line is full, the next begins with
 * these. */
static void append_words(struct writer *writer, const char *text, size_t size)
{
    for (size_t i = 0; i < size;) {
        size_t spaces = strspn(text + i, " ");
        size_t both = spaces + strcspn(text + i + spaces, " ");

        both = MIN(both, size - i);
        if (spaces > 0 && writer->column + both > LINE_MAX_BYTES && writer->value->len > 1)
            fold(writer);
        append(writer, text + i, both);
        i += both;
    }
}

/* text, valid, with tabs and line breaks as spaces and without other controls, and without what is
 * too much. Yours. */
static char *clean(const char *text)
{
    g_autofree char *valid = chars_valid(text);
    GString *out = g_string_sized_new(strlen(valid) + 1);
    gunichar c;
    size_t size;

    for (const char *p = valid; (size = chars_next(p, &c)) > 0; p += size) {
        if (out->len + size > HEADER_TEXT_MAX)
            break;
        if (!chars_is_control(c))
            g_string_append_len(out, p, (gssize)size);
        else if (chars_space(p) > 0)
            g_string_append_c(out, ' ');
    }
    return g_string_free(out, FALSE);
}

/* What of a text has to be encoded: from one word to another, with the spaces between. */
struct region {
    size_t from;
    size_t to; /* 0: nothing */
};

static bool needs_encoding(const char *word, size_t size, size_t spaces, bool is_first)
{
    return size == 0 || size > WORD_MAX_BYTES || spaces > SPACES_MAX || (is_first && spaces > 0) ||
           rfc2047_is_needed(word, size);
}

/*
 * Next to an encoded word stands one plain space; what more there is belongs to it, as do spaces
 * at either end of the text: there, readers differ in what they keep.
 */
static struct region find_region(const char *text)
{
    struct region region = {0, 0};
    size_t word_from = 0; /* where the region begins if it begins with this word */

    for (size_t i = 0; text[i] != '\0';) {
        size_t spaces = strspn(text + i, " ");
        size_t size = strcspn(text + i + spaces, " ");

        if (size > 0) /* otherwise it ends in spaces, which go with the word before */
            word_from = i == 0 ? 0 : i + 1;
        i += spaces + size;
        if (!needs_encoding(text + i - size, size, spaces, i == spaces + size))
            continue;
        if (region.to == 0)
            region.from = word_from;
        region.to = i;
    }
    if (region.to > 0 && text[region.to] != '\0')
        region.to += strspn(text + region.to, " ") - 1;
    return region;
}

static void append_encoded(struct writer *writer, const char *text, size_t size)
{
    const char *last;

    if (writer->value->len > 0 && writer->column + 1 + RFC2047_MIN > LINE_MAX_BYTES)
        fold(writer);
    append(writer, " ", 1);
    rfc2047_encode(writer->value, text, size,
                   LINE_MAX_BYTES - MIN(writer->column, LINE_MAX_BYTES - RFC2047_MIN), "\n ");
    last = strrchr(writer->value->str, '\n');
    writer->column = last != NULL ? strlen(last + 1) : writer->name_size + writer->value->len;
}

char *header_text(const char *name, const char *utf8)
{
    g_autofree char *text = clean(utf8);
    struct region region = find_region(text);
    struct writer writer;

    begin(&writer, name);
    if (region.to == 0 || region.from > 0) {
        size_t plain = region.to == 0 ? strlen(text) : region.from - 1;

        append(&writer, " ", 1);
        append_words(&writer, text, plain);
    }
    if (region.to > 0) {
        append_encoded(&writer, text + region.from, region.to - region.from);
        append_words(&writer, text + region.to, strlen(text + region.to));
    }
    return g_string_free(writer.value, FALSE);
}

/* A display name as it may be written, perhaps "". Yours. */
static char *clean_name(const char *name)
{
    g_autofree char *text = clean(name);
    GString *out = g_string_new(NULL);
    gunichar c;
    size_t size;
    int characters = 0;

    for (const char *p = g_strstrip(text); (size = chars_next(p, &c)) > 0; p += size)
        if (!chars_is_turning(c) && characters++ < HEADER_NAME_MAX)
            g_string_append_len(out, p, (gssize)size);
    return g_strstrip(g_string_free(out, FALSE));
}

static void append_quoted(GString *out, const char *text)
{
    g_string_append_c(out, '"');
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            g_string_append_c(out, '\\');
        g_string_append_c(out, *text);
    }
    g_string_append_c(out, '"');
}

char *header_mailbox(const char *name, const char *address)
{
    g_autofree char *text = clean_name(name == NULL ? "" : name);
    g_autofree char *where = clean(address);
    GString *out = g_string_new(NULL);

    if (*text == '\0')
        g_string_append(out, where);
    else if (rfc2047_is_needed(text, strlen(text)))
        rfc2047_encode(out, text, strlen(text), RFC2047_MAX, " ");
    else
        append_quoted(out, text);
    if (*text != '\0')
        g_string_append_printf(out, " <%s>", where);
    return g_string_free(out, FALSE);
}

/* How many of them fit, each with its comma, its space and perhaps a fold. */
static guint count_fitting(const GPtrArray *mailboxes)
{
    size_t size = 0;
    guint count = 0;

    while (count < mailboxes->len) {
        size += strlen(g_ptr_array_index(mailboxes, count)) + strlen(",\n ");
        if (size > HEADER_LIST_MAX)
            break;
        count++;
    }
    return count;
}

char *header_mailboxes(const char *name, GPtrArray *mailboxes)
{
    guint count = count_fitting(mailboxes);
    struct writer writer;

    begin(&writer, name);
    for (guint i = 0; i < count; i++) {
        const char *mailbox = g_ptr_array_index(mailboxes, i);
        bool is_last = i + 1 == count;
        size_t size = strlen(mailbox);

        if (i > 0 && writer.column + 1 + size + !is_last > LINE_MAX_BYTES)
            fold(&writer);
        append(&writer, " ", 1);
        append_words(&writer, mailbox, size);
        if (!is_last)
            append(&writer, ",", 1);
    }
    if (count == 0)
        append(&writer, " ", 1);
    return g_string_free(writer.value, FALSE);
}

static bool is_plain_id(const char *id)
{
    size_t size = strlen(id);

    for (size_t i = 0; i < size; i++)
        if (!g_ascii_isgraph(id[i]) || id[i] == '<' || id[i] == '>')
            return false;
    return size > 0 && size <= HEADER_ID_MAX;
}

char *header_ids(GPtrArray *ids)
{
    g_autoptr(GPtrArray) plain = g_ptr_array_new();
    GString *value = g_string_new(NULL);

    for (guint i = 0; i < ids->len; i++)
        if (is_plain_id(ids->pdata[i]))
            g_ptr_array_add(plain, ids->pdata[i]);
    if (plain->len > HEADER_IDS_MAX)
        g_ptr_array_remove_range(plain, 1, plain->len - HEADER_IDS_MAX);
    for (guint i = 0; i < plain->len; i++)
        g_string_append_printf(value, "%s <%s>", i > 0 ? "\n" : "", (char *)plain->pdata[i]);
    return g_string_free(value, plain->len == 0);
}

bool header_is_safe(const char *value)
{
    for (; *value != '\0'; value++)
        if (*value == '\r' || (*value == '\n' && value[1] != ' ' && value[1] != '\t'))
            return false;
    return true;
}

/* Without line breaks that fold, and without the white space around it all. Yours. */
static char *unfold(const char *raw)
{
    GString *out = g_string_sized_new(strlen(raw) + 1);

    for (; *raw != '\0'; raw++) {
        size_t size = g_str_has_prefix(raw, "\r\n") ? 2 : *raw == '\n' ? 1 : 0;

        if (size > 0 && (raw[size] == ' ' || raw[size] == '\t'))
            raw += size;
        g_string_append_c(out, *raw);
    }
    return g_strstrip(g_string_free(out, FALSE));
}

char *header_decode(const char *raw)
{
    g_autofree char *text = unfold(raw);
    g_autofree char *decoded = rfc2047_decode(text);
    GString *out = g_string_sized_new(strlen(decoded) + 1);
    gunichar c;
    size_t size;

    for (const char *p = decoded; (size = chars_next(p, &c)) > 0; p += size) {
        if (chars_is_control(c))
            g_string_append_c(out, ' ');
        else
            g_string_append_len(out, p, (gssize)size);
    }
    return g_string_free(out, FALSE);
}
