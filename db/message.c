/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table message and those that hang on it. Decides which mail is the same as another, and
 * nothing else. No function holds a whole message in memory. The thread that holds the store.
 */
#include "db/message.h"

#include <string.h>

#include "db/error.h"
#include "db/stmt.h"

enum {
    NEXT_NUMBER,
    ADD,
    ADD_PIECE,
    ADD_RECIPIENT,
    ADD_ATTACHMENT,
    ADD_COPY,
    ADD_HANDING_OVER,
    COUNT_HANDING_OVER,
    WAS_RESUMED,
    ROLES,
    COUNT_COPIES_OF,
    FIND,
    LIST_SAME,
    HAS_AUTHOR,
    HAS_KIND,
    IS_OPENED_WITH_PROOF,
    HAS_MESSAGE_ID,
    HAS_COPIED_AUTO,
    WRITERS,
    LIST,
    COPIES,
    RECIPIENTS,
    ATTACHMENTS,
    SIZE,
    PIECES,
    STATEMENTS
};

#define COLUMNS(text)                                                                              \
    "SELECT number, ticket, kind, at, sender, author, author_name, operator_id, proof, login, "    \
    "client, queue_id, subject, message_id, sent_at, " text ", malformed, size, sha256, "          \
    "same_sha256, body_sha256 FROM message "

/* Those of the tickets that were merged into it stay where they are. */
#define OF_TICKET                                                                                  \
    "(ticket = :ticket OR EXISTS (SELECT 1 FROM ticket AS merged "                                 \
    "WHERE merged.number = message.ticket AND merged.merged_into = :ticket))"

static const char *const statements[STATEMENTS] = {
    [NEXT_NUMBER] = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'message'), 0) "
                    "+ 1",
    [ADD] = "INSERT INTO message (number, ticket, kind, at, sender, author, author_name, "
            "operator_id, proof, login, client, queue_id, subject, message_id, sent_at, body_text, "
            "malformed, size, sha256, same_sha256, body_sha256) "
            "VALUES (:number, :ticket, :kind, :at, :sender, :author, :author_name, :operator, "
            ":proof, :login, :client, :queue_id, :subject, :message_id, :sent_at, :text, "
            ":malformed, :size, :sha256, :same_sha256, :body_sha256)",
    [ADD_PIECE] = "INSERT INTO message_piece (message, piece, bytes) "
                  "VALUES (:number, :piece, :bytes)",
    [ADD_RECIPIENT] = "INSERT INTO recipient (message, position, address, role) "
                      "VALUES (:number, :position, :address, :role)",
    [ADD_ATTACHMENT] = "INSERT INTO attachment (message, position, name, type, size) "
                       "VALUES (:number, :position, :name, :type, :size)",
    [ADD_COPY] = "INSERT INTO copy (message, address, role, operator_id, at, by_courier) "
                 "VALUES (:number, :address, :role, :operator, :now, :by_courier) "
                 "ON CONFLICT (message, address) DO UPDATE SET by_courier = 1 "
                 "WHERE excluded.by_courier = 1",
    [ADD_HANDING_OVER] = "INSERT INTO handing_over (message, role, at, resumed) "
                         "VALUES (:number, :role, :now, :resumed)",
    [COUNT_HANDING_OVER] = "SELECT count(*) FROM handing_over "
                           "WHERE message = :number AND role = :role AND at >= :since",
    [WAS_RESUMED] = "SELECT EXISTS (SELECT 1 FROM handing_over "
                    "WHERE message = :number AND role = :role AND at >= :since AND resumed)",
    [ROLES] = "SELECT DISTINCT role FROM handing_over WHERE message = :number ORDER BY role",
    [COUNT_COPIES_OF] = "SELECT count(*) FROM message JOIN copy ON copy.message = message.number "
                        "WHERE message.ticket = :ticket AND copy.operator_id = :operator",
    [FIND] = COLUMNS("body_text") "WHERE number = :number",
    [LIST_SAME] = COLUMNS("''") "WHERE number IN (SELECT number FROM message "
                                "WHERE same_sha256 = :same_sha256 AND at >= :since "
                                "UNION SELECT number FROM message "
                                "WHERE message_id = :message_id AND author IS :author "
                                "AND body_sha256 = :body_sha256 AND at >= :since) "
                                "ORDER BY number DESC LIMIT :most",
    [HAS_AUTHOR] = "SELECT EXISTS (SELECT 1 FROM message "
                   "WHERE ticket = :ticket AND author = :author)",
    [HAS_KIND] = "SELECT EXISTS (SELECT 1 FROM message WHERE ticket = :ticket AND kind = :kind)",
    [IS_OPENED_WITH_PROOF] =
        "SELECT EXISTS (SELECT 1 FROM message WHERE number = (SELECT min(number) FROM message "
        "WHERE ticket = :ticket) AND kind = 'request' AND author = :author AND proof IS NOT NULL)",
    [HAS_MESSAGE_ID] = "SELECT EXISTS (SELECT 1 FROM message WHERE message_id = :message_id)",
    [HAS_COPIED_AUTO] =
        "SELECT EXISTS (SELECT 1 FROM message WHERE ticket = :ticket AND kind = 'auto' "
        "AND author IS :author AND at >= :since "
        "AND EXISTS (SELECT 1 FROM copy WHERE copy.message = message.number))",
    [WRITERS] =
        "SELECT author, max(author_name), min(kind IN ('request', 'followup')) "
        "FROM message WHERE message_id = :message_id AND " OF_TICKET " GROUP BY author LIMIT 2",
    [LIST] = COLUMNS("body_text") "WHERE ticket = :ticket ORDER BY number",
    [COPIES] = "SELECT address, role, operator_id, by_courier FROM copy WHERE message = :number "
               "ORDER BY address",
    [RECIPIENTS] = "SELECT address, role FROM recipient WHERE message = :number ORDER BY position",
    [ATTACHMENTS] = "SELECT name, type, size FROM attachment WHERE message = :number "
                    "ORDER BY position",
    [SIZE] = "SELECT size FROM message WHERE number = :number",
    [PIECES] = "SELECT bytes FROM message_piece WHERE message = :number ORDER BY piece",
};

const struct stmt_table message_sql = {STMT_MESSAGE, STATEMENTS, statements};

struct message *message_new(void)
{
    return g_new0(struct message, 1);
}

void message_free(struct message *message)
{
    if (message == NULL)
        return;
    g_free(message->kind);
    g_free(message->sender);
    g_free(message->author);
    g_free(message->author_name);
    g_free(message->proof);
    g_free(message->login);
    g_free(message->client);
    g_free(message->queue_id);
    g_free(message->subject);
    g_free(message->message_id);
    g_free(message->text);
    g_free(message);
}

struct message_copy *message_copy_new(const char *address, const char *role, int64_t operator_id)
{
    struct message_copy *copy = g_new0(struct message_copy, 1);

    copy->address = g_strdup(address);
    copy->role = g_strdup(role);
    copy->operator_id = operator_id;
    return copy;
}

void message_copy_free(struct message_copy *copy)
{
    if (copy == NULL)
        return;
    g_free(copy->address);
    g_free(copy->role);
    g_free(copy);
}

static void free_recipient(void *data)
{
    struct message_recipient *recipient = data;

    g_free(recipient->address);
    g_free(recipient->role);
    g_free(recipient);
}

static void free_attachment(void *data)
{
    struct message_attachment *attachment = data;

    g_free(attachment->name);
    g_free(attachment->type);
    g_free(attachment);
}

bool message_next_number(struct store *store, int64_t *number, GError **error)
{
    AUTO(stmt) query = stmt_use(store, &message_sql, NEXT_NUMBER);

    return stmt_number(query, number, error);
}

/* Runs what writes a message, or something of it. */
static bool write_for(struct stmt *stmt, int64_t number, GError **error)
{
    stmt_bind_int(stmt, ":number", number);
    if (stmt_run(stmt, error))
        return true;
    g_prefix_error(error, "message %" G_GINT64_FORMAT ": ", number);
    return false;
}

bool message_add(struct store *store, const struct message *message, GError **error)
{
    AUTO(stmt) add = stmt_use(store, &message_sql, ADD);

    g_assert(message->number > 0);
    if (message->ticket == 0 && strcmp(message->kind, "command") != 0)
        return error_set(error, ERROR_BUG,
                         "message %" G_GINT64_FORMAT ": nothing but a command is of no ticket",
                         message->number);
    stmt_bind_id(add, ":ticket", message->ticket);
    stmt_bind_text(add, ":kind", message->kind);
    stmt_bind_int(add, ":at", message->at);
    stmt_bind_text(add, ":sender", message->sender);
    stmt_bind_text(add, ":author", message->author);
    stmt_bind_text(add, ":author_name", message->author_name);
    stmt_bind_id(add, ":operator", message->operator_id);
    stmt_bind_text(add, ":proof", message->proof);
    stmt_bind_text(add, ":login", message->login);
    stmt_bind_text(add, ":client", message->client);
    stmt_bind_text(add, ":queue_id", message->queue_id);
    stmt_bind_text(add, ":subject", message->subject);
    stmt_bind_text(add, ":message_id", message->message_id);
    stmt_bind_id(add, ":sent_at", message->sent_at);
    stmt_bind_text(add, ":text", message->text);
    stmt_bind_int(add, ":malformed", message->malformed);
    stmt_bind_int(add, ":size", message->size_bytes);
    stmt_bind_blob(add, ":sha256", message->sha256, DIGEST_SIZE);
    stmt_bind_blob(add, ":same_sha256", message->same_sha256, DIGEST_SIZE);
    stmt_bind_blob(add, ":body_sha256", message->body_sha256, DIGEST_SIZE);
    return write_for(add, message->number, error);
}

bool message_add_piece(struct store *store, int64_t number, int64_t piece, const void *bytes,
                       size_t size, GError **error)
{
    AUTO(stmt) add = stmt_use(store, &message_sql, ADD_PIECE);

    g_assert(size <= MESSAGE_PIECE_SIZE);
    stmt_bind_int(add, ":piece", piece);
    stmt_bind_blob(add, ":bytes", bytes, size);
    return write_for(add, number, error);
}

bool message_add_recipient(struct store *store, int64_t number, int64_t position,
                           const char *address, const char *role, GError **error)
{
    AUTO(stmt) add = stmt_use(store, &message_sql, ADD_RECIPIENT);

    stmt_bind_int(add, ":position", position);
    stmt_bind_text(add, ":address", address);
    stmt_bind_text(add, ":role", role);
    return write_for(add, number, error);
}

bool message_add_attachment(struct store *store, int64_t number, int64_t position, const char *name,
                            const char *type, int64_t size_bytes, GError **error)
{
    AUTO(stmt) add = stmt_use(store, &message_sql, ADD_ATTACHMENT);

    stmt_bind_int(add, ":position", position);
    stmt_bind_text(add, ":name", name);
    stmt_bind_text(add, ":type", type);
    stmt_bind_int(add, ":size", size_bytes);
    return write_for(add, number, error);
}

bool message_add_copy(struct store *store, int64_t number, const struct message_copy *copy,
                      int64_t now, GError **error)
{
    AUTO(stmt) add = stmt_use(store, &message_sql, ADD_COPY);

    stmt_bind_text(add, ":address", copy->address);
    stmt_bind_text(add, ":role", copy->role);
    stmt_bind_id(add, ":operator", copy->operator_id);
    stmt_bind_int(add, ":now", now);
    stmt_bind_int(add, ":by_courier", copy->by_courier);
    return write_for(add, number, error);
}

bool message_add_handing_over(struct store *store, int64_t number, const char *role, int64_t now,
                              bool resumed, GError **error)
{
    AUTO(stmt) add = stmt_use(store, &message_sql, ADD_HANDING_OVER);

    stmt_bind_text(add, ":role", role);
    stmt_bind_int(add, ":now", now);
    stmt_bind_int(add, ":resumed", resumed);
    return write_for(add, number, error);
}

bool message_count_handing_over(struct store *store, int64_t number, const char *role,
                                int64_t since, int64_t *count, GError **error)
{
    AUTO(stmt) query = stmt_use(store, &message_sql, COUNT_HANDING_OVER);

    stmt_bind_int(query, ":number", number);
    stmt_bind_text(query, ":role", role);
    stmt_bind_int(query, ":since", since);
    return stmt_number(query, count, error);
}

bool message_was_resumed(struct store *store, int64_t number, const char *role, int64_t since,
                         bool *was, GError **error)
{
    AUTO(stmt) query = stmt_use(store, &message_sql, WAS_RESUMED);

    stmt_bind_int(query, ":number", number);
    stmt_bind_text(query, ":role", role);
    stmt_bind_int(query, ":since", since);
    return stmt_is_true(query, was, error);
}

static void *read_role(struct stmt *row)
{
    return stmt_copy(row, 0);
}

GPtrArray *message_roles(struct store *store, int64_t number, GError **error)
{
    AUTO(stmt) query = stmt_use(store, &message_sql, ROLES);

    stmt_bind_int(query, ":number", number);
    return stmt_collect(query, read_role, g_free, error);
}

bool message_had_copy(struct store *store, int64_t ticket, int64_t operator_id, bool *had,
                      GError **error)
{
    AUTO(stmt) query = stmt_use(store, &message_sql, COUNT_COPIES_OF);

    stmt_bind_int(query, ":ticket", ticket);
    stmt_bind_int(query, ":operator", operator_id);
    return stmt_is_true(query, had, error);
}

static void read_digest(struct stmt *row, int column, uint8_t out[DIGEST_SIZE])
{
    size_t size;
    const void *bytes = stmt_blob(row, column, &size);

    g_assert(size == DIGEST_SIZE); /* the schema says so */
    memcpy(out, bytes, DIGEST_SIZE);
}

static void *read_message(struct stmt *row)
{
    struct message *message = message_new();

    message->number = stmt_int(row, 0);
    message->ticket = stmt_int(row, 1);
    message->kind = stmt_copy(row, 2);
    message->at = stmt_int(row, 3);
    message->sender = stmt_copy(row, 4);
    message->author = stmt_copy(row, 5);
    message->author_name = stmt_copy(row, 6);
    message->operator_id = stmt_int(row, 7);
    message->proof = stmt_copy(row, 8);
    message->login = stmt_copy(row, 9);
    message->client = stmt_copy(row, 10);
    message->queue_id = stmt_copy(row, 11);
    message->subject = stmt_copy(row, 12);
    message->message_id = stmt_copy(row, 13);
    message->sent_at = stmt_int(row, 14);
    message->text = stmt_copy(row, 15);
    message->malformed = stmt_int(row, 16) != 0;
    message->size_bytes = stmt_int(row, 17);
    read_digest(row, 18, message->sha256);
    read_digest(row, 19, message->same_sha256);
    read_digest(row, 20, message->body_sha256);
    return message;
}

static bool find(struct stmt *query, struct message **out, GError **error)
{
    bool row = false;

    *out = NULL;
    if (!stmt_step(query, &row, error))
        return false;
    if (row)
        *out = read_message(query);
    return true;
}

GPtrArray *message_list_same(struct store *store, const uint8_t same_sha256[DIGEST_SIZE],
                             const char *message_id, const char *author,
                             const uint8_t body_sha256[DIGEST_SIZE], int64_t since, GError **error)
{
    AUTO(stmt) query = stmt_use(store, &message_sql, LIST_SAME);

    stmt_bind_blob(query, ":same_sha256", same_sha256, DIGEST_SIZE);
    stmt_bind_text(query, ":message_id", message_id);
    stmt_bind_text(query, ":author", author);
    stmt_bind_blob(query, ":body_sha256", body_sha256, DIGEST_SIZE);
    stmt_bind_int(query, ":since", since);
    stmt_bind_int(query, ":most", MESSAGE_SAME_MAX);
    return stmt_collect(query, read_message, (GDestroyNotify)message_free, error);
}

bool message_find(struct store *store, int64_t number, struct message **out, GError **error)
{
    AUTO(stmt) query = stmt_use(store, &message_sql, FIND);

    stmt_bind_int(query, ":number", number);
    return find(query, out, error);
}

bool message_has_author(struct store *store, int64_t ticket, const char *author, bool *has,
                        GError **error)
{
    AUTO(stmt) query = stmt_use(store, &message_sql, HAS_AUTHOR);

    stmt_bind_text(query, ":author", author);
    stmt_bind_int(query, ":ticket", ticket);
    return stmt_is_true(query, has, error);
}

bool message_has_kind(struct store *store, int64_t ticket, const char *kind, bool *has,
                      GError **error)
{
    AUTO(stmt) query = stmt_use(store, &message_sql, HAS_KIND);

    stmt_bind_text(query, ":kind", kind);
    stmt_bind_int(query, ":ticket", ticket);
    return stmt_is_true(query, has, error);
}

bool message_is_opened_with_proof(struct store *store, int64_t ticket, const char *author, bool *is,
                                  GError **error)
{
    AUTO(stmt) query = stmt_use(store, &message_sql, IS_OPENED_WITH_PROOF);

    stmt_bind_int(query, ":ticket", ticket);
    stmt_bind_text(query, ":author", author);
    return stmt_is_true(query, is, error);
}

bool message_has_message_id(struct store *store, const char *message_id, bool *has, GError **error)
{
    AUTO(stmt) query = stmt_use(store, &message_sql, HAS_MESSAGE_ID);

    stmt_bind_text(query, ":message_id", message_id);
    return stmt_is_true(query, has, error);
}

bool message_has_copied_auto(struct store *store, int64_t ticket, const char *author, int64_t since,
                             bool *has, GError **error)
{
    AUTO(stmt) query = stmt_use(store, &message_sql, HAS_COPIED_AUTO);

    stmt_bind_int(query, ":ticket", ticket);
    stmt_bind_text(query, ":author", author);
    stmt_bind_int(query, ":since", since);
    return stmt_is_true(query, has, error);
}

bool message_find_writer(struct store *store, int64_t ticket, const char *message_id, char **author,
                         char **name, GError **error)
{
    AUTO(stmt) query = stmt_use(store, &message_sql, WRITERS);
    bool row = false;

    *author = NULL;
    *name = NULL;
    stmt_bind_text(query, ":message_id", message_id);
    stmt_bind_int(query, ":ticket", ticket);
    if (!stmt_step(query, &row, error))
        return false;
    if (!row || stmt_int(query, 2) != 1)
        return true;
    *author = stmt_copy(query, 0);
    *name = stmt_copy(query, 1);
    if (!stmt_step(query, &row, error))
        return false;
    if (row) {
        g_clear_pointer(author, g_free);
        g_clear_pointer(name, g_free);
    }
    return true;
}

GPtrArray *message_list(struct store *store, int64_t ticket, GError **error)
{
    AUTO(stmt) query = stmt_use(store, &message_sql, LIST);

    stmt_bind_int(query, ":ticket", ticket);
    return stmt_collect(query, read_message, (GDestroyNotify)message_free, error);
}

static void *read_copy(struct stmt *row)
{
    struct message_copy *copy =
        message_copy_new(stmt_text(row, 0), stmt_text(row, 1), stmt_int(row, 2));

    copy->by_courier = stmt_int(row, 3) != 0;
    return copy;
}

GPtrArray *message_copies(struct store *store, int64_t number, GError **error)
{
    AUTO(stmt) query = stmt_use(store, &message_sql, COPIES);

    stmt_bind_int(query, ":number", number);
    return stmt_collect(query, read_copy, (GDestroyNotify)message_copy_free, error);
}

static void *read_recipient(struct stmt *row)
{
    struct message_recipient *recipient = g_new0(struct message_recipient, 1);

    recipient->address = stmt_copy(row, 0);
    recipient->role = stmt_copy(row, 1);
    return recipient;
}

GPtrArray *message_recipients(struct store *store, int64_t number, GError **error)
{
    AUTO(stmt) query = stmt_use(store, &message_sql, RECIPIENTS);

    stmt_bind_int(query, ":number", number);
    return stmt_collect(query, read_recipient, free_recipient, error);
}

static void *read_attachment(struct stmt *row)
{
    struct message_attachment *attachment = g_new0(struct message_attachment, 1);

    attachment->name = stmt_copy(row, 0);
    attachment->type = stmt_copy(row, 1);
    attachment->size_bytes = stmt_int(row, 2);
    return attachment;
}

GPtrArray *message_attachments(struct store *store, int64_t number, GError **error)
{
    AUTO(stmt) query = stmt_use(store, &message_sql, ATTACHMENTS);

    stmt_bind_int(query, ":number", number);
    return stmt_collect(query, read_attachment, free_attachment, error);
}

/* What the raw bytes must add up to. */
static bool find_size(struct store *store, int64_t number, int64_t *size, GError **error)
{
    AUTO(stmt) query = stmt_use(store, &message_sql, SIZE);
    bool row = false;

    stmt_bind_int(query, ":number", number);
    if (!stmt_step(query, &row, error))
        return false;
    if (!row)
        return error_set(error, ERROR_NOT_FOUND, "no message %" G_GINT64_FORMAT, number);
    *size = stmt_int(query, 0);
    return true;
}

/* rest: how many bytes are to come. */
static bool hand_pieces(struct store *store, int64_t number, message_take take, void *data,
                        int64_t rest, GError **error)
{
    AUTO(stmt) query = stmt_use(store, &message_sql, PIECES);
    bool row = false;

    stmt_bind_int(query, ":number", number);
    while (stmt_step(query, &row, error)) {
        GError *problem = NULL;
        size_t size = 0;
        const void *bytes = row ? stmt_blob(query, 0, &size) : NULL;

        if (!row)
            return rest == 0 ||
                   error_set(error, ERROR_BUG,
                             "message %" G_GINT64_FORMAT ": its bytes in the archive are not as "
                             "many as there were (%+" G_GINT64_FORMAT ")",
                             number, -rest);
        rest -= (int64_t)size;
        if (take(bytes, size, data, &problem))
            continue;
        if (problem == NULL)
            return true;
        g_propagate_error(error, problem);
        return false;
    }
    return false;
}

bool message_raw(struct store *store, int64_t number, message_take take, void *data, GError **error)
{
    int64_t rest = 0;

    return find_size(store, number, &rest, error) &&
           hand_pieces(store, number, take, data, rest, error);
}
