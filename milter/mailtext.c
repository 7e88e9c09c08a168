/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pipeline for the part at hand: transfer encoding, character set, HTML, line ends and
 * controls, up to MAIL_TEXT_MAX in all. Decides between alternatives when a part has ended and it
 * is known whether there was anything in it. Sees GMime's transfer decoders and nothing else of
 * it. Never fails; any thread.
 */
#include "milter/mailtext.h"

#include <gmime/gmime.h>
#include <string.h>

#include "milter/charset.h"
#include "milter/html.h"
#include "milter/mail.h"
#include "milter/part.h"

#define PIECE_BYTES (16 * 1024)

/* So many bytes of text parts are decoded: markup without end is not followed to its end. */
#define SOURCE_MAX (8 * (int64_t)MAIL_TEXT_MAX)

/* How well a kind of text serves as the one of several alternatives. */
enum rank { RANK_NONE, RANK_HTML, RANK_PLAIN };

/* An open multipart/alternative, or what stands in its place for other multiparts. */
struct choice {
    bool is_alternative;
    guint child;      /* which of its parts is at hand, from 1 */
    guint best_child; /* which one the text is of, so far */
    enum rank best;
    size_t start; /* how much text there was before it */
};

struct mailtext {
    GString *text;
    GPtrArray *attachments;
    GArray *choices;     /* struct choice, innermost last */
    int64_t source_left; /* of SOURCE_MAX */
    bool is_full;        /* there is no room for more text */

    /* The part at hand. */
    enum rank rank;                     /* RANK_NONE: not shown */
    struct mail_attachment *attachment; /* borrowed, or NULL */
    GMimeEncoding encoding;
    struct charset *charset;
    struct html *html;    /* NULL: plain text */
    GString *part;        /* its text */
    bool begun;           /* the first bytes of it were seen */
    bool visible;         /* there is something in it */
    bool carriage_return; /* one is due */
    GByteArray *decoded;
    GString *converted;
    GString *reduced;
};

static void free_attachment(void *data)
{
    struct mail_attachment *attachment = data;

    g_free(attachment->name);
    g_free(attachment->type);
    g_free(attachment);
}

struct mailtext *mailtext_new(void)
{
    struct mailtext *text = g_new0(struct mailtext, 1);

    text->text = g_string_new(NULL);
    text->attachments = g_ptr_array_new_with_free_func(free_attachment);
    text->choices = g_array_new(false, false, sizeof(struct choice));
    text->source_left = SOURCE_MAX;
    text->part = g_string_new(NULL);
    text->decoded = g_byte_array_new();
    text->converted = g_string_new(NULL);
    text->reduced = g_string_new(NULL);
    return text;
}

void mailtext_free(struct mailtext *text)
{
    if (text == NULL)
        return;
    if (text->text != NULL)
        g_string_free(text->text, TRUE);
    if (text->attachments != NULL)
        g_ptr_array_unref(text->attachments);
    g_array_unref(text->choices);
    charset_free(text->charset);
    html_free(text->html);
    g_string_free(text->part, TRUE);
    g_byte_array_unref(text->decoded);
    g_string_free(text->converted, TRUE);
    g_string_free(text->reduced, TRUE);
    g_free(text);
}

static guint add_attachment(struct mailtext *text, const char *type, const char *name)
{
    struct mail_attachment *attachment = g_new0(struct mail_attachment, 1);

    attachment->type = g_strdup(type);
    attachment->name = g_strdup(name);
    g_ptr_array_add(text->attachments, attachment);
    return text->attachments->len - 1;
}

/* Whether a text of this rank would not be shown: an alternative already has a better one. */
static bool is_outranked(const struct mailtext *text, enum rank rank)
{
    for (guint i = 0; i < text->choices->len; i++) {
        const struct choice *choice = &g_array_index(text->choices, struct choice, i);

        if (choice->is_alternative && choice->best >= rank && choice->best_child != choice->child)
            return true;
    }
    return false;
}

/* What the part is good for as text. */
static enum rank find_rank(const struct mailtext_part *part)
{
    if (part->is_attachment || part->name != NULL)
        return RANK_NONE;
    if (strcmp(part->type, "text/plain") == 0)
        return RANK_PLAIN;
    return strcmp(part->type, "text/html") == 0 ? RANK_HTML : RANK_NONE;
}

void mailtext_begin(struct mailtext *text, const struct mailtext_part *part)
{
    enum rank rank = find_rank(part);

    g_mime_encoding_init_decode(&text->encoding,
                                (GMimeContentEncoding)part_encoding(part->encoding));
    g_string_truncate(text->part, 0);
    text->begun = false;
    text->visible = false;
    text->carriage_return = false;
    if (rank == RANK_NONE) {
        guint place = add_attachment(text, part->type, part->name);
        text->attachment = g_ptr_array_index(text->attachments, place);
    } else if (!is_outranked(text, rank)) {
        text->rank = rank;
        text->charset = charset_new(part->charset);
        text->html = rank == RANK_HTML ? html_new() : NULL;
    }
}

/* Appends what still goes in; a character is not split. */
static void append(struct mailtext *text, const char *bytes, size_t size)
{
    /* A blank line comes between two parts. */
    size_t taken = text->text->len + text->part->len + 2;
    size_t room = MAIL_TEXT_MAX - MIN(taken, MAIL_TEXT_MAX);

    if (text->is_full)
        return;
    if (size > room) {
        while (room > 0 && ((guchar)bytes[room] & 0xC0) == 0x80)
            room--;
        size = room;
        text->is_full = true;
    }
    g_string_append_len(text->part, bytes, (gssize)size);
}

static size_t printable_length(const char *bytes, size_t size)
{
    size_t length = 0;

    while (length < size &&
           (((guchar)bytes[length] >= ' ' && bytes[length] != 0x7F) || bytes[length] == '\t'))
        length++;
    return length;
}

/* Line ends become "\n", whatever they were; other controls go. */
static void append_clean(struct mailtext *text, const char *bytes, size_t size)
{
    if (!text->begun && size >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0) {
        bytes += 3; /* a byte order mark */
        size -= 3;
    }
    text->begun = text->begun || size > 0;
    while (size > 0) {
        size_t length = printable_length(bytes, size);

        if (length > 0 && text->carriage_return)
            append(text, "\n", 1);
        if (length > 0 || *bytes == '\n')
            text->carriage_return = false;
        else if (*bytes == '\r')
            text->carriage_return = true;
        for (size_t i = 0; i < length && !text->visible; i++)
            text->visible = bytes[i] != ' ' && bytes[i] != '\t';
        if (length > 0 || *bytes == '\n')
            append(text, bytes, MAX(length, 1));
        bytes += MAX(length, 1);
        size -= MAX(length, 1);
    }
}

/* What the character set made of the part's bytes. */
static void take_converted(struct mailtext *text)
{
    GString *from = text->converted;

    if (text->html != NULL) {
        html_step(text->html, from->str, from->len, text->reduced);
        from = text->reduced;
    }
    append_clean(text, from->str, from->len);
    g_string_truncate(text->converted, 0);
    g_string_truncate(text->reduced, 0);
}

static void take_piece(struct mailtext *text, const uint8_t *bytes, size_t size)
{
    g_byte_array_set_size(text->decoded, (guint)g_mime_encoding_outlen(&text->encoding, size));
    size = g_mime_encoding_step(&text->encoding, (const char *)bytes, size,
                                (char *)text->decoded->data);
    if (text->attachment != NULL) {
        text->attachment->size_bytes += (int64_t)size;
        return;
    }
    charset_step(text->charset, text->decoded->data, size, text->converted);
    take_converted(text);
}

void mailtext_bytes(struct mailtext *text, const uint8_t *bytes, size_t size)
{
    bool is_attachment = text->attachment != NULL;

    if (is_attachment && text->encoding.encoding == GMIME_CONTENT_ENCODING_DEFAULT) {
        text->attachment->size_bytes += (int64_t)size;
        return;
    }
    if (!is_attachment && text->rank == RANK_NONE)
        return;
    while (size > 0 && (is_attachment || (text->source_left > 0 && !text->is_full))) {
        size_t piece = MIN(size, PIECE_BYTES);

        text->source_left -= is_attachment ? 0 : (int64_t)piece;
        take_piece(text, bytes, piece);
        bytes += piece;
        size -= piece;
    }
}

/* What the decoders still hold back. */
static void flush(struct mailtext *text)
{
    if (text->encoding.encoding == GMIME_CONTENT_ENCODING_BASE64)
        take_piece(text, (const uint8_t *)"=", 1); /* many leave the padding out */
    if (text->attachment != NULL)
        return;
    charset_finish(text->charset, text->converted);
    take_converted(text);
    if (text->html != NULL)
        html_finish(text->html, text->reduced);
    append_clean(text, text->reduced->str, text->reduced->len);
    g_string_truncate(text->reduced, 0);
    if (text->carriage_return)
        append(text, "\n", 1);
}

/* The part at hand has text: that of lesser alternatives goes. */
static void settle(struct mailtext *text)
{
    for (guint i = 0; i < text->choices->len; i++) {
        struct choice *choice = &g_array_index(text->choices, struct choice, i);
        bool is_other = choice->best_child != choice->child;

        if (!choice->is_alternative)
            continue;
        if (is_other && choice->start < text->text->len)
            g_string_truncate(text->text, choice->start);
        choice->best = is_other ? text->rank : MAX(choice->best, text->rank);
        choice->best_child = choice->child;
    }
}

/* Between the texts of two parts stands a blank line. */
static void separate(GString *text)
{
    if (text->len > 0 && text->str[text->len - 1] != '\n')
        g_string_append(text, "\n\n");
    else if (text->len > 1 && text->str[text->len - 2] != '\n')
        g_string_append_c(text, '\n');
}

static void forget_part(struct mailtext *text)
{
    text->rank = RANK_NONE;
    text->attachment = NULL;
    g_clear_pointer(&text->charset, charset_free);
    g_clear_pointer(&text->html, html_free);
}

void mailtext_end(struct mailtext *text)
{
    if (text->attachment != NULL || text->rank != RANK_NONE)
        flush(text);
    if (text->rank != RANK_NONE && text->visible) {
        settle(text);
        separate(text->text);
        g_string_append_len(text->text, text->part->str, (gssize)text->part->len);
    }
    forget_part(text);
}

void mailtext_drop(struct mailtext *text)
{
    forget_part(text);
}

void mailtext_open(struct mailtext *text, bool is_alternative)
{
    struct choice choice = {.is_alternative = is_alternative, .start = text->text->len};

    g_array_append_val(text->choices, choice);
}

void mailtext_next(struct mailtext *text)
{
    g_array_index(text->choices, struct choice, text->choices->len - 1).child++;
}

void mailtext_close(struct mailtext *text)
{
    g_array_set_size(text->choices, text->choices->len - 1);
}

guint mailtext_add_message(struct mailtext *text, const char *type, const char *name)
{
    return add_attachment(text, type, name);
}

static struct mail_attachment *attachment_at(struct mailtext *text, guint place)
{
    return g_ptr_array_index(text->attachments, place);
}

void mailtext_name_message(struct mailtext *text, guint place, const char *subject)
{
    if (attachment_at(text, place)->name == NULL && *subject != '\0')
        attachment_at(text, place)->name = g_strdup(subject);
}

void mailtext_size_message(struct mailtext *text, guint place, int64_t size_bytes)
{
    attachment_at(text, place)->size_bytes = size_bytes;
}

char *mailtext_finish(struct mailtext *text, GPtrArray **attachments)
{
    *attachments = g_steal_pointer(&text->attachments);
    return g_string_free(g_steal_pointer(&text->text), FALSE);
}
