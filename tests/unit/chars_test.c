/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * milter/chars: single characters.
 */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "milter/chars.h"

static void next(void **state)
{
    static const struct {
        const char *in;
        size_t size;
        gunichar want;
    } rows[] = {
        {"", 0, 0},
        {"a", 1, 'a'},
        {"\u00fcx", 2, 0xfc},
        {"\u3000", 3, 0x3000},
        {"\U0001F468", 4, 0x1f468},
        {"\xff", 1, CHARS_INVALID},
        {"\xc3", 1, CHARS_INVALID},         /* cut off */
        {"\xe2\x98", 1, CHARS_INVALID},     /* cut off */
        {"\xc0\xaf", 1, CHARS_INVALID},     /* overlong */
        {"\xed\xa0\x80", 1, CHARS_INVALID}, /* surrogate */
        {"\xf4\x90\x80\x80", 1, CHARS_INVALID},
        {"\x80", 1, CHARS_INVALID},
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        gunichar c = 1;
        size_t size = chars_next(rows[i].in, &c);

        if (size != rows[i].size || c != rows[i].want)
            fail_msg("row %zu: %zu, %x", i, size, c);
    }
}

static void spaces(void **state)
{
    (void)state;
    assert_int_equal(chars_space(" x"), 1);
    assert_int_equal(chars_space("\n"), 1);
    assert_int_equal(chars_space("\u00a0"), 2);
    assert_int_equal(chars_space("\u3000 "), 3);
    assert_int_equal(chars_space("x "), 0);
    assert_int_equal(chars_space(""), 0);
    assert_int_equal(chars_space("\xa0"), 0);
    assert_int_equal(chars_space("\u200b"), 0);
    assert_int_equal(chars_spaces(" \t\r\n\u3000x "), 7);
    assert_int_equal(chars_spaces("x"), 0);
}

static void controls(void **state)
{
    (void)state;
    for (gunichar c = 0; c < 0x200; c++)
        assert_true(chars_is_control(c) == g_unichar_iscntrl(c));
    assert_false(chars_is_control(CHARS_INVALID));
}

static void letters(void **state)
{
    (void)state;
    setlocale(LC_ALL, "tr_TR.UTF-8"); /* if it is there: makes no difference */
    assert_int_equal(chars_lower('I'), 'i');
    assert_int_equal(chars_lower('1'), '1');
    assert_int_equal(chars_lower(0xdc), 0xfc);
    assert_int_equal(chars_lower(0x130), 0x130);
    assert_int_equal(chars_lower(0x212a), 0x212a);
    assert_int_equal(chars_lower(CHARS_INVALID), CHARS_INVALID);
    setlocale(LC_ALL, "C");
}

static void valid(void **state)
{
    g_autofree char *repaired = chars_valid("a\xff\u00fc");
    g_autofree char *same = chars_valid("a\u00fc");

    (void)state;
    assert_string_equal(repaired, "a\ufffd\u00fc");
    assert_string_equal(same, "a\u00fc");
}

static void turning(void **state)
{
    static const gunichar yes[] = {0x202a, 0x202e, 0x2066, 0x2069};
    static const gunichar no[] = {'a', 0x2029, 0x202f, 0x2065, 0x206a, 0x05d0, CHARS_INVALID};

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(yes); i++)
        assert_true(chars_is_turning(yes[i]));
    for (size_t i = 0; i < G_N_ELEMENTS(no); i++)
        assert_false(chars_is_turning(no[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(next),    cmocka_unit_test(spaces), cmocka_unit_test(controls),
        cmocka_unit_test(letters), cmocka_unit_test(valid),  cmocka_unit_test(turning),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
