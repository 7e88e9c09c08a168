/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Real and effective user change together, so that programs started meanwhile are wholly that
 * user; the saved one stays root's, for the way back. One thread. A way back that fails ends
 * the program: going on as the wrong user is worse.
 */
#include "admin/caller.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/error.h"

struct caller {
    char *login;
    char *actor;
    bool has_become; /* another than root */
    uid_t uid;
    gid_t gid;
    int group_count; /* root's own */
    gid_t *groups;
};

char *caller_user_name(uid_t uid)
{
    const struct passwd *entry = getpwuid(uid);

    return entry != NULL ? g_strdup(entry->pw_name) : g_strdup_printf("%lu", (unsigned long)uid);
}

/* SUDO_USER is only an environment variable: believed where root could say anything anyway. */
static char *find_login(const char *user)
{
    const char *sudo = g_getenv("SUDO_USER");
    const char *session = getlogin();

    if (getuid() == 0 && sudo != NULL && *sudo != '\0')
        return g_strdup(sudo);
    return g_strdup(session != NULL && *session != '\0' ? session : user);
}

struct caller *caller_new(void)
{
    struct caller *caller = g_new0(struct caller, 1);
    g_autofree char *user = caller_user_name(getuid());

    caller->login = find_login(user);
    caller->actor = strcmp(user, caller->login) == 0
                        ? g_strdup(user)
                        : g_strdup_printf("%s (%s)", user, caller->login);
    return caller;
}

const char *caller_login(const struct caller *caller)
{
    return caller->login;
}

const char *caller_actor(const struct caller *caller)
{
    return caller->actor;
}

bool caller_find_user(const char *name, uid_t *uid, gid_t *gid, GError **error)
{
    const struct passwd *entry = getpwnam(name);

    if (entry == NULL) {
        return error_set(error, ERROR_CONFIG, "[milter] user: this machine has no user `%s`", name);
    }
    *uid = entry->pw_uid;
    *gid = entry->pw_gid;
    return true;
}

/* The groups of the user, or just gid for one without a name. */
static bool take_groups(uid_t uid, gid_t gid)
{
    const struct passwd *entry = getpwuid(uid);

    return entry != NULL ? initgroups(entry->pw_name, gid) == 0 : setgroups(1, &gid) == 0;
}

static bool switch_over(const struct caller *caller)
{
    return take_groups(caller->uid, caller->gid) && setresgid(caller->gid, caller->gid, 0) == 0 &&
           setresuid(caller->uid, caller->uid, 0) == 0;
}

static void note_groups(struct caller *caller)
{
    int count = getgroups(0, NULL);

    caller->groups = g_new0(gid_t, (gsize)MAX(count, 1));
    caller->group_count = count > 0 ? getgroups(count, caller->groups) : 0;
}

bool caller_become(struct caller *caller, uid_t uid, gid_t gid, GError **error)
{
    if (geteuid() != 0 || uid == 0 || caller->has_become)
        return true;
    note_groups(caller);
    caller->uid = uid;
    caller->gid = gid;
    if (!switch_over(caller)) {
        g_autofree char *name = caller_user_name(uid);
        return error_set(error, ERROR_TEMPORARY, "can't become the user `%s`: %s", name,
                         g_strerror(errno));
    }
    caller->has_become = true;
    return true;
}

bool caller_become_owner(struct caller *caller, const char *path, GError **error)
{
    struct stat found;

    if (stat(path, &found) != 0)
        return true;
    return caller_become(caller, found.st_uid, found.st_gid, error);
}

void caller_pause(struct caller *caller)
{
    if (!caller->has_become)
        return;
    if (setresuid(0, 0, 0) != 0 || setresgid(0, 0, 0) != 0 ||
        setgroups((size_t)caller->group_count, caller->groups) != 0)
        g_error("can't become root again: %s", g_strerror(errno));
}

void caller_resume(struct caller *caller)
{
    if (caller->has_become && !switch_over(caller))
        g_error("can't become user %lu again: %s", (unsigned long)caller->uid, g_strerror(errno));
}

void caller_free(struct caller *caller)
{
    if (caller == NULL)
        return;
    caller_pause(caller);
    g_free(caller->login);
    g_free(caller->actor);
    g_free(caller->groups);
    g_free(caller);
}
