/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes how a ticket stands, in two versions. Knows neither who asked nor where it goes. The
 * thread that holds the store.
 */
#include "milter/status.h"

#include <string.h>

#include "db/exchange.h"
#include "milter/age.h"
#include "milter/history.h"
#include "milter/story.h"
#include "milter/subject.h"

/* Inside. */

static void append_message(const struct post *post, const struct message *message, GString *out)
{
    g_autofree char *subject = subject_bare(&post->site->id, message->subject);
    const char *author = message->author != NULL ? message->author : "nobody";
    g_autofree char *line = history_message(message, author, subject);
    g_autofree char *time = history_time(message->at);

    g_string_append_printf(out, "%s  %s\n", time, line);
}

/* Not the one that asks. */
static void append_messages(const struct story *story, GString *out)
{
    GPtrArray *messages = story->messages;
    guint end = messages->len;
    guint begin;

    if (end > 0 && messages->pdata[end - 1] == story->post->at_hand)
        end--;
    begin = end > STATUS_MESSAGES_MAX ? end - STATUS_MESSAGES_MAX : 0;
    if (end > begin)
        g_string_append(out, "\nThe last messages (times are UTC):\n\n");
    for (guint i = begin; i < end; i++)
        append_message(story->post, messages->pdata[i], out);
}

char *status_inside(const struct post *post, const struct ticket *ticket, GPtrArray *events,
                    GError **error)
{
    g_autoptr(GString) out = g_string_new("\n");
    AUTO(story) story = NULL;

    if (!story_read(post, ticket, events, &story, error) || !story_tell_state(story, out, error))
        return NULL;
    append_messages(story, out);
    return g_string_free(g_steal_pointer(&out), FALSE);
}

/* Outside. */

static void append_time(GString *out, const char *what, int64_t at, int64_t now)
{
    g_autofree char *time = history_time(at);
    g_autofree char *age = age_since(at, now);

    g_string_append_printf(out, "%s %s UTC (%s).\n", what, time, age);
}

static void append_state(const struct ticket *ticket, int64_t now, GString *out)
{
    append_time(out, "It was opened", ticket->opened_at, now);
    if (!ticket->open)
        append_time(out, "It was closed", ticket->closed_at, now);
    else if (ticket->waiting_for_us)
        append_time(out, "It has been waiting for our answer since", ticket->waiting_since, now);
    else
        append_time(out, "It has been waiting for your answer since", ticket->waiting_since, now);
}

static void append_line(const struct post *post, const struct exchange_line *line, bool may_quote,
                        GString *out)
{
    bool is_ours = strcmp(line->kind, "answer") == 0;
    g_autofree char *time = history_time(line->at);
    g_autofree char *subject = subject_bare(&post->site->id, line->subject);
    g_autofree char *plain = history_plain(subject);

    g_string_append_printf(out, "%s  %s", time, is_ours ? "to you" : "from you");
    if (may_quote || is_ours || line->is_proven)
        g_string_append_printf(out, ": %s", plain);
    g_string_append_c(out, '\n');
}

char *status_outside(const struct post *post, const struct ticket *ticket, const char *person,
                     bool may_quote, GError **error)
{
    g_autoptr(GString) out = g_string_new("\n");
    g_autoptr(GPtrArray) lines =
        exchange_last(post->store, ticket->number, person, STATUS_MESSAGES_MAX, error);

    if (lines == NULL)
        return NULL;
    append_state(ticket, post->now, out);
    if (lines->len > 0)
        g_string_append(out, "\nThe last messages from you and to you (times are UTC):\n\n");
    for (guint i = 0; i < lines->len; i++)
        append_line(post, lines->pdata[i], may_quote, out);
    return g_string_free(g_steal_pointer(&out), FALSE);
}
