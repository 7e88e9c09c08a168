/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * milter/ticketid: the key is the bytes 0 to 31, the check letters were computed apart from the
 * program: 1042 is Y1JWZ, 42 is D00JM, 101 is MHKNW, INT64_MAX is 4ZRN2.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "milter/ticketid.h"

static const uint8_t key[32] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
                                16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31};
static const struct ticketid_site site = {"Example", key, sizeof key};
static const struct ticketid_site dotted = {"my-site.x", key, sizeof key};

static void checks(void **state)
{
    static const struct {
        int64_t number;
        const char *want;
    } rows[] = {
        {1, "ETMXC"},    {7, "C0BVQ"},    {10, "5V1ZP"},        {11, "15PF9"},
        {42, "D00JM"},   {100, "B3TNC"},  {101, "MHKNW"},       {110, "GEMAV"},
        {1000, "AAREY"}, {1042, "Y1JWZ"}, {INT64_MAX, "4ZRN2"},
    };
    char check[TICKETID_CHECK_SIZE];

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        ticketid_check(&site, rows[i].number, check);
        assert_string_equal(check, rows[i].want);
    }
}

static void written(void **state)
{
    g_autofree char *id = ticketid_format(&site, 1042);
    g_autofree char *most = ticketid_format(&dotted, INT64_MAX);
    g_autofree char *extension = ticketid_extension(&site, 1042);

    (void)state;
    assert_string_equal(id, "[Example #1042-Y1JWZ]");
    assert_string_equal(most, "[my-site.x #9223372036854775807-4ZRN2]");
    assert_string_equal(extension, "1042-y1jwz");
}

static void tags(void **state)
{
    static const struct {
        const char *tag;
        bool want;
    } rows[] = {
        {"Example", true},
        {"a", true},
        {"9", true},
        {"my-site.x", true},
        {"abcdefghijklmnopqrstuvwx", true},
        {"abcdefghijklmnopqrstuvwxy", false},
        {"", false},
        {"my site", false},
        {"my_site", false},
        {"a]", false},
        {"a#", false},
        {"\xc3\xa9t\xc3\xa9", false},
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if (ticketid_is_tag(rows[i].tag) != rows[i].want)
            fail_msg("tag \"%s\"", rows[i].tag);
}

struct find_row {
    const char *name;
    const char *in;
    enum ticketid_found want;
    int64_t number; /* -1: untouched */
};

static void expect(const struct find_row *row, enum ticketid_found found, int64_t number,
                   int *failed)
{
    if (found == row->want && number == row->number)
        return;
    print_error("%s: found %d, number %" G_GINT64_FORMAT "; want %d, %" G_GINT64_FORMAT "\n",
                row->name, (int)found, number, (int)row->want, row->number);
    (*failed)++;
}

static void extensions(void **state)
{
    static const struct find_row rows[] = {
        {"as written", "1042-y1jwz", TICKETID_VALID, 1042},
        {"upper case", "1042-Y1JWZ", TICKETID_VALID, 1042},
        {"I for 1", "1042-yijwz", TICKETID_VALID, 1042},
        {"L for 1", "1042-yLjwz", TICKETID_VALID, 1042},
        {"O for 0", "42-dOojm", TICKETID_VALID, 42},
        {"letters in the number", "1o42-y1jwz", TICKETID_VALID, 1042},
        {"l in the number", "lO1-mhknw", TICKETID_VALID, 101},
        {"leading zeros", "0001042-y1jwz", TICKETID_VALID, 1042},
        {"greatest", "9223372036854775807-4zrn2", TICKETID_VALID, INT64_MAX},
        {"wrong letters", "1042-y1jwx", TICKETID_BAD, 1042},
        {"another's letters", "1043-y1jwz", TICKETID_BAD, 1043},
        {"too great", "9223372036854775808-4zrn2", TICKETID_NONE, -1},
        {"far too great", "99999999999999999999999999-4zrn2", TICKETID_NONE, -1},
        {"wraps round to 1042", "18446744073709552658-y1jwz", TICKETID_NONE, -1},
        {"zero", "0-y1jwz", TICKETID_NONE, -1},
        {"minus", "-1042-y1jwz", TICKETID_NONE, -1},
        {"plus", "+1042-y1jwz", TICKETID_NONE, -1},
        {"empty", "", TICKETID_NONE, -1},
        {"a command", "note", TICKETID_NONE, -1},
        {"a command with a word", "move-sales", TICKETID_NONE, -1},
        {"a word of digit-like letters", "oil-local", TICKETID_NONE, -1},
        {"number alone", "1042", TICKETID_NONE, -1},
        {"no number", "-y1jwz", TICKETID_NONE, -1},
        {"no letters", "1042-", TICKETID_NONE, -1},
        {"four letters", "1042-y1jw", TICKETID_NONE, -1},
        {"six letters", "1042-y1jwzz", TICKETID_NONE, -1},
        {"no Crockford letter", "1042-y1jwu", TICKETID_NONE, -1},
        {"something behind", "1042-y1jwz.", TICKETID_NONE, -1},
        {"another delimiter", "1042_y1jwz", TICKETID_NONE, -1},
        {"space within", "1042 -y1jwz", TICKETID_NONE, -1},
        {"space behind", "1042-y1jwz ", TICKETID_NONE, -1},
        {"space before", " 1042-y1jwz", TICKETID_NONE, -1},
        {"full-width digit",
         "\xef\xbc\x91"
         "042-y1jwz",
         TICKETID_NONE, -1},
    };
    int failed = 0;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        int64_t number = -1;
        enum ticketid_found found = ticketid_parse_extension(&site, rows[i].in, &number);

        expect(&rows[i], found, number, &failed);
    }
    assert_int_equal(failed, 0);
}

static void found(void **state)
{
    static const struct find_row rows[] = {
        {"no subject", NULL, TICKETID_NONE, -1},
        {"empty", "", TICKETID_NONE, -1},
        {"none", "Printer on fire", TICKETID_NONE, -1},
        {"alone", "[Example #1042-Y1JWZ]", TICKETID_VALID, 1042},
        {"as written", "Re: [Example #1042-Y1JWZ] Printer", TICKETID_VALID, 1042},
        {"at the end", "Printer [Example #1042-Y1JWZ]", TICKETID_VALID, 1042},
        {"in the middle", "AW: Printer [Example #1042-Y1JWZ] on fire", TICKETID_VALID, 1042},
        {"after a forward prefix", "Fwd: [Example #1042-Y1JWZ] Printer", TICKETID_VALID, 1042},
        {"after a Chinese prefix", "\xe5\x9b\x9e\xe5\xa4\x8d\xef\xbc\x9a[Example #1042-Y1JWZ]",
         TICKETID_VALID, 1042},
        {"text glued to it", "Printer[Example #1042-Y1JWZ]fire", TICKETID_VALID, 1042},
        {"lower case", "[example #1042-y1jwz]", TICKETID_VALID, 1042},
        {"upper case", "[EXAMPLE #1042-Y1JWZ]", TICKETID_VALID, 1042},
        {"I for 1", "[Example #1042-YIJWZ]", TICKETID_VALID, 1042},
        {"l for 1", "[Example #1042-ylJWZ]", TICKETID_VALID, 1042},
        {"O for 0", "[Example #42-DO0JM]", TICKETID_VALID, 42},
        {"o for 0 in the number", "[Example #1o42-Y1JWZ]", TICKETID_VALID, 1042},
        {"l for 1 in the number", "[Example #l0I-MHKNW]", TICKETID_VALID, 101},
        {"leading zeros", "[Example #001042-Y1JWZ]", TICKETID_VALID, 1042},
        {"space lost", "[Example#1042-Y1JWZ]", TICKETID_VALID, 1042},
        {"space doubled", "[Example   #1042-Y1JWZ]", TICKETID_VALID, 1042},
        {"space at the brackets", "[ Example #1042-Y1JWZ ]", TICKETID_VALID, 1042},
        {"space around the minus", "[Example # 1042 - Y1JWZ]", TICKETID_VALID, 1042},
        {"folded", "[Example\n #1042-Y1JWZ]", TICKETID_VALID, 1042},
        {"folded within tag, number and letters", "[Exa\r\n\tmple #10\n 42-Y1J\n WZ]",
         TICKETID_VALID, 1042},
        {"no-break space", "[Example\xc2\xa0#1042-Y1JWZ]", TICKETID_VALID, 1042},
        {"ideographic space", "[Example\xe3\x80\x80#1042-Y1JWZ]", TICKETID_VALID, 1042},
        {"greatest", "[Example #9223372036854775807-4ZRN2]", TICKETID_VALID, INT64_MAX},
        {"two valid: the first", "[Example #1042-Y1JWZ] [Example #42-D00JM]", TICKETID_VALID, 1042},
        {"bad before valid", "[Example #1-AAAAA] [Example #42-D00JM]", TICKETID_VALID, 42},
        {"valid before bad", "[Example #42-D00JM] [Example #1-AAAAA]", TICKETID_VALID, 42},
        {"another's before it", "[Other #7] [Example #1042-Y1JWZ]", TICKETID_VALID, 1042},
        {"opening brackets before it", "[[[Example #1042-Y1JWZ]", TICKETID_VALID, 1042},
        {"broken off, then whole", "[Example #10[Example #1042-Y1JWZ]", TICKETID_VALID, 1042},
        {"bytes that are not UTF-8", "\xff\xfe[Example #1042-Y1JWZ]\xc3", TICKETID_VALID, 1042},
        {"wrong letters", "[Example #1042-Y1JWX]", TICKETID_BAD, 1042},
        {"counted on", "[Example #1043-Y1JWZ]", TICKETID_BAD, 1043},
        {"no letters", "[Example #1042]", TICKETID_BAD, 1042},
        {"too few letters", "[Example #1042-Y1JW]", TICKETID_BAD, 1042},
        {"too many letters", "[Example #1042-Y1JWZZ]", TICKETID_BAD, 1042},
        {"no Crockford letter", "[Example #1042-Y1JWU]", TICKETID_BAD, 1042},
        {"two bad: the first", "[Example #3-AAAAA] [Example #4-AAAAA]", TICKETID_BAD, 3},
        {"another tag", "[Other #1042-Y1JWZ]", TICKETID_NONE, -1},
        {"longer tag", "[Examples #1042-Y1JWZ]", TICKETID_NONE, -1},
        {"shorter tag", "[Exampl #1042-Y1JWZ]", TICKETID_NONE, -1},
        {"no tag", "[#1042-Y1JWZ]", TICKETID_NONE, -1},
        {"Cyrillic a", "[Ex\xd0\xb0mple #1042-Y1JWZ]", TICKETID_NONE, -1},
        {"full-width letters", "[\xef\xbc\xa5xample #1042-Y1JWZ]", TICKETID_NONE, -1},
        {"full-width brackets",
         "\xef\xbc\xbb"
         "Example #1042-Y1JWZ\xef\xbc\xbd",
         TICKETID_NONE, -1},
        {"zero-width space in the tag", "[Exam\xe2\x80\x8bple #1042-Y1JWZ]", TICKETID_NONE, -1},
        {"no brackets", "Example #1042-Y1JWZ", TICKETID_NONE, -1},
        {"not closed", "[Example #1042-Y1JWZ", TICKETID_NONE, -1},
        {"no number sign", "[Example 1042-Y1JWZ]", TICKETID_NONE, -1},
        {"no number", "[Example #-Y1JWZ]", TICKETID_NONE, -1},
        {"letters for a number", "[Example #LOL]", TICKETID_NONE, -1},
        {"zero", "[Example #0-Y1JWZ]", TICKETID_NONE, -1},
        {"negative", "[Example #-1042-Y1JWZ]", TICKETID_NONE, -1},
        {"too great", "[Example #9223372036854775808-4ZRN2]", TICKETID_NONE, -1},
        {"wraps round to 1042", "[Example #18446744073709552658-Y1JWZ]", TICKETID_NONE, -1},
        {"words in it", "[Example #1042-Y1JWZ closed.]", TICKETID_NONE, -1},
    };
    int failed = 0;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        int64_t number = -1;
        enum ticketid_found found = ticketid_find(&site, rows[i].in, &number);

        expect(&rows[i], found, number, &failed);
    }
    assert_int_equal(failed, 0);
}

static void other_site(void **state)
{
    static const uint8_t other_key[32] = {1};
    const struct ticketid_site other = {"Example", other_key, sizeof other_key};
    int64_t number = -1;

    (void)state;
    assert_int_equal(ticketid_find(&dotted, "[My-Site.X #1042-Y1JWZ]", &number), TICKETID_VALID);
    assert_int_equal(ticketid_find(&dotted, "[MyxSite-X #1042-Y1JWZ]", &number), TICKETID_NONE);
    assert_int_equal(ticketid_find(&other, "[Example #1042-Y1JWZ]", &number), TICKETID_BAD);
}

static void place(void **state)
{
    const char *text = "a[ example#1042 -Y1JWZ]b";
    const char *end = NULL;
    int64_t number = -1;

    (void)state;
    assert_int_equal(ticketid_at(&site, text, &end, &number), TICKETID_NONE);
    assert_null(end);
    assert_int_equal(ticketid_at(&site, text + 1, &end, &number), TICKETID_VALID);
    assert_string_equal(end, "b");
    assert_int_equal(number, 1042);
    assert_int_equal(ticketid_at(&site, "[Example #5]c", &end, &number), TICKETID_BAD);
    assert_string_equal(end, "c");
    assert_int_equal(number, 5);
}

/* What would take minutes if it took quadratic time. */
static void large(void **state)
{
    static const char *const pieces[] = {"[", "[ ", "[Example", "[Example #", "[Example #1 ", "]"};
    int64_t number = -1;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(pieces); i++) {
        g_autoptr(GString) text = g_string_new(NULL);

        while (text->len < 4000000)
            g_string_append(text, pieces[i]);
        assert_int_equal(ticketid_find(&site, text->str, &number), TICKETID_NONE);
        g_string_append(text, "[Example #42-D00JM]");
        assert_int_equal(ticketid_find(&site, text->str, &number), TICKETID_VALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checks), cmocka_unit_test(written),    cmocka_unit_test(tags),
        cmocka_unit_test(found),  cmocka_unit_test(extensions), cmocka_unit_test(other_site),
        cmocka_unit_test(place),  cmocka_unit_test(large),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
