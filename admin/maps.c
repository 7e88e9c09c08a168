/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `counterfoil map …`: the role map for the mail server, shown or written. How it looks and how it
 * is written is rolemap.h's to know.
 */
#include "admin/maps.h"

#include <string.h>

#include "db/error.h"
#include "milter/rolemap.h"

static bool write_map(struct context *context, GError **error)
{
    if (context->conf->archive.role_map_type == NULL) {
        return error_set(error, ERROR_CONFIG,
                         "%s: [archive] role_map is empty: it must say where the map is",
                         context->conf->file);
    }
    context->roles_changed = true;
    output_say(context->output, "the role map is %s", context->conf->archive.role_map_path);
    return true;
}

bool maps_postfix(struct context *context, char **arguments, GError **error)
{
    g_auto(GStrv) roles = NULL;
    g_autofree char *text = NULL;

    (void)arguments;
    if (request_flag(context->request, "write"))
        return write_map(context, error);
    roles = department_roles(context->store, error);
    if (roles == NULL)
        return false;
    text = rolemap_text(roles);
    return output_bytes(context->output, text, strlen(text), error);
}
