/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whose stamp it is, whether that message may go on, and what its record says of it. Knows no row
 * and no header edit. The thread that holds the store.
 */
#include "milter/resume.h"

#include <string.h>

#include "db/event.h"
#include "db/outbox.h"
#include "milter/archived.h"
#include "milter/gate.h"
#include "milter/orders.h"
#include "milter/refuse.h"
#include "milter/stamp.h"

#define HOUR_MS INT64_C(3600000)

struct resumed {
    struct mail *mail; /* the header as it came first */
    struct envelope *envelope;
    struct addressees *addressees; /* of that envelope */
};

void resume_free(struct resumed *resumed)
{
    if (resumed == NULL)
        return;
    mail_free(resumed->mail);
    addressees_free(resumed->addressees);
    envelope_free(resumed->envelope);
    g_free(resumed);
}

/* The first stamp that is ours. */
static enum stamp_kind find_stamp(const struct matter *matter, int64_t *number)
{
    guint count = mail_header_count(matter->live, STAMP_HEADER);
    enum stamp_kind kind = STAMP_NONE;

    for (guint i = 0; i < count && kind == STAMP_NONE; i++)
        kind = stamp_read(matter->site->id.key, matter->site->site->instance,
                          mail_header(matter->live, STAMP_HEADER, i), number);
    return kind;
}

/* A null sender is never changed; what is not null may be our bounce address by now. Where there
 * was no Message-ID the MTA may have added one. */
static bool is_same(const struct matter *matter, const struct message *record)
{
    bool was_null = record->sender[0] == '\0';
    bool is_null = matter->envelope->sender[0] == '\0';

    return was_null == is_null &&
           (record->message_id == NULL ||
            g_strcmp0(record->message_id, matter->live->message_id) == 0) &&
           memcmp(record->body_sha256, matter->live->body_sha256, DIGEST_SIZE) == 0;
}

static const char *role_at(const struct matter *matter, guint i)
{
    return ((const struct addressee *)matter->addressees->roles->pdata[i])->role;
}

static bool was_addressed(const struct matter *matter, GPtrArray *roles)
{
    for (guint i = 0; i < matter->addressees->roles->len; i++)
        if (!g_ptr_array_find_with_equal_func(roles, role_at(matter, i), g_str_equal, NULL))
            return false;
    return true;
}

static bool is_too_soon(struct matter *matter, int64_t number, bool *is, GError **error)
{
    *is = false;
    for (guint i = 0; i < matter->addressees->roles->len && !*is; i++)
        if (!message_was_resumed(matter->store, number, role_at(matter, i), matter->now - HOUR_MS,
                                 is, error))
            return false;
    return true;
}

/* Going on. */

static struct envelope *restore_envelope(struct store *store, const struct message *record,
                                         GError **error)
{
    g_autoptr(GPtrArray) recipients = message_recipients(store, record->number, error);
    struct envelope *envelope;

    if (recipients == NULL)
        return NULL;
    envelope = envelope_new();
    for (guint i = 0; i < recipients->len; i++) {
        const struct message_recipient *recipient = recipients->pdata[i];

        envelope_add_recipient(envelope, recipient->address, recipient->role);
    }
    return envelope;
}

static bool restore_author(struct matter *matter, GError **error)
{
    const struct message *record = matter->earlier;
    struct author *author = &matter->author;

    author->address = g_strdup(record->author);
    author->name = g_strdup(record->author_name);
    if (record->operator_id == 0)
        return true;
    author->proof = g_intern_string(record->proof); /* the decision outlives the record */
    author->is_operator = decision_kind_read(record->kind) != KIND_FOLLOWUP;
    return operator_find_id(matter->store, record->operator_id, &author->person, error);
}

/* From here on the message is that of the record. */
static bool go_on(struct matter *matter, GError **error)
{
    struct resumed *resumed = g_new0(struct resumed, 1);
    int64_t number = matter->earlier->number;

    matter->resumed = resumed;
    matter->report = NULL;
    resumed->mail = archived_header(matter->store, number, error);
    if (resumed->mail == NULL)
        return false;
    matter->mail = resumed->mail;
    resumed->envelope = restore_envelope(matter->store, matter->earlier, error);
    if (resumed->envelope == NULL)
        return false;
    resumed->addressees =
        addressees_find(matter->store, matter->site->conf->mail.recipient_delimiter,
                        resumed->envelope, resumed->mail, error);
    if (resumed->addressees == NULL)
        return false;
    if (resumed->addressees->roles->len > 0)
        matter->main = resumed->addressees->roles->pdata[0];
    if (!restore_author(matter, error) ||
        !ticket_find_live(matter->store, matter->earlier->ticket, &matter->ticket, error))
        return false;
    orders_restore(matter, resumed->addressees);
    return gate_look_for_spam(matter, error);
}

/* Loops. */

static const char *actor(const struct matter *matter)
{
    GPtrArray *from = matter->live->from;

    if (matter->envelope->sender[0] != '\0')
        return matter->envelope->sender;
    return from->len == 1 ? ((const struct mail_address *)from->pdata[0])->address : NULL;
}

/* What came back: a message, or what the courier sent because of one (0: of none). Of what the
 * record does not have (it is older), nothing. */
struct origin {
    int64_t ticket; /* 0: of none */
    int64_t message;
};

/* A loop turns fast: it must not fill the record. */
static bool note_loop(struct matter *matter, const struct origin *origin, GError **error)
{
    struct decision *decision = matter->decision;
    bool has;

    if (!event_has(matter->store, origin->ticket, "loop", origin->message, matter->now - HOUR_MS,
                   &has, error))
        return false;
    decision->message = origin->message;
    if (!has)
        decision_add_event_of(decision, origin->ticket, "loop", actor(matter), matter->main->role);
    return true;
}

static bool refuse_loop(struct matter *matter, const struct origin *origin, GError **error)
{
    g_autofree char *text = g_strdup_printf(
        "mail loop: this message left here, and was sent back to %s; do not redirect it: to give "
        "its ticket to another department, write to that address with %cmove-DEPARTMENT before "
        "the @",
        matter->main->role, matter->site->conf->mail.recipient_delimiter[0]);

    refuse(matter, "554", "5.4.6", text);
    return !refuse_is_final(matter) || origin->ticket == 0 || note_loop(matter, origin, error);
}

/* The outbox keeps what it has not brought yet: nothing of it is to be handed over again. */
static bool refuse_what_the_courier_brought(struct matter *matter, int64_t number, GError **error)
{
    struct origin origin = {0, 0};

    return outbox_find_origin(matter->store, number, &origin.ticket, &origin.message, error) &&
           refuse_loop(matter, &origin, error);
}

/* In Postfix's own queue it waits for the hour to pass: that may have been interrupted again. */
static bool refuse_soon(struct matter *matter, const struct origin *origin, GError **error)
{
    if (!matter->envelope->second_door)
        return refuse_loop(matter, origin, error);
    decision_refuse(matter->decision, "451", "4.3.5",
                    "this message was handed over a second time less than an hour ago");
    return true;
}

static bool find_message(struct matter *matter, int64_t number, GError **error)
{
    g_autoptr(GPtrArray) roles = NULL;
    AUTO(message) record = NULL;
    struct origin origin = {0, 0};
    bool too_soon;

    if (!message_find(matter->store, number, &record, error))
        return false;
    if (record != NULL)
        origin = (struct origin){record->ticket, record->number};
    if (record == NULL || !envelope_is_from_here(matter->envelope) || !is_same(matter, record))
        return refuse_loop(matter, &origin, error);
    roles = message_roles(matter->store, number, error);
    if (roles == NULL || !is_too_soon(matter, number, &too_soon, error))
        return false;
    if (!was_addressed(matter, roles))
        return refuse_loop(matter, &origin, error);
    if (too_soon)
        return refuse_soon(matter, &origin, error);
    matter->earlier = g_steal_pointer(&record);
    matter->handed_over = g_steal_pointer(&roles);
    return go_on(matter, error);
}

bool resume_find(struct matter *matter, GError **error)
{
    int64_t number;

    switch (find_stamp(matter, &number)) {
    case STAMP_NONE:
        break;
    case STAMP_MESSAGE:
        return find_message(matter, number, error);
    case STAMP_OUTBOX:
        return refuse_what_the_courier_brought(matter, number, error);
    }
    return true;
}
