/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opens what a command needs, runs it, and commits or takes back what it did. Knows no command.
 * One thread.
 */
#include "admin/context.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/error.h"
#include "db/event.h"
#include "milter/address.h"
#include "milter/log.h"
#include "milter/nearest.h"
#include "milter/rolemap.h"

static char *config_file(const struct request *request)
{
    const char *from_environment = g_getenv("COUNTERFOIL_CONFIG");

    if (request->config != NULL)
        return g_strdup(request->config);
    if (from_environment != NULL && *from_environment != '\0')
        return g_strdup(from_environment);
    return g_strdup(SYSCONFDIR "/counterfoil/counterfoil.conf");
}

/* SQLite would call it an I/O error, and us to come again. */
static bool check_access(const char *path, bool may_write, GError **error)
{
    const char *what = may_write ? "change" : "read";
    struct stat found;

    if (access(path, may_write ? R_OK | W_OK : R_OK) == 0 || errno != EACCES)
        return true;
    if (stat(path, &found) != 0)
        return error_set(error, ERROR_REFUSED, "database %s: you may not %s it; do this as root",
                         path, what);
    g_autofree char *owner = caller_user_name(found.st_uid);
    return error_set(error, ERROR_REFUSED,
                     "database %s: you may not %s it; do this as root, or as the user `%s`", path,
                     what, owner);
}

static bool open_key(struct context *context, GError **error)
{
    uint8_t mark[DIGEST_SIZE];

    if (!key_load(context->conf->archive.key_file, context->key, error))
        return false;
    key_mark(context->key, mark);
    return site_check_mark(context->store, mark, error);
}

static bool open_record(struct context *context, GError **error)
{
    const char *database = context->conf->archive.database;
    bool reads = request_access(context->request) == ACCESS_READ;

    if (!caller_become_owner(context->caller, database, error) ||
        !check_access(database, !reads, error))
        return false;
    context->store = store_open(database, reads ? STORE_READ : STORE_WRITE, error);
    if (context->store == NULL)
        return false;
    context->site = site_find(context->store, error);
    if (context->site == NULL || !open_key(context, error))
        return false;
    context->ids = (struct ticketid_site){context->site->tag, context->key, KEY_SIZE};
    return true;
}

static bool run_command(struct context *context, GError **error)
{
    return context->request->command->run(context, context->request->arguments, error);
}

static bool run_reading(struct context *context, GError **error)
{
    bool is_done;

    if (!store_begin_reading(context->store, error))
        return false;
    is_done = run_command(context, error);
    store_end_reading(context->store);
    return is_done;
}

static bool run_writing(struct context *context, GError **error)
{
    if (!store_begin(context->store, error))
        return false;
    if (!run_command(context, error)) {
        store_rollback(context->store);
        return false;
    }
    return store_commit(context->store, error);
}

static bool run_in_transaction(struct context *context, GError **error)
{
    switch (request_access(context->request)) {
    case ACCESS_READ:
        return run_reading(context, error);
    case ACCESS_WRITE:
        return run_writing(context, error);
    default:
        return run_command(context, error);
    }
}

static char **list_roles(void *data, GError **error)
{
    struct context *context = data;

    return department_roles(context->store, error);
}

bool context_write_role_map(struct context *context, GError **error)
{
    const struct conf *conf = context->conf;
    bool is_done;

    if (conf->archive.role_map_type == NULL)
        return true;
    /* It may be in a folder of root's, and sees to the ownership itself. */
    caller_pause(context->caller);
    is_done = rolemap_write(conf->archive.role_map_type, conf->archive.role_map_path, list_roles,
                            context, error);
    caller_resume(context->caller);
    return is_done;
}

static bool changes(const struct request *request)
{
    enum command_access access = request_access(request);

    return access == ACCESS_WRITE || access == ACCESS_OWN;
}

/* After the commit: the mail server learns of it before the command returns. */
static bool publish_roles(struct context *context, GError **error)
{
    if (!context->roles_changed || context_write_role_map(context, error))
        return true;
    if (request_access(context->request) != ACCESS_READ)
        g_prefix_error(error, "the change is recorded, but the mail server does not know of it "
                              "yet (`counterfoil map postfix --write` finishes it): ");
    return false;
}

static void close_all(struct context *context)
{
    store_close(context->store);
    site_free(context->site);
    conf_free(context->conf);
    output_free(context->output);
    caller_free(context->caller);
}

static bool finish_output(struct context *context, GError **error)
{
    if (output_finish(context->output, error))
        return true;
    if (changes(context->request))
        g_prefix_error(error, "done, but ");
    return false;
}

static bool run_opened(struct context *context, GError **error)
{
    enum command_access access = request_access(context->request);
    g_autofree char *file = config_file(context->request);
    bool is_done;

    context->conf = conf_load(file, error);
    if (context->conf == NULL)
        return false;
    if (access != ACCESS_CONF && !open_record(context, error))
        return false;
    is_done = run_in_transaction(context, error);
    if (!is_done && access != ACCESS_CONF)
        return false;
    is_done = is_done && publish_roles(context, error);
    if (!is_done && access == ACCESS_READ)
        return false;
    /* What was done is said even if the map failed; so are the findings of a check. */
    return finish_output(context, is_done ? error : NULL) && is_done;
}

bool context_run(const struct request *request, GError **error)
{
    struct context context = {.request = request};
    bool is_done;

    context.caller = caller_new();
    context.now = g_get_real_time() / 1000;
    context.output = output_new(request->is_json, changes(request));
    is_done = run_opened(&context, error);
    close_all(&context);
    return is_done;
}

/* Sets *error to: no WHAT `wrong`; did you mean …? Or, if nothing is near: …; cure. */
static bool set_not_found(GError **error, const char *what, const char *wrong, GPtrArray *names,
                          const char *cure)
{
    const char *nearest;
    g_autofree char *quoted = log_quoted(wrong);

    g_ptr_array_add(names, NULL);
    nearest = nearest_name(wrong, (const char *const *)names->pdata);
    if (nearest == NULL)
        return error_set(error, ERROR_NOT_FOUND, "no %s `%s`; %s", what, quoted, cure);
    return error_set(error, ERROR_NOT_FOUND, "no %s `%s`; did you mean `%s`?", what, quoted,
                     nearest);
}

bool context_find_department(struct context *context, const char *name, struct department **out,
                             GError **error)
{
    g_autoptr(GPtrArray) all = NULL;
    g_autoptr(GPtrArray) names = g_ptr_array_new();

    *out = NULL;
    if (!department_find(context->store, name, out, error))
        return false;
    if (*out != NULL)
        return true;
    all = department_list(context->store, error);
    if (all == NULL)
        return false;
    for (guint i = 0; i < all->len; i++)
        g_ptr_array_add(names, ((const struct department *)all->pdata[i])->name);
    return set_not_found(error, "department", name, names,
                         "`counterfoil department list` shows them");
}

bool context_find_operator(struct context *context, const char *address,
                           struct operator_person **out, GError **error)
{
    g_autofree char *normal = context_read_address(address, error);
    g_autoptr(GPtrArray) all = NULL;
    g_autoptr(GPtrArray) names = g_ptr_array_new();

    *out = NULL;
    if (normal == NULL || !operator_find(context->store, normal, out, error))
        return false;
    if (*out != NULL)
        return true;
    all = operator_list(context->store, error);
    if (all == NULL)
        return false;
    for (guint i = 0; i < all->len; i++) {
        const GPtrArray *addresses = ((const struct operator_person *)all->pdata[i])->addresses;
        for (guint n = 0; n < addresses->len; n++)
            g_ptr_array_add(names, addresses->pdata[n]);
    }
    g_autofree char *cure = g_strdup_printf("`counterfoil operator add %s` makes one", normal);
    return set_not_found(error, "operator", normal, names, cure);
}

char *context_read_address(const char *address, GError **error)
{
    char *normal = address_normalise(address);

    if (normal == NULL) {
        g_autofree char *quoted = log_quoted(address);
        request_wrong(error, "`%s` is not a mail address (such as jane@example.com)", quoted);
    }
    return normal;
}

bool context_add_event(struct context *context, const char *kind, int64_t ticket,
                       int64_t department_id, const char *detail, GError **error)
{
    AUTO(event) event = event_new(kind, caller_actor(context->caller), detail);

    event->at = context->now;
    event->ticket = ticket;
    event->department_id = department_id;
    return event_add(context->store, event, error);
}
