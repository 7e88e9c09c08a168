/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Machine, operator or customer: who wrote a message, on what proof, and the refusal of whoever
 * claims to be an operator without any. Knows no kind of message and no header edit. The thread
 * that holds the store.
 */
#include "milter/author.h"

#include <string.h>

#include "milter/address.h"
#include "milter/authres.h"
#include "milter/login.h"
#include "milter/machine.h"
#include "milter/orders.h"
#include "milter/refuse.h"

static bool is_form_sender(const struct matter *matter, const char *address)
{
    return g_strv_contains((const char *const *)matter->site->conf->mail.form_senders, address);
}

/* Those who may have written what a form or a mailing list sends in its own name; NULL: From is
 * whoever wrote it. */
static GPtrArray *list_writers(const struct matter *matter, const char *from)
{
    if (is_form_sender(matter, from))
        return g_ptr_array_ref(matter->mail->reply_to);
    return machine_is_list(matter->mail, NULL) ? machine_list_author(matter->mail) : NULL;
}

/* Who wrote through a form or a list becomes the author, as a customer: nothing says that it was
 * them, and nothing proves an operator. A role address among them is nobody. */
static bool look_behind(struct matter *matter, GError **error)
{
    g_autoptr(GPtrArray) writers = list_writers(matter, matter->author.address);

    for (guint i = 0; writers != NULL && i < writers->len; i++) {
        const struct mail_address *writer = writers->pdata[i];
        bool is_role;

        if (!addressees_is_role(matter->store, matter->site->conf->mail.recipient_delimiter,
                                writer->address, &is_role, error))
            return false;
        if (is_role)
            continue;
        g_free(matter->author.address);
        g_free(matter->author.name);
        matter->author.address = g_strdup(writer->address);
        matter->author.name = g_strdup(writer->name);
        return true;
    }
    return true;
}

/* The From, if it is exactly one address; else the envelope sender. *names_operator: an operator is
 * one of several in From, or the sender of a mail without one. */
static bool read_from(struct matter *matter, bool *names_operator, GError **error)
{
    GPtrArray *from = matter->mail->from;
    struct author *author = &matter->author;

    *names_operator = false;
    for (guint i = 0; i < from->len; i++) {
        const struct mail_address *written = from->pdata[i];
        AUTO(operator_person) person = NULL;

        if (!operator_find(matter->store, written->address, &person, error))
            return false;
        if (from->len == 1) {
            author->address = g_strdup(written->address);
            author->name = g_strdup(written->name);
            author->person = g_steal_pointer(&person);
            return author->person != NULL || look_behind(matter, error);
        }
        *names_operator = *names_operator || person != NULL;
    }
    if (matter->envelope->sender[0] != '\0')
        author->address = g_strdup(matter->envelope->sender);
    if (author->address != NULL && !*names_operator) {
        AUTO(operator_person) sender = NULL;

        if (!operator_find(matter->store, author->address, &sender, error))
            return false;
        *names_operator = sender != NULL;
    }
    return true;
}

/* What the session proves: that the person wrote this, or NULL. */
static const char *find_proof(const struct matter *matter)
{
    const struct envelope *envelope = matter->envelope;
    const struct conf *conf = matter->site->conf;

    if (envelope->login != NULL && login_is_of(conf, matter->author.person, envelope->login))
        return "login";
    if (envelope->local)
        return conf->mail.trust_local_submission &&
                       strcmp(matter->author.address, envelope->sender) == 0
                   ? "local"
                   : NULL;
    return envelope->trusted ? "network" : NULL;
}

/* What the mail server's verifier says: the topmost field that is its own, and no other. It does
 * not look at what comes in by a login or the sendmail command: there the field is whoever's. */
static const char *find_field(const struct matter *matter)
{
    const char *authserv_id = matter->site->conf->mail.authserv_id;
    guint count = mail_header_count(matter->mail, AUTHRES_HEADER);

    if (authserv_id == NULL || matter->envelope->login != NULL || matter->envelope->local)
        return NULL;
    for (guint i = 0; i < count; i++) {
        const char *value = mail_header(matter->mail, AUTHRES_HEADER, i);

        if (authres_is_of(value, authserv_id))
            return value;
    }
    return NULL;
}

/* The verifier has looked at From. Who wrote through a form or a list does not stand there. */
static bool is_in_from(const struct matter *matter)
{
    GPtrArray *from = matter->mail->from;

    return from->len == 1 && strcmp(((const struct mail_address *)from->pdata[0])->address,
                                    matter->author.address) == 0;
}

/* A signer signs the fields that are there: one more above them breaks no signature, and would be
 * read. (An operator's mail is refused then: see replay.h.) */
static bool has_spare_field(const struct mail *mail)
{
    static const char *const once[] = {"Subject", "Message-ID", "In-Reply-To", "References"};

    for (size_t i = 0; i < G_N_ELEMENTS(once); i++)
        if (mail_header_count(mail, once[i]) > 1)
            return true;
    return false;
}

/* At the second door everybody is this host, and a field may have been there before. */
static void prove(struct matter *matter)
{
    struct author *author = &matter->author;
    const char *field;

    if (matter->envelope->second_door)
        return;
    if (author->person != NULL)
        author->proof = find_proof(matter);
    field = author->proof == NULL && author->address != NULL ? find_field(matter) : NULL;
    if (field == NULL || !is_in_from(matter) ||
        (author->person == NULL && has_spare_field(matter->mail)))
        return;
    author->proof = authres_prove(field, address_domain(author->address));
    author->header_alone = author->proof != NULL;
}

const char *author_find_doubt(const struct matter *matter)
{
    const char *field = matter->author.proof == NULL ? find_field(matter) : NULL;

    return field != NULL ? authres_disprove(field) : NULL;
}

bool author_read(struct matter *matter, GError **error)
{
    bool names_operator;

    matter->author.is_machine =
        matter->report != NULL || machine_is_auto(matter->envelope, matter->mail, NULL);
    if (!read_from(matter, &names_operator, error))
        return false;
    if (names_operator && !matter->author.is_machine)
        refuse(
            matter, "550", "5.6.0",
            "an operator is one of several addresses in From, or there is no From: write From one "
            "address alone");
    prove(matter);
    return true;
}

/* Membership in a department that the ticket is on. */
static bool ask_ticket(struct matter *matter, const struct ticket *ticket, bool *now, bool *ever,
                       GError **error)
{
    for (guint i = 0; ticket != NULL && i < ticket->departments->len; i++) {
        const struct ticket_department *department = ticket->departments->pdata[i];
        bool is_now;
        bool was_ever;

        if (!department_has_member(matter->store, department->id, matter->author.person->id,
                                   &is_now, &was_ever, error))
            return false;
        *now = *now || is_now;
        *ever = *ever || was_ever;
    }
    return true;
}

/* Membership in a department that is written to. */
static bool ask_addressees(struct matter *matter, bool *now, bool *ever, GError **error)
{
    for (guint i = 0; i < matter->addressees->roles->len; i++) {
        const struct addressee *addressee = matter->addressees->roles->pdata[i];
        bool is_now;
        bool was_ever;

        if (!department_has_member(matter->store, addressee->department->id,
                                   matter->author.person->id, &is_now, &was_ever, error))
            return false;
        *now = *now || is_now;
        *ever = *ever || was_ever;
    }
    return true;
}

int64_t author_proven(const struct matter *matter)
{
    const struct author *author = &matter->author;

    return author->person != NULL && author->proof != NULL && !author->is_machine
               ? author->person->id
               : 0;
}

bool author_is_requester(const struct matter *matter, const struct ticket *ticket)
{
    const struct author *author = &matter->author;

    return ticket->requester != NULL && author->address != NULL &&
           (strcmp(ticket->requester, author->address) == 0 ||
            (author->person != NULL && operator_has_address(author->person, ticket->requester)));
}

bool author_is_person(const struct matter *matter, const struct ticket *ticket)
{
    return author_is_requester(matter, ticket) ||
           (matter->author.address != NULL && ticket_has_person(ticket, matter->author.address));
}

bool author_is_on_ticket(struct matter *matter, const struct ticket *ticket, bool *is_on,
                         GError **error)
{
    bool ever = false;

    *is_on = false;
    return matter->author.person == NULL || ask_ticket(matter, ticket, is_on, &ever, error);
}

/* Where logging in is not the only way, at this door. */
static bool is_by_mail(const struct matter *matter)
{
    return matter->site->conf->mail.authserv_id != NULL && matter->envelope->login == NULL &&
           !matter->envelope->local;
}

/* The text goes to whoever connects: it must not tell them the operator's login. */
static void refuse_unproven(struct matter *matter)
{
    g_autofree char *text = g_strdup_printf(
        "%s is an operator's address, and nothing proves that this mail is theirs: log in to the "
        "mail server (SMTP AUTH) as that operator and send it again%s%s",
        matter->author.address,
        is_by_mail(matter) ? ", or by a server whose mail passes DMARC for " : "",
        is_by_mail(matter) ? address_domain(matter->author.address) : "");

    refuse(matter, "550", "5.7.1", text);
}

/* What they may still say, if they ever had a copy, is a note. */
static bool refuse_moved(struct matter *matter, GError **error)
{
    const char *title = matter->main->department->title;
    char delimiter = matter->site->conf->mail.recipient_delimiter[0];
    g_autofree char *note = address_extend(matter->main->role, delimiter, "note");
    g_autofree char *text = NULL;
    bool had;

    if (!message_had_copy(matter->store, matter->ticket->number, matter->author.person->id, &had,
                          error))
        return false;
    text = had ? g_strdup_printf("you are no longer in %s; to tell those who are, write to %s",
                                 title, note)
               : g_strdup_printf("you are no longer in %s; ask a member of it to answer", title);
    refuse(matter, "550", "5.7.1", text);
    return true;
}

/* Whoever once had a copy may say something to those who have the ticket now. */
static bool may_leave_note(struct matter *matter, bool *may, GError **error)
{
    *may = false;
    if (matter->ticket == NULL || matter->author.proof == NULL || !orders_ask_for_note(matter))
        return true;
    return message_had_copy(matter->store, matter->ticket->number, matter->author.person->id, may,
                            error);
}

/* The requester of a ticket is a customer on it, whatever department they are in. */
bool author_judge(struct matter *matter, GError **error)
{
    struct author *author = &matter->author;
    bool now = false;
    bool ever = false;
    bool may_note;

    if (author->is_machine || author->person == NULL)
        return true;
    if (!ask_ticket(matter, matter->ticket, &now, &ever, error))
        return false;
    author->is_on_ticket = now;
    if (!ask_addressees(matter, &now, &ever, error))
        return false;
    if (!may_leave_note(matter, &may_note, error))
        return false;
    if (ever && author->proof == NULL)
        refuse_unproven(matter);
    else if (matter->ticket != NULL && author_is_requester(matter, matter->ticket))
        author->is_operator = false;
    else if (now || matter->only_asks)
        author->is_operator = true;
    else if (may_note)
        author->is_operator = author->only_notes = true;
    else if (ever && matter->ticket != NULL && !author_is_person(matter, matter->ticket))
        return refuse_moved(matter, error);
    return true;
}
