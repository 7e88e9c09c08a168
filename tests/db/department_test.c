/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Departments, their addresses and settings, and who is a member.
 */
#include "tests/db/fixture.h"

#include <string.h>

#include "db/department.h"
#include "db/department_setting.h"
#include "db/event.h"
#include "db/operator.h"
#include "db/site.h"

static void finds(void **state)
{
    struct fixture *f = *state;
    AUTO(department) by_name = NULL;
    AUTO(department) by_id = NULL;
    AUTO(department) by_role = NULL;
    AUTO(department) none = NULL;

    assert_done(department_find(f->store, "SUPPORT", &by_name, &error));
    assert_string_equal(by_name->name, "support");
    assert_string_equal(by_name->title, "Example Support");
    assert_string_equal(by_name->from_name, "%{title}");
    assert_string_equal(by_name->via_name, "%{name} via %{title}");
    assert_string_equal(by_name->follow_up, "everyone");
    assert_string_equal(by_name->assign, "first-reply");
    assert_string_equal(by_name->primary, "support@example.com");
    assert_int_equal(by_name->addresses->len, 2);
    assert_string_equal(by_name->addresses->pdata[0], "support@example.com");
    assert_string_equal(by_name->addresses->pdata[1], "help@example.com");
    assert_done(department_find_id(f->store, f->accounting, &by_id, &error));
    assert_string_equal(by_id->name, "accounting");
    assert_done(department_find_role(f->store, "help@example.com", &by_role, &error));
    assert_int_equal(by_role->id, f->support);
    assert_done(department_find(f->store, "sales", &none, &error));
    assert_null(none);
    assert_done(department_find_id(f->store, 99, &none, &error));
    assert_null(none);
    assert_done(department_find_role(f->store, "jane@example.com", &none, &error));
    assert_null(none);
}

static void lists(void **state)
{
    struct fixture *f = *state;
    g_autoptr(GPtrArray) all = NULL;
    g_auto(GStrv) roles = NULL;
    g_autofree char *joined = NULL;
    const struct department *first;

    assert_done((all = department_list(f->store, &error)) != NULL);
    assert_int_equal(all->len, 2);
    first = all->pdata[0];
    assert_string_equal(first->name, "accounting");
    assert_string_equal(first->primary, "accounting@example.com");
    assert_done((roles = department_roles(f->store, &error)) != NULL);
    joined = g_strjoinv(" ", roles);
    assert_string_equal(joined, "accounting@example.com help@example.com support@example.com");
}

static void refuses_what_is_taken_or_wrong(void **state)
{
    static const struct {
        const char *name, *title, *role, *words;
    } rows[] = {
        {"Support", "S", "new@example.com", "there is a department `support` already"},
        {"new", "N", "help@example.com",
         "help@example.com belongs to department `support` already"},
        {"new", "N", "jane.doe@example.com",
         "jane.doe@example.com is an address of operator jane@example.com"},
        {"new", "N", "postmaster@example.com", "is the site's postmaster"},
        {"new", "N", "", "a role address must not be empty"},
        {"new", "N", "a\nb@example.com", "control characters"},
        {"", "N", "new@example.com", "name must not be empty"},
        {"new one", "N", "new@example.com", "not `new one`"},
        {"new\x01", "N", "new@example.com", "control characters"},
        {"a/b", "N", "new@example.com", "not `a/b`"},
        {"new", " ", "new@example.com", "title must not be empty"},
        {"new", "N\r\nBcc: x", "new@example.com", "control characters"},
        {"new", "\xff", "new@example.com", "must be UTF-8"},
        {"new", "%{title}", "new@example.com", "title has no variable %{title}"},
    };
    struct fixture *f = *state;
    int64_t id = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        print_message("# %s, %s\n", rows[i].name, rows[i].words);
        assert_fails(
            department_add(f->store, rows[i].name, rows[i].title, rows[i].role, 1, &id, &error),
            ERROR_REFUSED, rows[i].words);
    }
    assert_int_equal(fixture_number(f->store, "SELECT count(*) FROM department"), 2);
    assert_int_equal(fixture_number(f->store, "SELECT count(*) FROM role_address"), 3);
    assert_done(department_add(f->store, "B\xc3\xbcro-2_x.y", "B\xc3\xbcro", "buero@example.com", 1,
                               &id, &error));
}

static const char *setting_of(const struct department *department, const char *name)
{
    const struct {
        const char *name, *value;
    } all[] = {
        {"title", department->title},       {"from_name", department->from_name},
        {"via_name", department->via_name}, {"follow_up", department->follow_up},
        {"assign", department->assign},     {"expected", department->expected},
        {"hours", department->hours},       {"correspondents", department->correspondents},
        {"reopen", department->reopen},     {"closed", department->closed},
        {"spam", department->spam},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
        if (strcmp(all[i].name, name) == 0)
            return all[i].value;
    fail_msg("no setting %s", name);
    return NULL;
}

static void sets(void **state)
{
    static const struct {
        const char *setting, *value, *words; /* words NULL: it is taken */
    } rows[] = {
        {"title", "New Title 100 %", NULL},
        {"title", "", "title must not be empty"},
        {"title", NULL, "title must not be empty"},
        {"from_name", "%{operator} of %{title}", NULL},
        {"from_name", "%{operator}%{operator}", NULL},
        {"from_name", "%{name}", "no variable %{name}; it knows %{operator} and %{title}"},
        {"from_name", "%{operator", "no variable %{operator;"},
        {"from_name", "%{}", "no variable %{};"},
        {"from_name", "a\x7f", "control characters"},
        {"via_name", "%{name} (%{address}) at %{title}", NULL},
        {"via_name", "%{operator}", "knows %{name} and %{address} and %{title}"},
        {"via_name",
         "a\xe2\x80\xa8"
         "b",
         "one line"},
        {"follow_up", "assignee", NULL},
        {"follow_up", "nobody", "follow_up must be `everyone` or `assignee`"},
        {"assign", "no", NULL},
        {"assign", "yes", "assign must be `no` or `first-reply`"},
        {"expected", "4h", NULL},
        {"expected", "1d 4h", NULL},
        {"expected", "", NULL},
        {"expected", "1h 1d", "expected must be a time such as `30m`, `4h`, `2d` or `1d 4h`"},
        {"hours", "Mon-Fri 09:00-17:30 Europe/Berlin", NULL},
        {"hours", "", NULL},
        {"hours", NULL, NULL},
        {"hours", "Mon-Fri 09:00-25:00", "hours: `09:00-25:00` must be a time"},
        {"hours", "Europe/Berln", "hours: no time zone `Europe/Berln`"},
        {"correspondents", "writers", NULL},
        {"correspondents", "all", "correspondents must be `cc` or `writers` or `requester`"},
        {"reopen", "90m", NULL},
        {"reopen", "36h", NULL},
        {"reopen", "36600d", NULL},
        {"reopen", "0d", NULL},
        {"reopen", "36601d", "100 years at most"},
        {"reopen", "99999999999999999999d", "100 years at most"},
        {"reopen", "30", "reopen must be a time such as"},
        {"reopen", "d", "reopen must be a time such as"},
        {"reopen", "-1d", "reopen must be a time such as"},
        {"reopen", "30d ", "reopen must be a time such as"},
        {"reopen", "", "reopen must be a time such as"},
        {"reopen", NULL, "reopen must be a time such as"},
        {"closed", "write to help@example.com", NULL},
        {"closed", " ", "closed must not be empty"},
        {"closed", "a\nb", "one line"},
        {"spam", "log", NULL},
        {"spam", "reject", "spam must be `copy` or `log` or `refuse`"},
        {"colour", "red",
         "no setting `colour`; there are title, from_name, via_name, follow_up, assign, "
         "expected, hours, correspondents, reopen, closed, spam"},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const char *setting = rows[i].setting;
        AUTO(department) department = NULL;

        print_message("# %s = %s\n", setting, rows[i].value);
        if (rows[i].words != NULL) {
            assert_fails(department_set(f->store, f->support, setting, rows[i].value, &error),
                         ERROR_REFUSED, rows[i].words);
            continue;
        }
        assert_done(department_set(f->store, f->support, setting, rows[i].value, &error));
        assert_done(department_find_id(f->store, f->support, &department, &error));
        if (rows[i].value == NULL || *rows[i].value == '\0')
            assert_null(setting_of(department, setting));
        else
            assert_string_equal(setting_of(department, setting), rows[i].value);
    }
    assert_fails(department_set(f->store, 99, "title", "x", &error), ERROR_NOT_FOUND,
                 "no department 99");
    assert_int_equal(fixture_number(f->store, "SELECT count(*) FROM department "
                                              "WHERE title = 'New Title 100 %'"),
                     1);
}

static void knows_its_settings(void **state)
{
    static const char *const missing[] = {"expected", "hours", "closed", NULL};
    struct fixture *f = *state;
    AUTO(department) department = NULL;

    assert_done(department_find_id(f->store, f->support, &department, &error));
    for (size_t i = 0; department_settings[i] != NULL; i++) {
        assert_int_equal(department_setting_find(department_settings[i]), i);
        assert_int_equal(setting_of(department, department_settings[i]) != NULL,
                         !g_strv_contains(missing, department_settings[i]));
    }
    assert_int_equal(department_setting_find("colour"), -1);
    assert_string_equal(department->reopen, "30d");
    assert_int_equal(department->reopen_ms, 30 * INT64_C(86400000));
}

static void says_times(void **state)
{
    static const struct {
        const char *set, *said;
    } rows[] = {{"0", "0d"}, {"4w", "28d"}, {"48h", "2d"}, {"120m", "2h"}, {"61m", "61m"}};
    struct fixture *f = *state;

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        AUTO(department) department = NULL;

        print_message("# %s\n", rows[i].set);
        assert_done(department_set(f->store, f->support, "reopen", rows[i].set, &error));
        assert_done(department_find_id(f->store, f->support, &department, &error));
        assert_string_equal(department->reopen, rows[i].said);
    }
}

static void opens_again(void **state)
{
    struct fixture *f = *state;
    g_autofree char *longest = g_strnfill(200, 'x');
    g_autofree char *longer = g_strnfill(201, 'x');
    AUTO(department) department = NULL;

    assert_done(department_set(f->store, f->support, "closed", longest, &error));
    assert_fails(department_set(f->store, f->support, "closed", longer, &error), ERROR_REFUSED,
                 "closed must be 200 bytes at most");
    assert_done(department_set(f->store, f->support, "closed", "", &error));
    assert_done(department_find_id(f->store, f->support, &department, &error));
    assert_null(department->closed);
}

static void changes_addresses(void **state)
{
    struct fixture *f = *state;
    AUTO(department) department = NULL;
    int64_t before = 0;
    int64_t after = 0;

    assert_done(site_roles_version(f->store, &before, &error));
    assert_fails(department_add_address(f->store, f->accounting, "support@example.com", &error),
                 ERROR_REFUSED, "support@example.com belongs to department `support` already");
    assert_fails(department_add_address(f->store, f->accounting, "joe@example.com", &error),
                 ERROR_REFUSED, "address of operator joe@example.com");
    assert_fails(department_add_address(f->store, f->accounting, "postmaster@example.com", &error),
                 ERROR_REFUSED, "postmaster");
    assert_fails(department_add_address(f->store, 99, "new@example.com", &error), ERROR_NOT_FOUND,
                 "no department 99");
    assert_fails(department_remove_address(f->store, f->support, "support@example.com", &error),
                 ERROR_REFUSED,
                 "support@example.com is the primary address of department `support`");
    assert_fails(department_remove_address(f->store, f->support, "accounting@example.com", &error),
                 ERROR_NOT_FOUND, "department `support` has no address accounting@example.com");
    assert_fails(department_set_primary(f->store, f->support, "accounting@example.com", &error),
                 ERROR_NOT_FOUND, "department `support` has no address accounting@example.com");
    assert_done(site_roles_version(f->store, &after, &error));
    assert_int_equal(before, after);

    assert_done(department_set_primary(f->store, f->support, "help@example.com", &error));
    assert_done(department_set_primary(f->store, f->support, "help@example.com", &error));
    assert_done(department_remove_address(f->store, f->support, "support@example.com", &error));
    assert_done(department_find_id(f->store, f->support, &department, &error));
    assert_string_equal(department->primary, "help@example.com");
    assert_int_equal(department->addresses->len, 1);
    assert_done(site_roles_version(f->store, &after, &error));
    assert_int_not_equal(before, after);
}

static void check_events(struct store *store, const char *kind, int64_t count)
{
    g_autofree char *sql = g_strdup_printf("SELECT count(*) FROM event WHERE kind = '%s'", kind);

    assert_int_equal(fixture_number(store, sql), count);
}

static void joins_and_leaves(void **state)
{
    struct fixture *f = *state;
    bool changed = true, now = false, ever = false;
    int64_t unassigned = -1;

    assert_done(department_join(f->store, f->support, f->jane, "root", 1, &changed, &error));
    assert_false(changed);
    check_events(f->store, "joined", 2);
    assert_done(department_leave(f->store, f->support, f->jane, "root", 2000, &changed, &unassigned,
                                 &error));
    assert_true(changed);
    assert_int_equal(unassigned, 0);
    assert_done(department_has_member(f->store, f->support, f->jane, &now, &ever, &error));
    assert_false(now);
    assert_true(ever);
    assert_done(department_leave(f->store, f->support, f->jane, "root", 2000, &changed, &unassigned,
                                 &error));
    assert_false(changed);
    check_events(f->store, "left", 1);
    assert_done(department_join(f->store, f->support, f->jane, "root", 2000, &changed, &error));
    assert_true(changed);
    assert_done(department_has_member(f->store, f->support, f->jane, &now, &ever, &error));
    assert_true(now && ever);
    assert_done(department_has_member(f->store, f->accounting, f->jane, &now, &ever, &error));
    assert_false(now || ever);
    assert_int_equal(fixture_number(f->store, "SELECT count(*) FROM event WHERE kind = 'left' AND "
                                              "actor = 'root' AND detail = 'jane@example.com' AND "
                                              "at = 2000 AND ticket IS NULL"),
                     1);
}

static void joins_only_what_is_there(void **state)
{
    struct fixture *f = *state;
    bool changed = false;
    int64_t unassigned = 0;

    assert_fails(department_join(f->store, 99, f->jane, "root", 1, &changed, &error),
                 ERROR_NOT_FOUND, "no department 99");
    assert_fails(department_join(f->store, f->support, 99, "root", 1, &changed, &error),
                 ERROR_NOT_FOUND, "no operator 99");
    assert_fails(
        department_leave(f->store, f->support, 99, "root", 1, &changed, &unassigned, &error),
        ERROR_NOT_FOUND, "no operator 99");
    assert_done(operator_remove(f->store, f->joe, "root", 1, &unassigned, &error));
    assert_fails(department_join(f->store, f->support, f->joe, "root", 1, &changed, &error),
                 ERROR_NOT_FOUND, "operator joe@example.com was removed");
}

/* Jane, in support alone, has five tickets; she loses those that she has by support. */
static void leaving_drops_tickets(void **state)
{
    struct fixture *f = *state;
    int64_t own = fixture_add_ticket(f->store, f->support, f->jane);
    int64_t further = fixture_add_ticket(f->store, f->accounting, f->jane);
    int64_t closed = fixture_add_ticket(f->store, f->support, f->jane);
    int64_t joes = fixture_add_ticket(f->store, f->support, f->joe);
    int64_t elsewhere = fixture_add_ticket(f->store, f->accounting, f->jane);
    g_autofree char *sql = g_strdup_printf("INSERT INTO ticket_department VALUES (%d, %d);"
                                           "UPDATE ticket SET state = 'closed' WHERE number = %d",
                                           (int)further, (int)f->support, (int)closed);
    g_autoptr(GPtrArray) events = NULL;
    const struct event *event;
    AUTO(ticket) ticket = NULL;
    int64_t unassigned = 0;
    bool changed = false;

    fixture_execute(f->store, sql);
    assert_done(department_leave(f->store, f->support, f->jane, "root", 2000, &changed, &unassigned,
                                 &error));
    assert_int_equal(unassigned, 2);
    assert_int_equal(fixture_number(f->store, "SELECT count(*) FROM ticket "
                                              "WHERE assignee_id IS NULL AND updated_at = 2000"),
                     2);
    assert_done(ticket_find(f->store, own, &ticket, &error));
    assert_int_equal(ticket->assignee_id, 0);
    assert_null(ticket->assignee);
    assert_done((events = event_list(f->store, own, &error)) != NULL);
    assert_int_equal(events->len, 1);
    event = events->pdata[0];
    assert_string_equal(event->kind, "dropped");
    assert_string_equal(event->actor, "root");
    assert_string_equal(event->detail, "jane@example.com");
    assert_int_equal(event->at, 2000);
    assert_int_equal(event->department_id, f->support);
    (void)joes;
    (void)elsewhere;
}

static void keeps_tickets_of_another_department(void **state)
{
    struct fixture *f = *state;
    int64_t both = fixture_add_ticket(f->store, f->support, f->jane);
    g_autofree char *sql = g_strdup_printf("INSERT INTO ticket_department VALUES (%d, %d)",
                                           (int)both, (int)f->accounting);
    int64_t unassigned = -1;
    bool changed = false;

    fixture_execute(f->store, sql);
    assert_done(department_join(f->store, f->accounting, f->jane, "root", 1, &changed, &error));
    assert_done(
        department_leave(f->store, f->support, f->jane, "root", 2, &changed, &unassigned, &error));
    assert_int_equal(unassigned, 0);
    assert_done(department_leave(f->store, f->accounting, f->jane, "root", 3, &changed, &unassigned,
                                 &error));
    assert_int_equal(unassigned, 1);
}

static void removes(void **state)
{
    struct fixture *f = *state;
    AUTO(department) department = NULL;
    AUTO(ticket) ticket = NULL;
    int64_t number = fixture_add_ticket(f->store, f->support, 0);
    int64_t count = 0;
    int64_t id = 0;

    assert_done(department_open_tickets(f->store, f->support, &count, &error));
    assert_int_equal(count, 1);
    assert_done(department_open_tickets(f->store, f->accounting, &count, &error));
    assert_int_equal(count, 0);
    assert_done(department_remove(f->store, f->support, 2000, &error));
    assert_fails(department_remove(f->store, f->support, 2000, &error), ERROR_NOT_FOUND,
                 "department `support` was removed");
    assert_fails(department_remove(f->store, 99, 2000, &error), ERROR_NOT_FOUND,
                 "no department 99");
    assert_done(department_find(f->store, "support", &department, &error));
    assert_null(department);
    assert_done(department_find_id(f->store, f->support, &department, &error));
    assert_string_equal(department->name, "support");
    assert_null(department->primary);
    assert_int_equal(department->addresses->len, 0);
    check_events(f->store, "left", 2);
    assert_int_equal(
        fixture_number(f->store, "SELECT count(*) FROM membership WHERE left_at IS NULL"), 0);
    assert_done(ticket_find(f->store, number, &ticket, &error));
    assert_string_equal(((const struct ticket_department *)ticket->departments->pdata[0])->name,
                        "support");
    assert_done(
        department_add(f->store, "support", "New", "support@example.com", 3000, &id, &error));
    assert_int_not_equal(id, f->support);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_make, fixture_remove)
    const struct CMUnitTest tests[] = {
        TEST(finds),
        TEST(lists),
        TEST(refuses_what_is_taken_or_wrong),
        TEST(sets),
        TEST(knows_its_settings),
        TEST(says_times),
        TEST(opens_again),
        TEST(changes_addresses),
        TEST(joins_and_leaves),
        TEST(joins_only_what_is_there),
        TEST(leaving_drops_tickets),
        TEST(keeps_tickets_of_another_department),
        TEST(removes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
