/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes, fills and prints a decision. Decides nothing. One thread at a time.
 */
#include "milter/decision.h"

#include <string.h>

#include "db/event.h"
#include "db/message.h"

struct header_edit *header_edit_new(const char *name, const char *value)
{
    struct header_edit *edit = g_new0(struct header_edit, 1);

    edit->name = g_strdup(name);
    edit->value = g_strdup(value);
    return edit;
}

void header_edit_free(struct header_edit *edit)
{
    if (edit == NULL)
        return;
    g_free(edit->name);
    g_free(edit->value);
    g_free(edit);
}

struct decision *decision_new(enum decision_verdict verdict)
{
    struct decision *decision = g_new0(struct decision, 1);

    decision->verdict = verdict;
    decision->further = g_ptr_array_new_with_free_func((GDestroyNotify)ticket_free);
    decision->roles = g_ptr_array_new_with_free_func(g_free);
    decision->events = g_ptr_array_new_with_free_func((GDestroyNotify)event_free);
    decision->copies = g_ptr_array_new_with_free_func((GDestroyNotify)message_copy_free);
    decision->edits = g_ptr_array_new_with_free_func((GDestroyNotify)header_edit_free);
    decision->operators_out = g_ptr_array_new_with_free_func(g_free);
    decision->recipients_out = g_ptr_array_new_with_free_func(g_free);
    decision->recipients_in = g_ptr_array_new_with_free_func(g_free);
    decision->outbox = g_ptr_array_new_with_free_func((GDestroyNotify)outbox_mail_free);
    return decision;
}

void decision_free(struct decision *decision)
{
    if (decision == NULL)
        return;
    g_free(decision->reply_code);
    g_free(decision->reply_status);
    g_free(decision->reply);
    ticket_free(decision->ticket);
    g_ptr_array_unref(decision->further);
    g_free(decision->author);
    g_free(decision->author_name);
    g_free(decision->role);
    g_free(decision->sender);
    g_ptr_array_unref(decision->roles);
    if (decision->foreign_tags != NULL)
        g_ptr_array_unref(decision->foreign_tags);
    g_ptr_array_unref(decision->events);
    g_ptr_array_unref(decision->copies);
    g_ptr_array_unref(decision->edits);
    g_ptr_array_unref(decision->operators_out);
    g_ptr_array_unref(decision->recipients_out);
    g_ptr_array_unref(decision->recipients_in);
    g_ptr_array_unref(decision->outbox);
    g_free(decision);
}

void decision_refuse(struct decision *decision, const char *code, const char *status,
                     const char *text)
{
    decision->verdict = code[0] == '4' ? DECISION_WAIT : DECISION_REFUSE;
    g_free(decision->reply_code);
    g_free(decision->reply_status);
    g_free(decision->reply);
    decision->reply_code = g_strdup(code);
    decision->reply_status = g_strdup(status);
    decision->reply = g_str_to_ascii(text, "C");
    for (char *c = decision->reply; *c != '\0'; c++)
        if (!g_ascii_isprint(*c))
            *c = ' ';
}

void decision_add_event(struct decision *decision, const char *kind, const char *actor,
                        const char *detail)
{
    g_ptr_array_add(decision->events, event_new(kind, actor, detail));
}

void decision_add_event_of(struct decision *decision, int64_t ticket, const char *kind,
                           const char *actor, const char *detail)
{
    struct event *event = event_new(kind, actor, detail);

    event->ticket = ticket;
    g_ptr_array_add(decision->events, event);
}

static const char *const kinds[] = {
    [KIND_REQUEST] = "request", [KIND_FOLLOWUP] = "followup", [KIND_ANSWER] = "answer",
    [KIND_NOTE] = "note",       [KIND_AUTO] = "auto",         [KIND_BOUNCE] = "bounce",
    [KIND_COMMAND] = "command",
};

const char *decision_kind_name(enum decision_kind kind)
{
    return kinds[kind];
}

enum decision_kind decision_kind_read(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (strcmp(kinds[i], name) == 0)
            return (enum decision_kind)i;
    return KIND_NOTE;
}

/* Printing. */

static const char *const verdicts[] = {
    [DECISION_PASS] = "pass",
    [DECISION_TAKE] = "take",
    [DECISION_REFUSE] = "refuse",
    [DECISION_WAIT] = "wait",
};

static const char *const audiences[] = {
    [AUDIENCE_OPERATORS] = "operators",
    [AUDIENCE_CUSTOMERS] = "customers",
    [AUDIENCE_BYSTANDERS] = "bystanders",
};

static void line(GString *out, const char *key, const char *value)
{
    if (value != NULL)
        g_string_append_printf(out, "%s: %s\n", key, value);
}

static void print_strings(GString *out, const char *key, GPtrArray *strings)
{
    for (guint i = 0; i < strings->len; i++)
        line(out, key, strings->pdata[i]);
}

static void print_person(GString *out, const char *key, const char *address, const char *name)
{
    g_autofree char *person = NULL;

    if (address != NULL && name != NULL)
        person = g_strdup_printf("%s (%s)", address, name);
    line(out, key, person != NULL ? person : address);
}

static void print_ticket(GString *out, const char *how, const struct ticket *ticket)
{
    if (ticket == NULL) {
        line(out, "ticket", "none");
        return;
    }
    g_string_append_printf(out, "ticket: %s %" G_GINT64_FORMAT " %s, waiting for %s\n", how,
                           ticket->number, ticket->open ? "open" : "closed",
                           ticket->waiting_for_us ? "us" : "customer");
    if (ticket->merged_into != 0)
        g_string_append_printf(out, "merged-into: %" G_GINT64_FORMAT "\n", ticket->merged_into);
    if (ticket->is_spam)
        line(out, "spam", "yes");
    for (guint i = 0; i < ticket->departments->len; i++) {
        const struct ticket_department *department = ticket->departments->pdata[i];

        line(out, i == 0 ? "owner" : "department", department->name);
    }
    line(out, "ticket-subject", ticket->subject);
    print_person(out, "requester", ticket->requester, ticket->requester_name);
    for (guint i = 0; i < ticket->correspondents->len; i++) {
        const struct correspondent *person = ticket->correspondents->pdata[i];

        print_person(out, "correspondent", person->address, person->name);
    }
    line(out, "assignee", ticket->assignee);
}

static void print_event(GString *out, const struct event *event)
{
    g_string_append_printf(out, "event: %s", event->kind);
    if (event->ticket != 0)
        g_string_append_printf(out, " of %" G_GINT64_FORMAT, event->ticket);
    g_string_append_printf(out, " by %s%s%s\n", event->actor != NULL ? event->actor : "-",
                           event->detail != NULL ? ": " : "",
                           event->detail != NULL ? event->detail : "");
}

static void print_copies(GString *out, GPtrArray *copies)
{
    for (guint i = 0; i < copies->len; i++) {
        const struct message_copy *copy = copies->pdata[i];

        g_string_append_printf(out, "copy: %s %s as %s%s\n",
                               copy->operator_id != 0 ? "operator" : "person", copy->address,
                               copy->role, copy->by_courier ? " by courier" : "");
    }
}

static void print_edits(GString *out, GPtrArray *edits)
{
    for (guint i = 0; i < edits->len; i++) {
        const struct header_edit *edit = edits->pdata[i];

        if (edit->value != NULL)
            g_string_append_printf(out, "set: %s:%s\n", edit->name, edit->value);
        else
            g_string_append_printf(out, "remove: %s\n", edit->name);
    }
}

static void print_outbox(GString *out, GPtrArray *outbox)
{
    for (guint i = 0; i < outbox->len; i++) {
        const struct outbox_mail *mail = outbox->pdata[i];

        g_string_append_printf(out, "outbox: %s from <%s>%s\n", mail->kind, mail->sender,
                               mail->is_counted ? ", counted" : "");
        print_strings(out, "outbox-to", mail->recipients);
        line(out, "outbox-subject", mail->subject);
    }
}

static void print_events(GString *out, GPtrArray *events)
{
    for (guint i = 0; i < events->len; i++)
        print_event(out, events->pdata[i]);
}

static void print_taken(GString *out, const struct decision *decision)
{
    g_string_append_printf(out, "message: %" G_GINT64_FORMAT "%s %s\n", decision->message,
                           decision->is_resumed  ? " resumed"
                           : decision->is_leg    ? " another leg"
                           : decision->is_repeat ? " again"
                                                 : "",
                           decision_kind_name(decision->kind));
    print_person(out, "author", decision->author, decision->author_name);
    if (decision->operator_id != 0)
        g_string_append_printf(out, "operator: proven by %s\n",
                               decision->proof != NULL ? decision->proof : "nothing");
    else
        line(out, "author-proven-by", decision->proof);
    line(out, "role", decision->role);
    if (decision->is_slip)
        line(out, "slip", "yes");
    print_ticket(out, decision->is_new_ticket ? "new" : "found", decision->ticket);
    if (decision->continues != 0)
        g_string_append_printf(out, "continues: %" G_GINT64_FORMAT "\n", decision->continues);
    for (guint i = 0; i < decision->further->len; i++)
        print_ticket(out, "further", decision->further->pdata[i]);
    if (decision->foreign_tags != NULL)
        print_strings(out, "foreign-tag", decision->foreign_tags);
    print_events(out, decision->events);
    print_copies(out, decision->copies);
    line(out, "live-version", audiences[decision->audience]);
    print_edits(out, decision->edits);
    line(out, "sender", decision->sender);
    print_strings(out, "recipient-in", decision->recipients_in);
    print_strings(out, "recipient-out", decision->operators_out);
    print_strings(out, "recipient-out", decision->recipients_out);
    print_outbox(out, decision->outbox);
}

char *decision_print(const struct decision *decision)
{
    GString *out = g_string_new(NULL);

    line(out, "verdict", verdicts[decision->verdict]);
    if (decision->reply != NULL)
        g_string_append_printf(out, "reply: %s %s %s\n", decision->reply_code,
                               decision->reply_status, decision->reply);
    if (decision->verdict == DECISION_TAKE)
        print_taken(out, decision);
    else
        print_events(out, decision->events);
    return g_string_free(out, FALSE);
}
