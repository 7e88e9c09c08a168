/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How what happened reads.
 */
#include "milter/history.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static const struct {
    const char *kind;
    const char *detail;
    const char *who;
    const char *what;
    bool by_self;
    const char *want;
} events[] = {
    {"closed", NULL, "Jane", NULL, false, "Jane closed it"},
    {"assigned", "joe@x", "Jane", "Joe", false, "Jane gave it to Joe"},
    {"assigned", "jane@x", "Jane", "Jane", true, "Jane took it"},
    {"assigned", "jane@y", "Jane", "Jane", false, "Jane gave it to Jane"}, /* another Jane */
    {"dropped", "jane@x", "Jane", "Jane", true, "Jane gave it up"},
    {"dropped", "joe@x", "root", "Joe", false, "root took it from Joe: it was nobody's then"},
    {"moved", "accounting", "Jane", "accounting", false,
     "Jane moved it to the department accounting"},
    {"spam", "no copies", "Kim", "no copies", false,
     "it was marked as spam, and nobody got a copy"},
    {"spam", "kim@x", "Jane", "kim@x", false, "Jane called it spam"},
    {"closed", NULL, NULL, NULL, false, "nobody closed it"},
    {"sung", NULL, "Jane", NULL, false, "sung (Jane)"},
    {"sung", "loudly", "Jane", "loudly", false, "sung: loudly (Jane)"},
    {"closed", NULL, "%{what}", NULL, false, "%{what} closed it"},
    {"moved", "a\nb", "Ja\tne", "a\nb", false, "Ja ne moved it to the department a b"},
};

static void test_events(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(events); i++) {
        AUTO(event) event = event_new(events[i].kind, "somebody", events[i].detail);
        g_autofree char *got =
            history_event(event, events[i].who, events[i].what, events[i].by_self);

        if (strcmp(got, events[i].want) != 0)
            fail_msg("%s: got %s, want %s", events[i].kind, got, events[i].want);
    }
}

static void test_persons(void **state)
{
    AUTO(event) assigned = event_new("assigned", NULL, "joe@example.com");
    AUTO(event) moved = event_new("moved", NULL, "accounting");
    AUTO(event) unknown = event_new("sung", NULL, "loudly");

    (void)state;
    assert_true(history_names_person(assigned));
    assert_false(history_names_person(moved));
    assert_false(history_names_person(unknown));
}

static const struct {
    const char *in;
    const char *want;
} texts[] = {
    {"", ""},
    {"plain", "plain"},
    {"a\r\nb\tc", "a  b c"},
    {"\x1b[31mred\x07", "[31mred"},
    {"a\xe2\x80\xae"
     "b\xe2\x81\xa6"
     "c\xe2\x80\x8f",
     "abc"}, /* what turns the direction */
    {"\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d", "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d"},
    {"caf\xe9", "caf\xef\xbf\xbd"},
};

static void test_texts(void **state)
{
    g_autofree char *many = g_strnfill(HISTORY_TEXT_MAX + 1, 'x');
    g_autofree char *cut = history_plain(many);

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autofree char *got = history_plain(texts[i].in);

        assert_string_equal(got, texts[i].want);
    }
    assert_int_equal(g_utf8_strlen(cut, -1), HISTORY_TEXT_MAX + 1);
    assert_true(g_str_has_suffix(cut, "x\xe2\x80\xa6"));
    many[HISTORY_TEXT_MAX] = '\0';
    g_free(cut);
    cut = history_plain(many);
    assert_string_equal(cut, many);
}

static const struct {
    int64_t bytes;
    const char *want;
} sizes[] = {
    {0, "0 bytes"},       {1, "1 byte"},         {999, "999 bytes"},
    {1000, "1.0 kB"},     {1234, "1.2 kB"},      {1250, "1.3 kB"},
    {123456, "123.5 kB"}, {999949, "999.9 kB"},  {999950, "1.0 MB"},
    {5242880, "5.2 MB"},  {67108864, "67.1 MB"}, {INT64_C(12345678901), "12.3 GB"},
};

static void test_sizes(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autofree char *got = history_size(sizes[i].bytes);

        assert_string_equal(got, sizes[i].want);
    }
}

static void test_lines(void **state)
{
    struct message message = {.number = 7, .kind = (char *)"request", .size_bytes = 1234};
    struct message_attachment named = {(char *)"fire.jpg", (char *)"image/jpeg", 99000};
    struct message_attachment unnamed = {NULL, (char *)"text/csv", 7};
    g_autofree char *line = history_message(&message, "Kim <kim@x>", "Printer on fire");
    g_autofree char *with = history_attachment(&named);
    g_autofree char *without = history_attachment(&unnamed);
    g_autofree char *time = history_time(INT64_C(1772445659999));

    (void)state;
    assert_string_equal(line, "Kim <kim@x> asked: Printer on fire (message 7, 1.2 kB)");
    assert_string_equal(with, "with fire.jpg (99.0 kB)");
    assert_string_equal(without, "with text/csv (7 bytes)");
    assert_string_equal(time, "2026-03-02 10:00");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events), cmocka_unit_test(test_persons), cmocka_unit_test(test_texts),
        cmocka_unit_test(test_sizes),  cmocka_unit_test(test_lines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
