/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds a message's ticket, by the first rule that holds. Knows nothing of what happens then. The
 * thread that holds the store.
 */
#include "milter/match.h"

#include "db/department.h"
#include "milter/address.h"
#include "milter/author.h"
#include "milter/foreigntag.h"
#include "milter/orders.h"
#include "milter/owntext.h"
#include "milter/ticketid.h"

/* So many tickets are tried that have one Message-ID. */
#define SAME_ID_MAX 20

/* One rule: sets matter->ticket if it holds. */
typedef bool (*rule)(struct matter *matter, GError **error);

static bool take(struct matter *matter, enum ticketid_found found, int64_t number, GError **error)
{
    if (found == TICKETID_VALID)
        return ticket_current(matter->store, number, &number, error) &&
               ticket_find(matter->store, number, &matter->ticket, error);
    if (found == TICKETID_BAD && matter->bad_id == 0)
        matter->bad_id = number;
    return true;
}

static bool take_extension(struct matter *matter, const char *extension, GError **error)
{
    int64_t number = 0;
    enum ticketid_found found = ticketid_parse_extension(&matter->site->id, extension, &number);

    return take(matter, found, number, error);
}

/* 1. A ticket in the address extension: support+1042-k7qx2@. */
static bool by_extension(struct matter *matter, GError **error)
{
    GPtrArray *all = matter->addressees->all;

    for (guint i = 0; i < all->len && matter->ticket == NULL; i++) {
        const struct addressee *addressee = all->pdata[i];

        if (addressee->extension != NULL && !take_extension(matter, addressee->extension, error))
            return false;
    }
    return true;
}

static bool take_id_in(struct matter *matter, const char *subject, GError **error)
{
    int64_t number = 0;
    enum ticketid_found found = ticketid_find(&matter->site->id, subject, &number);

    return matter->ticket != NULL || take(matter, found, number, error);
}

/* 2. A valid ID in the Subject. */
static bool by_subject(struct matter *matter, GError **error)
{
    return take_id_in(matter, matter->mail->subject, error);
}

/* Is the author the ticket's requester, a correspondent, or an operator of it? */
static bool is_party(struct matter *matter, const struct ticket *ticket, bool *is, GError **error)
{
    *is = author_is_person(matter, ticket);
    return *is || author_is_on_ticket(matter, ticket, is, error);
}

/* The ticket, or what it leads to now, if the author is of one of them. */
static bool try_ticket(struct matter *matter, int64_t number, GError **error)
{
    AUTO(ticket) ticket = NULL;
    AUTO(ticket) current = NULL;
    bool is = false;

    if (!ticket_find_live(matter->store, number, &ticket, error))
        return false;
    if (ticket == NULL)
        return true;
    if (!ticket_current(matter->store, number, &number, error) ||
        !ticket_find(matter->store, number, &current, error))
        return false;
    g_assert(current != NULL); /* what leads to it is a foreign key */
    if (!is_party(matter, ticket, &is, error) || (!is && !is_party(matter, current, &is, error)))
        return false;
    if (is)
        matter->ticket = g_steal_pointer(&current);
    return true;
}

/* Anybody can open a ticket with somebody else's Message-ID: the oldest that the author is of. */
static bool try_message_id(struct matter *matter, const char *message_id, GError **error)
{
    int64_t number = 0;

    for (int i = 0; i < SAME_ID_MAX && matter->ticket == NULL; i++) {
        if (!ticket_find_message_id(matter->store, message_id, number, &number, error))
            return false;
        if (number == 0)
            return true;
        if (!try_ticket(matter, number, error))
            return false;
    }
    return true;
}

/* 3. In-Reply-To, then References from last to first, by somebody of that ticket. */
static bool by_thread(struct matter *matter, GError **error)
{
    GPtrArray *replied = matter->mail->in_reply_to;
    GPtrArray *references = matter->mail->references;
    g_autoptr(GHashTable) tried = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < replied->len && matter->ticket == NULL; i++)
        if (g_hash_table_add(tried, replied->pdata[i]) &&
            !try_message_id(matter, replied->pdata[i], error))
            return false;
    for (guint i = references->len; i > 0 && matter->ticket == NULL; i--)
        if (g_hash_table_add(tried, references->pdata[i - 1]) &&
            !try_message_id(matter, references->pdata[i - 1], error))
            return false;
    return true;
}

/* The addresses of the message that came back: our bounce address is one of them. */
static bool try_returned_addresses(struct matter *matter, GError **error)
{
    const char *delimiter = matter->site->conf->mail.recipient_delimiter;
    GPtrArray *addresses = matter->report->addresses;

    for (guint i = 0; i < addresses->len && matter->ticket == NULL; i++) {
        g_autofree char *base = NULL;
        g_autofree char *extension = NULL;

        address_cut(addresses->pdata[i], delimiter, &base, &extension);
        if (extension != NULL && !take_extension(matter, extension, error))
            return false;
    }
    return true;
}

/* Whoever wrote it, since a mail system that reports is of no ticket. */
static bool take_message_id(struct matter *matter, const char *message_id, GError **error)
{
    int64_t number = 0;

    if (message_id == NULL || matter->ticket != NULL)
        return true;
    if (!ticket_find_message_id(matter->store, message_id, 0, &number, error))
        return false;
    return number == 0 || take(matter, TICKETID_VALID, number, error);
}

/* 4. For a delivery report: what the message that came back says. */
static bool by_report(struct matter *matter, GError **error)
{
    const struct report *report = matter->report;

    if (report == NULL)
        return true;
    if (!take_id_in(matter, report->subject, error) || !try_returned_addresses(matter, error) ||
        !take_message_id(matter, report->message_id, error))
        return false;
    for (guint i = 0; i < report->references->len; i++)
        if (!take_message_id(matter, report->references->pdata[i], error))
            return false;
    return true;
}

/* 5. A tag of the sender's own ticketing system, which a message from there bore before. */
static bool by_foreign_tag(struct matter *matter, GError **error)
{
    g_autoptr(GPtrArray) tags = foreigntag_list(&matter->site->id, matter->mail->subject);
    const char *author = matter->author.address;
    int64_t number = 0;

    if (author == NULL || matter->author.person != NULL)
        return true;
    for (guint i = 0; i < tags->len && number == 0; i++)
        if (!ticket_find_foreign_tag(matter->store, address_domain(author), tags->pdata[i], &number,
                                     error))
            return false;
    matter->by_foreign_tag = number != 0;
    return number == 0 || ticket_find(matter->store, number, &matter->ticket, error);
}

bool match_find(struct matter *matter, GError **error)
{
    static const rule rules[] = {by_extension, by_subject, by_thread, by_report, by_foreign_tag};

    for (size_t i = 0; i < G_N_ELEMENTS(rules) && matter->ticket == NULL; i++)
        if (!rules[i](matter, error))
            return false;
    return true;
}

/* Who closes it, or says nothing and asks how it stands, opens no other. */
static bool is_about_it(const struct matter *matter)
{
    return orders_has(matter, COMMAND_CLOSE) ||
           (matter->orders->len > 0 && !matter->has_plain && !owntext_has(matter->mail->text));
}

bool match_let_go(struct matter *matter, GError **error)
{
    const struct ticket *ticket = matter->ticket;
    const struct ticket_department *owner;
    AUTO(department) department = NULL;

    if (ticket == NULL || ticket->open || matter->refusal != NULL || matter->author.is_operator ||
        matter->author.is_machine || is_about_it(matter))
        return true;
    owner = ticket->departments->pdata[0];
    if (!department_find_id(matter->store, owner->id, &department, error))
        return false;
    if (department != NULL && matter->now - ticket->closed_at > department->reopen_ms)
        matter->old = g_steal_pointer(&matter->ticket);
    return true;
}
