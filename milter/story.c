/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From rows to lines. Operators are called by their names; who a customer claims to be always has
 * the address beside it. The thread that holds the store.
 */
#include "milter/story.h"

#include <string.h>

#include "db/event.h"
#include "db/message.h"
#include "db/operator.h"
#include "milter/history.h"
#include "milter/subject.h"

/* As many of each at either end as could be told. */
#define READ_MAX (STORY_LINES_MAX / 2)

/* Of one note, and of one message's attachments. */
#define NOTE_LINES_MAX 20
#define ATTACHMENTS_MAX 10

#define INDENT "    "

/* Reading. */

/* The ticket that becomes part of this one by what is at hand; 0: none. */
static int64_t find_merged(const struct ticket *ticket, GPtrArray *events)
{
    for (guint i = 0; i < events->len; i++) {
        const struct event *event = events->pdata[i];

        if (event->ticket == ticket->number && strcmp(event->kind, "merged-from") == 0)
            return g_ascii_strtoll(event->detail, NULL, 10);
    }
    return 0;
}

static void add_at_hand(struct story *story, int64_t merged, GPtrArray *events)
{
    const struct post *post = story->post;
    int64_t own = story->ticket->number;

    if (post->at_hand != NULL &&
        (post->at_hand->ticket == own || post->at_hand->ticket == merged)) {
        g_ptr_array_add(story->messages, (gpointer)post->at_hand);
        story->message_count++;
    }
    for (guint i = 0; i < events->len; i++) {
        const struct event *event = events->pdata[i];
        int64_t ticket = event->ticket != 0 ? event->ticket : post->ticket;
        struct event *copy;

        if (ticket != own && (ticket != merged || merged == 0))
            continue;
        copy = event_new(event->kind, event->actor, event->detail);
        copy->at = post->now;
        copy->ticket = ticket;
        g_ptr_array_add(story->conversation->events, copy);
        story->conversation->event_count++;
    }
}

bool story_read(const struct post *post, const struct ticket *ticket, GPtrArray *events,
                struct story **out, GError **error)
{
    AUTO(story) story = g_new0(struct story, 1);
    int64_t merged = find_merged(ticket, events);

    *out = NULL;
    story->post = post;
    story->ticket = ticket;
    if (!conversation_read(post->store, ticket->number, merged, READ_MAX, &story->conversation,
                           error))
        return false;
    story->messages = g_ptr_array_copy(story->conversation->messages, NULL, NULL);
    g_ptr_array_set_free_func(story->messages, NULL);
    story->message_count = story->conversation->message_count;
    add_at_hand(story, merged, events);
    *out = g_steal_pointer(&story);
    return true;
}

void story_free(struct story *story)
{
    if (story == NULL)
        return;
    if (story->messages != NULL)
        g_ptr_array_unref(story->messages);
    conversation_free(story->conversation);
    g_free(story);
}

/* Names. */

/* What to call whoever has an address or login. */
struct known {
    char *name;
    int64_t operator_id; /* 0: none */
};

static void free_known(gpointer data)
{
    struct known *known = data;

    g_free(known->name);
    g_free(known);
}

static struct known *know(const struct operator_person *person, const char *otherwise)
{
    struct known *known = g_new0(struct known, 1);

    known->operator_id = person != NULL ? person->id : 0;
    known->name = g_strdup(person == NULL         ? otherwise
                           : person->name != NULL ? person->name
                                                  : person->address);
    return known;
}

/* Lines under way. */
struct teller {
    const struct story *story;
    GHashTable *known;     /* address or login -> struct known */
    GPtrArray *paragraphs; /* struct paragraph, in order of time */
};

/* An address that is an operator's is called by their name. */
static bool call(struct teller *teller, const char *address, const struct known **out,
                 GError **error)
{
    AUTO(operator_person) person = NULL;
    struct known *known = g_hash_table_lookup(teller->known, address);

    if (known == NULL) {
        if (!operator_find(teller->story->post->store, address, &person, error))
            return false;
        known = know(person, address);
        g_hash_table_insert(teller->known, g_strdup(address), known);
    }
    *out = known;
    return true;
}

/* "Kim Customer <kim@example.net>". Yours. */
static char *write_person(const char *name, const char *address)
{
    if (address == NULL || *address == '\0')
        return g_strdup(name != NULL ? name : "nobody");
    return name != NULL ? g_strdup_printf("%s <%s>", name, address) : g_strdup(address);
}

/* Yours. */
static bool name_author(struct teller *teller, const struct message *message, char **name,
                        GError **error)
{
    AUTO(operator_person) person = NULL;

    *name = NULL;
    if (message->operator_id != 0 &&
        !operator_find_id(teller->story->post->store, message->operator_id, &person, error))
        return false;
    if (person != NULL)
        *name = g_strdup(person->name != NULL ? person->name : person->address);
    else
        *name = write_person(message->author_name,
                             message->author != NULL ? message->author : message->sender);
    return true;
}

/* Paragraphs: each one message or event. */

struct paragraph {
    GString *text; /* lines, each with its end */
    int lines;
    bool is_message;
};

static void free_paragraph(gpointer data)
{
    struct paragraph *paragraph = data;

    g_string_free(paragraph->text, TRUE);
    g_free(paragraph);
}

static struct paragraph *begin(struct teller *teller, int64_t at, const char *sentence)
{
    struct paragraph *paragraph = g_new0(struct paragraph, 1);
    g_autofree char *time = history_time(at);

    paragraph->text = g_string_new(NULL);
    g_string_printf(paragraph->text, "%s  %s\n", time, sentence);
    paragraph->lines = 1;
    g_ptr_array_add(teller->paragraphs, paragraph);
    return paragraph;
}

static void add_line(struct paragraph *paragraph, const char *line)
{
    g_autofree char *plain = history_plain(line);

    g_string_append_printf(paragraph->text, INDENT "%s\n", plain);
    paragraph->lines++;
}

static void add_rest(struct paragraph *paragraph, guint rest, const char *what)
{
    g_autofree char *line = g_strdup_printf("[%u more %s%s]", rest, what, rest == 1 ? "" : "s");

    add_line(paragraph, line);
}

static void add_note(struct paragraph *paragraph, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    guint count = g_strv_length(lines);

    for (guint i = 0; i < MIN(count, NOTE_LINES_MAX); i++)
        add_line(paragraph, lines[i]);
    if (count > NOTE_LINES_MAX)
        add_rest(paragraph, count - NOTE_LINES_MAX, "line");
}

static bool add_event(struct teller *teller, const struct event *event, GError **error)
{
    const struct known nobody = {NULL, 0};
    const struct known *actor = &nobody;
    const struct known *other = &nobody;
    bool names_person = event->detail != NULL && history_names_person(event);
    bool by_self;
    g_autofree char *sentence = NULL;

    if ((event->actor != NULL && !call(teller, event->actor, &actor, error)) ||
        (names_person && !call(teller, event->detail, &other, error)))
        return false;
    if (strcmp(event->kind, EVENT_NOTE) == 0) {
        g_autofree char *noted = g_strdup_printf("%s noted:", actor->name);

        sentence = history_plain(noted);
        add_note(begin(teller, event->at, sentence), event->detail != NULL ? event->detail : "");
        return true;
    }
    by_self = actor->operator_id != 0 && actor->operator_id == other->operator_id;
    sentence =
        history_event(event, actor->name, names_person ? other->name : event->detail, by_self);
    begin(teller, event->at, sentence);
    return true;
}

static void add_attachment(struct paragraph *paragraph, guint i, const char *name, const char *type,
                           int64_t size)
{
    const struct message_attachment attachment = {(char *)name, (char *)type, size};
    g_autofree char *line = history_attachment(&attachment);

    if (i < ATTACHMENTS_MAX)
        add_line(paragraph, line);
}

/* Those of the message at hand are not in the record. */
static guint add_own_attachments(struct paragraph *paragraph, const struct mail *mail)
{
    for (guint i = 0; i < mail->attachments->len; i++) {
        const struct mail_attachment *one = mail->attachments->pdata[i];

        add_attachment(paragraph, i, one->name, one->type, one->size_bytes);
    }
    return mail->attachments->len;
}

static bool add_attachments(struct teller *teller, struct paragraph *paragraph,
                            const struct message *message, GError **error)
{
    const struct post *post = teller->story->post;
    g_autoptr(GPtrArray) all = NULL;
    guint count;

    if (message == post->at_hand) {
        count = add_own_attachments(paragraph, post->mail);
    } else {
        all = message_attachments(post->store, message->number, error);
        if (all == NULL)
            return false;
        for (guint i = 0; i < all->len; i++) {
            const struct message_attachment *one = all->pdata[i];

            add_attachment(paragraph, i, one->name, one->type, one->size_bytes);
        }
        count = all->len;
    }
    if (count > ATTACHMENTS_MAX)
        add_rest(paragraph, count - ATTACHMENTS_MAX, "attachment");
    return true;
}

static bool add_message(struct teller *teller, const struct message *message, GError **error)
{
    g_autofree char *subject = subject_bare(&teller->story->post->site->id, message->subject);
    g_autofree char *author = NULL;
    g_autofree char *sentence = NULL;
    struct paragraph *paragraph;

    if (!name_author(teller, message, &author, error))
        return false;
    sentence = history_message(message, author, subject);
    paragraph = begin(teller, message->at, sentence);
    paragraph->is_message = true;
    return add_attachments(teller, paragraph, message, error);
}

/* A message stands before the events of its moment, which it caused. */
static bool is_next(const GPtrArray *messages, guint m, const GPtrArray *events, guint e)
{
    if (m == messages->len || e == events->len)
        return m < messages->len;
    return ((const struct message *)messages->pdata[m])->at <=
           ((const struct event *)events->pdata[e])->at;
}

static bool add_all(struct teller *teller, GError **error)
{
    GPtrArray *messages = teller->story->messages;
    GPtrArray *events = teller->story->conversation->events;
    guint m = 0;
    guint e = 0;

    while (m < messages->len || e < events->len)
        if (is_next(messages, m, events, e) ? !add_message(teller, messages->pdata[m++], error)
                                            : !add_event(teller, events->pdata[e++], error))
            return false;
    return true;
}

/* Telling. */

static void append(GString *out, const struct paragraph *paragraph, int64_t *messages,
                   int64_t *events)
{
    g_string_append_len(out, paragraph->text->str, (gssize)paragraph->text->len);
    --*(paragraph->is_message ? messages : events);
}

/* How many paragraphs, from the first on or from the last back, have no more lines than are told of
 * one end; among those between from and to. */
static guint fit(const struct teller *teller, guint from, guint to, bool back)
{
    int lines = 0;
    guint count = 0;

    for (; from + count < to; count++) {
        guint i = back ? to - 1 - count : from + count;

        lines += ((const struct paragraph *)teller->paragraphs->pdata[i])->lines;
        if (lines > STORY_LINES_MAX / 2)
            break;
    }
    return count;
}

static void append_gap(GString *out, const struct story *story, int64_t messages, int64_t events)
{
    g_string_append_printf(out,
                           "[%" G_GINT64_FORMAT " more message%s and %" G_GINT64_FORMAT
                           " more event%s here: counterfoil ticket show %" G_GINT64_FORMAT "]\n",
                           messages, messages == 1 ? "" : "s", events, events == 1 ? "" : "s",
                           story->ticket->number);
}

/* Where not everything was read, each end has as many paragraphs as lines are told of it. */
static void tell(const struct teller *teller, GString *out)
{
    const struct story *story = teller->story;
    guint count = teller->paragraphs->len;
    guint first = fit(teller, 0, count, false);
    guint last = fit(teller, first, count, true);
    int64_t messages = story->message_count;
    int64_t events = story->conversation->event_count;
    g_autoptr(GString) end = g_string_new(NULL);

    for (guint i = 0; i < first; i++)
        append(out, teller->paragraphs->pdata[i], &messages, &events);
    for (guint i = count - last; i < count; i++)
        append(end, teller->paragraphs->pdata[i], &messages, &events);
    if (messages + events > 0)
        append_gap(out, story, messages, events);
    g_string_append_len(out, end->str, (gssize)end->len);
}

bool story_tell(const struct story *story, GString *out, GError **error)
{
    g_autoptr(GHashTable) known =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_known);
    g_autoptr(GPtrArray) paragraphs = g_ptr_array_new_with_free_func(free_paragraph);
    struct teller teller = {story, known, paragraphs};

    if (!add_all(&teller, error))
        return false;
    tell(&teller, out);
    return true;
}

static void append_state(GString *out, const char *label, const char *value)
{
    g_autofree char *plain = history_plain(value);

    g_string_append_printf(out, "%s: %s\n", label, plain);
}

static void tell_people(const struct ticket *ticket, GString *out)
{
    g_autofree char *requester = write_person(ticket->requester_name, ticket->requester);

    append_state(out, "Requester", requester);
    for (guint i = 0; i < ticket->correspondents->len; i++) {
        const struct correspondent *other = ticket->correspondents->pdata[i];
        g_autofree char *text = write_person(other->name, other->address);

        append_state(out, "With", text);
    }
}

static void tell_course(const struct ticket *ticket, GString *out)
{
    g_autofree char *since = history_time(ticket->open ? ticket->waiting_since : ticket->closed_at);
    g_autofree char *state =
        ticket->open ? g_strdup_printf("open, waiting for %s since %s UTC",
                                       ticket->waiting_for_us ? "us" : "the customer", since)
                     : g_strdup_printf("closed since %s UTC", since);

    append_state(out, "State", state);
}

static void tell_departments(const struct ticket *ticket, GString *out)
{
    g_autoptr(GString) names = g_string_new(NULL);

    for (guint i = 0; i < ticket->departments->len; i++)
        g_string_append_printf(names, "%s%s", i > 0 ? ", " : "",
                               ((struct ticket_department *)ticket->departments->pdata[i])->name);
    append_state(out, ticket->departments->len > 1 ? "Departments" : "Department", names->str);
}

bool story_tell_state(const struct story *story, GString *out, GError **error)
{
    const struct ticket *ticket = story->ticket;
    AUTO(operator_person) assignee = NULL;
    g_autofree char *name = NULL;

    if (ticket->assignee_id != 0 &&
        !operator_find_id(story->post->store, ticket->assignee_id, &assignee, error))
        return false;
    name = write_person(assignee != NULL ? assignee->name : NULL, ticket->assignee);
    tell_people(ticket, out);
    tell_course(ticket, out);
    append_state(out, "Assignee", name);
    tell_departments(ticket, out);
    return true;
}
