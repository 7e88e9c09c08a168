/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Header edits: what all versions of a message have in common, and whose version it is to be. A
 * header that reads as it should already is not touched. Pure: from the matter to the decision's
 * edits. Any thread.
 */
#include "milter/identity.h"

#include <string.h>

#include "milter/address.h"
#include "milter/edits.h"
#include "milter/header.h"
#include "milter/inward.h"
#include "milter/outward.h"
#include "milter/stamp.h"
#include "milter/ticketid.h"

/* What mail servers write about the way of a message. */
static const char *const traces[] = {"Received", "Delivered-To", NULL};

/* Operators' mailboxes may lead to another site: a message that went through several bears the
 * stamp of each. An answer begins its way here. own: taken over. */
static void stamp(struct edits *edits, char *own, bool with_others)
{
    const struct matter *matter = edits->matter;
    g_autoptr(GPtrArray) stamps = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *value = NULL;
    guint count = with_others ? mail_header_count(matter->mail, STAMP_HEADER) : 0;

    for (guint i = 0; i < MIN(count, STAMP_OTHERS_MAX); i++)
        stamp_list_others(matter->site->site->instance, mail_header(matter->mail, STAMP_HEADER, i),
                          stamps);
    g_ptr_array_insert(stamps, 0, own);
    g_ptr_array_add(stamps, NULL);
    value = g_strjoinv("; ", (char **)stamps->pdata);
    edits_set_text(edits, STAMP_HEADER, value);
}

/* X-Counterfoil-… of somebody else, whatever it is called. */
static void take_out_claim(struct edits *edits, const char *name)
{
    if (g_ascii_strncasecmp(name, EDITS_PREFIX, strlen(EDITS_PREFIX)) == 0)
        edits_take_out(edits, name);
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
static void restore(struct edits *edits, const char *name)
{
    const struct matter *matter = edits->matter;
    const char *value = mail_header(matter->mail, name, 0);

    if (edits_is_named(name, traces) || reads_the_same(matter, name))
        return;
    if (mail_header_count(matter->mail, name) == 1 && header_is_safe(value))
        edits_set(edits, name, value);
    else
        edits_take_out(edits, name);
}

static bool is_so(const struct mail *mail, const struct header_edit *edit)
{
    guint count = mail_header_count(mail, edit->name);

    if (edit->value == NULL)
        return count == 0;
    return count == 1 && strcmp(mail_header(mail, edit->name, 0), edit->value) == 0;
}

/* What reads as it should already is not touched. */
static void drop_needless(struct edits *edits)
{
    GPtrArray *list = edits->list;
    guint kept = 0;

    for (guint i = 0; i < list->len; i++) {
        struct header_edit *edit = list->pdata[i];

        if (is_so(edits->base, edit))
            continue;
        list->pdata[i] = list->pdata[kept];
        list->pdata[kept++] = edit;
    }
    g_ptr_array_set_size(list, (gint)kept);
}

/* A null sender stays null: anything else makes a loop of bounces (seen on Postfix). */
char *identity_sender(const struct matter *matter)
{
    const struct decision *decision = matter->decision;
    g_autofree char *extension = ticketid_extension(&matter->site->id, decision->ticket->number);

    if (matter->envelope->sender[0] == '\0')
        return g_strdup("");
    return address_extend(decision->role, matter->site->conf->mail.recipient_delimiter[0],
                          extension);
}

/* A bystander's failing mailbox is the business of whoever wrote to them. */
static void edit_sender(struct matter *matter)
{
    g_autofree char *sender = NULL;

    if (matter->decision->audience != AUDIENCE_BYSTANDERS)
        sender = identity_sender(matter);
    else if (matter->resumed != NULL &&
             strcmp(matter->earlier->sender, matter->envelope->sender) != 0)
        sender = g_strdup(matter->earlier->sender);
    if (sender != NULL && sender[0] != '\0')
        matter->decision->sender = g_steal_pointer(&sender);
}

/* A question goes to nobody, but colleagues whom its author wrote to as well. */
static void edit_question(struct edits *edits)
{
    edits_for_the_rest(edits, take_out_claim);
    drop_needless(edits);
}

void identity_edit(struct matter *matter, const struct department *speaker)
{
    struct edits edits = {matter, speaker, matter->live, matter->decision->edits};

    stamp(
        &edits,
        stamp_write(matter->site->id.key, matter->site->site->instance, matter->decision->message),
        matter->decision->audience != AUDIENCE_CUSTOMERS);
    if (matter->decision->ticket == NULL) {
        edit_question(&edits);
        return;
    }
    switch (matter->decision->audience) {
    case AUDIENCE_OPERATORS:
        inward_edit(&edits);
        break;
    case AUDIENCE_CUSTOMERS:
        outward_edit(&edits);
        break;
    case AUDIENCE_BYSTANDERS:
        edits_set_subject(&edits, NULL);
        break;
    }
    edits_for_the_rest(&edits, take_out_claim);
    if (matter->resumed != NULL)
        edits_for_the_rest(&edits, restore);
    drop_needless(&edits);
    edit_sender(matter);
}

static void free_edit(gpointer edit)
{
    header_edit_free(edit);
}

GPtrArray *identity_edit_copy(const struct matter *matter, const struct department *speaker,
                              int64_t number)
{
    struct edits edits = {matter, speaker, matter->mail, g_ptr_array_new_with_free_func(free_edit)};

    stamp(&edits, stamp_write_outbox(matter->site->id.key, matter->site->site->instance, number),
          true);
    inward_edit(&edits);
    edits_for_the_rest(&edits, take_out_claim);
    return edits.list;
}
