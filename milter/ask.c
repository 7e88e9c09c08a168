/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who asked, where the answer goes, and how much of it may be quoted there. What it says, status.h,
 * handover.h, listing.h and command.h know. The thread that holds the store.
 */
#include "milter/ask.h"

#include <string.h>

#include "db/exchange.h"
#include "db/message.h"
#include "milter/author.h"
#include "milter/handover.h"
#include "milter/hindrance.h"
#include "milter/listing.h"
#include "milter/orders.h"
#include "milter/status.h"

struct question {
    struct matter *matter;
    struct post *post;
    const struct department *speaker;
    const struct ticket *ticket; /* as it is to be; NULL: of none */
    bool is_inside;              /* an operator asks, as such */
    struct mail_address asker;   /* on record */
    enum giver giver;
    bool is_certain; /* that they ask */
    bool may_quote;  /* it is, or they have the ticket's subject from us */
};

/* A merged ticket is part of another one by now. */
static const struct ticket *find_ticket(const struct decision *decision)
{
    if (decision->ticket != NULL && decision->ticket->merged_into != 0 &&
        decision->further->len > 0)
        return decision->further->pdata[0];
    return decision->ticket;
}

static void find_operator(struct question *question)
{
    const struct operator_person *person = question->matter->author.person;

    question->asker = (struct mail_address){person->name, person->address};
    question->giver = GIVER_OPERATOR;
    question->is_certain = question->may_quote = true;
}

/* They have it from us, or wrote it themselves. */
static bool knows_subject(const struct question *question, bool is_requester, bool *knows,
                          GError **error)
{
    struct store *store = question->post->store;
    int64_t number = question->ticket->number;
    const char *address = question->asker.address;

    *knows = question->is_certain;
    if (!*knows && !exchange_has_answer(store, number, address, knows, error))
        return false;
    return *knows || !is_requester ||
           message_is_opened_with_proof(store, number, address, knows, error);
}

/* Anybody can claim to be somebody of the ticket, and have chosen its subject. */
static bool find_customer(struct question *question, GError **error)
{
    const struct author *author = &question->matter->author;
    const struct ticket *ticket = question->ticket;
    bool is_requester = author_is_requester(question->matter, ticket);

    question->asker.address = is_requester ? ticket->requester : author->address;
    question->asker.name = is_requester ? ticket->requester_name : NULL;
    question->giver = is_requester ? GIVER_REQUESTER : GIVER_CORRESPONDENT;
    question->is_certain = author->proof != NULL;
    return knows_subject(question, is_requester, &question->may_quote, error);
}

/* *why is yours; NULL: nothing keeps the answer back. */
static bool find_hindrance(const struct question *question, char **why, GError **error)
{
    *why = NULL;
    if (question->is_inside)
        return true;
    if (question->ticket->is_spam)
        *why = g_strdup("the ticket is marked as spam");
    return *why != NULL || hindrance_find(question->matter, question->asker.address, why, error);
}

static bool tell(const struct question *question, struct notice *notice, GError **error)
{
    g_autoptr(GPtrArray) to = g_ptr_array_new();
    g_autofree char *hindrance = NULL;

    if (!find_hindrance(question, &hindrance, error))
        return false;
    if (hindrance != NULL) {
        post_keep_back(question->post, question->ticket->number, notice->kind,
                       question->asker.address, hindrance);
        return true;
    }
    g_ptr_array_add(to, (gpointer)&question->asker);
    notice->department = question->speaker;
    notice->role = question->matter->decision->role;
    notice->to = to;
    notice->is_inside = question->is_inside;
    notice->is_counted = !question->is_inside;
    notice->may_quote = question->may_quote;
    notice->answers = question->is_certain ? question->matter->mail : NULL;
    return post_notice(question->post, notice, error);
}

static bool find_assignee(const struct question *question, struct operator_person **person,
                          GError **error)
{
    *person = NULL;
    return question->ticket->assignee_id == 0 ||
           operator_find_id(question->post->store, question->ticket->assignee_id, person, error);
}

static bool reply_status(const struct question *question, GError **error)
{
    struct notice notice = {.kind = NOTICE_STATUS, .ticket = question->ticket};
    AUTO(operator_person) assignee = NULL;
    g_autofree char *text = NULL;

    if (!find_assignee(question, &assignee, error))
        return false;
    text = question->is_inside
               ? status_inside(question->post, question->ticket, question->matter->decision->events,
                               error)
               : status_outside(question->post, question->ticket, question->asker.address,
                                question->is_certain, error);
    if (text == NULL)
        return false;
    notice.operator_name = assignee != NULL ? assignee->name : NULL;
    notice.details = text;
    return tell(question, &notice, error);
}

static struct listing listing_for(const struct question *question)
{
    struct listing listing = {question->post->store, &question->post->site->id,
                              question->matter->author.person, question->post->now};

    return listing;
}

static bool reply_list(const struct question *question, GError **error)
{
    const struct listing listing = listing_for(question);
    g_autofree char *text = listing_work(&listing, error);
    struct notice notice = {.kind = NOTICE_RESULT, .heading = "Your tickets", .details = text};

    return text != NULL && tell(question, &notice, error);
}

static bool reply_search(const struct question *question, GError **error)
{
    const struct listing listing = listing_for(question);
    g_auto(GStrv) words = listing_words(listing.id, question->matter->mail->subject, error);
    g_autofree char *text = words != NULL ? listing_found(&listing, words, error) : NULL;
    g_autofree char *all = words != NULL ? g_strjoinv(" ", words) : NULL;
    g_autofree char *heading = g_strdup_printf("Search: %s", all);
    struct notice notice = {.kind = NOTICE_RESULT, .heading = heading, .details = text};

    return text != NULL && tell(question, &notice, error);
}

/* A customer's answer to it is to find the ticket. */
static bool reply_help(const struct question *question, GError **error)
{
    char delimiter = question->post->site->conf->mail.recipient_delimiter[0];
    g_autofree char *list =
        command_list(question->giver, question->matter->decision->role, delimiter);
    g_autofree char *text = g_strdup_printf(
        "A command is an address. Reply to a message of the ticket%s, and write to\n\n%s",
        question->is_inside ? " (list, search and help need none)" : "", list);
    struct notice notice = {.kind = NOTICE_RESULT, .heading = "Commands", .details = text};

    if (!question->is_inside)
        notice.ticket = question->ticket;
    return tell(question, &notice, error);
}

/* To be answered from that mail. */
static bool reply_show(const struct question *question, GError **error)
{
    g_autoptr(GPtrArray) to = g_ptr_array_new();

    g_ptr_array_add(to, question->matter->author.person);
    return handover_write(question->post, question->ticket, to, question->matter->decision->events,
                          error);
}

static bool (*const replies[])(const struct question *question, GError **error) = {
    [COMMAND_STATUS] = reply_status, [COMMAND_SHOW] = reply_show, [COMMAND_LIST] = reply_list,
    [COMMAND_SEARCH] = reply_search, [COMMAND_HELP] = reply_help,
};

static bool asks(const struct order *order)
{
    return (size_t)order->command < G_N_ELEMENTS(replies) && replies[order->command] != NULL;
}

bool ask_reply(struct matter *matter, struct post *post, const struct department *speaker,
               GError **error)
{
    struct question question = {.matter = matter,
                                .post = post,
                                .speaker = speaker,
                                .ticket = find_ticket(matter->decision),
                                .is_inside = matter->author.is_operator};
    bool is_found = false;

    for (guint i = 0; i < matter->orders->len; i++) {
        const struct order *order = matter->orders->pdata[i];

        if (!asks(order))
            continue;
        if (question.is_inside && !is_found)
            find_operator(&question);
        else if (!is_found && !find_customer(&question, error))
            return false;
        is_found = true;
        if (!replies[order->command](&question, error))
            return false;
    }
    return true;
}
