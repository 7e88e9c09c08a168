/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The site, and the history of what was done.
 */
#include "tests/db/fixture.h"

#include "db/department.h"
#include "db/event.h"
#include "db/site.h"

static const uint8_t mark[DIGEST_SIZE] = {1, 2, 3};

static void is_missing_at_first(void **state)
{
    struct fixture *f = *state;
    int64_t version = 0;
    bool is = true;

    assert_fails(site_find(f->store, &error) != NULL, ERROR_CONFIG, "counterfoil init");
    assert_fails(site_check_mark(f->store, mark, &error), ERROR_CONFIG, "counterfoil init");
    assert_fails(site_roles_version(f->store, &version, &error), ERROR_CONFIG, "counterfoil init");
    assert_done(site_is_postmaster(f->store, "postmaster@example.com", &is, &error));
    assert_false(is);
}

static void is_made_once(void **state)
{
    static const struct site first = {"Example", "postmaster@example.com", "instance"};
    static const struct site second = {"Other", "other@example.com", "other"};
    static const struct site wrong = {"123456789012345678901234-", "p@example.com", "i"};
    static const uint8_t other[DIGEST_SIZE] = {1, 2, 4};
    struct fixture *f = *state;
    AUTO(site) site = NULL;
    bool is = false;

    assert_fails(site_add(f->store, &wrong, mark, &error), ERROR_BUG, "CHECK");
    assert_done(site_add(f->store, &first, mark, &error));
    assert_fails(site_add(f->store, &second, other, &error), ERROR_REFUSED, "has its site already");
    assert_done((site = site_find(f->store, &error)) != NULL);
    assert_string_equal(site->tag, "Example");
    assert_string_equal(site->postmaster, "postmaster@example.com");
    assert_string_equal(site->instance, "instance");
    assert_done(site_check_mark(f->store, mark, &error));
    assert_fails(site_check_mark(f->store, other, &error), ERROR_CONFIG,
                 "not the one that the database was made with");
    assert_done(site_is_postmaster(f->store, "postmaster@example.com", &is, &error));
    assert_true(is);
    assert_done(site_is_postmaster(f->store, "other@example.com", &is, &error));
    assert_false(is);
}

static void counts_changes_of_roles(void **state)
{
    static const struct site site = {"Example", "postmaster@example.com", "instance"};
    struct fixture *f = *state;
    int64_t versions[5] = {0};
    int64_t id = 0;

    assert_done(site_add(f->store, &site, mark, &error));
    assert_done(site_roles_version(f->store, &versions[0], &error));
    assert_done(department_add(f->store, "a", "A", "a@example.com", 1, &id, &error));
    assert_done(site_roles_version(f->store, &versions[1], &error));
    assert_done(department_add_address(f->store, id, "b@example.com", &error));
    assert_done(site_roles_version(f->store, &versions[2], &error));
    assert_done(department_set_primary(f->store, id, "b@example.com", &error));
    assert_done(site_roles_version(f->store, &versions[3], &error));
    assert_done(department_remove(f->store, id, 2, &error));
    assert_done(site_roles_version(f->store, &versions[4], &error));
    for (size_t i = 1; i < G_N_ELEMENTS(versions); i++)
        assert_true(versions[i] > versions[i - 1]);
}

static void keeps_events_in_order(void **state)
{
    struct fixture *f = *state;
    int64_t ticket = fixture_add_ticket(f->store, f->support, 0);
    int64_t message = fixture_add_message(f->store, ticket, "a");
    int64_t other = fixture_add_ticket(f->store, f->support, 0);
    AUTO(event) opened = event_new("opened", "kim@example.net", NULL);
    AUTO(event) closed = event_new("closed", "root", "why");
    AUTO(event) elsewhere = event_new("opened", NULL, NULL);
    g_autoptr(GPtrArray) events = NULL;
    const struct event *first, *second;

    opened->at = 1000;
    opened->ticket = ticket;
    opened->message = message;
    opened->department_id = f->support;
    closed->at = 1000;
    closed->ticket = ticket;
    elsewhere->at = 1000;
    elsewhere->ticket = other;
    assert_done(event_add(f->store, opened, &error));
    assert_done(event_add(f->store, elsewhere, &error));
    assert_done(event_add(f->store, closed, &error));
    assert_done((events = event_list(f->store, ticket, &error)) != NULL);
    assert_int_equal(events->len, 2);
    first = events->pdata[0];
    second = events->pdata[1];
    assert_string_equal(first->kind, "opened");
    assert_int_equal(first->at, 1000);
    assert_int_equal(first->ticket, ticket);
    assert_int_equal(first->department_id, f->support);
    assert_int_equal(first->message, message);
    assert_string_equal(first->actor, "kim@example.net");
    assert_null(first->detail);
    assert_string_equal(second->kind, "closed");
    assert_string_equal(second->detail, "why");
    assert_int_equal(second->message, 0);
    assert_int_equal(second->department_id, 0);
}

static void knows_whether_there_is_an_event(void **state)
{
    struct fixture *f = *state;
    int64_t ticket = fixture_add_ticket(f->store, f->support, 0);
    int64_t message = fixture_add_message(f->store, ticket, "a");
    const struct {
        int64_t ticket;
        const char *kind;
        int64_t message;
        int64_t since;
        bool want;
    } rows[] = {
        {ticket, "loop", message, 1000, true},      {ticket, "loop", message, 1001, false},
        {ticket, "opened", message, 1000, false},   {ticket, "loop", message + 1, 1000, false},
        {ticket + 1, "loop", message, 1000, false}, {ticket, "loop", 0, 0, false},
    };
    AUTO(event) event = event_new("loop", NULL, NULL);

    event->at = 1000;
    event->ticket = ticket;
    event->message = message;
    assert_done(event_add(f->store, event, &error));
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        bool has = !rows[i].want;

        assert_done(event_has(f->store, rows[i].ticket, rows[i].kind, rows[i].message,
                              rows[i].since, &has, &error));
        if (has != rows[i].want)
            fail_msg("row %zu", i);
    }
}

static void refuses_events_of_nothing(void **state)
{
    struct fixture *f = *state;
    AUTO(event) event = event_new("opened", NULL, NULL);

    event->ticket = 99;
    assert_fails(event_add(f->store, event, &error), ERROR_REFUSED, "event opened: ");
    event->ticket = 0;
    assert_done(event_add(f->store, event, &error));
}

int main(void)
{
#define EMPTY(name) cmocka_unit_test_setup_teardown(name, fixture_make_store, fixture_remove)
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_make, fixture_remove)
    const struct CMUnitTest tests[] = {
        EMPTY(is_missing_at_first),
        EMPTY(is_made_once),
        EMPTY(counts_changes_of_roles),
        TEST(keeps_events_in_order),
        TEST(knows_whether_there_is_an_event),
        TEST(refuses_events_of_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
