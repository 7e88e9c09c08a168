/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A scanner of lines. A field's value goes on with each line that begins with white space. Any
 * thread; nothing can fail.
 */
#include "milter/fields.h"

#include <stdbool.h>
#include <string.h>

#include "milter/mail.h"

static void free_header(void *data)
{
    mail_header_free(data);
}

size_t fields_name(const char *line, size_t size)
{
    size_t length = 0;

    while (length < size && line[length] > ' ' && line[length] < 0x7F && line[length] != ':')
        length++;
    size_t colon = length;
    while (colon < size && (line[colon] == ' ' || line[colon] == '\t'))
        colon++;
    return colon < size && line[colon] == ':' ? length : 0;
}

static bool is_blank(const char *line, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (!g_ascii_isspace(line[i]))
            return false;
    }
    return true;
}

/* Adds the field that begins at begin and ends before end. */
static void add_field(GPtrArray *fields, const char *begin, const char *end)
{
    size_t size = (size_t)(end - begin);
    size_t length = fields_name(begin, size);
    const char *colon = memchr(begin, ':', size);

    if (length == 0 || fields->len == FIELDS_MAX)
        return;
    g_autofree char *name = g_strndup(begin, length);
    g_autofree char *value = g_strndup(colon + 1, (size_t)(end - colon - 1));
    g_ptr_array_add(fields, mail_header_new(name, value));
}

static const char *next_line(const char *line, const char *end)
{
    const char *line_end = memchr(line, '\n', (size_t)(end - line));

    return line_end == NULL ? end : line_end + 1;
}

GPtrArray *fields_read(const char *text, size_t size, size_t *taken)
{
    GPtrArray *fields = g_ptr_array_new_with_free_func(free_header);
    const char *end = text + size;
    const char *field = NULL; /* the one at hand */
    const char *line = text;
    const char *next;
    bool has_begun = false;

    for (; line < end; line = next) {
        next = next_line(line, end);
        bool is_empty = is_blank(line, (size_t)(next - line));

        if (!has_begun && is_empty)
            continue;
        has_begun = true;
        if (!is_empty && (*line == ' ' || *line == '\t'))
            continue;
        if (field != NULL)
            add_field(fields, field, line);
        field = line;
        if (is_empty) {
            line = next;
            field = NULL;
            break;
        }
    }
    if (field != NULL)
        add_field(fields, field, end);
    *taken = (size_t)(line - text);
    return fields;
}

const char *fields_find(const GPtrArray *fields, const char *name)
{
    for (guint i = 0; i < fields->len; i++) {
        const struct mail_header *field = g_ptr_array_index(fields, i);

        if (g_ascii_strcasecmp(field->name, name) == 0)
            return field->value;
    }
    return NULL;
}
