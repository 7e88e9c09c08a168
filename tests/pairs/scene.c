/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a message is made of one row of each.
 */
#include "tests/pairs/scene.h"

#include <glib.h>
#include <string.h>

/* Only a plain role address can bear a ticket. */
static bool is_plain_role(const char *address)
{
    static const char *const roles[] = {"support@example.com",    "help@example.com",
                                        "accounting@example.com", "night@example.com",
                                        "shop@example.com",       NULL};

    return g_strv_contains(roles, address);
}

static const char *bearer(const struct sending *sending)
{
    for (int i = 0; sending->recipients[i] != NULL; i++)
        if (is_plain_role(sending->recipients[i]))
            return sending->recipients[i];
    return NULL;
}

bool scene_is_possible(const struct scene *scene)
{
    return scene->whose->by != BY_EXTENSION || bearer(scene->sending) != NULL;
}

/* The addresses in text, with the ticket in the one that bears it. */
static char *address(const struct scene *scene, const struct ticketid_site *site, const char *text)
{
    const char *plain = bearer(scene->sending);
    g_autoptr(GString) out = g_string_new(text);
    g_autofree char *extension = NULL;
    g_autofree char *extended = NULL;

    if (scene->whose->by == BY_EXTENSION) {
        extension = ticketid_extension(site, scene->whose->ticket);
        extended = g_strdup_printf("%.*s+%s%s", (int)strcspn(plain, "@"), plain, extension,
                                   strchr(plain, '@'));
        g_string_replace(out, plain, extended, 1);
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

struct envelope *scene_envelope(const struct scene *scene, const struct ticketid_site *site)
{
    const struct writer *writer = scene->writer;
    struct envelope *envelope = envelope_new();
    g_autofree char *sender = g_strdup_printf("<%s>", writer->sender);

    envelope->second_door = scene->manner->second_door;
    envelope->smtputf8 = scene->manner->smtputf8;
    envelope->local = writer->local && !envelope->second_door;
    envelope->trusted = writer->trusted || envelope->second_door;
    envelope->login = g_strdup(writer->login);
    envelope->client = g_strdup(envelope->second_door           ? "127.0.0.1"
                                : scene->manner->client != NULL ? scene->manner->client
                                                                : "192.0.2.7");
    envelope->hostname =
        g_strdup(envelope->second_door ? "second-door.invalid" : "mail.example.com");
    envelope_set_sender(envelope, sender);
    for (int i = 0; scene->sending->recipients[i] != NULL; i++) {
        g_autofree char *to = address(scene, site, scene->sending->recipients[i]);
        g_autofree char *given = envelope->local ? g_strdup(to)
                                 : envelope->second_door
                                     ? g_strdup_printf("<%s%s>", to, ENVELOPE_SUFFIX)
                                     : g_strdup_printf("<%s>", to);

        envelope_add_recipient(envelope, given, NULL);
    }
    return envelope;
}

/* What the Subject says of the ticket. */
static char *tag(const struct scene *scene, const struct ticketid_site *site)
{
    switch (scene->whose->by) {
    case BY_SUBJECT:
        return ticketid_format(site, scene->whose->ticket);
    case BY_WRONG_LETTERS:
        return g_strdup_printf("[%s #%" G_GINT64_FORMAT "-AAAAA]", site->tag, scene->whose->ticket);
    case BY_FOREIGN_TAG:
        return g_strdup("[Other #7]");
    case BY_NOTHING:
    case BY_EXTENSION:
    case BY_REFERENCES:
        break;
    }
    return g_strdup("");
}

/* Words stand in front, and right behind an ID. */
static void add_subject(GString *text, const struct scene *scene, const struct ticketid_site *site)
{
    bool is_ours = scene->whose->by == BY_SUBJECT;
    g_autofree char *id = tag(scene, site);
    g_autofree char *subject = NULL;
    g_autofree char *encoded = NULL;

    if (!scene->manner->is_dressed) {
        g_string_append_printf(text, "Subject: Re: [note] %s %sPrinter on fire\n", id,
                               is_ours ? "[New  Sender] " : "");
        return;
    }
    subject = g_strdup_printf("AW: [unproven] [AUTO] %s %sSV: Dr\xc3\xbc"
                              "cker",
                              id, is_ours ? "[bounce][spam] " : "");
    encoded = g_base64_encode((const guchar *)subject, strlen(subject));
    g_string_append_printf(text, "Subject: =?utf-8?B?%s?=\n", encoded);
}

static void add_thread(GString *text, const struct scene *scene)
{
    if (scene->whose->answers != NULL)
        g_string_append_printf(text, "In-Reply-To: <%s>\n", scene->whose->answers);
    else if (scene->whose->by == BY_REFERENCES)
        g_string_append_printf(text,
                               "In-Reply-To: <unknown@example.net>\n"
                               "References: <t%" G_GINT64_FORMAT "@example.net>\n",
                               scene->whose->ticket);
}

/* What tells who and where an operator is, and what claims to be ours. */
static void add_tells(GString *text, const struct writer *writer)
{
    /* Of a list it would be the author. */
    if (!writer->is_passed_on)
        g_string_append(text, "X-Original-From: jane@example.com\n");
    g_string_append(text, "User-Agent: Mail of desk.inside.example\n"
                          "X-Originating-IP: [10.1.2.3]\n"
                          "Sender: jane@example.com\n"
                          "Return-Path: <jane@home.example>\n"
                          "Disposition-Notification-To: Jane <jane@example.com>\n"
                          "Autocrypt: addr=joe@example.com\n"
                          "Organization: =?utf-8?Q?desk=2Einside=2Eexample?=\n"
                          "X-Counterfoil-Ticket: 1\n"
                          "X-Counterfoil-Kind: answer\n"
                          "x-counterfoil-Note: from desk.inside.example\n"
                          "X-Counterfoil-Loop: test 1 00000000000000000000000000000000\n"
                          "X-Counterfoil-Anything: jane@example.com\n");
}

static void add_body(GString *text, const struct scene *scene, const struct ticketid_site *site)
{
    g_autofree char *id = tag(scene, site);

    if (scene->writer->is_report)
        g_string_append_printf(text,
                               "MIME-Version: 1.0\n"
                               "Content-Type: multipart/report; report-type=delivery-status;"
                               " boundary=b\n\n"
                               "--b\nContent-Type: text/plain\n\nIt could not be delivered.\n"
                               "--b\nContent-Type: message/delivery-status\n\n"
                               "Reporting-MTA: dns; mx.example.net\n\n"
                               "Final-Recipient: rfc822; kim@example.net\nAction: failed\n"
                               "Status: 5.1.1\n"
                               "--b\nContent-Type: text/rfc822-headers\n\n"
                               "From: support@example.com\nSubject: Re: %s Printer\n\n--b--\n",
                               id);
    else if (scene->manner->has_no_words)
        g_string_append(text, "\n> The printer is on fire.\n");
    else
        g_string_append(text, "Content-Type: text/plain\n\nUse water, says desk.\n");
}

char *scene_text(const struct scene *scene, const struct ticketid_site *site)
{
    const struct writer *writer = scene->writer;
    const struct sending *sending = scene->sending;
    GString *text = g_string_new("Received: from desk.inside.example ([10.1.2.3])\n\tby "
                                 "relay.inside.example; Mon, 2 Mar 2026 10:00:00 +0000\n");

    g_string_append(text, writer->from);
    if (sending->to != NULL) {
        g_autofree char *to = address(scene, site, sending->to);

        g_string_append_printf(text, "To: %s\n", to);
    }
    if (sending->cc != NULL)
        g_string_append_printf(text, "Cc: %s\n", sending->cc);
    add_subject(text, scene, site);
    g_string_append(text, "Date: Mon, 2 Mar 2026 10:00:00 +0000\n"
                          "Message-ID: <this@desk.inside.example>\n");
    add_thread(text, scene);
    add_tells(text, writer);
    if (writer->headers != NULL)
        g_string_append(text, writer->headers);
    if (scene->manner->headers != NULL)
        g_string_append(text, scene->manner->headers);
    add_body(text, scene, site);
    return g_string_free(text, FALSE);
}
