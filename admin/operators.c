/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `counterfoil operator …`. Decides little: what an operator may be is the record's to say. Runs
 * in the command's transaction.
 */
#include "admin/operators.h"

#include "admin/clash.h"
#include "admin/object.h"

/* The address and all of --also, in normal form; NULL-terminated, yours. */
static char **read_addresses(struct context *context, const char *first, GError **error)
{
    g_autoptr(GStrvBuilder) addresses = g_strv_builder_new();
    char *const *also = request_list(context->request, "also");
    g_autofree char *normal = context_read_address(first, error);

    if (normal == NULL)
        return NULL;
    g_strv_builder_add(addresses, normal);
    for (; also != NULL && *also != NULL; also++) {
        g_autofree char *further = context_read_address(*also, error);
        if (further == NULL)
            return NULL;
        g_strv_builder_add(addresses, further);
    }
    return g_strv_builder_end(addresses);
}

/* Compared with the others once it is recorded: the transaction takes it back if it is refused. */
bool operators_make(struct context *context, const char *const *addresses, const char *name,
                    const char *login, struct operator_person **out, GError **error)
{
    AUTO(operator_person) person = NULL;
    g_autoptr(GPtrArray) all = NULL;
    int64_t id = 0;

    *out = NULL;
    if (!operator_add(context->store, addresses, name, login, context->now, &id, error) ||
        !operator_find_id(context->store, id, &person, error))
        return false;
    all = operator_list(context->store, error);
    if (all == NULL || !clash_check_operator(context, all, person, error) ||
        !context_add_event(context, "operator-added", 0, 0, person->address, error))
        return false;
    *out = g_steal_pointer(&person);
    return true;
}

bool operators_add(struct context *context, char **arguments, GError **error)
{
    g_auto(GStrv) addresses = read_addresses(context, arguments[0], error);
    AUTO(operator_person) person = NULL;
    AUTO(row) row = NULL;

    if (addresses == NULL ||
        !operators_make(context, (const char *const *)addresses,
                        request_text(context->request, "name"),
                        request_text(context->request, "login"), &person, error))
        return false;
    output_say(context->output,
               "%s is an operator; `counterfoil member add DEPARTMENT %s` makes "
               "them a member",
               person->address, person->address);
    if (!output_is_json(context->output))
        return true;
    row = object_operator(context, person, error);
    return row != NULL && output_one(context->output, row, error);
}

bool operators_list(struct context *context, char **arguments, GError **error)
{
    g_autoptr(GPtrArray) all = operator_list(context->store, error);

    (void)arguments;
    for (guint i = 0; all != NULL && i < all->len; i++) {
        AUTO(row) row = object_operator(context, all->pdata[i], error);
        if (row == NULL || !output_row(context->output, row, error))
            return false;
    }
    return all != NULL;
}

bool operators_show(struct context *context, char **arguments, GError **error)
{
    AUTO(operator_person) person = NULL;
    AUTO(row) row = NULL;

    if (!context_find_operator(context, arguments[0], &person, error))
        return false;
    row = object_operator(context, person, error);
    return row != NULL && output_one(context->output, row, error);
}

bool operators_remove(struct context *context, char **arguments, GError **error)
{
    AUTO(operator_person) person = NULL;
    AUTO(row) row = NULL;
    int64_t unassigned = 0;

    if (!context_find_operator(context, arguments[0], &person, error) ||
        !operator_remove(context->store, person->id, caller_actor(context->caller), context->now,
                         &unassigned, error) ||
        !context_add_event(context, "operator-removed", 0, 0, person->address, error))
        return false;
    output_say(context->output,
               "operator %s is removed; %" G_GINT64_FORMAT " ticket%s nobody's "
               "now",
               person->address, unassigned, unassigned == 1 ? " is" : "s are");
    row = object_removed("operator", person->address, unassigned);
    return !output_is_json(context->output) || output_row(context->output, row, error);
}
