/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Header edits: what operators see, what customers see, what a bystander sees. A header that reads
 * as it should already is not touched. Pure: from the matter to the decision's edits. Any thread.
 */
#include "milter/identity.h"

#include <string.h>

#include "milter/address.h"
#include "milter/direct.h"
#include "milter/header.h"
#include "milter/stamp.h"
#include "milter/subject.h"
#include "milter/template.h"
#include "milter/ticketid.h"

#define PREFIX "X-Counterfoil-"

/* What stays of an operator's message on its way to customers; all else might tell who and where
 * the operator is. */
static const char *const kept_for_customers[] = {
    "Date",       "Message-ID",   "In-Reply-To",  "References", "MIME-Version",
    "Importance", "Thread-Index", "Thread-Topic", NULL,
};

/* What makes an operator's mail program write to a customer, in the operator's own name: answers to
 * all, and receipts. */
static const char *const lead_outside[] = {
    "Mail-Reply-To",     "Mail-Followup-To",     "Disposition-Notification-To",
    "Return-Receipt-To", "X-Confirm-Reading-To", NULL,
};

/* What mail servers write about the way of a message. */
static const char *const traces[] = {"Received", "Delivered-To", NULL};

static bool is_in(const char *const *names, const char *name)
{
    for (; *names != NULL; names++)
        if (g_ascii_strcasecmp(*names, name) == 0)
            return true;
    return false;
}

/* These two say how it is to read, whether it does already or not: see drop_needless(). */

static void set(struct matter *matter, const char *name, const char *value)
{
    decision_add_edit(matter->decision, name, value);
}

static void take_out(struct matter *matter, const char *name)
{
    decision_add_edit(matter->decision, name, NULL);
}

static void set_text(struct matter *matter, const char *name, const char *text)
{
    g_autofree char *value = header_text(name, text);

    set(matter, name, value);
}

static void set_mailbox(struct matter *matter, const char *header, const char *name,
                        const char *address)
{
    g_autoptr(GPtrArray) one = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *value = NULL;

    g_ptr_array_add(one, header_mailbox(name, address));
    value = header_mailboxes(header, one);
    set(matter, header, value);
}

/* Operators' mailboxes may lead to another site: a message that went through several bears the
 * stamp of each. An answer begins its way here. */
static void stamp(struct matter *matter)
{
    const char *instance = matter->site->site->instance;
    g_autofree char *own = stamp_write(matter->site->id.key, instance, matter->decision->message);
    g_autoptr(GPtrArray) stamps = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *value = NULL;
    guint count = mail_header_count(matter->mail, STAMP_HEADER);

    if (matter->decision->audience != AUDIENCE_CUSTOMERS)
        for (guint i = 0; i < MIN(count, STAMP_OTHERS_MAX); i++)
            stamp_list_others(instance, mail_header(matter->mail, STAMP_HEADER, i), stamps);
    g_ptr_array_insert(stamps, 0, g_steal_pointer(&own));
    g_ptr_array_add(stamps, NULL);
    value = g_strjoinv("; ", (char **)stamps->pdata);
    set_text(matter, STAMP_HEADER, value);
}

/* An ID within an encoded word reads well here, but not to everybody. */
static void edit_subject(struct matter *matter, const char *const *words)
{
    const struct mail *live = matter->live;
    const struct ticketid_site *site = &matter->site->id;
    int64_t number = matter->decision->ticket->number;
    g_autofree char *subject = subject_write(site, number, matter->mail->subject, words);
    g_autofree char *id = ticketid_format(site, number);
    const char *present = mail_header(live, "Subject", 0);

    if (mail_header_count(live, "Subject") == 1 && g_strcmp0(live->subject, subject) == 0 &&
        strstr(present, id) != NULL)
        set(matter, "Subject", present);
    else
        set_text(matter, "Subject", subject);
}

/* The bracketed words (DESIGN 4): what an operator must see even on a phone. */
static void edit_operators_subject(struct matter *matter)
{
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
    edit_subject(matter, words);
}

/* All fields of that name as one text, decoded: what X-Original-… keeps of them. */
static void keep_original(struct matter *matter, const char *name, const char *kept_as)
{
    g_autoptr(GString) text = g_string_new(NULL);
    guint count = mail_header_count(matter->mail, name);

    for (guint i = 0; i < count; i++) {
        g_autofree char *decoded = header_decode(mail_header(matter->mail, name, i));

        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", decoded);
    }
    if (count > 0)
        set_text(matter, kept_as, text->str);
    else
        take_out(matter, kept_as);
}

/* Who answered, for customers: never an address, which mail programs like to write for a name. */
static const char *operator_name(const struct author *author, const struct department *speaker)
{
    if (author->person != NULL && author->person->name != NULL)
        return author->person->name;
    if (author->name == NULL || author->name[0] == '\0' || strchr(author->name, '@') != NULL)
        return speaker->title;
    return author->name;
}

static char *expand_name(const struct matter *matter, const char *template,
                         const struct department *speaker)
{
    const struct author *author = &matter->author;
    const char *address = author->address != NULL ? author->address : "";
    g_autofree char *spelled = address_spelled(address);
    const char *name = author->name != NULL && author->name[0] != '\0' ? author->name : spelled;
    const struct template_variable variables[] = {
        {"name", name},
        {"address", spelled},
        {"title", speaker->title},
        {"operator", operator_name(author, speaker)},
        {NULL, NULL},
    };

    return template_expand(template, variables);
}

static char *list(const char *header, GPtrArray *people)
{
    g_autoptr(GPtrArray) mailboxes = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < people->len; i++) {
        const struct mail_address *person = people->pdata[i];

        g_ptr_array_add(mailboxes, header_mailbox(person->name, person->address));
    }
    return header_mailboxes(header, mailboxes);
}

static void set_list(struct matter *matter, const char *header, GPtrArray *people)
{
    g_autofree char *value = list(header, people);

    if (people->len == 0)
        take_out(matter, header);
    else
        set(matter, header, value);
}

/* Outside people in Cc are moved away: a reply to all must not write to them from the operator's
 * own address. */
static void edit_operators_people(struct matter *matter)
{
    bool is_as_it_came = matter->cc_outside->len == 0 && matter->cc_shown == NULL;

    if (matter->to_shown != NULL && mail_header_count(matter->mail, "To") > 0)
        set_list(matter, "To", matter->to_shown);
    if (matter->to_outside != NULL)
        set_list(matter, "X-Original-To", matter->to_outside);
    set_list(matter, "X-Original-Cc", matter->cc_outside);
    if (!is_as_it_came && mail_header_count(matter->mail, "Cc") > 0)
        set_list(matter, "Cc", matter->cc_shown != NULL ? matter->cc_shown : matter->cc_inside);
}

static void describe_ticket(struct matter *matter, const struct department *speaker)
{
    const struct decision *decision = matter->decision;
    const struct ticket *ticket = decision->ticket;
    g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, ticket->number);

    set_text(matter, PREFIX "Ticket", number);
    set_text(matter, PREFIX "Department", speaker->name);
    set_text(matter, PREFIX "State", ticket->open ? "open" : "closed");
    if (ticket->assignee != NULL)
        set_text(matter, PREFIX "Assignee", ticket->assignee);
    set_text(matter, PREFIX "Kind", decision_kind_name(decision->kind));
    if (matter->refusal != NULL)
        set_text(matter, PREFIX "Note", matter->refusal);
    else if (matter->no_operators)
        set_text(matter, PREFIX "Note", "nobody is a member of the department");
    else if (matter->too_many)
        set_text(matter, PREFIX "Note", "too many operators for one message");
    else if (matter->old != NULL) {
        g_autofree char *note = g_strdup_printf(
            "continues ticket %" G_GINT64_FORMAT ", which was closed", matter->old->number);

        set_text(matter, PREFIX "Note", note);
    }
}

/* The names, in lower case, of all fields that something was said about. */
static GHashTable *names_said(const struct matter *matter)
{
    GHashTable *said = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (guint i = 0; i < matter->decision->edits->len; i++) {
        const struct header_edit *edit = matter->decision->edits->pdata[i];

        g_hash_table_add(said, g_ascii_strdown(edit->name, -1));
    }
    return said;
}

/* Does it for each of the other fields, of the message as it came and as it is now. */
static void edit_the_rest(struct matter *matter, void (*edit)(struct matter *, const char *name))
{
    const struct mail *const mails[] = {matter->mail, matter->live};
    g_autoptr(GHashTable) said = names_said(matter);

    for (size_t m = matter->mail == matter->live ? 1 : 0; m < G_N_ELEMENTS(mails); m++) {
        GPtrArray *headers = mails[m]->headers;

        for (guint i = 0; i < headers->len; i++) {
            const struct mail_header *header = headers->pdata[i];

            if (g_hash_table_add(said, g_ascii_strdown(header->name, -1)))
                edit(matter, header->name);
        }
    }
}

/* X-Counterfoil-… of somebody else, whatever it is called. */
static void take_out_claim(struct matter *matter, const char *name)
{
    if (g_ascii_strncasecmp(name, PREFIX, strlen(PREFIX)) == 0)
        take_out(matter, name);
}

static bool reads_the_same(const struct matter *matter, const char *name)
{
    guint count = mail_header_count(matter->mail, name);

    if (mail_header_count(matter->live, name) != count)
        return false;
    for (guint i = 0; i < count; i++)
        if (strcmp(mail_header(matter->mail, name, i), mail_header(matter->live, name, i)) != 0)
            return false;
    return true;
}

/* What is not to be edited is to read as it came: nothing of a resumed message is believed. An edit
 * can't write a field several times, so such a one goes. */
static void restore(struct matter *matter, const char *name)
{
    const char *value = mail_header(matter->mail, name, 0);

    if (is_in(traces, name) || reads_the_same(matter, name))
        return;
    if (mail_header_count(matter->mail, name) == 1 && header_is_safe(value))
        set(matter, name, value);
    else
        take_out(matter, name);
}

static bool is_so(const struct mail *live, const struct header_edit *edit)
{
    guint count = mail_header_count(live, edit->name);

    if (edit->value == NULL)
        return count == 0;
    return count == 1 && strcmp(mail_header(live, edit->name, 0), edit->value) == 0;
}

/* What reads as it should already is not touched. */
static void drop_needless(struct matter *matter)
{
    GPtrArray *edits = matter->decision->edits;
    guint kept = 0;

    for (guint i = 0; i < edits->len; i++) {
        struct header_edit *edit = edits->pdata[i];

        if (is_so(matter->live, edit))
            continue;
        edits->pdata[i] = edits->pdata[kept];
        edits->pdata[kept++] = edit;
    }
    g_ptr_array_set_size(edits, (gint)kept);
}

static void edit_for_operators(struct matter *matter, const struct department *speaker)
{
    const char *role = matter->decision->role;
    bool is_note = matter->decision->kind == KIND_NOTE;
    g_autofree char *reply_to =
        is_note ? address_extend(role, matter->site->conf->mail.recipient_delimiter[0], "note")
                : g_strdup(role);

    edit_operators_subject(matter);
    if (matter->site->conf->mail.from_rewrite == CONF_FROM_ALWAYS) {
        g_autofree char *name = expand_name(matter, speaker->via_name, speaker);

        keep_original(matter, "From", "X-Original-From");
        set_mailbox(matter, "From", name, reply_to);
    } else {
        take_out(matter, "X-Original-From");
    }
    keep_original(matter, "Reply-To", "X-Original-Reply-To");
    set_mailbox(matter, "Reply-To", NULL, reply_to);
    for (const char *const *name = lead_outside; *name != NULL; name++)
        take_out(matter, *name);
    edit_operators_people(matter);
    set_text(matter, "X-Auto-Response-Suppress", "OOF, DR, RN, NRN, AutoReply");
    describe_ticket(matter, speaker);
}

static bool stays_for_customers(const char *name)
{
    return is_in(kept_for_customers, name) ||
           g_ascii_strncasecmp(name, "Content-", strlen("Content-")) == 0;
}

static void take_out_private(struct matter *matter, const char *name)
{
    if (!stays_for_customers(name))
        take_out(matter, name);
}

static bool gets_it(const struct matter *matter, const char *address)
{
    for (guint i = 0; i < matter->decision->copies->len; i++) {
        const struct message_copy *copy = matter->decision->copies->pdata[i];

        if (copy->operator_id == 0 && strcmp(copy->address, address) == 0)
            return true;
    }
    return direct_has(matter, address);
}

/* Who stands there gets it, and who gets it stands there. */
static void edit_customers_people(struct matter *matter)
{
    const struct ticket *ticket = matter->decision->ticket;
    g_autoptr(GPtrArray) others = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *value = NULL;

    for (guint i = 0; i < ticket->correspondents->len; i++) {
        const struct correspondent *person = ticket->correspondents->pdata[i];

        if (gets_it(matter, person->address))
            g_ptr_array_add(others, header_mailbox(person->name, person->address));
    }
    if (ticket->requester != NULL && gets_it(matter, ticket->requester))
        set_mailbox(matter, "To", ticket->requester_name, ticket->requester);
    else
        take_out(matter, "To");
    if (others->len == 0) {
        take_out(matter, "Cc");
        return;
    }
    value = header_mailboxes("Cc", others);
    set(matter, "Cc", value);
}

/* The subject once more, as it was when the thread began: perhaps with words of ours. */
static void edit_topic(struct matter *matter)
{
    const char *present = mail_header(matter->mail, "Thread-Topic", 0);
    g_autofree char *topic = present != NULL ? header_decode(present) : NULL;
    g_autofree char *bare = NULL;

    if (present == NULL)
        return;
    bare = subject_bare(&matter->site->id, topic);
    if (strcmp(bare, topic) != 0 || mail_header_count(matter->mail, "Thread-Topic") > 1)
        set_text(matter, "Thread-Topic", bare);
}

static void edit_for_customers(struct matter *matter, const struct department *speaker)
{
    g_autofree char *name = expand_name(matter, speaker->from_name, speaker);

    edit_subject(matter, NULL);
    edit_topic(matter);
    set_mailbox(matter, "From", name, matter->decision->role);
    edit_customers_people(matter);
    edit_the_rest(matter, take_out_private);
}

/* A null sender stays null: anything else makes a loop of bounces (seen on Postfix). */
static void edit_sender(struct matter *matter)
{
    struct decision *decision = matter->decision;
    g_autofree char *extension = ticketid_extension(&matter->site->id, decision->ticket->number);

    if (matter->envelope->sender[0] != '\0')
        decision->sender = address_extend(
            decision->role, matter->site->conf->mail.recipient_delimiter[0], extension);
}

void identity_edit(struct matter *matter, const struct department *speaker)
{
    stamp(matter);
    switch (matter->decision->audience) {
    case AUDIENCE_OPERATORS:
        edit_for_operators(matter, speaker);
        break;
    case AUDIENCE_CUSTOMERS:
        edit_for_customers(matter, speaker);
        break;
    case AUDIENCE_BYSTANDERS:
        edit_subject(matter, NULL);
        break;
    }
    edit_the_rest(matter, take_out_claim);
    if (matter->resumed != NULL)
        edit_the_rest(matter, restore);
    drop_needless(matter);
    edit_sender(matter);
}
