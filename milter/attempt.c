/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replies are read as far as RFC 5321 section 4.2 says what they look like: three digits, a hyphen
 * in every line but the last, text. What any of it means beyond its first digit is not looked at,
 * but for 421. Any thread.
 */
#include "milter/attempt.h"

#include <string.h>

#include "milter/chars.h"

#define CLOSING 421 /* the service, not the mail */

void attempt_clear(struct attempt *attempt)
{
    if (attempt->reply != NULL)
        g_string_free(attempt->reply, TRUE);
    g_free(attempt->fault);
    *attempt = (struct attempt){0};
}

static bool is_refusal(const GString *reply)
{
    return reply != NULL && (reply->str[0] == '4' || reply->str[0] == '5');
}

void attempt_add_line(struct attempt *attempt, const char *line, size_t size)
{
    bool is_last = size < 4 || line[3] != '-';
    bool is_first = attempt->reply == NULL || attempt->is_reply_whole;

    if (is_first && is_refusal(attempt->reply))
        return;
    if (attempt->reply == NULL)
        attempt->reply = g_string_new(NULL);
    if (is_first)
        g_string_truncate(attempt->reply, 0);
    attempt->is_reply_whole = is_last;
    for (size_t i = is_first ? 0 : MIN(size, 4); i < size; i++)
        if (attempt->reply->len < ATTEMPT_REPLY_MAX && line[i] != '\r')
            g_string_append_c(attempt->reply, i == 3 || line[i] == '\0' ? ' ' : line[i]);
}

void attempt_open(struct attempt *attempt)
{
    attempt->is_open = true;
    attempt->code = 0;
    if (attempt->reply != NULL)
        g_string_truncate(attempt->reply, 0);
    attempt->is_reply_whole = true;
}

enum attempt_result attempt_judge(const struct attempt *attempt)
{
    int class = attempt->code / 100;

    if (!attempt->is_open)
        return ATTEMPT_UNREACHABLE;
    /* What follows the mail's bytes is the answer to them. */
    if (attempt->has_ended && class == 2)
        return ATTEMPT_TAKEN;
    if (attempt->code == CLOSING || (class != 4 && class != 5))
        return ATTEMPT_BROKEN;
    return class == 4 ? ATTEMPT_DEFERRED : ATTEMPT_REFUSED;
}

bool attempt_is_early(const struct attempt *attempt)
{
    enum attempt_result result = attempt_judge(attempt);

    return !attempt->has_begun && (result == ATTEMPT_REFUSED || result == ATTEMPT_DEFERRED);
}

bool attempt_is_stale(const struct attempt *attempt)
{
    return attempt->is_reused && !attempt->has_begun && !attempt->is_cut &&
           attempt_judge(attempt) == ATTEMPT_BROKEN;
}

/* One line of valid UTF-8, however it came. */
static char *plain(const char *text)
{
    g_autofree char *valid = chars_valid(text);
    GString *line = g_string_new(NULL);
    gunichar c;

    for (size_t at = 0, size; (size = chars_next(valid + at, &c)) > 0; at += size)
        g_string_append_unichar(line, chars_is_control(c) ? ' ' : c);
    return g_strstrip(g_string_free(line, FALSE));
}

char *attempt_why(const struct attempt *attempt)
{
    g_autofree char *reply = plain(attempt->reply != NULL ? attempt->reply->str : "");
    g_autofree char *fault = plain(attempt->fault != NULL ? attempt->fault : "");

    if (attempt->is_open && (is_refusal(attempt->reply) || attempt_judge(attempt) == ATTEMPT_TAKEN))
        return g_steal_pointer(&reply);
    if (*fault != '\0' && is_refusal(attempt->reply))
        return g_strdup_printf("%s (%s)", fault, reply);
    return *fault != '\0' ? g_steal_pointer(&fault) : g_strdup("the connection ended");
}

int64_t attempt_back_off(const struct attempt_pace *pace, int64_t failures, double chance)
{
    int64_t wait = pace->first;

    for (; failures > 0 && wait < pace->most; failures--)
        wait *= 2;
    wait = MIN(wait, pace->most);
    return wait - (int64_t)((double)wait / 4 * chance);
}
