/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How the map comes to be on disk: lock, ask for the roles, compare, make both files aside, sync,
 * rename. The compiled map is renamed first and the text last, and a text is taken for written
 * only with a compiled map that is not older: whatever interrupts a writer, the next one sees
 * that there is work to do.
 *
 * Root may be writing into a folder of the filter's user, whom it need not trust: all files are
 * reached through open folders, none through a link, and the tools run as the folder's owner.
 * No state; any thread.
 */
#include "milter/rolemap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/auto.h"
#include "db/error.h"
#include "milter/envelope.h"
#include "milter/log.h"

#define LOCK_PATIENCE_US (60 * G_TIME_SPAN_SECOND)
#define LOCK_PAUSE_US (20 * G_TIME_SPAN_MILLISECOND)
#define READ_MAX (64 * 1024 * 1024)

static const char heading[] =
    "# Role addresses of Counterfoil, for Postfix's virtual_alias_maps.\n"
    "# Written by every command that changes them: what is changed here is lost.\n";

/* The file types that Postfix may have by default and that are one file. */
static const struct {
    const char *type;
    const char *suffix;
} formats[] = {
    {"hash", ".db"},
    {"btree", ".db"},
    {"lmdb", ".lmdb"},
    {"cdb", ".cdb"},
};

/* One writing: the open folders and names that it works with. */
struct job {
    char *path;        /* of the text */
    char *name;        /* its last part */
    char *folder_path; /* the rest */
    char *aside_name;  /* the temporary folder, within the folder */
    char *compiled;    /* name of the compiled map */
    char *type;        /* of the compiled map, as Postfix calls it */
    bool is_bare;      /* there is no main.cf: an empty one is to be made */
    int folder;
    int lock;
    int aside;
    uid_t owner; /* of the folder, and of what is made in it */
    gid_t group;
};

static void close_fd(int fd)
{
    if (fd >= 0)
        close(fd);
}

static void job_free(struct job *job)
{
    if (job == NULL)
        return;
    close_fd(job->aside);
    close_fd(job->lock);
    close_fd(job->folder);
    g_free(job->path);
    g_free(job->name);
    g_free(job->folder_path);
    g_free(job->aside_name);
    g_free(job->compiled);
    g_free(job->type);
    g_free(job);
}
AUTO_DEFINE(job, job_free);

/* errno as an error of ours: what can pass by itself is TEMPORARY. */
static bool fail(const struct job *job, const char *what, GError **error)
{
    int number = errno;
    bool is_lasting = number == EACCES || number == EPERM || number == ENOENT ||
                      number == ENOTDIR || number == EROFS || number == ELOOP ||
                      number == ENAMETOOLONG || number == EISDIR;

    return error_set(error, is_lasting ? ERROR_CONFIG : ERROR_TEMPORARY, "role map %s: %s: %s",
                     job->path, what, g_strerror(number));
}

/* What root makes belongs to the folder's owner, like all else in it. */
static bool give_away(const struct job *job, int fd)
{
    return geteuid() != 0 || job->owner == 0 || fchown(fd, job->owner, job->group) == 0;
}

bool rolemap_can_hold(const char *address)
{
    const char *at = strchr(address, '@');

    if (at == NULL || at == address || at[1] == '\0' || strchr(at + 1, '@') != NULL)
        return false;
    for (const char *p = address; *p != '\0'; p++)
        if (g_ascii_isspace(*p) || g_ascii_iscntrl(*p) || strchr("\"\\,:;<>()[]", *p) != NULL)
            return false;
    return *address != '#' && g_utf8_validate(address, -1, NULL);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

char *rolemap_text(char **roles)
{
    GString *text = g_string_new(heading);
    guint count = g_strv_length(roles);
    g_autofree char **sorted = g_memdup2(roles, (count + 1) * sizeof *roles);

    qsort(sorted, count, sizeof *sorted, compare_names);
    for (guint i = 0; i < count; i++) {
        if (i > 0 && strcmp(sorted[i], sorted[i - 1]) == 0)
            continue;
        if (rolemap_can_hold(sorted[i])) {
            g_string_append_printf(text, "%s %s" ENVELOPE_SUFFIX "\n", sorted[i], sorted[i]);
            continue;
        }
        g_autofree char *quoted = log_quoted(sorted[i]);
        g_string_append_printf(text, "# no map can hold this address: %s\n", quoted);
    }
    return g_string_free(text, FALSE);
}

/* Opens the folder, made before if only its last part is missing. */
static bool open_folder(struct job *job, GError **error)
{
    struct stat status;
    g_autofree char *parent = g_path_get_dirname(job->folder_path);
    bool is_new = mkdir(job->folder_path, 0755) == 0;
    int mkdir_errno = errno;

    job->folder =
        open(job->folder_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (is_new ? O_NOFOLLOW : 0));
    if (job->folder < 0 && !is_new && mkdir_errno != EEXIST)
        errno = mkdir_errno;
    if (job->folder < 0 || (is_new ? stat(parent, &status) : fstat(job->folder, &status)) != 0)
        return fail(job, job->folder_path, error);
    job->owner = status.st_uid;
    job->group = status.st_gid;
    if (is_new && (fchmod(job->folder, 0755) != 0 || !give_away(job, job->folder)))
        return fail(job, job->folder_path, error);
    return true;
}

static bool take_lock(struct job *job, GError **error)
{
    g_autofree char *name = g_strdup_printf(".%s.lock", job->name);
    int64_t deadline_us = g_get_monotonic_time() + LOCK_PATIENCE_US;

    job->lock = openat(job->folder, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (job->lock < 0 || !give_away(job, job->lock))
        return fail(job, name, error);
    while (flock(job->lock, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return fail(job, name, error);
        if (g_get_monotonic_time() > deadline_us) {
            return error_set(error, ERROR_TEMPORARY,
                             "role map %s: another process has been writing it for a minute",
                             job->path);
        }
        g_usleep(LOCK_PAUSE_US);
    }
    return true;
}

static struct job *job_new(const char *path, GError **error)
{
    AUTO(job) job = g_new0(struct job, 1);

    job->folder = job->lock = job->aside = -1;
    job->path = g_strdup(path);
    job->name = g_path_get_basename(path);
    job->folder_path = g_path_get_dirname(path);
    job->aside_name = g_strdup_printf(".%s.new", job->name);
    if (!open_folder(job, error) || !take_lock(job, error))
        return NULL;
    return g_steal_pointer(&job);
}

/* Runs in the child, where only system calls are allowed. Rather no map than a tool as root. */
static void enter(gpointer data)
{
    const struct job *job = data;

    if (job->aside >= 0 && fchdir(job->aside) != 0)
        raise(SIGKILL);
    if (geteuid() == 0 && job->owner != 0 &&
        (setgroups(0, NULL) != 0 || setresgid(job->group, job->group, job->group) != 0 ||
         setresuid(job->owner, job->owner, job->owner) != 0))
        raise(SIGKILL);
}

/* Debian has them in /usr/sbin, which is not in everybody's PATH. */
static char *find_tool(const char *name)
{
    static const char *const folders[] = {"/usr/sbin", "/usr/local/sbin", "/sbin"};
    char *tool = g_find_program_in_path(name);

    for (size_t i = 0; tool == NULL && i < G_N_ELEMENTS(folders); i++) {
        g_autofree char *path = g_build_filename(folders[i], name, NULL);
        if (access(path, X_OK) == 0)
            tool = g_steal_pointer(&path);
    }
    return tool;
}

/*
 * Runs argv in the temporary folder if there is one, as the folder's owner; what it prints is in
 * *output if that is not NULL. *complaint is what it wrote to standard error, safe to print.
 */
static bool run_tool(struct job *job, const char *const *argv, char **output, char **complaint,
                     GError **error)
{
    g_autofree char *tool = find_tool(argv[0]);
    g_autofree char *printed = NULL;
    g_autofree char *errors = NULL;
    g_autoptr(GError) why = NULL;
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    int status;

    if (tool == NULL) {
        return error_set(error, ERROR_CONFIG,
                         "role map %s: %s is not found; is Postfix installed? Without it, "
                         "role_map is left empty",
                         job->path, argv[0]);
    }
    g_ptr_array_add(words, tool);
    for (size_t i = 1; argv[i] != NULL; i++)
        g_ptr_array_add(words, (char *)argv[i]);
    g_ptr_array_add(words, NULL);
    if (!g_spawn_sync(NULL, (char **)words->pdata, NULL, G_SPAWN_DEFAULT, enter, job, &printed,
                      &errors, &status, &why)) {
        return error_set(error, ERROR_TEMPORARY, "role map %s: %s", job->path, why->message);
    }
    *complaint = log_quoted(g_strstrip(errors));
    if (g_spawn_check_wait_status(status, NULL)) {
        if (output != NULL)
            *output = g_strdup(g_strstrip(printed));
        return true;
    }
    return error_set(error, ERROR_TEMPORARY, "role map %s: %s failed: %s", job->path, argv[0],
                     *complaint);
}

/* Is Postfix installed and not configured? A MAIL_CONFIG that leads nowhere is a mistake. */
static bool lacks_main_cf(struct job *job)
{
    const char *argv[] = {"postconf", "-d", "-h", "config_directory", NULL};
    g_autofree char *complaint = NULL;
    g_autofree char *folder = NULL;

    if (g_getenv("MAIL_CONFIG") != NULL || !run_tool(job, argv, &folder, &complaint, NULL))
        return false;
    g_autofree char *file = g_build_filename(folder, "main.cf", NULL);
    return access(file, F_OK) != 0 && errno == ENOENT;
}

static bool ask_type(struct job *job, GError **error)
{
    const char *argv[] = {"postconf", job->is_bare ? "-dh" : "-h", "default_database_type", NULL};
    g_autofree char *complaint = NULL;

    return run_tool(job, argv, &job->type, &complaint, error);
}

/* The type of map that this machine's Postfix has, and the name that the compiled map gets. */
static bool find_type(struct job *job, GError **error)
{
    job->is_bare = lacks_main_cf(job);
    if (!ask_type(job, error)) {
        if (error != NULL && g_error_matches(*error, COUNTERFOIL_ERROR, ERROR_TEMPORARY))
            (*error)->code = ERROR_CONFIG; /* nothing but a change of Postfix's settings helps */
        return false;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++)
        if (strcmp(job->type, formats[i].type) == 0)
            job->compiled = g_strconcat(job->name, formats[i].suffix, NULL);
    if (job->compiled != NULL)
        return true;
    g_autofree char *quoted = log_quoted(job->type);
    return error_set(
        error, ERROR_CONFIG,
        "role map %s: Postfix's default_database_type is \"%s\"; only hash, btree, lmdb "
        "and cdb maps can be replaced in one step",
        job->path, quoted);
}

/* The whole file, or NULL: also when it is no plain file. */
static char *read_text(int folder, const char *name, struct stat *status)
{
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    size_t length = 0;
    ssize_t got = -1;

    if (fd < 0)
        return NULL;
    if (fstat(fd, status) != 0 || !S_ISREG(status->st_mode) || status->st_size > READ_MAX) {
        close(fd);
        return NULL;
    }
    g_autofree char *text = g_malloc0((size_t)status->st_size + 1);
    while ((got = read(fd, text + length, (size_t)status->st_size - length)) > 0)
        length += (size_t)got;
    close(fd);
    return got == 0 ? g_steal_pointer(&text) : NULL;
}

/* Do both files already say text? */
static bool is_current(const struct job *job, const char *text)
{
    struct stat source;
    struct stat compiled;
    g_autofree char *old = read_text(job->folder, job->name, &source);

    if (old == NULL || strcmp(old, text) != 0 || (source.st_mode & 0444) != 0444)
        return false;
    if (fstatat(job->folder, job->compiled, &compiled, AT_SYMLINK_NOFOLLOW) != 0)
        return false;
    return S_ISREG(compiled.st_mode) && compiled.st_size > 0 && (compiled.st_mode & 0444) == 0444 &&
           (compiled.st_mtim.tv_sec > source.st_mtim.tv_sec ||
            (compiled.st_mtim.tv_sec == source.st_mtim.tv_sec &&
             compiled.st_mtim.tv_nsec >= source.st_mtim.tv_nsec));
}

/* Removes the temporary folder, ours or one that a killed writer left. It is flat. */
static void clear_aside(struct job *job)
{
    int fd = openat(job->folder, job->aside_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *list = fd >= 0 ? fdopendir(fd) : NULL;

    if (list == NULL)
        close_fd(fd);
    for (struct dirent *entry; list != NULL && (entry = readdir(list)) != NULL;)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            (void)(unlinkat(fd, entry->d_name, 0) == 0 ||
                   unlinkat(fd, entry->d_name, AT_REMOVEDIR) == 0);
    if (list != NULL)
        closedir(list);
    unlinkat(job->folder, job->aside_name, AT_REMOVEDIR);
    close_fd(job->aside);
    job->aside = -1;
}

static bool make_aside(struct job *job, GError **error)
{
    struct stat status;

    clear_aside(job);
    if (mkdirat(job->folder, job->aside_name, 0700) != 0)
        return fail(job, job->aside_name, error);
    job->aside =
        openat(job->folder, job->aside_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (job->aside < 0 || fstat(job->aside, &status) != 0)
        return fail(job, job->aside_name, error);
    if (status.st_uid != geteuid()) { /* somebody put another folder there */
        errno = EPERM;
        return fail(job, job->aside_name, error);
    }
    return give_away(job, job->aside) || fail(job, job->aside_name, error);
}

static bool write_file(struct job *job, const char *name, const char *text, GError **error)
{
    int fd = openat(job->aside, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    size_t left = strlen(text);
    bool is_good = fd >= 0;

    while (is_good && left > 0) {
        ssize_t written = write(fd, text, left);
        is_good = written > 0 || (written < 0 && errno == EINTR);
        text += MAX(written, 0);
        left -= (size_t)MAX(written, 0);
    }
    is_good = is_good && fchmod(fd, 0644) == 0 && give_away(job, fd) && fsync(fd) == 0;
    if (!is_good)
        fail(job, name, error);
    close_fd(fd);
    return is_good;
}

/* Makes the compiled map durable and readable, if it is what the tool should have made. */
static bool settle(struct job *job, GError **error)
{
    int fd = openat(job->aside, job->compiled, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat status;
    bool is_good = fd >= 0 && fstat(fd, &status) == 0;

    if (is_good && (!S_ISREG(status.st_mode) || status.st_nlink != 1 ||
                    (geteuid() == 0 && status.st_uid != job->owner))) {
        errno = EPERM;
        is_good = false;
    }
    is_good = is_good && fchmod(fd, 0644) == 0 && fsync(fd) == 0;
    if (!is_good)
        fail(job, job->compiled, error);
    close_fd(fd);
    return is_good;
}

/* An empty main.cf. Dated long ago, since Postfix's tools wait until one has been left alone. */
static bool write_main_cf(struct job *job, GError **error)
{
    const struct timespec times[2] = {{.tv_sec = 1}, {.tv_sec = 1}};

    if (!write_file(job, "main.cf", "", error))
        return false;
    return utimensat(job->aside, "main.cf", times, AT_SYMLINK_NOFOLLOW) == 0 ||
           fail(job, "main.cf", error);
}

static bool compile(struct job *job, const char *text, GError **error)
{
    g_autofree char *table = g_strdup_printf("%s:%s", job->type, job->name);
    g_autofree char *complaint = NULL;
    const char *with_theirs[] = {"postmap", table, NULL};
    const char *with_bare[] = {"postmap", "-c", ".", table, NULL};

    if (!write_file(job, job->name, text, error) || (job->is_bare && !write_main_cf(job, error)) ||
        !run_tool(job, job->is_bare ? with_bare : with_theirs, NULL, &complaint, error))
        return false;
    if (*complaint != '\0')
        log_write(LOG_LEVEL_WARNING, "role map %s: postmap says: %s", job->path, complaint);
    return settle(job, error);
}

static bool replace(struct job *job, GError **error)
{
    if (renameat(job->aside, job->compiled, job->folder, job->compiled) != 0)
        return fail(job, job->compiled, error);
    if (renameat(job->aside, job->name, job->folder, job->name) != 0 || fsync(job->folder) != 0)
        return fail(job, job->name, error);
    return true;
}

static bool all_can_stand(const struct job *job, char **roles, GError **error)
{
    for (; *roles != NULL; roles++) {
        if (rolemap_can_hold(*roles))
            continue;
        g_autofree char *quoted = log_quoted(*roles);
        return error_set(error, ERROR_REFUSED,
                         "role map %s: the role address %s cannot stand in a map", job->path,
                         quoted);
    }
    return true;
}

bool rolemap_write(const char *type, const char *path, rolemap_roles roles, void *data,
                   GError **error)
{
    if (strcmp(type, "postfix") != 0) {
        return error_set(error, ERROR_CONFIG,
                         "role map %s: type \"%s\" is not known; allowed: postfix", path, type);
    }
    AUTO(job) job = job_new(path, error);
    if (job == NULL)
        return false;
    g_auto(GStrv) addresses = roles(data, error);
    if (addresses == NULL || !all_can_stand(job, addresses, error) || !find_type(job, error))
        return false;
    g_autofree char *text = rolemap_text(addresses);
    if (is_current(job, text))
        return true;
    bool is_written = make_aside(job, error) && compile(job, text, error) && replace(job, error);
    clear_aside(job);
    return is_written;
}
