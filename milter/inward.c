/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What operators see: who wrote, of which ticket, and nothing that leads past the role address.
 * Pure: from the matter to edits. Any thread.
 */
#include "milter/inward.h"

#include "milter/address.h"
#include "milter/header.h"

/* What makes an operator's mail program write to a customer, in the operator's own name: answers to
 * all, and receipts. */
static const char *const lead_outside[] = {
    "Mail-Reply-To",     "Mail-Followup-To",     "Disposition-Notification-To",
    "Return-Receipt-To", "X-Confirm-Reading-To", NULL,
};

/* The bracketed words (DESIGN 4): what an operator must see even on a phone. */
static void edit_subject(struct edits *edits)
{
    const struct matter *matter = edits->matter;
    const char *words[9];
    int n = 0;

    if (matter->decision->kind == KIND_NOTE)
        words[n++] = "[note]";
    if (matter->is_stranger)
        words[n++] = "[new sender]";
    if (matter->refusal != NULL)
        words[n++] = "[unproven]";
    if (matter->decision->kind == KIND_AUTO)
        words[n++] = "[auto]";
    if (matter->decision->kind == KIND_BOUNCE)
        words[n++] = "[bounce]";
    if (matter->is_spam || matter->is_spammer)
        words[n++] = "[spam]";
    if (matter->no_operators)
        words[n++] = "[no operators]";
    if (matter->too_many)
        words[n++] = "[too many]";
    words[n] = NULL;
    edits_set_subject(edits, words);
}

/* All fields of that name as one text, decoded: what X-Original-… keeps of them. */
static void keep_original(struct edits *edits, const char *name, const char *kept_as)
{
    const struct mail *mail = edits->matter->mail;
    g_autoptr(GString) text = g_string_new(NULL);
    guint count = mail_header_count(mail, name);

    for (guint i = 0; i < count; i++) {
        g_autofree char *decoded = header_decode(mail_header(mail, name, i));

        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", decoded);
    }
    if (count > 0)
        edits_set_text(edits, kept_as, text->str);
    else
        edits_take_out(edits, kept_as);
}

/* Outside people in Cc are moved away: a reply to all must not write to them from the operator's
 * own address. */
static void edit_people(struct edits *edits)
{
    const struct matter *matter = edits->matter;
    bool is_as_it_came = matter->cc_outside->len == 0 && matter->cc_shown == NULL;

    if (matter->to_shown != NULL && mail_header_count(matter->mail, "To") > 0)
        edits_set_people(edits, "To", matter->to_shown);
    if (matter->to_outside != NULL)
        edits_set_people(edits, "X-Original-To", matter->to_outside);
    edits_set_people(edits, "X-Original-Cc", matter->cc_outside);
    if (!is_as_it_came && mail_header_count(matter->mail, "Cc") > 0)
        edits_set_people(edits, "Cc",
                         matter->cc_shown != NULL ? matter->cc_shown : matter->cc_inside);
}

static void describe_ticket(struct edits *edits)
{
    const struct matter *matter = edits->matter;
    const struct decision *decision = matter->decision;
    const struct ticket *ticket = decision->ticket;
    g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, ticket->number);

    edits_set_text(edits, EDITS_PREFIX "Ticket", number);
    edits_set_text(edits, EDITS_PREFIX "Department", edits->speaker->name);
    edits_set_text(edits, EDITS_PREFIX "State", ticket->open ? "open" : "closed");
    if (ticket->assignee != NULL)
        edits_set_text(edits, EDITS_PREFIX "Assignee", ticket->assignee);
    edits_set_text(edits, EDITS_PREFIX "Kind", decision_kind_name(decision->kind));
    if (matter->refusal != NULL)
        edits_set_text(edits, EDITS_PREFIX "Note", matter->refusal);
    else if (matter->no_operators)
        edits_set_text(edits, EDITS_PREFIX "Note", "nobody is a member of the department");
    else if (matter->too_many)
        edits_set_text(edits, EDITS_PREFIX "Note", "too many operators for one message");
    else if (matter->old != NULL) {
        g_autofree char *note = g_strdup_printf(
            "continues ticket %" G_GINT64_FORMAT ", which was closed", matter->old->number);

        edits_set_text(edits, EDITS_PREFIX "Note", note);
    }
}

void inward_edit(struct edits *edits)
{
    const struct matter *matter = edits->matter;
    const char *role = matter->decision->role;
    bool is_note = matter->decision->kind == KIND_NOTE;
    g_autofree char *reply_to =
        is_note ? address_extend(role, matter->site->conf->mail.recipient_delimiter[0], "note")
                : g_strdup(role);

    edit_subject(edits);
    if (matter->site->conf->mail.from_rewrite == CONF_FROM_ALWAYS) {
        g_autofree char *name = edits_expand_name(edits, edits->speaker->via_name);

        keep_original(edits, "From", "X-Original-From");
        edits_set_mailbox(edits, "From", name, reply_to);
    } else {
        edits_take_out(edits, "X-Original-From");
    }
    keep_original(edits, "Reply-To", "X-Original-Reply-To");
    edits_set_mailbox(edits, "Reply-To", NULL, reply_to);
    for (const char *const *name = lead_outside; *name != NULL; name++)
        edits_take_out(edits, *name);
    edit_people(edits);
    edits_set_text(edits, "X-Auto-Response-Suppress", "OOF, DR, RN, NRN, AutoReply");
    describe_ticket(edits);
}
