/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which earlier record a message is the same mail as, if any, and how often it came. Knows nothing
 * of what happens then. The thread that holds the store.
 */
#include "milter/again.h"

#include <string.h>

#include "milter/author.h"
#include "milter/orders.h"

#define HOUR_MS INT64_C(3600000)

static bool has(GPtrArray *strings, const char *string)
{
    return g_ptr_array_find_with_equal_func(strings, string, g_str_equal, NULL);
}

bool again_is_leg(const struct matter *matter, const char *role)
{
    return !has(matter->handed_over, role);
}

bool again_has_leg(const struct matter *matter)
{
    GPtrArray *now = matter->decision->roles;

    for (guint i = 0; i < now->len; i++)
        if (again_is_leg(matter, now->pdata[i]))
            return true;
    return false;
}

/* For any of those that it is sent to now. */
static bool was_handed_over(const struct matter *matter, GPtrArray *roles)
{
    GPtrArray *now = matter->decision->roles;

    for (guint i = 0; i < now->len; i++)
        if (has(roles, now->pdata[i]))
            return true;
    return false;
}

bool again_is_retry(const struct matter *matter)
{
    return was_handed_over(matter, matter->handed_over);
}

/* Nobody but the same operator, proven again, repeats an operator's message: all that makes a mail
 * the same one is known to whoever got it. And what an operator has proven now is not what was only
 * noted, since nothing proved it then. What is refused repeats nothing but a note. */
static bool may_repeat(const struct matter *matter, const struct message *earlier)
{
    if (matter->refusal != NULL && decision_kind_read(earlier->kind) != KIND_NOTE)
        return false;
    return earlier->operator_id == author_proven(matter);
}

/* What was noted instead of being refused has no other legs: another department may well take it.
 */
static bool was_refused(const struct message *earlier)
{
    return earlier->operator_id == 0 && decision_kind_read(earlier->kind) == KIND_NOTE;
}

static bool may_be_leg(const struct matter *matter, const struct message *earlier)
{
    return earlier->at >= matter->now - HOUR_MS && !was_refused(earlier) &&
           strcmp(earlier->sender, matter->envelope->sender) == 0;
}

static void choose(struct matter *matter, GPtrArray *same, guint i, GPtrArray *roles)
{
    if (matter->handed_over != NULL)
        g_ptr_array_unref(matter->handed_over);
    message_free(matter->earlier);
    matter->handed_over = g_ptr_array_ref(roles);
    matter->earlier = g_steal_pointer(&same->pdata[i]);
}

/* One that was handed over for a role address of this one goes first: then this is a retry,
 * whatever else it is. */
static bool choose_from(struct matter *matter, GPtrArray *same, GError **error)
{
    for (guint i = 0; i < same->len; i++) {
        const struct message *earlier = same->pdata[i];
        g_autoptr(GPtrArray) roles = NULL;
        bool is_new = false;

        if (!orders_are_new(matter, earlier, &is_new, error))
            return false;
        if (is_new || !may_repeat(matter, earlier))
            continue;
        roles = message_roles(matter->store, earlier->number, error);
        if (roles == NULL)
            return false;
        if (was_handed_over(matter, roles)) {
            choose(matter, same, i, roles);
            return true;
        }
        if (matter->earlier == NULL && may_be_leg(matter, earlier))
            choose(matter, same, i, roles);
    }
    return true;
}

bool again_find(struct matter *matter, GError **error)
{
    const struct mail *mail = matter->mail;
    g_autoptr(GPtrArray) same = message_list_same(
        matter->store, mail->same_sha256, mail->message_id, matter->author.address,
        mail->body_sha256, matter->now - DECIDE_SAME_MS, error);

    return same != NULL && choose_from(matter, same, error);
}

bool again_is_too_often(struct matter *matter, bool *too_often, GError **error)
{
    GPtrArray *roles = matter->decision->roles;

    *too_often = false;
    for (guint i = 0; i < roles->len && !*too_often; i++) {
        int64_t times;

        if (!message_count_handing_over(matter->store, matter->earlier->number, roles->pdata[i],
                                        matter->now - HOUR_MS, &times, error))
            return false;
        *too_often = times >= DECIDE_REPEATS_MAX;
    }
    return true;
}
