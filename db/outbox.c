/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tables outbox, outbox_recipient and outbox_piece. Knows no kind of notice and no mail server.
 * The thread that holds the store.
 */
#include "db/outbox.h"

#include <string.h>

#include "db/error.h"
#include "db/message.h"
#include "db/stmt.h"

enum {
    NEXT_NUMBER,
    ADD,
    ADD_RECIPIENT,
    ADD_PIECE,
    ORIGIN,
    COUNT_TO,
    COUNT,
    HAS_KIND,
    FIND_DUE,
    FIND_NEXT,
    RECIPIENTS_DUE,
    PIECES,
    READ_BYTES,
    READ_MESSAGE,
    SENT,
    LATER,
    FAILED,
    CLEAR,
    WAITING,
    STATEMENTS
};

static const char *const statements[STATEMENTS] = {
    [NEXT_NUMBER] = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'outbox'), 0) "
                    "+ 1",
    [ADD] = "INSERT INTO outbox (number, kind, ticket, message, at, sender, message_id) "
            "VALUES (:number, :kind, :ticket, :message, :now, :sender, :message_id)",
    [ADD_RECIPIENT] = "INSERT INTO outbox_recipient (outbox, address, next_at, counted_as, "
                      "counted_at) VALUES (:number, :address, :now, :counted_as, "
                      "CASE WHEN :counted_as IS NOT NULL THEN :now END)",
    [ADD_PIECE] = "INSERT INTO outbox_piece (outbox, position, bytes, message, begin, size) "
                  "VALUES (:number, :position, :bytes, :message, :begin, :size)",
    [ORIGIN] = "SELECT ticket, message FROM outbox WHERE number = :number",
    [COUNT_TO] = "SELECT count(*) FROM outbox_recipient WHERE counted_as = :address "
                 "AND counted_at >= :since",
    [COUNT] = "SELECT count(*) FROM outbox_recipient WHERE counted_as IS NOT NULL "
              "AND counted_at >= :since",
    [HAS_KIND] = "SELECT EXISTS (SELECT 1 FROM outbox WHERE ticket = :ticket AND kind = :kind)",
    [FIND_DUE] = "SELECT number, kind, ticket, message, at, sender FROM outbox WHERE number = "
                 "(SELECT outbox FROM outbox_recipient WHERE state = 'waiting' "
                 "AND next_at <= :now ORDER BY next_at, outbox LIMIT 1)",
    [FIND_NEXT] = "SELECT min(next_at) FROM outbox_recipient WHERE state = 'waiting'",
    [RECIPIENTS_DUE] = "SELECT address, tries, reply FROM outbox_recipient "
                       "WHERE outbox = :number AND state = 'waiting' AND next_at <= :now "
                       "ORDER BY address",
    [PIECES] = "SELECT message, begin, size FROM outbox_piece WHERE outbox = :number "
               "ORDER BY position",
    [READ_BYTES] = "SELECT substr(bytes, :begin + 1, :size) FROM outbox_piece "
                   "WHERE outbox = :number AND position = :position",
    [READ_MESSAGE] = "SELECT substr(bytes, :begin + 1, :size) FROM message_piece "
                     "WHERE message = :message AND piece = :piece",
    [SENT] = "UPDATE outbox_recipient SET state = 'sent', tries = tries + 1, ended_at = :now, "
             "reply = :reply WHERE outbox = :number AND address = :address "
             "AND state = 'waiting'",
    [LATER] = "UPDATE outbox_recipient SET tries = tries + 1, next_at = :next_at, reply = :reply "
              "WHERE outbox = :number AND address = :address AND state = 'waiting'",
    [FAILED] = "UPDATE outbox_recipient SET state = 'failed', tries = tries + 1, ended_at = :now, "
               "reply = :reply WHERE outbox = :number AND address = :address "
               "AND state = 'waiting'",
    [CLEAR] = "DELETE FROM outbox_piece WHERE outbox = :number AND NOT EXISTS "
              "(SELECT 1 FROM outbox_recipient WHERE outbox = :number AND state = 'waiting')",
    [WAITING] = "SELECT count(*), min(at) FROM outbox_recipient JOIN outbox ON "
                "outbox.number = outbox_recipient.outbox WHERE state = 'waiting'",
};

const struct stmt_table outbox_sql = {STMT_OUTBOX, STATEMENTS, statements};

static void free_piece(gpointer data)
{
    struct outbox_piece *piece = data;

    if (piece->bytes != NULL)
        g_bytes_unref(piece->bytes);
    g_free(piece);
}

struct outbox_mail *outbox_mail_new(int64_t number, const char *kind, const char *sender)
{
    struct outbox_mail *mail = g_new0(struct outbox_mail, 1);

    mail->number = number;
    mail->kind = g_strdup(kind);
    mail->sender = g_strdup(sender);
    mail->recipients = g_ptr_array_new_with_free_func(g_free);
    mail->pieces = g_ptr_array_new_with_free_func(free_piece);
    return mail;
}

void outbox_mail_free(struct outbox_mail *mail)
{
    if (mail == NULL)
        return;
    g_free(mail->kind);
    g_free(mail->sender);
    g_free(mail->message_id);
    g_free(mail->subject);
    g_ptr_array_unref(mail->recipients);
    g_ptr_array_unref(mail->pieces);
    g_free(mail);
}

void outbox_mail_add_recipient(struct outbox_mail *mail, const char *address)
{
    if (!g_ptr_array_find_with_equal_func(mail->recipients, address, g_str_equal, NULL))
        g_ptr_array_add(mail->recipients, g_strdup(address));
}

void outbox_mail_add_text(struct outbox_mail *mail, const char *text, size_t size)
{
    struct outbox_piece *piece = g_new0(struct outbox_piece, 1);

    piece->bytes = g_bytes_new(text, size);
    piece->size = (int64_t)size;
    g_ptr_array_add(mail->pieces, piece);
}

void outbox_mail_add_message(struct outbox_mail *mail, int64_t message, int64_t begin, int64_t size)
{
    struct outbox_piece *piece = g_new0(struct outbox_piece, 1);

    piece->message = message;
    piece->begin = begin;
    piece->size = size;
    g_ptr_array_add(mail->pieces, piece);
}

bool outbox_next_number(struct store *store, int64_t *number, GError **error)
{
    AUTO(stmt) query = stmt_use(store, &outbox_sql, NEXT_NUMBER);

    return stmt_number(query, number, error);
}

/* Mail servers find another address within such a one, be it kim%example.net@here: nobody can tell
 * whose it is. They are one person, whose mailbox is not to be filled. */
#define ROUTED "%!@"

/* A domain that is spelled in many ways (full-width letters, soft hyphens) is asked for in one. */
static char *ascii_domain(const char *domain)
{
    g_autofree char *ascii = g_hostname_to_ascii(domain);

    return g_strdup(ascii != NULL ? ascii : "");
}

/* Whoever writes as kim+a@ and kim+b@ is one person, too. */
char *outbox_count_as(const char *address)
{
    const char *at = strrchr(address, '@');
    size_t local = at != NULL ? (size_t)(at - address) : strlen(address);
    const char *plus = memchr(address, '+', local);
    g_autofree char *domain = ascii_domain(at != NULL ? at + 1 : "");

    if (strcspn(address, ROUTED) < local)
        return g_strdup(ROUTED);
    if (plus != NULL && plus != address)
        local = (size_t)(plus - address);
    return g_strdup_printf("%.*s@%s", (int)local, address, domain);
}

static bool add_recipient(struct store *store, const struct outbox_mail *mail, const char *address,
                          int64_t now, GError **error)
{
    g_autofree char *counted = mail->is_counted ? outbox_count_as(address) : NULL;
    AUTO(stmt) add = stmt_use(store, &outbox_sql, ADD_RECIPIENT);

    stmt_bind_int(add, ":number", mail->number);
    stmt_bind_text(add, ":address", address);
    stmt_bind_int(add, ":now", now);
    stmt_bind_text(add, ":counted_as", counted);
    return stmt_run(add, error);
}

static bool add_piece(struct store *store, int64_t number, int64_t position,
                      const struct outbox_piece *piece, GError **error)
{
    AUTO(stmt) add = stmt_use(store, &outbox_sql, ADD_PIECE);

    stmt_bind_int(add, ":number", number);
    stmt_bind_int(add, ":position", position);
    if (piece->bytes != NULL)
        stmt_bind_blob(add, ":bytes", g_bytes_get_data(piece->bytes, NULL), (size_t)piece->size);
    else
        stmt_bind_null(add, ":bytes");
    stmt_bind_id(add, ":message", piece->message);
    stmt_bind_int(add, ":begin", piece->begin);
    stmt_bind_int(add, ":size", piece->size);
    return stmt_run(add, error);
}

static bool add_line(struct store *store, const struct outbox_mail *mail, int64_t now,
                     GError **error)
{
    AUTO(stmt) add = stmt_use(store, &outbox_sql, ADD);

    stmt_bind_int(add, ":number", mail->number);
    stmt_bind_text(add, ":kind", mail->kind);
    stmt_bind_id(add, ":ticket", mail->ticket);
    stmt_bind_id(add, ":message", mail->message);
    stmt_bind_int(add, ":now", now);
    stmt_bind_text(add, ":sender", mail->sender);
    stmt_bind_text(add, ":message_id", mail->message_id);
    return stmt_run(add, error);
}

bool outbox_add(struct store *store, const struct outbox_mail *mail, int64_t now, GError **error)
{
    if (!add_line(store, mail, now, error))
        return false;
    for (guint i = 0; i < mail->recipients->len; i++)
        if (!add_recipient(store, mail, mail->recipients->pdata[i], now, error))
            return false;
    for (guint i = 0; i < mail->pieces->len; i++)
        if (!add_piece(store, mail->number, i, mail->pieces->pdata[i], error))
            return false;
    return true;
}

bool outbox_find_origin(struct store *store, int64_t number, int64_t *ticket, int64_t *message,
                        GError **error)
{
    AUTO(stmt) query = stmt_use(store, &outbox_sql, ORIGIN);
    bool row;

    stmt_bind_int(query, ":number", number);
    if (!stmt_step(query, &row, error))
        return false;
    *ticket = row ? stmt_int(query, 0) : 0;
    *message = row ? stmt_int(query, 1) : 0;
    return true;
}

bool outbox_count_to(struct store *store, const char *address, int64_t since, int64_t *count,
                     GError **error)
{
    g_autofree char *counted = outbox_count_as(address);
    AUTO(stmt) query = stmt_use(store, &outbox_sql, COUNT_TO);

    stmt_bind_text(query, ":address", counted);
    stmt_bind_int(query, ":since", since);
    return stmt_number(query, count, error);
}

bool outbox_count(struct store *store, int64_t since, int64_t *count, GError **error)
{
    AUTO(stmt) query = stmt_use(store, &outbox_sql, COUNT);

    stmt_bind_int(query, ":since", since);
    return stmt_number(query, count, error);
}

bool outbox_has_kind(struct store *store, int64_t ticket, const char *kind, bool *has,
                     GError **error)
{
    AUTO(stmt) query = stmt_use(store, &outbox_sql, HAS_KIND);

    stmt_bind_int(query, ":ticket", ticket);
    stmt_bind_text(query, ":kind", kind);
    return stmt_is_true(query, has, error);
}

static void free_recipient(gpointer data)
{
    struct outbox_recipient *recipient = data;

    g_free(recipient->address);
    g_free(recipient->reply);
    g_free(recipient);
}

void outbox_due_free(struct outbox_due *due)
{
    if (due == NULL)
        return;
    g_free(due->kind);
    g_free(due->sender);
    if (due->recipients != NULL)
        g_ptr_array_unref(due->recipients);
    if (due->pieces != NULL)
        g_ptr_array_unref(due->pieces);
    g_free(due);
}

static void *read_recipient(struct stmt *row)
{
    struct outbox_recipient *recipient = g_new0(struct outbox_recipient, 1);

    recipient->address = stmt_copy(row, 0);
    recipient->tries = stmt_int(row, 1);
    recipient->reply = stmt_copy(row, 2);
    return recipient;
}

static void *read_piece(struct stmt *row)
{
    struct outbox_piece *piece = g_new0(struct outbox_piece, 1);

    piece->message = stmt_int(row, 0);
    piece->begin = stmt_int(row, 1);
    piece->size = stmt_int(row, 2);
    return piece;
}

static bool read_due(struct store *store, int64_t now, struct outbox_due **out, GError **error)
{
    AUTO(stmt) query = stmt_use(store, &outbox_sql, FIND_DUE);
    struct outbox_due *due;
    bool row;

    stmt_bind_int(query, ":now", now);
    if (!stmt_step(query, &row, error))
        return false;
    if (!row)
        return true;
    due = g_new0(struct outbox_due, 1);
    due->number = stmt_int(query, 0);
    due->kind = stmt_copy(query, 1);
    due->ticket = stmt_int(query, 2);
    due->message = stmt_int(query, 3);
    due->at = stmt_int(query, 4);
    due->sender = stmt_copy(query, 5);
    *out = due;
    return true;
}

static bool read_parts(struct store *store, struct outbox_due *due, int64_t now, GError **error)
{
    AUTO(stmt) recipients = stmt_use(store, &outbox_sql, RECIPIENTS_DUE);
    AUTO(stmt) pieces = stmt_use(store, &outbox_sql, PIECES);

    stmt_bind_int(recipients, ":number", due->number);
    stmt_bind_int(recipients, ":now", now);
    stmt_bind_int(pieces, ":number", due->number);
    due->recipients = stmt_collect(recipients, read_recipient, free_recipient, error);
    if (due->recipients != NULL)
        due->pieces = stmt_collect(pieces, read_piece, free_piece, error);
    for (guint i = 0; due->pieces != NULL && i < due->pieces->len; i++)
        due->size += ((const struct outbox_piece *)due->pieces->pdata[i])->size;
    return due->pieces != NULL;
}

bool outbox_find_due(struct store *store, int64_t now, struct outbox_due **out, int64_t *next,
                     GError **error)
{
    AUTO(outbox_due) due = NULL;
    AUTO(stmt) query = NULL;

    *out = NULL;
    *next = 0;
    if (!read_due(store, now, &due, error))
        return false;
    if (due == NULL) {
        query = stmt_use(store, &outbox_sql, FIND_NEXT);
        return stmt_number(query, next, error);
    }
    if (!read_parts(store, due, now, error))
        return false;
    *out = g_steal_pointer(&due);
    return true;
}

/* Copies what the only row has; *got: how many bytes those are. */
static bool take_bytes(struct stmt *query, void *buffer, size_t *got, GError **error)
{
    const void *bytes;
    bool row;

    if (!stmt_step(query, &row, error))
        return false;
    bytes = row ? stmt_blob(query, 0, got) : NULL;
    if (bytes == NULL || *got == 0)
        return error_set(error, ERROR_NOT_FOUND, "bytes of the mail are not there any more");
    memcpy(buffer, bytes, *got);
    return true;
}

static bool read_own(struct store *store, int64_t number, guint position, int64_t begin,
                     int64_t size, void *buffer, size_t *got, GError **error)
{
    AUTO(stmt) query = stmt_use(store, &outbox_sql, READ_BYTES);

    stmt_bind_int(query, ":number", number);
    stmt_bind_int(query, ":position", position);
    stmt_bind_int(query, ":begin", begin);
    stmt_bind_int(query, ":size", size);
    return take_bytes(query, buffer, got, error);
}

static bool read_message(struct store *store, int64_t message, int64_t begin, int64_t size,
                         void *buffer, size_t *got, GError **error)
{
    AUTO(stmt) query = stmt_use(store, &outbox_sql, READ_MESSAGE);

    stmt_bind_int(query, ":message", message);
    stmt_bind_int(query, ":piece", begin / MESSAGE_PIECE_SIZE);
    stmt_bind_int(query, ":begin", begin % MESSAGE_PIECE_SIZE);
    stmt_bind_int(query, ":size", size);
    return take_bytes(query, buffer, got, error);
}

gssize outbox_read(struct store *store, const struct outbox_due *due, int64_t offset, void *buffer,
                   size_t size, GError **error)
{
    for (guint i = 0; i < due->pieces->len; i++) {
        const struct outbox_piece *piece = due->pieces->pdata[i];
        int64_t left = piece->size - offset;
        size_t got = 0;
        bool done;

        if (left <= 0) {
            offset -= piece->size;
            continue;
        }
        left = MIN(left, (int64_t)size);
        done = piece->message != 0
                   ? read_message(store, piece->message, piece->begin + offset, left, buffer, &got,
                                  error)
                   : read_own(store, due->number, i, offset, left, buffer, &got, error);
        return done ? (gssize)got : -1;
    }
    return 0;
}

static bool clear(struct store *store, int64_t number, GError **error)
{
    AUTO(stmt) delete = stmt_use(store, &outbox_sql, CLEAR);

    stmt_bind_int(delete, ":number", number);
    return stmt_run(delete, error);
}

/* Whether somebody waited whom the statement could change. */
static bool change(struct store *store, struct stmt *update, const char *address, GError **error)
{
    if (!stmt_run(update, error))
        return false;
    return stmt_changes(store) > 0 ||
           error_set(error, ERROR_NOT_FOUND, "%s does not wait for that mail", address);
}

/* reply: NULL where there is no trouble to tell. */
static bool end(struct store *store, int statement, int64_t number, const char *address,
                int64_t now, const char *reply, GError **error)
{
    AUTO(stmt) update = stmt_use(store, &outbox_sql, statement);

    stmt_bind_int(update, ":number", number);
    stmt_bind_text(update, ":address", address);
    stmt_bind_int(update, ":now", now);
    stmt_bind_text(update, ":reply", reply);
    return change(store, update, address, error) && clear(store, number, error);
}

bool outbox_mark_sent(struct store *store, int64_t number, const char *address, int64_t now,
                      GError **error)
{
    return end(store, SENT, number, address, now, NULL, error);
}

bool outbox_mark_failed(struct store *store, int64_t number, const char *address, int64_t now,
                        const char *reply, GError **error)
{
    return end(store, FAILED, number, address, now, reply, error);
}

bool outbox_mark_later(struct store *store, int64_t number, const char *address, int64_t next_at,
                       const char *reply, GError **error)
{
    AUTO(stmt) update = stmt_use(store, &outbox_sql, LATER);

    stmt_bind_int(update, ":number", number);
    stmt_bind_text(update, ":address", address);
    stmt_bind_int(update, ":next_at", next_at);
    stmt_bind_text(update, ":reply", reply);
    return change(store, update, address, error);
}

bool outbox_waiting(struct store *store, int64_t *count, int64_t *oldest, GError **error)
{
    AUTO(stmt) query = stmt_use(store, &outbox_sql, WAITING);
    bool row;

    if (!stmt_step(query, &row, error))
        return false;
    *count = row ? stmt_int(query, 0) : 0;
    *oldest = row ? stmt_int(query, 1) : 0;
    return true;
}
