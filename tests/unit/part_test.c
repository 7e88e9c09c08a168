/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * milter/part, and mail->parts: which parts there are, where they lie, and what is in them.
 */
#include "milter/part.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <glib.h>

#include "db/error.h"
#include "milter/mime.h"
#include "tests/unit/letter.h"

/* A report that brings a message with two parts back. */
static const char nested[] = "Content-Type: multipart/report; boundary=a\n\n"
                             "preamble\n"
                             "--a\n\nnotice\n"
                             "--a\nContent-Type: message/delivery-status\n\nStatus: 5.1.1\n\n"
                             "--a\nContent-Type: message/rfc822\n\n"
                             "Subject: s\nContent-Type: multipart/mixed; boundary=b\n\n"
                             "--b\n\none\n--b\nContent-Type: text/html\n\ntwo\n--b--\n"
                             "--a--\nepilogue\n";

static const struct {
    const char *name;
    const char *in;
    const char *want; /* depth, type and text of each part */
} rows[] = {
    {"plain", "Subject: s\n\nhello\n", "0 text/plain [hello\n]"},
    {"no body", "Subject: s\n\n", "0 text/plain []"},
    {"no structure but a preamble", "Content-Type: multipart/mixed; boundary=a\n\nhello\n",
     "0 text/plain [hello\n]"},
    {"nested", nested,
     "0 text/plain [notice]0 message/delivery-status [Status: 5.1.1\n]"
     "0 message/rfc822 [Subject: s\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\none\n"
     "--b\nContent-Type: text/html\n\ntwo\n--b--\n]1 text/plain [one]1 text/html [two]"},
    {"base64", "Content-Transfer-Encoding: base64\n\naGVsbG8=\n", "0 text/plain [hello]"},
    {"base64 without padding", "Content-Transfer-Encoding: base64\n\naGVsbG8\n",
     "0 text/plain [hello]"},
    {"quoted-printable", "Content-Transfer-Encoding: Quoted-Printable (x)\n\nh=65l=\nlo\n",
     "0 text/plain [hello\n]"},
    {"character set", "Content-Type: text/plain; charset=iso-8859-1\n\nJ\xF6rg\n",
     "0 text/plain [J\u00f6rg\n]"},
    {"not UTF-8", "Subject: s\n\nJ\xF6rg \xE2\x82\xAC\n", "0 text/plain [J\u00f6rg \u20ac\n]"},
    {"line ends", "Subject: s\n\na\r\nb\rc\nd", "0 text/plain [a\nb\nc\nd]"},
    {"encoded message",
     "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
     "U3ViamVjdDogcwo=\n",
     "0 message/rfc822 [Subject: s\n]"},
    {"part without an end", "Content-Type: multipart/mixed; boundary=a\n\n--a\n\nhello\n",
     "0 text/plain [hello\n]"},
};

/* What the parts of the message are, each up to max bytes. Yours. */
static char *show(const char *in, size_t memory_bytes, size_t max)
{
    struct letter letter = letter_open(in, strlen(in), memory_bytes);
    AUTO(mail) mail = mail_parse(g_steal_pointer(&letter.headers), letter.spool, NULL, NULL);
    GString *shown = g_string_new(NULL);

    for (guint i = 0; i < mail->parts->len; i++) {
        const struct mail_part *part = g_ptr_array_index(mail->parts, i);
        g_autoptr(GString) text = g_string_new(NULL);

        assert_true(part->begin <= part->end && part->end <= mail->size_bytes);
        assert_true(part_read(letter.spool, part, max, text, NULL));
        g_string_append_printf(shown, "%u %s [%s]", part->depth, part->type, text->str);
    }
    letter_close(&letter);
    return g_string_free(shown, FALSE);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        for (int in_file = 0; in_file < 2; in_file++) {
            g_autofree char *got = show(rows[i].in, in_file ? 0 : SIZE_MAX, SIZE_MAX);

            if (strcmp(got, rows[i].want) != 0)
                fail_msg("%s: got %s, want %s", rows[i].name, got, rows[i].want);
        }
    }
}

static void test_limit(void **state)
{
    g_autofree char *four = show("Subject: s\n\nab\u00f6d\n", SIZE_MAX, 4);
    g_autofree char *three = show("Subject: s\n\nab\u00f6d\n", SIZE_MAX, 3);

    (void)state;
    assert_string_equal(four, "0 text/plain [ab\u00f6]");
    assert_string_equal(three, "0 text/plain [ab]"); /* no half of a character */
}

/* No more is read of a large part than is asked for. */
static void test_large(void **state)
{
    g_autoptr(GString) in = g_string_new("Subject: s\n\n");
    gint64 begin = g_get_monotonic_time();

    (void)state;
    for (int i = 0; i < 1000 * 1000; i++)
        g_string_append(in, "0123456789012345678901234567\n");
    struct letter letter = letter_open(in->str, in->len, 0);
    AUTO(mail) mail = mail_parse(g_steal_pointer(&letter.headers), letter.spool, NULL, NULL);
    g_autoptr(GString) text = g_string_new(NULL);
    begin = g_get_monotonic_time();
    for (int i = 0; i < 100; i++) {
        g_string_truncate(text, 0);
        assert_true(part_read(letter.spool, mail->parts->pdata[0], 1000, text, NULL));
        assert_int_equal(text->len, 1000);
    }
    assert_true(g_get_monotonic_time() - begin < G_TIME_SPAN_SECOND);
    letter_close(&letter);
}

/* So many parts are remembered, and no more of their labels than has a meaning. */
static void test_many(void **state)
{
    g_autofree char *label = g_strnfill(10000, 'x');
    g_autoptr(GString) in = g_string_new("Content-Type: multipart/mixed; boundary=a\n\n");

    (void)state;
    for (int i = 0; i < 2 * MIME_PARTS_MAX; i++)
        g_string_append_printf(in, "--a\nContent-Type: x/%s; charset=%s\n\n\n", label, label);
    struct letter letter = letter_open(in->str, in->len, SIZE_MAX);
    AUTO(mail) mail = mail_parse(g_steal_pointer(&letter.headers), letter.spool, NULL, NULL);
    assert_in_range(mail->parts->len, MIME_PARTS_MAX - 1, MIME_PARTS_MAX + 1);
    for (guint i = 0; i < mail->parts->len; i++) {
        const struct mail_part *part = mail->parts->pdata[i];
        assert_true(strlen(part->type) <= 200);
        assert_true(part->charset == NULL || strlen(part->charset) <= 200);
    }
    letter_close(&letter);
}

/* What the disk does not give is an error of the caller's. */
static void test_error(void **state)
{
    const char in[] = "Subject: s\n\nhello\n";
    struct letter letter = letter_open(in, strlen(in), 0);
    AUTO(mail) mail = mail_parse(g_steal_pointer(&letter.headers), letter.spool, NULL, NULL);
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GError) error = NULL;

    (void)state;
    assert_return_code(ftruncate(spool_fd(letter.spool), 5), 0);
    assert_false(part_read(letter.spool, mail->parts->pdata[0], 1000, text, &error));
    assert_true(g_error_matches(error, COUNTERFOIL_ERROR, ERROR_TEMPORARY));
    letter_close(&letter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows), cmocka_unit_test(test_limit), cmocka_unit_test(test_large),
        cmocka_unit_test(test_many), cmocka_unit_test(test_error),
    };

    mail_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
