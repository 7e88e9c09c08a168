/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `counterfoil department …`. Decides which role addresses are fit for this site, and what
 * becomes of the tickets of a department that goes. Runs in the command's transaction.
 */
#include "admin/departments.h"

#include <string.h>

#include "admin/change.h"
#include "admin/clash.h"
#include "admin/object.h"
#include "admin/which.h"
#include "db/department_setting.h"
#include "db/error.h"
#include "db/ticket.h"
#include "milter/address.h"
#include "milter/chars.h"
#include "milter/envelope.h"
#include "milter/expected.h"
#include "milter/handover.h"
#include "milter/log.h"
#include "milter/nearest.h"
#include "milter/rolemap.h"

/* Reads a role address and checks that mail to it can reach us, and mail to others' addresses does
 * not. Yours. */
static char *read_role(struct context *context, const char *text, GError **error)
{
    g_autofree char *role = context_read_address(text, error);
    const char *delimiters = context->conf->mail.recipient_delimiter;
    g_autofree char *local = NULL;
    const char *found;

    if (role == NULL)
        return NULL;
    local = address_local(role);
    found = strpbrk(local, delimiters);
    if (found != NULL) {
        error_set(error, ERROR_REFUSED,
                  "%s can't be a role address: what follows `%c` is an extension "
                  "([mail] recipient_delimiter)",
                  role, *found);
        return NULL;
    }
    if (!rolemap_can_hold(role) || g_str_has_suffix(role, ENVELOPE_SUFFIX)) {
        error_set(error, ERROR_REFUSED,
                  "%s can't be a role address: the mail server's map can't hold it", role);
        return NULL;
    }
    if (!clash_check_role(context, role, error))
        return NULL;
    return g_steal_pointer(&role);
}

/* "customer-care" becomes "Customer care". Yours. */
static char *make_title(const char *name)
{
    GString *title = g_string_new(NULL);
    g_autofree char *words = g_strdelimit(g_strdup(name), "-_.", ' ');
    gunichar first;
    size_t size = chars_next(words, &first);

    if (size > 0 && first != CHARS_INVALID)
        g_string_append_unichar(title, g_unichar_totitle(first));
    g_string_append(title, words + size);
    return g_string_free(title, FALSE);
}

/* Shows the department as it is now, with JSON. */
static bool show_changed(struct context *context, int64_t id, GError **error)
{
    AUTO(department) department = NULL;
    AUTO(row) row = NULL;

    if (!output_is_json(context->output))
        return true;
    if (!department_find_id(context->store, id, &department, error))
        return false;
    row = object_department(context, department, error);
    return row != NULL && output_one(context->output, row, error);
}

bool departments_add(struct context *context, char **arguments, GError **error)
{
    const char *name = arguments[0];
    const char *title = request_text(context->request, "title");
    g_autofree char *made = make_title(name);
    g_autofree char *role = read_role(context, request_text(context->request, "address"), error);
    int64_t id = 0;

    if (role == NULL ||
        !department_add(context->store, name, title != NULL ? title : made, role, context->now, &id,
                        error) ||
        !context_add_event(context, "department-added", 0, id, name, error))
        return false;
    context->roles_changed = true;
    output_say(context->output, "department %s answers for %s", name, role);
    return show_changed(context, id, error);
}

bool departments_list(struct context *context, char **arguments, GError **error)
{
    g_autoptr(GPtrArray) all = department_list(context->store, error);

    (void)arguments;
    for (guint i = 0; all != NULL && i < all->len; i++) {
        AUTO(row) row = object_department(context, all->pdata[i], error);
        if (row == NULL || !output_row(context->output, row, error))
            return false;
    }
    return all != NULL;
}

bool departments_show(struct context *context, char **arguments, GError **error)
{
    AUTO(department) department = NULL;
    AUTO(row) row = NULL;

    if (!context_find_department(context, arguments[0], &department, error))
        return false;
    row = object_department(context, department, error);
    return row != NULL && output_one(context->output, row, error);
}

static bool check_setting(const char *setting, GError **error)
{
    const char *nearest;
    g_autofree char *quoted = log_quoted(setting);
    g_autofree char *list = NULL;

    if (g_strv_contains(department_settings, setting))
        return true;
    nearest = nearest_name(setting, department_settings);
    list = g_strjoinv(", ", (char **)department_settings);
    return request_wrong(error,
                         nearest != NULL ? "no setting `%s`; did you mean `%s`?"
                                         : "no setting `%s`; there are %s",
                         quoted, nearest != NULL ? nearest : list);
}

/* Says by when a request that comes now is to be answered, if it is that what was set. */
static bool say_expected(struct context *context, int64_t id, const char *setting, GError **error)
{
    AUTO(department) department = NULL;
    AUTO(hours) hours = NULL;
    g_autofree char *text = NULL;

    if (strcmp(setting, "expected") != 0 && strcmp(setting, "hours") != 0)
        return true;
    if (!department_find_id(context->store, id, &department, error))
        return false;
    hours = hours_read(department->hours, error);
    if (hours == NULL) /* what could be read once may need a time zone that has gone */
        return false;
    /* Any time at all shows whether it ever opens. */
    text = expected_text(department->hours,
                         department->expected != NULL ? department->expected : "1m", context->now);
    if (text == NULL)
        return error_set(error, ERROR_REFUSED,
                         "with these hours, a request that comes now would not be answered within "
                         "a year");
    if (department->expected != NULL)
        output_say(context->output, "a request that comes now is to be answered by %s", text);
    return true;
}

bool departments_set(struct context *context, char **arguments, GError **error)
{
    AUTO(department) department = NULL;
    const char *setting = arguments[1];
    g_autofree char *detail = g_strdup_printf("%s = %s", setting, arguments[2]);

    if (!check_setting(setting, error) ||
        !context_find_department(context, arguments[0], &department, error) ||
        !department_set(context->store, department->id, setting, arguments[2], error) ||
        !context_add_event(context, "department-set", 0, department->id, detail, error))
        return false;
    output_say(context->output, "%s: %s", department->name, detail);
    return say_expected(context, department->id, setting, error) &&
           show_changed(context, department->id, error);
}

struct address_verb {
    const char *name;
    bool (*run)(struct store *store, int64_t id, const char *role, GError **error);
    const char *event;
    const char *done; /* the department's name, and the address */
};

static const struct address_verb address_verbs[] = {
    {"add", department_add_address, "address-added", "answers for"},
    {"remove", department_remove_address, "address-removed", "no longer answers for"},
    {"primary", department_set_primary, "address-primary", "speaks as"},
};

static const struct address_verb *find_address_verb(const char *name, GError **error)
{
    static const char *const names[] = {"add", "remove", "primary", NULL};
    g_autofree char *quoted = log_quoted(name);
    const char *nearest;

    for (size_t i = 0; i < G_N_ELEMENTS(address_verbs); i++)
        if (strcmp(address_verbs[i].name, name) == 0)
            return &address_verbs[i];
    nearest = nearest_name(name, names);
    if (nearest != NULL)
        request_wrong(error, "add, remove or primary, not `%s`; did you mean `%s`?", quoted,
                      nearest);
    else
        request_wrong(error, "add, remove or primary, not `%s`", quoted);
    return NULL;
}

bool departments_address(struct context *context, char **arguments, GError **error)
{
    AUTO(department) department = NULL;
    const struct address_verb *verb = find_address_verb(arguments[1], error);
    g_autofree char *role = NULL;

    if (verb == NULL || !context_find_department(context, arguments[0], &department, error))
        return false;
    /* What is there already can be taken away whatever the rules are by now. */
    role = verb->run == department_add_address ? read_role(context, arguments[2], error)
                                               : context_read_address(arguments[2], error);
    if (role == NULL || !verb->run(context->store, department->id, role, error) ||
        !context_add_event(context, verb->event, 0, department->id, role, error))
        return false;
    context->roles_changed = true;
    output_say(context->output, "department %s %s %s", department->name, verb->done, role);
    return show_changed(context, department->id, error);
}

static bool collect(const struct ticket *ticket, void *data, GError **error)
{
    int64_t number = ticket->number;

    (void)error;
    g_array_append_val((GArray *)data, number);
    return true;
}

/* Tickets under way from one department to another. */
struct removal {
    const struct department *from;
    const struct department *to;
    int64_t by;  /* the operator who types, or 0 */
    guint moved; /* how many were moved until now */
};

/* The first ones are handed over. */
static bool move_ticket(struct context *context, int64_t number, struct removal *removal,
                        GError **error)
{
    struct action action = change_begin(context);
    g_autoptr(GPtrArray) events = action.events;
    AUTO(ticket) ticket = NULL;

    if (!ticket_find(context->store, number, &ticket, error))
        return false;
    /* Else it is only a further department of this one. */
    return ((struct ticket_department *)ticket->departments->pdata[0])->id != removal->from->id ||
           (action_move(&action, ticket, removal->to, error) &&
            change_record(context, &action, ticket, removal->by,
                          removal->moved++ < HANDOVER_TICKETS_MAX, error));
}

/* Those that wait for us come first. */
static bool move_tickets(struct context *context, const struct department *from,
                         const struct department *to, GError **error)
{
    struct ticket_filter filter = {.department_id = from->id, .open = 1, .waiting_for_us = 1};
    g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(int64_t));
    AUTO(operator_person) caller = NULL;
    struct removal removal = {from, to, 0, 0};

    if (!which_caller(context, &caller, error) ||
        !ticket_list(context->store, &filter, collect, numbers, error))
        return false;
    filter.waiting_for_us = 0;
    if (!ticket_list(context->store, &filter, collect, numbers, error))
        return false;
    removal.by = caller != NULL ? caller->id : 0;
    for (guint i = 0; i < numbers->len; i++)
        if (!move_ticket(context, g_array_index(numbers, int64_t, i), &removal, error))
            return false;
    return true;
}

/* Sees to the open tickets: to another department, or the removal is refused. */
static bool place_tickets(struct context *context, const struct department *department,
                          int64_t *moved, GError **error)
{
    const char *name = request_text(context->request, "move-to");
    AUTO(department) other = NULL;

    if (!department_open_tickets(context->store, department->id, moved, error))
        return false;
    if (name == NULL && *moved == 0)
        return true;
    if (name == NULL) {
        return error_set(error, ERROR_REFUSED,
                         "department `%s` has %" G_GINT64_FORMAT
                         " open ticket%s; `--move-to OTHER` "
                         "gives them to another department",
                         department->name, *moved, *moved == 1 ? "" : "s");
    }
    if (!context_find_department(context, name, &other, error))
        return false;
    if (other->id == department->id) {
        return error_set(error, ERROR_REFUSED,
                         "--move-to must name another department than `%s` itself",
                         department->name);
    }
    return move_tickets(context, department, other, error);
}

/* By name, so that each leaves an event and loses the tickets that were theirs by it. */
static bool dismiss_members(struct context *context, const struct department *department,
                            int64_t *unassigned, GError **error)
{
    g_autoptr(GPtrArray) members = operator_members(context->store, department->id, error);

    for (guint i = 0; members != NULL && i < members->len; i++) {
        const struct operator_person *person = members->pdata[i];
        int64_t count = 0;
        bool changed;

        if (!department_leave(context->store, department->id, person->id,
                              caller_actor(context->caller), context->now, &changed, &count, error))
            return false;
        *unassigned += count;
    }
    return members != NULL;
}

bool departments_remove(struct context *context, char **arguments, GError **error)
{
    AUTO(department) department = NULL;
    AUTO(row) row = NULL;
    int64_t moved = 0;
    int64_t unassigned = 0;

    if (!context_find_department(context, arguments[0], &department, error) ||
        !place_tickets(context, department, &moved, error) ||
        !dismiss_members(context, department, &unassigned, error) ||
        !department_remove(context->store, department->id, context->now, error) ||
        !context_add_event(context, "department-removed", 0, department->id, department->name,
                           error))
        return false;
    context->roles_changed = true;
    output_say(context->output, "department %s is removed", department->name);
    if (moved > 0)
        output_say(context->output, "%" G_GINT64_FORMAT " open ticket%s moved to %s", moved,
                   moved == 1 ? "" : "s", request_text(context->request, "move-to"));
    row = object_removed("department", department->name, unassigned);
    return !output_is_json(context->output) || output_row(context->output, row, error);
}
