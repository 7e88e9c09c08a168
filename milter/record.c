/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a decision to rows. Decides nothing. Runs in the writer's thread, inside its transaction.
 */
#include "milter/record.h"

#include <string.h>

#include "db/event.h"
#include "db/message.h"
#include "db/outbox.h"
#include "db/ticket.h"
#include "milter/address.h"

static bool write_tickets(struct store *store, const struct decision *decision, GError **error)
{
    const struct ticket *ticket = decision->ticket;

    if (ticket == NULL)
        return true;
    if (!(decision->is_new_ticket ? ticket_add(store, ticket, error)
                                  : ticket_update(store, ticket, error)))
        return false;
    for (guint i = 0; i < decision->further->len; i++)
        if (!ticket_update(store, decision->further->pdata[i], error))
            return false;
    return decision->continues == 0 ||
           ticket_continue(store, decision->continues, ticket->number, error);
}

struct message record_row(const struct decision *decision, const struct envelope *envelope,
                          const struct mail *mail, int64_t now)
{
    struct message row = {
        .number = decision->message,
        .ticket = decision->ticket != NULL ? decision->ticket->number : 0,
        .kind = (char *)decision_kind_name(decision->kind),
        .at = now,
        .sender = envelope->sender,
        .author = decision->author,
        .author_name = decision->author_name,
        .operator_id = decision->operator_id,
        .proof = (char *)decision->proof,
        .login = envelope->login,
        .client = envelope->client,
        .queue_id = envelope->queue_id,
        .subject = mail->subject,
        .message_id = mail->message_id,
        .sent_at = MAX(mail->date_ms, 0),
        .text = mail->text,
        .malformed = mail->malformed,
        .size_bytes = mail->size_bytes,
    };

    memcpy(row.sha256, mail->sha256, DIGEST_SIZE);
    memcpy(row.same_sha256, mail->same_sha256, DIGEST_SIZE);
    memcpy(row.body_sha256, mail->body_sha256, DIGEST_SIZE);
    return row;
}

static bool write_row(struct store *store, const struct decision *decision,
                      const struct envelope *envelope, const struct mail *mail, int64_t now,
                      GError **error)
{
    struct message row = record_row(decision, envelope, mail, now);

    return message_add(store, &row, error);
}

static bool write_bytes(struct store *store, int64_t number, const struct spool *raw,
                        GError **error)
{
    g_autofree uint8_t *buffer = g_malloc(MESSAGE_PIECE_SIZE);
    int64_t offset = 0;

    for (int64_t piece = 0; offset < spool_size(raw); piece++) {
        gssize size = spool_read(raw, offset, buffer, MESSAGE_PIECE_SIZE, error);

        if (size < 0)
            return false;
        g_assert(size > 0);
        if (!message_add_piece(store, number, piece, buffer, (size_t)size, error))
            return false;
        offset += size;
    }
    return true;
}

/* At the second door the suffix is the way in, not what somebody wrote to. */
static const char *address_of(const struct envelope *envelope,
                              const struct envelope_recipient *recipient)
{
    return envelope->second_door ? recipient->address : recipient->given;
}

static bool write_recipients(struct store *store, const struct decision *decision,
                             const struct envelope *envelope, GError **error)
{
    for (guint i = 0; i < envelope->recipients->len; i++) {
        const struct envelope_recipient *recipient = envelope->recipients->pdata[i];
        bool is_role = g_ptr_array_find_with_equal_func(decision->recipients_out, recipient->given,
                                                        g_str_equal, NULL);

        if (!message_add_recipient(store, decision->message, i, address_of(envelope, recipient),
                                   is_role ? recipient->address : NULL, error))
            return false;
    }
    return true;
}

static bool write_attachments(struct store *store, int64_t number, const struct mail *mail,
                              GError **error)
{
    for (guint i = 0; i < mail->attachments->len; i++) {
        const struct mail_attachment *attachment = mail->attachments->pdata[i];

        if (!message_add_attachment(store, number, i, attachment->name, attachment->type,
                                    attachment->size_bytes, error))
            return false;
    }
    return true;
}

/* Of a repeat those that the courier brings, so that it does so once. */
static bool write_copies(struct store *store, const struct decision *decision, int64_t now,
                         GError **error)
{
    bool all = !decision->is_repeat || decision->is_leg;

    for (guint i = 0; i < decision->copies->len; i++) {
        const struct message_copy *copy = decision->copies->pdata[i];

        if ((all || copy->by_courier) &&
            !message_add_copy(store, decision->message, copy, now, error))
            return false;
    }
    return true;
}

static bool write_handing_over(struct store *store, const struct decision *decision, int64_t now,
                               GError **error)
{
    for (guint i = 0; i < decision->roles->len; i++)
        if (!message_add_handing_over(store, decision->message, decision->roles->pdata[i], now,
                                      decision->is_resumed, error))
            return false;
    return true;
}

/* Of the domain that the message says it comes from. */
static bool write_foreign_tags(struct store *store, const struct decision *decision, GError **error)
{
    GPtrArray *tags = decision->foreign_tags;

    for (guint i = 0; tags != NULL && i < tags->len; i++)
        if (!ticket_add_foreign_tag(store, decision->ticket->number,
                                    address_domain(decision->author), tags->pdata[i], error))
            return false;
    return true;
}

static bool write_outbox(struct store *store, const struct decision *decision, int64_t now,
                         GError **error)
{
    for (guint i = 0; i < decision->outbox->len; i++)
        if (!outbox_add(store, decision->outbox->pdata[i], now, error))
            return false;
    return true;
}

bool record_events(struct store *store, const struct decision *decision, int64_t now,
                   GError **error)
{
    for (guint i = 0; i < decision->events->len; i++) {
        struct event event = *(const struct event *)decision->events->pdata[i];

        event.at = now;
        if (event.ticket == 0 && decision->ticket != NULL)
            event.ticket = decision->ticket->number;
        event.message = decision->message;
        if (!event_add(store, &event, error))
            return false;
    }
    return true;
}

bool record_write(struct store *store, const struct decision *decision,
                  const struct envelope *envelope, const struct mail *mail, const struct spool *raw,
                  int64_t now, GError **error)
{
    if (decision->is_leg)
        return write_tickets(store, decision, error) && write_copies(store, decision, now, error) &&
               write_handing_over(store, decision, now, error) &&
               record_events(store, decision, now, error) &&
               write_outbox(store, decision, now, error);
    if (decision->is_repeat)
        return write_copies(store, decision, now, error) &&
               write_handing_over(store, decision, now, error) &&
               write_outbox(store, decision, now, error);
    return write_tickets(store, decision, error) &&
           write_row(store, decision, envelope, mail, now, error) &&
           write_bytes(store, decision->message, raw, error) &&
           write_recipients(store, decision, envelope, error) &&
           write_attachments(store, decision->message, mail, error) &&
           write_foreign_tags(store, decision, error) &&
           write_copies(store, decision, now, error) &&
           write_handing_over(store, decision, now, error) &&
           record_events(store, decision, now, error) && write_outbox(store, decision, now, error);
}
