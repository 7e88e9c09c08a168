/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Chooses the messages that go along, and writes the mail around them. The thread that holds the
 * store.
 */
#include "milter/handover.h"

#include <string.h>

#include "db/department.h"
#include "db/message.h"
#include "milter/history.h"
#include "milter/story.h"

bool handover_is_for(const struct ticket *ticket, const struct operator_person *person)
{
    for (guint i = 0; i < person->addresses->len; i++)
        if (ticket_has_person(ticket, person->addresses->pdata[i]))
            return false;
    return true;
}

/* A message that may go along. */
struct candidate {
    const struct message *message;
    bool is_enclosed;
};

/* A command says nothing. */
static GArray *find_candidates(const struct story *story)
{
    GArray *all = g_array_new(FALSE, FALSE, sizeof(struct candidate));

    for (guint i = 0; i < story->messages->len; i++) {
        struct candidate candidate = {story->messages->pdata[i], false};

        if (strcmp(candidate.message->kind, "command") != 0)
            g_array_append_val(all, candidate);
    }
    if (all->len > 2 * HANDOVER_MESSAGES_MAX)
        g_array_remove_range(all, HANDOVER_MESSAGES_MAX, all->len - 2 * HANDOVER_MESSAGES_MAX);
    return all;
}

static void take(struct candidate *candidate, int64_t *room)
{
    candidate->is_enclosed = candidate->message->size_bytes <= *room;
    if (candidate->is_enclosed)
        *room -= candidate->message->size_bytes;
}

/* From both ends, the newest first: so what began it and what was said last are there. */
static void choose(GArray *candidates)
{
    int64_t room = HANDOVER_BYTES_MAX;
    guint first = 0;
    guint behind = candidates->len;

    while (first < behind) {
        take(&g_array_index(candidates, struct candidate, --behind), &room);
        if (first < behind)
            take(&g_array_index(candidates, struct candidate, first++), &room);
    }
}

static GPtrArray *enclose(const GArray *candidates)
{
    GPtrArray *enclosed = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < candidates->len; i++) {
        const struct candidate *candidate = &g_array_index(candidates, struct candidate, i);
        struct notice_enclosed *one;

        if (!candidate->is_enclosed)
            continue;
        one = g_new0(struct notice_enclosed, 1);
        one->message = candidate->message->number;
        one->size = candidate->message->size_bytes;
        g_ptr_array_add(enclosed, one);
    }
    return enclosed;
}

/* Message-IDs that the customer's mail program knows, so that it shows an answer to this where it
 * belongs. */
static GPtrArray *follow(const GArray *candidates)
{
    static const char *const kinds[] = {"request", "followup", "answer", NULL};
    GPtrArray *thread = g_ptr_array_new();

    for (guint i = 0; i < candidates->len; i++) {
        const struct message *message = g_array_index(candidates, struct candidate, i).message;

        if (message->message_id != NULL && g_strv_contains(kinds, message->kind))
            g_ptr_array_add(thread, message->message_id);
    }
    return thread;
}

static void tell_enclosed(const struct story *story, const GArray *candidates, guint enclosed,
                          GString *out)
{
    g_string_append_printf(out, "Messages: %" G_GINT64_FORMAT ", %u of them enclosed\n",
                           story->message_count, enclosed);
    for (guint i = 0; i < candidates->len; i++) {
        const struct candidate *candidate = &g_array_index(candidates, struct candidate, i);
        g_autofree char *size = history_size(candidate->message->size_bytes);

        if (!candidate->is_enclosed)
            g_string_append_printf(out,
                                   "Too large to be enclosed: message %" G_GINT64_FORMAT
                                   ", %s: counterfoil message raw %" G_GINT64_FORMAT "\n",
                                   candidate->message->number, size, candidate->message->number);
    }
}

/* Yours; NULL with an error. */
static char *tell(const struct story *story, const GArray *candidates, guint enclosed,
                  GError **error)
{
    g_autoptr(GString) out = g_string_new("\n");

    if (!story_tell_state(story, out, error))
        return NULL;
    tell_enclosed(story, candidates, enclosed, out);
    g_string_append(out, "\nWhat happened (times are UTC):\n\n");
    if (!story_tell(story, out, error))
        return NULL;
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static GPtrArray *address(const struct ticket *ticket, GPtrArray *to)
{
    GPtrArray *addresses = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < to->len; i++) {
        const struct operator_person *person = to->pdata[i];
        struct mail_address *one;

        if (!handover_is_for(ticket, person))
            continue;
        one = g_new0(struct mail_address, 1); /* borrows */
        one->name = person->name;
        one->address = person->address;
        g_ptr_array_add(addresses, one);
    }
    return addresses;
}

static bool compose(struct post *post, const struct ticket *ticket,
                    const struct department *department, GPtrArray *to, GPtrArray *events,
                    GError **error)
{
    AUTO(story) story = NULL;
    AUTO(operator_person) doer = NULL;
    g_autoptr(GArray) candidates = NULL;
    g_autoptr(GPtrArray) enclosed = NULL;
    g_autoptr(GPtrArray) thread = NULL;
    g_autofree char *details = NULL;
    struct notice notice = {.kind = NOTICE_HANDOVER, .ticket = ticket, .to = to};

    if (!story_read(post, ticket, events, &story, error) ||
        (post->operator_id != 0 && !operator_find_id(post->store, post->operator_id, &doer, error)))
        return false;
    candidates = find_candidates(story);
    choose(candidates);
    enclosed = enclose(candidates);
    thread = follow(candidates);
    details = tell(story, candidates, enclosed->len, error);
    if (details == NULL)
        return false;
    notice.department = department;
    notice.role = department->primary;
    notice.is_inside = true;
    notice.is_counted = post->message != 0 && post->operator_id == 0;
    notice.may_quote = true;
    notice.operator_name = doer != NULL ? doer->name : NULL;
    notice.thread = thread;
    notice.details = details;
    notice.enclosed = enclosed;
    return post_notice(post, &notice, error);
}

bool handover_write(struct post *post, const struct ticket *ticket, GPtrArray *to,
                    GPtrArray *events, GError **error)
{
    const struct ticket_department *owner = ticket->departments->pdata[0];
    g_autoptr(GPtrArray) addresses = address(ticket, to);
    AUTO(department) department = NULL;

    if (addresses->len == 0)
        return true;
    if (!department_find_id(post->store, owner->id, &department, error))
        return false;
    if (department == NULL || department->primary == NULL)
        return true;
    if (addresses->len > DECIDE_COPIES_MAX) {
        g_autofree char *all = g_strdup_printf("%u operators", addresses->len);

        post_keep_back(post, ticket->number, NOTICE_HANDOVER, all, "too many");
        return true;
    }
    return compose(post, ticket, department, addresses, events, error);
}
