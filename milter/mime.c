/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A scanner of lines: a part's header, its content, the delimiters of all multiparts that are
 * open. Decides what still counts as a header field and as a delimiter in damaged mail. The line
 * break before a delimiter belongs to it, so that much of what was read waits for what follows.
 * Never fails; any thread.
 */
#include "milter/mime.h"

#include <glib.h>
#include <string.h>

#include "milter/fields.h"
#include "milter/header.h"
#include "milter/mail.h"
#include "milter/param.h"

/* RFC 2046 has 70. */
#define BOUNDARY_MAX 1000

/* A longer line is no delimiter: it may have white space at its end. */
#define DELIMITER_LINE_MAX (BOUNDARY_MAX + 100)

/* So far into a line of a header, there must be the colon. */
#define NAME_LINE_MAX 1000

/* Of a part's type, character set and encoding no more is remembered: no known one is longer. */
#define LABEL_MAX 200

/* Of a longer line in a header, the piece at hand is taken as it is. */
#define HEADER_LINE_MAX 4096

G_STATIC_ASSERT(DELIMITER_LINE_MAX + 2 < MIME_FEED_MIN && HEADER_LINE_MAX < MIME_FEED_MIN);

/* A multipart, or a message within the message, that is open. */
struct level {
    char *boundary; /* NULL: a message */
    size_t length;
    bool is_digest;   /* its parts are messages by default */
    bool in_preamble; /* no delimiter was seen yet */
    guint place;      /* a message's, among the attachments */
    guint part;       /* and among the parts */
    int64_t begin;    /* and where it begins */
};

enum state { HEADER, CONTENT, IGNORED };

/* What a header can have that matters here, as in struct mime_fields. */
enum field { TYPE, DISPOSITION, ENCODING, SUBJECT, FIELDS };

static const char *const field_names[FIELDS] = {"Content-Type", "Content-Disposition",
                                                "Content-Transfer-Encoding", "Subject"};

struct mime {
    struct mailtext *text;
    GArray *levels;      /* struct level, innermost last */
    unsigned multiparts; /* among them */
    enum state state;
    bool is_done;    /* there were too many parts */
    bool is_waiting; /* for more bytes */
    bool is_malformed;
    unsigned count;   /* of parts, empty multiparts too */
    GPtrArray *parts; /* struct mail_part */
    int64_t offset;   /* of what was taken so far */

    /* In a header. */
    GString *values[FIELDS]; /* NULL: no such field yet */
    GString *value;          /* one of them, which may go on; or NULL */
    bool has_lines;
    bool in_line; /* in the rest of an overlong one */

    /* In content. */
    bool in_part;       /* mailtext_begin() was called */
    bool at_line_start; /* and the line break before it was taken */
};

static void begin_part(struct mime *mime, int64_t begin);

static void clear_level(void *data)
{
    g_free(((struct level *)data)->boundary);
}

static void free_part(void *data)
{
    struct mail_part *part = data;

    g_free(part->type);
    g_free(part->charset);
    g_free(part->encoding);
    g_free(part);
}

static void begin_header(struct mime *mime)
{
    for (int i = 0; i < FIELDS; i++) {
        if (mime->values[i] != NULL)
            g_string_free(g_steal_pointer(&mime->values[i]), TRUE);
    }
    mime->state = HEADER;
    mime->value = NULL;
    mime->has_lines = false;
    mime->in_line = false;
}

struct mime *mime_new(const struct mime_fields *fields, struct mailtext *text)
{
    struct mime *mime = g_new0(struct mime, 1);
    const char *values[FIELDS] = {fields->type, fields->disposition, fields->encoding, NULL};

    mime->text = text;
    mime->parts = g_ptr_array_new_with_free_func(free_part);
    mime->levels = g_array_new(false, false, sizeof(struct level));
    g_array_set_clear_func(mime->levels, clear_level);
    for (int i = 0; i < FIELDS; i++)
        mime->values[i] = values[i] == NULL ? NULL : g_string_new(values[i]);
    begin_part(mime, 0);
    return mime;
}

void mime_free(struct mime *mime)
{
    if (mime == NULL)
        return;
    begin_header(mime);
    g_array_unref(mime->levels);
    if (mime->parts != NULL)
        g_ptr_array_unref(mime->parts);
    g_free(mime);
}

static struct level *level_at(struct mime *mime, guint index)
{
    return &g_array_index(mime->levels, struct level, index);
}

static struct level *innermost(struct mime *mime)
{
    return mime->levels->len == 0 ? NULL : level_at(mime, mime->levels->len - 1);
}

static const char *value_of(const struct mime *mime, enum field field)
{
    return mime->values[field] == NULL ? NULL : mime->values[field]->str;
}

static void count_part(struct mime *mime)
{
    if (++mime->count <= MIME_PARTS_MAX)
        return;
    mime->is_malformed = true;
    mime->is_done = true;
}

/* Notes where something begins; its place among the parts. */
static guint add_part(struct mime *mime, const struct mailtext_part *part, int64_t begin)
{
    struct mail_part *added = g_new0(struct mail_part, 1);

    added->type = g_strndup(part->type, LABEL_MAX);
    added->charset = g_strndup(part->charset, LABEL_MAX);
    added->encoding = g_strndup(part->encoding, LABEL_MAX);
    added->begin = begin;
    added->depth = mime->levels->len - mime->multiparts;
    g_ptr_array_add(mime->parts, added);
    return mime->parts->len - 1;
}

static void set_part_end(struct mime *mime, guint index, int64_t end)
{
    struct mail_part *part = g_ptr_array_index(mime->parts, index);

    part->end = MAX(end, part->begin);
}

static void begin_leaf(struct mime *mime, const struct mailtext_part *part, int64_t begin)
{
    add_part(mime, part, begin);
    mailtext_begin(mime->text, part);
    mime->in_part = true;
    mime->state = CONTENT;
    mime->at_line_start = true;
}

/* What comes before the first delimiter is text only if there is none. */
static void begin_preamble(struct mime *mime, int64_t begin)
{
    const struct mailtext_part preamble = {.type = "text/plain"};

    begin_leaf(mime, &preamble, begin);
}

/* Opens a multipart, if it can be read. */
static bool begin_multipart(struct mime *mime, const char *type, const struct param *param,
                            int64_t begin)
{
    g_autofree char *boundary = param_bytes(param, "boundary");
    size_t length = boundary == NULL ? 0 : strlen(boundary);

    if (length == 0 || length > BOUNDARY_MAX)
        return false;
    struct level level = {
        .boundary = g_steal_pointer(&boundary),
        .length = length,
        .is_digest = strcmp(type, "multipart/digest") == 0,
        .in_preamble = true,
    };
    g_array_append_val(mime->levels, level);
    mime->multiparts++;
    mailtext_open(mime->text, strcmp(type, "multipart/alternative") == 0);
    begin_preamble(mime, begin);
    return true;
}

static void begin_message(struct mime *mime, const struct mailtext_part *part, int64_t begin)
{
    struct level level = {
        .place = mailtext_add_message(mime->text, part->type, part->name),
        .part = add_part(mime, part, begin),
        .begin = begin,
    };

    g_array_append_val(mime->levels, level);
    begin_header(mime);
    count_part(mime);
}

static bool is_message(const char *type, const char *encoding)
{
    static const char *const types[] = {"message/rfc822", "message/rfc2822", "message/global",
                                        "message/news", NULL};

    if (!g_strv_contains(types, type))
        return false;
    return encoding == NULL || (strcasestr(encoding, "base64") == NULL &&
                                strcasestr(encoding, "quoted-printable") == NULL);
}

/* The file name of a part. Yours. */
static char *find_name(const struct mime *mime, const struct param *type, bool *is_attachment)
{
    const char *raw = value_of(mime, DISPOSITION);
    char *name = NULL;

    *is_attachment = false;
    if (raw != NULL) {
        AUTO(param) disposition = param_parse(raw);
        *is_attachment = strcmp(param_value(disposition), "attachment") == 0;
        name = param_get(disposition, "filename");
    }
    return name != NULL ? name : param_get(type, "name");
}

/* A header is complete: what begins here, at begin? */
static void begin_part(struct mime *mime, int64_t begin)
{
    const struct level *outer = innermost(mime);
    const char *fallback = outer != NULL && outer->is_digest ? "message/rfc822" : "text/plain";
    const char *raw = value_of(mime, TYPE);
    AUTO(param) param = param_parse(raw == NULL ? fallback : raw);
    const char *type = param_is_type(param) ? param_value(param) : fallback;
    bool is_deep = mime->levels->len >= MIME_DEPTH_MAX;
    struct mailtext_part part = {.type = type, .encoding = value_of(mime, ENCODING)};
    g_autofree char *name = find_name(mime, param, &part.is_attachment);
    g_autofree char *charset = param_get(param, "charset");

    part.name = name;
    if (is_message(type, part.encoding) && !is_deep) {
        begin_message(mime, &part, begin);
        return;
    }
    part.charset = charset;
    if (g_str_has_prefix(type, "multipart/")) {
        if (!is_deep && begin_multipart(mime, type, param, begin))
            return;
        mime->is_malformed = true;
        if (!is_deep)
            part = (struct mailtext_part){.type = "text/plain"};
    }
    mime->is_malformed = mime->is_malformed || (is_deep && is_message(type, part.encoding));
    begin_leaf(mime, &part, begin);
}

/* The header of a part or of a message within the message has ended; content begins at begin. */
static void end_header(struct mime *mime, int64_t begin)
{
    const struct level *level = innermost(mime);

    if (level != NULL && level->boundary == NULL && mime->values[SUBJECT] != NULL) {
        g_autofree char *subject = header_decode(mime->values[SUBJECT]->str);
        mailtext_name_message(mime->text, level->place, subject);
    }
    mime->value = NULL;
    begin_part(mime, begin);
}

static void end_leaf(struct mime *mime, int64_t end)
{
    if (!mime->in_part)
        return;
    set_part_end(mime, mime->parts->len - 1, end);
    mailtext_end(mime->text);
    mime->in_part = false;
}

/* It was no part at all. */
static void drop_leaf(struct mime *mime)
{
    g_ptr_array_set_size(mime->parts, (gint)mime->parts->len - 1);
    mailtext_drop(mime->text);
    mime->in_part = false;
}

static void end_level(struct mime *mime, int64_t end)
{
    struct level *level = innermost(mime);

    if (level->boundary == NULL) {
        mailtext_size_message(mime->text, level->place, MAX(end - level->begin, 0));
        set_part_end(mime, level->part, end);
    } else {
        mailtext_close(mime->text);
        mime->multiparts--;
    }
    g_array_set_size(mime->levels, mime->levels->len - 1);
}

/* Ends all levels from the innermost down to index, and the part in them. A multipart that its
 * own closing delimiter does not end is damaged. */
static void end_levels(struct mime *mime, guint index, int64_t end)
{
    end_leaf(mime, end);
    while (mime->levels->len > index) {
        mime->is_malformed = mime->is_malformed || innermost(mime)->boundary != NULL;
        end_level(mime, end);
    }
}

/* A line that delimits the parts of an open multipart. */
struct delimiter {
    guint index; /* the multipart's, among the levels */
    bool is_closing;
};

/* Takes a delimiter, in front of which content ended at end. */
static void take_delimiter(struct mime *mime, const struct delimiter *delimiter, int64_t end)
{
    guint index = delimiter->index;
    bool is_preamble = index + 1 == mime->levels->len && level_at(mime, index)->in_preamble;

    if (mime->state == HEADER && mime->has_lines)
        end_header(mime, end);
    if (is_preamble && mime->in_part)
        drop_leaf(mime);
    end_levels(mime, index + 1, end);
    level_at(mime, index)->in_preamble = false;
    if (delimiter->is_closing) {
        end_level(mime, end);
        mime->state = IGNORED;
        mime->at_line_start = true;
    } else {
        mailtext_next(mime->text);
        begin_header(mime);
        count_part(mime);
    }
}

/* Whether a line, without its line break, is a delimiter: the innermost multipart's that has
 * such a one. */
static bool find_delimiter(struct mime *mime, const uint8_t *line, size_t size,
                           struct delimiter *delimiter)
{
    while (size > 0 && (line[size - 1] == ' ' || line[size - 1] == '\t' || line[size - 1] == '\r'))
        size--;
    if (size < 3 || size >= DELIMITER_LINE_MAX || line[0] != '-' || line[1] != '-')
        return false;
    line += 2;
    size -= 2;
    for (guint i = mime->levels->len; i > 0; i--) {
        const struct level *level = level_at(mime, i - 1);
        size_t length = level->length;

        if (level->boundary == NULL || (size != length && size != length + 2) ||
            line[0] != (uint8_t)level->boundary[0] ||
            line[length - 1] != (uint8_t)level->boundary[length - 1] ||
            memcmp(line, level->boundary, length) != 0)
            continue;
        delimiter->index = i - 1;
        delimiter->is_closing = size > length;
        if (!delimiter->is_closing || memcmp(line + length, "--", 2) == 0)
            return true;
    }
    return false;
}

/* If a line in a header is a delimiter, it is taken. */
static bool try_delimiter(struct mime *mime, const uint8_t *line, size_t size)
{
    struct delimiter delimiter;

    if (!find_delimiter(mime, line, size, &delimiter))
        return false;
    take_delimiter(mime, &delimiter, mime->offset);
    return true;
}

/* Appends to the field at hand, if it matters. */
static void extend_value(struct mime *mime, const uint8_t *bytes, size_t size)
{
    if (mime->value == NULL)
        return;
    size_t room = PARAM_FIELD_MAX - MIN(mime->value->len, PARAM_FIELD_MAX);
    for (size_t i = 0; i < MIN(size, room); i++)
        g_string_append_c(mime->value, bytes[i] == '\0' ? ' ' : (char)bytes[i]);
}

static void begin_field(struct mime *mime, const uint8_t *line, size_t size, size_t name)
{
    const uint8_t *colon = memchr(line, ':', size);

    mime->value = NULL;
    for (int i = 0; i < FIELDS; i++) {
        if (mime->values[i] == NULL && strlen(field_names[i]) == name &&
            g_ascii_strncasecmp(field_names[i], (const char *)line, name) == 0)
            mime->value = mime->values[i] = g_string_new(NULL);
    }
    extend_value(mime, colon + 1, size - (size_t)(colon + 1 - line));
}

/* One line of a header, or the piece that there is of it. False: it is none, content began
 * without the empty line. */
static bool take_header_line(struct mime *mime, const uint8_t *line, size_t size)
{
    size_t name = fields_name((const char *)line, MIN(size, NAME_LINE_MAX));

    if (mime->in_line || line[0] == ' ' || line[0] == '\t') {
        extend_value(mime, line, size);
    } else if (name > 0) {
        begin_field(mime, line, size, name);
    } else if (!mime->has_lines && size >= 5 && memcmp(line + (line[0] == '>'), "From ", 5) == 0) {
        mime->value = NULL; /* a mailbox's separator that was forwarded with the message */
    } else {
        mime->is_malformed = true;
        return false;
    }
    mime->has_lines = true;
    return true;
}

/* Reads on in a header; how many bytes were taken. */
static size_t read_header(struct mime *mime, const uint8_t *bytes, size_t size, bool is_last)
{
    const uint8_t *line_end = memchr(bytes, '\n', size);
    size_t length = line_end == NULL ? size : (size_t)(line_end - bytes);
    size_t taken = line_end == NULL ? size : length + 1;

    if (line_end == NULL && size < HEADER_LINE_MAX && !is_last) {
        mime->is_waiting = true;
        return 0;
    }
    if (length > 0 && bytes[length - 1] == '\r') {
        length--;
        taken -= line_end == NULL && !is_last; /* a line feed may follow */
    }
    if (!mime->in_line) {
        if (try_delimiter(mime, bytes, length))
            return taken;
        if (length == 0) {
            end_header(mime, mime->offset + (int64_t)taken);
            return taken;
        }
    }
    if (!take_header_line(mime, bytes, length)) {
        end_header(mime, mime->offset);
        return 0;
    }
    mime->in_line = line_end == NULL;
    return taken;
}

static void hand_on(struct mime *mime, const uint8_t *from, const uint8_t *to)
{
    if (mime->in_part && to > from)
        mailtext_bytes(mime->text, from, (size_t)(to - from));
}

static const uint8_t *next_line(const uint8_t *bytes, const uint8_t *end)
{
    const uint8_t *line_end = memchr(bytes, '\n', (size_t)(end - bytes));

    return line_end == NULL ? NULL : line_end + 1;
}

/* Where the line break in front of line begins; line itself, if that is where bytes begin. */
static const uint8_t *line_break(const uint8_t *bytes, const uint8_t *line)
{
    if (line > bytes)
        line--;
    if (line > bytes && line[-1] == '\r')
        line--;
    return line;
}

/* Leaves what begins at rest for the next time. */
static size_t wait_for_more(struct mime *mime, const uint8_t *bytes, const uint8_t *rest)
{
    hand_on(mime, bytes, rest);
    mime->is_waiting = true;
    return (size_t)(rest - bytes);
}

/* Reads on in content; how many bytes were taken. */
static size_t read_content(struct mime *mime, const uint8_t *bytes, size_t size, bool is_last)
{
    const uint8_t *end = bytes + size;
    const uint8_t *line = mime->at_line_start ? bytes : next_line(bytes, end);

    mime->at_line_start = false;
    for (; line != NULL && mime->multiparts > 0; line = next_line(line, end)) {
        const uint8_t *before = line_break(bytes, line);
        size_t left = MIN((size_t)(end - line), DELIMITER_LINE_MAX);
        struct delimiter delimiter;

        if (memcmp(line, "--", MIN(left, 2)) != 0)
            continue;
        const uint8_t *line_end = memchr(line, '\n', left);
        if (line_end == NULL && left < DELIMITER_LINE_MAX && !is_last) {
            mime->at_line_start = before == line;
            return wait_for_more(mime, bytes, before);
        }
        size_t length = line_end == NULL ? left : (size_t)(line_end - line);
        if (!find_delimiter(mime, line, length, &delimiter))
            continue;
        hand_on(mime, bytes, before);
        take_delimiter(mime, &delimiter, mime->offset + (before - bytes));
        return (size_t)(line - bytes) + MIN(length + 1, left);
    }
    if (end[-1] == '\r' && !is_last)
        return wait_for_more(mime, bytes, end - 1);
    hand_on(mime, bytes, end);
    return size;
}

size_t mime_feed(struct mime *mime, const uint8_t *bytes, size_t size, bool is_last)
{
    size_t taken = 0;

    mime->is_waiting = false;
    while (taken < size && !mime->is_waiting && !mime->is_done) {
        size_t (*read)(struct mime *, const uint8_t *, size_t, bool) =
            mime->state == HEADER ? read_header : read_content;
        size_t count = read(mime, bytes + taken, size - taken, is_last);

        mime->offset += (int64_t)count;
        taken += count;
    }
    if (!mime->is_done)
        return taken;
    mime->offset += (int64_t)(size - taken);
    return size;
}

void mime_finish(struct mime *mime)
{
    if (mime->state == HEADER && mime->has_lines && !mime->is_done)
        end_header(mime, mime->offset);
    end_levels(mime, 0, mime->offset);
}

bool mime_is_malformed(const struct mime *mime)
{
    return mime->is_malformed;
}

GPtrArray *mime_take_parts(struct mime *mime, int64_t begin)
{
    for (guint i = 0; i < mime->parts->len; i++) {
        struct mail_part *part = g_ptr_array_index(mime->parts, i);

        part->begin += begin;
        part->end += begin;
    }
    return g_steal_pointer(&mime->parts);
}
