/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads and judges the command addresses of a message. Does nothing: obey.c does. Knows no header.
 */
#include "milter/orders.h"

#include <string.h>

#include "milter/address.h"
#include "milter/author.h"
#include "milter/people.h"
#include "milter/refuse.h"
#include "milter/ticketid.h"

void order_free(struct order *order)
{
    if (order == NULL)
        return;
    g_free(order->argument);
    g_free(order);
}

static const struct order *find(const struct matter *matter, enum command command)
{
    for (guint i = 0; i < matter->orders->len; i++) {
        const struct order *order = matter->orders->pdata[i];

        if (order->command == command)
            return order;
    }
    return NULL;
}

/* The same order twice is one: two spellings of a role address are one department's. */
static bool is_known(const struct matter *matter, enum command command, const char *argument)
{
    for (guint i = 0; i < matter->orders->len; i++) {
        const struct order *order = matter->orders->pdata[i];

        if (order->command == command && g_strcmp0(order->argument, argument) == 0)
            return true;
    }
    return false;
}

bool orders_has(const struct matter *matter, enum command command)
{
    return find(matter, command) != NULL;
}

char *orders_person(const struct matter *matter)
{
    const struct order *order = find(matter, COMMAND_FOR);

    return order != NULL ? command_address(order->argument) : NULL;
}

/* The extension, if it is one and no ticket's; else NULL. */
static const char *word_of(const struct matter *matter, const struct addressee *addressee)
{
    int64_t number;

    if (addressee->extension == NULL ||
        ticketid_parse_extension(&matter->site->id, addressee->extension, &number) != TICKETID_NONE)
        return NULL;
    return addressee->extension;
}

bool orders_ask_for_note(const struct matter *matter)
{
    for (guint i = 0; i < matter->addressees->all->len; i++) {
        const struct addressee *addressee = matter->addressees->all->pdata[i];

        if (addressee->extension != NULL &&
            g_ascii_strcasecmp(addressee->extension, command_table[COMMAND_NOTE].word) == 0)
            return true;
    }
    return false;
}

bool orders_only_ask(const struct matter *matter)
{
    bool ask = false;

    for (guint i = 0; i < matter->addressees->all->len; i++) {
        const struct addressee *addressee = matter->addressees->all->pdata[i];
        const char *word = word_of(matter, addressee);
        g_autofree char *argument = NULL;
        enum command command;

        if (addressee->role == NULL)
            continue;
        if (word == NULL || !command_read(word, &command, &argument) ||
            command_table[command].is_of_ticket)
            return false;
        ask = true;
    }
    return ask;
}

static bool was_recipient(GPtrArray *recipients, const char *address)
{
    for (guint i = 0; i < recipients->len; i++) {
        const struct message_recipient *recipient = recipients->pdata[i];

        if (g_strcmp0(recipient->role, address) == 0)
            return true;
    }
    return false;
}

bool orders_are_new(struct matter *matter, const struct message *earlier, bool *are, GError **error)
{
    g_autoptr(GPtrArray) recipients = message_recipients(matter->store, earlier->number, error);

    *are = false;
    for (guint i = 0; recipients != NULL && i < matter->addressees->all->len; i++) {
        const struct addressee *addressee = matter->addressees->all->pdata[i];
        g_autofree char *argument = NULL;
        enum command command;
        bool orders = word_of(matter, addressee) != NULL &&
                      command_read(addressee->extension, &command, &argument);

        if ((orders || (earlier->ticket == 0 && addressee->role != NULL)) &&
            !was_recipient(recipients, addressee->recipient->address))
            *are = true;
    }
    return recipients != NULL;
}

/* What the author is to the ticket; false: nobody. */
static bool find_giver(const struct matter *matter, enum giver *giver)
{
    if (matter->author.is_operator)
        *giver = GIVER_OPERATOR;
    else if (matter->ticket == NULL || matter->author.is_machine ||
             !author_is_person(matter, matter->ticket))
        return false;
    else
        *giver =
            author_is_requester(matter, matter->ticket) ? GIVER_REQUESTER : GIVER_CORRESPONDENT;
    return true;
}

/* True when word is a command that the author may give. */
static bool may_give(struct matter *matter, const char *word, enum command *command,
                     char **argument)
{
    enum giver giver;

    return command_read(word, command, argument) && find_giver(matter, &giver) &&
           command_table[*command].giver <= giver;
}

/* False: the address gives no order. */
static bool take(struct matter *matter, const struct addressee *addressee)
{
    const char *word = word_of(matter, addressee);
    g_autofree char *argument = NULL;
    enum command command;
    struct order *order;

    if (word == NULL || !may_give(matter, word, &command, &argument))
        return false;
    if (is_known(matter, command, argument))
        return true;
    order = g_new0(struct order, 1);
    order->command = command;
    order->argument = g_steal_pointer(&argument);
    g_ptr_array_add(matter->orders, order);
    return true;
}

static void read_one(struct matter *matter, const struct addressee *addressee)
{
    const char *word = word_of(matter, addressee);

    if (take(matter, addressee))
        return;
    if (word != NULL && matter->author.is_operator) {
        g_autofree char *help = command_help(word);

        refuse(matter, "550", "5.5.4", help);
    } else {
        matter->has_plain = true;
    }
}

static void refuse_moved(struct matter *matter)
{
    g_autofree char *note =
        address_extend(matter->main->role, matter->site->conf->mail.recipient_delimiter[0], "note");
    g_autofree char *text = g_strdup_printf("you are no longer in %s: write a note alone, to %s",
                                            matter->main->department->title, note);

    refuse(matter, "550", "5.7.1", text);
}

/* Without a ticket there is nothing to do anything to. */
static void check_ticket(struct matter *matter)
{
    for (guint i = 0; i < matter->orders->len; i++) {
        const struct order *order = matter->orders->pdata[i];
        const struct command_entry *entry = &command_table[order->command];
        g_autofree char *text = g_strdup_printf(
            "+%s needs a ticket: reply to a message of it, or write its ID into the Subject, as in "
            "[%s #1042-K7QX2]",
            entry->word, matter->site->site->tag);

        if (entry->is_of_ticket)
            refuse(matter, "550", "5.5.4", text);
    }
}

/* Words meant for the inside must reach no customer. */
static void refuse_customer(struct matter *matter, const char *customer)
{
    bool is_note = orders_has(matter, COMMAND_NOTE);
    g_autofree char *text =
        is_note ? g_strdup_printf("a note stays inside: take %s out of the recipients", customer)
                : g_strdup_printf("a command alone stays inside: take %s out of the recipients, or "
                                  "add %s to send an answer",
                                  customer, matter->main->role);

    refuse(matter, "550", "5.7.1", text);
}

/* A ticket for somebody is opened once, and by nothing else. */
static void check_for(struct matter *matter)
{
    g_autofree char *person = orders_person(matter);
    guint count = 0;

    for (guint i = 0; i < matter->orders->len; i++)
        count += ((const struct order *)matter->orders->pdata[i])->command == COMMAND_FOR;
    if (matter->ticket != NULL)
        refuse(matter, "550", "5.5.4",
               "+for opens a new ticket, and this message is of one already: take the ID out of "
               "the Subject and write a new message");
    else if (orders_has(matter, COMMAND_NOTE))
        refuse(matter, "550", "5.5.4",
               "+for sends this message to a customer, +note to nobody outside: write to one of "
               "them");
    else if (count > 1)
        refuse(matter, "550", "5.5.4", "+for takes one person; add others with +cc-LOCAL=DOMAIN");
    else if (person == NULL)
        refuse(matter, "550", "5.1.3",
               "+for-LOCAL=DOMAIN needs an address, as in +for-kim=example.net");
}

/* A retry was judged when it came first; but a customer it may not reach, now as then. */
static void check(struct matter *matter)
{
    const char *customer = people_first_customer(matter, matter->ticket);
    bool is_inside = matter->orders->len > 0 && !orders_has(matter, COMMAND_FOR) &&
                     (!matter->has_plain || orders_has(matter, COMMAND_NOTE));

    if (!matter->author.is_operator || matter->orders->len == 0)
        return;
    if (is_inside && customer != NULL)
        refuse_customer(matter, customer);
    else if (matter->earlier != NULL)
        return;
    else if (orders_has(matter, COMMAND_FOR))
        check_for(matter);
    else if (matter->ticket == NULL)
        check_ticket(matter);
}

void orders_restore(struct matter *matter, const struct addressees *recorded)
{
    for (guint i = 0; i < recorded->all->len; i++) {
        const struct addressee *addressee = recorded->all->pdata[i];

        if (addressee->role != NULL && !take(matter, addressee))
            matter->has_plain = true;
    }
}

void orders_read(struct matter *matter)
{
    for (guint i = 0; i < matter->addressees->all->len; i++) {
        const struct addressee *addressee = matter->addressees->all->pdata[i];

        if (addressee->role != NULL)
            read_one(matter, addressee);
    }
    if (matter->author.only_notes)
        for (guint i = 0; i < matter->orders->len; i++)
            if (((const struct order *)matter->orders->pdata[i])->command != COMMAND_NOTE)
                refuse_moved(matter);
    check(matter);
}
