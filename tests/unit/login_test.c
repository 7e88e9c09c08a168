/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whose a login is: an operator with addresses, and perhaps a login, and what is and is not theirs.
 */
#include "milter/login.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char settings[] = "[mail]\nlocal_domains = example.com, example.org\n";

static const struct {
    const char *addresses; /* parted by spaces */
    const char *login;     /* or NULL */
    const char *want;      /* parted by spaces */
} lists[] = {
    {"jane@example.com", NULL, "jane@example.com jane"},
    {"jane@example.net", NULL, "jane@example.net"},
    {"jane@mail.example.com", NULL, "jane@mail.example.com"},
    {"jane@example.com j.doe@example.org jd@example.net", NULL,
     "jane@example.com jane j.doe@example.org j.doe jd@example.net"},
    {"jane@example.com jane@example.org", NULL, "jane@example.com jane jane@example.org jane"},
    {"\"a..b\"@example.com", NULL, "\"a..b\"@example.com a..b"},
    {"jane+x@example.com", NULL, "jane+x@example.com jane+x"},
    {"jane@example.com", "JD", "jd"},
    {"jane@example.com", "jane@example.net", "jane@example.net"},
    {"", NULL, ""}, /* one who was removed */
};

static const struct {
    const char *addresses;
    const char *login;
    const char *typed;
    bool want;
} rows[] = {
    {"jane@example.com", NULL, "jane", true},
    {"jane@example.com", NULL, "JANE", true},
    {"jane@example.com", NULL, "Jane@Example.COM", true},
    {"jane@example.com", NULL, "jane@example.org", false},
    {"jane@example.com", NULL, "jan", false},
    {"jane@example.com", NULL, "jane@", false},
    {"jane@example.com", NULL, "", false},
    {"jane@example.net", NULL, "jane", false},
    {"jane@example.net", NULL, "jane@example.net", true},
    {"jane@example.net jd@example.org", NULL, "jd", true},
    {"jane@example.net jd@example.org", NULL, "jane", false},
    {"jane@example.com", "jd", "JD", true},
    {"jane@example.com", "jd", "jane", false}, /* one's own login puts the others out of use */
    {"jane@example.com", "jd", "jane@example.com", false},
    {"kim@example.com", NULL, "\xe2\x84\xaaim", false}, /* KELVIN SIGN is no k */
    {"j\xc3\xb6rg@example.com", NULL, "j\xc3\xb6rg", true},
    {"jane@example.com", NULL, "jane\xff", false},
    {"", NULL, "", false},
    {"", NULL, "jane", false},
};

static struct operator_person *make_person(const char *addresses, const char *login)
{
    struct operator_person *person = g_new0(struct operator_person, 1);
    g_auto(GStrv) words = g_strsplit(addresses, " ", -1);

    person->login = g_strdup(login);
    person->addresses = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; words[i] != NULL; i++)
        g_ptr_array_add(person->addresses, g_strdup(words[i]));
    return person;
}

static struct conf *make_conf(void)
{
    struct conf *conf = conf_parse("test.conf", settings, strlen(settings), NULL);

    assert_non_null(conf);
    return conf;
}

static void test_lists(void **state)
{
    AUTO(conf) conf = make_conf();

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
        AUTO(operator_person) person = make_person(lists[i].addresses, lists[i].login);
        g_autoptr(GPtrArray) logins = login_list(conf, person);
        g_autofree char *got = NULL;

        g_ptr_array_add(logins, NULL);
        got = g_strjoinv(" ", (char **)logins->pdata);
        if (strcmp(got, lists[i].want) != 0)
            fail_msg("%s: got \"%s\", want \"%s\"", lists[i].addresses, got, lists[i].want);
    }
}

static void test_rows(void **state)
{
    AUTO(conf) conf = make_conf();

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        AUTO(operator_person) person = make_person(rows[i].addresses, rows[i].login);

        if (login_is_of(conf, person, rows[i].typed) != rows[i].want)
            fail_msg("%s, login %s: %s %s theirs", rows[i].addresses,
                     rows[i].login != NULL ? rows[i].login : "none", rows[i].typed,
                     rows[i].want ? "is not" : "is");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
