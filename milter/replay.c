/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A signature is good for the header, whoever sends it where: anybody who ever got an operator's
 * mail could send it to any command address. Says what is missing for it to be no such replay.
 * Knows no verifier. The thread that holds the store.
 */
#include "milter/replay.h"

#include "db/message.h"
#include "db/ticket.h"
#include "milter/people.h"
#include "milter/refuse.h"

/* A signer signs those that are there: one more above them breaks no signature. */
static const char *const once[] = {"To", "Cc", "Date", "Message-ID", "Subject"};

static void refuse_because(struct matter *matter, const char *what, const char *cure)
{
    g_autofree char *text = g_strdup_printf(
        "nothing but its header proves that this mail is %s's, and %s: %s, or log in to the mail "
        "server (SMTP AUTH) as that operator",
        matter->author.address, what, cure);

    refuse(matter, "550", "5.7.1", text);
}

static void check_fields(struct matter *matter)
{
    for (size_t i = 0; i < G_N_ELEMENTS(once); i++) {
        g_autofree char *what = g_strdup_printf("it has more than one %s", once[i]);

        if (mail_header_count(matter->mail, once[i]) > 1)
            refuse_because(matter, what, "write a new message");
    }
}

static void check_roles(struct matter *matter)
{
    for (guint i = 0; i < matter->addressees->all->len; i++) {
        const struct addressee *addressee = matter->addressees->all->pdata[i];
        const char *address = addressee->recipient->address;
        g_autofree char *what = NULL;

        if (addressee->role == NULL || people_named(matter->mail->to, address) != NULL ||
            people_named(matter->mail->cc, address) != NULL)
            continue;
        what = g_strdup_printf("that has %s in neither To nor Cc", address);
        refuse_because(matter, what, "write it there");
    }
}

static void check_date(struct matter *matter)
{
    int64_t date = matter->mail->date_ms;

    if (date < 0)
        refuse_because(matter, "it has no Date", "write a new message");
    else if (date < matter->now - REPLAY_DATE_MS || date > matter->now + REPLAY_DATE_MS)
        refuse_because(matter, "its Date is more than 3 days from now", "write a new message");
}

static bool check_message_id(struct matter *matter, GError **error)
{
    const char *message_id = matter->mail->message_id;
    int64_t ticket = 0;
    bool has = false;

    if (message_id == NULL)
        refuse_because(matter, "it has no Message-ID", "write a new message");
    if (message_id == NULL || matter->earlier != NULL)
        return true;
    if (!ticket_find_message_id(matter->store, message_id, 0, &ticket, error) ||
        !message_has_message_id(matter->store, message_id, &has, error))
        return false;
    if (ticket != 0 || has)
        refuse_because(matter, "a mail with its Message-ID was here before", "write a new message");
    return true;
}

bool replay_check(struct matter *matter, GError **error)
{
    if (!matter->author.is_operator || !matter->author.header_alone)
        return true;
    check_fields(matter);
    check_roles(matter);
    check_date(matter);
    return check_message_id(matter, error);
}
