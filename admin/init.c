/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `counterfoil init`: key and database, both or neither, never over something that is there. Run
 * by root, they belong to the filter's user.
 */
#include "admin/init.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin/folder.h"
#include "db/error.h"
#include "milter/log.h"

#define INSTANCE_BYTES 8

struct making {
    struct context *context;
    const char *database;
    const char *key_file;
    const char *tag;
    char *postmaster;
    uid_t uid; /* whose it is to be */
    gid_t gid;
    GPtrArray *folders; /* made by us */
    bool has_key;       /* made by us */
    bool has_database;  /* made by us, perhaps not whole */
};

static bool read_options(struct making *making, GError **error)
{
    const struct request *request = making->context->request;

    making->tag = request_text(request, "tag");
    if (!ticketid_is_tag(making->tag)) {
        g_autofree char *quoted = log_quoted(making->tag);
        return request_wrong(error, "the tag `%s` must be 1 to 24 letters, digits, `-` and `.`",
                             quoted);
    }
    making->postmaster = context_read_address(request_text(request, "postmaster"), error);
    return making->postmaster != NULL;
}

static bool find_owner(struct making *making, GError **error)
{
    const char *user = making->context->conf->milter.user;

    making->uid = geteuid();
    making->gid = getegid();
    return user == NULL || geteuid() != 0 ||
           caller_find_user(user, &making->uid, &making->gid, error);
}

static bool is_there(const char *path)
{
    struct stat found;

    return lstat(path, &found) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

static bool check_nothing_there(const struct making *making, GError **error)
{
    bool has_database = is_there(making->database);
    bool has_key = is_there(making->key_file);

    if (has_database && has_key)
        error_set(error, ERROR_REFUSED,
                  "database %s and key %s are there already; nothing was changed", making->database,
                  making->key_file);
    else if (has_database)
        error_set(error, ERROR_REFUSED,
                  "database %s is there, but not its key %s: bring the key back (a new one would "
                  "fit no ticket), or move the database away; nothing was changed",
                  making->database, making->key_file);
    else if (has_key)
        error_set(error, ERROR_REFUSED,
                  "key %s is there, but not its database %s: bring the database back, or move "
                  "the key away; nothing was changed",
                  making->key_file, making->database);
    return !has_database && !has_key;
}

static bool make_key(struct making *making, GError **error)
{
    if (!folder_prepare(making->database, making->uid, making->gid, making->folders, error))
        return false;
    /* The key is only read: a folder of root's, such as /etc/counterfoil, will do. */
    g_autofree char *folder = g_path_get_dirname(making->key_file);
    if (!is_there(folder) &&
        !folder_prepare(making->key_file, making->uid, making->gid, making->folders, error))
        return false;
    if (!key_create(making->key_file, making->context->key, error))
        return false;
    making->has_key = true;
    if (geteuid() == 0 && lchown(making->key_file, making->uid, making->gid) != 0) {
        return error_set(error, ERROR_TEMPORARY, "key %s: %s", making->key_file, g_strerror(errno));
    }
    return true;
}

/* A random word. Yours. */
static char *make_instance(void)
{
    uint8_t bytes[INSTANCE_BYTES];
    GString *word = g_string_new(NULL);

    digest_random(bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++)
        g_string_append_printf(word, "%02x", bytes[i]);
    return g_string_free(word, FALSE);
}

static bool write_site(struct making *making, struct store *store, GError **error)
{
    g_autofree char *instance = make_instance();
    struct site site = {
        .tag = (char *)making->tag, .postmaster = making->postmaster, .instance = instance};
    uint8_t mark[DIGEST_SIZE];

    key_mark(making->context->key, mark);
    if (!store_begin(store, error))
        return false;
    if (!site_add(store, &site, mark, error)) {
        store_rollback(store);
        return false;
    }
    return store_commit(store, error);
}

/* As the filter's user, so that its log and shared memory are that user's too. */
static bool make_database(struct making *making, GError **error)
{
    struct context *context = making->context;

    if (!caller_become(context->caller, making->uid, making->gid, error))
        return false;
    making->has_database = true;
    context->store = store_open(making->database, STORE_CREATE, error);
    return context->store != NULL && write_site(making, context->store, error);
}

static void unlink_database(const struct making *making)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};

    for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        g_autofree char *path = g_strconcat(making->database, suffixes[i], NULL);
        unlink(path);
    }
}

/* As whoever made it. */
static void take_back(struct making *making)
{
    struct context *context = making->context;

    g_clear_pointer(&context->store, store_close);
    if (making->has_database)
        unlink_database(making);
    caller_pause(context->caller);
    if (making->has_key)
        unlink(making->key_file);
    folder_remove(making->folders);
    caller_resume(context->caller);
}

static bool make_all(struct making *making, GError **error)
{
    if (!check_nothing_there(making, error))
        return false;
    if (make_key(making, error) && make_database(making, error))
        return true;
    take_back(making);
    return false;
}

bool init_run(struct context *context, char **arguments, GError **error)
{
    struct making making = {
        .context = context,
        .database = context->conf->archive.database,
        .key_file = context->conf->archive.key_file,
    };
    g_autoptr(GPtrArray) folders = g_ptr_array_new_with_free_func(g_free);
    bool is_done;

    (void)arguments;
    making.folders = folders;
    is_done =
        read_options(&making, error) && find_owner(&making, error) && make_all(&making, error);
    g_free(making.postmaster);
    if (!is_done)
        return false;
    context->roles_changed = true;
    output_say(context->output, "made the database %s and the key %s; keep a copy of the key",
               making.database, making.key_file);
    output_say(context->output, "next: counterfoil department add NAME --address ROLE");
    return true;
}
