/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an attempt to hand over a mail means, how its reply reads, and how long to wait.
 */
#include "milter/attempt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define CONNECTED .is_open = true
#define BEGUN CONNECTED, .has_begun = true
#define ENDED BEGUN, .has_ended = true

static const struct {
    const char *name;
    struct attempt attempt;
    enum attempt_result want;
    bool is_early;
    bool is_stale;
} judged[] = {
    {"no server", {.code = 0}, ATTEMPT_UNREACHABLE, false, false},
    {"greeting 421", {.code = 421}, ATTEMPT_UNREACHABLE, false, false},
    {"greeting 554", {.code = 554}, ATTEMPT_UNREACHABLE, false, false},
    {"AUTH denied", {.code = 535}, ATTEMPT_UNREACHABLE, false, false},
    {"gone after EHLO", {.code = 250}, ATTEMPT_UNREACHABLE, false, false},
    {"taken", {ENDED, .code = 250}, ATTEMPT_TAKEN, false, false},
    {"taken in other words", {ENDED, .code = 251}, ATTEMPT_TAKEN, false, false},
    {"taken, and we were to stop",
     {ENDED, .code = 250, .is_cut = true},
     ATTEMPT_TAKEN,
     false,
     false},
    {"refused early", {CONNECTED, .code = 550}, ATTEMPT_REFUSED, true, false},
    {"refused early, reused",
     {CONNECTED, .is_reused = true, .code = 550},
     ATTEMPT_REFUSED,
     true,
     false},
    {"put off early", {CONNECTED, .code = 450}, ATTEMPT_DEFERRED, true, false},
    {"refused at the end", {ENDED, .code = 554}, ATTEMPT_REFUSED, false, false},
    {"put off at the end", {ENDED, .code = 451}, ATTEMPT_DEFERRED, false, false},
    {"closing", {CONNECTED, .code = 421}, ATTEMPT_BROKEN, false, false},
    {"closing, reused", {CONNECTED, .is_reused = true, .code = 421}, ATTEMPT_BROKEN, false, true},
    {"closing at the end", {ENDED, .code = 421}, ATTEMPT_BROKEN, false, false},
    {"closing at the end, reused",
     {ENDED, .is_reused = true, .code = 421},
     ATTEMPT_BROKEN,
     false,
     false},
    {"gone at MAIL", {CONNECTED, .code = 250}, ATTEMPT_BROKEN, false, false},
    {"gone at MAIL, reused",
     {CONNECTED, .is_reused = true, .code = 0},
     ATTEMPT_BROKEN,
     false,
     true},
    {"we were to stop, reused",
     {CONNECTED, .is_reused = true, .is_cut = true},
     ATTEMPT_BROKEN,
     false,
     false},
    {"gone in the middle", {BEGUN, .code = 354}, ATTEMPT_BROKEN, false, false},
    {"gone in the middle, reused",
     {BEGUN, .is_reused = true, .code = 354},
     ATTEMPT_BROKEN,
     false,
     false},
    {"gone before the answer", {ENDED, .code = 354}, ATTEMPT_BROKEN, false, false},
    {"no sense", {CONNECTED, .code = 666}, ATTEMPT_BROKEN, false, false},
};

static void test_judge(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(judged); i++)
        if (attempt_judge(&judged[i].attempt) != judged[i].want ||
            attempt_is_early(&judged[i].attempt) != judged[i].is_early ||
            attempt_is_stale(&judged[i].attempt) != judged[i].is_stale)
            fail_msg("%s: %d %d %d", judged[i].name, (int)attempt_judge(&judged[i].attempt),
                     attempt_is_early(&judged[i].attempt), attempt_is_stale(&judged[i].attempt));
}

/* Lines as they come, "READY" where the server is ready for a mail. */
static const struct {
    const char *lines[8];
    const char *fault;
    const char *want;
} said[] = {
    {{"550 5.1.1 no such user\r\n"}, NULL, "the connection ended"},
    {{"550 5.1.1 no such user\r\n"}, "MAIL failed", "MAIL failed (550 5.1.1 no such user)"},
    {{"220 hello\r\n", "250-mx\r\n", "250 SIZE\r\n"}, "timeout", "timeout"},
    {{"421 too busy\r\n", "221 bye\r\n"}, "greeting", "greeting (421 too busy)"},
    {{"READY", "250 ok\r\n", "550 5.1.1 no\r\n"}, "RCPT failed", "550 5.1.1 no"},
    {{"READY", "250 ok\r\n", "550 5.1.1 no\r\n", "221 bye\r\n"}, "x", "550 5.1.1 no"},
    {{"READY", "250 ok\r\n", "550-5.1.1 first\r\n", "550-second\n", "550 third"},
     NULL,
     "550 5.1.1 first second third"},
    {{"535 no\r\n", "READY", "354 go\r\n"}, "Send failure", "Send failure"},
    {{"535 no\r\n", "READY", "451 later\r\n"}, NULL, "451 later"},
    {{"READY", "550\r\n"}, NULL, "550"},
    {{"READY", "550 a\tb\033[1m\x7f\xc2\x85\r\n"}, NULL, "550 a b [1m"},
    {{"READY", "550 \xff\xc3\xbc\r\n"}, NULL, "550 \xef\xbf\xbd\xc3\xbc"},
    {{"READY"}, NULL, "the connection ended"},
};

static void test_why(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(said); i++) {
        struct attempt attempt = {.fault = g_strdup(said[i].fault)};
        g_autofree char *why = NULL;

        for (const char *const *line = said[i].lines; *line != NULL; line++)
            if (strcmp(*line, "READY") == 0)
                attempt_open(&attempt);
            else
                attempt_add_line(&attempt, *line, strlen(*line));
        why = attempt_why(&attempt);
        if (strcmp(why, said[i].want) != 0)
            fail_msg("row %zu: got \"%s\", want \"%s\"", i, why, said[i].want);
        attempt_clear(&attempt);
        assert_null(attempt.reply);
        assert_false(attempt.is_open);
    }
}

static void test_endless_reply(void **state)
{
    struct attempt attempt = {0};
    g_autofree char *why = NULL;

    (void)state;
    attempt_open(&attempt);
    for (int i = 0; i < 10000; i++)
        attempt_add_line(&attempt, "550-\0more\r\n", 11);
    why = attempt_why(&attempt);
    assert_true(g_str_has_prefix(why, "550"));
    assert_true(strlen(why) <= ATTEMPT_REPLY_MAX);
    attempt_clear(&attempt);
}

static void test_back_off(void **state)
{
    static const struct attempt_pace pace = {60, 1000};
    static const struct attempt_pace large = {1, INT64_MAX / 2};
    static const struct {
        int64_t failures;
        double chance;
        int64_t want;
    } rows[] = {
        {0, 0, 60},           {1, 0, 120},  {2, 0, 240},       {4, 0, 960},   {5, 0, 1000},
        {INT64_MAX, 0, 1000}, {0, 0.5, 53}, {0, 0.999999, 46}, {9, 0.5, 875},
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        int64_t got = attempt_back_off(&pace, rows[i].failures, rows[i].chance);

        if (got != rows[i].want)
            fail_msg("row %zu: got %jd, want %jd", i, (intmax_t)got, (intmax_t)rows[i].want);
    }
    assert_true(attempt_back_off(&large, INT64_MAX, 0) == large.most);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_judge),
        cmocka_unit_test(test_why),
        cmocka_unit_test(test_endless_reply),
        cmocka_unit_test(test_back_off),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
