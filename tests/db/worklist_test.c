/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What there is to do: in which group, in which order, and for whom not.
 */
#include "tests/db/fixture.h"

#include <string.h>

#include "db/department.h"
#include "db/worklist.h"

/* The number tells what it is: 1x jane's, 2x nobody's, 3x joe's. Accounting is 2. */
static const char tickets[] =
    "INSERT INTO ticket (number, department_id, state, waiting, waiting_since, requester, "
    "assignee_id, subject, opened_at, updated_at) VALUES "
    "(11, 1, 'open', 'us', 30, 'kim@example.net', 1, '', 1, 1), "
    "(12, 1, 'open', 'customer', 10, 'kim@example.net', 1, '', 1, 1), "
    "(13, 1, 'closed', 'us', 1, 'kim@example.net', 1, '', 1, 1), "
    "(14, 2, 'open', 'us', 20, 'kim@example.net', 1, '', 1, 1), "
    "(21, 1, 'open', 'customer', 40, NULL, NULL, '', 1, 1), "
    "(22, 1, 'open', 'us', 40, 'kim@example.net', NULL, '', 1, 1), "
    "(23, 2, 'open', 'us', 35, 'kim@example.net', NULL, '', 1, 1), "
    "(24, 2, 'open', 'us', 5, 'kim@example.net', NULL, '', 1, 1), "
    "(25, 1, 'open', 'us', 1, 'jane.doe@example.com', NULL, '', 1, 1), "
    "(31, 1, 'open', 'us', 50, 'kim@example.net', 2, '', 1, 1), "
    "(32, 1, 'open', 'customer', 1, 'kim@example.net', 2, '', 1, 1)";

static char *list(struct fixture *f, enum worklist which, int64_t person, int64_t most)
{
    GString *text = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    int64_t total = -1;
    g_autoptr(GArray) numbers = worklist_find(f->store, which, person, most, &total, &error);

    assert_null(error);
    for (guint i = 0; i < numbers->len; i++)
        g_string_append_printf(text, "%d ", (int)g_array_index(numbers, int64_t, i));
    g_string_append_printf(text, "of %d", (int)total);
    return g_string_free(text, FALSE);
}

static void check(struct fixture *f, enum worklist which, int64_t person, int64_t most,
                  const char *want)
{
    g_autofree char *got = list(f, which, person, most);

    if (strcmp(got, want) != 0)
        fail_msg("list %d of operator %d: got %s, not %s", which, (int)person, got, want);
}

static void make(struct fixture *f)
{
    fixture_execute(f->store, tickets);
    fixture_execute(f->store, "INSERT INTO ticket_department (ticket, department_id) "
                              "VALUES (23, 1)");
}

static void groups_and_order(void **state)
{
    struct fixture *f = *state;

    make(f);
    check(f, WORKLIST_MINE, f->jane, 50, "12 11 of 2");
    check(f, WORKLIST_NOBODYS, f->jane, 50, "23 21 22 of 3");
    check(f, WORKLIST_OTHERS, f->jane, 50, "31 of 1");
    check(f, WORKLIST_MINE, f->joe, 50, "32 31 of 2");
    check(f, WORKLIST_NOBODYS, f->joe, 50, "25 23 21 22 of 4");
    check(f, WORKLIST_OTHERS, f->joe, 50, "11 of 1");
}

static void counts_what_it_leaves_out(void **state)
{
    struct fixture *f = *state;

    make(f);
    check(f, WORKLIST_NOBODYS, f->jane, 2, "23 21 of 3");
}

/* Membership is that of now. */
static void follows_membership(void **state)
{
    struct fixture *f = *state;
    int64_t unassigned;
    bool changed;

    make(f);
    assert_done(department_join(f->store, f->accounting, f->jane, NULL, 1, &changed, &error));
    check(f, WORKLIST_MINE, f->jane, 50, "12 14 11 of 3");
    check(f, WORKLIST_NOBODYS, f->jane, 50, "24 23 21 22 of 4");
    assert_done(
        department_leave(f->store, f->support, f->joe, NULL, 1, &changed, &unassigned, &error));
    check(f, WORKLIST_NOBODYS, f->joe, 50, "of 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(groups_and_order, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(counts_what_it_leaves_out, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(follows_membership, fixture_make, fixture_remove),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
