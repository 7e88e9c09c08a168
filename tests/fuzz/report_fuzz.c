/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * milter/report, milter/machine and milter/part: whatever a message contains, what is read of it
 * is clean and within limits, and is the same from memory and from a file; a person's mail in a
 * type of its own is never a report because of what it says.
 */
#include <glib.h>
#include <stdint.h>
#include <string.h>

#include "milter/address.h"
#include "milter/chars.h"
#include "milter/machine.h"
#include "milter/msgid.h"
#include "milter/part.h"
#include "milter/report.h"
#include "tests/unit/letter.h"

#define PART_MAX 5000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

/* A message, and where its bytes are. */
struct input {
    struct letter letter;
    struct mail *mail;
};

static struct input open_input(const uint8_t *data, size_t size, size_t memory_bytes)
{
    struct input input = {.letter = letter_open(data, size, memory_bytes)};

    input.mail = mail_parse(g_steal_pointer(&input.letter.headers), input.letter.spool, NULL, NULL);
    return input;
}

static void close_input(struct input *input)
{
    mail_free(input->mail);
    letter_close(&input->letter);
}

static void check_address(const char *address)
{
    g_autofree char *normal = address == NULL ? NULL : address_normalise(address);

    g_assert_cmpstr(normal, ==, address);
    g_assert(address == NULL || g_utf8_validate(address, -1, NULL));
}

static void check_status(const char *status)
{
    char read[STATUSCODE_SIZE];

    statuscode_read(status, read);
    g_assert_cmpstr(read, ==, status);
}

static void check_subject(const char *subject)
{
    gunichar c;
    size_t size;

    for (; subject != NULL && (size = chars_next(subject, &c)) > 0; subject += size)
        g_assert(c != CHARS_INVALID && !chars_is_control(c));
}

static void check_report(const struct report *report)
{
    enum report_action worst = REPORT_DELIVERED;

    g_assert(report->reason != NULL);
    g_assert(report->recipients->len > 0 && report->recipients->len <= REPORT_RECIPIENTS_MAX);
    g_assert(report->addresses->len <= REPORT_ADDRESSES_MAX);
    for (guint i = 0; i < report->recipients->len; i++) {
        const struct report_recipient *recipient = report->recipients->pdata[i];

        check_address(recipient->address);
        check_address(recipient->original);
        check_status(recipient->status);
        worst = MAX(worst, recipient->action);
    }
    g_assert(report->action == worst || report->recipients->len == REPORT_RECIPIENTS_MAX);
    for (guint i = 0; i < report->addresses->len; i++)
        check_address(report->addresses->pdata[i]);
    for (guint i = 0; i < report->references->len; i++)
        g_assert(strpbrk(report->references->pdata[i], "<> \t\r\n") == NULL);
    check_subject(report->subject);
    check_subject(report->message_id);
}

static void check_same(const struct report *a, const struct report *b)
{
    g_assert((a == NULL) == (b == NULL));
    if (a == NULL)
        return;
    g_assert_cmpstr(a->reason, ==, b->reason);
    g_assert_cmpstr(a->subject, ==, b->subject);
    g_assert_cmpint(a->recipients->len, ==, b->recipients->len);
    g_assert_cmpint(a->addresses->len, ==, b->addresses->len);
    g_assert_cmpint(a->references->len, ==, b->references->len);
}

static void check_parts(const struct input *input)
{
    int64_t before = 0;

    for (guint i = 0; i < input->mail->parts->len; i++) {
        const struct mail_part *part = input->mail->parts->pdata[i];
        g_autoptr(GString) text = g_string_new(NULL);

        g_assert(part->begin >= before && part->end >= part->begin);
        g_assert(part->end <= input->mail->size_bytes);
        before = part->begin;
        g_assert(part_read(input->letter.spool, part, PART_MAX, text, NULL));
        g_assert(text->len <= PART_MAX && g_utf8_validate_len(text->str, text->len, NULL));
        g_assert(memchr(text->str, '\r', text->len) == NULL);
    }
}

/* Whether the header alone leaves it open that it is a report: else no word may make it one. */
static bool can_be_report(const struct mail *mail)
{
    const struct mail_address *from = mail->from->len == 1 ? mail->from->pdata[0] : NULL;

    return from == NULL || machine_is_daemon(from->address) ||
           mail_header(mail, "X-Failed-Recipients", 0) != NULL ||
           strcmp(mail->content_type, "multipart/report") == 0 ||
           strstr(mail->content_type, "delivery-status") != NULL;
}

static void check_sender(const struct input *memory, const struct input *file, const char *sender)
{
    AUTO(envelope) envelope = envelope_new();

    envelope_set_sender(envelope, sender);
    AUTO(report) report = report_read(envelope, memory->mail, memory->letter.spool, NULL);
    AUTO(report) again = report_read(envelope, file->mail, file->letter.spool, NULL);
    check_same(report, again);
    if (report != NULL)
        check_report(report);
    g_assert(report == NULL || envelope->sender[0] == '\0' || can_be_report(memory->mail));
    if (machine_is_auto(envelope, memory->mail, NULL))
        g_assert(machine_is_quiet(envelope, memory->mail, NULL));
}

static void check_list(const struct mail *mail)
{
    g_autoptr(GPtrArray) author = machine_list_author(mail);

    g_assert(author == NULL || (author->len == 1 && machine_is_list(mail, NULL)));
    if (author != NULL)
        check_address(((const struct mail_address *)author->pdata[0])->address);
    machine_is_spam(mail);
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
    struct input memory = open_input(data, size, SIZE_MAX);
    struct input file = open_input(data, size, 0);

    check_parts(&memory);
    check_sender(&memory, &file, "<>");
    check_sender(&memory, &file, "<kim@example.net>");
    check_list(memory.mail);
    close_input(&memory);
    close_input(&file);
    return 0;
}
