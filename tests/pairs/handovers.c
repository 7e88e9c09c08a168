/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules about whom a ticket is handed over to.
 */
#include <string.h>

#include "tests/pairs/rules.h"

static const struct ticket *ticket_of(const struct decision *decision, int64_t number)
{
    for (guint i = 0; i < decision->further->len; i++)
        if (((const struct ticket *)decision->further->pdata[i])->number == number)
            return decision->further->pdata[i];
    return decision->ticket;
}

/* By whichever of an operator's addresses. */
static bool is_of_people(const struct outcome *outcome, const struct ticket *ticket, int64_t person)
{
    if (ticket->requester != NULL && cast_operator(outcome->cast, ticket->requester) == person)
        return true;
    for (guint i = 0; i < ticket->correspondents->len; i++) {
        const struct correspondent *other = ticket->correspondents->pdata[i];

        if (cast_operator(outcome->cast, other->address) == person)
            return true;
    }
    return false;
}

/* That is handed over to whoever wrote it. */
static bool asks_to_be_shown(const struct outcome *outcome)
{
    for (guint i = 0; i < outcome->envelope->recipients->len; i++) {
        const struct envelope_recipient *recipient = outcome->envelope->recipients->pdata[i];
        const char *word;

        if (cast_role(outcome->cast, recipient->address, &word) != 0 &&
            g_strcmp0(word, "show@example.com") == 0)
            return true;
    }
    return false;
}

static enum finding check(const struct outcome *outcome, const struct outbox_mail *mail,
                          GString *why)
{
    const struct ticket *ticket = ticket_of(outcome->decision, mail->ticket);

    for (guint i = 0; i < mail->recipients->len; i++) {
        const char *address = mail->recipients->pdata[i];
        int64_t person = cast_operator(outcome->cast, address);

        if (person == 0 || is_of_people(outcome, ticket, person) ||
            (!cast_is_on(outcome->cast, ticket, person) && ticket->assignee_id != person))
            return rules_break(why, "%s gets a handover", address);
        if (outcome->is_proven && person == outcome->operator_id && !asks_to_be_shown(outcome))
            return rules_break(why, "%s gets what they did", address);
    }
    return FINDING_HOLDS;
}

static enum finding to_operators(const struct outcome *outcome, GString *why)
{
    GPtrArray *outbox = outcome->decision->outbox;
    enum finding finding = FINDING_NONE;

    for (guint i = 0; i < outbox->len && finding != FINDING_BROKEN; i++) {
        const struct outbox_mail *mail = outbox->pdata[i];

        if (strcmp(mail->kind, "handover") == 0)
            finding = check(outcome, mail, why);
    }
    return finding;
}

/* Another leg brings a department in. */
static enum finding not_again(const struct outcome *outcome, GString *why)
{
    GPtrArray *outbox = outcome->decision->outbox;

    if (!outcome->decision->is_repeat || outcome->decision->is_leg)
        return FINDING_NONE;
    for (guint i = 0; i < outbox->len; i++)
        if (strcmp(((const struct outbox_mail *)outbox->pdata[i])->kind, "handover") == 0)
            return rules_break(why, "it is");
    return FINDING_HOLDS;
}

const struct rule rules_of_handovers[] = {
    {"a handover is for operators of the ticket, never its people, and not who did it (7)",
     to_operators},
    {"a message that comes again hands nothing over again (9)", not_again},
    {NULL, NULL},
};
