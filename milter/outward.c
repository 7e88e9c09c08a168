/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What customers see of an operator's message: the department, themselves, and nothing that tells
 * who or where the operator is. Pure: from the matter to edits. Any thread.
 */
#include "milter/outward.h"

#include <string.h>

#include "milter/direct.h"
#include "milter/header.h"
#include "milter/subject.h"

/* What stays of an operator's message on its way to customers; all else might tell who and where
 * the operator is. */
static const char *const kept[] = {
    "Date",       "Message-ID",   "In-Reply-To",  "References", "MIME-Version",
    "Importance", "Thread-Index", "Thread-Topic", NULL,
};

static bool stays(const char *name)
{
    return edits_is_named(name, kept) ||
           g_ascii_strncasecmp(name, "Content-", strlen("Content-")) == 0;
}

static void take_out_private(struct edits *edits, const char *name)
{
    if (!stays(name))
        edits_take_out(edits, name);
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
static void edit_people(struct edits *edits)
{
    const struct matter *matter = edits->matter;
    const struct ticket *ticket = matter->decision->ticket;
    g_autoptr(GPtrArray) others = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *value = NULL;

    for (guint i = 0; i < ticket->correspondents->len; i++) {
        const struct correspondent *person = ticket->correspondents->pdata[i];

        if (gets_it(matter, person->address))
            g_ptr_array_add(others, header_mailbox(person->name, person->address));
    }
    if (ticket->requester != NULL && gets_it(matter, ticket->requester))
        edits_set_mailbox(edits, "To", ticket->requester_name, ticket->requester);
    else
        edits_take_out(edits, "To");
    if (others->len == 0) {
        edits_take_out(edits, "Cc");
        return;
    }
    value = header_mailboxes("Cc", others);
    edits_set(edits, "Cc", value);
}

/* The subject once more, as it was when the thread began: perhaps with words of ours. */
static void edit_topic(struct edits *edits)
{
    const struct matter *matter = edits->matter;
    const char *present = mail_header(matter->mail, "Thread-Topic", 0);
    g_autofree char *topic = present != NULL ? header_decode(present) : NULL;
    g_autofree char *bare = NULL;

    if (present == NULL)
        return;
    bare = subject_bare(&matter->site->id, topic);
    if (strcmp(bare, topic) != 0 || mail_header_count(matter->mail, "Thread-Topic") > 1)
        edits_set_text(edits, "Thread-Topic", bare);
}

void outward_edit(struct edits *edits)
{
    g_autofree char *name = edits_expand_name(edits, edits->speaker->from_name);

    edits_set_subject(edits, NULL);
    edit_topic(edits);
    edits_set_mailbox(edits, "From", name, edits->matter->decision->role);
    edit_people(edits);
    edits_for_the_rest(edits, take_out_private);
}
