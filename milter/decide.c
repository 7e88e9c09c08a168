/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The steps from a message to a decision, in their order; each step is a file of its own:
 * addressees, resume, author, again, match, orders, gate, rows (the table; of a repeated message
 * repeat instead), copies, route (by which way), identity (header edits), version (what the courier
 * brings). Runs in the writer's thread, inside its transaction; what goes wrong there is
 * ERROR_TEMPORARY.
 */
#include "milter/decide.h"

#include <string.h>

#include "db/department.h"
#include "milter/acknowledge.h"
#include "milter/again.h"
#include "milter/announce.h"
#include "milter/ask.h"
#include "milter/author.h"
#include "milter/direct.h"
#include "milter/gate.h"
#include "milter/identity.h"
#include "milter/match.h"
#include "milter/matter.h"
#include "milter/orders.h"
#include "milter/people.h"
#include "milter/received.h"
#include "milter/record.h"
#include "milter/refuse.h"
#include "milter/repeat.h"
#include "milter/replay.h"
#include "milter/resume.h"
#include "milter/route.h"
#include "milter/rows.h"
#include "milter/slip.h"
#include "milter/version.h"

/* Whether the message has been through this very listener before: then it goes in a circle. */
static bool came_round(const struct matter *matter)
{
    guint count = mail_header_count(matter->live, "Received");

    for (guint i = 0; i < count; i++) {
        g_autofree char *host = received_host(mail_header(matter->live, "Received", i));

        if (host != NULL && g_strcmp0(host, matter->envelope->hostname) == 0)
            return true;
    }
    return false;
}

/* At the second door every recipient is a role address or nothing (DESIGN 13): Postfix would send
 * anything else round and round. */
static void check_second_door(struct matter *matter)
{
    struct addressees *addressees = matter->addressees;

    for (guint i = 0; i < addressees->all->len; i++) {
        const struct addressee *addressee = addressees->all->pdata[i];

        if (addressee->role == NULL) {
            decision_refuse(matter->decision, "451", "4.3.5",
                            "not a role address: the role map is not what the record says");
            return;
        }
    }
    if (came_round(matter))
        decision_refuse(matter->decision, "451", "4.3.5",
                        "this message has been here before and goes in a circle: does an alias "
                        "lead from an operator to a role address?");
}

/* +list and the like are of no ticket, whatever the Subject says. Whoever is in a department may
 * ask; by whichever role address. */
static bool look_for_question(struct matter *matter, GError **error)
{
    g_autoptr(GPtrArray) departments = NULL;

    if (author_proven(matter) == 0 || !orders_only_ask(matter))
        return true;
    departments = operator_departments(matter->store, matter->author.person->id, error);
    matter->only_asks = departments != NULL && departments->len > 0;
    return departments != NULL;
}

/* A retry goes where its ticket went. */
static bool find_ticket(struct matter *matter, GError **error)
{
    if (matter->earlier != NULL) {
        matter->only_asks = matter->earlier->ticket == 0;
        return ticket_find_live(matter->store, matter->earlier->ticket, &matter->ticket, error);
    }
    return look_for_question(matter, error) && (matter->only_asks || match_find(matter, error));
}

static bool follow(struct matter *matter, GError **error)
{
    struct decision *decision = matter->decision;

    if (matter->earlier == NULL)
        return message_next_number(matter->store, &decision->message, error) &&
               rows_follow(matter, error);
    decision->message = matter->earlier->number;
    return repeat_follow(matter, error);
}

/* Who wrote it, and what of. */
static bool identify(struct matter *matter, GError **error)
{
    return author_read(matter, error) && again_find(matter, error) && find_ticket(matter, error);
}

/* And whether that is let in. */
static bool judge(struct matter *matter, GError **error)
{
    if (!identify(matter, error) || !author_judge(matter, error) || !replay_check(matter, error) ||
        !direct_find(matter, error))
        return false;
    orders_read(matter);
    if (matter->earlier == NULL && !match_let_go(matter, error))
        return false;
    if (!gate_look_for_spam(matter, error))
        return false;
    gate_check(matter);
    if (matter->refusal != NULL)
        g_ptr_array_set_size(matter->orders, 0); /* nothing of it is done */
    return true;
}

/* Everything before the table. */
static bool prepare(struct matter *matter, GError **error)
{
    if (matter->envelope->second_door)
        check_second_door(matter);
    if (refuse_is_final(matter))
        return true;
    if (!resume_find(matter, error))
        return false;
    return refuse_is_final(matter) || matter->resumed != NULL || judge(matter, error);
}

static void take_author(struct matter *matter)
{
    struct decision *decision = matter->decision;

    decision->author = g_strdup(matter->author.address);
    decision->author_name = g_strdup(matter->author.name);
    decision->operator_id = author_proven(matter);
    if (!matter->author.is_machine)
        decision->proof = matter->author.proof;
    if (matter->mail->malformed && !decision->is_repeat)
        decision_add_event(decision, "malformed", NULL, NULL);
}

/* Postfix looks through the whole header for each field that is changed or taken out: with ten
 * thousand of them it is busy for minutes (seen). At the second door nothing is refused. */
static void refuse_endless_edits(struct matter *matter)
{
    GPtrArray *edits = matter->decision->edits;
    guint64 fields = 0;

    for (guint i = 0; i < edits->len; i++) {
        const struct header_edit *edit = edits->pdata[i];

        fields += MAX(mail_header_count(matter->live, edit->name), 1);
    }
    if (!matter->envelope->second_door && fields * matter->live->headers->len > DECIDE_EDITS_MAX)
        decision_refuse(matter->decision, "550", "5.6.0",
                        "the message's header has too many fields; send it again with fewer");
}

/* What follows from it for those who don't get it. */
static bool announce(struct matter *matter, struct post *post, GError **error)
{
    struct decision *decision = matter->decision;
    bool is_answered = decision->kind == KIND_ANSWER;

    for (guint i = 0; i < decision->further->len; i++)
        if (!announce_changes(post, decision->further->pdata[i], decision->events, false, error))
            return false;
    return decision->ticket == NULL ||
           announce_changes(post, decision->ticket, decision->events, is_answered, error);
}

/* The notices that it causes. */
static bool notify(struct matter *matter, const struct department *speaker, GError **error)
{
    struct decision *decision = matter->decision;
    struct message row = record_row(decision, matter->envelope, matter->mail, matter->now);
    struct post post = {
        .site = matter->site,
        .store = matter->store,
        .now = matter->now,
        .message = decision->message,
        .ticket = decision->ticket != NULL ? decision->ticket->number : 0,
        .outbox = decision->outbox,
        .events = decision->events,
        .at_hand = decision->is_repeat ? NULL : &row,
        .mail = matter->mail,
        .operator_id = decision->operator_id,
        .hands_over = !matter->is_spam,
    };

    return acknowledge_request(matter, &post, error) && announce(matter, &post, error) &&
           (decision->is_repeat || ask_reply(matter, &post, speaker, error));
}

/* Everything after the table: what the MTA is to change, and what the courier is to bring. */
static bool finish(struct matter *matter, GError **error)
{
    struct decision *decision = matter->decision;
    AUTO(department) speaker = NULL;

    if (!department_find_role(matter->store, decision->role, &speaker, error) ||
        !people_sort_cc(matter, error) || !people_hide_commands(matter, error))
        return false;
    g_assert(speaker != NULL);
    take_author(matter);
    if (!route_copies(matter, error))
        return false;
    identity_edit(matter, speaker);
    refuse_endless_edits(matter);
    return refuse_is_final(matter) ||
           (version_add(matter, speaker, error) && notify(matter, speaker, error));
}

static bool take(struct matter *matter, GError **error)
{
    struct decision *decision = matter->decision;

    decision->verdict = DECISION_TAKE;
    decision->role = g_strdup(matter->main->role);
    if (!follow(matter, error) || (!refuse_is_final(matter) && !finish(matter, error)))
        return false;
    if (refuse_is_final(matter))
        g_ptr_array_set_size(decision->events, 0); /* nothing of it is done */
    return true;
}

static void note_roles(struct matter *matter)
{
    for (guint i = 0; i < matter->addressees->roles->len; i++) {
        const struct addressee *addressee = matter->addressees->roles->pdata[i];

        g_ptr_array_add(matter->decision->roles, g_strdup(addressee->role));
    }
}

static bool run(struct matter *matter, GError **error)
{
    matter->main = matter->addressees->roles->pdata[0];
    note_roles(matter);
    return prepare(matter, error) && (refuse_is_final(matter) || take(matter, error));
}

/* Mail to no role address is none of ours, unless it is a slip. What would be refused then goes as
 * it came, too. */
static bool run_without_role(struct matter *matter, GError **error)
{
    struct decision *decision = matter->decision;

    if (!slip_may_be(matter->site->conf, matter->envelope) ||
        !slip_has_id(&matter->site->id, matter->mail->subject))
        return true;
    g_ptr_array_add(decision->roles, g_strdup(SLIP_ROLE));
    if (!identify(matter, error) || !slip_judge(matter, &decision->is_slip, error))
        return false;
    if (decision->is_slip && !take(matter, error))
        return false;
    if (decision->verdict != DECISION_TAKE) {
        decision_free(decision);
        matter->decision = decision_new(DECISION_PASS);
    }
    return true;
}

static void clear(struct matter *matter)
{
    addressees_free(matter->addressees);
    addressee_free(matter->stand_in);
    g_free(matter->author.address);
    g_free(matter->author.name);
    operator_free(matter->author.person);
    g_ptr_array_unref(matter->orders);
    g_ptr_array_unref(matter->direct);
    resume_free(matter->resumed);
    message_free(matter->earlier);
    if (matter->handed_over != NULL)
        g_ptr_array_unref(matter->handed_over);
    ticket_free(matter->ticket);
    ticket_free(matter->old);
    g_free(matter->refusal);
    if (matter->unreachable != NULL)
        g_ptr_array_unref(matter->unreachable);
    if (matter->cc_outside != NULL)
        g_ptr_array_unref(matter->cc_outside);
    if (matter->cc_inside != NULL)
        g_ptr_array_unref(matter->cc_inside);
    if (matter->to_outside != NULL)
        g_ptr_array_unref(matter->to_outside);
    if (matter->to_shown != NULL)
        g_ptr_array_unref(matter->to_shown);
    if (matter->cc_shown != NULL)
        g_ptr_array_unref(matter->cc_shown);
}

struct decision *decide(const struct decide_site *site, struct store *store,
                        const struct envelope *envelope, const struct mail *mail,
                        const struct report *report, int64_t now, GError **error)
{
    struct matter matter = {.site = site,
                            .store = store,
                            .envelope = envelope,
                            .mail = mail,
                            .live = mail,
                            .report = report,
                            .now = now};
    bool done = true;

    matter.addressees =
        addressees_find(store, site->conf->mail.recipient_delimiter, envelope, mail, error);
    if (matter.addressees == NULL)
        return NULL;
    matter.decision = decision_new(DECISION_PASS);
    matter.orders = g_ptr_array_new_with_free_func((GDestroyNotify)order_free);
    matter.direct = g_ptr_array_new_with_free_func(g_free);
    if (matter.addressees->roles->len > 0)
        done = run(&matter, error);
    else if (envelope->second_door)
        check_second_door(&matter);
    else
        done = run_without_role(&matter, error);
    clear(&matter);
    if (!done)
        g_clear_pointer(&matter.decision, decision_free);
    return matter.decision;
}
