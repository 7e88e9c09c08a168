/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a version's edits are said, and what all versions say alike. Decides no version. Any thread.
 */
#include "milter/edits.h"

#include <string.h>

#include "milter/address.h"
#include "milter/header.h"
#include "milter/subject.h"
#include "milter/template.h"
#include "milter/ticketid.h"

bool edits_is_named(const char *name, const char *const *names)
{
    for (; *names != NULL; names++)
        if (g_ascii_strcasecmp(*names, name) == 0)
            return true;
    return false;
}

void edits_set(struct edits *edits, const char *name, const char *value)
{
    g_ptr_array_add(edits->list, header_edit_new(name, value));
}

void edits_take_out(struct edits *edits, const char *name)
{
    edits_set(edits, name, NULL);
}

void edits_set_text(struct edits *edits, const char *name, const char *text)
{
    g_autofree char *value = header_text(name, text);

    edits_set(edits, name, value);
}

void edits_set_mailbox(struct edits *edits, const char *header, const char *name,
                       const char *address)
{
    g_autoptr(GPtrArray) one = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *value = NULL;

    g_ptr_array_add(one, header_mailbox(name, address));
    value = header_mailboxes(header, one);
    edits_set(edits, header, value);
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

void edits_set_people(struct edits *edits, const char *header, GPtrArray *people)
{
    g_autofree char *value = list(header, people);

    edits_set(edits, header, people->len > 0 ? value : NULL);
}

/* An ID within an encoded word reads well here, but not to everybody. */
void edits_set_subject(struct edits *edits, const char *const *words)
{
    const struct matter *matter = edits->matter;
    const struct ticketid_site *site = &matter->site->id;
    int64_t number = matter->decision->ticket->number;
    g_autofree char *subject = subject_write(site, number, matter->mail->subject, words);
    g_autofree char *id = ticketid_format(site, number);
    const char *present = mail_header(edits->base, "Subject", 0);

    if (mail_header_count(edits->base, "Subject") == 1 &&
        g_strcmp0(edits->base->subject, subject) == 0 && strstr(present, id) != NULL)
        edits_set(edits, "Subject", present);
    else
        edits_set_text(edits, "Subject", subject);
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

char *edits_expand_name(const struct edits *edits, const char *template)
{
    const struct author *author = &edits->matter->author;
    const char *address = author->address != NULL ? author->address : "";
    g_autofree char *spelled = address_spelled(address);
    const char *name = author->name != NULL && author->name[0] != '\0' ? author->name : spelled;
    const struct template_variable variables[] = {
        {"name", name},
        {"address", spelled},
        {"title", edits->speaker->title},
        {"operator", operator_name(author, edits->speaker)},
        {NULL, NULL},
    };

    return template_expand(template, variables);
}

/* The names, in lower case, of all fields that something was said about. */
static GHashTable *names_said(const struct edits *edits)
{
    GHashTable *said = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (guint i = 0; i < edits->list->len; i++) {
        const struct header_edit *edit = edits->list->pdata[i];

        g_hash_table_add(said, g_ascii_strdown(edit->name, -1));
    }
    return said;
}

void edits_for_the_rest(struct edits *edits, void (*edit)(struct edits *, const char *name))
{
    const struct mail *const mails[] = {edits->matter->mail, edits->base};
    g_autoptr(GHashTable) said = names_said(edits);

    for (size_t m = mails[0] == mails[1] ? 1 : 0; m < G_N_ELEMENTS(mails); m++) {
        GPtrArray *headers = mails[m]->headers;

        for (guint i = 0; i < headers->len; i++) {
            const struct mail_header *header = headers->pdata[i];

            if (g_hash_table_add(said, g_ascii_strdown(header->name, -1)))
                edit(edits, header->name);
        }
    }
}
