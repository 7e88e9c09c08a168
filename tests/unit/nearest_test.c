/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which known name a mistyped one is taken for, and which are too far.
 */
#include "milter/nearest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>

static const char *const names[] = {"socket",    "umask", "local_domains", "database", "note",
                                    "operators", "add",   "support",       NULL};

static const struct {
    const char *wrong;
    const char *want;
} rows[] = {
    {"sockt", "socket"},   /* left out */
    {"sockett", "socket"}, /* added */
    {"sacket", "socket"},  /* replaced */
    {"ntoe", "note"},      /* swapped */
    {"SOCKET", "socket"},  /* case counts nothing */
    {"suport", "support"},
    {"local-domain", "local_domains"},
    {"dtabaes", "database"},
    {"ad", "add"},
    {"adx", "add"},
    {"axx", NULL},
    {"x", NULL},
    {"", NULL},
    {"sock", "socket"},
    {"completely_other", NULL},
    {"operator", "operators"},
    {"\xff\xfe", NULL},
    {"socket\nsocket", NULL},
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const char *got = nearest_name(rows[i].wrong, names);
        if (g_strcmp0(got, rows[i].want) != 0)
            fail_msg("\"%s\": got %s, want %s", rows[i].wrong, got != NULL ? got : "nothing",
                     rows[i].want != NULL ? rows[i].want : "nothing");
    }
}

static void test_first_of_equals(void **state)
{
    const char *const twins[] = {"move", "mode", NULL};

    (void)state;
    assert_string_equal(nearest_name("mofe", twins), "move");
    assert_null(nearest_name("mofe", (const char *const[]){NULL}));
}

/* A megabyte must not cost a megabyte's square, nor overrun anything. */
static void test_long(void **state)
{
    g_autofree char *huge = g_strnfill(1024 * 1024, 's');
    g_autofree char *full = g_strnfill(64, 's');
    const char *const both[] = {huge, full, NULL};

    (void)state;
    assert_null(nearest_name(huge, names));
    assert_ptr_equal(nearest_name(full, both), full);
    full[0] = 't';
    assert_null(nearest_name(full, (const char *const[]){huge, NULL}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_first_of_equals),
        cmocka_unit_test(test_long),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
