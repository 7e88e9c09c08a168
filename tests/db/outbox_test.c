/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The outbox: what is written is what is read, in the order in which it is due, until nobody waits
 * for it.
 */
#include "tests/db/fixture.h"

#include <string.h>

#include "db/outbox.h"

static struct outbox_mail *make_mail(struct fixture *f, const char *to)
{
    g_auto(GStrv) recipients = g_strsplit(to, " ", -1);
    struct outbox_mail *mail;
    int64_t number;

    assert_done(outbox_next_number(f->store, &number, &error));
    mail = outbox_mail_new(number, "closed", "");
    for (char **one = recipients; *one != NULL; one++)
        outbox_mail_add_recipient(mail, *one);
    outbox_mail_add_text(mail, "Subject: x\r\n\r\n", 14);
    return mail;
}

static int64_t add_mail(struct fixture *f, const char *to, int64_t now)
{
    AUTO(outbox_mail) mail = make_mail(f, to);

    assert_done(outbox_add(f->store, mail, now, &error));
    return mail->number;
}

static struct outbox_due *find_due(struct fixture *f, int64_t now, int64_t *next)
{
    struct outbox_due *due = NULL;

    assert_done(outbox_find_due(f->store, now, &due, next, &error));
    return due;
}

/* What is due is number, to those, "kim@example.net 0 pat@example.net 2" with how often it was
 * tried. */
static void check_due(struct fixture *f, int64_t now, int64_t number, const char *to)
{
    int64_t next;
    AUTO(outbox_due) due = find_due(f, now, &next);
    g_autoptr(GString) have = g_string_new(NULL);

    assert_non_null(due);
    assert_int_equal(due->number, number);
    for (guint i = 0; i < due->recipients->len; i++) {
        const struct outbox_recipient *one = due->recipients->pdata[i];

        g_string_append_printf(have, "%s%s %d", i > 0 ? " " : "", one->address, (int)one->tries);
    }
    assert_string_equal(have->str, to);
}

static void check_nothing_due(struct fixture *f, int64_t now, int64_t want_next)
{
    int64_t next = -1;
    AUTO(outbox_due) due = find_due(f, now, &next);

    assert_null(due);
    assert_int_equal(next, want_next);
}

static void check_waiting(struct fixture *f, int64_t want_count, int64_t want_oldest)
{
    int64_t count, oldest;

    assert_done(outbox_waiting(f->store, &count, &oldest, &error));
    assert_int_equal(count, want_count);
    assert_int_equal(oldest, want_oldest);
}

static char *read_all(struct fixture *f, const struct outbox_due *due, size_t step)
{
    GString *all = g_string_new(NULL);
    g_autofree char *buffer = g_malloc(step);
    gssize got = 1;

    while (got > 0) {
        assert_done((got = outbox_read(f->store, due, (int64_t)all->len, buffer, step, &error)) >=
                    0);
        assert_true((size_t)got <= step);
        g_string_append_len(all, buffer, got);
    }
    return g_string_free(all, FALSE);
}

static void is_read_as_written(void **state)
{
    struct fixture *f = *state;
    int64_t ticket = fixture_add_ticket(f->store, f->support, 0);
    int64_t message = fixture_add_message(f->store, ticket, "0123456789");
    AUTO(outbox_mail) mail = make_mail(f, "kim@example.net pat@example.net kim@example.net");
    AUTO(outbox_due) due = NULL;
    g_autofree char *bytes = NULL;
    int64_t found, next;

    g_free(mail->sender);
    mail->sender = g_strdup("support+1-abcde@example.com");
    mail->message_id = g_strdup("notice.1@example.com");
    mail->ticket = ticket;
    mail->message = message;
    outbox_mail_add_message(mail, message, 4, 3);
    outbox_mail_add_text(mail, "", 0);
    outbox_mail_add_text(mail, "\0z", 2);
    assert_int_equal(mail->recipients->len, 2);
    assert_done(outbox_add(f->store, mail, 2000, &error));

    due = find_due(f, 2000, &next);
    assert_int_equal(due->number, mail->number);
    assert_string_equal(due->kind, "closed");
    assert_string_equal(due->sender, mail->sender);
    assert_int_equal(due->ticket, ticket);
    assert_int_equal(due->message, message);
    assert_int_equal(due->at, 2000);
    assert_int_equal(due->size, 14 + 3 + 2);
    bytes = read_all(f, due, 100);
    assert_memory_equal(bytes, "Subject: x\r\n\r\n456\0z", 14 + 3 + 2);
    check_due(f, 2000, mail->number, "kim@example.net 0 pat@example.net 0");

    assert_done(ticket_find_message_id(f->store, mail->message_id, 0, &found, &error));
    assert_int_equal(found, ticket);
}

/* A message is stored in pieces of its own. */
static int64_t add_large(struct fixture *f, GString *bytes)
{
    size_t size = 2 * MESSAGE_PIECE_SIZE + 100;
    int64_t ticket = fixture_add_ticket(f->store, f->support, 0);
    int64_t number = fixture_add_message(f->store, ticket, "");

    for (size_t i = 0; bytes->len < size; i++)
        g_string_append_printf(bytes, "%zu\r\n", i);
    g_string_truncate(bytes, size);
    fixture_execute(f->store, "DELETE FROM message_piece");
    for (int piece = 0; piece < 3; piece++)
        assert_done(message_add_piece(f->store, number, piece,
                                      bytes->str + (size_t)piece * MESSAGE_PIECE_SIZE,
                                      piece == 2 ? 100 : MESSAGE_PIECE_SIZE, &error));
    return number;
}

static void is_read_from_any_place(void **state)
{
    struct fixture *f = *state;
    static const size_t steps[] = {7, 16384, MESSAGE_PIECE_SIZE - 1, 3 * MESSAGE_PIECE_SIZE};
    g_autoptr(GString) bytes = g_string_new(NULL);
    int64_t message = add_large(f, bytes);
    AUTO(outbox_mail) mail = make_mail(f, "kim@example.net");
    AUTO(outbox_due) due = NULL;
    g_autofree char *want = NULL;
    int64_t next;

    outbox_mail_add_message(mail, message, 10, (int64_t)bytes->len - 10 - 5);
    outbox_mail_add_text(mail, "end", 3);
    g_string_truncate(bytes, bytes->len - 5);
    want = g_strconcat("Subject: x\r\n\r\n", bytes->str + 10, "end", NULL);
    assert_done(outbox_add(f->store, mail, 2000, &error));
    due = find_due(f, 2000, &next);
    assert_int_equal(due->size, strlen(want));
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
        g_autofree char *have = read_all(f, due, steps[i]);

        assert_true(strcmp(have, want) == 0);
    }
    for (int64_t at = 0; at < due->size; at += 997) {
        char buffer[3];
        gssize got;

        assert_done((got = outbox_read(f->store, due, at, buffer, sizeof buffer, &error)) > 0);
        assert_memory_equal(buffer, want + at, (size_t)got);
    }
    assert_int_equal(outbox_read(f->store, due, due->size, want, 1, NULL), 0);
}

static void is_not_there(void **state)
{
    struct fixture *f = *state;
    int64_t ticket = fixture_add_ticket(f->store, f->support, 0);
    int64_t message = fixture_add_message(f->store, ticket, "0123456789");
    AUTO(outbox_mail) mail = make_mail(f, "kim@example.net");
    AUTO(outbox_due) due = NULL;
    int64_t next;
    char buffer[100];

    outbox_mail_add_message(mail, message, 0, 11);
    assert_done(outbox_add(f->store, mail, 2000, &error));
    due = find_due(f, 2000, &next);
    assert_int_equal(outbox_read(f->store, due, 14, buffer, sizeof buffer, NULL), 10);
    assert_fails(outbox_read(f->store, due, 14 + 10, buffer, sizeof buffer, &error) >= 0,
                 ERROR_NOT_FOUND, "not there any more");
}

static void comes_in_order(void **state)
{
    struct fixture *f = *state;
    int64_t first, second, third;

    check_nothing_due(f, 9999, 0);
    check_waiting(f, 0, 0);
    first = add_mail(f, "kim@example.net pat@example.net", 2000);
    second = add_mail(f, "kim@example.net", 1900);
    third = add_mail(f, "kim@example.net", 1900);
    assert_int_equal(third, first + 2);
    check_waiting(f, 4, 1900);

    check_nothing_due(f, 1899, 1900);
    check_due(f, 2000, second, "kim@example.net 0");
    assert_done(outbox_mark_later(f->store, second, "kim@example.net", 3000, "451 no", &error));
    check_due(f, 2000, third, "kim@example.net 0");
    assert_done(outbox_mark_sent(f->store, third, "kim@example.net", 2001, &error));
    check_due(f, 2000, first, "kim@example.net 0 pat@example.net 0");
    assert_done(outbox_mark_later(f->store, first, "pat@example.net", 2500, "451", &error));
    check_due(f, 2000, first, "kim@example.net 0");
    assert_done(outbox_mark_failed(f->store, first, "kim@example.net", 2002, "550 no", &error));
    check_nothing_due(f, 2499, 2500);
    check_waiting(f, 2, 1900);
    check_due(f, 2500, first, "pat@example.net 1");
    check_due(f, 4000, first, "pat@example.net 1");
    assert_done(outbox_mark_later(f->store, first, "pat@example.net", 5000, "452", &error));
    check_due(f, 4000, second, "kim@example.net 1");
    check_due(f, 5000, second, "kim@example.net 1");
}

static void is_marked(void **state)
{
    struct fixture *f = *state;
    int64_t number = add_mail(f, "a@x b@x c@x", 2000);

    assert_done(outbox_mark_later(f->store, number, "a@x", 3000, "451 later", &error));
    assert_done(outbox_mark_sent(f->store, number, "a@x", 3001, &error));
    assert_done(outbox_mark_failed(f->store, number, "b@x", 3002, "550 never", &error));
    assert_int_equal(
        fixture_number(f->store,
                       "SELECT group_concat(address || ' ' || state || ' ' || tries || ' ' || "
                       "coalesce(ended_at, '-') || ' ' || coalesce(reply, '-')) = "
                       "'a@x sent 2 3001 -,b@x failed 1 3002 550 never,c@x waiting 0 - -' FROM "
                       "(SELECT * FROM outbox_recipient ORDER BY address)"),
        1);
}

static void is_marked_only_while_it_waits(void **state)
{
    struct fixture *f = *state;
    int64_t number = add_mail(f, "a@x b@x", 2000), next;
    AUTO(outbox_due) due = NULL;
    const struct outbox_recipient *left;

    assert_done(outbox_mark_sent(f->store, number, "a@x", 3000, &error));
    assert_fails(outbox_mark_sent(f->store, number, "a@x", 4000, &error), ERROR_NOT_FOUND, "a@x");
    assert_fails(outbox_mark_later(f->store, number, "a@x", 4000, "451", &error), ERROR_NOT_FOUND,
                 "does not wait");
    assert_fails(outbox_mark_failed(f->store, number, "a@x", 4000, "550", &error), ERROR_NOT_FOUND,
                 "does not wait");
    assert_fails(outbox_mark_sent(f->store, number, "c@x", 4000, &error), ERROR_NOT_FOUND, "c@x");
    assert_int_equal(fixture_number(f->store, "SELECT count(*) FROM outbox_recipient WHERE "
                                              "state = 'sent' AND ended_at = 3000 AND tries = 1"),
                     1);
    assert_done(outbox_mark_later(f->store, number, "b@x", 3000, "451 later", &error));
    due = find_due(f, 3000, &next);
    assert_int_equal(due->recipients->len, 1);
    left = due->recipients->pdata[0];
    assert_string_equal(left->reply, "451 later");
}

/* Its bytes stay for whoever waits, and no longer; its line stays. */
static void goes(void **state)
{
    struct fixture *f = *state;
    int64_t number = add_mail(f, "a@x b@x c@x", 2000);
    int64_t other = add_mail(f, "a@x", 2001);
    int64_t next;
    AUTO(outbox_due) due = find_due(f, 2000, &next);
    char byte;

    assert_done(outbox_mark_sent(f->store, number, "a@x", 3000, &error));
    assert_done(outbox_mark_failed(f->store, number, "b@x", 3000, "550", &error));
    assert_done(outbox_mark_later(f->store, number, "c@x", 3000, "451", &error));
    assert_int_equal(outbox_read(f->store, due, 0, &byte, 1, NULL), 1);
    assert_done(outbox_mark_failed(f->store, number, "c@x", 3000, "550", &error));
    assert_fails(outbox_read(f->store, due, 0, &byte, 1, &error) >= 0, ERROR_NOT_FOUND,
                 "not there any more");
    assert_int_equal(fixture_number(f->store, "SELECT count(*) FROM outbox_piece"), 1);
    assert_int_equal(fixture_number(f->store, "SELECT count(*) FROM outbox"), 2);
    check_due(f, 3000, other, "a@x 0");
}

/* What a rolled back transaction took is not lost, and what is gone does not come again. */
static void has_its_own_number(void **state)
{
    struct fixture *f = *state;
    int64_t number;

    assert_done(outbox_next_number(f->store, &number, &error));
    assert_int_equal(number, 1);
    assert_done(store_begin(f->store, &error));
    assert_int_equal(add_mail(f, "a@x", 2000), 1);
    store_rollback(f->store);
    assert_int_equal(add_mail(f, "a@x", 2000), 1);
    assert_int_equal(add_mail(f, "a@x", 2000), 2);
    fixture_execute(f->store, "DELETE FROM outbox_piece; DELETE FROM outbox_recipient; "
                              "DELETE FROM outbox");
    assert_int_equal(add_mail(f, "a@x", 2000), 3);
}

static void check_origin(struct fixture *f, int64_t number, int64_t want_ticket,
                         int64_t want_message)
{
    int64_t ticket = -1;
    int64_t message = -1;

    assert_done(outbox_find_origin(f->store, number, &ticket, &message, &error));
    assert_int_equal(ticket, want_ticket);
    assert_int_equal(message, want_message);
}

static void knows_its_origin(void **state)
{
    struct fixture *f = *state;
    AUTO(outbox_mail) mail = make_mail(f, "kim@example.net");

    mail->ticket = fixture_add_ticket(f->store, f->support, 0);
    mail->message = fixture_add_message(f->store, mail->ticket, "x");
    assert_done(outbox_add(f->store, mail, 2000, &error));
    check_origin(f, mail->number, mail->ticket, mail->message);
    check_origin(f, add_mail(f, "a@x", 2000), 0, 0);
    check_origin(f, 99, 0, 0);
}

static void add_counted(struct fixture *f, const char *to, int64_t now)
{
    AUTO(outbox_mail) mail = make_mail(f, to);

    mail->is_counted = true;
    assert_done(outbox_add(f->store, mail, now, &error));
}

static int64_t count_to(struct fixture *f, const char *address, int64_t since)
{
    int64_t count;

    assert_done(outbox_count_to(f->store, address, since, &count, &error));
    return count;
}

static int64_t count(struct fixture *f, int64_t since)
{
    int64_t all;

    assert_done(outbox_count(f->store, since, &all, &error));
    return all;
}

static void is_counted(void **state)
{
    struct fixture *f = *state;

    add_mail(f, "kim@x", 2000);
    assert_int_equal(count(f, 0), 0);
    add_counted(f, "kim@x", 2000);
    add_counted(f, "kim+a@x", 2001);
    add_counted(f, "kim+b+c@x pat@x", 2002);
    add_counted(f, "+kim@x", 2003);
    add_counted(f, "kim@y+z", 2003);
    assert_int_equal(count(f, 0), 6);
    assert_int_equal(count(f, 2001), 5);
    assert_int_equal(count(f, 2003), 2);
    assert_int_equal(count(f, 2004), 0);
    assert_int_equal(count_to(f, "kim@x", 0), 3);
    assert_int_equal(count_to(f, "kim+zzz@x", 0), 3);
    assert_int_equal(count_to(f, "kim@x", 2001), 2);
    assert_int_equal(count_to(f, "pat@x", 0), 1);
    assert_int_equal(count_to(f, "+kim@x", 0), 1);
    assert_int_equal(count_to(f, "@x", 0), 0);
    assert_int_equal(count_to(f, "kim@y+z", 0), 1);
    assert_int_equal(count_to(f, "kim@y", 0), 0);
}

static void is_counted_as_one(void **state)
{
    static const struct {
        const char *address;
        const char *want;
    } cases[] = {
        {"kim@example.net", "kim@example.net"},
        {"kim+a@example.net", "kim@example.net"},
        {"kim@ex\u00adample.net", "kim@example.net"},
        {"kim+a@\uff45xample.net", "kim@example.net"},
        {"kim@b\u00fccher.example", "kim@xn--bcher-kva.example"},
        {"kim@xn--bcher-kva.example", "kim@xn--bcher-kva.example"},
        {"kim@[192.0.2.1]", "kim@[192.0.2.1]"},
        /* Each of these a mail server may read as mail to kim@example.net. */
        {"kim%example.net@example.com", "%!@"},
        {"kim%example.net%example.com@example.com", "%!@"},
        {"example.net!kim@example.com", "%!@"},
        {"\"kim@example.net\"@example.com", "%!@"},
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *got = outbox_count_as(cases[i].address);

        assert_string_equal(got, cases[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(is_read_as_written, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(is_read_from_any_place, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(is_not_there, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(comes_in_order, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(is_marked, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(is_marked_only_while_it_waits, fixture_make,
                                        fixture_remove),
        cmocka_unit_test_setup_teardown(goes, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(has_its_own_number, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(knows_its_origin, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(is_counted, fixture_make, fixture_remove),
        cmocka_unit_test(is_counted_as_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
