/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `counterfoil ticket show`. Decides how a conversation looks as text; what comes from mail goes
 * through plain.h, so that no message can speak to the terminal. Reads only.
 */
#include "admin/show.h"

#include <string.h>

#include "admin/object.h"
#include "admin/pager.h"
#include "admin/plain.h"
#include "admin/when.h"
#include "admin/which.h"

#define SHORT_LINES 30
#define INDENT "    "
#define BOLD "1"
#define FAINT "2"

struct view {
    struct context *context;
    GString *out;
    size_t limit;         /* lines of a message; 0: all */
    bool is_among_events; /* the last thing shown was one */
};

/* "  label     value" */
static void add_line(struct view *view, const char *label, const char *value)
{
    g_autofree char *padded = g_strdup_printf("  %-12s", label);

    output_paint(view->context->output, view->out, FAINT, padded);
    plain_append(view->out, value);
    g_string_append_c(view->out, '\n');
}

/* "Kim Customer <kim@example.net>". Yours. */
static char *person(const char *name, const char *address)
{
    if (address == NULL)
        return g_strdup(name != NULL ? name : "nobody");
    return name != NULL ? g_strdup_printf("%s <%s>", name, address) : g_strdup(address);
}

static void add_head(struct view *view, const struct ticket *ticket)
{
    g_autofree char *id = ticketid_format(&view->context->ids, ticket->number);
    g_autofree char *subject = plain_line(ticket->subject);
    g_autofree char *title = g_strdup_printf("%s %s", id, subject);

    output_paint(view->context->output, view->out, BOLD, title);
    g_string_append_c(view->out, '\n');
}

static void add_state(struct view *view, const struct ticket *ticket)
{
    g_autofree char *since = when_format(ticket->open ? ticket->waiting_since : ticket->closed_at);
    g_autofree char *state =
        ticket->open ? g_strdup_printf("open, waiting for %s since %s",
                                       ticket->waiting_for_us ? "us" : "the customer", since)
                     : g_strdup_printf("closed since %s", since);

    add_line(view, "state", state);
}

static void add_departments(struct view *view, const struct ticket *ticket)
{
    g_autoptr(GString) names = g_string_new(NULL);

    for (guint i = 0; i < ticket->departments->len; i++)
        g_string_append_printf(names, "%s%s", i > 0 ? ", " : "",
                               ((struct ticket_department *)ticket->departments->pdata[i])->name);
    add_line(view, "department", names->str);
}

static void add_people(struct view *view, const struct ticket *ticket)
{
    g_autofree char *requester = person(ticket->requester_name, ticket->requester);

    add_line(view, "requester", requester);
    for (guint i = 0; i < ticket->correspondents->len; i++) {
        const struct correspondent *other = ticket->correspondents->pdata[i];
        g_autofree char *text = person(other->name, other->address);
        add_line(view, "with", text);
    }
    add_line(view, "assignee", ticket->assignee != NULL ? ticket->assignee : "nobody");
}

static void add_ticket(struct view *view, const struct ticket *ticket)
{
    g_autofree char *opened = when_format(ticket->opened_at);
    g_autofree char *updated = when_format(ticket->updated_at);

    add_head(view, ticket);
    add_state(view, ticket);
    add_departments(view, ticket);
    add_people(view, ticket);
    add_line(view, "opened", opened);
    add_line(view, "updated", updated);
}

static void add_event(struct view *view, const struct event *event)
{
    g_autofree char *at = when_format(event->at);
    g_autoptr(GString) line = g_string_new(NULL);

    g_string_append_printf(line, "%s  %s", at, event->kind);
    if (event->detail != NULL)
        g_string_append_printf(line, " %s", event->detail);
    if (event->actor != NULL)
        g_string_append_printf(line, " (by %s)", event->actor);
    g_autofree char *plain = plain_line(line->str);
    g_string_append(view->out, view->is_among_events ? "" : "\n");
    view->is_among_events = true;
    output_paint(view->context->output, view->out, FAINT, plain);
    g_string_append_c(view->out, '\n');
}

static bool add_attachments(struct view *view, const struct message *message, GError **error)
{
    g_autoptr(GPtrArray) all = message_attachments(view->context->store, message->number, error);

    for (guint i = 0; all != NULL && i < all->len; i++) {
        const struct message_attachment *attachment = all->pdata[i];
        g_autofree char *text = g_strdup_printf(
            "%u %s (%s, %" G_GINT64_FORMAT " byte%s)", i + 1,
            attachment->name != NULL ? attachment->name : "without a name", attachment->type,
            attachment->size_bytes, attachment->size_bytes == 1 ? "" : "s");
        add_line(view, "attachment", text);
    }
    return all != NULL;
}

static bool add_copies(struct view *view, const struct message *message, GError **error)
{
    g_autoptr(GPtrArray) all = message_copies(view->context->store, message->number, error);
    g_autoptr(GString) list = g_string_new(NULL);

    if (all == NULL)
        return false;
    for (guint i = 0; i < all->len; i++)
        g_string_append_printf(list, "%s%s", i > 0 ? ", " : "",
                               ((struct message_copy *)all->pdata[i])->address);
    if (all->len > 0)
        add_line(view, "copies", list->str);
    return true;
}

static bool add_recipients(struct view *view, const struct message *message, GError **error)
{
    g_autoptr(GPtrArray) all = message_recipients(view->context->store, message->number, error);
    g_autoptr(GString) list = g_string_new(NULL);

    for (guint i = 0; all != NULL && i < all->len; i++)
        g_string_append_printf(list, "%s%s", i > 0 ? ", " : "",
                               ((struct message_recipient *)all->pdata[i])->address);
    if (list->len > 0)
        add_line(view, "to", list->str);
    return all != NULL;
}

static void add_text(struct view *view, const char *text)
{
    size_t rest;

    if (text[strspn(text, " \t\r\n")] == '\0')
        return;
    g_string_append_c(view->out, '\n');
    rest = plain_append_lines(view->out, text, INDENT, view->limit);
    if (rest > 0)
        g_string_append_printf(view->out, INDENT "[%zu more line%s: --full]\n", rest,
                               rest == 1 ? "" : "s");
}

/* A note that was typed looks like one that came by mail. */
static void add_note(struct view *view, const struct event *event)
{
    g_autofree char *at = when_format(event->at);
    g_autofree char *head = g_strdup_printf("%s  %s", at, event->kind);

    view->is_among_events = false;
    g_string_append_c(view->out, '\n');
    output_paint(view->context->output, view->out, BOLD, head);
    g_string_append_c(view->out, '\n');
    add_line(view, "by", event->actor != NULL ? event->actor : "nobody");
    add_text(view, event->detail != NULL ? event->detail : "");
}

static bool add_message(struct view *view, const struct message *message, GError **error)
{
    g_autofree char *at = when_format(message->at);
    g_autofree char *head =
        g_strdup_printf("%s  message %" G_GINT64_FORMAT ", %s", at, message->number, message->kind);
    const char *address = message->author != NULL ? message->author : message->sender;
    g_autofree char *from =
        person(message->author_name, *address != '\0' ? address : "<> (nobody)");

    view->is_among_events = false;
    g_string_append_c(view->out, '\n');
    output_paint(view->context->output, view->out, BOLD, head);
    g_string_append_c(view->out, '\n');
    add_line(view, "from", from);
    if (!add_recipients(view, message, error))
        return false;
    add_line(view, "subject", message->subject != NULL ? message->subject : "(none)");
    if (!add_copies(view, message, error) || !add_attachments(view, message, error))
        return false;
    add_text(view, message->text);
    return true;
}

/* Is it the message's turn? It stands before the events of its moment, which it caused. */
static bool is_next(const GPtrArray *messages, guint m, const GPtrArray *events, guint e)
{
    if (m == messages->len || e == events->len)
        return m < messages->len;
    return ((struct message *)messages->pdata[m])->at <= ((struct event *)events->pdata[e])->at;
}

/* The ticket's messages and events, merged in order of time. */
typedef bool (*on_message)(void *data, const struct message *message, GError **error);
typedef bool (*on_event)(void *data, const struct event *event, GError **error);

static bool walk(struct context *context, int64_t ticket, on_message message, on_event event,
                 void *data, GError **error)
{
    g_autoptr(GPtrArray) messages = message_list(context->store, ticket, error);
    g_autoptr(GPtrArray) events =
        messages != NULL ? event_list(context->store, ticket, error) : NULL;
    guint m = 0;
    guint e = 0;

    if (events == NULL)
        return false;
    while (m < messages->len || e < events->len)
        if (is_next(messages, m, events, e) ? !message(data, messages->pdata[m++], error)
                                            : !event(data, events->pdata[e++], error))
            return false;
    return true;
}

static bool text_message(void *data, const struct message *message, GError **error)
{
    return add_message(data, message, error);
}

static bool text_event(void *data, const struct event *event, GError **error)
{
    (void)error;
    if (strcmp(event->kind, EVENT_NOTE) == 0)
        add_note(data, event);
    else
        add_event(data, event);
    return true;
}

static bool json_message(void *data, const struct message *message, GError **error)
{
    struct context *context = data;
    AUTO(row) row = object_message(context, message, error);

    return row != NULL && output_row(context->output, row, error);
}

static bool json_event(void *data, const struct event *event, GError **error)
{
    struct context *context = data;
    AUTO(row) row = object_event(event);

    return output_row(context->output, row, error);
}

static bool show_text(struct context *context, const struct ticket *ticket, GError **error)
{
    g_autoptr(GString) out = g_string_new(NULL);
    struct view view = {
        .context = context,
        .out = out,
        .limit = request_flag(context->request, "full") ? 0 : SHORT_LINES,
    };

    add_ticket(&view, ticket);
    if (!walk(context, ticket->number, text_message, text_event, &view, error))
        return false;
    if (output_is_terminal(context->output) && pager_show(context->caller, out->str))
        return true;
    return output_text(context->output, out->str, error);
}

bool show_ticket(struct context *context, char **arguments, GError **error)
{
    AUTO(ticket) ticket = NULL;
    AUTO(row) row = NULL;

    if (!which_ticket(context, arguments[0], &ticket, error))
        return false;
    if (!output_is_json(context->output))
        return show_text(context, ticket, error);
    row = object_ticket(context, ticket);
    return output_one(context->output, row, error) &&
           walk(context, ticket->number, json_message, json_event, context, error);
}
