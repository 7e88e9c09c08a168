/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A sentence for each kind of event and message. Any thread.
 */
#include "milter/history.h"

#include <string.h>

#include "milter/chars.h"
#include "milter/template.h"

/* Which of a kind's sentences it is. */
enum when { ALWAYS, BY_SELF, NO_COPIES };

/* The first that fits holds. */
static const struct {
    const char *kind;
    enum when when;
    const char *words;
    bool names_person; /* its detail is an address */
} sentences[] = {
    {"opened", ALWAYS, "%{who} opened the ticket", false},
    {"reopened", ALWAYS, "%{who} opened it again", false},
    {"closed", ALWAYS, "%{who} closed it", false},
    {"assigned", BY_SELF, "%{who} took it", true},
    {"assigned", ALWAYS, "%{who} gave it to %{what}", true},
    {"dropped", BY_SELF, "%{who} gave it up", true},
    {"dropped", ALWAYS, "%{who} took it from %{what}: it was nobody's then", true},
    {"moved", ALWAYS, "%{who} moved it to the department %{what}", false},
    {"shared", ALWAYS, "%{who} brought in the department %{what}", false},
    {"closed-department", ALWAYS, "%{who} wrote to %{what}, which is closed", false},
    {"continues", ALWAYS, "ticket %{what} is about the same", false},
    {"merged-into", ALWAYS, "%{who} made it part of ticket %{what}", false},
    {"merged-from", ALWAYS, "%{who} made ticket %{what} part of it", false},
    {"spam", NO_COPIES, "it was marked as spam, and nobody got a copy", false},
    {"spam", ALWAYS, "%{who} called it spam", false},
    {"correspondent", ALWAYS, "%{who} brought in %{what}", true},
    {"correspondent-removed", ALWAYS, "%{who} took %{what} off", true},
    {"stranger", ALWAYS, "%{who} was not of the ticket when they wrote", false},
    {"bad-id", ALWAYS, "%{who} wrote with a wrong ID of ticket %{what}", false},
    {"unproven", ALWAYS, "nothing proved that it was %{who}: %{what}", false},
    {"malformed", ALWAYS, "the message could not be read whole", false},
    {"no-operators", ALWAYS, "nobody was there to get it but %{what}", true},
    {"too-many", ALWAYS, "too many would have got it; %{what} did", true},
    {"direct", ALWAYS, "%{what} had it from the author's own server", true},
    {"bounced", ALWAYS, "it could not be delivered: %{what}", false},
    {"suppressed", ALWAYS, "not sent: %{what}", false},
    {"loop", ALWAYS, "it came back from %{who} to %{what}", false},
};

static bool holds(enum when when, const struct event *event, bool by_self)
{
    switch (when) {
    case ALWAYS:
        return true;
    case BY_SELF:
        return by_self;
    case NO_COPIES:
        return g_strcmp0(event->detail, "no copies") == 0;
    }
    return false;
}

/* Another kind says what it is itself. */
static const char *find_sentence(const struct event *event, bool by_self)
{
    for (size_t i = 0; i < G_N_ELEMENTS(sentences); i++)
        if (strcmp(sentences[i].kind, event->kind) == 0 && holds(sentences[i].when, event, by_self))
            return sentences[i].words;
    return event->detail != NULL ? "%{kind}: %{what} (%{who})" : "%{kind} (%{who})";
}

bool history_names_person(const struct event *event)
{
    for (size_t i = 0; i < G_N_ELEMENTS(sentences); i++)
        if (strcmp(sentences[i].kind, event->kind) == 0)
            return sentences[i].names_person;
    return false;
}

char *history_event(const struct event *event, const char *who, const char *what, bool by_self)
{
    g_autofree char *person = history_plain(who != NULL ? who : "nobody");
    g_autofree char *object = history_plain(what != NULL ? what : "");
    const struct template_variable variables[] = {
        {"who", person}, {"what", object}, {"kind", event->kind}, {NULL, NULL}};

    return template_expand(find_sentence(event, by_self), variables);
}

/* What somebody did who wrote a message of that kind. */
static const char *verb(const char *kind)
{
    static const struct {
        const char *kind;
        const char *words;
    } verbs[] = {
        {"request", "asked"},
        {"followup", "wrote"},
        {"answer", "answered"},
        {"note", "noted"},
        {"command", "gave a command"},
        {"auto", "let a machine answer"},
        {"bounce", "reported a failure"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++)
        if (strcmp(verbs[i].kind, kind) == 0)
            return verbs[i].words;
    return "wrote";
}

char *history_message(const struct message *message, const char *who, const char *subject)
{
    g_autofree char *author = history_plain(who);
    g_autofree char *about = history_plain(subject);
    g_autofree char *size = history_size(message->size_bytes);

    return g_strdup_printf("%s %s: %s (message %" G_GINT64_FORMAT ", %s)", author,
                           verb(message->kind), about, message->number, size);
}

char *history_attachment(const struct message_attachment *attachment)
{
    g_autofree char *name =
        history_plain(attachment->name != NULL ? attachment->name : attachment->type);
    g_autofree char *size = history_size(attachment->size_bytes);

    return g_strdup_printf("with %s (%s)", name, size);
}

/* Embeddings, overrides, isolates, and marks. */
static bool turns_direction(gunichar c)
{
    return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x200e ||
           c == 0x200f || c == 0x061c;
}

char *history_plain(const char *text)
{
    g_autofree char *valid = chars_valid(text);
    GString *out = g_string_new(NULL);
    gunichar c;
    size_t size;
    int count = 0;

    for (const char *p = valid; (size = chars_next(p, &c)) > 0; p += size) {
        if (chars_space(p) > 0)
            c = ' ';
        else if (chars_is_control(c) || turns_direction(c))
            continue;
        if (count++ == HISTORY_TEXT_MAX) {
            g_string_append(out, "…");
            break;
        }
        g_string_append_unichar(out, c);
    }
    return g_string_free(out, FALSE);
}

char *history_time(int64_t at)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(at / 1000);

    return time != NULL ? g_date_time_format(time, "%Y-%m-%d %H:%M") : g_strdup("");
}

/* The locale has no say in it. */
char *history_size(int64_t bytes)
{
    static const char *const units[] = {"kB", "MB", "GB"};
    int64_t tenths = (bytes + 50) / 100;
    size_t unit = 0;

    if (bytes < 1000)
        return g_strdup_printf("%" G_GINT64_FORMAT " byte%s", bytes, bytes == 1 ? "" : "s");
    for (; tenths >= 10000 && unit + 1 < G_N_ELEMENTS(units); unit++)
        tenths = (tenths + 500) / 1000;
    return g_strdup_printf("%" G_GINT64_FORMAT ".%d %s", tenths / 10, (int)(tenths % 10),
                           units[unit]);
}
