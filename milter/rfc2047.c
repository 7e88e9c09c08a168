/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Encoded words, both ways. Decides where a word ends and which encoding it has. Any thread;
 * nothing can fail.
 */
#include "milter/rfc2047.h"

#include <stdint.h>
#include <string.h>

#include "milter/chars.h"
#include "milter/charset.h"

#define PREFIX "=?UTF-8?Q?"
#define SUFFIX "?="
#define FRAME (sizeof PREFIX - 1 + sizeof SUFFIX - 1)
#define CLUSTER_MAX 32 /* bytes of characters that combine to one */
#define LABEL_MAX 60

bool rfc2047_is_needed(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if ((text[i] & 0x80) != 0 || (text[i] == '=' && i + 1 < size && text[i + 1] == '?'))
            return true;
    return false;
}

/* What may stand as it is in a Q word, in a phrase too (RFC 2047, section 5 (3)). */
static bool is_safe(char c)
{
    return g_ascii_isalnum(c) || (c != '\0' && strchr("!*+-/", c) != NULL);
}

/* How long size bytes become. */
static size_t encoded_size(const char *text, size_t size, bool is_q)
{
    size_t all = 0;

    if (!is_q)
        return (size + 2) / 3 * 4;
    for (size_t i = 0; i < size; i++)
        all += is_safe(text[i]) || text[i] == ' ' ? 1 : 3;
    return all;
}

static void append_word(GString *out, const char *text, size_t size, bool is_q)
{
    g_autofree char *base64 = NULL;

    g_string_append(out, is_q ? PREFIX : "=?UTF-8?B?");
    if (!is_q) {
        base64 = g_base64_encode((const guchar *)text, size);
        g_string_append(out, base64);
    }
    for (size_t i = 0; is_q && i < size; i++) {
        if (is_safe(text[i]))
            g_string_append_c(out, text[i]);
        else if (text[i] == ' ')
            g_string_append_c(out, '_');
        else
            g_string_append_printf(out, "=%02X", (unsigned)(uint8_t)text[i]);
    }
    g_string_append(out, SUFFIX);
}

/* Whether c belongs to the character before it: accents, joiners, variants, skin colours. */
static bool is_combining(gunichar c)
{
    return g_unichar_ismark(c) || c == 0x200d || (c >= 0x1f3fb && c <= 0x1f3ff);
}

/* How many bytes text begins with that had better stay together. */
static size_t cluster(const char *text, size_t size)
{
    gunichar c;
    size_t all = chars_next(text, &c);

    while (all < size) {
        bool is_joiner = c == 0x200d;
        size_t one = chars_next(text + all, &c);

        if (!is_joiner && !is_combining(c))
            break;
        if (all + one > CLUSTER_MAX)
            break;
        all += one;
    }
    return all;
}

/*
 * How many bytes of text go into a word with so much room for them. In base64 only a multiple of
 * three, or all that is left: GMime loses what follows a word that is padded. 0 when that can't be
 * done.
 */
static size_t piece(const char *text, size_t size, size_t room, bool is_q)
{
    size_t taken = 0;
    size_t next = 0;
    size_t used = 0; /* of the room, by Q */

    while (next < size) {
        size_t one = cluster(text + next, size - next);

        used += encoded_size(text + next, one, true);
        next += one;
        if ((is_q ? used : encoded_size(text, next, false)) > room)
            break;
        if (is_q || next % 3 == 0 || next == size)
            taken = next;
    }
    return taken;
}

/* The same by Q, without regard to what combines; at least one character. */
static size_t characters(const char *text, size_t size, size_t room)
{
    gunichar c;
    size_t taken = chars_next(text, &c);
    size_t used = encoded_size(text, taken, true);

    while (taken < size) {
        size_t one = chars_next(text + taken, &c);

        used += encoded_size(text + taken, one, true);
        if (used > room)
            break;
        taken += one;
    }
    return taken;
}

void rfc2047_encode(GString *out, const char *text, size_t size, size_t first_room,
                    const char *between)
{
    /* Q is what people can read, as long as it does not get out of hand. */
    bool prefers_q = encoded_size(text, size, true) <= encoded_size(text, size, false) / 2 * 3;
    size_t room = MIN(first_room, RFC2047_MAX);

    room = room > FRAME ? room - FRAME : 0;
    for (size_t i = 0; i < size;) {
        size_t next = prefers_q ? 0 : piece(text + i, size - i, room, false);
        bool is_q = next == 0;

        if (next == 0)
            next = piece(text + i, size - i, room, true);
        if (next == 0)
            next = characters(text + i, size - i, room);
        if (i > 0)
            g_string_append(out, between);
        append_word(out, text + i, next, is_q);
        room = RFC2047_MAX - FRAME;
        i += next;
    }
}

/* An encoded word as it stands in a value. */
struct word {
    const char *label;
    size_t label_size;
    bool is_q;
    const char *payload;
    size_t payload_size;
    const char *end; /* behind its "?=" */
};

/* What is under way while adjoining encoded words are decoded. */
struct decoder {
    GString *out;
    struct charset *charset; /* of the run of words, or NULL */
    char *label;             /* its label */
    int base64_state;
    guint base64_save;
    const char *close; /* the first "?=" from where it was last looked for, or the end */
};

/* Where text has first and second side by side, or its end. */
static const char *find_pair(const char *text, char first, char second)
{
    const char *p = strchr(text, first);

    while (p != NULL && p[1] != second)
        p = strchr(p + 1, first);
    return p != NULL ? p : text + strlen(text);
}

/* Reads the encoded word at text, which begins with "=?". The two searches go no further than the
 * next "=?" and a "?=" that is remembered, so that all of them together read a value once. */
static bool read_word(struct decoder *decoder, const char *text, struct word *word)
{
    const char *next;

    word->label = text + 2;
    word->label_size = strcspn(word->label, "?*= \t");
    word->payload = word->label + word->label_size;
    if (word->label_size == 0 || word->label_size > LABEL_MAX)
        return false;
    if (*word->payload == '*') /* and a language, RFC 2231 */
        word->payload += strcspn(word->payload, "?= \t");
    if (word->payload[0] != '?' || word->payload[1] == '\0' || word->payload[2] != '?' ||
        strchr("bBqQ", word->payload[1]) == NULL)
        return false;
    word->is_q = g_ascii_tolower(word->payload[1]) == 'q';
    word->payload += 3;
    if (decoder->close < word->payload)
        decoder->close = find_pair(word->payload, '?', '=');
    next = find_pair(word->payload, '=', '?');
    if (*decoder->close == '\0' || next + 1 < decoder->close)
        return false;
    word->payload_size = (size_t)(decoder->close - word->payload);
    word->end = decoder->close + strlen(SUFFIX);
    return true;
}

static void decode_q(struct decoder *decoder, const struct word *word)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();

    for (size_t i = 0; i < word->payload_size; i++) {
        const char *p = word->payload + i;
        uint8_t byte = (uint8_t)(*p == '_' ? ' ' : *p);

        if (*p == '=' && i + 2 < word->payload_size && g_ascii_isxdigit(p[1]) &&
            g_ascii_isxdigit(p[2])) {
            byte = (uint8_t)(g_ascii_xdigit_value(p[1]) << 4 | g_ascii_xdigit_value(p[2]));
            i += 2;
        }
        g_byte_array_append(bytes, &byte, 1);
    }
    charset_step(decoder->charset, bytes->data, bytes->len, decoder->out);
}

static void decode_base64(struct decoder *decoder, const char *payload, size_t size)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();

    g_byte_array_set_size(bytes, (guint)(size / 4 * 3 + 6));
    g_byte_array_set_size(bytes, (guint)g_base64_decode_step(payload, size, bytes->data,
                                                             &decoder->base64_state,
                                                             &decoder->base64_save));
    charset_step(decoder->charset, bytes->data, bytes->len, decoder->out);
}

/* Ends what is left of base64 without its padding. */
static void finish_base64(struct decoder *decoder)
{
    int state = ABS(decoder->base64_state);

    if (state == 2 || state == 3)
        decode_base64(decoder, "==", (size_t)(4 - state));
    decoder->base64_state = 0;
    decoder->base64_save = 0;
}

static void finish_run(struct decoder *decoder)
{
    if (decoder->charset == NULL)
        return;
    finish_base64(decoder);
    charset_finish(decoder->charset, decoder->out);
    charset_free(decoder->charset);
    g_free(decoder->label);
    decoder->charset = NULL;
    decoder->label = NULL;
}

static void decode_word(struct decoder *decoder, const struct word *word)
{
    g_autofree char *label = g_ascii_strdown(word->label, (gssize)word->label_size);

    if (decoder->label != NULL && strcmp(label, decoder->label) != 0)
        finish_run(decoder);
    if (decoder->charset == NULL) {
        decoder->charset = charset_new(label);
        decoder->label = g_steal_pointer(&label);
    }
    if (word->is_q) {
        finish_base64(decoder);
        decode_q(decoder, word);
    } else {
        decode_base64(decoder, word->payload, word->payload_size);
        if (word->payload_size > 0 && word->payload[word->payload_size - 1] == '=')
            finish_base64(decoder); /* the padding may be too short or too long */
    }
}

char *rfc2047_decode(const char *value)
{
    g_autofree char *valid = charset_decode(NULL, value, strlen(value));
    const char *p = valid;
    struct decoder decoder = {.out = g_string_sized_new(strlen(valid) + 1), .close = valid};

    while (*p != '\0') {
        size_t space = decoder.charset != NULL ? chars_spaces(p) : 0;
        const char *start = find_pair(p, '=', '?');
        struct word word;

        if (*start != '\0' && start == p + space && read_word(&decoder, start, &word)) {
            decode_word(&decoder, &word);
            p = word.end;
            continue;
        }
        finish_run(&decoder);
        if (*start != '\0' && start == p + space)
            start += 2;
        g_string_append_len(decoder.out, p, start - p);
        p = start;
    }
    finish_run(&decoder);
    return g_string_free(decoder.out, FALSE);
}
