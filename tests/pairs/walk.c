/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each scene is played in a transaction that is taken back: all begin with the seed.
 */
#include "tests/pairs/walk.h"

#include <sqlite3.h>
#include <string.h>

#include "db/stmt.h"

/* Monday 2 March 2026, 10:00 UTC. */
#define NOW INT64_C(1772445600000)
#define MINUTE INT64_C(60000)

/* Briefly, one of so many scenes is played again. */
#define AGAIN_EVERY 8

#define FORGER "mallory@forger.example"
#define BYSTANDER "bob@bystander.example"

struct walk {
    struct bench *bench;
    struct cast *cast;
    enum walk_how how;
    walk_look look;
    void *data;
};

static struct ticket *find_ticket(const struct walk *walk, int64_t number)
{
    g_autoptr(GError) error = NULL;
    struct ticket *ticket = NULL;

    if (!ticket_find(walk->bench->store, number, &ticket, &error))
        g_error("%s", error->message);
    return ticket;
}

/* Decides and looks. outcome: with all that stands above its decision. */
static void pass(struct walk *walk, struct outcome *outcome, int64_t now)
{
    sqlite3 *handle = store_handle(walk->bench->store);
    int writes = sqlite3_total_changes(handle);
    struct decision *decision =
        bench_decide(walk->bench, outcome->envelope, outcome->mail, outcome->raw, now);

    outcome->writes = sqlite3_total_changes(handle) - writes;
    outcome->cast = walk->cast;
    outcome->site = &walk->bench->decides;
    outcome->decision = decision;
    if (decision->ticket != NULL && !decision->is_new_ticket)
        outcome->before = find_ticket(walk, decision->ticket->number);
    outcome_judge(outcome);
    outcome_deliver(outcome);
    walk->look(outcome, walk->data);
}

static void forget(struct outcome *outcome)
{
    decision_free((struct decision *)outcome->decision);
    ticket_free((struct ticket *)outcome->before);
    outcome_clear(outcome);
}

/* The same bytes in another envelope. */
static void pass_again(struct walk *walk, const struct outcome *first, const struct scene *scene,
                       enum turn turn)
{
    AUTO(envelope) envelope = scene_envelope(scene, &walk->bench->decides.id);
    struct outcome outcome = {.scene = *scene,
                              .turn = turn,
                              .envelope = envelope,
                              .mail = first->mail,
                              .raw = first->raw,
                              .first = first->first != NULL ? first->first : first};

    pass(walk, &outcome, NOW + MINUTE);
    forget(&outcome);
}

/* For a department that it was not sent to; and to somebody outside as well. */
static void pass_leg(struct walk *walk, const struct outcome *first)
{
    static const char *const roles[] = {"accounting@example.com", "support@example.com"};
    struct sending sending = *first->scene.sending;
    struct scene scene = first->scene;
    const char *word;
    bool is_new = true;

    scene.sending = &sending;
    for (size_t i = 0; i < G_N_ELEMENTS(roles); i++) {
        for (int j = 0; first->scene.sending->recipients[j] != NULL; j++)
            is_new = cast_role(walk->cast, first->scene.sending->recipients[j], &word) !=
                         cast_role(walk->cast, roles[i], &word) &&
                     is_new;
        if (!is_new)
            continue;
        sending.recipients[0] = roles[i];
        sending.recipients[1] = NULL;
        pass_again(walk, first, &scene, TURN_LEG);
        sending.recipients[1] = BYSTANDER;
        sending.recipients[2] = NULL;
        pass_again(walk, first, &scene, TURN_LEG);
        return;
    }
}

/* Its role addresses alone. */
static struct sending only_roles(const struct walk *walk, const struct scene *scene)
{
    struct sending sending = *scene->sending;
    const char *word;
    int n = 0;

    for (int i = 0; scene->sending->recipients[i] != NULL; i++)
        if (cast_role(walk->cast, scene->sending->recipients[i], &word) != 0)
            sending.recipients[n++] = scene->sending->recipients[i];
    sending.recipients[n] = NULL;
    return sending;
}

/* By somebody who has the bytes, and proves nothing that is not in them: from elsewhere, without a
 * sender, and through the second door. */
static void forge(struct walk *walk, const struct outcome *first)
{
    struct writer writer = *first->scene.writer;
    struct sending roles = only_roles(walk, &first->scene);
    struct manner manner = *first->scene.manner;
    struct scene scene = {&writer, first->scene.sending, first->scene.whose, &manner};

    writer.login = NULL;
    writer.trusted = writer.local = false;
    writer.is_proven = writer.proof_is_in_header;
    manner.second_door = false;
    writer.sender = FORGER;
    if (!writer.is_machine)
        pass_again(walk, first, &scene, TURN_FORGED);
    writer.sender = "";
    writer.is_machine = true;
    pass_again(walk, first, &scene, TURN_FORGED);
    writer = *first->scene.writer;
    manner.second_door = true;
    scene.sending = &roles;
    if (roles.recipients[0] != NULL)
        pass_again(walk, first, &scene, TURN_FORGED);
}

static void append_body(GString *text, const char *whole)
{
    g_string_append(text, strstr(whole, "\n\n") + 1);
}

/* As it left, with this header and sender: to somebody outside too, from elsewhere and from this
 * host; and through the second door. */
static void send_back(struct walk *walk, const struct outcome *first, const char *whole,
                      GPtrArray *headers, const char *sender, enum turn turn)
{
    struct writer writer = *first->scene.writer;
    struct sending sending = only_roles(walk, &first->scene);
    struct sending roles = sending;
    struct manner manner = *first->scene.manner;
    struct scene scene = {&writer, &sending, first->scene.whose, &manner};
    g_autoptr(GString) text = g_string_new(NULL);
    AUTO(spool) spool = NULL;
    AUTO(mail) mail = NULL;
    struct outcome left = *first;
    guint n = 0;

    for (guint i = 0; i < headers->len; i++) {
        const struct mail_header *header = headers->pdata[i];

        g_string_append_printf(text, "%s:%s\n", header->name, header->value);
    }
    append_body(text, whole);
    mail = bench_read(text->str, "mail.example.com", &spool);
    left.first = first;
    left.mail = mail;
    left.raw = spool;
    while (sending.recipients[n] != NULL)
        n++;
    if (n == 0 || n == SCENE_RECIPIENTS_MAX)
        return;
    sending.recipients[n] = BYSTANDER;
    sending.recipients[n + 1] = NULL;
    writer.sender = sender;
    writer.login = NULL;
    writer.trusted = writer.local = false;
    manner.second_door = false;
    pass_again(walk, &left, &scene, turn);
    manner.client = "127.0.0.1";
    pass_again(walk, &left, &scene, turn);
    manner.second_door = true;
    scene.sending = &roles;
    pass_again(walk, &left, &scene, turn);
}

static void set_manner(struct walk *walk, const struct manner *manner)
{
    char *message = NULL;

    walk->bench->conf->mail.from_rewrite =
        manner->from_is_kept ? CONF_FROM_NEVER : CONF_FROM_ALWAYS;
    if (manner->sql != NULL && sqlite3_exec(store_handle(walk->bench->store), manner->sql, NULL,
                                            NULL, &message) != SQLITE_OK)
        g_error("%s", message);
}

static void play(struct walk *walk, const struct scene *scene, bool again)
{
    g_autoptr(GError) error = NULL;
    const struct ticketid_site *id = &walk->bench->decides.id;
    AUTO(envelope) envelope = scene_envelope(scene, id);
    g_autofree char *text = scene_text(scene, id);
    AUTO(spool) spool = NULL;
    AUTO(mail) mail = bench_read(text, envelope->hostname, &spool);
    struct outcome first = {.scene = *scene, .envelope = envelope, .mail = mail, .raw = spool};

    if (!store_begin(walk->bench->store, &error))
        g_error("%s", error->message);
    set_manner(walk, scene->manner);
    pass(walk, &first, NOW);
    if (again && first.decision->verdict == DECISION_TAKE) {
        bench_record(walk->bench, first.decision, envelope, mail, spool, NOW);
        pass_again(walk, &first, scene, TURN_AGAIN);
        pass_leg(walk, &first);
        forge(walk, &first);
        send_back(walk, &first, text, first.headers, first.sender, TURN_BACK);
        if (first.brought != NULL)
            send_back(walk, &first, text, first.brought_headers, first.brought->sender, TURN_COPY);
    }
    store_rollback(walk->bench->store);
    forget(&first);
}

/* Numbers without a pattern: neighbours get different manners. */
static unsigned scatter(unsigned number)
{
    number = (number ^ (number >> 16)) * 0x45d9f3bu;
    number = (number ^ (number >> 16)) * 0x45d9f3bu;
    return number ^ (number >> 16);
}

static void play_pair(struct walk *walk, struct scene *scene, unsigned random)
{
    if (walk->how != WALK_ALL) {
        scene->manner = &scene_manners[walk->how == WALK_PLAIN || random % 2 == 0
                                           ? 0
                                           : 1 + random / 2 % (scene_manner_count - 1)];
        play(walk, scene, walk->how == WALK_BRIEF && random / 64 % AGAIN_EVERY == 0);
        return;
    }
    for (unsigned i = 0; i < scene_manner_count; i++) {
        scene->manner = &scene_manners[i];
        play(walk, scene, true);
    }
}

void walk_pairs(struct bench *bench, enum walk_how how, unsigned every, walk_look look, void *data)
{
    struct walk walk = {bench, cast_read(bench), how, look, data};
    unsigned number = 0;

    for (unsigned i = 0; i < scene_writer_count; i++)
        for (unsigned j = 0; j < scene_sending_count; j++)
            for (unsigned k = 0; k < scene_whose_count; k++) {
                struct scene scene = {&scene_writers[i], &scene_sendings[j], &scene_whose[k], NULL};
                unsigned random = scatter(++number);

                if (scene_is_possible(&scene) && random / 512 % every == 0)
                    play_pair(&walk, &scene, random);
            }
    cast_free(walk.cast);
}
