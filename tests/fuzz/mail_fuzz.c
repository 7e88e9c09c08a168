/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * milter/mail and all behind it: whatever a message contains, there is a mail; it is clean; it is
 * the same from memory, from a file, and in pieces of any size; its hashes are those of its bytes.
 */
#include <glib.h>
#include <stdint.h>
#include <string.h>

#include "milter/address.h"
#include "milter/chars.h"
#include "milter/mailbox.h"
#include "milter/mailtext.h"
#include "milter/mime.h"
#include "milter/msgid.h"
#include "tests/unit/letter.h"

#define HOSTNAME "mx.example.com"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static void check_clean(const char *text, bool is_body)
{
    gunichar c;
    size_t size;

    for (; text != NULL && (size = chars_next(text, &c)) > 0; text += size) {
        g_assert(c != CHARS_INVALID);
        g_assert(c >= 0x20 || (is_body && (c == '\n' || c == '\t')));
    }
}

static void check_addresses(const GPtrArray *list)
{
    g_assert(list->len <= MAILBOX_COUNT_MAX);
    for (guint i = 0; i < list->len; i++) {
        const struct mail_address *address = g_ptr_array_index(list, i);
        g_autofree char *normal = address_normalise(address->address);

        g_assert_cmpstr(normal, ==, address->address);
        g_assert(address->name == NULL || *address->name != '\0');
        check_clean(address->name, false);
        check_clean(address->address, false);
    }
}

static void check_ids(const GPtrArray *list)
{
    g_assert(list->len <= MSGID_COUNT_MAX);
    for (guint i = 0; i < list->len; i++) {
        const char *id = g_ptr_array_index(list, i);

        g_assert(*id != '\0' && strpbrk(id, "<> \t") == NULL);
        check_clean(id, false);
    }
}

static void check_mail(const struct mail *mail)
{
    check_clean(mail->subject, false);
    check_clean(mail->content_type, false);
    check_clean(mail->report_type, false);
    check_clean(mail->message_id, false);
    check_clean(mail->text, true);
    g_assert(strlen(mail->text) <= MAIL_TEXT_MAX);
    g_assert(mail->date_ms >= -1);
    check_addresses(mail->from);
    check_addresses(mail->reply_to);
    check_addresses(mail->to);
    check_addresses(mail->cc);
    check_ids(mail->in_reply_to);
    check_ids(mail->references);
    g_assert(mail->attachments->len <= MIME_PARTS_MAX + 1);
    for (guint i = 0; i < mail->headers->len; i++) {
        const struct mail_header *header = g_ptr_array_index(mail->headers, i);
        g_assert(mail_header_count(mail, header->name) > 0);
    }
}

static void check_same_attachments(const GPtrArray *a, const GPtrArray *b)
{
    g_assert_cmpint(a->len, ==, b->len);
    for (guint i = 0; i < a->len; i++) {
        const struct mail_attachment *first = g_ptr_array_index(a, i);
        const struct mail_attachment *second = g_ptr_array_index(b, i);

        check_clean(first->name, false);
        check_clean(first->type, false);
        g_assert(first->size_bytes >= 0);
        g_assert_cmpstr(first->name, ==, second->name);
        g_assert_cmpstr(first->type, ==, second->type);
        g_assert_cmpint(first->size_bytes, ==, second->size_bytes);
    }
}

/* The body, fed in pieces of the sizes that the message's own bytes say. */
static void check_pieces(const struct mail *mail, const uint8_t *body, size_t size)
{
    const struct mime_fields fields = {
        .type = mail_header(mail, "Content-Type", 0),
        .disposition = mail_header(mail, "Content-Disposition", 0),
        .encoding = mail_header(mail, "Content-Transfer-Encoding", 0),
    };
    AUTO(mailtext) text = mailtext_new();
    AUTO(mime) mime = mime_new(&fields, text);
    g_autoptr(GPtrArray) attachments = NULL;
    g_autofree char *result = NULL;
    size_t from = 0;
    size_t to = 0;

    while (to < size) {
        g_autofree uint8_t *piece = NULL;

        to = MIN(to + 1 + body[to] % 61, size);
        piece = g_memdup2(body + from, to - from); /* so that a sanitizer sees a read behind it */
        from += mime_feed(mime, piece, to - from, to == size);
    }
    g_assert(from == size);
    mime_finish(mime);
    result = mailtext_finish(text, &attachments);
    /* What iconv makes of the bytes behind one without a meaning is its own affair. */
    if (strstr(result, "\uFFFD") == NULL)
        g_assert(strcmp(result, mail->text) == 0);
    check_same_attachments(attachments, mail->attachments);
    g_assert(mime_is_malformed(mime) == mail->malformed);
}

static void check_hash(const uint8_t *bytes, size_t size, const uint8_t want[DIGEST_SIZE])
{
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    uint8_t sum[DIGEST_SIZE];
    gsize length = sizeof sum;

    g_checksum_update(checksum, bytes, (gssize)size);
    g_checksum_get_digest(checksum, sum, &length);
    g_assert(memcmp(sum, want, DIGEST_SIZE) == 0);
}

/* Where the body begins in the bytes that the spool holds. */
static size_t find_body(const uint8_t *bytes, size_t size)
{
    for (size_t at = 0; at < size;) {
        const uint8_t *line_end = memchr(bytes + at, '\n', size - at);

        if (line_end == NULL)
            break;
        size_t length = (size_t)(line_end - bytes) - at;
        at += length + 1;
        if (length == 0 || (length == 1 && line_end[-1] == '\r'))
            return at;
    }
    return size;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    mail_init();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct letter letter = letter_open(data, size, SIZE_MAX);
    const uint8_t *raw = spool_memory(letter.spool);
    size_t raw_size = (size_t)spool_size(letter.spool);
    size_t body = find_body(raw, raw_size);
    AUTO(mail) mail = mail_parse(g_steal_pointer(&letter.headers), letter.spool, HOSTNAME, NULL);
    AUTO(mail) again = letter_read(data, size, 0, HOSTNAME);

    check_mail(mail);
    check_hash(raw, raw_size, mail->sha256);
    check_hash(raw + body, raw_size - body, mail->body_sha256);
    check_pieces(mail, raw + body, raw_size - body);
    g_assert(strcmp(mail->text, again->text) == 0);
    g_assert(mail->malformed == again->malformed);
    check_same_attachments(mail->attachments, again->attachments);
    g_assert(memcmp(mail->same_sha256, again->same_sha256, DIGEST_SIZE) == 0);
    letter_close(&letter);
    return 0;
}
