/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A department's own templates, each of one kind.
 */
#include "tests/db/fixture.h"

#include "db/department_template.h"

static void check(struct fixture *f, int64_t department, const char *kind, const char *want)
{
    g_autofree char *text = g_strdup("before");

    g_clear_pointer(&text, g_free);
    assert_done(department_template_find(f->store, department, kind, &text, &error));
    if (want == NULL)
        assert_null(text);
    else
        assert_string_equal(text, want);
}

static void set(struct fixture *f, const char *kind, const char *text)
{
    assert_done(department_template_set(f->store, f->support, kind, text, &error));
}

static void is_set(void **state)
{
    struct fixture *f = *state;

    check(f, f->support, "closed", NULL);
    set(f, "closed",
        "Subject: Gr\xc3\xbc\xc3\x9f"
        "e\n");
    set(f, "moved", "");
    check(f, f->support, "closed", "Subject: Grüße\n");
    check(f, f->support, "moved", "");
    check(f, f->support, "status", NULL);
    check(f, f->accounting, "closed", NULL);
    set(f, "closed", "Subject: y\n");
    check(f, f->support, "closed", "Subject: y\n");
    set(f, "closed", NULL);
    set(f, "closed", NULL);
    check(f, f->support, "closed", NULL);
    check(f, f->support, "moved", "");
}

static char *list(struct fixture *f, int64_t department)
{
    g_autoptr(GPtrArray) own = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) off = g_ptr_array_new_with_free_func(g_free);
    GString *all = g_string_new(NULL);

    assert_done(department_template_list(f->store, department, own, off, &error));
    for (guint i = 0; i < own->len; i++)
        g_string_append_printf(all, "%s ", (char *)own->pdata[i]);
    g_string_append_c(all, '/');
    for (guint i = 0; i < off->len; i++)
        g_string_append_printf(all, " %s", (char *)off->pdata[i]);
    return g_string_free(all, FALSE);
}

static void is_listed(void **state)
{
    struct fixture *f = *state;
    g_autofree char *none = list(f, f->support);
    g_autofree char *all = NULL;
    g_autofree char *others = NULL;

    assert_string_equal(none, "/");
    set(f, "moved", "Subject: y\n");
    set(f, "result", "");
    set(f, "closed", "Subject: x\n");
    all = list(f, f->support);
    others = list(f, f->accounting);
    assert_string_equal(all, "closed moved / result");
    assert_string_equal(others, "/");
}

static void is_of_a_kind(void **state)
{
    struct fixture *f = *state;

    assert_fails(department_template_set(f->store, f->support, "copy", "x", &error), ERROR_BUG, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(is_set, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(is_listed, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(is_of_a_kind, fixture_make, fixture_remove),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
