/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules about acknowledgements and other notices: who is told, how often, and in whose words.
 */
#include <string.h>

#include "db/event.h"
#include "milter/header.h"
#include "tests/pairs/rules.h"

/* notice_limit of tests/pairs/conf. */
#define LIMIT 5

static const char *recipient_of(const struct outbox_mail *mail)
{
    return mail->recipients->pdata[0];
}

/* Of the first one there is. */
static const struct outbox_mail *find_acknowledgement(const struct outcome *outcome, int *count)
{
    GPtrArray *outbox = outcome->decision->outbox;
    const struct outbox_mail *found = NULL;

    *count = 0;
    for (guint i = 0; i < outbox->len; i++) {
        const struct outbox_mail *mail = outbox->pdata[i];

        if (strcmp(mail->kind, "acknowledge") != 0)
            continue;
        found = found != NULL ? found : mail;
        ++*count;
    }
    return found;
}

static bool opens_by_request(const struct outcome *outcome)
{
    const struct decision *decision = outcome->decision;

    return decision->verdict == DECISION_TAKE && decision->is_new_ticket &&
           decision->kind == KIND_REQUEST && !decision->is_repeat;
}

static enum finding once_for_a_new_ticket(const struct outcome *outcome, GString *why)
{
    int count;
    const struct outbox_mail *mail = find_acknowledgement(outcome, &count);

    if (mail == NULL)
        return outcome->turn == TURN_FIRST ? FINDING_NONE : FINDING_HOLDS;
    if (count > 1 || mail->recipients->len > 1)
        return rules_break(why, "%d of them", count);
    if (!opens_by_request(outcome))
        return rules_break(why, "it opens no ticket by a request");
    if (mail->sender[0] != '\0' || !mail->is_counted)
        return rules_break(why, "from <%s>", mail->sender);
    return g_strcmp0(recipient_of(mail), outcome->decision->ticket->requester) == 0
               ? FINDING_HOLDS
               : rules_break(why, "to %s", recipient_of(mail));
}

static bool is_kept_back(const struct outcome *outcome)
{
    GPtrArray *events = outcome->decision->events;

    for (guint i = 0; i < events->len; i++) {
        const struct event *event = events->pdata[i];

        if (strcmp(event->kind, "suppressed") == 0 &&
            g_str_has_prefix(event->detail, "acknowledge to "))
            return true;
    }
    return false;
}

static bool has(const char *text, const char *part)
{
    return text != NULL && strstr(text, part) != NULL;
}

/* By the scene alone: DESIGN 5, "No acknowledgement", and 7. */
static const char *find_reason(const struct outcome *outcome)
{
    const struct writer *writer = outcome->scene.writer;
    const struct manner *manner = outcome->scene.manner;
    const struct ticket *ticket = outcome->decision->ticket;
    const char *requester = ticket->requester;
    const char *word;

    if (cast_is_on(outcome->cast, ticket, cast_operator(outcome->cast, requester)))
        return "an operator";
    if (cast_role(outcome->cast, requester, &word) != 0)
        return "a role address";
    if (has(writer->headers, "List-") || has(writer->headers, "Precedence"))
        return "a list";
    if (outcome->envelope->sender[0] == '\0')
        return "a null sender";
    if (manner->is_spam || strcmp(requester, "moe@junk.example") == 0)
        return "spam";
    if (manner->is_enough && strcmp(requester, "kim@example.net") == 0)
        return "enough of them";
    return writer->is_disowned ? "a forged From" : NULL;
}

static enum finding told_or_kept_back(const struct outcome *outcome, GString *why)
{
    int count;
    const char *reason;

    if (!opens_by_request(outcome))
        return is_kept_back(outcome) ? rules_break(why, "there is none to keep back")
                                     : FINDING_NONE;
    find_acknowledgement(outcome, &count);
    reason = find_reason(outcome);
    if ((reason == NULL) != (count == 1))
        return rules_break(why, "%d, though it is from %s", count,
                           reason != NULL ? reason : "somebody");
    return is_kept_back(outcome) == (reason != NULL) ? FINDING_HOLDS
                                                     : rules_break(why, "the event is wrong");
}

/* Of the notices of one decision. */
static int count_to(const struct outcome *outcome, const char *address)
{
    GPtrArray *outbox = outcome->decision->outbox;
    int count = 0;

    for (guint i = 0; i < outbox->len; i++) {
        const struct outbox_mail *mail = outbox->pdata[i];

        count += mail->is_counted && strcmp(recipient_of(mail), address) == 0;
    }
    return count;
}

static enum finding within_the_limit(const struct outcome *outcome, GString *why)
{
    GPtrArray *outbox = outcome->decision->outbox;
    bool is_enough = outcome->scene.manner->is_enough;

    for (guint i = 0; i < outbox->len; i++) {
        const struct outbox_mail *mail = outbox->pdata[i];

        if (is_enough && mail->is_counted && strcmp(recipient_of(mail), "kim@example.net") == 0)
            return rules_break(why, "another one to %s", recipient_of(mail));
        if (count_to(outcome, recipient_of(mail)) > LIMIT)
            return rules_break(why, "too many to %s", recipient_of(mail));
    }
    return outbox->len > 0 || is_enough ? FINDING_HOLDS : FINDING_NONE;
}

/* Its bytes, with the Subject decoded before them, in small letters. Yours. */
static char *read_mail(const struct outbox_mail *mail)
{
    g_autoptr(GString) text = g_string_new(mail->subject);

    g_string_append_c(text, '\n');
    for (guint i = 0; i < mail->pieces->len; i++) {
        const struct outbox_piece *piece = mail->pieces->pdata[i];

        g_string_append_len(text, g_bytes_get_data(piece->bytes, NULL), (gssize)piece->size);
    }
    return g_utf8_strdown(text->str, -1);
}

/* Not as a part of another word, nor as that of an address. */
static bool has_name(const char *text, const char *name)
{
    size_t size = strlen(name);

    for (const char *at = text; size > 0 && (at = strstr(at, name)) != NULL; at++)
        if ((at == text || !g_ascii_isalnum(at[-1])) && !g_ascii_isalnum(at[size]) &&
            at[size] != '@')
            return true;
    return false;
}

/* The names and addresses in a header, but for the addresses that it must have. NULL: none. */
static const char *find_person(const struct outcome *outcome, GPtrArray *people, const char *text)
{
    const char *requester = outcome->decision->ticket->requester;

    for (guint i = 0; i < people->len; i++) {
        const struct mail_address *person = people->pdata[i];
        g_autofree char *name = g_utf8_strdown(person->name != NULL ? person->name : "", -1);
        const char *word;

        if (has_name(text, name))
            return person->name;
        if (strcmp(person->address, requester) != 0 &&
            cast_role(outcome->cast, person->address, &word) == 0 &&
            strstr(text, person->address) != NULL)
            return person->address;
    }
    return NULL;
}

/* What the scenes' writers write anywhere. */
static const char *find_words(const struct outcome *outcome, const char *text)
{
    static const char *const words[] = {SCENE_HOST, SCENE_IP,      "fire",       "cker",
                                        "water",    "in-reply-to", "references", NULL};
    const struct mail *mail = outcome->mail;
    GPtrArray *const lists[] = {mail->from, mail->reply_to, mail->to, mail->cc};
    const char *found = NULL;

    for (const char *const *word = words; *word != NULL; word++)
        if (strstr(text, *word) != NULL)
            return *word;
    for (size_t i = 0; i < G_N_ELEMENTS(lists) && found == NULL; i++)
        found = find_person(outcome, lists[i], text);
    return found;
}

static bool is_proven(const struct outcome *outcome)
{
    return outcome->scene.writer->is_proven && !outcome->envelope->second_door;
}

static enum finding no_strangers_words(const struct outcome *outcome, GString *why)
{
    int count;
    const struct outbox_mail *mail = find_acknowledgement(outcome, &count);
    g_autofree char *text = mail != NULL ? read_mail(mail) : NULL;
    const char *found;

    if (mail == NULL || is_proven(outcome))
        return FINDING_NONE;
    found = find_words(outcome, text);
    return found == NULL ? FINDING_HOLDS : rules_break(why, "it has: %s", found);
}

/* So that their mail program shows it with what they wrote. */
static enum finding answers_the_proven(const struct outcome *outcome, GString *why)
{
    int count;
    const struct outbox_mail *mail = find_acknowledgement(outcome, &count);
    g_autofree char *text = mail != NULL ? read_mail(mail) : NULL;
    const char *subject = outcome->scene.manner->is_dressed ? "cker" : "fire";

    if (mail == NULL || !is_proven(outcome))
        return FINDING_NONE;
    return g_str_has_prefix(mail->subject, "Re: [Example #") && strstr(mail->subject, subject) &&
                   strstr(text, "\r\nin-reply-to: <this@desk.inside.example>\r\n")
               ? FINDING_HOLDS
               : rules_break(why, "%s", mail->subject);
}

const struct rule rules_of_notices[] = {
    {"one acknowledgement at most, to the requester of a ticket that a request opens (5, 7, 9)",
     once_for_a_new_ticket},
    {"it is sent to everybody but those whom DESIGN names, and an event says so (5, 7)",
     told_or_kept_back},
    {"what a stranger can cause stays within the limit (7)", within_the_limit},
    {"without proof an acknowledgement has nothing that its requester wrote (7)",
     no_strangers_words},
    {"with proof it answers what they wrote (7)", answers_the_proven},
    {NULL, NULL},
};
