/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tickets: what is written is what is read, and lists are in the right order.
 */
#include "tests/db/fixture.h"

#include <string.h>

#include "db/department.h"

static const char *department_name(const struct ticket *ticket, guint i)
{
    return ((const struct ticket_department *)ticket->departments->pdata[i])->name;
}

static struct ticket *make_ticket(struct fixture *f)
{
    struct ticket *ticket = ticket_new();

    assert_done(ticket_next_number(f->store, &ticket->number, &error));
    g_ptr_array_add(ticket->departments, ticket_department_new(f->support, NULL));
    g_ptr_array_add(ticket->departments, ticket_department_new(f->accounting, NULL));
    g_ptr_array_add(ticket->correspondents, correspondent_new("max@example.net", "Max"));
    g_ptr_array_add(ticket->correspondents, correspondent_new("eve@example.net", NULL));
    ticket->waiting_for_us = false;
    ticket->waiting_since = 1001;
    ticket->requester = g_strdup("kim@example.net");
    ticket->requester_name = g_strdup("Kim");
    ticket->assignee_id = f->jane;
    ticket->subject = g_strdup("caf\xc3\xa9 'quoted' %s");
    ticket->opened_at = 1000;
    ticket->updated_at = 1002;
    return ticket;
}

static void is_read_as_written(void **state)
{
    struct fixture *f = *state;
    AUTO(ticket) written = make_ticket(f);
    AUTO(ticket) ticket = NULL;
    AUTO(ticket) none = NULL;

    assert_done(ticket_add(f->store, written, &error));
    fixture_add_message(f->store, written->number, "one");
    fixture_add_message(f->store, written->number, "two");
    assert_done(ticket_find(f->store, written->number, &ticket, &error));
    assert_int_equal(ticket->number, 1);
    assert_true(ticket->open);
    assert_false(ticket->waiting_for_us);
    assert_int_equal(ticket->waiting_since, 1001);
    assert_int_equal(ticket->departments->len, 2);
    assert_string_equal(department_name(ticket, 0), "support");
    assert_string_equal(department_name(ticket, 1), "accounting");
    assert_string_equal(ticket->requester, "kim@example.net");
    assert_string_equal(ticket->requester_name, "Kim");
    assert_int_equal(ticket->correspondents->len, 2);
    assert_string_equal(((struct correspondent *)ticket->correspondents->pdata[0])->address,
                        "eve@example.net");
    assert_null(((struct correspondent *)ticket->correspondents->pdata[0])->name);
    assert_string_equal(((struct correspondent *)ticket->correspondents->pdata[1])->name, "Max");
    assert_int_equal(ticket->assignee_id, f->jane);
    assert_string_equal(ticket->assignee, "jane@example.com");
    assert_string_equal(ticket->subject, written->subject);
    assert_int_equal(ticket->opened_at, 1000);
    assert_int_equal(ticket->updated_at, 1002);
    assert_int_equal(ticket->closed_at, 0);
    assert_int_equal(ticket->messages, 2);
    assert_done(ticket_find(f->store, 2, &none, &error));
    assert_null(none);
}

static void knows_its_people(void **state)
{
    AUTO(ticket) ticket = make_ticket(*state);
    AUTO(ticket) empty = ticket_new();

    assert_true(ticket_has_person(ticket, "kim@example.net"));
    assert_true(ticket_has_person(ticket, "max@example.net"));
    assert_false(ticket_has_person(ticket, "kim@example.ne"));
    assert_false(ticket_has_person(ticket, ""));
    assert_false(ticket_has_person(empty, NULL));
    assert_true(ticket_has_department(ticket, ((struct fixture *)*state)->accounting));
    assert_false(ticket_has_department(ticket, 99));
    assert_false(ticket_has_department(empty, 0));
}

static void is_changed(void **state)
{
    struct fixture *f = *state;
    AUTO(ticket) ticket = make_ticket(f);
    AUTO(ticket) changed = NULL;
    AUTO(ticket) unknown = NULL;

    assert_done(ticket_add(f->store, ticket, &error));
    ticket->open = false;
    ticket->closed_at = 2000;
    ticket->updated_at = 2001;
    ticket->waiting_for_us = true;
    ticket->waiting_since = 2002;
    ticket->assignee_id = 0;
    g_free(g_steal_pointer(&ticket->requester));
    g_ptr_array_add(ticket->correspondents, correspondent_new("max@example.net", "Other"));
    g_ptr_array_add(ticket->correspondents, correspondent_new("new@example.net", NULL));
    /* support gives the ticket to accounting, and stays on it. */
    g_ptr_array_insert(ticket->departments, 0, ticket_department_new(f->accounting, NULL));
    assert_done(ticket_update(f->store, ticket, &error));
    assert_done(ticket_update(f->store, ticket, &error));
    assert_done(ticket_find(f->store, ticket->number, &changed, &error));
    assert_false(changed->open);
    assert_true(changed->waiting_for_us);
    assert_int_equal(changed->closed_at, 2000);
    assert_int_equal(changed->updated_at, 2001);
    assert_int_equal(changed->waiting_since, 2002);
    assert_int_equal(changed->assignee_id, 0);
    assert_null(changed->requester);
    assert_int_equal(changed->opened_at, 1000);
    assert_int_equal(changed->departments->len, 2);
    assert_string_equal(department_name(changed, 0), "accounting");
    assert_string_equal(department_name(changed, 1), "support");
    assert_int_equal(changed->correspondents->len, 3);
    assert_string_equal(((struct correspondent *)changed->correspondents->pdata[1])->name, "Max");
    assert_int_equal(fixture_number(f->store, "SELECT count(*) FROM ticket_department"), 1);

    unknown = make_ticket(f);
    unknown->number = 99;
    assert_fails(ticket_update(f->store, unknown, &error), ERROR_NOT_FOUND, "no ticket 99");
}

static void loses_correspondents(void **state)
{
    struct fixture *f = *state;
    AUTO(ticket) ticket = make_ticket(f);
    AUTO(ticket) changed = NULL;

    assert_done(ticket_add(f->store, ticket, &error));
    g_ptr_array_remove_index(ticket->correspondents, 0);
    assert_done(ticket_update(f->store, ticket, &error));
    assert_done(ticket_find(f->store, ticket->number, &changed, &error));
    assert_int_equal(changed->correspondents->len, 1);
    assert_string_equal(((struct correspondent *)changed->correspondents->pdata[0])->address,
                        "eve@example.net");
}

static void merge(struct store *store, int64_t number, int64_t into)
{
    AUTO(ticket) ticket = NULL;

    assert_done(ticket_find(store, number, &ticket, &error));
    ticket->merged_into = into;
    assert_done(ticket_update(store, ticket, &error));
}

static int64_t find_live(struct store *store, int64_t number)
{
    AUTO(ticket) ticket = NULL;

    assert_done(ticket_find_live(store, number, &ticket, &error));
    return ticket != NULL ? ticket->number : 0;
}

static void leads_to_where_it_was_merged(void **state)
{
    struct fixture *f = *state;
    int64_t numbers[3];

    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++)
        numbers[i] = fixture_add_ticket(f->store, f->support, 0);
    assert_int_equal(find_live(f->store, numbers[0]), numbers[0]);
    merge(f->store, numbers[0], numbers[1]);
    assert_int_equal(find_live(f->store, numbers[0]), numbers[1]);
    merge(f->store, numbers[1], numbers[2]);
    assert_int_equal(find_live(f->store, numbers[0]), numbers[2]);
    assert_int_equal(find_live(f->store, 99), 0);
    /* By hand, in the database: a circle leads nowhere, and ends. */
    merge(f->store, numbers[2], numbers[0]);
    assert_int_equal(find_live(f->store, numbers[0]), 0);
}

static void knows_spammers(void **state)
{
    struct fixture *f = *state;
    AUTO(ticket) ticket = NULL;
    int64_t number = fixture_add_ticket(f->store, f->support, 0);
    bool has = true;

    assert_done(ticket_has_spammer(f->store, "kim@example.net", &has, &error));
    assert_false(has);
    assert_done(ticket_find(f->store, number, &ticket, &error));
    ticket->is_spam = true;
    assert_done(ticket_update(f->store, ticket, &error));
    assert_done(ticket_has_spammer(f->store, "kim@example.net", &has, &error));
    assert_true(has);
    assert_done(ticket_has_spammer(f->store, "max@example.net", &has, &error));
    assert_false(has);
}

static void removed_departments_show(void **state)
{
    struct fixture *f = *state;
    AUTO(ticket) written = make_ticket(f);
    AUTO(ticket) ticket = NULL;

    assert_done(ticket_add(f->store, written, &error));
    assert_done(department_remove(f->store, f->accounting, 2, &error));
    assert_done(department_remove(f->store, f->support, 2, &error));
    assert_done(ticket_find(f->store, written->number, &ticket, &error));
    assert_string_equal(department_name(ticket, 0), "support");
    assert_string_equal(department_name(ticket, 1), "accounting");
}

static void refuses_what_does_not_fit(void **state)
{
    struct fixture *f = *state;
    AUTO(ticket) twice = make_ticket(f);
    AUTO(ticket) homeless = make_ticket(f);
    AUTO(ticket) unwritten = make_ticket(f);

    assert_done(ticket_add(f->store, twice, &error));
    assert_fails(ticket_add(f->store, twice, &error), ERROR_REFUSED, "ticket 1: ");
    homeless->number = 2;
    ((struct ticket_department *)homeless->departments->pdata[0])->id = 99;
    assert_fails(ticket_add(f->store, homeless, &error), ERROR_REFUSED, "ticket 2: ");
    unwritten->number = 3;
    g_free(g_steal_pointer(&unwritten->subject));
    assert_fails(ticket_add(f->store, unwritten, &error), ERROR_BUG, "ticket 3: ");
}

static void never_uses_a_number_twice(void **state)
{
    struct fixture *f = *state;
    int64_t number = 0;

    assert_done(ticket_next_number(f->store, &number, &error));
    assert_int_equal(number, 1);
    fixture_add_ticket(f->store, f->support, 0);
    fixture_add_ticket(f->store, f->support, 0);
    fixture_execute(f->store, "DELETE FROM ticket");
    assert_done(ticket_next_number(f->store, &number, &error));
    assert_int_equal(number, 3);
}

/* 1 is merged into 2, 2 into 3; closed 4 continues in closed 5, and that in 6, which is merged into
 * 3; 7 is open again, though 8 continues it; closed 9 continues in closed 10; 11 and 12 are a ring.
 */
static void leads_to_another(void **state)
{
    static const struct {
        int64_t number, merged, current;
    } rows[] = {
        {1, 3, 3}, {2, 3, 3}, {3, 3, 3}, {4, 4, 3},    {5, 5, 3},
        {6, 3, 3}, {7, 7, 7}, {9, 9, 9}, {99, 99, 99},
    };
    struct fixture *f = *state;
    int64_t number;

    for (int i = 1; i <= 12; i++)
        fixture_add_ticket(f->store, f->support, 0);
    fixture_execute(f->store,
                    "UPDATE ticket SET merged_into = 2 WHERE number = 1;"
                    "UPDATE ticket SET merged_into = 3 WHERE number IN (2, 6);"
                    "UPDATE ticket SET state = 'closed', continued_in = number + 1 "
                    "WHERE number IN (4, 5, 9);"
                    "UPDATE ticket SET continued_in = 8 WHERE number = 7;"
                    "UPDATE ticket SET state = 'closed' WHERE number IN (1, 2, 6, 10);"
                    "UPDATE ticket SET merged_into = 23 - number WHERE number IN (11, 12)");
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        print_message("# %d\n", (int)rows[i].number);
        assert_done(ticket_merged(f->store, rows[i].number, &number, &error));
        assert_int_equal(number, rows[i].merged);
        assert_done(ticket_current(f->store, rows[i].number, &number, &error));
        assert_int_equal(number, rows[i].current);
    }
    assert_done(ticket_current(f->store, 11, &number, &error));
    assert_done(ticket_continue(f->store, 9, 8, &error));
    assert_done(ticket_current(f->store, 9, &number, &error));
    assert_int_equal(number, 8);
}

static void is_found_by_foreign_tag(void **state)
{
    static const struct {
        const char *sql, *domain, *tag;
        int64_t want;
    } rows[] = {
        {"", "a.example", "[x #1]", 2},
        {"", "b.example", "[x #1]", 0},
        {"", "a.example", "[x #2]", 0},
        {"UPDATE ticket SET state = 'closed' WHERE number = 2", "a.example", "[x #1]", 1},
        {"UPDATE ticket SET merged_into = 3 WHERE number = 2", "a.example", "[x #1]", 3},
        {"UPDATE ticket SET state = 'closed'", "a.example", "[x #1]", 0},
    };
    struct fixture *f = *state;
    int64_t number;

    for (int i = 0; i < 3; i++)
        fixture_add_ticket(f->store, f->support, 0);
    for (int64_t i = 1; i <= 2; i++)
        assert_done(ticket_add_foreign_tag(f->store, i, "a.example", "[x #1]", &error));
    assert_done(ticket_add_foreign_tag(f->store, 1, "a.example", "[x #1]", &error));
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        print_message("# %s\n", rows[i].sql);
        fixture_execute(f->store, rows[i].sql);
        assert_done(
            ticket_find_foreign_tag(f->store, rows[i].domain, rows[i].tag, &number, &error));
        assert_int_equal(number, rows[i].want);
    }
}

static void is_found_by_message_id(void **state)
{
    struct fixture *f = *state;
    int64_t first = fixture_add_ticket(f->store, f->support, 0);
    int64_t second = fixture_add_ticket(f->store, f->support, 0);
    int64_t number = -1;

    fixture_add_message(f->store, first, "a");
    fixture_add_message(f->store, second, "b");
    fixture_add_message(f->store, first, "c");
    fixture_execute(f->store, "UPDATE message SET message_id = 'x@y' WHERE number < 3;"
                              "UPDATE message SET message_id = 'z@y' WHERE number = 3");
    assert_done(ticket_find_message_id(f->store, "x@y", 0, &number, &error));
    assert_int_equal(number, first);
    assert_done(ticket_find_message_id(f->store, "x@y", first, &number, &error));
    assert_int_equal(number, second);
    assert_done(ticket_find_message_id(f->store, "x@y", second, &number, &error));
    assert_int_equal(number, 0);
    assert_done(ticket_find_message_id(f->store, "z@y", 0, &number, &error));
    assert_int_equal(number, first);
    assert_done(ticket_find_message_id(f->store, "X@y", 0, &number, &error));
    assert_int_equal(number, 0);
}

/* 1 to 8, as the rows of `lists` need them. */
static void add_tickets(struct fixture *f)
{
    static const char changes[] =
        "UPDATE ticket SET waiting_since = 1000 + 10 * number, updated_at = 5000 + number;"
        "UPDATE ticket SET waiting_since = 900 WHERE number = 4;"
        "UPDATE ticket SET waiting = 'customer' WHERE number IN (2, 3);"
        "UPDATE ticket SET state = 'closed', closed_at = 1 WHERE number IN (5, 6, 7);"
        "UPDATE ticket SET updated_at = 9000 WHERE number = 6;"
        "UPDATE ticket SET requester = 'max@example.net' WHERE number IN (3, 7);"
        "UPDATE ticket SET requester = NULL WHERE number = 8";
    g_autofree char *further = NULL;

    for (int i = 1; i <= 8; i++)
        fixture_add_ticket(f->store, i <= 5 ? f->support : f->accounting,
                           i == 1 || i == 6 ? f->jane : 0);
    fixture_execute(f->store, changes);
    further = g_strdup_printf("INSERT INTO ticket_department VALUES (8, %d)", (int)f->support);
    fixture_execute(f->store, further);
}

static bool note_number(const struct ticket *ticket, void *data, GError **error)
{
    (void)error;
    g_string_append_printf(data, "%s%d", ((GString *)data)->len > 0 ? " " : "",
                           (int)ticket->number);
    return true;
}

static void lists(void **state)
{
    enum { NONE, SUPPORT, ACCOUNTING };
    static const struct {
        int department, open, waiting_for_us;
        bool jane, nobody;
        const char *requester;
        int64_t waiting_before, updated_since;
        const char *want;
    } rows[] = {
        {NONE, -1, -1, false, false, NULL, 0, 0, "4 1 2 3 8 6 7 5"},
        {NONE, 1, -1, false, false, NULL, 0, 0, "4 1 2 3 8"},
        {NONE, 0, -1, false, false, NULL, 0, 0, "6 7 5"},
        {NONE, -1, 1, false, false, NULL, 0, 0, "4 1 8"},
        {NONE, -1, 0, false, false, NULL, 0, 0, "2 3"},
        {NONE, 0, 1, false, false, NULL, 0, 0, ""},
        {SUPPORT, -1, -1, false, false, NULL, 0, 0, "4 1 2 3 8 5"},
        {SUPPORT, 1, -1, false, false, NULL, 0, 0, "4 1 2 3 8"},
        {SUPPORT, 1, 1, false, false, NULL, 0, 0, "4 1 8"},
        {ACCOUNTING, 1, -1, false, false, NULL, 0, 0, "8"},
        {ACCOUNTING, 0, -1, false, false, NULL, 0, 0, "6 7"},
        {NONE, -1, -1, true, false, NULL, 0, 0, "1 6"},
        {SUPPORT, -1, -1, true, false, NULL, 0, 0, "1"},
        {NONE, 1, -1, true, false, NULL, 0, 0, "1"},
        {NONE, 1, -1, false, true, NULL, 0, 0, "4 2 3 8"},
        {NONE, -1, -1, true, true, NULL, 0, 0, ""},
        {NONE, -1, -1, false, false, "max@example.net", 0, 0, "3 7"},
        {NONE, 0, -1, false, false, "max@example.net", 0, 0, "7"},
        {ACCOUNTING, -1, -1, false, false, "max@example.net", 0, 0, "7"},
        {NONE, -1, -1, false, false, "MAX@example.net", 0, 0, ""},
        {NONE, -1, -1, false, false, NULL, 1020, 0, "4 1"},
        {NONE, -1, 0, false, false, NULL, 1021, 0, "2"},
        {NONE, -1, -1, false, false, NULL, 0, 5007, "8 6 7"},
        {NONE, 1, -1, false, false, NULL, 0, 5003, "4 3 8"},
    };
    struct fixture *f = *state;

    add_tickets(f);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const int64_t departments[] = {0, f->support, f->accounting};
        const struct ticket_filter filter = {
            .department_id = departments[rows[i].department],
            .open = rows[i].open,
            .waiting_for_us = rows[i].waiting_for_us,
            .assignee_id = rows[i].jane ? f->jane : 0,
            .nobody = rows[i].nobody,
            .requester = rows[i].requester,
            .waiting_before = rows[i].waiting_before,
            .updated_since = rows[i].updated_since,
        };
        g_autoptr(GString) got = g_string_new(NULL);

        print_message("# row %d\n", (int)i);
        assert_done(ticket_list(f->store, &filter, note_number, got, &error));
        assert_string_equal(got->str, rows[i].want);
    }
}

static bool stop_at_two(const struct ticket *ticket, void *data, GError **error)
{
    (void)error;
    ++*(int *)data;
    return ticket->number != 2;
}

static bool fail_at_two(const struct ticket *ticket, void *data, GError **error)
{
    ++*(int *)data;
    return ticket->number != 2 || error_set(error, ERROR_REFUSED, "enough");
}

/* Lists within a list, and changes what is listed. */
static bool close_it(const struct ticket *ticket, void *data, GError **error)
{
    struct fixture *f = data;
    const struct ticket_filter filter = {.open = 1, .waiting_for_us = -1};
    g_autoptr(GString) left = g_string_new(NULL);
    AUTO(ticket) again = NULL;

    if (!ticket_list(f->store, &filter, note_number, left, error) ||
        !ticket_find(f->store, ticket->number, &again, error))
        return false;
    again->open = false;
    return ticket_update(f->store, again, error);
}

static void lists_until_told_to_stop(void **state)
{
    struct fixture *f = *state;
    const struct ticket_filter all = {.open = 1, .waiting_for_us = -1};
    int count = 0;

    for (int i = 0; i < 4; i++)
        fixture_add_ticket(f->store, f->support, 0);
    assert_done(ticket_list(f->store, &all, stop_at_two, &count, &error));
    assert_int_equal(count, 2);
    count = 0;
    assert_fails(ticket_list(f->store, &all, fail_at_two, &count, &error), ERROR_REFUSED, "enough");
    assert_int_equal(count, 2);
    assert_done(ticket_list(f->store, &all, close_it, f, &error));
    assert_int_equal(fixture_number(f->store, "SELECT count(*) FROM ticket WHERE state = 'open'"),
                     0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_make, fixture_remove)
    const struct CMUnitTest tests[] = {
        TEST(is_read_as_written),
        TEST(knows_its_people),
        TEST(is_changed),
        TEST(loses_correspondents),
        TEST(leads_to_where_it_was_merged),
        TEST(knows_spammers),
        TEST(removed_departments_show),
        TEST(refuses_what_does_not_fit),
        TEST(never_uses_a_number_twice),
        TEST(is_found_by_message_id),
        TEST(leads_to_another),
        TEST(is_found_by_foreign_tag),
        TEST(lists),
        TEST(lists_until_told_to_stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
