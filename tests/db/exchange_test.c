/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What went between a person and us, and what did not.
 */
#include "tests/db/fixture.h"

#include <string.h>

#include "db/exchange.h"

/* Ticket 3 is part of 2, which is part of 1; 4 is another. */
static const char tickets[] =
    "INSERT INTO ticket (number, department_id, waiting, waiting_since, requester, subject, "
    "opened_at, updated_at, merged_into) VALUES "
    "(1, 1, 'us', 1, 'kim@example.net', 'One', 1, 1, NULL), "
    "(2, 1, 'us', 1, 'lee@example.org', 'Two', 1, 1, 1), "
    "(3, 1, 'us', 1, 'lee@example.org', 'Three', 1, 1, 2), "
    "(4, 1, 'us', 1, 'kim@example.net', 'Four', 1, 1, NULL)";

static const struct {
    int64_t number, ticket;
    const char *kind, *author, *subject;
} messages[] = {
    {1, 3, "request", "lee@example.org", "by lee, on 3"},
    {2, 1, "request", "kim@example.net", "by kim"},
    {3, 1, "note", "jane@example.com", "a note"},
    {4, 1, "command", "kim@example.net", "a command"},
    {5, 1, "auto", "kim@example.net", "an auto"},
    {6, 1, "bounce", "kim@example.net", "a bounce"},
    {7, 1, "answer", "jane@example.com", "to kim"},
    {8, 2, "answer", "jane@example.com", "to lee, on 2"},
    {9, 1, "followup", "lee@example.org", "by lee"},
    {10, 1, "answer", "jane@example.com", "directly to lee"},
    {11, 1, "note", "kim@example.net", "noted, unproven"},
    {12, 4, "request", "kim@example.net", "elsewhere"},
};

static void add_message(struct fixture *f, size_t i)
{
    g_autofree char *sql = g_strdup_printf(
        "INSERT INTO message (number, ticket, kind, at, sender, author, subject, proof, body_text, "
        "malformed, size, sha256, same_sha256, body_sha256) VALUES (%" G_GINT64_FORMAT
        ", %" G_GINT64_FORMAT ", '%s', %" G_GINT64_FORMAT ", '', '%s', '%s', "
        "CASE '%s' WHEN 'answer' THEN 'login' END, '', 0, 0, "
        "zeroblob(32), zeroblob(32), zeroblob(32))",
        messages[i].number, messages[i].ticket, messages[i].kind, messages[i].number * 10,
        messages[i].author, messages[i].subject, messages[i].kind);

    fixture_execute(f->store, sql);
}

static void make(struct fixture *f)
{
    fixture_execute(f->store, tickets);
    for (size_t i = 0; i < G_N_ELEMENTS(messages); i++)
        add_message(f, i);
    /* An operator who is also somebody's colleague of that name has copies of everything. */
    fixture_execute(f->store, "INSERT INTO copy (message, address, role, operator_id, at) VALUES "
                              "(7, 'kim@example.net', 'support@example.com', NULL, 1), "
                              "(7, 'joe@example.com', 'support@example.com', 2, 1), "
                              "(8, 'lee@example.org', 'support@example.com', NULL, 1), "
                              "(3, 'joe@example.com', 'support@example.com', 2, 1), "
                              "(10, 'kim@example.net', 'support@example.com', NULL, 1)");
    fixture_execute(f->store, "INSERT INTO event (at, kind, ticket, message, detail) VALUES "
                              "(1, 'direct', 1, 10, 'lee@example.org')");
}

static char *subjects(GPtrArray *lines)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < lines->len; i++)
        g_string_append_printf(text, "%s%s", i > 0 ? "; " : "",
                               ((const struct exchange_line *)lines->pdata[i])->subject);
    return g_string_free(text, FALSE);
}

static const struct {
    const char *name, *person;
    int64_t ticket, most;
    const char *want;
} rows[] = {
    {"nothing of no ticket", "kim@example.net", 99, 100, ""},
    {"from kim and to kim", "kim@example.net", 1, 100, "by kim; to kim; directly to lee"},
    {"from lee and to lee", "lee@example.org", 1, 100,
     "by lee, on 3; to lee, on 2; by lee; directly to lee"},
    {"the last of those", "lee@example.org", 1, 1, "directly to lee"},
    {"an operator's copy went to no person", "joe@example.com", 1, 100, ""},
    {"nobody's", "zoe@example.org", 1, 100, ""},
    {"of a part that part", "lee@example.org", 2, 100, "by lee, on 3; to lee, on 2"},
};

static void tells_what_it_should(void **state)
{
    struct fixture *f = *state;

    make(f);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GPtrArray) lines =
            exchange_last(f->store, rows[i].ticket, rows[i].person, rows[i].most, &error);
        g_autofree char *got = NULL;

        assert_null(error);
        got = subjects(lines);
        if (strcmp(got, rows[i].want) != 0)
            fail_msg("%s: got %s", rows[i].name, got);
    }
}

static void tells_all_of_a_message(void **state)
{
    struct fixture *f = *state;
    g_autoptr(GPtrArray) lines = NULL;
    const struct exchange_line *line;

    make(f);
    lines = exchange_last(f->store, 1, "kim@example.net", 2, NULL);
    assert_non_null(lines);
    assert_int_equal(lines->len, 2);
    line = lines->pdata[0];
    assert_int_equal(line->at, 70);
    assert_string_equal(line->kind, "answer");
    assert_string_equal(line->author, "jane@example.com");
    assert_true(line->is_proven);
    g_clear_pointer(&lines, g_ptr_array_unref);
    lines = exchange_last(f->store, 2, "lee@example.org", 2, NULL);
    line = lines->pdata[0];
    assert_string_equal(line->kind, "request");
    assert_false(line->is_proven);
}

static void knows_whom_an_answer_went_to(void **state)
{
    static const struct {
        int64_t ticket;
        const char *person;
        bool want;
    } asked[] = {
        {1, "kim@example.net", true},  {1, "lee@example.org", true},  {2, "lee@example.org", true},
        {2, "kim@example.net", false}, {1, "joe@example.com", false}, {4, "kim@example.net", false},
        {3, "lee@example.org", false},
    };
    struct fixture *f = *state;

    make(f);
    for (size_t i = 0; i < G_N_ELEMENTS(asked); i++) {
        bool has;

        assert_done(exchange_has_answer(f->store, asked[i].ticket, asked[i].person, &has, &error));
        if (has != asked[i].want)
            fail_msg("%s on %d", asked[i].person, (int)asked[i].ticket);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tells_what_it_should, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(tells_all_of_a_message, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(knows_whom_an_answer_went_to, fixture_make, fixture_remove),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
