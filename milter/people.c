/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lets people join a ticket. Knows no kind of message and no header edit. The thread that holds
 * the store.
 */
#include "milter/people.h"

#include <string.h>

#include "milter/address.h"
#include "milter/ticketid.h"

/* A header may name thousands; nobody needs more of them looked up than this. */
#define LOOKED_AT_MAX 100

const struct mail_address *people_named(GPtrArray *addresses, const char *address)
{
    for (guint i = 0; i < addresses->len; i++) {
        const struct mail_address *person = addresses->pdata[i];

        if (strcmp(person->address, address) == 0)
            return person;
    }
    return NULL;
}

bool people_is_outside(struct matter *matter, const char *address, bool *is_outside, GError **error)
{
    AUTO(operator_person) person = NULL;
    bool is_role;

    if (!addressees_is_role(matter->store, matter->site->conf->mail.recipient_delimiter, address,
                            &is_role, error) ||
        !operator_find(matter->store, address, &person, error))
        return false;
    *is_outside = !is_role && person == NULL;
    return true;
}

static bool find_outsider(struct matter *matter, GPtrArray *written, const char **address,
                          GError **error)
{
    for (guint i = 0; i < written->len && *address == NULL; i++) {
        const struct mail_address *person = written->pdata[i];
        bool is_outside;

        if (!people_is_outside(matter, person->address, &is_outside, error))
            return false;
        if (is_outside)
            *address = person->address;
    }
    return true;
}

bool people_find_outsider(struct matter *matter, const char **address, GError **error)
{
    *address = NULL;
    return find_outsider(matter, matter->mail->to, address, error) &&
           find_outsider(matter, matter->mail->cc, address, error);
}

const char *people_first_customer(const struct matter *matter, const struct ticket *ticket)
{
    for (guint i = 0; i < matter->addressees->all->len; i++) {
        const struct addressee *addressee = matter->addressees->all->pdata[i];
        bool is_requester = addressee->person != NULL && ticket != NULL &&
                            ticket->requester != NULL &&
                            operator_has_address(addressee->person, ticket->requester);

        if (is_requester || addressee_is_outsider(addressee))
            return addressee->recipient->given;
    }
    return matter->direct->len > 0 ? matter->direct->pdata[0] : NULL;
}

static void add(struct matter *matter, struct ticket *ticket, const char *address, const char *name)
{
    g_ptr_array_add(ticket->correspondents, correspondent_new(address, name));
    decision_add_event(matter->decision, "correspondent", matter->author.address, address);
}

/* Somebody who may be mailed, and is not on the ticket yet; who also wrote, unless named_alone. */
static bool may_join(struct matter *matter, const struct ticket *ticket, const char *address,
                     bool named_alone, bool *may, GError **error)
{
    *may = false;
    if (g_strcmp0(address, matter->author.address) == 0 || ticket_has_person(ticket, address))
        return true;
    if (!people_is_outside(matter, address, may, error))
        return false;
    return !*may || named_alone ||
           message_has_author(matter->store, ticket->number, address, may, error);
}

/* Who wrote what this message answers (DESIGN 4, a stranger). */
static bool admit_answered(struct matter *matter, struct ticket *ticket, GError **error)
{
    GPtrArray *replied = matter->mail->in_reply_to;

    for (guint i = 0; i < MIN(replied->len, LOOKED_AT_MAX); i++) {
        g_autofree char *address = NULL;
        g_autofree char *name = NULL;
        bool may;

        if (!message_find_writer(matter->store, ticket->number, replied->pdata[i], &address, &name,
                                 error))
            return false;
        if (address == NULL || ticket->correspondents->len >= DECIDE_CORRESPONDENTS_MAX)
            continue;
        if (!may_join(matter, ticket, address, true, &may, error))
            return false;
        if (may)
            add(matter, ticket, address, name);
    }
    return true;
}

static bool join(struct matter *matter, struct ticket *ticket, GPtrArray *written, bool anyone,
                 bool named, GError **error)
{

    for (guint i = 0; i < MIN(written->len, LOOKED_AT_MAX); i++) {
        const struct mail_address *person = written->pdata[i];
        bool may;

        if (ticket->correspondents->len >= DECIDE_CORRESPONDENTS_MAX)
            return true;
        if (!anyone && !address_same_domain(person->address, matter->author.address))
            continue;
        if (!may_join(matter, ticket, person->address, named, &may, error))
            return false;
        if (may)
            add(matter, ticket, person->address, person->name);
    }
    return true;
}

/* The owner's setting: may those join who wrote, and those who are only named? */
static bool find_setting(struct matter *matter, const struct ticket *ticket, bool *writers,
                         bool *named, GError **error)
{
    const struct ticket_department *owner = ticket->departments->pdata[0];
    AUTO(department) department = NULL;

    if (!department_find_id(matter->store, owner->id, &department, error))
        return false;
    *named = department != NULL && strcmp(department->correspondents, "cc") == 0;
    *writers = *named || (department != NULL && strcmp(department->correspondents, "writers") == 0);
    return true;
}

/* A customer lets nobody join who has not written. */
bool people_join(struct matter *matter, struct ticket *ticket, bool anyone, GError **error)
{
    bool writers;
    bool named;

    if (matter->author.address == NULL)
        return true;
    if (!find_setting(matter, ticket, &writers, &named, error))
        return false;
    if (!writers || (!named && !anyone))
        return true;
    return (!anyone || admit_answered(matter, ticket, error)) &&
           join(matter, ticket, matter->mail->to, anyone, named, error) &&
           join(matter, ticket, matter->mail->cc, anyone, named, error);
}

bool people_sort_cc(struct matter *matter, GError **error)
{
    GPtrArray *cc = matter->mail->cc;

    matter->cc_outside = g_ptr_array_new();
    matter->cc_inside = g_ptr_array_new();
    for (guint i = 0; i < cc->len; i++) {
        struct mail_address *person = cc->pdata[i];
        bool is_outside;

        if (!people_is_outside(matter, person->address, &is_outside, error))
            return false;
        g_ptr_array_add(is_outside ? matter->cc_outside : matter->cc_inside, person);
    }
    return true;
}

static void free_address(gpointer data)
{
    struct mail_address *person = data;

    g_free(person->name);
    g_free(person->address);
    g_free(person);
}

/* The address that operators see in place of a role address; NULL: as it stands. */
static bool shown_as(struct matter *matter, const char *address, char **shown, GError **error)
{
    const char *delimiters = matter->site->conf->mail.recipient_delimiter;
    g_autofree char *base = NULL;
    g_autofree char *extension = NULL;
    bool is_role = false;
    bool is_base;

    *shown = NULL;
    address_cut(address, delimiters, &base, &extension);
    if (!addressees_is_role(matter->store, delimiters, address, &is_role, error))
        return false;
    if (!is_role)
        return true;
    if (!addressees_is_role(matter->store, "", address, &is_base, error))
        return false;
    if (matter->decision->kind == KIND_NOTE)
        *shown = address_extend(is_base ? address : base, delimiters[0], "note");
    else
        *shown = g_strdup(is_base ? address : base);
    return true;
}

/* Outside people go to outside instead, if it is not NULL. */
static GPtrArray *hide_commands(struct matter *matter, GPtrArray *written, GPtrArray *outside,
                                GError **error)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(free_address);
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (guint i = 0; i < written->len; i++) {
        const struct mail_address *person = written->pdata[i];
        struct mail_address *copy;
        bool is_outside;
        char *address;

        if (!people_is_outside(matter, person->address, &is_outside, error) ||
            !shown_as(matter, person->address, &address, error))
            return NULL;
        if (address == NULL)
            address = g_strdup(person->address);
        if (outside != NULL && is_outside) {
            g_ptr_array_add(outside, (gpointer)person);
            g_free(address);
            continue;
        }
        if (!g_hash_table_add(seen, g_strdup(address))) {
            g_free(address);
            continue;
        }
        copy = g_new0(struct mail_address, 1);
        copy->name = g_strdup(person->name);
        copy->address = address;
        g_ptr_array_add(list, copy);
    }
    return g_steal_pointer(&list);
}

/* Whether a role address in the list has a word that is no ticket. A customer may write there what
 * an operator's reply to all would then order. */
static bool find_command(struct matter *matter, GPtrArray *written, bool *found, GError **error)
{
    const char *delimiters = matter->site->conf->mail.recipient_delimiter;

    for (guint i = 0; i < written->len && !*found; i++) {
        const struct mail_address *person = written->pdata[i];
        g_autofree char *base = NULL;
        g_autofree char *extension = NULL;
        int64_t number;

        address_cut(person->address, delimiters, &base, &extension);
        if (extension != NULL &&
            ticketid_parse_extension(&matter->site->id, extension, &number) == TICKETID_NONE &&
            !addressees_is_role(matter->store, "", base, found, error))
            return false;
    }
    return true;
}

bool people_hide_commands(struct matter *matter, GError **error)
{
    bool has_command = matter->orders->len > 0;

    if (!find_command(matter, matter->mail->to, &has_command, error) ||
        !find_command(matter, matter->mail->cc, &has_command, error))
        return false;
    if (matter->decision->kind != KIND_NOTE && !has_command)
        return true;
    if (matter->decision->kind == KIND_NOTE)
        matter->to_outside = g_ptr_array_new();
    matter->to_shown = hide_commands(matter, matter->mail->to, matter->to_outside, error);
    matter->cc_shown =
        matter->to_shown != NULL ? hide_commands(matter, matter->cc_inside, NULL, error) : NULL;
    return matter->cc_shown != NULL;
}
