/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Making folders and giving them away. Knows nothing of what is in them. One thread.
 */
#include "admin/folder.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin/caller.h"
#include "db/error.h"

static bool fail(GError **error, const char *folder, const char *why)
{
    return error_set(error, ERROR_REFUSED, "folder %s: %s", folder, why);
}

static bool make(const char *folder, mode_t mode, GPtrArray *made, GError **error)
{
    if (mkdir(folder, mode) != 0)
        return fail(error, folder, g_strerror(errno));
    g_ptr_array_add(made, g_strdup(folder));
    /* Whatever the umask is. */
    return chmod(folder, mode) == 0 || fail(error, folder, g_strerror(errno));
}

static bool make_above(const char *folder, GPtrArray *made, GError **error)
{
    g_autofree char *parent = g_path_get_dirname(folder);

    if (access(parent, F_OK) == 0 || errno != ENOENT)
        return true;
    return make_above(parent, made, error) && make(parent, 0755, made, error);
}

static bool is_empty(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);

    return dir != NULL && g_dir_read_name(dir) == NULL;
}

static bool can_write(const struct stat *folder, uid_t uid, gid_t gid)
{
    if (folder->st_uid == uid)
        return (folder->st_mode & S_IWUSR) != 0;
    if (folder->st_gid == gid)
        return (folder->st_mode & S_IWGRP) != 0;
    return (folder->st_mode & S_IWOTH) != 0;
}

static bool take_over(const char *folder, uid_t uid, gid_t gid, bool is_new, GError **error)
{
    struct stat found;

    if (lstat(folder, &found) != 0 || (!S_ISDIR(found.st_mode) && stat(folder, &found) != 0))
        return fail(error, folder, g_strerror(errno));
    if (!S_ISDIR(found.st_mode))
        return fail(error, folder, "this is no folder");
    if (geteuid() != 0 || uid == 0 || found.st_uid == uid)
        return true;
    if (is_new || is_empty(folder))
        return lchown(folder, uid, gid) == 0 || fail(error, folder, g_strerror(errno));
    if (can_write(&found, uid, gid))
        return true;
    g_autofree char *user = caller_user_name(uid);
    return error_set(error, ERROR_REFUSED,
                     "folder %s: the filter's user `%s` can't write to it, and it is not empty; "
                     "`chown %s %s`, or another folder",
                     folder, user, user, folder);
}

bool folder_prepare(const char *file, uid_t uid, gid_t gid, GPtrArray *made, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(file);
    bool is_missing = access(folder, F_OK) != 0 && errno == ENOENT;

    if (is_missing && (!make_above(folder, made, error) || !make(folder, 0750, made, error)))
        return false;
    return take_over(folder, uid, gid, is_missing, error);
}

void folder_remove(const GPtrArray *made)
{
    for (guint i = made->len; i > 0; i--)
        rmdir(made->pdata[i - 1]);
}
