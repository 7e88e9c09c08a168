/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which fields each thing has in lists and in JSON (DESIGN 11). Decides nothing else. One
 * thread.
 */
#include "admin/object.h"

#include "admin/json.h"
#include "db/department_template.h"

#define HEX_DIGEST_SIZE (2 * DIGEST_SIZE + 1)

static const struct field ticket_fields[] = {
    {"number", FIELD_NUMBER, FIELD_EVERYWHERE},
    {"id", FIELD_TEXT, FIELD_NOT_LISTED},
    {"department", FIELD_TEXT, FIELD_EVERYWHERE},
    {"departments", FIELD_LIST, FIELD_NOT_LISTED},
    {"state", FIELD_TEXT, FIELD_EVERYWHERE},
    {"waiting", FIELD_TEXT, FIELD_EVERYWHERE},
    {"since", FIELD_TIME, FIELD_EVERYWHERE},
    {"requester", FIELD_TEXT, FIELD_EVERYWHERE},
    {"correspondents", FIELD_LIST, FIELD_NOT_LISTED},
    {"assignee", FIELD_TEXT, FIELD_EVERYWHERE},
    {"subject", FIELD_TEXT, FIELD_EVERYWHERE},
    {"opened", FIELD_TIME, FIELD_NOT_LISTED},
    {"updated", FIELD_TIME, FIELD_NOT_LISTED},
    {"messages", FIELD_NUMBER, FIELD_NOT_LISTED},
    {NULL, FIELD_TEXT, FIELD_ONLY_JSON},
};
static const struct row_type ticket_type = {"ticket", ticket_fields};

static const struct field message_fields[] = {
    {"number", FIELD_NUMBER, FIELD_EVERYWHERE},   {"ticket", FIELD_NUMBER, FIELD_EVERYWHERE},
    {"kind", FIELD_TEXT, FIELD_EVERYWHERE},       {"at", FIELD_TIME, FIELD_EVERYWHERE},
    {"from", FIELD_TEXT, FIELD_EVERYWHERE},       {"to", FIELD_TEXT, FIELD_EVERYWHERE},
    {"subject", FIELD_TEXT, FIELD_EVERYWHERE},    {"message_id", FIELD_TEXT, FIELD_NOT_LISTED},
    {"size", FIELD_NUMBER, FIELD_EVERYWHERE},     {"sha256", FIELD_TEXT, FIELD_NOT_LISTED},
    {"attachments", FIELD_JSON, FIELD_ONLY_JSON}, {"copies", FIELD_NUMBER, FIELD_EVERYWHERE},
    {NULL, FIELD_TEXT, FIELD_ONLY_JSON},
};
static const struct row_type message_type = {"message", message_fields};

static const struct field event_fields[] = {
    {"at", FIELD_TIME, FIELD_EVERYWHERE},     {"ticket", FIELD_JSON, FIELD_ONLY_JSON},
    {"kind", FIELD_TEXT, FIELD_EVERYWHERE},   {"actor", FIELD_TEXT, FIELD_EVERYWHERE},
    {"detail", FIELD_TEXT, FIELD_EVERYWHERE}, {NULL, FIELD_TEXT, FIELD_ONLY_JSON},
};
static const struct row_type event_type = {"event", event_fields};

static const struct field department_fields[] = {
    {"name", FIELD_TEXT, FIELD_EVERYWHERE},        {"title", FIELD_TEXT, FIELD_EVERYWHERE},
    {"primary", FIELD_TEXT, FIELD_EVERYWHERE},     {"addresses", FIELD_LIST, FIELD_NOT_LISTED},
    {"members", FIELD_LIST, FIELD_EVERYWHERE},     {"from_name", FIELD_TEXT, FIELD_NOT_LISTED},
    {"via_name", FIELD_TEXT, FIELD_NOT_LISTED},    {"follow_up", FIELD_TEXT, FIELD_NOT_LISTED},
    {"assign", FIELD_TEXT, FIELD_NOT_LISTED},      {"expected", FIELD_TEXT, FIELD_NOT_LISTED},
    {"hours", FIELD_TEXT, FIELD_NOT_LISTED},       {"correspondents", FIELD_TEXT, FIELD_NOT_LISTED},
    {"reopen", FIELD_TEXT, FIELD_NOT_LISTED},      {"closed", FIELD_TEXT, FIELD_NOT_LISTED},
    {"spam", FIELD_TEXT, FIELD_NOT_LISTED},        {"templates", FIELD_LIST, FIELD_NOT_LISTED},
    {"notices_off", FIELD_LIST, FIELD_NOT_LISTED}, {NULL, FIELD_TEXT, FIELD_ONLY_JSON},
};
static const struct row_type department_type = {"department", department_fields};

static const struct field operator_fields[] = {
    {"address", FIELD_TEXT, FIELD_EVERYWHERE},     {"addresses", FIELD_LIST, FIELD_NOT_LISTED},
    {"name", FIELD_TEXT, FIELD_EVERYWHERE},        {"login", FIELD_TEXT, FIELD_EVERYWHERE},
    {"departments", FIELD_LIST, FIELD_EVERYWHERE}, {NULL, FIELD_TEXT, FIELD_ONLY_JSON},
};
static const struct row_type operator_type = {"operator", operator_fields};

static const struct field member_fields[] = {
    {"department", FIELD_TEXT, FIELD_EVERYWHERE},
    {"address", FIELD_TEXT, FIELD_EVERYWHERE},
    {"name", FIELD_TEXT, FIELD_EVERYWHERE},
    {NULL, FIELD_TEXT, FIELD_ONLY_JSON},
};
static const struct row_type member_type = {"member", member_fields};

static const struct field change_fields[] = {
    {"department", FIELD_TEXT, FIELD_ONLY_JSON},   {"address", FIELD_TEXT, FIELD_ONLY_JSON},
    {"name", FIELD_TEXT, FIELD_ONLY_JSON},         {"change", FIELD_TEXT, FIELD_ONLY_JSON},
    {"unassigned", FIELD_NUMBER, FIELD_ONLY_JSON}, {NULL, FIELD_TEXT, FIELD_ONLY_JSON},
};
static const struct row_type change_type = {"member", change_fields};

static const struct field handovers_fields[] = {
    {"department", FIELD_TEXT, FIELD_ONLY_JSON},
    {"tickets", FIELD_NUMBER, FIELD_ONLY_JSON},
    {"more", FIELD_JSON, FIELD_ONLY_JSON},
    {NULL, FIELD_TEXT, FIELD_ONLY_JSON},
};
static const struct row_type handovers_type = {"handovers", handovers_fields};

static const struct field removed_fields[] = {
    {"noun", FIELD_TEXT, FIELD_ONLY_JSON},
    {"name", FIELD_TEXT, FIELD_ONLY_JSON},
    {"unassigned", FIELD_NUMBER, FIELD_ONLY_JSON},
    {NULL, FIELD_TEXT, FIELD_ONLY_JSON},
};
static const struct row_type removed_type = {"removed", removed_fields};

static const struct field template_fields[] = {
    {"department", FIELD_TEXT, FIELD_ONLY_JSON}, {"kind", FIELD_TEXT, FIELD_ONLY_JSON},
    {"source", FIELD_TEXT, FIELD_ONLY_JSON},     {"text", FIELD_TEXT, FIELD_ONLY_JSON},
    {NULL, FIELD_TEXT, FIELD_ONLY_JSON},
};
static const struct row_type template_type = {"template", template_fields};

struct row *object_ticket(struct context *context, const struct ticket *ticket)
{
    struct row *row = row_new(&ticket_type);
    g_autofree char *id = ticketid_format(&context->ids, ticket->number);
    g_autoptr(GPtrArray) departments = g_ptr_array_new();
    g_autoptr(GPtrArray) correspondents = g_ptr_array_new();

    for (guint i = 0; i < ticket->departments->len; i++)
        g_ptr_array_add(departments,
                        ((struct ticket_department *)ticket->departments->pdata[i])->name);
    for (guint i = 0; i < ticket->correspondents->len; i++)
        g_ptr_array_add(correspondents,
                        ((struct correspondent *)ticket->correspondents->pdata[i])->address);
    row_number(row, ticket->number);
    row_text(row, id);
    row_text(row, departments->pdata[0]);
    row_list(row, departments);
    row_text(row, ticket->open ? "open" : "closed");
    row_text(row, !ticket->open ? NULL : ticket->waiting_for_us ? "us" : "customer");
    row_time(row, ticket->open ? ticket->waiting_since : 0);
    row_text(row, ticket->requester);
    row_list(row, correspondents);
    row_text(row, ticket->assignee);
    row_text(row, ticket->subject);
    row_time(row, ticket->opened_at);
    row_time(row, ticket->updated_at);
    row_number(row, ticket->messages);
    return row;
}

struct row *object_event(const struct event *event)
{
    struct row *row = row_new(&event_type);
    g_autoptr(GString) ticket = g_string_new(NULL);

    if (event->ticket != 0)
        json_append_number(ticket, event->ticket);
    else
        json_append_text(ticket, NULL);
    row_time(row, event->at);
    row_json(row, ticket->str);
    row_text(row, event->kind);
    row_text(row, event->actor);
    row_text(row, event->detail);
    return row;
}

/* [{"name":…,"type":…,"size":…},…] */
static char *attachments_json(const GPtrArray *attachments)
{
    GString *out = g_string_new("[");

    for (guint i = 0; i < attachments->len; i++) {
        const struct message_attachment *attachment = attachments->pdata[i];

        g_string_append(out, i > 0 ? ",{" : "{");
        json_append_name(out, "name", true);
        json_append_text(out, attachment->name);
        json_append_name(out, "type", false);
        json_append_text(out, attachment->type);
        json_append_name(out, "size", false);
        json_append_number(out, attachment->size_bytes);
        g_string_append_c(out, '}');
    }
    g_string_append_c(out, ']');
    return g_string_free(out, FALSE);
}

static void format_digest(const uint8_t digest[DIGEST_SIZE], char out[HEX_DIGEST_SIZE])
{
    for (size_t i = 0; i < DIGEST_SIZE; i++)
        g_snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

const char *object_main_recipient(const GPtrArray *recipients)
{
    for (guint i = 0; i < recipients->len; i++) {
        const struct message_recipient *recipient = recipients->pdata[i];

        if (recipient->role != NULL)
            return recipient->role;
    }
    return recipients->len > 0 ? ((struct message_recipient *)recipients->pdata[0])->address : NULL;
}

struct row *object_message(struct context *context, const struct message *message, GError **error)
{
    g_autoptr(GPtrArray) recipients = message_recipients(context->store, message->number, error);
    g_autoptr(GPtrArray) attachments =
        recipients != NULL ? message_attachments(context->store, message->number, error) : NULL;
    g_autoptr(GPtrArray) copies =
        attachments != NULL ? message_copies(context->store, message->number, error) : NULL;
    char sha256[HEX_DIGEST_SIZE];
    struct row *row;

    if (copies == NULL)
        return NULL;
    g_autofree char *json = attachments_json(attachments);
    format_digest(message->sha256, sha256);
    row = row_new(&message_type);
    row_number(row, message->number);
    row_number(row, message->ticket);
    row_text(row, message->kind);
    row_time(row, message->at);
    row_text(row, message->author != NULL    ? message->author
                  : *message->sender != '\0' ? message->sender
                                             : NULL);
    row_text(row, object_main_recipient(recipients));
    row_text(row, message->subject);
    row_text(row, message->message_id);
    row_number(row, message->size_bytes);
    row_text(row, sha256);
    row_json(row, json);
    row_number(row, copies->len);
    return row;
}

struct row *object_department(struct context *context, const struct department *department,
                              GError **error)
{
    g_autoptr(GPtrArray) people = operator_members(context->store, department->id, error);
    g_autoptr(GPtrArray) members = g_ptr_array_new();
    g_autoptr(GPtrArray) templates = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) off = g_ptr_array_new_with_free_func(g_free);
    struct row *row;

    if (people == NULL ||
        !department_template_list(context->store, department->id, templates, off, error))
        return NULL;
    for (guint i = 0; i < people->len; i++)
        g_ptr_array_add(members, ((struct operator_person *)people->pdata[i])->address);
    row = row_new(&department_type);
    row_text(row, department->name);
    row_text(row, department->title);
    row_text(row, department->primary);
    row_list(row, department->addresses);
    row_list(row, members);
    row_text(row, department->from_name);
    row_text(row, department->via_name);
    row_text(row, department->follow_up);
    row_text(row, department->assign);
    row_text(row, department->expected);
    row_text(row, department->hours);
    row_text(row, department->correspondents);
    row_text(row, department->reopen);
    row_text(row, department->closed);
    row_text(row, department->spam);
    row_list(row, templates);
    row_list(row, off);
    return row;
}

struct row *object_operator(struct context *context, const struct operator_person *person,
                            GError **error)
{
    g_autoptr(GPtrArray) departments = operator_departments(context->store, person->id, error);
    struct row *row;

    if (departments == NULL)
        return NULL;
    row = row_new(&operator_type);
    row_text(row, person->address);
    row_list(row, person->addresses);
    row_text(row, person->name);
    row_text(row, person->login);
    row_list(row, departments);
    return row;
}

struct row *object_member(const struct department *department, const struct operator_person *person)
{
    struct row *row = row_new(&member_type);

    row_text(row, department->name);
    row_text(row, person->address);
    row_text(row, person->name);
    return row;
}

struct row *object_member_change(const struct department *department,
                                 const struct operator_person *person, const char *change,
                                 int64_t unassigned)
{
    struct row *row = row_new(&change_type);

    row_text(row, department->name);
    row_text(row, person->address);
    row_text(row, person->name);
    row_text(row, change);
    row_number(row, unassigned);
    return row;
}

struct row *object_template(const struct department *department, const char *kind,
                            const char *source, const char *text)
{
    struct row *row = row_new(&template_type);

    row_text(row, department->name);
    row_text(row, kind);
    row_text(row, source);
    row_text(row, text);
    return row;
}

struct row *object_handovers(const struct department *department, int64_t tickets, bool are_more)
{
    struct row *row = row_new(&handovers_type);

    row_text(row, department->name);
    row_number(row, tickets);
    row_json(row, are_more ? "true" : "false");
    return row;
}

struct row *object_removed(const char *noun, const char *name, int64_t unassigned)
{
    struct row *row = row_new(&removed_type);

    row_text(row, noun);
    row_text(row, name);
    row_number(row, unassigned);
    return row;
}
