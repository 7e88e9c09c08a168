/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Operators: whose an address or a login is.
 */
#include "tests/db/fixture.h"

#include "db/department.h"
#include "db/operator.h"

static void finds(void **state)
{
    struct fixture *f = *state;
    AUTO(operator_person) by_address = NULL;
    AUTO(operator_person) by_id = NULL;
    AUTO(operator_person) none = NULL;

    assert_done(operator_find(f->store, "jane.doe@example.com", &by_address, &error));
    assert_int_equal(by_address->id, f->jane);
    assert_string_equal(by_address->address, "jane@example.com");
    assert_string_equal(by_address->name, "Jane Doe");
    assert_string_equal(by_address->login, "jd");
    assert_int_equal(by_address->addresses->len, 2);
    assert_string_equal(by_address->addresses->pdata[0], "jane@example.com");
    assert_string_equal(by_address->addresses->pdata[1], "jane.doe@example.com");
    assert_done(operator_find_id(f->store, f->joe, &by_id, &error));
    assert_string_equal(by_id->address, "joe@example.com");
    assert_null(by_id->name);
    assert_null(by_id->login);
    assert_done(operator_find(f->store, "support@example.com", &none, &error));
    assert_null(none);
    assert_done(operator_find_id(f->store, 99, &none, &error));
    assert_null(none);
}

static void lists(void **state)
{
    struct fixture *f = *state;
    g_autoptr(GPtrArray) all = NULL;
    g_autoptr(GPtrArray) members = NULL;
    g_autoptr(GPtrArray) nobody = NULL;
    g_autoptr(GPtrArray) departments = NULL;
    bool changed = false;

    assert_done((all = operator_list(f->store, &error)) != NULL);
    assert_int_equal(all->len, 2);
    assert_string_equal(((const struct operator_person *)all->pdata[0])->address,
                        "jane@example.com");
    assert_int_equal(((const struct operator_person *)all->pdata[0])->addresses->len, 2);
    assert_done((members = operator_members(f->store, f->support, &error)) != NULL);
    assert_int_equal(members->len, 2);
    assert_done((nobody = operator_members(f->store, f->accounting, &error)) != NULL);
    assert_int_equal(nobody->len, 0);
    assert_done(department_join(f->store, f->accounting, f->jane, NULL, 1, &changed, &error));
    assert_done((departments = operator_departments(f->store, f->jane, &error)) != NULL);
    assert_int_equal(departments->len, 2);
    assert_string_equal(departments->pdata[0], "accounting");
    assert_string_equal(departments->pdata[1], "support");
}

static void refuses_what_is_taken_or_wrong(void **state)
{
    static const struct {
        const char *addresses[3];
        const char *name, *login, *words;
    } rows[] = {
        {{"help@example.com"}, NULL, NULL, "is a role address of department `support`"},
        {{"new@example.com", "support@example.com"}, NULL, NULL, "is a role address"},
        {{"jane.doe@example.com"}, NULL, NULL, "belongs to operator jane@example.com already"},
        {{"new@example.com", "new@example.com"}, NULL, NULL, "new@example.com stands there twice"},
        {{""}, NULL, NULL, "address must not be empty"},
        {{"new@example.com"}, "", NULL, "name must not be empty"},
        {{"new@example.com"}, "N\nBcc: x", NULL, "control characters"},
        {{"new@example.com"}, NULL, "JD", "login JD belongs to operator jane@example.com already"},
        {{"new@example.com"}, NULL, "Joe@example.com", "is an address of operator joe@example.com"},
        {{"new@example.com"}, NULL, "", "login must not be empty"},
        {{"jd"}, NULL, NULL, "jd is the login of operator jane@example.com"},
    };
    struct fixture *f = *state;
    int64_t id = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        print_message("# %s\n", rows[i].words);
        assert_fails(
            operator_add(f->store, rows[i].addresses, rows[i].name, rows[i].login, 1, &id, &error),
            ERROR_REFUSED, rows[i].words);
    }
    assert_int_equal(fixture_number(f->store, "SELECT count(*) FROM operator"), 2);
    assert_int_equal(fixture_number(f->store, "SELECT count(*) FROM operator_address"), 3);
}

static void may_be_the_postmaster(void **state)
{
    static const char *const addresses[] = {"postmaster@example.com", NULL};
    struct fixture *f = *state;
    int64_t id = 0;

    assert_done(operator_add(f->store, addresses, NULL, NULL, 1, &id, &error));
}

static void sets_the_name(void **state)
{
    struct fixture *f = *state;
    AUTO(operator_person) person = NULL;
    AUTO(operator_person) nameless = NULL;

    assert_done(operator_set_name(f->store, f->joe, "Joe \xe2\x98\xba", &error));
    assert_fails(operator_set_name(f->store, f->joe, "a\tb", &error), ERROR_REFUSED,
                 "control characters");
    assert_fails(operator_set_name(f->store, 99, "x", &error), ERROR_NOT_FOUND, "no operator 99");
    assert_done(operator_find_id(f->store, f->joe, &person, &error));
    assert_string_equal(person->name, "Joe \xe2\x98\xba");
    assert_done(operator_set_name(f->store, f->joe, NULL, &error));
    assert_done(operator_find_id(f->store, f->joe, &nameless, &error));
    assert_null(nameless->name);
}

static void removes(void **state)
{
    static const char *const again[] = {"jane@example.com", NULL};
    struct fixture *f = *state;
    AUTO(operator_person) gone = NULL;
    AUTO(operator_person) old = NULL;
    g_autoptr(GPtrArray) departments = NULL;
    int64_t unassigned = 0;
    int64_t id = 0;
    bool changed = false;

    fixture_add_ticket(f->store, f->support, f->jane);
    fixture_add_ticket(f->store, f->accounting, f->jane);
    fixture_add_ticket(f->store, f->support, f->joe);
    assert_done(department_join(f->store, f->accounting, f->jane, NULL, 1, &changed, &error));
    assert_done(operator_remove(f->store, f->jane, "root", 2000, &unassigned, &error));
    assert_int_equal(unassigned, 2);
    assert_int_equal(fixture_number(f->store, "SELECT count(*) FROM event WHERE kind = 'dropped' "
                                              "AND detail = 'jane@example.com'"),
                     2);
    assert_int_equal(fixture_number(f->store, "SELECT count(*) FROM event WHERE kind = 'left'"), 2);
    assert_done(operator_find(f->store, "jane@example.com", &gone, &error));
    assert_null(gone);
    assert_done(operator_find_id(f->store, f->jane, &old, &error));
    assert_string_equal(old->address, "jane@example.com");
    assert_int_equal(old->addresses->len, 0);
    assert_null(old->login);
    assert_done((departments = operator_departments(f->store, f->jane, &error)) != NULL);
    assert_int_equal(departments->len, 0);
    assert_fails(operator_remove(f->store, f->jane, "root", 1, &unassigned, &error),
                 ERROR_NOT_FOUND, "operator jane@example.com was removed");
    assert_fails(operator_set_name(f->store, f->jane, "x", &error), ERROR_NOT_FOUND, "removed");
    assert_done(operator_add(f->store, again, NULL, "jd", 3000, &id, &error));
    assert_int_not_equal(id, f->jane);
}

/* A ticket that they had been given without being in any of its departments. */
static void removal_leaves_no_ticket_behind(void **state)
{
    struct fixture *f = *state;
    int64_t unassigned = 0;

    fixture_add_ticket(f->store, f->accounting, f->joe);
    assert_done(operator_remove(f->store, f->joe, "root", 2000, &unassigned, &error));
    assert_int_equal(unassigned, 1);
    assert_int_equal(
        fixture_number(f->store, "SELECT count(*) FROM ticket WHERE assignee_id IS NOT NULL"), 0);
    assert_int_equal(fixture_number(f->store, "SELECT count(*) FROM event WHERE kind = 'dropped'"),
                     1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_make, fixture_remove)
    const struct CMUnitTest tests[] = {
        TEST(finds),
        TEST(lists),
        TEST(refuses_what_is_taken_or_wrong),
        TEST(may_be_the_postmaster),
        TEST(sets_the_name),
        TEST(removes),
        TEST(removal_leaves_no_ticket_behind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
