/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules about what stands in the header of what leaves, and in its envelope.
 */
#include <string.h>

#include "db/event.h"
#include "milter/address.h"
#include "milter/header.h"
#include "milter/stamp.h"
#include "milter/subject.h"
#include "tests/pairs/rules.h"

/* A question is of no ticket; see replies.c. */
static bool is_taken(const struct outcome *outcome)
{
    return outcome->decision->verdict == DECISION_TAKE && outcome->decision->ticket != NULL;
}

static bool is_named(const struct mail_header *header, const char *const *names)
{
    for (; *names != NULL; names++)
        if (g_ascii_strcasecmp(header->name, *names) == 0)
            return true;
    return false;
}

static bool is_claim(const struct mail_header *header)
{
    return g_ascii_strncasecmp(header->name, "X-Counterfoil-", 14) == 0;
}

static bool has_text(const char *text, const char *part)
{
    g_autofree char *low = g_utf8_strdown(text, -1);

    return strstr(low, part) != NULL;
}

/* What gives an operator away in text; NULL: nothing. The requester may be one. */
static const char *find_tell(const struct outcome *outcome, const char *text)
{
    /* A repetition says again what was said of the ticket as it was. */
    const struct outcome *shown = outcome->decision->is_repeat ? outcome->first : outcome;
    const char *requester = shown->decision->ticket->requester;
    GHashTableIter i;
    gpointer address;

    if (has_text(text, SCENE_HOST))
        return SCENE_HOST;
    if (has_text(text, SCENE_IP))
        return SCENE_IP;
    g_hash_table_iter_init(&i, outcome->cast->operators);
    while (g_hash_table_iter_next(&i, &address, NULL))
        if (g_strcmp0(address, requester) != 0 && has_text(text, address))
            return address;
    return NULL;
}

/* Who asks their own department asks as a customer. */
static bool speaks_for_us(const struct outcome *outcome)
{
    return outcome->acts_as_operator && outcome->decision->kind != KIND_REQUEST;
}

/* Threads need the Message-ID. A customer's own header is the customer's own business. */
static enum finding operators_stay_unseen(const struct outcome *outcome, GString *why)
{
    static const char *const ids[] = {"Message-ID", "In-Reply-To", "References", NULL};
    const char *tell;

    if (!is_taken(outcome) || !speaks_for_us(outcome) || !outcome_leaves(outcome))
        return FINDING_NONE;
    for (guint i = 0; i < outcome->headers->len; i++) {
        const struct mail_header *header = outcome->headers->pdata[i];
        g_autofree char *decoded = header_decode(header->value);

        if (is_named(header, ids))
            continue;
        tell = find_tell(outcome, decoded);
        if (tell != NULL)
            return rules_break(why, "%s stands in %s", tell, header->name);
    }
    tell = find_tell(outcome, outcome->sender);
    return tell != NULL ? rules_break(why, "%s is the sender", tell) : FINDING_HOLDS;
}

/* For operators: X-Counterfoil-…, and words in the Subject. (The scenes put such words only where
 * we would.) */
static enum finding inside_words_stay(const struct outcome *outcome, GString *why)
{
    g_autofree char *subject = NULL;

    if (!is_taken(outcome) || !outcome_leaves(outcome))
        return FINDING_NONE;
    for (guint i = 0; i < outcome->headers->len; i++) {
        const struct mail_header *header = outcome->headers->pdata[i];

        if (is_claim(header) && g_ascii_strcasecmp(header->name, STAMP_HEADER) != 0)
            return rules_break(why, "%s", header->name);
    }
    subject = outcome_header(outcome, "Subject");
    for (const char *const *word = subject_words; *word != NULL; word++)
        if (has_text(subject, *word))
            return rules_break(why, "Subject: %s", subject);
    return has_text(subject, "[new") ? rules_break(why, "Subject: %s", subject) : FINDING_HOLDS;
}

/* role+note, role+close: only ever in what operators see. */
static enum finding commands_stay(const struct outcome *outcome, GString *why)
{
    if (!is_taken(outcome) || !speaks_for_us(outcome) || !outcome_leaves(outcome))
        return FINDING_NONE;
    for (guint i = 0; i < outcome->headers->len; i++) {
        const struct mail_header *header = outcome->headers->pdata[i];

        if (has_text(header->value, "support+") || has_text(header->value, "accounting+"))
            return rules_break(why, "%s:%s", header->name, header->value);
    }
    return FINDING_HOLDS;
}

static enum finding check_people(const struct outcome *outcome, const char *name, GString *why)
{
    g_autofree char *text = outcome_header(outcome, name);
    g_auto(GStrv) people = g_strsplit(text != NULL ? text : "", ",", -1);

    for (char **person = people; text != NULL && *person != NULL; person++) {
        const char *bracket = strchr(*person, '<');
        g_autofree char *address = address_normalise(bracket != NULL ? bracket : *person);

        if (address == NULL || !ticket_has_person(outcome->decision->ticket, address))
            return rules_break(why, "%s: %s", name, text);
    }
    return FINDING_HOLDS;
}

/* The allow-list, the department's name, and people who are on the ticket. */
static enum finding customers_version(const struct outcome *outcome, GString *why)
{
    static const char *const allowed[] = {
        "Date",       "Message-ID",   "In-Reply-To",  "References",   "MIME-Version",
        "Importance", "Subject",      "From",         "To",           "Cc",
        STAMP_HEADER, "Content-Type", "Thread-Index", "Thread-Topic", NULL};
    g_autofree char *from = NULL;
    const char *bracket;
    g_autofree char *address = NULL;
    const char *word;

    if (!is_taken(outcome) || outcome->decision->audience != AUDIENCE_CUSTOMERS)
        return FINDING_NONE;
    for (guint i = 0; i < outcome->headers->len; i++) {
        const struct mail_header *header = outcome->headers->pdata[i];

        if (!is_named(header, allowed))
            return rules_break(why, "%s is left", header->name);
    }
    from = outcome_header(outcome, "From");
    bracket = strchr(from, '<');
    address = address_normalise(bracket != NULL ? bracket : from);
    if (!ticket_has_department(outcome->decision->ticket,
                               cast_role(outcome->cast, address, &word)) &&
        (outcome->before == NULL ||
         !ticket_has_department(outcome->before, cast_role(outcome->cast, address, &word))))
        return rules_break(why, "From: %s", from);
    if (word != NULL)
        return rules_break(why, "From: %s", from);
    if (check_people(outcome, "To", why) == FINDING_BROKEN)
        return FINDING_BROKEN;
    return check_people(outcome, "Cc", why);
}

/* The next header in the list that is neither the Subject nor ours. */
static const struct mail_header *next_other(GPtrArray *headers, guint *i)
{
    while (*i < headers->len) {
        const struct mail_header *header = headers->pdata[(*i)++];

        if (!is_claim(header) && g_ascii_strcasecmp(header->name, "Subject") != 0)
            return header;
    }
    return NULL;
}

static enum finding bystanders_version(const struct outcome *outcome, GString *why)
{
    const struct mail_header *one;
    const struct mail_header *other;
    guint i = 0;
    guint j = 0;

    if (!is_taken(outcome) || outcome->decision->audience != AUDIENCE_BYSTANDERS ||
        outcome->turn == TURN_BACK)
        return FINDING_NONE;
    do {
        one = next_other(outcome->mail->headers, &i);
        other = next_other(outcome->headers, &j);
        if ((one == NULL) != (other == NULL) ||
            (one != NULL &&
             (strcmp(one->name, other->name) != 0 || strcmp(one->value, other->value) != 0)))
            return rules_break(why, "%s was changed", (one != NULL ? one : other)->name);
    } while (one != NULL);
    return FINDING_HOLDS;
}

/* What operators reply to is the role address, and nobody outside stands in what they reply to. */
static enum finding operators_version(const struct outcome *outcome, GString *why)
{
    GPtrArray *headers = outcome_inward(outcome);
    g_autofree char *reply_to = NULL;
    g_autofree char *from = NULL;
    g_autofree char *expected = NULL;
    bool is_note = outcome->decision->kind == KIND_NOTE;
    const char *word;

    if (!is_taken(outcome) || headers == NULL)
        return FINDING_NONE;
    if (headers == outcome->headers && outcome_leaves(outcome) &&
        (outcome->all_readers & READER_OUTSIDER) != 0)
        return rules_break(why, "people outside read it");
    reply_to = outcome_field(headers, "Reply-To");
    if (reply_to == NULL || cast_role(outcome->cast, reply_to, &word) == 0 ||
        is_note != (g_strcmp0(word, "note@example.com") == 0))
        return rules_break(why, "Reply-To: %s", reply_to);
    from = outcome_field(headers, "From");
    expected = g_strdup_printf("<%s>", reply_to);
    if (outcome->site->conf->mail.from_rewrite == CONF_FROM_ALWAYS && !has_text(from, expected))
        return rules_break(why, "From: %s", from);
    return FINDING_HOLDS;
}

/* Who wrote an answer stands in its operators' version. */
static enum finding who_answered(const struct outcome *outcome, GString *why)
{
    g_autofree char *original = NULL;
    const char *address = outcome->scene.writer->address;

    if (!is_taken(outcome) || outcome->decision->kind != KIND_ANSWER || outcome->brought == NULL ||
        outcome->turn != TURN_FIRST)
        return FINDING_NONE;
    original = outcome_field(
        outcome->brought_headers,
        outcome->site->conf->mail.from_rewrite == CONF_FROM_ALWAYS ? "X-Original-From" : "From");
    return original != NULL && has_text(original, address) ? FINDING_HOLDS
                                                           : rules_break(why, "%s", original);
}

/* Behind the empty line, to the end. */
static enum finding body_of_the_archive(const struct outcome *outcome, GString *why)
{
    const struct outbox_piece *header;
    const struct outbox_piece *body;
    const char *text;
    char line[4] = "";
    gsize size;

    if (!is_taken(outcome) || outcome->brought == NULL || outcome->turn != TURN_FIRST)
        return FINDING_NONE;
    if (outcome->brought->pieces->len != 2)
        return rules_break(why, "%u pieces", outcome->brought->pieces->len);
    header = outcome->brought->pieces->pdata[0];
    body = outcome->brought->pieces->pdata[1];
    text = g_bytes_get_data(header->bytes, &size);
    if (size < 4 || memcmp(text + size - 4, "\r\n\r\n", 4) != 0)
        return rules_break(why, "the header has no end");
    spool_read(outcome->raw, body->begin - 4, line, sizeof line, NULL);
    if (body->message != outcome->decision->message || memcmp(line, "\r\n\r\n", 4) != 0 ||
        body->begin + body->size != spool_size(outcome->raw))
        return rules_break(why, "from %" G_GINT64_FORMAT " on", body->begin);
    return FINDING_HOLDS;
}

/* How many IDs of ours stand in text; *number is the last one's. */
static int count_ids(const struct outcome *outcome, const char *text, int64_t *number)
{
    int count = 0;

    for (const char *at = strchr(text, '['); at != NULL; at = strchr(at + 1, '[')) {
        const char *end;
        int64_t claimed;

        if (ticketid_at(&outcome->site->id, at, &end, &claimed) != TICKETID_VALID)
            continue;
        *number = claimed;
        count++;
    }
    return count;
}

static enum finding check_id(const struct outcome *outcome, GPtrArray *headers, GString *why)
{
    g_autofree char *subject = outcome_field(headers, "Subject");
    int64_t number = 0;

    if (subject == NULL || count_ids(outcome, subject, &number) != 1 ||
        number != outcome->decision->ticket->number)
        return rules_break(why, "Subject: %s", subject);
    return FINDING_HOLDS;
}

static enum finding one_id(const struct outcome *outcome, GString *why)
{
    if (!is_taken(outcome))
        return FINDING_NONE;
    if (outcome->brought != NULL &&
        check_id(outcome, outcome->brought_headers, why) == FINDING_BROKEN)
        return FINDING_BROKEN;
    return check_id(outcome, outcome->headers, why);
}

static bool is_stamp(const struct outcome *outcome, const char *value, enum stamp_kind kind,
                     int64_t number)
{
    int64_t found = 0;

    return value != NULL &&
           stamp_read(outcome->site->id.key, outcome->site->site->instance, value, &found) ==
               kind &&
           found == number;
}

static int count_stamps(GPtrArray *headers)
{
    int count = 0;

    for (guint i = 0; i < headers->len; i++)
        count +=
            g_ascii_strcasecmp(((struct mail_header *)headers->pdata[i])->name, STAMP_HEADER) == 0;
    return count;
}

static enum finding check_copys_stamp(const struct outcome *outcome, GString *why)
{
    g_autofree char *value = outcome_field(outcome->brought_headers, STAMP_HEADER);

    if (count_stamps(outcome->brought_headers) != 1 ||
        !is_stamp(outcome, value, STAMP_OUTBOX, outcome->brought->number))
        return rules_break(why, "the courier's is %s", value);
    return FINDING_HOLDS;
}

static enum finding stamped(const struct outcome *outcome, GString *why)
{
    const struct header_edit *first;
    int count;

    if (!is_taken(outcome))
        return FINDING_NONE;
    first = outcome->decision->edits->len > 0 ? outcome->decision->edits->pdata[0] : NULL;
    if (outcome->turn != TURN_BACK &&
        (first == NULL || strcmp(first->name, STAMP_HEADER) != 0 ||
         !is_stamp(outcome, first->value, STAMP_MESSAGE, outcome->decision->message)))
        return rules_break(why, "the first edit is %s", first != NULL ? first->name : "missing");
    count = count_stamps(outcome->headers);
    if (count != 1)
        return rules_break(why, "%d stamps", count);
    return outcome->brought != NULL ? check_copys_stamp(outcome, why) : FINDING_HOLDS;
}

static bool is_event(const struct outcome *outcome, const char *kind)
{
    for (guint i = 0; i < outcome->decision->events->len; i++)
        if (strcmp(((const struct event *)outcome->decision->events->pdata[i])->kind, kind) == 0)
            return true;
    return false;
}

/* Their ticket is called spam in the seed. */
static bool is_spammer(const struct outcome *outcome)
{
    return g_strcmp0(outcome->scene.writer->address, "moe@junk.example") == 0;
}

/* A word that we have not written is a lie; one that we have not is missed. (A repetition is shown
 * as its record was.) */
static enum finding true_words(const struct outcome *outcome, GString *why)
{
    g_autofree char *subject = NULL;
    const struct decision *decision = outcome->decision;
    bool is_note = decision->kind == KIND_NOTE;
    const struct {
        const char *word;
        bool is_so;
    } words[] = {
        {"[note]", is_note},
        {"[auto]", decision->kind == KIND_AUTO},
        {"[bounce]", decision->kind == KIND_BOUNCE},
        {"[spam]", !outcome->acts_as_operator && !(is_note && outcome->is_proven) &&
                       (outcome->scene.manner->is_spam || is_spammer(outcome))},
        {"[new sender]", is_event(outcome, "stranger")},
        {"[unproven]", is_event(outcome, "unproven")},
        {"[no operators]", is_event(outcome, "no-operators")},
    };

    if (!is_taken(outcome) || outcome_inward(outcome) == NULL || outcome->turn != TURN_FIRST)
        return FINDING_NONE;
    subject = outcome_field(outcome_inward(outcome), "Subject");
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        if (has_text(subject, words[i].word) != words[i].is_so)
            return rules_break(why, "%s in Subject: %s", words[i].word, subject);
    return FINDING_HOLDS;
}

/* The role address that it is handled under, with the ticket. */
static bool is_bounce_address(const struct outcome *outcome, const char *sender)
{
    g_autofree char *extension =
        ticketid_extension(&outcome->site->id, outcome->decision->ticket->number);
    const char *word;
    int64_t department = cast_role(outcome->cast, sender, &word);

    return department != 0 && word != NULL && g_str_has_prefix(word, extension) &&
           word[strlen(extension)] == '@';
}

/* A null sender stays null; a bystander's message has the sender that it came with. */
static enum finding envelope_sender(const struct outcome *outcome, GString *why)
{
    const struct decision *decision = outcome->decision;
    const struct outcome *came = decision->is_resumed ? outcome->first : outcome;
    bool is_null = outcome->envelope->sender[0] == '\0';

    if (!is_taken(outcome))
        return FINDING_NONE;
    if (outcome->brought != NULL &&
        (is_null ? outcome->brought->sender[0] != '\0'
                 : !is_bounce_address(outcome, outcome->brought->sender)))
        return rules_break(why, "the courier's is %s", outcome->brought->sender);
    if (is_null)
        return decision->sender == NULL ? FINDING_HOLDS : rules_break(why, "%s", decision->sender);
    if (decision->audience == AUDIENCE_BYSTANDERS)
        return strcmp(outcome->sender, came->envelope->sender) == 0
                   ? FINDING_HOLDS
                   : rules_break(why, "%s", outcome->sender);
    return is_bounce_address(outcome, decision->sender) ? FINDING_HOLDS
                                                        : rules_break(why, "%s", decision->sender);
}

static enum finding safe_values(const struct outcome *outcome, GString *why)
{
    const struct decision *decision = outcome->decision;

    if (!is_taken(outcome))
        return FINDING_NONE;
    for (guint i = 0; i < decision->edits->len; i++) {
        const struct header_edit *edit = decision->edits->pdata[i];

        if (edit->value != NULL && !header_is_safe(edit->value))
            return rules_break(why, "%s", edit->name);
    }
    return FINDING_HOLDS;
}

const struct rule rules_of_letters[] = {
    {"no header of an operator's that leaves tells who or where they are (5, Header edits)",
     operators_stay_unseen},
    {"no X-Counterfoil header but the stamp leaves, and no bracketed word (4, 5)",
     inside_words_stay},
    {"no note or command address leaves in an operator's mail (5, 6)", commands_stay},
    {"customers' version: allowed headers, the role address, the ticket's people (5)",
     customers_version},
    {"bystanders' version: as it came, but for Subject and stamp (3)", bystanders_version},
    {"operators' version: no outsider reads it, replies go to the role address (5)",
     operators_version},
    {"operators see who answered (3)", who_answered},
    {"the courier's version has the body of the archive (3, 7)", body_of_the_archive},
    {"one ID in the Subject, the ticket's (4)", one_id},
    {"the loop stamp is the first edit, and the only stamp; the courier's is another (3, 5)",
     stamped},
    {"the words in the operators' Subject are true, and all are there (4)", true_words},
    {"the envelope sender is the ticket's bounce address; null and a bystander's stay (3, 5)",
     envelope_sender},
    {"no edit can begin a header (5)", safe_values},
    {NULL, NULL},
};
