/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A scanner of parameters, one pass, and RFC 2231's pieces put together when somebody asks for
 * them. Not GMime's: that keeps every character set name that it ever meets, and strangers write
 * these fields. Never fails; any thread.
 */
#include "milter/param.h"

#include <string.h>

#include "milter/chars.h"
#include "milter/charset.h"
#include "milter/comment.h"
#include "milter/header.h"

/* One "name*section*=text", as it was written. */
struct piece {
    char *name;   /* lower case */
    int section;  /* -1: the whole value */
    bool encoded; /* per cent sequences; in the first piece, the character set before them */
    char *text;   /* without quotes */
};

struct param {
    char *value;
    GArray *pieces; /* struct piece */
};

static void clear_piece(void *data)
{
    struct piece *piece = data;

    g_free(piece->name);
    g_free(piece->text);
}

void param_free(struct param *param)
{
    if (param == NULL)
        return;
    g_array_unref(param->pieces);
    g_free(param->value);
    g_free(param);
}

/* Whether c can stand in a token here; RFC 2045's tspecials, but for those that break fields of
 * real mail to no use. */
static bool is_token(char c)
{
    return g_ascii_isgraph(c) && strchr("()<>@,;:\\\"/?=", c) == NULL;
}

static const char *read_token(const char *text, GString *out)
{
    for (; *text != '\0' && is_token(*text); text++)
        g_string_append_c(out, g_ascii_tolower(*text));
    return text;
}

/* "text/plain", "attachment". */
static const char *read_value(const char *text, GString *out)
{
    text = read_token(comment_skip_space(text), out);
    const char *next = comment_skip_space(text);

    if (*next != '/' || out->len == 0)
        return text;
    g_string_append_c(out, '/');
    return read_token(comment_skip_space(next + 1), out);
}

/* A quoted string; one that does not end goes to the end of the field. */
static const char *read_quoted(const char *text, GString *out)
{
    for (text++; *text != '\0' && *text != '"'; text++) {
        if (*text == '\\' && text[1] != '\0')
            text++;
        g_string_append_c(out, *text);
    }
    return *text == '"' ? text + 1 : text;
}

/* What follows "=": quoted, or all up to the next semicolon. */
static const char *read_text(const char *text, GString *out)
{
    text = comment_skip_space(text);
    if (*text == '"')
        return read_quoted(text, out);

    size_t length = strcspn(text, ";");
    g_string_append_len(out, text, (gssize)length);
    return text + length;
}

/* Takes "*2*" off the end of a name. */
static void split_name(struct piece *piece)
{
    char *star = strchr(piece->name, '*');

    piece->section = -1;
    if (star == NULL)
        return;
    if (g_ascii_isdigit(star[1])) {
        piece->section = (int)MIN(g_ascii_strtoull(star + 1, NULL, 10), G_MAXINT);
        piece->encoded = strchr(star + 1, '*') != NULL;
    } else {
        piece->encoded = true;
    }
    *star = '\0';
}

/* Reads one parameter, or steps over what is none. */
static const char *read_piece(const char *text, GArray *pieces)
{
    g_autoptr(GString) name = g_string_new(NULL);
    g_autoptr(GString) value = g_string_new(NULL);

    text = comment_skip_space(read_token(comment_skip_space(text), name));
    if (*text != '=' || name->len == 0)
        return *text == '\0' || *text == ';' || name->len > 0 ? text : text + 1;
    text = read_text(text + 1, value);

    struct piece piece = {.name = g_strdup(name->str), .text = g_strdup(value->str)};
    split_name(&piece);
    g_array_append_val(pieces, piece);
    return text;
}

struct param *param_parse(const char *raw)
{
    struct param *param = g_new0(struct param, 1);
    g_autofree char *field = g_strndup(raw, PARAM_FIELD_MAX);
    g_autoptr(GString) value = g_string_new(NULL);
    const char *text = read_value(field, value);

    param->value = g_strdup(value->str);
    param->pieces = g_array_new(false, false, sizeof(struct piece));
    g_array_set_clear_func(param->pieces, clear_piece);
    while (*text != '\0' && param->pieces->len < PARAM_COUNT_MAX) {
        if (*text == ';')
            text++;
        text = read_piece(text, param->pieces);
    }
    return param;
}

const char *param_value(const struct param *param)
{
    return param->value;
}

bool param_is_type(const struct param *param)
{
    const char *slash = strchr(param->value, '/');

    return slash != NULL && slash > param->value && slash[1] != '\0';
}

static const struct piece *find(const struct param *param, const char *name, int section,
                                bool encoded)
{
    for (guint i = 0; i < param->pieces->len; i++) {
        const struct piece *piece = &g_array_index(param->pieces, struct piece, i);

        if (piece->section == section && (section >= 0 || piece->encoded == encoded) &&
            strcmp(piece->name, name) == 0)
            return piece;
    }
    return NULL;
}

/* Appends a piece's bytes, with the per cent sequences resolved. */
static void append_bytes(GString *bytes, const char *text, bool encoded)
{
    for (; *text != '\0'; text++) {
        if (encoded && *text == '%' && g_ascii_isxdigit(text[1]) && g_ascii_isxdigit(text[2])) {
            g_string_append_c(
                bytes, (char)(g_ascii_xdigit_value(text[1]) * 16 + g_ascii_xdigit_value(text[2])));
            text += 2;
        } else {
            g_string_append_c(bytes, *text);
        }
    }
}

/* The bytes of a value in RFC 2231's form that begins with first, and its character set's name
 * (yours), or NULL. */
static GString *join(const struct param *param, const struct piece *first, char **label)
{
    GString *bytes = g_string_new(NULL);
    const char *text = first->text;
    const char *language = first->encoded ? strchr(text, '\'') : NULL;
    const char *rest = language != NULL ? strchr(language + 1, '\'') : NULL;

    *label = NULL;
    if (rest != NULL) {
        *label = g_strndup(text, (size_t)(language - text));
        text = rest + 1;
    }
    append_bytes(bytes, text, first->encoded);
    for (int i = 1; first->section == 0 && i < PARAM_COUNT_MAX; i++) {
        const struct piece *next = find(param, first->name, i, false);

        if (next == NULL)
            break;
        append_bytes(bytes, next->text, next->encoded);
    }
    return bytes;
}

/* The piece that a value begins with: RFC 2231's forms go first. */
static const struct piece *find_first(const struct param *param, const char *name)
{
    const struct piece *piece = find(param, name, -1, true);

    if (piece == NULL)
        piece = find(param, name, 0, false);
    return piece != NULL ? piece : find(param, name, -1, false);
}

/* Takes out controls and the white space at the ends; NULL when nothing is left. */
static char *clean(char *text)
{
    char *to = text;
    gunichar c;

    for (const char *from = text; *from != '\0';) {
        size_t length = chars_next(from, &c);

        if (!chars_is_control(c)) {
            memmove(to, from, length);
            to += length;
        }
        from += length;
    }
    *to = '\0';
    g_strstrip(text);
    if (*text != '\0')
        return text;
    g_free(text);
    return NULL;
}

char *param_get(const struct param *param, const char *name)
{
    const struct piece *piece = find_first(param, name);
    g_autofree char *label = NULL;

    if (piece == NULL)
        return NULL;
    if (piece->section < 0 && !piece->encoded)
        return clean(header_decode(piece->text));
    g_autoptr(GString) bytes = join(param, piece, &label);
    return clean(charset_decode(label, bytes->str, bytes->len));
}

char *param_bytes(const struct param *param, const char *name)
{
    const struct piece *piece = find_first(param, name);
    g_autofree char *label = NULL;

    if (piece == NULL)
        return NULL;
    GString *bytes = join(param, piece, &label);
    return g_strstrip(g_string_free(bytes, FALSE));
}
