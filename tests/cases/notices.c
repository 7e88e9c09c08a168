/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes notices of every kind about all sorts of people and texts, to be checked by
 * tests/shape.py.
 *
 * usage: notices CONF BAG   CONF: a configuration; BAG: the folder for them (mailbag.h), as
 * ROW-KIND.
 *
 * What is told about a mail, besides: as it was given, "role", "title", "name" (of each recipient,
 * in their order), "details", "parent" (the Message-ID that is answered); "subject" as it must
 * read.
 */
#include <stdio.h>
#include <string.h>

#include "db/department_template.h"
#include "db/message.h"
#include "milter/notice.h"
#include "tests/cases/bench.h"
#include "tests/cases/mailbag.h"
#include "tests/unit/letter.h"

/* Monday 2 March 2026, 10:00 UTC; each mail another time. */
#define NOW INT64_C(1772445600000)
#define STEP INT64_C(97200000)
#define MIXED_ROWS 60

#define TURNED "\xe2\x80\xae" /* RIGHT-TO-LEFT OVERRIDE */

struct row {
    const char *name;
    const char *title;    /* of the department */
    const char *role;     /* NULL: support@example.com */
    const char *person;   /* the requester's name */
    const char *subject;  /* of the ticket; NULL: there is no ticket */
    const char *operator; /* name */
    const char *details;
    const char *template; /* NULL: the built-in one */
    const char *answers;  /* the header of what is answered */
    const char *enclosed[5];
};

#define FORTY(x) x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x

static const struct row rows[] = {
    {
        .name = "plain",
        .title = "Example Support",
        .person = "Kim Customer",
        .subject = "Printer on fire",
        .operator= "Jane Operator",
        .details = "One line.\nAnother.\n",
        .answers = "Message-ID: <1@example.net>\n\n",
    },
    {
        .name = "bare",
        .title = "S",
        .subject = "",
    },
    {
        .name = "without-ticket",
        .title = "Größe & Söhne",
        .details = "Es gibt nichts.\n",
    },
    {
        .name = "without-ticket-hostile",
        .title = "Support\r\nBcc: x@example.net",
        .template = "Subject: %{id}\n\n%{id}\n",
    },
    {
        .name = "utf8",
        .title = "例のサポート窓口",
        .person = "Jörg Müller, Dr. \"x\" <y@z>",
        .subject = "お問い合わせの件 👨‍👩‍👧 – e\u0301tude",
        .operator= "Ægir Þórsson",
        .details = "日本語の文章。\n\tÄrger mit Umlauten: äöüß\n> zitiert\n \nFrom hier\n",
        .answers = "Message-ID: <1@example.net>\nIn-Reply-To: <0@example.net>\n\n",
    },
    {
        .name = "hostile",
        .title = "Support \"A\" \\ <x@y>, (b); =?utf-8?q?=0D=0ABcc:_c?=",
        .person = "Kim\r\nBcc: victim@example.net\r\n\r\nHello \x1b[2J" TURNED " \xff\x7f",
        .subject = "a\r\nBcc: victim@example.net\n.\r\n\r\n-- \n%{title} [Example #1-AAAAA] "
                   "=?utf-8?q?x=0D=0Ay?= " TURNED "\xff\xc2\x85",
        .operator= "Jane\n-- \n",
        .details = ".\n..\n\x1b[31mred\x07\n-- \nFrom \n>\n\r\r\n   \n\xff\xfe\n",
        .answers =
            "Message-ID: <1(@example.net>\nReferences: <a@b> <c\x7f@d> <\xc3\xa9@e> nonsense "
            "<f,\"g@h>\n\n",
    },
    {
        .name = "long",
        .title = FORTY("Support of a large company ") "and its daughters",
        .person = FORTY("Kim Chrysanthemum ") "Customer",
        .subject = FORTY("Could somebody please have a look at the printer, ") FORTY("größe ") "x",
        .operator= FORTY("Jane "),
        .details =
            FORTY("All of this is one paragraph, which is to be put together again. ") "\n\n" FORTY(
                "Größere Wörter für längere Sätze überall. ") "\n",
        .answers = "Message-ID: <13@example.net>\nReferences: <0@a> <1@a> <2@a> <3@a> <4@a> <5@a>\n"
                   " <6@a> <7@a> <8@a> <9@a> <10@a> <11@a> <12@a>\n\n",
    },
    {
        .name = "endless",
        .title = FORTY(FORTY("x")),
        .person = FORTY(FORTY("日")),
        .subject = FORTY(FORTY("日")) FORTY(FORTY("y")),
        .details = FORTY(FORTY("z")) "\n" FORTY(FORTY("語")) "\n" FORTY(FORTY("e\u0301")) "\n",
        .answers = "Message-ID: <" FORTY("0123456789") "@example.net>\nReferences: <a@b>\n\n",
    },
    {
        .name = "own-template",
        .title = "Büro",
        .person = "Kim",
        .subject = "Drucker",
        .details = "Einzelheiten.\n",
        .template = "Subject: Grüße zu %{id} von %{title}, %{operator}\n\nHallo %{requester},  \n"
                    "\n%{operator} hat es.\n\n  > eingerückt\nFrom mir\n-- \n%{title} <%{role}>\n",
    },
    {
        .name = "own-template-alone",
        .title = "Büro",
        .subject = "Drucker",
        .template = "Subject: x\n",
    },
    {
        .name = "own-signature-first",
        .title = "Büro",
        .subject = "Drucker",
        .details = "above\n",
        .template = "Subject: x\n\n-- \nbelow\n",
    },
    {
        .name = "unusable-parent",
        .title = "Support",
        .subject = "x",
        .answers = "Message-ID: <\xc3\xa9@example.net>\nReferences: <a@b>\n\n",
    },
    {
        .name = "outside-ascii",
        .title = "Support",
        .role = "support@bücher.example",
        .subject = "x",
    },
    {
        .name = "enclosed",
        .title = "Support",
        .person = "Kim",
        .subject = "Drucker",
        .operator= "Jane",
        .details = "Zusammenfassung: drei Nachrichten.\n",
        .enclosed = {"Subject: one\r\n\r\nOne.\r\n",
                     "Subject: Gr\xc3\xbc\xc3\x9f"
                     "e\r\nContent-Type: text/plain; charset=utf-8\r\n"
                     "Content-Transfer-Encoding: 8bit\r\n\r\n\xe4\xb8\x80\r\n",
                     "Subject: three\r\n\r\nwithout an end of line"},
    },
    {
        .name = "enclosed-hostile",
        .title = "Support",
        .subject = "x",
        .enclosed = {"\r\n--x\r\n\r\n--x--\r\n",
                     "Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\n\r\nunterminated",
                     "bare\nlines\rand\x80\xff bytes\n\n\r",
                     "X: " FORTY(FORTY("long")) "\r\n\r\n" FORTY(FORTY("long")) "\r\n", "."},
    },
};

static void fail_on(const GError *error)
{
    if (error != NULL)
        g_error("%s", error->message);
}

static struct ticket *make_ticket(struct store *store, const struct row *row)
{
    g_autoptr(GError) error = NULL;
    struct ticket *ticket = ticket_new();

    ticket_next_number(store, &ticket->number, &error);
    g_ptr_array_add(ticket->departments, ticket_department_new(1, "support"));
    ticket->requester = g_strdup("kim@example.net");
    ticket->requester_name = g_strdup(row->person);
    ticket->subject = g_strdup(row->subject);
    ticket_add(store, ticket, &error);
    fail_on(error);
    return ticket;
}

static void enclose(struct store *store, int64_t ticket, const char *bytes, GPtrArray *enclosed)
{
    g_autoptr(GError) error = NULL;
    AUTO(message) message = message_new();
    struct notice_enclosed *one = g_new0(struct notice_enclosed, 1);

    message_next_number(store, &message->number, &error);
    message->ticket = ticket;
    message->kind = g_strdup("request");
    message->sender = g_strdup("kim@example.net");
    message->text = g_strdup("");
    message->size_bytes = (int64_t)strlen(bytes);
    message_add(store, message, &error);
    message_add_piece(store, message->number, 0, bytes, strlen(bytes), &error);
    fail_on(error);
    one->message = message->number;
    one->size = message->size_bytes;
    g_ptr_array_add(enclosed, one);
}

static void tell(GString *about, const struct row *row, const struct notice *notice,
                 const struct outbox_mail *mail)
{
    mailbag_tell(about, "role", notice->role);
    mailbag_tell(about, "title", row->title);
    for (guint i = 0; i < notice->to->len; i++) {
        const char *name = ((const struct mail_address *)notice->to->pdata[i])->name;

        mailbag_tell(about, "name", name != NULL ? name : "");
    }
    mailbag_tell(about, "details", row->details);
    mailbag_tell(about, "parent", notice->answers != NULL ? notice->answers->message_id : NULL);
    mailbag_tell(about, "subject", mail->subject);
}

static void post(const struct bench *bench, const struct row *row, struct notice *notice,
                 int64_t now, const char *bag)
{
    g_autofree char *name = g_strconcat(row->name, "-", wording_kinds[notice->kind], NULL);
    g_autoptr(GString) about = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    struct outbox_mail *mail = NULL;
    int64_t number;

    department_template_set(bench->store, 1, wording_kinds[notice->kind], row->template, &error);
    outbox_next_number(bench->store, &number, &error);
    notice_write(&bench->decides, bench->store, notice, number, now, &mail, &error);
    fail_on(error);
    outbox_add(bench->store, mail, now, &error);
    fail_on(error);
    tell(about, row, notice, mail);
    mailbag_empty(bench->store, now, bag, name, about->str);
    outbox_mail_free(mail);
}

static void write_row(const struct bench *bench, const struct row *row, enum notice_kind kind,
                      int64_t now, const char *bag)
{
    g_autoptr(GError) error = NULL;
    AUTO(department) department = NULL;
    AUTO(ticket) ticket = row->subject != NULL ? make_ticket(bench->store, row) : NULL;
    AUTO(mail)
    answers = row->answers != NULL ? letter_read(row->answers, strlen(row->answers), 1 << 20, NULL)
                                   : NULL;
    struct mail_address kim = {(char *)row->person, (char *)"kim@example.net"};
    struct mail_address pat = {NULL, (char *)"\"pat o'hara\"@example.net"};
    g_autoptr(GPtrArray) to = g_ptr_array_new();
    g_autoptr(GPtrArray) enclosed = g_ptr_array_new_with_free_func(g_free);
    struct notice notice = {.kind = kind, .ticket = ticket, .to = to, .enclosed = enclosed};

    department_find_id(bench->store, 1, &department, &error);
    fail_on(error);
    g_free(department->title);
    department->title = g_strdup(row->title);
    g_ptr_array_add(to, &kim);
    if (kind == NOTICE_RESULT)
        g_ptr_array_add(to, &pat);
    for (size_t i = 0; i < G_N_ELEMENTS(row->enclosed) && row->enclosed[i] != NULL; i++)
        enclose(bench->store, ticket->number, row->enclosed[i], enclosed);
    notice.department = department;
    notice.role = row->role != NULL ? row->role : "support@example.com";
    notice.is_inside = kind == NOTICE_HANDOVER;
    notice.may_quote = true;
    notice.is_reply = kind == NOTICE_ACKNOWLEDGE;
    notice.operator_name = row->operator;
    notice.answers = answers;
    notice.details = row->details;
    post(bench, row, &notice, now, bag);
}

/* Text that no table would have. Yours. */
static char *mix(GRand *dice)
{
    static const char *const pieces[] = {"a",    "word", " ",     " ",      " ", "\n",
                                         "日",   "é",    "From ", "> ",     ">", "-- ",
                                         "--\n", "\t",   "👍",     "e\u0301"};
    GString *text = g_string_new(NULL);

    for (int i = g_rand_int_range(dice, 1, 400); i > 0; i--)
        g_string_append(text, pieces[g_rand_int_range(dice, 0, G_N_ELEMENTS(pieces))]);
    g_string_append_c(text, '\n');
    return g_string_free(text, FALSE);
}

static void write_mixed(const struct bench *bench, const char *bag)
{
    GRand *dice = g_rand_new_with_seed(1);

    for (int i = 0; i < MIXED_ROWS; i++) {
        g_autofree char *name = g_strdup_printf("mixed-%d", i);
        g_autofree char *details = mix(dice);
        g_autofree char *subject = mix(dice);
        const struct row row = {
            .name = name, .title = "Support", .subject = subject, .details = details};

        write_row(bench, &row, NOTICE_STATUS, NOW + i * STEP, bag);
    }
    g_rand_free(dice);
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = argc == 3 ? g_path_get_dirname(argv[1]) : NULL;
    g_autofree char *seed = argc == 3 ? g_build_filename(folder, "seed.sql", NULL) : NULL;
    struct bench bench = {NULL};

    if (argc != 3) {
        fputs("usage: notices CONF BAG\n", stderr);
        return 2;
    }
    mail_init();
    bench_open(&bench, argv[1]);
    bench_seed(&bench, seed);
    store_begin(bench.store, &error);
    fail_on(error);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        for (int kind = 0; wording_kinds[kind] != NULL; kind++)
            write_row(&bench, &rows[i], (enum notice_kind)kind,
                      NOW + ((int64_t)i * 7 + kind) * STEP, argv[2]);
    write_mixed(&bench, argv[2]);
    store_rollback(bench.store);
    bench_close(&bench);
    return 0;
}
