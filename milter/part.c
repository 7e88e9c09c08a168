/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pipeline as in mailtext, for one part alone. Sees GMime's transfer decoders and nothing else
 * of it. Any thread; errors are the spool's.
 */
#include "milter/part.h"

#include <gmime/gmime.h>
#include <string.h>

#include "milter/charset.h"

#define PIECE_BYTES (16 * 1024)

int part_encoding(const char *raw)
{
    if (raw == NULL)
        return GMIME_CONTENT_ENCODING_DEFAULT;

    const char *begin = raw + strspn(raw, " \t\r\n");
    g_autofree char *token = g_strndup(begin, strcspn(begin, " \t\r\n;("));
    GMimeContentEncoding encoding = g_mime_content_encoding_from_string(token);

    return encoding == GMIME_CONTENT_ENCODING_BASE64 ||
                   encoding == GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE
               ? encoding
               : GMIME_CONTENT_ENCODING_DEFAULT;
}

/* Appends text with its line ends made "\n": CRLF, and a CR that stands alone. */
static void append_lines(GString *out, const char *text, size_t size, bool *carriage_return)
{
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '\n' && *carriage_return) {
            *carriage_return = false;
            continue;
        }
        *carriage_return = text[i] == '\r';
        g_string_append_c(out, *carriage_return ? '\n' : text[i]);
    }
}

static void cut(GString *out, size_t max)
{
    if (out->len <= max)
        return;
    while (max > 0 && ((guchar)out->str[max] & 0xC0) == 0x80)
        max--;
    g_string_truncate(out, max);
}

/* What stands between the bytes and the text. */
struct pipe {
    GMimeEncoding encoding;
    struct charset *charset;
    bool carriage_return; /* was the last character */
    GByteArray *decoded;
    GString *converted;
};

static void push(struct pipe *pipe, const char *bytes, size_t size, GString *out)
{
    size_t room = g_mime_encoding_outlen(&pipe->encoding, size);

    g_byte_array_set_size(pipe->decoded, (guint)room);
    size = g_mime_encoding_step(&pipe->encoding, bytes, size, (char *)pipe->decoded->data);
    charset_step(pipe->charset, pipe->decoded->data, size, pipe->converted);
    append_lines(out, pipe->converted->str, pipe->converted->len, &pipe->carriage_return);
    g_string_truncate(pipe->converted, 0);
}

/* What the decoders still hold back. */
static void flush(struct pipe *pipe, GString *out)
{
    if (pipe->encoding.encoding == GMIME_CONTENT_ENCODING_BASE64)
        push(pipe, "=", 1, out); /* many leave the padding out */
    charset_finish(pipe->charset, pipe->converted);
    append_lines(out, pipe->converted->str, pipe->converted->len, &pipe->carriage_return);
}

static bool push_all(struct pipe *pipe, const struct spool *raw, const struct mail_part *part,
                     size_t max, GString *out, GError **error)
{
    g_autofree char *bytes = g_malloc(PIECE_BYTES);
    gssize count = 1;

    for (int64_t at = part->begin; at < part->end && count > 0 && out->len < max; at += count) {
        count = spool_read(raw, at, bytes, (size_t)MIN(part->end - at, PIECE_BYTES), error);
        if (count < 0)
            return false;
        push(pipe, bytes, (size_t)count, out);
    }
    flush(pipe, out);
    return true;
}

bool part_read(const struct spool *raw, const struct mail_part *part, size_t max, GString *out,
               GError **error)
{
    g_autoptr(GByteArray) decoded = g_byte_array_new();
    g_autoptr(GString) converted = g_string_new(NULL);
    AUTO(charset) charset = charset_new(part->charset);
    struct pipe pipe = {.charset = charset, .decoded = decoded, .converted = converted};

    g_mime_encoding_init_decode(&pipe.encoding,
                                (GMimeContentEncoding)part_encoding(part->encoding));
    if (!push_all(&pipe, raw, part, max, out, error))
        return false;
    cut(out, max);
    return true;
}
