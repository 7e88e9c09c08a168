/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does to the message what session.c has the MTA do, in memory.
 */
#include "tests/pairs/outcome.h"

#include <string.h>

#include "milter/archived.h"
#include "milter/header.h"

/* Among the role addresses in the envelope. */
static bool is_written_to(const struct outcome *outcome, int64_t person,
                          bool (*is)(const struct cast *cast, int64_t department, int64_t person))
{
    for (guint i = 0; i < outcome->envelope->recipients->len; i++) {
        const struct envelope_recipient *recipient = outcome->envelope->recipients->pdata[i];
        const char *word;
        int64_t department = cast_role(outcome->cast, recipient->address, &word);

        if (department != 0 && is(outcome->cast, department, person))
            return true;
    }
    return false;
}

/* The operator with the writer's address; 0 where that says nothing about the writer. */
static int64_t find_operator(const struct outcome *outcome)
{
    const struct writer *writer = outcome->scene.writer;

    return writer->is_passed_on ? 0 : cast_operator(outcome->cast, writer->address);
}

static bool is_of(const struct outcome *outcome, const struct ticket *ticket)
{
    const char *address = outcome->scene.writer->address;
    int64_t person = find_operator(outcome);

    return address != NULL &&
           (ticket_has_person(ticket, address) || cast_is_on(outcome->cast, ticket, person));
}

/* DESIGN 4, by what the scene is, not by what stands in the message. */
static const struct ticket *find_meant(const struct outcome *outcome)
{
    const struct writer *writer = outcome->scene.writer;
    const struct whose *whose = outcome->scene.whose;
    const struct ticket *named = cast_ticket(outcome->cast, whose->ticket);
    const struct ticket *meant = cast_leads_to(outcome->cast, whose->ticket);

    switch (whose->by) {
    case BY_SUBJECT:
    case BY_EXTENSION:
        return meant;
    case BY_REFERENCES:
        /* Of a report, the Message-ID that came back tells. */
        return writer->is_report || is_of(outcome, named) || is_of(outcome, meant) ? meant : NULL;
    case BY_FOREIGN_TAG:
        return writer->address != NULL && g_str_has_suffix(writer->address, "@example.net") ? meant
                                                                                            : NULL;
    case BY_WRONG_LETTERS:
    case BY_NOTHING:
        break;
    }
    return NULL;
}

/* By whichever of an operator's addresses. */
static bool is_requester(const struct outcome *outcome, const struct ticket *ticket)
{
    const char *address = outcome->scene.writer->address;
    const char *requester = ticket != NULL ? ticket->requester : NULL;
    int64_t person = find_operator(outcome);

    return requester != NULL && address != NULL &&
           (strcmp(requester, address) == 0 ||
            (person != 0 && cast_operator(outcome->cast, requester) == person));
}

/* Each role address is one of these words, and a member of whatever department has proven to ask.
 */
static bool is_question(const struct outcome *outcome)
{
    static const char *const words[] = {"list@example.com", "search@example.com",
                                        "help@example.com", NULL};
    int64_t person = outcome->operator_id;
    bool asks = false;

    for (guint i = 0; i < outcome->envelope->recipients->len; i++) {
        const struct envelope_recipient *recipient = outcome->envelope->recipients->pdata[i];
        const char *word;

        if (cast_role(outcome->cast, recipient->address, &word) == 0)
            continue;
        if (word == NULL || !g_strv_contains(words, word))
            return false;
        asks = true;
    }
    return asks && outcome->is_proven && !outcome->scene.writer->is_machine &&
           cast_is_employed(outcome->cast, person);
}

void outcome_judge(struct outcome *outcome)
{
    const struct writer *writer = outcome->scene.writer;
    const struct ticket *ticket;
    int64_t person = find_operator(outcome);

    outcome->operator_id = person;
    outcome->is_proven = person != 0 && writer->is_proven && !outcome->envelope->second_door;
    outcome->is_question = is_question(outcome);
    outcome->meant = outcome->is_question ? NULL : find_meant(outcome);
    ticket = outcome->before != NULL ? outcome->before : outcome->meant;
    outcome->is_member = person != 0 && (cast_is_on(outcome->cast, ticket, person) ||
                                         is_written_to(outcome, person, cast_is_member));
    outcome->was_member = person != 0 && (cast_was_on(outcome->cast, ticket, person) ||
                                          is_written_to(outcome, person, cast_was_member));
    outcome->is_requester = is_requester(outcome, ticket);
    outcome->is_person =
        ticket != NULL && writer->address != NULL && ticket_has_person(ticket, writer->address);
    outcome->acts_as_operator =
        outcome->is_question ||
        (outcome->is_proven && !writer->is_machine && outcome->is_member && !outcome->is_requester);
    /* What it was to the one, it is to the other; but a question has no other legs. */
    if (outcome->turn != TURN_FIRST && outcome->turn != TURN_FORGED &&
        (!outcome->first->is_question || outcome->decision->is_repeat))
        outcome->acts_as_operator = outcome->first->acts_as_operator;
}

static void apply_edit(GPtrArray *headers, const struct header_edit *edit)
{
    bool is_there = false;

    for (guint i = 0; i < headers->len; i++) {
        struct mail_header *header = headers->pdata[i];

        if (g_ascii_strcasecmp(header->name, edit->name) != 0)
            continue;
        if (edit->value == NULL || is_there) {
            g_ptr_array_remove_index(headers, i--);
            continue;
        }
        is_there = true;
        g_free(header->name);
        g_free(header->value);
        header->name = g_strdup(edit->name);
        header->value = g_strdup(edit->value);
    }
    if (edit->value != NULL && !is_there)
        g_ptr_array_add(headers, mail_header_new(edit->name, edit->value));
}

/* Two addresses of one operator are. */
static bool is_one(const struct outcome *outcome, const char *one, const char *other)
{
    int64_t person = cast_operator(outcome->cast, one);

    return g_strcmp0(one, other) == 0 ||
           (person != 0 && person == cast_operator(outcome->cast, other));
}

static int classify(const struct outcome *outcome, const struct reader *reader)
{
    const struct ticket *ticket = outcome->decision->ticket;
    const char *word;
    int is = 0;

    if (cast_role(outcome->cast, reader->address, &word) != 0)
        return READER_ROLE;
    if (cast_is_on(outcome->cast, ticket, reader->operator_id) ||
        cast_is_on(outcome->cast, outcome->before, reader->operator_id))
        is |= READER_OPERATOR;
    else if (reader->operator_id != 0)
        is |= READER_STAFF;
    if (strcmp(reader->address, outcome->cast->postmaster) == 0)
        is |= READER_POSTMASTER;
    if (ticket != NULL && is_one(outcome, ticket->requester, reader->address))
        is |= READER_REQUESTER;
    else if (ticket != NULL && reader->operator_id == 0 &&
             ticket_has_person(ticket, reader->address))
        is |= READER_CORRESPONDENT;
    return is != 0 ? is : READER_OUTSIDER;
}

static void add_reader(struct outcome *outcome, const char *address, bool was_there,
                       bool is_brought)
{
    struct reader reader = {address, cast_operator(outcome->cast, address), 0, was_there,
                            is_brought};

    reader.is = classify(outcome, &reader);
    outcome->all_readers |= reader.is;
    g_array_append_val(outcome->readers, reader);
}

static bool has(GPtrArray *strings, const char *string)
{
    return g_ptr_array_find_with_equal_func(strings, string, g_str_equal, NULL);
}

/* By whichever of an operator's addresses. */
static bool was_there(const struct outcome *outcome, const char *address)
{
    GPtrArray *recipients = outcome->envelope->recipients;

    for (guint i = 0; i < recipients->len; i++)
        if (is_one(outcome, ((struct envelope_recipient *)recipients->pdata[i])->address, address))
            return true;
    return false;
}

static void deliver_message(struct outcome *outcome)
{
    const struct decision *decision = outcome->decision;
    GPtrArray *recipients = outcome->envelope->recipients;

    for (guint i = 0; i < outcome->mail->headers->len; i++) {
        const struct mail_header *header = outcome->mail->headers->pdata[i];

        g_ptr_array_add(outcome->headers, mail_header_new(header->name, header->value));
    }
    for (guint i = 0; i < decision->edits->len; i++)
        apply_edit(outcome->headers, decision->edits->pdata[i]);
    for (guint i = 0; i < recipients->len; i++) {
        const struct envelope_recipient *recipient = recipients->pdata[i];

        if (!has(decision->recipients_out, recipient->given) &&
            !has(decision->operators_out, recipient->given))
            add_reader(outcome, recipient->address, true, false);
    }
    for (guint i = 0; i < decision->recipients_in->len; i++)
        add_reader(outcome, decision->recipients_in->pdata[i], false, false);
}

static void deliver_copy(struct outcome *outcome)
{
    const struct decision *decision = outcome->decision;

    for (guint i = 0; i < decision->outbox->len; i++) {
        const struct outbox_mail *mail = decision->outbox->pdata[i];
        const struct outbox_piece *header = mail->pieces->pdata[0];

        if (strcmp(mail->kind, OUTBOX_COPY) != 0)
            continue;
        g_assert(outcome->brought == NULL); /* one for all of them */
        outcome->brought = mail;
        outcome->brought_headers =
            archived_fields(g_bytes_get_data(header->bytes, NULL), g_bytes_get_size(header->bytes));
        for (guint j = 0; j < mail->recipients->len; j++)
            add_reader(outcome, mail->recipients->pdata[j],
                       was_there(outcome, mail->recipients->pdata[j]), true);
    }
}

void outcome_deliver(struct outcome *outcome)
{
    const struct decision *decision = outcome->decision;

    outcome->headers = g_ptr_array_new_with_free_func((GDestroyNotify)mail_header_free);
    outcome->readers = g_array_new(FALSE, FALSE, sizeof(struct reader));
    outcome->sender = decision->sender != NULL ? decision->sender : outcome->envelope->sender;
    if (decision->verdict != DECISION_TAKE && decision->verdict != DECISION_PASS)
        return;
    deliver_message(outcome);
    deliver_copy(outcome);
}

void outcome_clear(struct outcome *outcome)
{
    g_ptr_array_unref(outcome->headers);
    if (outcome->brought_headers != NULL)
        g_ptr_array_unref(outcome->brought_headers);
    g_array_unref(outcome->readers);
}

bool outcome_leaves(const struct outcome *outcome)
{
    for (guint i = 0; i < outcome->readers->len; i++) {
        const struct reader *reader = &g_array_index(outcome->readers, struct reader, i);

        if (!reader->is_brought && reader->operator_id == 0 &&
            (reader->is & READER_POSTMASTER) == 0)
            return true;
    }
    return false;
}

GPtrArray *outcome_inward(const struct outcome *outcome)
{
    return outcome->decision->audience == AUDIENCE_OPERATORS ? outcome->headers
                                                             : outcome->brought_headers;
}

char *outcome_field(GPtrArray *headers, const char *name)
{
    for (guint i = 0; i < headers->len; i++) {
        const struct mail_header *header = headers->pdata[i];

        if (g_ascii_strcasecmp(header->name, name) == 0)
            return header_decode(header->value);
    }
    return NULL;
}

char *outcome_header(const struct outcome *outcome, const char *name)
{
    return outcome_field(outcome->headers, name);
}
/* As what somebody gets it whom we give it to: operators who are the requester as the one or the
 * other. */
static int given_as(const struct outcome *outcome, const struct reader *reader)
{
    bool is_answer = outcome->decision->kind == KIND_ANSWER;

    if ((reader->is & READER_OPERATOR) != 0 && (reader->is & READER_REQUESTER) != 0)
        return is_answer ? READER_REQUESTER : READER_OPERATOR;
    return reader->is;
}

static void describe_readers(const struct outcome *outcome, GString *out)
{
    static const struct {
        int is;
        const char *name;
    } names[] = {
        {READER_OPERATOR, "operators"},        {READER_POSTMASTER, "postmaster"},
        {READER_REQUESTER, "requester"},       {READER_CORRESPONDENT, "correspondents"},
        {READER_STAFF, "operators elsewhere"}, {READER_OUTSIDER, "outsiders"},
    };
    bool has_own = false;
    int given = 0;
    const char *comma = "";

    for (guint i = 0; i < outcome->readers->len; i++) {
        const struct reader *reader = &g_array_index(outcome->readers, struct reader, i);

        if (reader->was_there && !reader->is_brought)
            has_own = true;
        else
            given |= given_as(outcome, reader);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if ((given & names[i].is) != 0) {
            g_string_append_printf(out, "%s%s", comma, names[i].name);
            comma = ", ";
        }
    if (has_own)
        g_string_append_printf(out, "%swhom the author wrote to", comma);
    else if (given == 0)
        g_string_append(out, "nobody");
}

char *outcome_describe(const struct outcome *outcome)
{
    static const char *const versions[] = {
        [AUDIENCE_OPERATORS] = "operators'",
        [AUDIENCE_CUSTOMERS] = "customers'",
        [AUDIENCE_BYSTANDERS] = "bystanders'",
    };
    const struct decision *decision = outcome->decision;
    GString *out = g_string_new(NULL);

    if (decision->verdict == DECISION_REFUSE || decision->verdict == DECISION_WAIT)
        g_string_printf(out, "%s %s", decision->reply_code, decision->reply_status);
    else if (decision->verdict == DECISION_PASS)
        g_string_append(out, "passes as it is");
    else
        g_string_append_printf(out, "%s%s, %s version: ", decision_kind_name(decision->kind),
                               decision->is_new_ticket ? ", new ticket" : "",
                               versions[decision->audience]);
    if (decision->verdict == DECISION_TAKE)
        describe_readers(outcome, out);
    return g_string_free(out, FALSE);
}
