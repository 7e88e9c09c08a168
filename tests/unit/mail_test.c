/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * milter/mail and what it is made of: fields, text, attachments, hashes; damaged and hostile
 * messages; memory, threads, a disk that fails.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <glib.h>

#include "db/error.h"
#include "milter/mailbox.h"
#include "milter/mime.h"
#include "milter/msgid.h"
#include "tests/unit/letter.h"

#define HOSTNAME "mx.example.com"
#define MIB (1024 * 1024)

static struct mail *read_string(const char *message)
{
    return letter_read(message, strlen(message), SIZE_MAX, HOSTNAME);
}

/* "TEXT", then each attachment as "[NAME|TYPE|SIZE]", then "!" if it is malformed. */
static char *print_body(const struct mail *mail)
{
    GString *out = g_string_new(mail->text);

    for (guint i = 0; i < mail->attachments->len; i++) {
        const struct mail_attachment *attachment = g_ptr_array_index(mail->attachments, i);

        g_string_append_printf(out, "[%s|%s|%" G_GINT64_FORMAT "]",
                               attachment->name == NULL ? "" : attachment->name, attachment->type,
                               attachment->size_bytes);
    }
    return g_string_free(g_string_append(out, mail->malformed ? "!" : ""), FALSE);
}

#define MIXED "Content-Type: multipart/mixed; boundary=b\n\n"
#define ALTERNATIVE "Content-Type: multipart/alternative; boundary=b\n\n"
#define HTML "Content-Type: text/html\n\n"
#define QP "Content-Transfer-Encoding: quoted-printable\n"
#define BASE64 "Content-Transfer-Encoding: base64\n"
#define ATTACHED "Content-Disposition: attachment; filename=\"a.bin\"\n"

static const struct {
    const char *name;
    const char *in;
    const char *want;
} bodies[] = {
    {"no body", "Subject: x\n\n", ""},
    {"no header", "\na\n", "a\n"},
    {"nothing", "", ""},
    {"plain", "Subject: x\n\na\r\nb\r\n", "a\nb\n"},
    {"line ends of all kinds", "\na\r\nb\nc\rd\r\r\ne\r\r", "a\nb\nc\nd\ne\n"},
    {"controls",
     "\na\x01\x02 b\tc\x0B"
     "d\x7F\x1B\n",
     "a b\tcd\n"},
    {"byte order mark",
     "\n\xEF\xBB\xBF"
     "a\xEF\xBB\xBF",
     "a\uFEFF"},
    {"only spaces", "\n \n\t\n", ""},

    {"UTF-8", "Content-Type: text/plain; charset=utf-8\n\nJ\xC3\xB6rg", "Jörg"},
    {"mislabelled UTF-8", "Content-Type: text/plain; charset=utf-8\n\nJ\xF6rg \x80", "Jörg €"},
    {"no label", "\nJ\xF6rg J\xC3\xB6rg", "Jörg Jörg"},
    {"Latin-1", "Content-Type: text/plain; charset=ISO-8859-1\n\nJ\xF6rg", "Jörg"},
    {"KOI8-R", "Content-Type: text/plain; charset=\"koi8-r\"\n\n\xD0\xD2\xC9", "при"},
    {"ISO-2022-JP", "Content-Type: text/plain; charset=iso-2022-jp\n\n\x1B$B%F%9%H\x1B(B",
     "テスト"},
    {"unknown charset", "Content-Type: text/plain; charset=x-none\n\nJ\xF6rg", "Jörg"},

    {"quoted-printable", QP "\nJ=C3=B6rg =\nx=3D\n", "Jörg x=\n"},
    {"quoted-printable, CRLF", QP "\na=\r\nb\r\n", "ab\n"},
    {"damaged quoted-printable", QP "\na=zz=", "a=zz"},
    {"base64", BASE64 "\nSsO2\ncmc=\n", "Jörg"},
    {"base64 without padding", BASE64 "\nSsO2cmc", "Jörg"},
    {"base64 with junk",
     BASE64 "\n!S s*O2\x01"
            "cm-c=\n",
     "Jörg"},
    {"case and comment of an encoding", "Content-Transfer-Encoding:  BASE64 (x)\n\nYQ==", "a"},
    {"unknown encoding", "Content-Transfer-Encoding: x-none\n\nYQ==", "YQ=="},

    {"HTML", HTML "<html><title>x</title><p>a&eacute;<p>b<script>c</script></html>\r\n", "aé\n\nb"},
    {"HTML in quoted-printable and Latin-1",
     "Content-Type: text/html; charset=latin1\n" QP "\n<b>J=F6=\nrg</b>&nbsp;x", "Jörg x"},
    {"empty HTML", HTML "<html><body>&nbsp;</body></html>", ""},

    {"two parts", MIXED "preamble\n--b\n\na\n--b\n\nb\n\n--b--\nepilogue\n", "a\n\nb\n"},
    {"two parts, CRLF", MIXED "--b\r\n\r\na\r\n--b\r\n\r\nb\r\n--b--\r\n", "a\n\nb"},
    {"blank parts", MIXED "--b\n\n \n--b\n\na\n--b\n\n--b\n--b--\n", "a"},
    {"boundary in quotes, with spaces behind",
     "Content-Type: multipart/mixed; boundary=\"b c:d\"\n\n--b c:d \t\n\na\n--b c:d-- \n", "a"},
    {"nearly a boundary", MIXED "--b\n\n--bb\n--b-\n -b\n--b --\n--\n--b--",
     "--bb\n--b-\n -b\n--b --\n--"},
    {"encoded words are no boundary",
     "Content-Type: multipart/mixed; boundary=\"=?utf-8?q?b?=\"\n\n--=?utf-8?q?b?=\n\na\n"
     "--=?utf-8?q?b?=--\n",
     "a"},

    {"alternative", ALTERNATIVE "--b\n\na\n--b\n" HTML "<p>b\n--b--\n", "a"},
    {"alternative, HTML first", ALTERNATIVE "--b\n" HTML "<p>b\n--b\n\na\n--b--\n", "a"},
    {"alternative, HTML alone", ALTERNATIVE "--b\n" HTML "<p>b\n--b--\n", "b"},
    {"alternative, plain is blank", ALTERNATIVE "--b\n\n \n--b\n" HTML "<p>b\n--b--\n", "b"},
    {"alternative, plain is blank and last", ALTERNATIVE "--b\n" HTML "<p>b\n--b\n\n \n--b--\n",
     "b"},
    {"alternative, two plain", ALTERNATIVE "--b\n\na\n--b\n\nb\n--b--\n", "a"},
    {"alternative, attachment",
     ALTERNATIVE "--b\n\na\n--b\nContent-Type: text/calendar\n\nbc\n--b--", "a[|text/calendar|2]"},
    {"alternative within",
     MIXED "--b\n\nx\n--b\nContent-Type: multipart/alternative; "
           "boundary=c\n\n--c\n" HTML "b\n--c\n\na\n--c--\n--b\n\ny\n--b--",
     "x\n\na\n\ny"},
    {"alternative of several",
     ALTERNATIVE "--b\n\na\n--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n" HTML
                 "b\n--c\nContent-Type: image/png\n\nx\n--c\n\nd\n--c--\n--b--",
     "a[|image/png|1]"},
    {"alternative whose best is of several",
     ALTERNATIVE "--b\n" HTML "x\n--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\na\n"
                 "--c\n\nb\n--c--\n--b--",
     "a\n\nb"},
    {"related",
     "Content-Type: multipart/related; boundary=b\n\n--b\n" HTML
     "<p>a\n--b\nContent-Type: image/gif\nContent-ID: <x>\n" BASE64 "\nAAAA\n--b--\n",
     "a[|image/gif|3]"},

    {"attachment", MIXED "--b\n\na\n--b\n" ATTACHED "\nabc\n--b--\n", "a[a.bin|text/plain|3]"},
    {"attachment without a name",
     "Content-Disposition: attachment\nContent-Type: TEXT/Plain\n\nabc", "[|text/plain|3]"},
    {"inline with a name", "Content-Disposition: inline; filename=x\n\nabc", "[x|text/plain|3]"},
    {"name of the type", "Content-Type: image/png; name=\"=?utf-8?q?=C3=A9?=\"\n\nabc",
     "[é|image/png|3]"},
    {"name of RFC 2231",
     "Content-Disposition: attachment; filename*0*=utf-8''%c3; filename*1*=%a9\n\nabc",
     "[é|text/plain|3]"},
    {"decoded size, base64", ATTACHED BASE64 "\nYWJj\nZA==\n", "[a.bin|text/plain|4]"},
    {"decoded size, base64 without padding", ATTACHED BASE64 "\nYWJjZA", "[a.bin|text/plain|4]"},
    {"decoded size, quoted-printable", ATTACHED QP "\na=3D=\nb", "[a.bin|text/plain|3]"},
    {"only an attachment", "Content-Type: application/pdf\n\nabc", "[|application/pdf|3]"},
    {"delivery report",
     "Content-Type: multipart/report; boundary=b\n\n--b\n\nfailed\n--b\nContent-Type: "
     "message/delivery-status\n\nab\n--b\nContent-Type: text/rfc822-headers\n\nSubject: "
     "x\n--b--\n",
     "failed[|message/delivery-status|2][|text/rfc822-headers|10]"},

    {"message in a message",
     MIXED "--b\n\na\n--b\nContent-Type: message/rfc822\n\nSubject: =?utf-8?q?=C3=A9?=\n "
           "x\n\nb\n--b\n\nc\n--b--",
     "a\n\nb\n\nc[é x|message/rfc822|33]"},
    {"message with a name",
     MIXED "--b\nContent-Type: message/rfc822; name=x.eml\n\nSubject: y\n\nb\n--b--",
     "b[x.eml|message/rfc822|13]"},
    {"message is all", "Content-Type: message/rfc822\n\nA: b\n\nc", "c[|message/rfc822|7]"},
    {"message without a subject", "Content-Type: message/rfc822\n\nSubject: \n\nc",
     "c[|message/rfc822|12]"},
    {"message of parts",
     MIXED "--b\nContent-Type: message/rfc822\n\nContent-Type: multipart/mixed; "
           "boundary=c\n\n--c\n" ATTACHED "\nx\n--c\n\ny\n--c--\n\n--b\n\nz\n--b--",
     "y\n\nz[|message/rfc822|113][a.bin|text/plain|1]"},
    {"message behind a mailbox's separator",
     MIXED "--b\nContent-Type: message/rfc822\n\n>From x\nSubject: s\n\nb\n--b--",
     "b[s|message/rfc822|21]"},
    {"digest",
     "Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: x\n\na\n--b\nContent-Type: "
     "text/plain\n\nb\n--b--",
     "a\n\nb[x|message/rfc822|13]"},
    {"encoded message", MIXED "--b\nContent-Type: message/rfc822\n" BASE64 "\nYTogYgoKYw==\n--b--",
     "[|message/rfc822|7]"},

    {"no boundary", "Content-Type: multipart/mixed\n\na\n--b\n\nb", "a\n--b\n\nb!"},
    {"boundary that never comes", MIXED "a\n--c\n\nb", "a\n--c\n\nb!"},
    {"no end", MIXED "--b\n\na\n", "a\n!"},
    {"end at once", MIXED "a\n--b--\nb", ""},
    {"end in a header", MIXED "--b\nContent-Type: text/html", "!"},
    {"inner multipart without an end",
     MIXED "--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\na\n--b\n\nb\n--b--\n",
     "a\n\nb!"},
    {"the same boundary twice",
     MIXED "--b\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\na\n--b--\n--b\n\nb\n--b--\n",
     "a\n\nb"},
    {"no empty line", MIXED "--b\nContent-Type: text/plain\na b\n--b--", "a b!"},
    {"no empty line, at once", MIXED "--b\na b\nc\n--b--", "a b\nc!"},
    {"header without content", MIXED "--b\n" ATTACHED "--b\n\na\n--b--", "a[a.bin|text/plain|0]"},
    {"space before the colon", MIXED "--b\nContent-Type : image/png\n\na\n--b--", "[|image/png|1]"},
    {"folded header", MIXED "--b\nContent-Type:\n image/png;\n\tname=x\n\na\n--b--",
     "[x|image/png|1]"},
    {"no type", "Content-Type: nonsense\n\na", "a"},
    {"two types", "Content-Type: text/plain\nContent-Type: image/png\n\na", "a"},
};

static void check_bodies(size_t memory_bytes)
{
    int failed = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(bodies); i++) {
        AUTO(mail) mail = letter_read(bodies[i].in, strlen(bodies[i].in), memory_bytes, HOSTNAME);
        g_autofree char *got = print_body(mail);

        if (strcmp(got, bodies[i].want) != 0) {
            print_error("%s: \"%s\"\n", bodies[i].name, got);
            failed++;
        }
    }
    assert_int_equal(failed, 0);
}

static void body_in_memory(void **state)
{
    (void)state;
    check_bodies(SIZE_MAX);
}

static void body_in_a_file(void **state)
{
    (void)state;
    check_bodies(0);
}

static void fields(void **state)
{
    AUTO(mail)
    mail = read_string("subject: =?utf-8?q?=C3=A9?=\n x\nSubject: second\n"
                       "FROM: A <a@x.example>\nFrom: b@x.example, nobody\n"
                       "Reply-To: r@x.example\nTo: T: t@x.example;\nTo: u@x.example\n"
                       "Cc: c@x.example\nMessage-ID: <m@x> <n@x>\n"
                       "In-Reply-To: <i@x>\nReferences: <j@x>\n <k@x>\n"
                       "Content-Type: Multipart/Report; boundary=b;\n"
                       " Report-Type=Delivery-Status\n\n--b--");
    const struct mail_address *first = g_ptr_array_index(mail->from, 0);

    (void)state;
    assert_string_equal(mail->subject, "é x");
    assert_int_equal(mail->from->len, 2);
    assert_string_equal(first->name, "A");
    assert_string_equal(first->address, "a@x.example");
    assert_int_equal(mail->reply_to->len, 1);
    assert_int_equal(mail->to->len, 2);
    assert_int_equal(mail->cc->len, 1);
    assert_string_equal(mail->message_id, "m@x");
    assert_int_equal(mail->in_reply_to->len, 1);
    assert_int_equal(mail->references->len, 2);
    assert_string_equal(g_ptr_array_index(mail->references, 1), "k@x");
    assert_string_equal(mail->content_type, "multipart/report");
    assert_string_equal(mail->report_type, "delivery-status");
    assert_false(mail->malformed);
}

static void body_that_is_none(void **state)
{
    static const char *const rows[] = {"", "A: b\r\n", "A: b\r\n\r\n", "A: b"};

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        AUTO(mail) mail = letter_read(rows[i], strlen(rows[i]), SIZE_MAX, NULL);

        assert_int_equal(mail->body_begin, mail->size_bytes);
    }
}

static void no_fields(void **state)
{
    AUTO(mail) mail = read_string("X: y\n\n");

    (void)state;
    assert_null(mail->subject);
    assert_null(mail->message_id);
    assert_null(mail->report_type);
    assert_int_equal(mail->from->len, 0);
    assert_int_equal(mail->references->len, 0);
    assert_int_equal(mail->date_ms, -1);
    assert_string_equal(mail->content_type, "text/plain");
    assert_string_equal(mail->text, "");
    mail_free(NULL);
    mail_header_free(NULL);
}

static void headers_by_name(void **state)
{
    AUTO(mail) mail = read_string("B: 1\na:2\nC:  3\nA: 4\n 5\nb: 6\nAA: 7\n\n");

    (void)state;
    assert_int_equal(mail->headers->len, 6);
    assert_int_equal(mail_header_count(mail, "a"), 2);
    assert_int_equal(mail_header_count(mail, "aa"), 1);
    assert_int_equal(mail_header_count(mail, "aaa"), 0);
    assert_int_equal(mail_header_count(mail, "D"), 0);
    assert_string_equal(mail_header(mail, "A", 0), "2");
    assert_string_equal(mail_header(mail, "a", 1), " 4\n 5");
    assert_null(mail_header(mail, "A", 2));
    assert_null(mail_header(mail, "A", G_MAXUINT));
    assert_string_equal(mail_header(mail, "b", 0), " 1");
    assert_string_equal(mail_header(mail, "B", 1), " 6");
    assert_string_equal(mail_header(mail, "c", 0), "  3");
    assert_null(mail_header(mail, "D", 0));
    assert_null(mail_header(mail, "", 0));
}

static void dates(void **state)
{
    static const struct {
        const char *in;
        int64_t want;
    } rows[] = {
        {"Mon, 02 Nov 2026 10:00:00 +0100", INT64_C(1793610000000)},
        {"2 Nov 2026 09:00 GMT", INT64_C(1793610000000)},
        {"Mon,\n 02 Nov 2026\n 10:00:00 +0100 (CET)", INT64_C(1793610000000)},
        {"Mon, 02 Nov 26 09:00:00", INT64_C(1793610000000)},
        {"Thu, 01 Jan 1970 00:00:00 +0000", 0},
        {"Wed, 31 Dec 1969 23:59:59 +0000", -1},
        {"Mon, 02 Nov 0126 10:00:00 +0100", -1},
        {"Mon, 02 Nov 99999 10:00:00 +0100", -1},
        {"Mon, 32 Nov 2026 10:00:00 +0100", -1},
        {"Mon, 02 Nov 2026 25:00:00 +0100", -1},
        {"tomorrow", -1},
        {"\xFF\xFE", -1},
        {"", -1},
    };
    int failed = 0;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *message = g_strconcat("Date: ", rows[i].in, "\n\n", NULL);
        AUTO(mail) mail = read_string(message);

        if (mail->date_ms != rows[i].want) {
            print_error("%s: %" G_GINT64_FORMAT "\n", rows[i].in, mail->date_ms);
            failed++;
        }
    }
    assert_int_equal(failed, 0);
}

static bool is_hash_of(const uint8_t got[DIGEST_SIZE], const char *bytes)
{
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    uint8_t want[DIGEST_SIZE];
    gsize length = sizeof want;

    g_checksum_update(checksum, (const guchar *)bytes, (gssize)strlen(bytes));
    g_checksum_get_digest(checksum, want, &length);
    return memcmp(got, want, DIGEST_SIZE) == 0;
}

#define OWN "Received: from a (b [192.0.2.1])\r\n\tby MX.example.com (Postfix); x\r\n"
#define OTHER "Received: from mx.example.com by other.example.com; x\r\n"
#define STAMP "X-Counterfoil-Loop: a\r\n b\r\n"

static const struct {
    const char *name;
    const char *in;   /* the header */
    const char *want; /* what of it counts */
} kept[] = {
    {"nothing", "", ""},
    {"plain", "A: b\r\n", "A: b\r\n"},
    {"own hop", OWN "A: b\r\n", "A: b\r\n"},
    {"two own hops", OWN OWN "A: b\r\n", "A: b\r\n"},
    {"only own hops", OWN OWN, ""},
    {"hop of another", OTHER OWN "A: b\r\n", OTHER OWN "A: b\r\n"},
    {"own hop above that of another", OWN OTHER OWN, OTHER OWN},
    {"own hop below", "A: b\r\n" OWN, "A: b\r\n" OWN},
    {"stamp", "A: b\r\n" STAMP "C: d\r\n", "A: b\r\nC: d\r\n"},
    {"stamp, other spelling", "A: b\r\nx-counterfoil-LOOP:\r\n", "A: b\r\n"},
    {"stamps among hops", STAMP OWN STAMP OWN "A: b\r\n", "A: b\r\n"},
    {"nearly a stamp", "X-Counterfoil-Loops: a\r\n", "X-Counterfoil-Loops: a\r\n"},
    {"nearly a hop", "Received-SPF: x by mx.example.com\r\n",
     "Received-SPF: x by mx.example.com\r\n"},
    {"hop with a comment", "Received: from a (by other) by (x) mx.example.com;\r\nA: b\r\n",
     "A: b\r\n"},
    {"hop without a host", "Received: (qmail 1 invoked by uid 2)\r\n",
     "Received: (qmail 1 invoked by uid 2)\r\n"},
};

static void check_hashes(size_t memory_bytes)
{
    int failed = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(kept); i++) {
        g_autofree char *message = g_strconcat(kept[i].in, "\r\nbody\r\n", NULL);
        g_autofree char *same = g_strconcat(kept[i].want, "\r\nbody\r\n", NULL);
        AUTO(mail) mail = letter_read(message, strlen(message), memory_bytes, HOSTNAME);

        if (mail->size_bytes != (int64_t)strlen(message) ||
            strcmp(message + mail->body_begin, "body\r\n") != 0 ||
            !is_hash_of(mail->sha256, message) || !is_hash_of(mail->same_sha256, same) ||
            !is_hash_of(mail->body_sha256, "body\r\n")) {
            print_error("%s\n", kept[i].name);
            failed++;
        }
    }
    assert_int_equal(failed, 0);
}

static void hashes(void **state)
{
    (void)state;
    check_hashes(SIZE_MAX);
    check_hashes(0);
}

static void hash_without_a_hostname(void **state)
{
    AUTO(mail) mail = letter_read(OWN STAMP "\r\n", strlen(OWN STAMP "\r\n"), 0, NULL);

    (void)state;
    assert_true(is_hash_of(mail->same_sha256, OWN "\r\n"));
}

/* A header without end, longer than any buffer. */
static void hash_of_a_long_header(void **state)
{
    g_autofree char *junk = g_strnfill(300000, 'x');
    g_autofree char *message =
        g_strconcat(OWN, "A: ", junk, "\r\n", STAMP, "B: ", junk, "\r\n\r\n", junk, NULL);
    g_autofree char *same = g_strconcat("A: ", junk, "\r\nB: ", junk, "\r\n\r\n", junk, NULL);
    AUTO(mail) first = letter_read(message, strlen(message), 0, HOSTNAME);
    AUTO(mail) second = letter_read(message, strlen(message), SIZE_MAX, HOSTNAME);

    (void)state;
    assert_true(is_hash_of(first->same_sha256, same));
    assert_true(is_hash_of(first->body_sha256, junk));
    assert_memory_equal(first->same_sha256, second->same_sha256, DIGEST_SIZE);
}

static void text_is_capped(void **state)
{
    g_autofree char *half = g_strnfill(MAIL_TEXT_MAX - 3, 'a');
    g_autofree char *message = g_strconcat("\n", half, "\xE2\x82\xAC", "b", NULL);
    AUTO(mail) mail = read_string(message);

    (void)state;
    assert_int_equal(strlen(mail->text), MAIL_TEXT_MAX - 3);
    assert_true(g_utf8_validate(mail->text, -1, NULL));
    assert_string_equal(mail->text, half);
}

/* Each makes a message of about size bytes that has cost a parser time, memory or its stack. */
static void append_nested(GString *out, size_t size)
{
    for (int i = 0; out->len < size; i++)
        g_string_append_printf(out, "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n",
                               i, i);
}

static void append_messages(GString *out, size_t size)
{
    while (out->len < size)
        g_string_append(out, "Content-Type: message/rfc822\r\n\r\n");
}

static void append_parts(GString *out, size_t size)
{
    g_string_append(out, MIXED);
    while (out->len < size)
        g_string_append(out, "--b\n\nx\n");
}

static void append_attachments(GString *out, size_t size)
{
    g_string_append(out, MIXED);
    while (out->len < size)
        g_string_append(out, "--b\nContent-Type: message/rfc822\n\n" ATTACHED "\n");
}

static void append_headers(GString *out, size_t size)
{
    for (int i = 0; out->len < size; i++)
        g_string_append_printf(out, "X-%d: y\r\n", i);
}

static void append_tos(GString *out, size_t size)
{
    for (int i = 0; out->len < size; i++)
        g_string_append_printf(out, "To: a%d@x.example\r\n", i);
}

static void append_hops(GString *out, size_t size)
{
    while (out->len < size)
        g_string_append(out, "Received: by mx.example.com\r\n");
}

static void append_dashes(GString *out, size_t size)
{
    for (char c = 'A'; c < 'A' + MIME_DEPTH_MAX - 1; c++)
        g_string_append_printf(out, "Content-Type: multipart/mixed; boundary=%c\r\n\r\n--%c\r\n", c,
                               c);
    while (out->len < size)
        g_string_append(out, "\n--z");
}

static void append_long_line(GString *out, size_t size)
{
    g_string_append(out, MIXED "--b\nContent-Type: ");
    while (out->len < size)
        g_string_append_c(out, 'x');
}

static void append_preamble(GString *out, size_t size)
{
    g_string_append(out, MIXED);
    while (out->len < size)
        g_string_append(out, "--c is no delimiter\n");
}

static void append_labels(GString *out, size_t size)
{
    g_string_append(out, MIXED);
    for (int i = 0; out->len < size; i++)
        g_string_append_printf(
            out, "--b\nContent-Type: text/plain; charset=x-%d; name*=x-%d''%%E9\n\nx\n", i, i);
}

static void append_markup(GString *out, size_t size)
{
    g_string_append(out, HTML);
    while (out->len < size)
        g_string_append(out, "<p <b &#x");
}

/* Header fields of one unit over and over. */
static void append_units(GString *out, const char *name, const char *unit, size_t size)
{
    g_string_append_printf(out, "%s: ", name);
    while (out->len < size)
        g_string_append(out, unit);
    g_string_append(out, "\r\n\r\nx");
}

static double cpu_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Anything that is not linear takes minutes. The measured times are below 0.1 s. */
#define SECONDS_MAX 20

static struct mail *read_in_time(const GString *message, const char *name)
{
    double begin = cpu_seconds();
    struct mail *mail = letter_read(message->str, message->len, 100000, HOSTNAME);

    if (cpu_seconds() - begin > SECONDS_MAX)
        fail_msg("%s takes %.1f s", name, cpu_seconds() - begin);
    return mail;
}

static void hostile_structure(void **state)
{
    static const struct {
        const char *name;
        void (*append)(GString *out, size_t size);
        size_t size;
        bool malformed;
    } rows[] = {
        {"nested multiparts", append_nested, 600000, true},
        {"nested messages", append_messages, 320000, true},
        {"parts", append_parts, 800000, true},
        {"attachments", append_attachments, 2000000, true},
        {"headers", append_headers, 1200000, false},
        {"To fields", append_tos, 2000000, false},
        {"own Received fields", append_hops, 2000000, false},
        {"nearly delimiters", append_dashes, 4000000, true},
        {"a header line", append_long_line, 4000000, true},
        {"a preamble", append_preamble, 4000000, true},
        {"labels", append_labels, 4000000, true},
        {"markup", append_markup, 4000000, false},
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GString) message = g_string_new("Subject: s\r\n");

        rows[i].append(message, rows[i].size);
        AUTO(mail) mail = read_in_time(message, rows[i].name);
        if (mail->malformed != rows[i].malformed || g_strcmp0(mail->subject, "s") != 0 ||
            mail->attachments->len > MIME_PARTS_MAX || mail->to->len > MAILBOX_COUNT_MAX)
            fail_msg("%s: %d, %u attachments", rows[i].name, mail->malformed,
                     mail->attachments->len);
    }
}

static void hostile_fields(void **state)
{
    static const char *const names[] = {
        "Subject",      "To",   "References", "Message-ID",
        "Content-Type", "Date", "Received",   "Content-Disposition"};
    static const char *const units[] = {"a,",   "a@b,", "a@b ", "<",      "<a,",     "<a@b",
                                        "\"",   "\"\\", "(",    "(a),(",  "[",       ":",
                                        "=?",   "@",    ";",    "=?x?q?", "a*0*=x;", " ",
                                        "\xFF", "by ",  "1 ",   "\r\n x", "<@a,",    "(<a@b>"};

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        for (size_t k = 0; k < G_N_ELEMENTS(units); k++) {
            g_autoptr(GString) message = g_string_new(NULL);

            append_units(message, names[i], units[k], 300000);
            AUTO(mail) mail = read_in_time(message, units[k]);
            assert_true(mail->to->len <= MAILBOX_COUNT_MAX);
            assert_true(mail->references->len <= MSGID_COUNT_MAX);
        }
    }
}

/* In KiB, from /proc/self/status. */
static long memory_peak(void)
{
    g_autofree char *status = NULL;

    if (!g_file_get_contents("/proc/self/status", &status, NULL, NULL))
        return -1;
    const char *line = strstr(status, "VmHWM:");
    return line == NULL ? -1 : strtol(line + strlen("VmHWM:"), NULL, 10);
}

/* The peak becomes what is used now (proc(5), clear_refs). */
static bool forget_peak(void)
{
    int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
    bool done = fd >= 0 && write(fd, "5", 1) == 1;

    if (fd >= 0)
        close(fd);
    return done;
}

/* How much memory, in KiB, it takes to parse 50 MiB that begin with header and go on with unit. */
static long measure(const char *header, const char *unit, size_t memory_bytes)
{
    struct letter letter = letter_open(header, strlen(header), memory_bytes);
    g_autoptr(GString) piece = g_string_new(NULL);

    while (piece->len < MIB)
        g_string_append(piece, unit);
    for (int i = 0; i < 50; i++) {
        if (!spool_append(letter.spool, piece->str, piece->len, NULL))
            return -1;
    }
    if (!forget_peak())
        return -1;
    long before = memory_peak();
    AUTO(mail) mail = mail_parse(g_steal_pointer(&letter.headers), letter.spool, HOSTNAME, NULL);
    long after = memory_peak();
    letter_close(&letter);
    return mail == NULL || before < 0 ? -1 : after - before;
}

/* A child of its own for each, since memory that was used once counts no more. */
static int measure_apart(const char *header, const char *unit, size_t memory_bytes)
{
    pid_t child = fork();
    int status = -1;

    if (child == 0) {
        long used = measure(header, unit, memory_bytes);
        _exit(used < 0 ? 255 : (int)MIN(used / 1024, 254));
    }
    return child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status)
               ? 255
               : WEXITSTATUS(status);
}

/* The text and what it goes through take some MiB, the sanitizers' bookkeeping some more; a copy of
 * anything large takes 50. */
#define MEMORY_MAX_MIB 32

static void memory(void **state)
{
    static const struct {
        const char *name;
        const char *header;
        const char *unit;
    } rows[] = {
        {"text", "\n", "Hello, this is a line of text.\r\n"},
        {"a line", "\n", "x"},
        {"an attachment", ATTACHED BASE64 "\n",
         "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n"},
        {"HTML", HTML, "<p class='x'>a &amp; b</p>\r\n"},
        {"a preamble", MIXED, "Hello, this is a line of text.\r\n"},
        {"a part", MIXED "--b\n\n", "Hello, this is a line of text.\r\n"},
        {"parts", MIXED, "--b\n\nx\n"},
        {"a header line", MIXED "--b\nContent-Type: ", "x"},
    };
    int failed = 0;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        int in_file = measure_apart(rows[i].header, rows[i].unit, 0);
        int in_memory = measure_apart(rows[i].header, rows[i].unit, SIZE_MAX);

        if (in_file > MEMORY_MAX_MIB || in_memory > MEMORY_MAX_MIB) {
            print_error("%s: %d MiB, %d MiB\n", rows[i].name, in_file, in_memory);
            failed++;
        }
    }
    assert_int_equal(failed, 0);
}

static void *read_often(void *data)
{
    int *failed = data;

    for (int round = 0; round < 20; round++) {
        for (size_t i = 0; i < G_N_ELEMENTS(bodies); i++) {
            AUTO(mail) mail = letter_read(bodies[i].in, strlen(bodies[i].in), SIZE_MAX, HOSTNAME);
            g_autofree char *got = print_body(mail);

            *failed += strcmp(got, bodies[i].want) != 0;
        }
    }
    return NULL;
}

static void threads(void **state)
{
    GThread *running[8];
    int failed[G_N_ELEMENTS(running)] = {0};

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(running); i++)
        running[i] = g_thread_new("parser", read_often, &failed[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(running); i++) {
        g_thread_join(running[i]);
        assert_int_equal(failed[i], 0);
    }
}

static void file_that_fails(void **state)
{
    static const char message[] = MIXED "--b\n\na\n--b--\n";
    struct letter letter = letter_open(message, strlen(message), 0);
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_return_code(ftruncate(spool_fd(letter.spool), 10), 0);
    assert_null(mail_parse(g_steal_pointer(&letter.headers), letter.spool, HOSTNAME, &error));
    assert_true(g_error_matches(error, COUNTERFOIL_ERROR, ERROR_TEMPORARY));
    letter_close(&letter);
}

static int start(void **state)
{
    (void)state;
    mail_init();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory), /* first: what others leave behind would be used again */
        cmocka_unit_test(body_in_memory),
        cmocka_unit_test(body_in_a_file),
        cmocka_unit_test(fields),
        cmocka_unit_test(body_that_is_none),
        cmocka_unit_test(no_fields),
        cmocka_unit_test(headers_by_name),
        cmocka_unit_test(dates),
        cmocka_unit_test(hashes),
        cmocka_unit_test(hash_without_a_hostname),
        cmocka_unit_test(hash_of_a_long_header),
        cmocka_unit_test(text_is_capped),
        cmocka_unit_test(hostile_structure),
        cmocka_unit_test(hostile_fields),
        cmocka_unit_test(threads),
        cmocka_unit_test(file_that_fails),
    };

    return cmocka_run_group_tests(tests, start, NULL);
}
