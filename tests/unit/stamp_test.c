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
    assert_int_equal(stamp_read(key, "site", stamp, &number), STAMP_MESSAGE);
    assert_int_equal(number, 1042);
    assert_int_equal(stamp_read(key, "site", spaced, &number), STAMP_MESSAGE);
}

static void test_tells_mails_from_messages(void **state)
{
    g_autofree char *message = stamp_write(key, "site", 1042);
    g_autofree char *mail = stamp_write_outbox(key, "site", 1042);
    g_autofree char *both = g_strconcat(mail, "; ", message, NULL);
    int64_t number = 0;

    (void)state;
    assert_true(g_str_has_prefix(mail, "site 1042 "));
    assert_int_equal(strlen(mail), strlen(message));
    assert_int_equal(stamp_read(key, "site", mail, &number), STAMP_OUTBOX);
    assert_int_equal(number, 1042);
    assert_int_equal(stamp_read(key, "site", both, &number), STAMP_OUTBOX);
    assert_int_equal(stamp_read(other, "site", mail, &number), STAMP_NONE);
}

static void test_refuses_others(void **state)
{
    g_autofree char *stamp = stamp_write(key, "site", 7);
    g_autofree char *eight = stamp_write(key, "site", 8);
    g_autofree char *mixed = g_strconcat("site 7 ", eight + strlen("site 8 "), NULL);
    int64_t number;

    (void)state;
    assert_int_equal(stamp_read(other, "site", stamp, &number), STAMP_NONE);
    assert_int_equal(stamp_read(key, "elsewhere", stamp, &number), STAMP_NONE);
    assert_int_equal(stamp_read(key, "site", mixed, &number), STAMP_NONE);
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
        ";;;",
        "; site 7 ;",
    };
    int64_t number;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if (stamp_read(key, "site", rows[i], &number) != STAMP_NONE)
            fail_msg("taken for a stamp: %s", rows[i]);
}

static void test_reads_its_own_among_others(void **state)
{
    g_autofree char *own = stamp_write(key, "site", 1042);
    g_autofree char *there = stamp_write(other, "there", 7);
    g_autofree char *value = g_strconcat(there, ";\n ", own, "; x", NULL);
    int64_t number = 0;

    (void)state;
    assert_int_equal(stamp_read(key, "site", value, &number), STAMP_MESSAGE);
    assert_int_equal(number, 1042);
    assert_int_equal(stamp_read(other, "there", value, &number), STAMP_MESSAGE);
    assert_int_equal(number, 7);
}

/* What looks like a stamp, on one line; a wrong one of this site is none. */
static void test_lists_others(void **state)
{
    g_autoptr(GPtrArray) stamps = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GString) many = g_string_new(NULL);

    (void)state;
    stamp_list_others(
        "site",
        "site 7 00000000000000000000000000000000; a 1\n\t"
        "0123456789abcdef0123456789abcdef;b 2 00; c x 0123456789abcdef0123456789abcdef;"
        "d-e 1 0123456789abcdef0123456789abcdef; see below",
        stamps);
    assert_int_equal(stamps->len, 1);
    assert_string_equal(stamps->pdata[0], "a 1 0123456789abcdef0123456789abcdef");
    for (int i = 0; i < 100; i++)
        g_string_append_printf(many, "s%d 1 0123456789abcdef0123456789abcdef;", i);
    stamp_list_others("site", many->str, stamps);
    assert_int_equal(stamps->len, STAMP_OTHERS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_what_it_wrote),
        cmocka_unit_test(test_tells_mails_from_messages),
        cmocka_unit_test(test_refuses_others),
        cmocka_unit_test(test_refuses_what_is_none),
        cmocka_unit_test(test_reads_its_own_among_others),
        cmocka_unit_test(test_lists_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
