/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `counterfoil check`: one finding after another, each with what to do. Goes on after an error as
 * far as what comes next still means something. Run by root, it looks with the eyes of the
 * filter's user.
 */
#include "admin/check.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin/clash.h"
#include "admin/plain.h"
#include "admin/probe.h"
#include "db/error.h"
#include "db/integrity.h"
#include "milter/expected.h"
#include "milter/rolemap.h"

enum result { RESULT_OK, RESULT_WARNING, RESULT_ERROR };

static const struct field check_fields[] = {
    {"result", FIELD_TEXT, FIELD_EVERYWHERE},
    {"what", FIELD_TEXT, FIELD_EVERYWHERE},
    {"text", FIELD_TEXT, FIELD_EVERYWHERE},
    {NULL, FIELD_TEXT, FIELD_ONLY_JSON},
};
static const struct row_type check_type = {"check", check_fields};

struct checkup {
    struct context *context;
    uid_t uid; /* the filter's user */
    gid_t gid;
    int errors;
};

static void show_painted(struct context *context, enum result result, const char *word,
                         const char *what, const char *text)
{
    static const char *const colours[] = {"32", "33", "31"};
    g_autoptr(GString) line = g_string_new(NULL);
    g_autofree char *padded = g_strdup_printf("%-9s", word);
    g_autofree char *plain = plain_line(text);

    output_paint(context->output, line, colours[result], padded);
    g_string_append_printf(line, "%-14s %s\n", what, plain);
    output_text(context->output, line->str, NULL);
}

static void find(struct checkup *checkup, enum result result, const char *what, const char *format,
                 ...) G_GNUC_PRINTF(4, 5);

static void find(struct checkup *checkup, enum result result, const char *what, const char *format,
                 ...)
{
    static const char *const words[] = {"ok", "warning", "error"};
    struct output *output = checkup->context->output;
    AUTO(row) row = row_new(&check_type);
    va_list arguments;

    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    checkup->errors += result == RESULT_ERROR ? 1 : 0;
    if (output_is_terminal(output) && !output_is_json(output)) {
        show_painted(checkup->context, result, words[result], what, text);
        return;
    }
    row_text(row, words[result]);
    row_text(row, what);
    row_text(row, text);
    output_row(output, row, NULL);
}

/* Who the filter is: as configured, else whoever owns the database. */
static bool become_filter(struct checkup *checkup, GError **error)
{
    const struct conf *conf = checkup->context->conf;
    struct stat found;

    checkup->uid = geteuid();
    checkup->gid = getegid();
    if (conf->milter.user != NULL) {
        if (!caller_find_user(conf->milter.user, &checkup->uid, &checkup->gid, error))
            return false;
    } else if (stat(conf->archive.database, &found) == 0) {
        checkup->uid = found.st_uid;
        checkup->gid = found.st_gid;
    }
    return caller_become(checkup->context->caller, checkup->uid, checkup->gid, error);
}

/* Owner of a file, and of what SQLite keeps beside it: is it the filter's user? */
static void check_owner(struct checkup *checkup, const char *what, const char *path)
{
    struct stat found;

    if (stat(path, &found) != 0 || found.st_uid == checkup->uid)
        return;
    g_autofree char *owner = caller_user_name(found.st_uid);
    g_autofree char *user = caller_user_name(checkup->uid);
    find(checkup, RESULT_ERROR, what, "%s belongs to `%s`, not to the filter's user: `chown %s %s`",
         path, owner, user, path);
}

static void check_folder(struct checkup *checkup)
{
    g_autofree char *folder = g_path_get_dirname(checkup->context->conf->archive.database);
    struct stat found;

    if (stat(folder, &found) != 0)
        find(checkup, RESULT_ERROR, "folder", "%s: %s", folder, g_strerror(errno));
    else if (access(folder, W_OK | X_OK) != 0)
        find(checkup, RESULT_ERROR, "folder",
             "%s: the filter can't make files in it; `chown` it to the filter's user", folder);
    else if ((found.st_mode & S_IRWXO) != 0)
        find(checkup, RESULT_WARNING, "folder", "%s is open to others: `chmod 0750 %s`", folder,
             folder);
    else
        find(checkup, RESULT_OK, "folder", "%s", folder);
}

static bool check_key(struct checkup *checkup)
{
    struct context *context = checkup->context;
    const char *path = context->conf->archive.key_file;
    g_autoptr(GError) why = NULL;

    if (key_load(path, context->key, &why)) {
        find(checkup, RESULT_OK, "key", "%s", path);
        return true;
    }
    if (g_error_matches(why, COUNTERFOIL_ERROR, ERROR_NOT_FOUND))
        find(checkup, RESULT_ERROR, "key",
             "%s; `counterfoil init` makes it with a new database; for an old one, bring it back",
             why->message);
    else
        find(checkup, RESULT_ERROR, "key", "%s", why->message);
    return false;
}

static void check_mark(struct checkup *checkup)
{
    struct context *context = checkup->context;
    uint8_t mark[DIGEST_SIZE];
    g_autoptr(GError) why = NULL;

    key_mark(context->key, mark);
    if (site_check_mark(context->store, mark, &why))
        return;
    find(checkup, RESULT_ERROR, "key", "%s: %s; bring the right one back",
         context->conf->archive.key_file, why->message);
}

static bool open_database(struct checkup *checkup, GError **error)
{
    struct context *context = checkup->context;

    context->store = store_open(context->conf->archive.database, STORE_WRITE, error);
    if (context->store == NULL)
        return false;
    context->site = site_find(context->store, error);
    return context->site != NULL && integrity_check(context->store, error);
}

static bool check_database(struct checkup *checkup)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    const char *path = checkup->context->conf->archive.database;
    g_autoptr(GError) why = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        g_autofree char *file = g_strconcat(path, suffixes[i], NULL);
        check_owner(checkup, "database", file);
    }
    if (!open_database(checkup, &why)) {
        find(checkup, RESULT_ERROR, "database", "%s", why->message);
        return false;
    }
    find(checkup, RESULT_OK, "database", "%s, tag %s", path, checkup->context->site->tag);
    return true;
}

/* What nobody gets goes to the postmaster: to a role address it would come back to us. */
static void check_postmaster(struct checkup *checkup)
{
    struct context *context = checkup->context;
    const char *postmaster = context->site->postmaster;
    AUTO(department) owner = NULL;
    g_autofree char *role = NULL;
    g_autoptr(GError) why = NULL;

    if (!clash_find_role(context, postmaster, &owner, &role, &why))
        find(checkup, RESULT_ERROR, "postmaster", "%s", why->message);
    else if (owner != NULL)
        find(checkup, RESULT_ERROR, "postmaster",
             "mail to %s is mail to department `%s`: mail would go round; `counterfoil department "
             "address %s remove %s`",
             postmaster, owner->name, owner->name, role);
    else
        find(checkup, RESULT_OK, "postmaster", "%s", postmaster);
}

static void check_department(struct checkup *checkup, const struct department *department)
{
    g_autoptr(GError) why = NULL;
    g_autoptr(GPtrArray) members = operator_members(checkup->context->store, department->id, &why);

    if (members == NULL)
        find(checkup, RESULT_ERROR, "department", "%s: %s", department->name, why->message);
    else if (members->len == 0)
        find(checkup, RESULT_WARNING, "department",
             "%s: nobody is in it, its mail goes to the postmaster; `counterfoil member add %s "
             "ADDRESS`",
             department->name, department->name);
    else
        find(checkup, RESULT_OK, "department", "%s: %s, %u member%s", department->name,
             department->primary, members->len, members->len == 1 ? "" : "s");
}

/* What was right when it was set may be wrong by now: dates pass, time zones' files go. */
static void check_expected(struct checkup *checkup, const struct department *department)
{
    g_autoptr(GError) why = NULL;
    AUTO(hours) hours = hours_read(department->hours, &why);
    g_autofree char *text =
        expected_text(department->hours, department->expected, checkup->context->now);

    if (hours == NULL)
        find(checkup, RESULT_ERROR, "department", "%s: %s", department->name, why->message);
    else if (department->expected != NULL && text == NULL)
        find(checkup, RESULT_WARNING, "department",
             "%s: by its hours, nobody would be answered within a year; `counterfoil department "
             "set %s hours HOURS`",
             department->name, department->name);
}

static void check_departments(struct checkup *checkup)
{
    g_autoptr(GError) why = NULL;
    g_autoptr(GPtrArray) all = department_list(checkup->context->store, &why);

    if (all == NULL)
        find(checkup, RESULT_ERROR, "department", "%s", why->message);
    else if (all->len == 0)
        find(checkup, RESULT_WARNING, "department",
             "there is none: `counterfoil department add NAME --address ROLE`");
    for (guint i = 0; all != NULL && i < all->len; i++)
        check_department(checkup, all->pdata[i]);
    for (guint i = 0; all != NULL && i < all->len; i++)
        check_expected(checkup, all->pdata[i]);
}

/* What was right when an operator was made may be wrong since the configuration has changed. */
static void check_operators(struct checkup *checkup)
{
    g_autoptr(GError) why = NULL;
    g_autoptr(GPtrArray) all = operator_list(checkup->context->store, &why);

    if (all == NULL)
        find(checkup, RESULT_ERROR, "operator", "%s", why->message);
    for (guint i = 0; all != NULL && i < all->len; i++) {
        g_autoptr(GError) clash = NULL;

        if (!clash_check_operator(checkup->context, all, all->pdata[i], &clash))
            find(checkup, RESULT_ERROR, "operator", "%s", clash->message);
    }
}

/* Is there a compiled map beside the text, and not an older one? */
static bool is_compiled(const char *path, const struct stat *text)
{
    static const char *const suffixes[] = {".db", ".lmdb", ".cdb"};
    struct stat found;

    for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        g_autofree char *file = g_strconcat(path, suffixes[i], NULL);
        if (stat(file, &found) == 0)
            return found.st_mtim.tv_sec > text->st_mtim.tv_sec ||
                   (found.st_mtim.tv_sec == text->st_mtim.tv_sec &&
                    found.st_mtim.tv_nsec >= text->st_mtim.tv_nsec);
    }
    return false;
}

static const char *map_fault(const char *path, char **roles)
{
    g_autofree char *should = rolemap_text(roles);
    g_autofree char *is = NULL;
    struct stat found;

    if (stat(path, &found) != 0)
        return g_strerror(errno);
    if (!g_file_get_contents(path, &is, NULL, NULL))
        return "it can't be read";
    if (strcmp(is, should) != 0)
        return "it does not say what the database says";
    return is_compiled(path, &found) ? NULL : "the compiled map is missing or too old";
}

static void check_role_map(struct checkup *checkup)
{
    const char *path = checkup->context->conf->archive.role_map_path;
    g_autoptr(GError) why = NULL;
    g_auto(GStrv) roles = NULL;
    const char *fault;

    if (path == NULL) {
        find(checkup, RESULT_WARNING, "role map",
             "[archive] role_map is empty: nothing tells the mail server of role addresses");
        return;
    }
    roles = department_roles(checkup->context->store, &why);
    fault = roles != NULL ? map_fault(path, roles) : why->message;
    if (fault != NULL)
        find(checkup, RESULT_ERROR, "role map", "%s: %s; `counterfoil map postfix --write`", path,
             fault);
    else
        find(checkup, RESULT_OK, "role map", "%s, %u address%s", path, g_strv_length(roles),
             g_strv_length(roles) == 1 ? "" : "es");
}

static void check_filter(struct checkup *checkup)
{
    const char *socket = checkup->context->conf->milter.socket;
    g_autoptr(GError) why = NULL;

    if (probe_filter(socket, &why))
        find(checkup, RESULT_OK, "filter", "answers at %s", socket);
    else
        find(checkup, RESULT_ERROR, "filter",
             "does not answer at %s: %s; is counterfoil-milter running?", socket, why->message);
}

bool check_run(struct context *context, char **arguments, GError **error)
{
    struct checkup checkup = {.context = context};
    bool has_key;

    (void)arguments;
    if (!become_filter(&checkup, error))
        return false;
    find(&checkup, RESULT_OK, "configuration", "%s", context->conf->file);
    check_folder(&checkup);
    has_key = check_key(&checkup);
    if (check_database(&checkup)) {
        if (has_key)
            check_mark(&checkup);
        check_postmaster(&checkup);
        check_departments(&checkup);
        check_operators(&checkup);
        check_role_map(&checkup);
    }
    check_filter(&checkup);
    if (checkup.errors == 0)
        return true;
    return error_set(error, ERROR_REFUSED, "%d error%s found", checkup.errors,
                     checkup.errors == 1 ? " was" : "s were");
}
