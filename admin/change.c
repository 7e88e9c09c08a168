/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes what was done, and the mails that follow from it. One thread.
 */
#include "admin/change.h"

#include "db/event.h"
#include "db/outbox.h"
#include "milter/announce.h"
#include "milter/handover.h"

struct action change_begin(struct context *context)
{
    struct action action = {
        .store = context->store,
        .actor = caller_actor(context->caller),
        .now = context->now,
        .events = g_ptr_array_new_with_free_func((GDestroyNotify)event_free),
    };

    return action;
}

static bool add_events(struct context *context, GPtrArray *events, int64_t ticket, GError **error)
{
    for (guint i = 0; i < events->len; i++) {
        struct event *event = events->pdata[i];

        event->at = context->now;
        if (event->ticket == 0)
            event->ticket = ticket;
        if (!event_add(context->store, event, error))
            return false;
    }
    return true;
}

static bool add_mails(struct context *context, GPtrArray *outbox, GError **error)
{
    for (guint i = 0; i < outbox->len; i++)
        if (!outbox_add(context->store, outbox->pdata[i], context->now, error))
            return false;
    return true;
}

/* outbox and events are the caller's. */
static struct post open_post(struct context *context, const struct decide_site *site,
                             int64_t ticket, GPtrArray *outbox, GPtrArray *events)
{
    struct post post = {
        .site = site,
        .store = context->store,
        .now = context->now,
        .ticket = ticket,
        .outbox = outbox,
        .events = events,
    };

    return post;
}

/* Who is told is found out from the record as it was. */
bool change_record(struct context *context, const struct action *action, struct ticket *ticket,
                   int64_t by, bool hands_over, GError **error)
{
    const struct decide_site site = {context->conf, context->site, context->ids};
    g_autoptr(GPtrArray) outbox = g_ptr_array_new_with_free_func((GDestroyNotify)outbox_mail_free);
    struct post post = open_post(context, &site, ticket->number, outbox, action->events);

    post.operator_id = by;
    post.hands_over = hands_over;
    ticket->updated_at = context->now;
    return announce_changes(&post, ticket, action->events, false, error) &&
           ticket_update(context->store, ticket, error) && add_mails(context, outbox, error) &&
           add_events(context, action->events, ticket->number, error);
}

bool change_hand_over(struct context *context, const struct ticket *ticket, GPtrArray *to,
                      bool *is_done, GError **error)
{
    const struct decide_site site = {context->conf, context->site, context->ids};
    g_autoptr(GPtrArray) outbox = g_ptr_array_new_with_free_func((GDestroyNotify)outbox_mail_free);
    g_autoptr(GPtrArray) events = g_ptr_array_new_with_free_func((GDestroyNotify)event_free);
    struct post post = open_post(context, &site, ticket->number, outbox, events);

    if (!handover_write(&post, ticket, to, events, error))
        return false;
    *is_done = outbox->len > 0;
    return add_mails(context, outbox, error) && add_events(context, events, ticket->number, error);
}
