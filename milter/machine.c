/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tables of fields and of the words in them, and one walk through the header for each question.
 * The first row that holds gives the reason. Any thread; nothing can fail.
 */
#include "milter/machine.h"

#include <string.h>

#include "milter/address.h"
#include "milter/comment.h"
#include "milter/mailbox.h"

/* A field that says something by the word that its value begins with. */
struct rule {
    const char *field;
    const char *word; /* NULL: any, or none */
    const char *reason;
};

static const struct rule auto_rules[] = {
    {"Auto-Submitted", "auto-replied", "auto-replied"},
    {"X-Autoreply", NULL, "x-autoreply"},
    {"X-Autorespond", NULL, "x-autorespond"},
    {"Precedence", "auto_reply", "precedence-auto_reply"},
    {"Delivered-To", "autoresponder", "autoresponder"},
};

static const struct rule quiet_rules[] = {
    {"X-Auto-Response-Suppress", NULL, "x-auto-response-suppress"},
    {"Precedence", "bulk", "precedence-bulk"},
    {"Precedence", "list", "precedence-list"},
    {"Precedence", "junk", "precedence-junk"},
};

static const struct rule spam_rules[] = {
    {"X-Spam-Flag", "yes", "spam"},
    {"X-Spam", "yes", "spam"},
    {"X-Spam-Status", "yes", "spam"},
};

static const char *const no_reply[] = {"mailer-daemon", "postmaster", "noreply", "no-reply",
                                       "donotreply"};

/* Where lists put what From was; the last has the sender, which From need not have been. */
static const char *const original_fields[] = {"X-Original-From", "Original-From",
                                              "X-Original-Sender"};
#define ORIGINAL_FROM_FIELDS 2

/* More of a List-Post is not read. */
#define LIST_FIELD_MAX (4 * 1024)

static bool hold(const char **reason, const char *why)
{
    if (reason != NULL)
        *reason = why;
    return why != NULL;
}

static const struct mail_header *header_at(const struct mail *mail, guint index)
{
    return g_ptr_array_index(mail->headers, index);
}

/* Words in these fields are tokens, which may have hyphens, dots and at signs in them. */
static bool begins_with(const char *value, const char *word)
{
    const char *begin = comment_skip_space(value);

    return strcspn(begin, " \t\r\n;,(") == strlen(word) &&
           g_ascii_strncasecmp(begin, word, strlen(word)) == 0;
}

static bool holds(const struct mail *mail, const struct rule *rule)
{
    guint count = mail_header_count(mail, rule->field);

    if (rule->word == NULL)
        return count > 0;
    for (guint i = 0; i < count; i++)
        if (begins_with(mail_header(mail, rule->field, i), rule->word))
            return true;
    return false;
}

static const char *find_rule(const struct mail *mail, const struct rule *rules, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (holds(mail, &rules[i]))
            return rules[i].reason;
    return NULL;
}

/* Whether it is a message disposition notification: by its type, that of the report, or that of one
 * of its parts. */
static bool is_receipt(const struct mail *mail)
{
    static const char *const types[] = {"message/disposition-notification",
                                        "message/global-disposition-notification", NULL};

    if (g_strv_contains(types, mail->content_type))
        return true;
    if (strcmp(mail->content_type, "multipart/report") != 0)
        return false;
    for (guint i = 0; i < mail->parts->len; i++) {
        const struct mail_part *part = g_ptr_array_index(mail->parts, i);

        if (part->depth == 0 && g_strv_contains(types, part->type))
            return true;
    }
    return g_strcmp0(mail->report_type, "disposition-notification") == 0;
}

static const char *find_auto(const struct envelope *envelope, const struct mail *mail)
{
    const char *why = find_rule(mail, auto_rules, G_N_ELEMENTS(auto_rules));

    if (why == NULL && is_receipt(mail))
        why = "receipt";
    if (why == NULL && envelope->sender[0] == '\0')
        why = "null-sender";
    return why;
}

bool machine_is_auto(const struct envelope *envelope, const struct mail *mail, const char **reason)
{
    return hold(reason, find_auto(envelope, mail));
}

static const char *find_declared(const struct mail *mail)
{
    for (guint i = 0; i < mail->headers->len; i++) {
        const struct mail_header *header = header_at(mail, i);

        if (g_ascii_strncasecmp(header->name, "List-", 5) == 0)
            return "list";
        if (g_ascii_strcasecmp(header->name, "Auto-Submitted") == 0 &&
            !begins_with(header->value, "no"))
            return "auto-submitted";
    }
    return NULL;
}

/* Whether the local part is name, alone or with an extension. (A sender may have no domain.) */
static bool is_local(const char *address, const char *name)
{
    size_t length = strlen(name);

    return address != NULL && g_ascii_strncasecmp(address, name, length) == 0 &&
           (address[length] == '@' || address[length] == '+' || address[length] == '\0');
}

bool machine_is_no_reply(const char *address)
{
    for (size_t i = 0; i < G_N_ELEMENTS(no_reply); i++) {
        if (is_local(address, no_reply[i]))
            return true;
    }
    return false;
}

bool machine_is_daemon(const char *address)
{
    return is_local(address, "mailer-daemon");
}

static bool is_from_no_reply(const struct envelope *envelope, const struct mail *mail)
{
    for (guint i = 0; i < mail->from->len; i++) {
        const struct mail_address *from = g_ptr_array_index(mail->from, i);

        if (machine_is_no_reply(from->address))
            return true;
    }
    return machine_is_no_reply(envelope->sender);
}

bool machine_is_quiet(const struct envelope *envelope, const struct mail *mail, const char **reason)
{
    const char *why = find_auto(envelope, mail);

    if (why == NULL)
        why = find_rule(mail, quiet_rules, G_N_ELEMENTS(quiet_rules));
    if (why == NULL)
        why = find_declared(mail);
    if (why == NULL && is_from_no_reply(envelope, mail))
        why = "no-reply-sender";
    return hold(reason, why);
}

bool machine_is_spam(const struct mail *mail)
{
    return find_rule(mail, spam_rules, G_N_ELEMENTS(spam_rules)) != NULL;
}

/* Adds the addresses in a List-Post field's mailto URIs (RFC 2369). */
static void read_posts(GHashTable *posts, const char *value)
{
    g_autofree char *text = g_strndup(value, LIST_FIELD_MAX);

    for (const char *at = text; (at = strcasestr(at, "mailto:")) != NULL;) {
        at += strlen("mailto:");
        g_autofree char *uri = g_strndup(at, strcspn(at, "?>, \t\r\n"));
        g_autofree char *plain = g_uri_unescape_string(uri, NULL);
        char *posted = plain == NULL ? NULL : address_normalise(plain);

        if (posted != NULL)
            g_hash_table_add(posts, posted);
    }
}

/* What a List-Id field (RFC 2919) says, without words and brackets. Yours. */
static char *read_id(const char *value)
{
    const char *open = strrchr(value, '<');
    const char *begin = open == NULL ? comment_skip_space(value) : open + 1;

    return g_strndup(begin, strcspn(begin, "> \t\r\n"));
}

/* The addresses of the list that sent the message. */
struct own {
    GHashTable *posts; /* char *, from List-Post */
    char *id;          /* from List-Id, or NULL */
};

static void own_free(struct own *own)
{
    g_hash_table_unref(own->posts);
    g_free(own->id);
    g_free(own);
}
AUTO_DEFINE(own, own_free);

static struct own *own_new(const struct mail *mail)
{
    const char *post = mail_header(mail, "List-Post", 0);
    const char *id = mail_header(mail, "List-Id", 0);
    struct own *own = g_new0(struct own, 1);

    own->posts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (post != NULL)
        read_posts(own->posts, post);
    own->id = id == NULL ? NULL : read_id(id);
    return own;
}

/* Whether id is the address with a dot in place of the at sign. */
static bool is_id_of(const char *id, const char *address)
{
    const char *at = strrchr(address, '@');
    size_t local = at == NULL ? 0 : (size_t)(at - address);

    return at != NULL && strlen(id) == strlen(address) &&
           g_ascii_strncasecmp(id, address, local) == 0 && id[local] == '.' &&
           g_ascii_strcasecmp(id + local + 1, at + 1) == 0;
}

/* Why the address is the list's own; NULL: it is not. */
static const char *find_own(const struct own *own, const char *address)
{
    if (g_hash_table_contains(own->posts, address))
        return "list-post";
    return own->id != NULL && is_id_of(own->id, address) ? "list-id" : NULL;
}

/* What From was, as the list's software wrote it down: of the first so many fields. */
static GPtrArray *read_originals(const struct mail *mail, size_t fields)
{
    GPtrArray *list = mailbox_list_new();

    for (size_t i = 0; i < fields; i++) {
        const char *value = mail_header(mail, original_fields[i], 0);

        if (value != NULL)
            mailbox_read(list, value);
    }
    return list;
}

static const char *address_at(const GPtrArray *list, guint index)
{
    return ((const struct mail_address *)g_ptr_array_index(list, index))->address;
}

static const char *find_list(const struct mail *mail)
{
    bool has_field =
        mail_header(mail, "List-Id", 0) != NULL || mail_header(mail, "List-Post", 0) != NULL;

    if (mail->from->len != 1 || !has_field)
        return NULL;

    AUTO(own) own = own_new(mail);
    const char *from = address_at(mail->from, 0);
    const char *why = find_own(own, from);
    if (why != NULL)
        return why;

    g_autoptr(GPtrArray) originals = read_originals(mail, ORIGINAL_FROM_FIELDS);
    bool is_other = originals->len > 0 && strcmp(address_at(originals, 0), from) != 0;
    return is_other ? "original-from" : NULL;
}

bool machine_is_list(const struct mail *mail, const char **reason)
{
    return hold(reason, find_list(mail));
}

/* The first address that is neither From nor the list's own and, if there is wanted, is in it. */
static const struct mail_address *find_person(const struct mail *mail, const struct own *own,
                                              const GPtrArray *list, GHashTable *wanted)
{
    for (guint i = 0; i < list->len; i++) {
        const char *address = address_at(list, i);

        if (strcmp(address, address_at(mail->from, 0)) != 0 && find_own(own, address) == NULL &&
            (wanted == NULL || g_hash_table_contains(wanted, address)))
            return g_ptr_array_index(list, i);
    }
    return NULL;
}

GPtrArray *machine_list_author(const struct mail *mail)
{
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GPtrArray) originals = read_originals(mail, G_N_ELEMENTS(original_fields));
    AUTO(own) own = own_new(mail);
    const struct mail_address *author;

    if (find_list(mail) == NULL)
        return NULL;
    for (guint i = 0; i < originals->len; i++)
        g_hash_table_add(names, (char *)address_at(originals, i));
    author = find_person(mail, own, mail->reply_to, names);
    if (author == NULL)
        author = find_person(mail, own, mail->reply_to, NULL);
    if (author == NULL)
        author = find_person(mail, own, originals, NULL);
    if (author == NULL)
        return NULL;

    GPtrArray *list = mailbox_list_new();
    struct mail_address *copy = g_new0(struct mail_address, 1);
    copy->name = g_strdup(author->name);
    copy->address = g_strdup(author->address);
    g_ptr_array_add(list, copy);
    return list;
}
