/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counts, and numbers the mails. Writes nothing. The thread that holds the store.
 */
#include "milter/post.h"

#include "db/event.h"
#include "db/message.h"

void post_keep_back(struct post *post, int64_t ticket, enum notice_kind kind, const char *address,
                    const char *why)
{
    g_autofree char *detail = g_strdup_printf("%s to %s: %s", wording_kinds[kind], address, why);
    struct event *event = event_new("suppressed", NULL, detail);

    event->ticket = ticket;
    g_ptr_array_add(post->events, event);
}

bool post_may_quote(struct post *post, const struct ticket *ticket, bool *may, GError **error)
{
    *may = false;
    if (ticket->requester == NULL)
        return true;
    if (!message_has_kind(post->store, ticket->number, "answer", may, error))
        return false;
    return *may ||
           message_is_opened_with_proof(post->store, ticket->number, ticket->requester, may, error);
}

bool post_notice(struct post *post, struct notice *notice, GError **error)
{
    struct outbox_mail *mail;
    int64_t number;

    notice->message = post->message;
    if (!outbox_next_number(post->store, &number, error) ||
        !notice_write(post->site, post->store, notice, number + post->outbox->len, post->now, &mail,
                      error))
        return false;
    if (mail != NULL)
        g_ptr_array_add(post->outbox, mail);
    return true;
}
