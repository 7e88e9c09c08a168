/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the program says on standard output. Knows nothing of what it shows. One thread.
 */
#include "admin/output.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "admin/json.h"
#include "admin/plain.h"
#include "admin/when.h"
#include "db/error.h"

#define FLUSH_BYTES 65536
#define GAP 2 /* columns between the columns of a table */

struct value {
    char *text;      /* TEXT, JSON */
    int64_t number;  /* NUMBER, TIME */
    GPtrArray *list; /* LIST */
};

struct row {
    const struct row_type *type;
    GArray *values; /* struct value */
};

struct output {
    bool is_json;
    bool is_terminal;
    bool has_colours;
    bool holds;
    bool is_closed; /* the reader has gone away */
    GString *pending;
    const struct row_type *table; /* of the rows, or NULL */
    GPtrArray *rows;              /* char **: cells, fit to be printed; on a terminal only */
};

static void clear_value(gpointer data)
{
    struct value *value = data;

    g_free(value->text);
    g_clear_pointer(&value->list, g_ptr_array_unref);
}

struct row *row_new(const struct row_type *type)
{
    struct row *row = g_new0(struct row, 1);

    row->type = type;
    row->values = g_array_new(FALSE, TRUE, sizeof(struct value));
    g_array_set_clear_func(row->values, clear_value);
    return row;
}

void row_free(struct row *row)
{
    if (row == NULL)
        return;
    g_array_unref(row->values);
    g_free(row);
}

static struct value *next(struct row *row, enum field_kind kind)
{
    guint index = row->values->len;

    g_assert(row->type->fields[index].name != NULL);
    g_assert(row->type->fields[index].kind == kind);
    g_array_set_size(row->values, index + 1);
    return &g_array_index(row->values, struct value, index);
}

void row_text(struct row *row, const char *value)
{
    next(row, FIELD_TEXT)->text = g_strdup(value);
}

void row_number(struct row *row, int64_t value)
{
    next(row, FIELD_NUMBER)->number = value;
}

void row_time(struct row *row, int64_t at)
{
    next(row, FIELD_TIME)->number = at;
}

void row_list(struct row *row, const GPtrArray *values)
{
    GPtrArray *list = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < values->len; i++)
        g_ptr_array_add(list, g_strdup(values->pdata[i]));
    next(row, FIELD_LIST)->list = list;
}

void row_json(struct row *row, const char *json)
{
    next(row, FIELD_JSON)->text = g_strdup(json);
}

static const struct value *value_at(const struct row *row, guint index)
{
    g_assert(index < row->values->len);
    return &g_array_index(row->values, struct value, index);
}

static void append_json_value(GString *out, enum field_kind kind, const struct value *value)
{
    g_autofree char *time = NULL;

    switch (kind) {
    case FIELD_TEXT:
        json_append_text(out, value->text);
        break;
    case FIELD_NUMBER:
        json_append_number(out, value->number);
        break;
    case FIELD_TIME:
        time = value->number != 0 ? when_format(value->number) : NULL;
        json_append_text(out, time);
        break;
    case FIELD_LIST:
        json_append_list(out, value->list);
        break;
    case FIELD_JSON:
        g_string_append(out, value->text);
        break;
    }
}

static void append_object(GString *out, const struct row *row)
{
    g_string_append_c(out, '{');
    json_append_name(out, "type", true);
    json_append_text(out, row->type->name);
    for (guint i = 0; row->type->fields[i].name != NULL; i++) {
        json_append_name(out, row->type->fields[i].name, false);
        append_json_value(out, row->type->fields[i].kind, value_at(row, i));
    }
    g_string_append(out, "}\n");
}

/* A value on one line, fit to be printed; "" for what is absent. Yours. */
static char *cell(enum field_kind kind, const struct value *value)
{
    g_autoptr(GString) out = g_string_new(NULL);

    switch (kind) {
    case FIELD_TEXT:
    case FIELD_JSON:
        plain_append(out, value->text != NULL ? value->text : "");
        break;
    case FIELD_NUMBER:
        json_append_number(out, value->number);
        break;
    case FIELD_TIME:
        return value->number != 0 ? when_format(value->number) : g_strdup("");
    case FIELD_LIST:
        for (guint i = 0; i < value->list->len; i++) {
            g_string_append(out, i > 0 ? " " : "");
            plain_append(out, value->list->pdata[i]);
        }
        break;
    }
    return g_strdup(out->str);
}

static bool has_colours(void)
{
    const char *no_color = g_getenv("NO_COLOR");
    const char *term = g_getenv("TERM");

    return (no_color == NULL || *no_color == '\0') && term != NULL && strcmp(term, "dumb") != 0;
}

struct output *output_new(bool is_json, bool holds)
{
    struct output *output = g_new0(struct output, 1);

    output->is_json = is_json;
    output->is_terminal = isatty(STDOUT_FILENO) == 1;
    output->has_colours = output->is_terminal && has_colours();
    output->holds = holds;
    output->pending = g_string_new(NULL);
    output->rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
    return output;
}

void output_free(struct output *output)
{
    if (output == NULL)
        return;
    g_string_free(output->pending, TRUE);
    g_ptr_array_unref(output->rows);
    g_free(output);
}

bool output_is_json(const struct output *output)
{
    return output->is_json;
}

bool output_is_terminal(const struct output *output)
{
    return output->is_terminal;
}

/* Writes size bytes to standard output, all of them. */
static bool write_all(struct output *output, const char *bytes, size_t size, GError **error)
{
    while (size > 0 && !output->is_closed) {
        ssize_t written = write(STDOUT_FILENO, bytes, size);

        if (written < 0 && errno == EPIPE) {
            output->is_closed = true;
        } else if (written < 0 && errno != EINTR) {
            return error_set(error, ERROR_REFUSED, "standard output can't be written: %s",
                             g_strerror(errno));
        } else if (written > 0) {
            bytes += written;
            size -= (size_t)written;
        }
    }
    return true;
}

static bool flush(struct output *output, GError **error)
{
    bool is_done = write_all(output, output->pending->str, output->pending->len, error);

    g_string_truncate(output->pending, 0);
    return is_done;
}

static bool flush_much(struct output *output, GError **error)
{
    return output->holds || output->pending->len < FLUSH_BYTES || flush(output, error);
}

void output_paint(const struct output *output, GString *out, const char *colour, const char *text)
{
    if (output->has_colours)
        g_string_append_printf(out, "\033[%sm%s\033[0m", colour, text);
    else
        g_string_append(out, text);
}

/* The cells of the fields that a list shows. */
static char **make_cells(const struct row *row)
{
    g_autoptr(GStrvBuilder) cells = g_strv_builder_new();

    for (guint i = 0; row->type->fields[i].name != NULL; i++)
        if (row->type->fields[i].place == FIELD_EVERYWHERE) {
            g_autofree char *text = cell(row->type->fields[i].kind, value_at(row, i));
            g_strv_builder_add(cells, text);
        }
    return g_strv_builder_end(cells);
}

bool output_row(struct output *output, const struct row *row, GError **error)
{
    g_auto(GStrv) cells = NULL;

    if (output->is_json) {
        append_object(output->pending, row);
        return flush_much(output, error);
    }
    cells = make_cells(row);
    if (output->is_terminal) {
        output->table = row->type;
        g_ptr_array_add(output->rows, g_steal_pointer(&cells));
        return true;
    }
    g_autofree char *line = g_strjoinv("\t", cells);
    g_string_append_printf(output->pending, "%s\n", line);
    return flush_much(output, error);
}

/* text, then what is missing to width. */
static void append_padded(GString *out, const char *text, size_t width)
{
    g_string_append(out, text);
    for (size_t have = plain_width(text); have < width; have++)
        g_string_append_c(out, ' ');
}

bool output_one(struct output *output, const struct row *row, GError **error)
{
    const struct field *fields = row->type->fields;
    size_t width = 0;

    if (output->is_json) {
        append_object(output->pending, row);
        return flush_much(output, error);
    }
    for (guint i = 0; fields[i].name != NULL; i++)
        width = MAX(width, strlen(fields[i].name));
    for (guint i = 0; fields[i].name != NULL; i++) {
        if (fields[i].place == FIELD_ONLY_JSON)
            continue;
        g_autofree char *text = cell(fields[i].kind, value_at(row, i));
        if (output->is_terminal)
            append_padded(output->pending, fields[i].name, width + GAP);
        else
            g_string_append_printf(output->pending, "%s\t", fields[i].name);
        bool is_absent = *text == '\0' && output->is_terminal;
        g_string_append_printf(output->pending, "%s\n", is_absent ? "-" : text);
    }
    return flush_much(output, error);
}

void output_say(struct output *output, const char *format, ...)
{
    va_list arguments;

    if (output->is_json)
        return;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    plain_append(output->pending, text);
    g_string_append_c(output->pending, '\n');
}

bool output_text(struct output *output, const char *text, GError **error)
{
    if (output->is_json)
        return true;
    g_string_append(output->pending, text);
    return flush_much(output, error);
}

bool output_bytes(struct output *output, const void *bytes, size_t size, GError **error)
{
    return flush(output, error) && write_all(output, bytes, size, error);
}

/* The names of the columns, upper case. */
static char **make_head(const struct row_type *type)
{
    g_autoptr(GStrvBuilder) names = g_strv_builder_new();

    for (const struct field *field = type->fields; field->name != NULL; field++)
        if (field->place == FIELD_EVERYWHERE) {
            g_autofree char *name = g_ascii_strup(field->name, -1);
            g_strv_builder_add(names, name);
        }
    return g_strv_builder_end(names);
}

static void append_line(GString *out, char *const *cells, const size_t *widths)
{
    for (guint i = 0; cells[i] != NULL; i++) {
        const char *text = *cells[i] != '\0' ? cells[i] : "-";

        if (cells[i + 1] == NULL)
            g_string_append(out, text);
        else
            append_padded(out, text, widths[i] + GAP);
    }
}

static void append_table(struct output *output)
{
    g_auto(GStrv) head = make_head(output->table);
    guint columns = g_strv_length(head);
    g_autofree size_t *widths = g_new0(size_t, columns);
    g_autoptr(GString) line = g_string_new(NULL);

    for (guint i = 0; i < columns; i++) {
        widths[i] = plain_width(head[i]);
        for (guint row = 0; row < output->rows->len; row++)
            widths[i] = MAX(widths[i], plain_width(((char **)output->rows->pdata[row])[i]));
    }
    append_line(line, head, widths);
    output_paint(output, output->pending, "1", line->str);
    g_string_append_c(output->pending, '\n');
    for (guint row = 0; row < output->rows->len; row++) {
        append_line(output->pending, output->rows->pdata[row], widths);
        g_string_append_c(output->pending, '\n');
    }
    g_ptr_array_set_size(output->rows, 0);
    output->table = NULL;
}

bool output_finish(struct output *output, GError **error)
{
    if (output->table != NULL)
        append_table(output);
    return flush(output, error);
}

void output_forget(struct output *output)
{
    g_string_truncate(output->pending, 0);
    g_ptr_array_set_size(output->rows, 0);
    output->table = NULL;
}

char *output_steal(struct output *output)
{
    char *text = g_strdup(output->pending->str);

    g_string_truncate(output->pending, 0);
    return text;
}
