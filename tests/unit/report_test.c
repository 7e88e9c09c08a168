/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * milter/report and what it is made of: what is a delivery report, and what only looks like one;
 * recipients, codes and actions; which message it is about. Real ones: tests/classify.
 */
#include "milter/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <glib.h>

#include "db/error.h"
#include "tests/unit/letter.h"

#define DAEMON "From: Mail System <MAILER-DAEMON@mx.example.net>\nTo: <support@example.com>\n"
#define KIM "From: Kim <kim@example.net>\nTo: <support@example.com>\n"
#define POSTMASTER "From: postmaster@example.net\nTo: <support@example.com>\n"
#define REPORT "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n"
#define MIXED "Content-Type: multipart/mixed; boundary=b\n"
#define NOTICE "\n--b\n\nYour mail was not delivered.\n"
#define STATUS                                                                                     \
    "\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.net\n\n"
#define JO_FAILED "Final-Recipient: rfc822; jo@example.org\nAction: failed\nStatus: 5.1.1\n"
#define HEADER                                                                                     \
    "Return-Path: <support+1042-k7qx2@example.com>\n"                                              \
    "Received: by mx.example.com\n\tfor <jo@example.org>\n"                                        \
    "From: \"Example Support\" <support@example.com>\nTo: Jo <jo@example.org>\n"                   \
    "Message-ID: <1.2@example.com>\nReferences: <0@x.example> <1@x.example>\n"                     \
    "Subject: Re: [Example #1042-K7QX2]\n =?utf-8?q?J=C3=B6?=\n"
#define HEADER_READ                                                                                \
    "1.2@example.com/Re: [Example #1042-K7QX2] J\u00f6/0@x.example 1@x.example/"                   \
    "support+1042-k7qx2@example.com jo@example.org support@example.com"
#define RETURNED "\n--b\nContent-Type: message/rfc822\n\n" HEADER "\nhello\n"
#define END "\n--b--\n"

/* What is wanted: reason, action; address (original) status action of each recipient; identifier,
 * subject, references and addresses of the message that it is about. "": no report. */
static const struct {
    const char *name;
    const char *sender;
    const char *in;
    const char *want;
} rows[] = {
    {"RFC 3464", "<>", DAEMON REPORT NOTICE STATUS JO_FAILED RETURNED END,
     "delivery-status failed|jo@example.org 5.1.1 failed|" HEADER_READ},
    {"its header alone", "<>",
     DAEMON REPORT NOTICE STATUS JO_FAILED
     "\n--b\nContent-Type: text/rfc822-headers\n\n" HEADER END,
     "delivery-status failed|jo@example.org 5.1.1 failed|" HEADER_READ},
    {"nothing came back", "<>", DAEMON REPORT NOTICE STATUS JO_FAILED END,
     "delivery-status failed|jo@example.org 5.1.1 failed|-/-//"},
    {"the report's own fields", "<>",
     DAEMON "In-Reply-To: <2@x.example>\nReferences: <1@x.example>\n" REPORT NOTICE
            "\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n"
            "X-Postfix-Sender: rfc822; support+7-abcde@example.com\n\n" JO_FAILED END,
     "delivery-status failed|jo@example.org 5.1.1 failed|-/-/1@x.example 2@x.example/"
     "support+7-abcde@example.com"},
    {"through a forwarder that has a sender", "<srs0=x@forward.example>",
     DAEMON REPORT NOTICE STATUS JO_FAILED END,
     "delivery-status failed|jo@example.org 5.1.1 failed|-/-//"},
    {"sent by whomever, the type says it", KIM, KIM REPORT NOTICE STATUS JO_FAILED END,
     "delivery-status failed|jo@example.org 5.1.1 failed|-/-//"},
    {"report-type left out", "<kim@example.net>",
     KIM "Content-Type: multipart/report; boundary=b\n" NOTICE STATUS JO_FAILED END,
     "delivery-status failed|jo@example.org 5.1.1 failed|-/-//"},
    {"encoded", "<>",
     DAEMON REPORT "\n--b\nContent-Type: message/delivery-status\n"
                   "Content-Transfer-Encoding: base64\n\n"
                   "RmluYWwtUmVjaXBpZW50OiByZmM4MjI7IGpvQGV4YW1wbGUub3JnCkFjdGlvbjogZmFpbGVk\n" END,
     "delivery-status failed|jo@example.org - failed|-/-//"},
    {"delayed", "<>",
     DAEMON REPORT STATUS "Final-Recipient: rfc822; jo@example.org\nAction: Delayed (4 hours)\n"
                          "Status: 4.4.1\nDiagnostic-Code: smtp; 421 4.3.2 busy\n" END,
     "delivery-status delayed|jo@example.org 4.4.1 delayed|-/-//"},
    {"relayed, delivered and expanded", "<>",
     DAEMON REPORT STATUS "Final-Recipient: rfc822; a@x.example\nAction: relayed\nStatus: 2.1.9\n\n"
                          "Final-Recipient: rfc822; b@x.example\nAction: delivered\n\n"
                          "Final-Recipient: rfc822; c@x.example\nAction: expanded\n" END,
     "delivery-status expanded|a@x.example 2.1.9 relayed, b@x.example - delivered, "
     "c@x.example - expanded|-/-//"},
    {"each its own", "<>",
     DAEMON REPORT STATUS
     "Final-Recipient: rfc822; a@x.example\nAction: delivered\n"
     "Status: 2.0.0\n\n\n\n"
     "Final-Recipient: rfc822; b@x.example\nAction: delayed\nStatus: 4.0.0\n"
     "Final-Recipient: rfc822; c@x.example\nAction: failed\nStatus: 5.2.2\n\n"
     "Final-Recipient: rfc822; b@x.example\nAction: failed\nStatus: 4.4.7\n" END,
     "delivery-status failed|a@x.example 2.0.0 delivered, b@x.example 4.4.7 failed, "
     "c@x.example 5.2.2 failed|-/-//"},
    {"the worse of two", "<>",
     DAEMON REPORT STATUS "Final-Recipient: rfc822; jo@example.org\nAction: delayed\n"
                          "Status: 4.4.1\n\n" JO_FAILED "\n"
                          "Final-Recipient: rfc822; jo@example.org\nAction: delayed\n"
                          "Status: 4.4.7\n" END,
     "delivery-status failed|jo@example.org 5.1.1 failed|-/-//"},
    {"exacter in the diagnosis", "<>",
     DAEMON REPORT STATUS "Final-Recipient: rfc822; jo@example.org\nAction: failed\nStatus: 5.0.0\n"
                          "Diagnostic-Code: smtp; 550-5.7.26 no\n 550 5.7.26 never\n" END,
     "delivery-status failed|jo@example.org 5.7.26 failed|-/-//"},
    {"no exacter than it is", "<>",
     DAEMON REPORT STATUS "Final-Recipient: rfc822; jo@example.org\nAction: failed\nStatus: 4.0.0\n"
                          "Diagnostic-Code: smtp; 550 5.7.26 never\n" END,
     "delivery-status failed|jo@example.org 4.0.0 failed|-/-//"},
    {"no action", "<>",
     DAEMON REPORT STATUS "Final-Recipient: rfc822; jo@example.org\nStatus: 4.2.2\n\n"
                          "Final-Recipient: rfc822; mo@example.org\nStatus: 5.2.2\n\n"
                          "Final-Recipient: rfc822; bo@example.org\nStatus: 2.0.0\n" END,
     "delivery-status failed|jo@example.org 4.2.2 delayed, mo@example.org 5.2.2 failed, "
     "bo@example.org 2.0.0 delivered|-/-//"},
    {"an alias", "<>",
     DAEMON REPORT STATUS "Original-Recipient: rfc822;Jo@example.org\n"
                          "Final-Recipient: LOCAL;<jo.smith@inside.example>\nAction: failed\n" END,
     "delivery-status failed|jo.smith@inside.example (jo@example.org) - failed|-/-//"},
    {"the original one alone", "<>",
     DAEMON REPORT STATUS "Original-Recipient: <jo@example.org>\nAction: failed\n" END,
     "delivery-status failed|jo@example.org - failed|-/-//"},
    {"a file, no address", "<>",
     DAEMON REPORT STATUS "Final-Recipient: x-local; |/usr/bin/procmail\n"
                          "X-Actual-Recipient: rfc822; jo@mx.example.org\nAction: failed\n" END,
     "delivery-status failed|jo@mx.example.org - failed|-/-//"},
    {"an address outside ASCII", "<>",
     DAEMON REPORT "\n--b\nContent-Type: message/global-delivery-status\n\n"
                   "Final-Recipient: utf-8; J\u00f6@b\u00fccher.example\nAction: failed\n" END,
     "delivery-status failed|j\u00f6@b\u00fccher.example - failed|-/-//"},
    {"nobody can be read", "<>",
     DAEMON REPORT STATUS "Final-Recipient: xxx\nAction: failed\nStatus: 5.0.0\n" END,
     "delivery-status failed|- 5.0.0 failed|-/-//"},
    {"no recipients, but in the text", "<>",
     DAEMON REPORT "\n--b\n\n<jo@example.org>: 550 5.1.1 unknown\n" STATUS END,
     "delivery-status failed|jo@example.org 5.1.1 failed|-/-//"},
    {"no such part, but so typed", "<kim@example.net>",
     KIM REPORT "\n--b\n\nError.\n\n<jo@example.org>:\n550 5.1.1 unknown\n" RETURNED END,
     "returned-message failed|jo@example.org 5.1.1 failed|" HEADER_READ},
    {"wrapped by a gateway", "<>",
     DAEMON MIXED NOTICE
     "\n--b\nContent-Type: message/rfc822\n\nContent-Type: multipart/report; boundary=c\n\n"
     "--c\nContent-Type: message/delivery-status\n\n" JO_FAILED "\n--c\n"
     "Content-Type: text/rfc822-headers\n\n" HEADER "\n--c--\n" END,
     "delivery-status failed|jo@example.org 5.1.1 failed|" HEADER_READ},

    {"Exim", "<>",
     DAEMON
     "X-Failed-Recipients: jo@example.org,\n  mo@example.org\nAuto-Submitted: auto-replied\n"
     "\nThe following address(es) failed:\n\n  mo@example.org\n    host x [192.0.2.1]: 550 "
     "5.2.1 <mo@example.org> no\n  jo@example.org\n    retry timeout exceeded\n\n------ This "
     "is a copy of the message, including all the headers. ------\n\n" HEADER "\n550 5.9.9\n",
     "failed-recipients failed|jo@example.org - failed, mo@example.org 5.2.1 failed|" HEADER_READ},
    {"qmail", "<>",
     DAEMON "\nHi. This is the qmail-send program.\n\n<jo@example.org>:\n192.0.2.1 does not like "
            "recipient.\nRemote host said: 550 5.1.1 no\nGiving up.\n\n<mo@example.org>:\nSorry. "
            "(#5.2.2)\n\n--- Below this line is a copy of the message.\n\n" HEADER "\nhello\n",
     "returned-message failed|jo@example.org 5.1.1 failed, mo@example.org 5.2.2 "
     "failed|" HEADER_READ},
    {"fields in the text", "<>",
     DAEMON "\nTechnical report:\n\nReporting-MTA: dns; x\n\n" JO_FAILED "\n",
     "status-code failed|jo@example.org 5.1.1 failed|-/-//"},
    {"Domino", "<>",
     POSTMASTER
     "\nYour message\n\n  Subject: Re: [Example #1042-K7QX2]\n\nwas not\ndelivered  to:\n"
     "\n  jo@example.org\n\nbecause:\n\n  User jo (jo@example.org) not listed\n",
     "phrase failed|jo@example.org - failed|-/Re: [Example #1042-K7QX2]//"},
    {"a delay in words", "<>",
     DAEMON "\nDelivery to the following recipient has been delayed:\n\n     jo@example.org\n\n"
            "450 4.2.2 full\n\n----- Original message -----\n\n" HEADER,
     "returned-message delayed|jo@example.org 4.2.2 delayed|" HEADER_READ},
    {"HTML alone", "<>",
     DAEMON "Content-Type: text/html\n\n<p>Sorry:</p><p>&lt;jo@example.org&gt;: 550 5.1.1</p>\n",
     "status-code failed|jo@example.org 5.1.1 failed|-/-//"},
    {"its own addresses are no recipients", "<>",
     DAEMON "\nsupport@example.com: 550 5.1.1 <jo@example.org> no\n"
            "Write to postmaster@mx.example.net\n",
     "status-code failed|jo@example.org 5.1.1 failed|-/-//"},
    {"unless there is nobody else", "<>", DAEMON "\n<support@example.com>: 550 5.1.1 no\n",
     "status-code failed|support@example.com 5.1.1 failed|-/-//"},
    {"the recipient that came back", "<>",
     DAEMON "\n550 5.1.1 no\n\n----- Unsent message follows -----\n" HEADER "\nhello\n",
     "returned-message failed|jo@example.org 5.1.1 failed|" HEADER_READ},
    {"a name without address sends", "<kim@example.net>",
     "From: MAILER-DAEMON <>\nTo: support@example.com\n\n<jo@example.org>: 550 5.1.1 no\n",
     "status-code failed|jo@example.org 5.1.1 failed|-/-//"},
    {"a service without that name, null sender", "<>",
     "From: Shop <no-reply@shop.example>\n" MIXED "\n--b\n\nCould not\nbe delivered to: "
     "<jo@example.org>\n" RETURNED END,
     "returned-message failed|jo@example.org - failed|" HEADER_READ},
    {"nobody is named", "<>", DAEMON "\nSomething could not be delivered.\n",
     "phrase failed|- - failed|-/-//"},

    {"a person", "<kim@example.net>", KIM "\nhello\n", ""},
    {"a person forwards a report", "<kim@example.net>",
     KIM MIXED "\n--b\n\nWhat is this?\n--b\nContent-Type: message/rfc822\n\n" DAEMON
               "Content-Type: multipart/report; report-type=delivery-status; boundary=c\n\n"
               "--c\nContent-Type: message/delivery-status\n\n" JO_FAILED "\n--c--\n" END,
     ""},
    {"a person forwards a report's parts", "<kim@example.net>",
     KIM MIXED "\n--b\n\nWhat is this? 550 5.1.1\n" STATUS JO_FAILED RETURNED END, ""},
    {"a person pastes a report", "<kim@example.net>",
     KIM "\nI got this:\n\n<jo@example.org>: 550 5.1.1 could not be delivered\n\n" HEADER "\n", ""},
    {"a postmaster writes", "<postmaster@example.net>",
     POSTMASTER MIXED
     "\n--b\n\n<jo@example.org> gives 550 5.1.1, could not be delivered, see:\n" RETURNED END,
     ""},
    {"a vacation, null sender", "<>", KIM "\nI am away. My boss is jo@example.org.\n", ""},
    {"a vacation that quotes, null sender", "<>",
     KIM "\nI am away until 5.1.15. Call 550.\n\n" HEADER "\nhello\n", ""},
    {"a vacation that says so", "<>",
     KIM "Auto-Submitted: auto-replied\n" MIXED
         "\n--b\n\nMail could not be delivered to me. 550 5.1.1\n" RETURNED END,
     ""},
    {"an autoresponder in the system's name", "<>",
     DAEMON "X-Autoreply: yes\n" MIXED "\n--b\n\nThanks! 550 5.1.1\n" RETURNED END, ""},
    {"a notice of a mail system, and no report", "<>", DAEMON "\nYour mailbox is nearly full.\n",
     ""},
    {"a receipt", "<>",
     DAEMON
     "Content-Type: multipart/report; report-type=disposition-notification; boundary=b\n"
     "\n--b\n\nread, 5.1.1\n--b\nContent-Type: message/disposition-notification\n\n" JO_FAILED
         RETURNED END,
     ""},
    {"a complaint", "<>",
     DAEMON "Content-Type: multipart/report; boundary=b\n\n--b\n\nspam! 5.1.1\n--b\n"
            "Content-Type: message/feedback-report\n\nFeedback-Type: abuse\n" RETURNED END,
     ""},
    {"X-Failed-Recipients, from a person", "<kim@example.net>",
     KIM "X-Failed-Recipients: jo@example.org\n\nhello 550 5.1.1\n", ""},
};

static void append_list(GString *out, const GPtrArray *list)
{
    for (guint i = 0; i < list->len; i++)
        g_string_append_printf(out, "%s%s", i == 0 ? "" : " ", (char *)list->pdata[i]);
}

static const char *or_dash(const char *text)
{
    return text == NULL || *text == '\0' ? "-" : text;
}

/* As in the table. Yours. */
static char *show(const struct report *report)
{
    GString *out = g_string_new(NULL);

    if (report == NULL)
        return g_string_free(out, FALSE);
    g_string_append_printf(out, "%s %s|", report->reason, report_action_name(report->action));
    for (guint i = 0; i < report->recipients->len; i++) {
        const struct report_recipient *recipient = report->recipients->pdata[i];

        g_string_append_printf(out, "%s%s", i == 0 ? "" : ", ", or_dash(recipient->address));
        if (recipient->original != NULL)
            g_string_append_printf(out, " (%s)", recipient->original);
        g_string_append_printf(out, " %s %s", or_dash(recipient->status),
                               report_action_name(recipient->action));
    }
    g_string_append_printf(out, "|%s/%s/", or_dash(report->message_id), or_dash(report->subject));
    append_list(out, report->references);
    g_string_append_c(out, '/');
    append_list(out, report->addresses);
    return g_string_free(out, FALSE);
}

static struct report *read_report(const char *in, size_t size, const char *sender,
                                  size_t memory_bytes)
{
    struct letter letter = letter_open(in, size, memory_bytes);
    AUTO(mail) mail = mail_parse(g_steal_pointer(&letter.headers), letter.spool, NULL, NULL);
    AUTO(envelope) envelope = envelope_new();
    g_autoptr(GError) error = NULL;
    struct report *report;

    envelope_set_sender(envelope, sender);
    report = report_read(envelope, mail, letter.spool, &error);
    if (error != NULL)
        fail_msg("%s", error->message);
    letter_close(&letter);
    return report;
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        for (int in_file = 0; in_file < 2; in_file++) {
            AUTO(report)
            report =
                read_report(rows[i].in, strlen(rows[i].in), rows[i].sender, in_file ? 0 : SIZE_MAX);
            g_autofree char *got = show(report);

            if (strcmp(got, rows[i].want) != 0)
                fail_msg("%s:\n got %s\nwant %s", rows[i].name, got, rows[i].want);
        }
    }
}

static void test_error(void **state)
{
    struct letter letter = letter_open(rows[0].in, strlen(rows[0].in), 0);
    AUTO(mail) mail = mail_parse(g_steal_pointer(&letter.headers), letter.spool, NULL, NULL);
    AUTO(envelope) envelope = envelope_new();
    g_autoptr(GError) error = NULL;

    (void)state;
    envelope_set_sender(envelope, "<>");
    assert_return_code(ftruncate(spool_fd(letter.spool), 10), 0);
    assert_null(report_read(envelope, mail, letter.spool, &error));
    assert_true(g_error_matches(error, COUNTERFOIL_ERROR, ERROR_TEMPORARY));
    letter_close(&letter);
}

/* What comes again and again in a hostile report: before, so often that, behind. */
static const struct {
    const char *name;
    const char *before;
    const char *again;
    const char *behind;
} hostile_rows[] = {
    {"recipients", DAEMON REPORT STATUS, "Final-Recipient: rfc822; %d@x.example\nStatus: 5.1.1\n\n",
     END},
    {"recipients without blank lines", DAEMON REPORT STATUS,
     "Final-Recipient: rfc822; %d@x.example\n", END},
    {"the same recipient", DAEMON REPORT STATUS, "Final-Recipient: rfc822; jo@x.example\n\n", END},
    {"blank lines", DAEMON REPORT STATUS, "\n\n\n\n\n\n", END},
    {"fields", DAEMON REPORT STATUS, "X-%d: x@y.example\n", END},
    {"addresses in the text", DAEMON "\n", "<%d@x.example>: 550 5.1.1\n", ""},
    {"the same address in the text", DAEMON "\n", "<jo@x.example>: 550 5.0.0\n", ""},
    {"address upon address", DAEMON "\n", "a@", ""},
    {"codes", DAEMON "\n<jo@x.example>:", "5.0.0 550 ", ""},
    {"headers", DAEMON "\n550 5.1.1\n\n", "From: %d@x.example\nTo: b\n\n", HEADER},
    {"header fields", DAEMON "\n550 5.1.1\n\n" HEADER, "To: %d@x.example\n", ""},
    {"one long field", DAEMON "\n550 5.1.1\n\n" HEADER "To: ", "%d@x.example,", "\n"},
    {"failed recipients", DAEMON "X-Failed-Recipients: ", "%d@x.example,", "\n\n550 5.1.1\n"},
    {"status parts", DAEMON REPORT, "\n--b\nContent-Type: message/delivery-status\n\n%d", END},
    {"messages in messages", DAEMON "Content-Type: message/rfc822\n\n",
     "Content-Type: message/rfc822\n\n", ""},
    {"spaces", DAEMON "\n", "                    \t", "jo@x.example 550 5.1.1\n"},
    {"HTML", DAEMON "Content-Type: text/html\n\n", "<p><b>%d@x.example", "550 5.1.1\n"},
};

static void check_limits(const struct report *report)
{
    assert_in_range(report->recipients->len, 1, REPORT_RECIPIENTS_MAX);
    assert_true(report->addresses->len <= REPORT_ADDRESSES_MAX);
}

static void test_hostile(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(hostile_rows); i++) {
        g_autoptr(GString) in = g_string_new(hostile_rows[i].before);
        gint64 begin;

        for (int count = 0; in->len < 4 * 1024 * 1024; count++) {
            g_auto(GStrv) halves = g_strsplit(hostile_rows[i].again, "%d", 2);

            g_string_append(in, halves[0]);
            if (halves[1] != NULL)
                g_string_append_printf(in, "%d%s", count, halves[1]);
        }
        g_string_append(in, hostile_rows[i].behind);
        begin = g_get_monotonic_time();
        AUTO(report) report = read_report(in->str, in->len, "<>", SIZE_MAX);
        if (report != NULL)
            check_limits(report);
        if (g_get_monotonic_time() - begin > 10 * G_TIME_SPAN_SECOND)
            fail_msg("%s: too slow", hostile_rows[i].name);
    }
}

/* The message that came back may be large; what is read of it is not. */
static void test_large(void **state)
{
    g_autoptr(GString) in = g_string_new(DAEMON REPORT NOTICE STATUS JO_FAILED RETURNED);

    (void)state;
    while (in->len < 30 * 1024 * 1024)
        g_string_append(in, "0123456789012345678901234567890123456789012345678901234567890123\n");
    g_string_append(in, END);
    AUTO(report) report = read_report(in->str, in->len, "<>", 0);
    g_autofree char *got = show(report);
    assert_string_equal(got, rows[0].want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_error),
        cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_large),
    };

    mail_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
