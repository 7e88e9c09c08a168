/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How ages read.
 */
#include "milter/age.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>
#include <string.h>

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static const struct {
    int64_t age;
    const char *want;
} ages[] = {
    {-5 * DAY, "0 min"},   {0, "0 min"},        {MINUTE - 1, "0 min"},   {MINUTE, "1 min"},
    {HOUR - 1, "59 min"},  {HOUR, "1 h"},       {3 * HOUR + 1, "3 h"},   {DAY, "24 h"},
    {2 * DAY - 1, "47 h"}, {2 * DAY, "2 days"}, {400 * DAY, "400 days"},
};

static void test_since(void **state)
{
    const int64_t now = INT64_C(1772445600000);

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(ages); i++) {
        g_autofree char *got = age_since(now - ages[i].age, now);

        assert_string_equal(got, ages[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_since),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
