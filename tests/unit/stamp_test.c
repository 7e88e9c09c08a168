/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stamp is read by the site that wrote it, and by nobody else.
 */
#include "milter/stamp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

static const uint8_t key[KEY_SIZE] = {1, 2, 3};
static const uint8_t other[KEY_SIZE] = {1, 2, 4};

static void test_reads_what_it_wrote(void **state)
{
    g_autofree char *stamp = stamp_write(key, "site", 1042);
    g_autofree char *spaced = g_strconcat("  ", stamp, " ", NULL);
    int64_t number = 0;

    (void)state;
    assert_true(g_str_has_prefix(stamp, "site 1042 "));
    assert_true(stamp_read(key, "site", stamp, &number));
    assert_int_equal(number, 1042);
    assert_true(stamp_read(key, "site", spaced, &number));
}

static void test_refuses_others(void **state)
{
    g_autofree char *stamp = stamp_write(key, "site", 7);
    g_autofree char *eight = stamp_write(key, "site", 8);
    g_autofree char *mixed = g_strconcat("site 7 ", eight + strlen("site 8 "), NULL);
    int64_t number;

    (void)state;
    assert_false(stamp_read(other, "site", stamp, &number));
    assert_false(stamp_read(key, "elsewhere", stamp, &number));
    assert_false(stamp_read(key, "site", mixed, &number));
}

static void test_refuses_what_is_none(void **state)
{
    static const char *const rows[] = {
        "",
        " ",
        "site",
        "site 7",
        "site 7 ",
        "site 0 00000000000000000000000000000000",
        "site -7 00000000000000000000000000000000",
        "site 07 00000000000000000000000000000000",
        "site 7x 00000000000000000000000000000000",
        "site 99999999999999999999999999 00000000000000000000000000000000",
        "site 7 00000000000000000000000000000000",
        "site 7 00000000000000000000000000000000 more",
    };
    int64_t number;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if (stamp_read(key, "site", rows[i], &number))
            fail_msg("taken for a stamp: %s", rows[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_what_it_wrote),
        cmocka_unit_test(test_refuses_others),
        cmocka_unit_test(test_refuses_what_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
