/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages: what is written is what is read, to the byte.
 */
#include "tests/db/fixture.h"

#include <string.h>

static struct message *make_message(struct fixture *f, int64_t ticket)
{
    struct message *message = message_new();

    assert_done(message_next_number(f->store, &message->number, &error));
    message->ticket = ticket;
    message->kind = g_strdup("answer");
    message->at = 1001;
    message->sender = g_strdup("jane@example.com");
    message->author = g_strdup("jane@example.com");
    message->author_name = g_strdup("Jane");
    message->operator_id = f->jane;
    message->proof = g_strdup("login");
    message->login = g_strdup("jd");
    message->client = g_strdup("127.0.0.1");
    message->queue_id = g_strdup("4F5A2C1B");
    message->subject = g_strdup("Re: caf\xc3\xa9");
    message->message_id = g_strdup("x@example.com");
    message->sent_at = 999;
    message->text = g_strdup("invalid \xff, and long");
    message->malformed = true;
    memset(message->sha256, 1, DIGEST_SIZE);
    memset(message->same_sha256, 2, DIGEST_SIZE);
    memset(message->body_sha256, 3, DIGEST_SIZE);
    return message;
}

static void check_same(const struct message *a, const struct message *b)
{
    assert_int_equal(a->number, b->number);
    assert_int_equal(a->ticket, b->ticket);
    assert_string_equal(a->kind, b->kind);
    assert_int_equal(a->at, b->at);
    assert_string_equal(a->sender, b->sender);
    assert_string_equal(a->author, b->author);
    assert_string_equal(a->author_name, b->author_name);
    assert_int_equal(a->operator_id, b->operator_id);
    assert_string_equal(a->proof, b->proof);
    assert_string_equal(a->login, b->login);
    assert_string_equal(a->client, b->client);
    assert_string_equal(a->queue_id, b->queue_id);
    assert_string_equal(a->subject, b->subject);
    assert_string_equal(a->message_id, b->message_id);
    assert_int_equal(a->sent_at, b->sent_at);
    assert_int_equal(a->malformed, b->malformed);
    assert_int_equal(a->size_bytes, b->size_bytes);
    assert_memory_equal(a->sha256, b->sha256, DIGEST_SIZE);
    assert_memory_equal(a->same_sha256, b->same_sha256, DIGEST_SIZE);
    assert_memory_equal(a->body_sha256, b->body_sha256, DIGEST_SIZE);
}

static void is_read_as_written(void **state)
{
    struct fixture *f = *state;
    int64_t ticket = fixture_add_ticket(f->store, f->support, 0);
    AUTO(message) written = make_message(f, ticket);
    AUTO(message) message = NULL;
    AUTO(message) bare = NULL;
    AUTO(message) none = NULL;
    int64_t number;

    assert_done(message_add(f->store, written, &error));
    assert_done(message_find(f->store, written->number, &message, &error));
    check_same(message, written);
    assert_string_equal(message->text, written->text);

    number = fixture_add_message(f->store, ticket, "");
    assert_int_equal(number, written->number + 1);
    assert_done(message_find(f->store, number, &bare, &error));
    assert_string_equal(bare->sender, "");
    assert_null(bare->author);
    assert_null(bare->author_name);
    assert_int_equal(bare->operator_id, 0);
    assert_null(bare->proof);
    assert_null(bare->login);
    assert_null(bare->client);
    assert_null(bare->queue_id);
    assert_null(bare->subject);
    assert_null(bare->message_id);
    assert_int_equal(bare->sent_at, 0);
    assert_string_equal(bare->text, "");
    assert_false(bare->malformed);
    assert_done(message_find(f->store, 99, &none, &error));
    assert_null(none);
}

static void are_listed_by_ticket(void **state)
{
    struct fixture *f = *state;
    int64_t ticket = fixture_add_ticket(f->store, f->support, 0);
    int64_t other = fixture_add_ticket(f->store, f->support, 0);
    int64_t first = fixture_add_message(f->store, ticket, "one");
    g_autoptr(GPtrArray) all = NULL;
    g_autoptr(GPtrArray) none = NULL;

    fixture_add_message(f->store, other, "two");
    fixture_add_message(f->store, ticket, "three");
    assert_done((all = message_list(f->store, ticket, &error)) != NULL);
    assert_int_equal(all->len, 2);
    assert_int_equal(((const struct message *)all->pdata[0])->number, first);
    assert_string_equal(((const struct message *)all->pdata[1])->text, "three");
    assert_done((none = message_list(f->store, 99, &error)) != NULL);
    assert_int_equal(none->len, 0);
}

static void refuses_what_does_not_fit(void **state)
{
    struct fixture *f = *state;
    int64_t ticket = fixture_add_ticket(f->store, f->support, 0);
    AUTO(message) lost = make_message(f, 99);
    AUTO(message) odd = make_message(f, ticket);

    assert_fails(message_add(f->store, lost, &error), ERROR_REFUSED, "message 1: ");
    g_free(odd->kind);
    odd->kind = g_strdup("postcard");
    assert_fails(message_add(f->store, odd, &error), ERROR_BUG, "message 1: ");
    assert_fails(message_add_piece(f->store, 99, 0, "x", 1, &error), ERROR_REFUSED, "message 99: ");
    assert_fails(message_add_recipient(f->store, 99, 0, "a@b", NULL, &error), ERROR_REFUSED,
                 "message 99: ");
    g_free(odd->kind);
    odd->kind = g_strdup("note");
    assert_done(message_add(f->store, odd, &error));
    assert_done(message_add_piece(f->store, 1, 0, "x", 1, &error));
    assert_fails(message_add_piece(f->store, 1, 0, "x", 1, &error), ERROR_REFUSED, "message 1: ");
}

/* A question is; a mail that somebody is to answer may not get lost. */
static void only_a_command_is_of_no_ticket(void **state)
{
    struct fixture *f = *state;
    AUTO(message) message = message_new();
    AUTO(message) found = NULL;

    message->number = 1;
    message->sender = g_strdup("jane@example.com");
    message->text = g_strdup("");
    message->kind = g_strdup("request");
    assert_fails(message_add(f->store, message, &error), ERROR_BUG, "of no ticket");
    g_free(message->kind);
    message->kind = g_strdup("command");
    assert_done(message_add(f->store, message, &error));
    assert_done(message_find(f->store, 1, &found, &error));
    assert_int_equal(found->ticket, 0);
}

static void knows_message_ids(void **state)
{
    struct fixture *f = *state;
    bool has;

    fixture_add_message(f->store, fixture_add_ticket(f->store, f->support, 0), "x");
    assert_done(message_has_message_id(f->store, "one@example.net", &has, &error));
    assert_false(has);
    fixture_execute(f->store, "UPDATE message SET message_id = 'one@example.net', "
                              "kind = 'command', ticket = NULL");
    assert_done(message_has_message_id(f->store, "one@example.net", &has, &error));
    assert_true(has);
}

static void keeps_what_hangs_on_it(void **state)
{
    struct fixture *f = *state;
    int64_t number =
        fixture_add_message(f->store, fixture_add_ticket(f->store, f->support, 0), "x");
    const struct message_copy first = {(char *)"joe@example.com", (char *)"help@example.com",
                                       f->joe, false};
    const struct message_copy again = {(char *)"joe@example.com", (char *)"support@example.com", 0,
                                       false};
    const struct message_copy second = {(char *)"a@example.net", (char *)"help@example.com", 0,
                                        false};
    g_autoptr(GPtrArray) copies = NULL;
    g_autoptr(GPtrArray) recipients = NULL;
    g_autoptr(GPtrArray) attachments = NULL;
    const struct message_copy *copy;
    const struct message_attachment *attachment;
    bool had;

    assert_done(message_add_copy(f->store, number, &first, 1, &error));
    assert_done(message_add_copy(f->store, number, &again, 2, &error));
    assert_done(message_add_copy(f->store, number, &second, 3, &error));
    assert_done(message_had_copy(f->store, 1, f->joe, &had, &error));
    assert_true(had);
    assert_done(message_had_copy(f->store, 1, f->jane, &had, &error));
    assert_false(had);
    assert_done(message_had_copy(f->store, 2, f->joe, &had, &error));
    assert_false(had);
    assert_done((copies = message_copies(f->store, number, &error)) != NULL);
    assert_int_equal(copies->len, 2);
    copy = copies->pdata[0];
    assert_string_equal(copy->address, "a@example.net");
    assert_int_equal(copy->operator_id, 0);
    copy = copies->pdata[1];
    assert_string_equal(copy->role, "help@example.com");
    assert_int_equal(copy->operator_id, f->joe);

    assert_done(message_add_recipient(f->store, number, 0, "z@example.net", NULL, &error));
    assert_done(message_add_recipient(f->store, number, 1, "support+x@example.com",
                                      "support@example.com", &error));
    assert_done((recipients = message_recipients(f->store, number, &error)) != NULL);
    assert_int_equal(recipients->len, 2);
    assert_null(((const struct message_recipient *)recipients->pdata[0])->role);
    assert_string_equal(((const struct message_recipient *)recipients->pdata[1])->role,
                        "support@example.com");

    assert_done(message_add_attachment(f->store, number, 0, NULL, "text/plain", 5, &error));
    assert_done(
        message_add_attachment(f->store, number, 1, "a.png", "image/png", 1LL << 40, &error));
    assert_done((attachments = message_attachments(f->store, number, &error)) != NULL);
    assert_int_equal(attachments->len, 2);
    assert_null(((const struct message_attachment *)attachments->pdata[0])->name);
    attachment = attachments->pdata[1];
    assert_string_equal(attachment->name, "a.png");
    assert_string_equal(attachment->type, "image/png");
    assert_int_equal(attachment->size_bytes, 1LL << 40);
}

static void check_way(struct fixture *f, int64_t number, bool by_courier)
{
    g_autoptr(GPtrArray) copies = NULL;

    assert_done((copies = message_copies(f->store, number, &error)) != NULL);
    assert_int_equal(copies->len, 1);
    assert_int_equal(((const struct message_copy *)copies->pdata[0])->by_courier, by_courier);
}

/* What the courier was told once it keeps. */
static void knows_by_which_way(void **state)
{
    struct fixture *f = *state;
    int64_t number =
        fixture_add_message(f->store, fixture_add_ticket(f->store, f->support, 0), "x");
    struct message_copy copy = {(char *)"joe@example.com", (char *)"help@example.com", f->joe,
                                false};

    assert_done(message_add_copy(f->store, number, &copy, 1, &error));
    check_way(f, number, false);
    copy.by_courier = true;
    assert_done(message_add_copy(f->store, number, &copy, 2, &error));
    check_way(f, number, true);
    copy.by_courier = false;
    assert_done(message_add_copy(f->store, number, &copy, 3, &error));
    check_way(f, number, true);
}

static void counts_handing_over(void **state)
{
    struct fixture *f = *state;
    int64_t number =
        fixture_add_message(f->store, fixture_add_ticket(f->store, f->support, 0), "x");
    g_autoptr(GPtrArray) roles = NULL;
    int64_t count = -1;

    for (int64_t now = 1000; now < 1005; now++)
        assert_done(
            message_add_handing_over(f->store, number, "a@example.com", now, false, &error));
    assert_done(message_add_handing_over(f->store, number, "b@example.com", 1004, false, &error));
    assert_done(
        message_count_handing_over(f->store, number, "a@example.com", 1003, &count, &error));
    assert_int_equal(count, 2);
    assert_done(message_count_handing_over(f->store, number, "c@example.com", 0, &count, &error));
    assert_int_equal(count, 0);
    assert_done((roles = message_roles(f->store, number, &error)) != NULL);
    assert_int_equal(roles->len, 2);
    assert_string_equal(roles->pdata[0], "a@example.com");
    assert_string_equal(roles->pdata[1], "b@example.com");
}

static void knows_what_was_resumed(void **state)
{
    static const struct {
        int64_t message;
        const char *role;
        int64_t since;
        bool want;
    } rows[] = {
        {1, "a@example.com", 2000, true},  {1, "a@example.com", 2001, false},
        {1, "b@example.com", 0, false},    {1, "c@example.com", 0, false},
        {2, "a@example.com", 1000, false}, {3, "a@example.com", 0, false},
    };
    struct fixture *f = *state;
    int64_t ticket = fixture_add_ticket(f->store, f->support, 0);

    assert_int_equal(fixture_add_message(f->store, ticket, "x"), 1);
    assert_int_equal(fixture_add_message(f->store, ticket, "y"), 2);
    assert_done(message_add_handing_over(f->store, 1, "a@example.com", 1000, false, &error));
    assert_done(message_add_handing_over(f->store, 1, "b@example.com", 1000, false, &error));
    assert_done(message_add_handing_over(f->store, 1, "a@example.com", 2000, true, &error));
    assert_done(message_add_handing_over(f->store, 1, "a@example.com", 3000, false, &error));
    assert_done(message_add_handing_over(f->store, 2, "a@example.com", 3000, false, &error));
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        bool was = !rows[i].want;

        assert_done(message_was_resumed(f->store, rows[i].message, rows[i].role, rows[i].since,
                                        &was, &error));
        if (was != rows[i].want)
            fail_msg("row %zu", i);
    }
}

/* Messages 1 to 3 are at 1000 to 3000, 4 has neither Message-ID nor author, 5 has no author. */
static void add_alike(struct fixture *f)
{
    int64_t ticket = fixture_add_ticket(f->store, f->support, 0);

    for (int64_t i = 1; i <= 5; i++) {
        AUTO(message) message = make_message(f, ticket);

        message->at = 1000 * i;
        memset(message->same_sha256, (int)i, DIGEST_SIZE);
        if (i >= 4) {
            g_free(g_steal_pointer(&message->message_id));
            g_free(g_steal_pointer(&message->author));
        }
        if (i == 5)
            message->message_id = g_strdup("five@example.com");
        assert_done(message_add(f->store, message, &error));
    }
}

static void finds_the_same(void **state)
{
    static const struct {
        const char *name;
        int same;
        const char *message_id, *author;
        int body;
        int64_t since;
        const char *want; /* numbers */
    } rows[] = {
        {"by all bytes", 1, NULL, NULL, 9, 0, "1"},
        {"by all bytes, at that moment", 1, NULL, NULL, 9, 1000, "1"},
        {"too old", 1, NULL, NULL, 9, 1001, ""},
        {"by Message-ID, the newest first", 9, "x@example.com", "jane@example.com", 3, 0, "3 2 1"},
        {"by both, each once", 2, "x@example.com", "jane@example.com", 3, 0, "3 2 1"},
        {"by Message-ID, not too old", 9, "x@example.com", "jane@example.com", 3, 2000, "3 2"},
        {"Message-ID too old", 9, "x@example.com", "jane@example.com", 3, 3001, ""},
        {"another author", 9, "x@example.com", "joe@example.com", 3, 0, ""},
        {"no author", 9, "x@example.com", NULL, 3, 0, ""},
        {"no author in both", 9, "five@example.com", NULL, 3, 0, "5"},
        {"another body", 9, "x@example.com", "jane@example.com", 4, 0, ""},
        {"no Message-ID equals nothing", 9, NULL, NULL, 3, 0, ""},
    };
    struct fixture *f = *state;

    add_alike(f);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GPtrArray) found = NULL;
        g_autoptr(GString) got = g_string_new(NULL);
        GError *error = NULL;
        uint8_t same[DIGEST_SIZE], body[DIGEST_SIZE];

        print_message("# %s\n", rows[i].name);
        memset(same, rows[i].same, sizeof same);
        memset(body, rows[i].body, sizeof body);
        found = message_list_same(f->store, same, rows[i].message_id, rows[i].author, body,
                                  rows[i].since, &error);
        assert_null(error);
        for (guint n = 0; n < found->len; n++) {
            const struct message *message = found->pdata[n];

            g_string_append_printf(got, "%s%d", n > 0 ? " " : "", (int)message->number);
            assert_string_equal(message->text, "");
        }
        assert_string_equal(got->str, rows[i].want);
    }
}

/* Messages 1 and 2 are on ticket 1, 3 on ticket 2, 4 on ticket 3, which is merged into 1. */
static void finds_the_writer(void **state)
{
    static const struct {
        const char *name, *sql;
        int64_t ticket;
        const char *want;
    } rows[] = {
        {"nobody", "", 1, NULL},
        {"one", "UPDATE message SET message_id = 'x' WHERE number = 1", 1, "one"},
        {"another ticket", "", 2, NULL},
        {"on a merged ticket", "UPDATE message SET message_id = iif(number = 4, 'x', NULL)", 1,
         "four"},
        {"two of two authors", "UPDATE message SET message_id = 'x' WHERE number = 2", 1, NULL},
        {"two of one author", "UPDATE message SET author = 'two' WHERE number = 4", 1, "two"},
        {"one of them no follow-up", "UPDATE message SET kind = 'auto' WHERE number = 2", 1, NULL},
        {"no author", "UPDATE message SET author = NULL, kind = 'request'", 1, NULL},
    };
    struct fixture *f = *state;
    bool has;

    for (int i = 1; i <= 3; i++)
        fixture_add_ticket(f->store, f->support, 0);
    for (int64_t ticket = 1; ticket <= 4; ticket++)
        fixture_add_message(f->store, MAX(ticket - 1, 1), "x");
    fixture_execute(f->store,
                    "UPDATE ticket SET merged_into = 1 WHERE number = 3;"
                    "UPDATE message SET kind = 'request', message_id = NULL, author = CASE number "
                    "WHEN 1 THEN 'one' WHEN 2 THEN 'two' WHEN 3 THEN 'three' ELSE 'four' END");
    assert_done(message_has_author(f->store, 1, "two", &has, &error));
    assert_true(has);
    assert_done(message_has_author(f->store, 1, "three", &has, &error));
    assert_false(has);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *author = NULL;
        g_autofree char *name = NULL;

        print_message("# %s\n", rows[i].name);
        fixture_execute(f->store, rows[i].sql);
        assert_done(message_find_writer(f->store, rows[i].ticket, "x", &author, &name, &error));
        assert_int_equal(g_strcmp0(author, rows[i].want), 0);
    }
}

static bool append(const void *bytes, size_t size, void *data, GError **error)
{
    (void)error;
    g_byte_array_append(data, bytes, (guint)size);
    return true;
}

static bool take_one(const void *bytes, size_t size, void *data, GError **error)
{
    append(bytes, size, data, error);
    return false;
}

static bool take_none(const void *bytes, size_t size, void *data, GError **error)
{
    (void)bytes;
    (void)size;
    (void)data;
    return error_set(error, ERROR_TEMPORARY, "the pipe is broken");
}

static bool is_pattern(const GByteArray *bytes)
{
    for (guint i = 0; i < bytes->len; i++)
        if (bytes->data[i] != (uint8_t)(i * 31 + (i >> 8)))
            return false;
    return true;
}

/* Two full pieces and one byte, with every byte there is. */
static int64_t add_large(struct fixture *f)
{
    AUTO(message) message = make_message(f, fixture_add_ticket(f->store, f->support, 0));
    size_t size = 2 * MESSAGE_PIECE_SIZE + 1;
    g_autofree uint8_t *bytes = g_malloc(size);

    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(i * 31 + (i >> 8));
    message->size_bytes = (int64_t)size;
    assert_done(message_add(f->store, message, &error));
    for (int64_t piece = 2; piece >= 0; piece--)
        assert_done(message_add_piece(f->store, message->number, piece,
                                      bytes + piece * MESSAGE_PIECE_SIZE,
                                      piece == 2 ? 1 : MESSAGE_PIECE_SIZE, &error));
    return message->number;
}

static void raw_is_raw(void **state)
{
    struct fixture *f = *state;
    int64_t number = add_large(f);
    g_autoptr(GByteArray) all = g_byte_array_new();
    g_autoptr(GByteArray) one = g_byte_array_new();
    g_autoptr(GByteArray) none = g_byte_array_new();
    int64_t empty = fixture_add_message(f->store, fixture_add_ticket(f->store, f->support, 0), "");

    assert_done(message_raw(f->store, number, append, all, &error));
    assert_int_equal(all->len, 2 * MESSAGE_PIECE_SIZE + 1);
    assert_true(is_pattern(all));
    assert_done(message_raw(f->store, number, take_one, one, &error));
    assert_int_equal(one->len, MESSAGE_PIECE_SIZE);
    assert_fails(message_raw(f->store, number, take_none, NULL, &error), ERROR_TEMPORARY,
                 "the pipe is broken");
    assert_done(message_raw(f->store, empty, append, none, &error));
    assert_int_equal(none->len, 0);
    assert_fails(message_raw(f->store, 99, append, none, &error), ERROR_NOT_FOUND, "no message 99");
}

static void missing_bytes_are_not_hidden(void **state)
{
    struct fixture *f = *state;
    int64_t number = add_large(f);
    g_autoptr(GByteArray) rest = g_byte_array_new();

    fixture_execute(f->store, "DELETE FROM message_piece WHERE piece = 2");
    assert_fails(message_raw(f->store, number, append, rest, &error), ERROR_BUG, "(-1)");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_make, fixture_remove)
    const struct CMUnitTest tests[] = {
        TEST(only_a_command_is_of_no_ticket),
        TEST(knows_message_ids),
        TEST(is_read_as_written),
        TEST(are_listed_by_ticket),
        TEST(refuses_what_does_not_fit),
        TEST(keeps_what_hangs_on_it),
        TEST(knows_by_which_way),
        TEST(counts_handing_over),
        TEST(knows_what_was_resumed),
        TEST(finds_the_same),
        TEST(finds_the_writer),
        TEST(raw_is_raw),
        TEST(missing_bytes_are_not_hidden),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
