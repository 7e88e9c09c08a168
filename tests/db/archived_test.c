/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The header of a message in the archive reads as the MTA showed it, wherever the pieces end.
 */
#include "tests/db/fixture.h"

#include <string.h>

#include "milter/archived.h"

static const struct {
    const char *bytes;
    const char *want; /* the fields, each with "|" behind it */
} rows[] = {
    {"From: a@example.net\r\nTo: b\r\n\r\nBody: none\r\n", "From: a@example.net|To: b|"},
    {"Subject:no space\r\n\r\n", "Subject:no space|"},
    {"Subject:  two\r\n\tfolded\r\n  again \r\n\r\nx", "Subject:  two\n\tfolded\n  again |"},
    {"Subject:\r\n\r\n", "Subject:|"},
    {"Subject: a: b\r\n\r\n", "Subject: a: b|"},
    {"A: 1\r\nA: 2\r\na: 3\r\n\r\n", "A: 1|A: 2|a: 3|"},
    {"A: 1\r\r\n\r\n", "A: 1\r|"},
    {"A: 1\r\n \r\n 2\r\n\r\nB: 3\r\n\r\n", "A: 1\n \n 2|"},
    {"A: \xe9\r\n\r\n", "A: \xe9|"},
    {"A: 1\nB: 2\n\nC: 3\n", "A: 1|B: 2|"},
    {"A: 1\r\nno field\r\nB: 2\r\n\r\n", "A: 1|B: 2|"},
    {"A: 1\r\nB: 2\r\n", "A: 1|B: 2|"},
    {"A: 1\r\nB: 2", "A: 1|B: 2|"},
    {"\r\nA: 1\r\n\r\n", ""},
    {"\n", ""},
    {"", ""},
};

static char *print(GPtrArray *fields)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < fields->len; i++) {
        const struct mail_header *field = fields->pdata[i];

        g_string_append_printf(text, "%s:%s|", field->name, field->value);
    }
    return g_string_free(text, FALSE);
}

static void test_fields(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GPtrArray) fields = archived_fields(rows[i].bytes, strlen(rows[i].bytes));
        g_autofree char *got = print(fields);

        assert_string_equal(got, rows[i].want);
    }
}

/* A message whose pieces have that size. */
static int64_t add_message(struct fixture *f, int64_t ticket, const char *bytes, size_t piece_size)
{
    AUTO(message) message = message_new();
    int64_t size = (int64_t)strlen(bytes);

    assert_done(message_next_number(f->store, &message->number, &error));
    message->ticket = ticket;
    message->kind = g_strdup("request");
    message->sender = g_strdup("");
    message->text = g_strdup("");
    message->size_bytes = size;
    assert_done(message_add(f->store, message, &error));
    for (int64_t at = 0, piece = 0; at < size; at += (int64_t)piece_size, piece++)
        assert_done(message_add_piece(f->store, message->number, piece, bytes + at,
                                      MIN(piece_size, (size_t)(size - at)), &error));
    return message->number;
}

static void test_pieces(void **state)
{
    static const size_t sizes[] = {1, 2, 3, 5, 4096};
    struct fixture *f = *state;
    int64_t ticket = fixture_add_ticket(f->store, f->support, 0);

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        for (size_t s = 0; s < G_N_ELEMENTS(sizes); s++) {
            int64_t number = add_message(f, ticket, rows[i].bytes, sizes[s]);
            g_autofree char *got = NULL;
            AUTO(mail) mail = NULL;

            assert_done((mail = archived_header(f->store, number, &error)) != NULL);
            got = print(mail->headers);
            assert_string_equal(got, rows[i].want);
            assert_string_equal(mail->text, "");
        }
}

static void test_reads_what_it_says(void **state)
{
    struct fixture *f = *state;
    int64_t number = fixture_add_message(f->store, fixture_add_ticket(f->store, f->support, 0),
                                         "From: Kim <Kim@Example.NET>\r\n"
                                         "Subject: =?utf-8?q?gr=C3=BCn?=\r\n"
                                         "Message-ID: <a1@example.net>\r\n"
                                         "\r\n"
                                         "Message-ID: <a2@example.net>\r\n");
    AUTO(mail) mail = NULL;

    assert_done((mail = archived_header(f->store, number, &error)) != NULL);
    assert_string_equal(mail->subject, "gr\xc3\xbcn");
    assert_string_equal(mail->message_id, "a1@example.net");
    assert_int_equal(mail->from->len, 1);
    assert_string_equal(((const struct mail_address *)mail->from->pdata[0])->address,
                        "kim@example.net");
}

/* One line of eight pieces, and a body that is not looked at. */
static void test_long_line(void **state)
{
    struct fixture *f = *state;
    g_autofree char *line = g_strnfill(8 * MESSAGE_PIECE_SIZE, 'x');
    g_autofree char *bytes = g_strconcat("A: ", line, "\r\nB: 2\r\n\r\nC: 3\r\n", line, NULL);
    int64_t number =
        add_message(f, fixture_add_ticket(f->store, f->support, 0), bytes, MESSAGE_PIECE_SIZE);
    AUTO(mail) mail = NULL;

    assert_done((mail = archived_header(f->store, number, &error)) != NULL);
    assert_int_equal(mail->headers->len, 2);
    assert_int_equal(strlen(mail_header(mail, "A", 0)), 8 * MESSAGE_PIECE_SIZE + 1);
    assert_string_equal(mail_header(mail, "B", 0), " 2");
}

static void test_nothing_there(void **state)
{
    struct fixture *f = *state;
    AUTO(mail) mail = NULL;

    assert_fails((mail = archived_header(f->store, 99, &error)) != NULL, ERROR_NOT_FOUND,
                 "no message 99");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields),
        cmocka_unit_test_setup_teardown(test_pieces, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_reads_what_it_says, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_long_line, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(test_nothing_there, fixture_make, fixture_remove),
    };

    mail_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
