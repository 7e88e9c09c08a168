/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * milter/machine: what makes a mail automatic, what keeps it without acknowledgement, and what
 * does neither; spam; what mailing lists do to From.
 */
#include "milter/machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/letter.h"

#define KIM "From: Kim <kim@example.net>\n"
#define KIM_ADDRESS "<kim@example.net>"

static const struct {
    const char *name;
    const char *sender;
    const char *in;        /* the header */
    const char *automatic; /* the reason, or NULL */
    const char *quiet;
} rows[] = {
    {"a person", KIM_ADDRESS, KIM, NULL, NULL},
    {"a person, many headers", KIM_ADDRESS,
     KIM "Subject: Automatic reply: out of office\nX-Mailer: autoresponder\nX-Autoreply-To: x\n"
         "Precedence: first-class\nAuto-Submitted: no\nDelivered-To: autoresponder@example.com\n",
     NULL, NULL},
    {"null sender", "<>", KIM, "null-sender", "null-sender"},
    {"auto-replied", KIM_ADDRESS, KIM "Auto-Submitted: auto-replied\n", "auto-replied",
     "auto-replied"},
    {"auto-replied, parameters", KIM_ADDRESS, KIM "auto-submitted: Auto-Replied; owner=kim\n",
     "auto-replied", "auto-replied"},
    {"auto-replied, comments", KIM_ADDRESS,
     KIM "Auto-Submitted: (a (b\\)) c)\n\tauto-replied (vacation)\n", "auto-replied",
     "auto-replied"},
    {"auto-replied, second field", KIM_ADDRESS,
     KIM "Auto-Submitted: no\nAuto-Submitted: auto-replied\n", "auto-replied", "auto-replied"},
    {"auto-replied, and then more", KIM_ADDRESS, KIM "Auto-Submitted: auto-replied-not\n", NULL,
     "auto-submitted"},
    {"auto-generated", KIM_ADDRESS, KIM "Auto-Submitted: auto-generated\n", NULL, "auto-submitted"},
    {"auto-submitted, unknown", KIM_ADDRESS, KIM "Auto-Submitted: auto-notified; x=y\n", NULL,
     "auto-submitted"},
    {"auto-submitted, empty", KIM_ADDRESS, KIM "Auto-Submitted:\n", NULL, "auto-submitted"},
    {"not automatic", KIM_ADDRESS, KIM "Auto-Submitted: No (really)\n", NULL, NULL},
    {"X-Autoreply", KIM_ADDRESS, KIM "X-AutoReply: yes\n", "x-autoreply", "x-autoreply"},
    {"X-Autorespond", KIM_ADDRESS, KIM "X-Autorespond: Thank you\n", "x-autorespond",
     "x-autorespond"},
    {"Precedence: auto_reply", KIM_ADDRESS, KIM "Precedence: Auto_Reply\n", "precedence-auto_reply",
     "precedence-auto_reply"},
    {"Delivered-To: autoresponder", KIM_ADDRESS, KIM "Delivered-To:  Autoresponder \n",
     "autoresponder", "autoresponder"},
    {"Precedence: bulk", KIM_ADDRESS, KIM "Precedence: bulk\n", NULL, "precedence-bulk"},
    {"Precedence: list", KIM_ADDRESS, KIM "PRECEDENCE: List\n", NULL, "precedence-list"},
    {"Precedence: junk", KIM_ADDRESS, KIM "Precedence: junk\n", NULL, "precedence-junk"},
    {"any Precedence", KIM_ADDRESS, KIM "Precedence: normal\nPrecedence: bulk\n", NULL,
     "precedence-bulk"},
    {"X-Auto-Response-Suppress", KIM_ADDRESS, KIM "X-Auto-Response-Suppress: OOF\n", NULL,
     "x-auto-response-suppress"},
    {"List-Id", KIM_ADDRESS, KIM "List-Id: <x.example.org>\n", NULL, "list"},
    {"any List- field", KIM_ADDRESS, KIM "list-unsubscribe: <mailto:x@example.org>\n", NULL,
     "list"},
    {"no List- field", KIM_ADDRESS, KIM "Listen-To: me\nMailing-List: x\n", NULL, NULL},
    {"noreply", KIM_ADDRESS, "From: Shop <NoReply@example.org>\n", NULL, "no-reply-sender"},
    {"no-reply, extension", KIM_ADDRESS, "From: no-reply+17@example.org\n", NULL,
     "no-reply-sender"},
    {"donotreply sends", "<donotreply@example.org>", KIM, NULL, "no-reply-sender"},
    {"postmaster", "<postmaster@example.org>", KIM, NULL, "no-reply-sender"},
    {"mailer-daemon, no domain", "MAILER-DAEMON", KIM, NULL, "no-reply-sender"},
    {"one of several From", KIM_ADDRESS, "From: kim@example.net, noreply@example.org\n", NULL,
     "no-reply-sender"},
    {"no noreply", "<noreplyx@example.org>", "From: the-noreply@noreply.example\n", NULL, NULL},
    {"no From, no sender but an odd one", "\"\"", "Subject: x\n", NULL, NULL},
    {"receipt", KIM_ADDRESS,
     KIM "Content-Type: multipart/report; boundary=b;\n\treport-type=disposition-notification\n",
     "receipt", "receipt"},
    {"receipt, bare", KIM_ADDRESS, KIM "Content-Type: message/disposition-notification\n",
     "receipt", "receipt"},
    {"receipt, its type left out", KIM_ADDRESS,
     KIM "Content-Type: multipart/report; boundary=b\n\n--b\n\nread\n--b\n"
         "Content-Type: message/disposition-notification\n\nDisposition: x\n--b--\n",
     "receipt", "receipt"},
    {"receipt that a person forwards", KIM_ADDRESS,
     KIM "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nlook\n--b\n"
         "Content-Type: message/disposition-notification\n\nDisposition: x\n--b--\n",
     NULL, NULL},
    {"receipt within a message", KIM_ADDRESS,
     KIM "Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/rfc822\n\n"
         "Content-Type: multipart/report; boundary=c\n\n--c\n"
         "Content-Type: message/disposition-notification\n\nDisposition: x\n--c--\n--b--\n",
     NULL, NULL},
    {"other report", KIM_ADDRESS,
     KIM "Content-Type: multipart/report; report-type=feedback-report; boundary=b\n", NULL, NULL},
};

/* The message with that header; the body is what follows an empty line, if there is one. */
static struct mail *read_mail(const char *in)
{
    g_autofree char *text =
        strstr(in, "\n\n") == NULL ? g_strconcat(in, "\nhello\n", NULL) : g_strdup(in);

    return letter_read(text, strlen(text), SIZE_MAX, NULL);
}

static void check(const char *name, const char *what, bool is, const char *got, const char *want)
{
    if (is != (want != NULL) || g_strcmp0(got, want) != 0)
        fail_msg("%s: %s: got %s, want %s", name, what, got, want);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        AUTO(mail) mail = read_mail(rows[i].in);
        AUTO(envelope) envelope = envelope_new();
        const char *reason = "";

        envelope_set_sender(envelope, rows[i].sender);
        bool is = machine_is_auto(envelope, mail, &reason);
        check(rows[i].name, "auto", is, reason, rows[i].automatic);
        is = machine_is_quiet(envelope, mail, &reason);
        check(rows[i].name, "quiet", is, reason, rows[i].quiet);
        assert_true(machine_is_quiet(envelope, mail, NULL) == is);
    }
}

static const struct {
    const char *in;
    bool want;
} spam_rows[] = {
    {"X-Spam-Flag: YES\n", true},
    {"X-Spam: Yes\n", true},
    {"X-Spam-Status: Yes, score=7.1 required=5.0\n", true},
    {"X-Spam-Status: No\nX-Spam-Status:\n yes\n", true},
    {"X-Spam-Flag: yes; x\n", true},
    {"X-Spam-Flag: NO\nX-Spam-Status: No, score=1 yes\n", false},
    {"X-Spam-Status: yesterday\n", false},
    {"X-Spam-Level: Yes\nSubject: YES\n", false},
};

static void test_spam(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(spam_rows); i++) {
        AUTO(mail) mail = read_mail(spam_rows[i].in);

        if (machine_is_spam(mail) != spam_rows[i].want)
            fail_msg("%s: want %d", spam_rows[i].in, spam_rows[i].want);
    }
}

static const struct {
    const char *name;
    const char *in;
    const char *want;   /* the reason, or NULL */
    const char *author; /* who wrote it, or NULL */
} list_rows[] = {
    {"Mailman, From replaced",
     "From: Kim via Users <users@lists.example.org>\nReply-To: Kim <kim@example.net>\n"
     "List-Id: The users <users.lists.example.org>\nList-Post: <mailto:users@lists.example.org>\n",
     "list-post", "Kim kim@example.net"},
    {"Mailman, Reply-To to the list, too",
     "From: Kim via Users <users@lists.example.org>\n"
     "Reply-To: Users <users@lists.example.org>, Kim <kim@example.net>\n"
     "List-Post: <mailto:users@lists.example.org>\n",
     "list-post", "Kim kim@example.net"},
    {"Google Groups",
     "From: \"'Kim' via Users\" <users@googlegroups.com>\nX-Original-Sender: kim@example.net\n"
     "X-Original-From: Kim <kim@example.net>\nReply-To: Kim <kim@example.net>\n"
     "List-ID: <users.googlegroups.com>\nList-Post: <https://groups.google.com/group/users/post>,\n"
     " <mailto:users@googlegroups.com>\n",
     "list-post", "Kim kim@example.net"},
    {"Google Groups, replies to the group",
     "From: \"'Kim' via Users\" <users@googlegroups.com>\nX-Original-Sender: kim@example.net\n"
     "Reply-To: users@googlegroups.com\nList-ID: <users.googlegroups.com>\n",
     "list-id", "- kim@example.net"},
    {"Sympa",
     "From: \"Kim (via users Mailing List)\" <users@example.org>\nReply-To: kim@example.net\n"
     "X-Original-From: \"Kim\" <kim@example.net>\nList-Id: <users.example.org>\n",
     "list-id", "- kim@example.net"},
    {"an address of its own for each author",
     "From: kim=40example.net@dmarc.example.org\nX-Original-From: kim@example.net\n"
     "List-Post: <mailto:users@example.org>\n",
     "original-from", "- kim@example.net"},
    {"several in Reply-To, one of them known",
     "From: users@example.org\nReply-To: x@example.com, Kim <kim@example.net>\n"
     "Original-From: kim@example.net\nList-Id: users.example.org\n",
     "list-id", "Kim kim@example.net"},
    {"several in Reply-To, none known",
     "From: users@example.org\nReply-To: x@example.com, kim@example.net\n"
     "List-Post: <mailto:Users%40Example.org?subject=x>\n",
     "list-post", "- x@example.com"},
    {"the list does not say", "From: users@example.org\nList-Id: <users.example.org>\n", "list-id",
     NULL},
    {"From as it was",
     "From: kim@example.net\nReply-To: users@example.org\n"
     "List-Id: <users.example.org>\nList-Post: <mailto:users@example.org>\n",
     NULL, NULL},
    {"From as it was, and said again",
     "From: kim@example.net\nX-Original-From: Kim <KIM@example.net>\nList-Id: "
     "<users.example.org>\n",
     NULL, NULL},
    {"no list",
     "From: users@example.org\nReply-To: kim@example.net\nX-Original-From: k@x.example\n"
     "List-Unsubscribe: <mailto:users@example.org>\n",
     NULL, NULL},
    {"several From", "From: users@example.org, kim@example.net\nList-Id: <users.example.org>\n",
     NULL, NULL},
    {"nobody may post", "From: kim@example.net\nList-Post: NO\nList-Id:\n", NULL, NULL},
};

static void test_list(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(list_rows); i++) {
        AUTO(mail) mail = read_mail(list_rows[i].in);
        g_autoptr(GPtrArray) author = machine_list_author(mail);
        const char *reason = "";
        bool is = machine_is_list(mail, &reason);
        g_autofree char *got = NULL;

        check(list_rows[i].name, "list", is, reason, list_rows[i].want);
        if (author != NULL) {
            const struct mail_address *address = author->pdata[0];
            got = g_strdup_printf("%s %s", address->name == NULL ? "-" : address->name,
                                  address->address);
        }
        if (g_strcmp0(got, list_rows[i].author) != 0)
            fail_msg("%s: got %s, want %s", list_rows[i].name, got, list_rows[i].author);
    }
}

static void test_daemon(void **state)
{
    (void)state;
    assert_true(machine_is_daemon("mailer-daemon@example.net"));
    assert_true(machine_is_daemon("MAILER-DAEMON"));
    assert_false(machine_is_daemon("mailer-daemons@example.net"));
    assert_false(machine_is_daemon("postmaster@example.net"));
    assert_false(machine_is_daemon(""));
    assert_false(machine_is_daemon(NULL));
}

/* A list's fields are a stranger's words: however many they are, it takes no time. */
static void test_hostile(void **state)
{
    g_autoptr(GString) in = g_string_new("From: users@example.org\nList-Id: <x.example.org>\n");
    gint64 begin = g_get_monotonic_time();

    (void)state;
    g_string_append(in, "List-Post: ");
    for (int i = 0; i < 100 * 1000; i++)
        g_string_append(in, "mailto:users@example.org,");
    g_string_append(in, "\nReply-To: ");
    for (int i = 0; i < 10 * 1000; i++)
        g_string_append_printf(in, "users@example.org, k%d@example.net,\n ", i);
    g_string_append(in, "x@example.org\n");
    for (int i = 0; i < 10 * 1000; i++)
        g_string_append(in, "List-Post: mailto:users@example.org\nAuto-Submitted: ((((((no\n");
    AUTO(mail) mail = read_mail(in->str);
    AUTO(envelope) envelope = envelope_new();
    envelope_set_sender(envelope, KIM_ADDRESS);
    assert_true(machine_is_list(mail, NULL));
    assert_true(machine_is_quiet(envelope, mail, NULL));
    assert_false(machine_is_auto(envelope, mail, NULL));
    g_autoptr(GPtrArray) author = machine_list_author(mail);
    assert_non_null(author);
    assert_true(g_get_monotonic_time() - begin < 5 * G_TIME_SPAN_SECOND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),   cmocka_unit_test(test_spam),    cmocka_unit_test(test_list),
        cmocka_unit_test(test_daemon), cmocka_unit_test(test_hostile),
    };

    mail_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
