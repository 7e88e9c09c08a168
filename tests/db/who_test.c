/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whom people mean: never a guess between two.
 */
#include "tests/db/fixture.h"

#include <string.h>

#include "db/operator.h"
#include "milter/who.h"

static const struct {
    const char *who;
    const char *want; /* an address; NULL: nobody */
    enum error_code code;
    const char *words;
} rows[] = {
    {"jane", "jane@example.com", 0, NULL},
    {"JANE", "jane@example.com", 0, NULL},
    {"jane.doe", "jane@example.com", 0, NULL},
    {"jane.doe@example.com", "jane@example.com", 0, NULL},
    {"joe", "joe@example.com", 0, NULL},
    {"jo", NULL, ERROR_REFUSED, "`jo` could be any of joanna@example.com, joe@example.com"},
    {"joa", "joanna@example.com", 0, NULL},
    {"mrs", "joanna@example.com", 0, NULL},
    {"\xc3\x84nn", "aa@example.com", 0, NULL},
    {"jnae", NULL, ERROR_NOT_FOUND, "no operator `jnae`; did you mean `jane`?"},
    {"xyzzy", NULL, ERROR_NOT_FOUND, "no operator `xyzzy`; ask joe"},
    {"", NULL, ERROR_NOT_FOUND, "ask joe"},
    {"\xff", NULL, ERROR_NOT_FOUND, "ask joe"},
};

static void test_rows(void **state)
{
    struct fixture *f = *state;
    const char *joanna[] = {"joanna@example.com", NULL};
    const char *anne[] = {"aa@example.com", NULL};
    int64_t id;

    assert_done(operator_add(f->store, joanna, "Mrs Smith", NULL, FIXTURE_NOW, &id, &error));
    assert_done(operator_add(f->store, anne, "\xc3\xa4nne", NULL, FIXTURE_NOW, &id, &error));
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        AUTO(operator_person) person = NULL;

        if (rows[i].want != NULL) {
            assert_done(who_find(f->store, rows[i].who, "ask joe", &person, &error));
            assert_string_equal(person->address, rows[i].want);
        } else {
            assert_fails(who_find(f->store, rows[i].who, "ask joe", &person, &error), rows[i].code,
                         rows[i].words);
            assert_null(person);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_rows, fixture_make, fixture_remove),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
