/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Splitting, as an MTA does it.
 */
#include "tests/unit/letter.h"

#include <string.h>

static void append(struct spool *spool, const char *bytes, size_t size)
{
    g_autoptr(GError) error = NULL;

    if (!spool_append(spool, bytes, size, &error))
        g_error("%s", error->message);
}

static void free_header(void *header)
{
    mail_header_free(header);
}

/* The length of the field name in front of a line, or 0. */
static size_t name_length(const char *line, size_t size)
{
    size_t length = 0;

    while (length < size && line[length] > ' ' && line[length] < 0x7F && line[length] != ':')
        length++;
    return length < size && line[length] == ':' ? length : 0;
}

static void add_header(struct letter *letter, GString *field, size_t name)
{
    g_autofree char *text = g_strndup(field->str, name);

    if (field->len > 0)
        g_ptr_array_add(letter->headers, mail_header_new(text, field->str + name + 1));
    g_string_truncate(field, 0);
}

static void append_text(GString *field, const char *line, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (line[i] != '\0')
            g_string_append_c(field, line[i]);
    }
}

/* Reads the header; where the body begins. */
static size_t read_header(struct letter *letter, const char *bytes, size_t size)
{
    g_autoptr(GString) field = g_string_new(NULL);
    size_t name = 0;
    size_t at = 0;

    while (at < size) {
        const char *line = bytes + at;
        const char *line_end = memchr(line, '\n', size - at);
        size_t next = line_end == NULL ? size : (size_t)(line_end + 1 - bytes);
        size_t length = line_end == NULL ? size - at : (size_t)(line_end - line);

        if (length > 0 && line[length - 1] == '\r')
            length--;
        if (length > 0 && (line[0] == ' ' || line[0] == '\t') && field->len > 0) {
            g_string_append_c(field, '\n');
        } else {
            add_header(letter, field, name);
            name = name_length(line, length);
            if (name == 0)
                return length == 0 ? next : at;
        }
        append_text(field, line, length);
        at = next;
    }
    add_header(letter, field, name);
    return size;
}

struct letter letter_open(const void *bytes, size_t size, size_t memory_bytes)
{
    struct letter letter = {
        .headers = g_ptr_array_new_with_free_func(free_header),
        .spool = spool_new(g_get_tmp_dir(), memory_bytes),
    };
    size_t body = read_header(&letter, bytes, size);

    for (guint i = 0; i < letter.headers->len; i++) {
        const struct mail_header *header = g_ptr_array_index(letter.headers, i);
        g_auto(GStrv) lines = g_strsplit(header->value, "\n", -1);
        g_autofree char *value = g_strjoinv("\r\n", lines);

        append(letter.spool, header->name, strlen(header->name));
        append(letter.spool, ":", 1);
        append(letter.spool, value, strlen(value));
        append(letter.spool, "\r\n", 2);
    }
    append(letter.spool, "\r\n", 2);
    append(letter.spool, (const char *)bytes + body, size - body);
    return letter;
}

void letter_close(struct letter *letter)
{
    if (letter->headers != NULL)
        g_ptr_array_unref(letter->headers);
    spool_free(letter->spool);
}

struct mail *letter_read(const void *bytes, size_t size, size_t memory_bytes, const char *hostname)
{
    struct letter letter = letter_open(bytes, size, memory_bytes);
    g_autoptr(GError) error = NULL;
    struct mail *mail =
        mail_parse(g_steal_pointer(&letter.headers), letter.spool, hostname, &error);

    if (mail == NULL)
        g_error("%s", error->message);
    letter_close(&letter);
    return mail;
}
