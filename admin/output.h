/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the program says on standard output: rows with typed fields, shown as a table on a
 * terminal, tab-separated in a pipe, or as JSON lines; and sentences, which JSON leaves out. What
 * comes from mail is made harmless here. Colour only on a terminal, and never with NO_COLOR.
 *
 * One thread. Nothing is written before output_finish() when it holds (a change that is not
 * committed yet must not be reported); else long lists are written as they come.
 */
#ifndef COUNTERFOIL_ADMIN_OUTPUT_H
#define COUNTERFOIL_ADMIN_OUTPUT_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db/auto.h"

enum field_kind {
    FIELD_TEXT,   /* a string, or absent */
    FIELD_NUMBER, /* always there */
    FIELD_TIME,   /* milliseconds since 1970 UTC; 0: absent */
    FIELD_LIST,   /* strings */
    FIELD_JSON,   /* a piece of JSON, for FIELD_ONLY_JSON */
};

enum field_place {
    FIELD_EVERYWHERE,
    FIELD_NOT_LISTED, /* left out of tables of many */
    FIELD_ONLY_JSON,
};

struct field {
    const char *name; /* NULL ends the fields of a type */
    enum field_kind kind;
    enum field_place place;
};

struct row_type {
    const char *name; /* the first member of its JSON, "type" */
    const struct field *fields;
};

struct row;

/* An empty row. Its fields are then given one by one, in the order of the type; strings are
 * copied. */
struct row *row_new(const struct row_type *type);
void row_free(struct row *row);
AUTO_DEFINE(row, row_free);
void row_text(struct row *row, const char *value);
void row_number(struct row *row, int64_t value);
void row_time(struct row *row, int64_t at);
void row_list(struct row *row, const GPtrArray *values); /* of char * */
void row_json(struct row *row, const char *json);

struct output;

/* holds: nothing is written before the end. */
struct output *output_new(bool is_json, bool holds);
void output_free(struct output *output);
AUTO_DEFINE(output, output_free);

bool output_is_json(const struct output *output);
bool output_is_terminal(const struct output *output);

/* One of many: a row of a table, fields parted by tabs, or a JSON object. */
bool output_row(struct output *output, const struct row *row, GError **error);

/* One alone: a field a line, or a JSON object. */
bool output_one(struct output *output, const struct row *row, GError **error);

/* A sentence for a person, with its line end. Nothing with JSON. */
void output_say(struct output *output, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Text that is fit to be printed already; nothing with JSON. */
bool output_text(struct output *output, const char *text, GError **error);

/* Bytes as they are, at once. */
bool output_bytes(struct output *output, const void *bytes, size_t size, GError **error);

/* Appends text in a colour ("1" bold, "31" red …) if there are colours, else as it is. */
void output_paint(const struct output *output, GString *out, const char *colour, const char *text);

/* Writes what is left. ERROR_REFUSED: standard output can't be written; a reader that has gone
 * away is no error. */
bool output_finish(struct output *output, GError **error);

/* Forgets what is not written yet. */
void output_forget(struct output *output);

/* Hands what was gathered for standard output to the caller, who shows it. Yours. */
char *output_steal(struct output *output);

#endif
