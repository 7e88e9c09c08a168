/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counts, and numbers the mails. Writes nothing. The thread that holds the store.
 */
#include "milter/post.h"

#include <string.h>

#include "db/event.h"
#include "db/message.h"

#define HOUR_MS INT64_C(3600000)

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

/* How many of those gathered count: to whom the address belongs, or (NULL) in all. */
static int64_t count_gathered(const struct post *post, const char *address)
{
    g_autofree char *counted = address != NULL ? outbox_count_as(address) : NULL;
    int64_t count = 0;

    for (guint i = 0; i < post->outbox->len; i++) {
        const struct outbox_mail *mail = post->outbox->pdata[i];

        for (guint j = 0; mail->is_counted && j < mail->recipients->len; j++) {
            g_autofree char *other = outbox_count_as(mail->recipients->pdata[j]);

            count += counted == NULL || strcmp(counted, other) == 0;
        }
    }
    return count;
}

/* For one more to address, beside so many others of the same mail. *why is yours; NULL: no limit is
 * reached. */
static bool find_limit(struct post *post, const char *address, int64_t others, char **why,
                       GError **error)
{
    int64_t limit = post->site->conf->mail.notice_limit;
    int64_t limit_site = post->site->conf->mail.notice_limit_site;
    int64_t to;
    int64_t all;

    *why = NULL;
    if (!outbox_count_to(post->store, address, post->now - HOUR_MS, &to, error) ||
        !outbox_count(post->store, post->now - HOUR_MS, &all, error))
        return false;
    if (to + count_gathered(post, address) >= limit)
        *why = g_strdup_printf(
            "more than %" G_GINT64_FORMAT " to one address within an hour (notice_limit)", limit);
    else if (all + count_gathered(post, NULL) + others >= limit_site)
        *why = g_strdup_printf(
            "more than %" G_GINT64_FORMAT " in all within an hour (notice_limit_site)", limit_site);
    return true;
}

/* Whoever of its recipients has had enough is none any more, and an event says so. */
static bool keep_within_limits(struct post *post, struct outbox_mail *mail, enum notice_kind kind,
                               GError **error)
{
    for (guint i = 0; mail->is_counted && i < mail->recipients->len;) {
        const char *address = mail->recipients->pdata[i];
        g_autofree char *why = NULL;

        if (!find_limit(post, address, i, &why, error))
            return false;
        if (why == NULL) {
            i++;
            continue;
        }
        post_keep_back(post, mail->ticket, kind, address, why);
        g_ptr_array_remove_index(mail->recipients, i);
    }
    return true;
}

bool post_notice(struct post *post, struct notice *notice, GError **error)
{
    AUTO(outbox_mail) mail = NULL;
    int64_t number;

    notice->message = post->message;
    if (!outbox_next_number(post->store, &number, error) ||
        !notice_write(post->site, post->store, notice, number + post->outbox->len, post->now, &mail,
                      error))
        return false;
    if (mail == NULL)
        return true;
    if (!keep_within_limits(post, mail, notice->kind, error))
        return false;
    if (mail->recipients->len > 0)
        g_ptr_array_add(post->outbox, g_steal_pointer(&mail));
    return true;
}
