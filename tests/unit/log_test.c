/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lines that come out on standard error and go to syslog(3), which is caught here; what
 * becomes of hostile text; how many lines a fault gets.
 */
#include "milter/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include <cmocka.h>
#include <glib/gstdio.h>

#define THREADS 8
#define LINES 400

static struct {
    char *ident;
    int facility;
    int priority;
    char *line;
} caught;

/* In place of the C library's: what went to the system's log. */
void openlog(const char *ident, int option, int facility)
{
    (void)option;
    g_free(caught.ident);
    caught.ident = g_strdup(ident);
    caught.facility = facility;
}

void syslog(int priority, const char *format, ...)
{
    va_list arguments;

    g_free(caught.line);
    caught.priority = priority;
    va_start(arguments, format);
    caught.line = g_strdup_vprintf(format, arguments);
    va_end(arguments);
}

/* Standard error is a file from begin_capture() to end_capture(), which gives its text. */
static int real_stderr;

static void begin_capture(void)
{
    g_autofree char *name = NULL;
    int fd = g_file_open_tmp("log-XXXXXX", &name, NULL);

    assert_true(fd >= 0);
    g_unlink(name);
    real_stderr = dup(STDERR_FILENO);
    dup2(fd, STDERR_FILENO);
    close(fd);
}

static char *end_capture(void)
{
    struct stat status;

    fstat(STDERR_FILENO, &status);
    char *text = g_malloc0((size_t)status.st_size + 1);
    ssize_t got = pread(STDERR_FILENO, text, (size_t)status.st_size, 0);
    dup2(real_stderr, STDERR_FILENO);
    close(real_stderr);
    assert_int_equal(got, status.st_size);
    return text;
}

static void write_one_of_each(void)
{
    log_write(LOG_LEVEL_ERROR, "e %d", 1);
    log_write(LOG_LEVEL_WARNING, "w %s", "x");
    log_write(LOG_LEVEL_INFO, "4F5A: ticket=1042");
    log_write(LOG_LEVEL_DEBUG, "d");
}

static const struct {
    enum log_level level;
    const char *want;
} levels[] = {
    {LOG_LEVEL_ERROR, "error: e 1\n"},
    {LOG_LEVEL_WARNING, "error: e 1\nwarning: w x\n"},
    {LOG_LEVEL_INFO, "error: e 1\nwarning: w x\n4F5A: ticket=1042\n"},
    {LOG_LEVEL_DEBUG, "error: e 1\nwarning: w x\n4F5A: ticket=1042\ndebug: d\n"},
};

static void test_levels(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(levels); i++) {
        begin_capture();
        log_open(false, levels[i].level);
        write_one_of_each();
        g_autofree char *got = end_capture();
        if (strcmp(got, levels[i].want) != 0)
            fail_msg("level %d: got \"%s\", want \"%s\"", levels[i].level, got, levels[i].want);
    }
}

static void test_journal(void **state)
{
    struct stat status;

    (void)state;
    begin_capture();
    fstat(STDERR_FILENO, &status);
    g_autofree char *stream =
        g_strdup_printf("%ju:%ju", (uintmax_t)status.st_dev, (uintmax_t)status.st_ino);
    g_setenv("JOURNAL_STREAM", stream, TRUE);
    log_open(false, LOG_LEVEL_DEBUG);
    write_one_of_each();
    g_setenv("JOURNAL_STREAM", "1:1", TRUE); /* inherited, of another file */
    log_open(false, LOG_LEVEL_DEBUG);
    log_write(LOG_LEVEL_INFO, "plain");
    g_unsetenv("JOURNAL_STREAM");
    log_open(false, LOG_LEVEL_INFO);
    g_autofree char *got = end_capture();
    assert_string_equal(got, "<3>error: e 1\n<4>warning: w x\n<6>4F5A: ticket=1042\n"
                             "<7>debug: d\nplain\n");
}

static void test_syslog(void **state)
{
    (void)state;
    begin_capture();
    log_open(true, LOG_LEVEL_INFO);
    log_write(LOG_LEVEL_WARNING, "100%% of %s", "%s%n");
    log_write(LOG_LEVEL_DEBUG, "not this");
    log_open(false, LOG_LEVEL_INFO);
    g_autofree char *got = end_capture();
    assert_string_equal(got, "");
    assert_string_equal(caught.ident, "counterfoil");
    assert_int_equal(caught.facility, LOG_MAIL);
    assert_int_equal(caught.priority, LOG_WARNING);
    assert_string_equal(caught.line, "warning: 100% of %s%n");
}

/* Whatever slips into a line, it stays one line, and a short one. */
static void test_one_line(void **state)
{
    g_autofree char *huge = g_strnfill(1024 * 1024, 'x');
    g_autoptr(GString) euros = g_string_new(NULL);

    (void)state;
    while (euros->len < 8192)
        g_string_append(euros, "\xe2\x82\xac");
    begin_capture();
    log_write(LOG_LEVEL_INFO, "%s", "a\nwarning: b\r\x1b[1m\x7f");
    log_write(LOG_LEVEL_INFO, "%s", huge);
    log_write(LOG_LEVEL_INFO, "%s", euros->str);
    g_autofree char *got = end_capture();
    g_auto(GStrv) lines = g_strsplit(got, "\n", -1);
    assert_int_equal(g_strv_length(lines), 4);
    assert_string_equal(lines[0], "a?warning: b??[1m?");
    assert_int_equal(strlen(lines[1]), LOG_LINE_MAX - 1);
    assert_true(g_str_has_suffix(lines[1], "xxx..."));
    assert_true(strlen(lines[2]) < LOG_LINE_MAX && g_utf8_validate(lines[2], -1, NULL));
    assert_true(g_str_has_suffix(lines[2], "\xe2\x82\xac..."));
}

static gpointer write_many(gpointer data)
{
    g_autofree char *filler = g_strnfill(100 + 50 * GPOINTER_TO_UINT(data), 'x');

    for (int i = 0; i < LINES; i++)
        log_write(LOG_LEVEL_INFO, "begin %u %s end", GPOINTER_TO_UINT(data), filler);
    return NULL;
}

static void test_threads(void **state)
{
    GThread *threads[THREADS];
    int count = 0;

    (void)state;
    begin_capture();
    for (guint i = 0; i < THREADS; i++)
        threads[i] = g_thread_new("writer", write_many, GUINT_TO_POINTER(i));
    for (guint i = 0; i < THREADS; i++)
        g_thread_join(threads[i]);
    g_autofree char *got = end_capture();
    g_auto(GStrv) lines = g_strsplit(got, "\n", -1);
    for (char **line = lines; **line != '\0'; line++, count++)
        if (!g_str_has_prefix(*line, "begin ") || !g_str_has_suffix(*line, "x end") ||
            strstr(*line + 1, "begin") != NULL)
            fail_msg("mixed line: %s", *line);
    assert_int_equal(count, THREADS * LINES);
}

/* GLib's own messages, of the old kind and the structured one. */
static void test_glib(void **state)
{
    (void)state;
    begin_capture();
    log_open(false, LOG_LEVEL_INFO);
    g_log("GMime", G_LOG_LEVEL_WARNING, "bad\n%s", "thing");
    g_log("GMime", G_LOG_LEVEL_DEBUG, "hidden");
    g_log_structured("GLib-Net", G_LOG_LEVEL_INFO, "MESSAGE", "structured");
    g_autofree char *got = end_capture();
    assert_string_equal(got, "warning: GMime: bad\\nthing\nGLib-Net: structured\n");
}

static const struct {
    const char *in;
    const char *want;
} quoted[] = {
    {NULL, ""},
    {"", ""},
    {"kim@example.net", "kim@example.net"},
    {"a b <c>", "a b <c>"},
    {"\xc3\xa9t\xc3\xa9 \xe5\x9b\x9e\xe5\xa4\x8d", "\xc3\xa9t\xc3\xa9 \xe5\x9b\x9e\xe5\xa4\x8d"},
    {"a\nb\r\tc", "a\\nb\\r\\tc"},
    {"back\\n", "back\\\\n"},
    {"\x1b[31m\x7f", "\\x1b[31m\\x7f"},
    {"\xff\xfe", "\\xff\\xfe"},
    {"\xc3", "\\xc3"},                   /* a character that breaks off */
    {"\xc0\xaf", "\\xc0\\xaf"},          /* overlong */
    {"\xed\xa0\x80", "\\xed\\xa0\\x80"}, /* half of a surrogate pair */
    {"\xc2\x85x", "\\u{85}x"},           /* next line */
    {"\xe2\x80\xaegpj", "\\u{202e}gpj"}, /* right to left */
    {"\xe2\x80\xa8", "\\u{2028}"},       /* line separator */
    {"\xe2\x80\x8b", "\\u{200b}"},       /* no width */
    {"\xc2\xa0", "\xc2\xa0"},
};

static void test_quoted(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(quoted); i++) {
        g_autofree char *got = log_quoted(quoted[i].in);
        if (strcmp(got, quoted[i].want) != 0)
            fail_msg("row %zu: got \"%s\", want \"%s\"", i, got, quoted[i].want);
    }
}

/* Of every length about the limit, in characters that take 1, 2, 3 and 4 bytes when quoted. */
static void test_quoted_is_cut(void **state)
{
    static const char *const units[] = {"x", "\\", "\n", "\xe2\x82\xac", "\x1b", "\xe2\x80\x8b"};

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
        g_autofree char *one = log_quoted(units[i]);
        for (size_t count = 1; count < LOG_QUOTED_MAX + 8; count++) {
            g_autoptr(GString) text = g_string_new(NULL);
            for (size_t k = 0; k < count; k++)
                g_string_append(text, units[i]);
            g_autofree char *got = log_quoted(text->str);
            bool fits = count * strlen(one) <= LOG_QUOTED_MAX;
            size_t want =
                fits ? count * strlen(one) : (LOG_QUOTED_MAX - 3) / strlen(one) * strlen(one) + 3;
            if (strlen(got) != want || g_str_has_suffix(got, "...") == fits ||
                !g_utf8_validate(got, -1, NULL))
                fail_msg("%zu of \"%s\": got \"%s\"", count, one, got);
        }
    }
}

/* Seconds on the clock; 0 held means "due, none held"; -1: not due. */
static const struct {
    const char *kind;
    int64_t at;
    int64_t want;
} faults[] = {
    {"disk", 100, 0},  {"disk", 100, -1}, {"disk", 159, -1}, {"other", 159, 0},
    {"disk", 160, 2},  {"disk", 161, -1}, {"disk", 219, -1}, {"other", 220, 0},
    {"disk", 1000, 2}, {"disk", 1061, 0}, {"early", 0, 0},
};

static void test_faults(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(faults); i++) {
        uint64_t held = 0;
        bool is_due = log_fault_is_due(faults[i].kind, faults[i].at * G_TIME_SPAN_SECOND, &held);
        int64_t got = is_due ? (int64_t)held : -1;
        if (got != faults[i].want)
            fail_msg("row %zu: got %d, want %d", i, (int)got, (int)faults[i].want);
    }
}

static void test_fault_lines(void **state)
{
    (void)state;
    begin_capture();
    for (int i = 0; i < 1000; i++)
        log_fault("archive", "cannot commit: %s", "disk full");
    log_fault("socket", "gone");
    g_autofree char *got = end_capture();
    assert_string_equal(got, "error: archive: cannot commit: disk full\nerror: socket: gone\n");
}

static void test_too_many_kinds(void **state)
{
    static char names[3 * LOG_FAULT_KINDS][16];
    int64_t far_us = INT64_C(1000000) * G_TIME_SPAN_SECOND;
    int due = 0;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        uint64_t held;
        g_snprintf(names[i], sizeof names[i], "kind %zu", i);
        due += log_fault_is_due(names[i], far_us, &held);
    }
    assert_in_range(due, 1, LOG_FAULT_KINDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_levels),         cmocka_unit_test(test_journal),
        cmocka_unit_test(test_syslog),         cmocka_unit_test(test_one_line),
        cmocka_unit_test(test_threads),        cmocka_unit_test(test_glib),
        cmocka_unit_test(test_quoted),         cmocka_unit_test(test_quoted_is_cut),
        cmocka_unit_test(test_faults),         cmocka_unit_test(test_fault_lines),
        cmocka_unit_test(test_too_many_kinds),
    };
    int failed;

    g_unsetenv("JOURNAL_STREAM");
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    g_free(caught.ident);
    g_free(caught.line);
    return failed;
}
