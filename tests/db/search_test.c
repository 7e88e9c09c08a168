/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which tickets words find.
 */
#include "tests/db/fixture.h"

#include <string.h>

#include "db/search.h"

static const char tickets[] =
    "INSERT INTO ticket (number, department_id, state, waiting, waiting_since, requester, "
    "requester_name, subject, opened_at, updated_at) VALUES "
    "(3, 1, 'open', 'us', 1, 'kim@example.net', 'Kim Kunde', 'Printer on fire', 1, 1), "
    "(4, 1, 'closed', 'us', 1, 'zoe@example.org', NULL, 'Gr\xc3\xb6\xc3\x9f"
    "e 17', 1, 1), "
    "(17, 1, 'open', 'us', 1, NULL, NULL, '100% of _it_', 1, 1), "
    "(18, 2, 'open', 'us', 1, 'kim@example.net', NULL, 'Printer of accounting', 1, 1), "
    "(19, 2, 'open', 'us', 1, 'kim@example.net', NULL, 'Printer of both', 1, 1), "
    "(20, 1, 'open', 'us', 1, 'jane@example.com', NULL, 'Printer of Jane', 1, 1)";

static const struct {
    const char *words; /* '|' between */
    const char *want;
} rows[] = {
    {"printer", "19 3"},
    {"PRINT", "19 3"},
    {"printer|fire", "3"},
    {"fire|printer", "3"},
    {"printer|toner", ""},
    {"kim", "19 3"},
    {"kunde", "3"},
    {"example.org", "17 4"},
    {"gr\xc3\x96ss"
     "e",
     "4"},
    {"gro\xcc\x88\xc3\x9f"
     "e",
     "4"},
    {"17", "17 4"},
    {"#17", "17"},
    {"017", "17"},
    {"#17|printer", ""},
    {"%", "17"},
    {"_it_", "17"},
    {"_rinter", ""},
    {"'", ""},
    {"lee", "17"},
    {"ivy", "17"},
    {"accounting", ""},
    {"99999999999999999999", ""},
    {"#", ""},
};

static char *find(struct fixture *f, int64_t person, const char *text, int64_t most)
{
    g_auto(GStrv) words = g_strsplit(text, "|", -1);
    GString *found = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) numbers =
        search_tickets(f->store, person, (const char *const *)words, most, &error);

    assert_null(error);
    for (guint i = 0; i < numbers->len; i++)
        g_string_append_printf(found, "%s%d", i > 0 ? " " : "",
                               (int)g_array_index(numbers, int64_t, i));
    return g_string_free(found, FALSE);
}

static void make(struct fixture *f)
{
    fixture_execute(f->store, tickets);
    fixture_execute(f->store, "INSERT INTO ticket_department (ticket, department_id) "
                              "VALUES (19, 1)");
    fixture_execute(f->store, "INSERT INTO correspondent (ticket, address, name) VALUES "
                              "(17, 'lee@example.org', NULL), (17, 'a@example.org', 'Ivy')");
}

static void finds_words(void **state)
{
    struct fixture *f = *state;

    make(f);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *got = find(f, f->jane, rows[i].words, 50);

        if (strcmp(got, rows[i].want) != 0)
            fail_msg("%s: got %s", rows[i].words, got);
    }
}

static void stops(void **state)
{
    struct fixture *f = *state;
    g_autofree char *one = NULL;
    g_autofree char *of_joe = NULL;
    g_autofree char *of_none = NULL;

    make(f);
    one = find(f, f->jane, "printer", 1);
    assert_string_equal(one, "19");
    of_joe = find(f, f->joe, "printer", 50);
    assert_string_equal(of_joe, "20 19 3");
    fixture_execute(f->store, "UPDATE membership SET left_at = 1");
    of_none = find(f, f->joe, "printer", 50);
    assert_string_equal(of_none, "");
}

/* The newest ones alone, whosever they are. */
static void is_bounded(void **state)
{
    struct fixture *f = *state;
    g_autofree char *sql = g_strdup_printf(
        "UPDATE ticket SET number = number + %d WHERE number = 20", SEARCH_TICKETS_MAX - 17);
    g_autofree char *before = NULL;
    g_autofree char *after = NULL;

    make(f);
    fixture_execute(f->store, sql);
    before = find(f, f->joe, "fire", 50);
    assert_string_equal(before, "");
    fixture_execute(f->store, "UPDATE ticket SET number = number - 1 WHERE number > 20");
    after = find(f, f->joe, "fire", 50);
    assert_string_equal(after, "3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(finds_words, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(stops, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(is_bounded, fixture_make, fixture_remove),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
