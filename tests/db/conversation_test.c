/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Conversations: what belongs to one, in which order, and how much of it is read.
 */
#include "tests/db/fixture.h"

#include <string.h>

#include "db/conversation.h"
#include "db/event.h"

static struct conversation *read_it(struct fixture *f, int64_t ticket, int64_t also, int64_t most)
{
    struct conversation *conversation = NULL;

    assert_done(conversation_read(f->store, ticket, also, most, &conversation, &error));
    return conversation;
}

static void add_event(struct fixture *f, int64_t ticket, int64_t at, const char *kind)
{
    AUTO(event) event = event_new(kind, "jane@example.com", NULL);

    event->ticket = ticket;
    event->at = at;
    assert_done(event_add(f->store, event, &error));
}

/* "3 5 6": the messages' numbers; "opened closed": the events' kinds. */
static void check(const struct conversation *conversation, const char *messages, const char *events)
{
    g_autoptr(GString) numbers = g_string_new(NULL);
    g_autoptr(GString) kinds = g_string_new(NULL);

    for (guint i = 0; i < conversation->messages->len; i++)
        g_string_append_printf(numbers, "%s%" G_GINT64_FORMAT, i > 0 ? " " : "",
                               ((struct message *)conversation->messages->pdata[i])->number);
    for (guint i = 0; i < conversation->events->len; i++)
        g_string_append_printf(kinds, "%s%s", i > 0 ? " " : "",
                               ((struct event *)conversation->events->pdata[i])->kind);
    assert_string_equal(numbers->str, messages);
    assert_string_equal(kinds->str, events);
}

/* Tickets 1 to 4: 2 is part of 1, 3 of 2; 4 is apart. Messages 1 to 8, two of each in turns. */
static void make_family(struct fixture *f)
{
    for (int i = 0; i < 4; i++)
        fixture_add_ticket(f->store, f->support, 0);
    for (int i = 0; i < 8; i++)
        fixture_add_message(f->store, i % 4 + 1, "Subject: x\r\n\r\n");
    fixture_execute(f->store, "UPDATE ticket SET merged_into = number - 1, state = 'closed', "
                              "closed_at = 5 WHERE number IN (2, 3)");
    add_event(f, 2, 30, "c");
    add_event(f, 1, 10, "a");
    add_event(f, 3, 20, "b");
    add_event(f, 4, 15, "x");
}

static void is_of_all_that_was_merged(void **state)
{
    struct fixture *f = *state;
    AUTO(conversation) all = NULL;
    AUTO(conversation) part = NULL;
    AUTO(conversation) both = NULL;
    AUTO(conversation) none = NULL;

    make_family(f);
    all = read_it(f, 1, 0, 10);
    check(all, "1 2 3 5 6 7", "a b c");
    assert_int_equal(all->message_count, 6);
    assert_int_equal(all->event_count, 3);
    part = read_it(f, 2, 0, 10);
    check(part, "2 3 6 7", "b c");
    both = read_it(f, 4, 2, 10);
    check(both, "2 3 4 6 7 8", "x b c");
    none = read_it(f, 5, 0, 10);
    check(none, "", "");
    assert_int_equal(none->message_count + none->event_count, 0);
}

static void has_both_ends(void **state)
{
    struct fixture *f = *state;
    AUTO(conversation) ends = NULL;
    AUTO(conversation) all = NULL;

    make_family(f);
    ends = read_it(f, 1, 0, 1);
    check(ends, "1 7", "a c");
    assert_int_equal(ends->message_count, 6);
    assert_int_equal(ends->event_count, 3);
    all = read_it(f, 1, 0, 3); /* twice three: nothing is left out, and nothing is there twice */
    check(all, "1 2 3 5 6 7", "a b c");
}

static void events_of_a_moment_keep_their_order(void **state)
{
    struct fixture *f = *state;
    int64_t ticket = fixture_add_ticket(f->store, f->support, 0);
    AUTO(conversation) conversation = NULL;

    add_event(f, ticket, 7, "first");
    add_event(f, ticket, 7, "second");
    add_event(f, ticket, 7, "third");
    conversation = read_it(f, ticket, 0, 1);
    check(conversation, "", "first third");
}

static void messages_are_as_written(void **state)
{
    struct fixture *f = *state;
    int64_t ticket = fixture_add_ticket(f->store, f->support, 0);
    AUTO(message) written = message_new();
    AUTO(conversation) conversation = NULL;
    const struct message *read;

    assert_done(message_next_number(f->store, &written->number, &error));
    written->ticket = ticket;
    written->kind = g_strdup("answer");
    written->at = 1001;
    written->sender = g_strdup("jane@example.com");
    written->author = g_strdup("jane.doe@example.com");
    written->author_name = g_strdup("Jane");
    written->operator_id = f->jane;
    written->subject = g_strdup("Re: x");
    written->message_id = g_strdup("x@example.com");
    written->text = g_strdup("not read");
    written->size_bytes = 17;
    assert_done(message_add(f->store, written, &error));
    conversation = read_it(f, ticket, 0, 5);
    assert_int_equal(conversation->messages->len, 1);
    read = conversation->messages->pdata[0];
    assert_int_equal(read->ticket, ticket);
    assert_string_equal(read->kind, written->kind);
    assert_int_equal(read->at, written->at);
    assert_string_equal(read->sender, written->sender);
    assert_string_equal(read->author, written->author);
    assert_string_equal(read->author_name, written->author_name);
    assert_int_equal(read->operator_id, written->operator_id);
    assert_string_equal(read->subject, written->subject);
    assert_string_equal(read->message_id, written->message_id);
    assert_string_equal(read->text, "");
    assert_int_equal(read->size_bytes, written->size_bytes);
}

static void knows_what_came_before(void **state)
{
    struct fixture *f = *state;
    static const struct {
        int64_t ticket;
        int64_t message;
        bool has;
    } rows[] = {{1, 1, false}, {1, 2, true}, {2, 2, false}, {2, 3, true},         {3, 3, false},
                {4, 4, false}, {4, 5, true}, {5, 9, false}, {4, G_MAXINT64, true}};

    make_family(f);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        bool has;

        assert_done(
            conversation_has_before(f->store, rows[i].ticket, rows[i].message, &has, &error));
        if (has != rows[i].has)
            fail_msg("row %zu", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(is_of_all_that_was_merged, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(has_both_ends, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(events_of_a_moment_keep_their_order, fixture_make,
                                        fixture_remove),
        cmocka_unit_test_setup_teardown(messages_are_as_written, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(knows_what_came_before, fixture_make, fixture_remove),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
