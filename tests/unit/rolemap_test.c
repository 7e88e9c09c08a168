/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The role map, made by the real postconf and postmap: what stands in it, that it is replaced
 * and never rewritten, that a failure leaves the old one, and that of many writers none loses.
 * What only root can try is left out for others.
 */
#include "milter/rolemap.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <glib/gstdio.h>

#include "db/error.h"

#define NOBODY 65534
#define WRITERS 6
#define ROUNDS 8

/* One test's folders; MAIL_CONFIG names mta, with a main.cf, unless a test says otherwise. */
struct place {
    char *top;
    char *mta;
    char *folder; /* of the map */
    char *map;
    char *compiled;
    char *path; /* the environment's PATH */
};

/* Dated long ago: Postfix's tools wait until a main.cf has been left alone for some seconds. */
static void write_main_cf(const struct place *place, const char *text)
{
    g_autofree char *main_cf = g_build_filename(place->mta, "main.cf", NULL);
    const struct timespec times[2] = {{.tv_sec = 1}, {.tv_sec = 1}};

    assert_true(g_file_set_contents(main_cf, text, -1, NULL));
    assert_int_equal(g_chmod(main_cf, 0644), 0);
    assert_int_equal(utimensat(AT_FDCWD, main_cf, times, 0), 0);
}

static int set_up(void **state)
{
    struct place *place = g_new0(struct place, 1);

    place->top = g_dir_make_tmp("rolemap-XXXXXX", NULL);
    place->mta = g_build_filename(place->top, "mta", NULL);
    place->folder = g_build_filename(place->top, "maps", NULL);
    place->map = g_build_filename(place->folder, "roles", NULL);
    place->compiled = g_strconcat(place->map, ".db", NULL);
    place->path = g_strdup(g_getenv("PATH"));
    g_chmod(place->top, 0755);
    g_mkdir(place->mta, 0755);
    g_chmod(place->mta, 0755);
    write_main_cf(place, "default_database_type = hash\n");
    g_setenv("MAIL_CONFIG", place->mta, TRUE);
    *state = place;
    return 0;
}

static void remove_tree(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);

    for (const char *name; dir != NULL && (name = g_dir_read_name(dir)) != NULL;) {
        g_autofree char *inner = g_build_filename(path, name, NULL);
        if (g_file_test(inner, G_FILE_TEST_IS_DIR) && !g_file_test(inner, G_FILE_TEST_IS_SYMLINK))
            remove_tree(inner);
        else
            g_unlink(inner);
    }
    g_rmdir(path);
}

static int tear_down(void **state)
{
    struct place *place = *state;

    remove_tree(place->top);
    g_setenv("PATH", place->path, TRUE);
    g_unsetenv("MAIL_CONFIG");
    g_free(place->top);
    g_free(place->mta);
    g_free(place->folder);
    g_free(place->map);
    g_free(place->compiled);
    g_free(place->path);
    g_free(place);
    return 0;
}

static char **give(void *data, GError **error)
{
    (void)error;
    return g_strsplit_set(data, " ", -1);
}

static char **give_none(void *data, GError **error)
{
    (void)data;
    (void)error;
    return g_new0(char *, 1);
}

static char **give_error(void *data, GError **error)
{
    error_set(error, ERROR_TEMPORARY, "%s", (char *)data);
    return NULL;
}

static void write_map(const struct place *place, const char *roles)
{
    g_autoptr(GError) error = NULL;

    if (!rolemap_write("postfix", place->map, *roles != '\0' ? give : give_none, (char *)roles,
                       &error))
        fail_msg("%s: %s", roles, error->message);
}

static void check_fails(const struct place *place, const char *roles, int code, const char *text)
{
    g_autoptr(GError) error = NULL;

    if (rolemap_write("postfix", place->map, give, (char *)roles, &error))
        fail_msg("%s: was written", roles);
    if (!g_error_matches(error, COUNTERFOIL_ERROR, code) || strstr(error->message, text) == NULL)
        fail_msg("got %d \"%s\", want %d \"%s\"", error->code, error->message, code, text);
}

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* What the compiled map has, as Postfix reads it: "key\tvalue" lines, sorted. */
static char *dump(const struct place *place, const char *type)
{
    g_autofree char *table = g_strconcat(type, ":", place->map, NULL);
    const char *argv[] = {"/usr/sbin/postmap", "-c", place->mta, "-s", table, NULL};
    g_autofree char *out = NULL;
    g_autofree char *errors = NULL;
    g_autoptr(GError) error = NULL;
    int status;

    if (!g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &out, &errors,
                      &status, &error))
        fail_msg("%s", error->message);
    if (!g_spawn_check_wait_status(status, NULL) || *errors != '\0')
        fail_msg("postmap -s: %s", errors);
    g_auto(GStrv) lines = g_strsplit(g_strchomp(out), "\n", -1);
    qsort(lines, g_strv_length(lines), sizeof *lines, compare_lines);
    return g_strjoinv("\n", lines);
}

static void check_dump(const struct place *place, const char *want)
{
    g_autofree char *got = dump(place, "hash");

    assert_string_equal(got, want);
}

/* The names in the map's folder, sorted, with a space between them. */
static char *listing(const struct place *place)
{
    struct dirent **entries;
    int count = scandir(place->folder, &entries, NULL, alphasort);
    g_autoptr(GStrvBuilder) names = g_strv_builder_new();

    for (int i = 0; i < count; i++) {
        if (strcmp(entries[i]->d_name, ".") != 0 && strcmp(entries[i]->d_name, "..") != 0)
            g_strv_builder_add(names, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    g_auto(GStrv) all = g_strv_builder_end(names);
    return g_strjoinv(" ", all);
}

static void check_listing(const struct place *place)
{
    g_autofree char *got = listing(place);

    assert_string_equal(got, ".roles.lock roles roles.db");
}

static struct stat status_of(const char *path)
{
    struct stat status;

    if (lstat(path, &status) != 0)
        fail_msg("%s is not there", path);
    return status;
}

#define ROW(role) role "\t" role ".counterfoil.invalid"

static void test_text(void **state)
{
    char *roles[] = {"b@example.com", "a@example.com", "b@example.com", "no map", NULL};
    char *none[] = {NULL};
    g_autofree char *text = rolemap_text(roles);
    g_autofree char *empty = rolemap_text(none);

    (void)state;
    assert_true(g_str_has_prefix(text, empty));
    assert_int_equal(*empty, '#');
    assert_string_equal(text + strlen(empty), "a@example.com a@example.com.counterfoil.invalid\n"
                                              "b@example.com b@example.com.counterfoil.invalid\n"
                                              "# no map can hold this address: no map\n");
    assert_string_equal(roles[0], "b@example.com"); /* the caller's order stays */
}

static const struct {
    const char *address;
    bool want;
} addresses[] = {
    {"support@example.com", true},
    {"o'neil+x/y=z#@example.com", true},
    {"gr\xc3\xb6\xc3\x9f"
     "e@b\xc3\xbc.example",
     true},
    {"", false},
    {"support", false},
    {"@example.com", false},
    {"support@", false},
    {"a@b@c", false},
    {"#a@example.com", false},
    {"a b@example.com", false},
    {"\"a\"@example.com", false},
    {"a,b@example.com", false},
    {"a\nb@example.com", false},
    {"a\tb@example.com", false},
    {"a\x7f@example.com", false},
    {"a\\b@example.com", false},
    {"a:b@example.com", false},
    {"<a@example.com>", false},
    {"a@[127.0.0.1]", false},
    {"\xff@example.com", false},
};

static void test_can_hold(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(addresses); i++)
        if (rolemap_can_hold(addresses[i].address) != addresses[i].want)
            fail_msg("row %zu: want %d", i, addresses[i].want);
}

/* What rolemap_can_hold() lets through must come out of the map as it went in. */
static void test_held_as_given(void **state)
{
    struct place *place = *state;

    write_map(place, addresses[1].address);
    check_dump(place, ROW("o'neil+x/y=z#@example.com"));
    write_map(place, addresses[2].address);
    check_dump(place, ROW("gr\xc3\xb6\xc3\x9f"
                          "e@b\xc3\xbc.example"));
}

static void test_write(void **state)
{
    struct place *place = *state;
    mode_t before = umask(077);

    write_map(place, "support@example.com accounting@example.com");
    check_dump(place, ROW("accounting@example.com") "\n" ROW("support@example.com"));
    write_map(place, "");
    check_dump(place, "");
    write_map(place, "support@example.com");
    check_dump(place, ROW("support@example.com"));
    umask(before);
    check_listing(place);
    assert_int_equal(status_of(place->folder).st_mode & 07777, 0755);
    assert_int_equal(status_of(place->map).st_mode & 07777, 0644);
    assert_int_equal(status_of(place->compiled).st_mode & 07777, 0644);
}

/* Somebody who has the old files open keeps reading the old ones, whole. */
static void test_renamed_not_rewritten(void **state)
{
    struct place *place = *state;
    const char *paths[] = {place->map, place->compiled};
    int fds[2];
    struct stat before[2], after;

    write_map(place, "support@example.com");
    for (int i = 0; i < 2; i++) {
        fds[i] = g_open(paths[i], O_RDONLY, 0);
        fstat(fds[i], &before[i]);
    }
    write_map(place, "support@example.com sales@example.com");
    for (int i = 0; i < 2; i++) {
        fstat(fds[i], &after);
        assert_int_equal(after.st_nlink, 0);
        assert_int_equal(after.st_size, before[i].st_size);
        assert_int_equal(after.st_mtim.tv_nsec, before[i].st_mtim.tv_nsec);
        assert_true(status_of(paths[i]).st_ino != before[i].st_ino);
        close(fds[i]);
    }
    check_dump(place, ROW("sales@example.com") "\n" ROW("support@example.com"));
}

static void test_unchanged_is_left_alone(void **state)
{
    struct place *place = *state;

    write_map(place, "b@example.com a@example.com");
    ino_t map = status_of(place->map).st_ino;
    ino_t compiled = status_of(place->compiled).st_ino;
    int held = g_open(place->compiled, O_RDONLY, 0); /* so that its number is not used again */
    write_map(place, "a@example.com b@example.com a@example.com");
    assert_int_equal(status_of(place->map).st_ino, map);
    assert_int_equal(status_of(place->compiled).st_ino, compiled);
    close(held);
}

static void damage_missing(const struct place *place)
{
    g_unlink(place->compiled);
}

static void damage_empty(const struct place *place)
{
    assert_int_equal(truncate(place->compiled, 0), 0);
}

/* The compiled map of other roles, from before the text. */
static void damage_older(const struct place *place)
{
    g_autofree char *aside = g_build_filename(place->top, "older", NULL);

    write_map(place, "older@example.com");
    assert_int_equal(link(place->compiled, aside), 0);
    write_map(place, "support@example.com");
    assert_int_equal(g_rename(aside, place->compiled), 0);
}

static void damage_text(const struct place *place)
{
    assert_true(g_file_set_contents(place->map, "# by hand\n", -1, NULL));
}

static void damage_mode(const struct place *place)
{
    g_chmod(place->compiled, 0600);
}

static void damage_link(const struct place *place)
{
    g_autofree char *aside = g_build_filename(place->top, "elsewhere", NULL);

    assert_int_equal(g_rename(place->compiled, aside), 0);
    assert_int_equal(symlink(aside, place->compiled), 0);
}

static const struct {
    const char *name;
    void (*damage)(const struct place *place);
} damages[] = {
    {"compiled map missing", damage_missing}, {"compiled map empty", damage_empty},
    {"compiled map older", damage_older},     {"text changed by hand", damage_text},
    {"compiled map unreadable", damage_mode}, {"compiled map a link", damage_link},
};

/* The same roles again: what is not as it should be is made anew. */
static void test_mended(void **state)
{
    struct place *place = *state;

    for (size_t i = 0; i < G_N_ELEMENTS(damages); i++) {
        write_map(place, "support@example.com");
        damages[i].damage(place);
        write_map(place, "support@example.com");
        struct stat compiled = status_of(place->compiled);
        g_autofree char *got = dump(place, "hash");
        if (strcmp(got, ROW("support@example.com")) != 0 || !S_ISREG(compiled.st_mode) ||
            (compiled.st_mode & 07777) != 0644)
            fail_msg("%s: not mended", damages[i].name);
    }
}

static void test_leftovers(void **state)
{
    struct place *place = *state;
    g_autofree char *aside = g_build_filename(place->folder, ".roles.new", NULL);
    g_autofree char *half = g_build_filename(aside, "roles.db", NULL);
    g_autofree char *other = g_build_filename(aside, "__db.roles.db", NULL);

    g_mkdir(place->folder, 0755);
    g_mkdir(aside, 0700);
    assert_true(g_file_set_contents(half, "half", -1, NULL));
    assert_true(g_file_set_contents(other, "half", -1, NULL));
    write_map(place, "support@example.com");
    check_dump(place, ROW("support@example.com"));
    check_listing(place);
}

static void test_other_type(void **state)
{
    struct place *place = *state;

    write_map(place, "support@example.com");
    write_main_cf(place, "default_database_type = btree\n");
    write_map(place, "sales@example.com");
    g_autofree char *got = dump(place, "btree");
    assert_string_equal(got, ROW("sales@example.com"));
    write_main_cf(place, "default_database_type = dbm\n");
    check_fails(place, "x@example.com", ERROR_CONFIG, "default_database_type is \"dbm\"; only");
    g_autofree char *still = dump(place, "btree");
    assert_string_equal(still, ROW("sales@example.com"));
}

/* A type that is known, but for which this Postfix has no library, is found out by postmap. */
static void test_type_without_library(void **state)
{
    struct place *place = *state;
    g_autofree char *meta = g_build_filename(place->top, "meta", NULL);
    g_autofree char *text =
        g_strdup_printf("default_database_type = cdb\nmeta_directory = %s\n", meta);

    write_map(place, "support@example.com");
    g_mkdir(meta, 0755);
    write_main_cf(place, text);
    check_fails(place, "x@example.com", ERROR_TEMPORARY, "postmap failed: ");
    write_main_cf(place, "");
    check_dump(place, ROW("support@example.com"));
    check_listing(place);
}

static void test_mail_config(void **state)
{
    struct place *place = *state;
    g_autofree char *main_cf = g_build_filename(place->mta, "main.cf", NULL);

    write_map(place, "support@example.com");
    write_main_cf(place, "nonsense\n");
    check_fails(place, "x@example.com", ERROR_CONFIG, "missing '=' after attribute name");
    g_unlink(main_cf);
    check_fails(place, "x@example.com", ERROR_CONFIG, "main.cf: No such file or directory");
    write_main_cf(place, "");
    check_dump(place, ROW("support@example.com"));
}

/* With this machine's own Postfix, configured or not. */
static void test_system(void **state)
{
    struct place *place = *state;

    g_unsetenv("MAIL_CONFIG");
    write_map(place, "support@example.com");
    write_map(place, "support@example.com sales@example.com");
    g_autofree char *text = NULL;
    assert_true(g_file_get_contents(place->map, &text, NULL, NULL));
    assert_non_null(strstr(text, "\nsales@example.com sales@example.com.counterfoil.invalid\n"));
    g_autofree char *names = listing(place);
    assert_true(g_str_has_prefix(names, ".roles.lock roles roles."));
}

/* A postmap, found first in PATH, that does as a test wants. */
static void put_tool(const struct place *place, const char *name, const char *script)
{
    g_autofree char *bin = g_build_filename(place->top, "bin", NULL);
    g_autofree char *tool = g_build_filename(bin, name, NULL);
    g_autofree char *path = g_strconcat(bin, ":", place->path, NULL);

    g_mkdir(bin, 0755);
    assert_true(g_file_set_contents(tool, script, -1, NULL));
    g_chmod(tool, 0755);
    g_setenv("PATH", path, TRUE);
}

static const struct {
    const char *name;
    const char *script;
    int code;
    const char *text;
} tools[] = {
    {"fails", "#!/bin/sh\necho 'postmap: fatal: no \033space' >&2; exit 1\n", ERROR_TEMPORARY,
     "postmap failed: postmap: fatal: no \\x1bspace"},
    {"is killed", "#!/bin/sh\nkill -9 $$\n", ERROR_TEMPORARY, "postmap failed: "},
    {"makes nothing", "#!/bin/sh\nexit 0\n", ERROR_CONFIG, "roles.db: No such file or directory"},
    {"makes a link", "#!/bin/sh\nln -s /etc/passwd roles.db\n", ERROR_CONFIG, "roles.db: Too many"},
    {"makes a hard link", "#!/bin/sh\nln roles roles.db\n", ERROR_CONFIG,
     "roles.db: Operation not permitted"},
    {"makes a folder", "#!/bin/sh\nmkdir roles.db\n", ERROR_CONFIG, "roles.db: Operation not"},
    {"cannot run", "#!/no/such/interpreter\n", ERROR_TEMPORARY, "Failed to execute child process"},
};

static void test_tool_fails(void **state)
{
    struct place *place = *state;

    write_map(place, "support@example.com");
    for (size_t i = 0; i < G_N_ELEMENTS(tools); i++) {
        put_tool(place, "postmap", tools[i].script);
        check_fails(place, "x@example.com", tools[i].code, tools[i].text);
        g_setenv("PATH", place->path, TRUE);
        check_dump(place, ROW("support@example.com"));
    }
    write_map(place, "x@example.com");
    check_dump(place, ROW("x@example.com"));
    check_listing(place);
}

static void test_refused(void **state)
{
    struct place *place = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) other = NULL;
    g_autofree char *deep = g_build_filename(place->top, "no", "such", "roles", NULL);

    write_map(place, "support@example.com");
    check_fails(place, "x@example.com a,b@example.com", ERROR_REFUSED,
                "the role address a,b@example.com cannot stand in a map");
    assert_false(rolemap_write("postfix", place->map, give_error, "archive is busy", &error));
    assert_string_equal(error->message, "archive is busy");
    assert_false(rolemap_write("sendmail", place->map, give, "x@example.com", &other));
    assert_true(g_error_matches(other, COUNTERFOIL_ERROR, ERROR_CONFIG));
    check_dump(place, ROW("support@example.com"));
    g_free(place->map);
    place->map = g_steal_pointer(&deep);
    check_fails(place, "x@example.com", ERROR_CONFIG, "no/such: No such file or directory");
}

/* In a child: writes with a limit on the size of files, as on a disk that is full. */
static int write_limited(const struct place *place, rlim_t size)
{
    struct rlimit limit = {size, size};
    g_autoptr(GError) error = NULL;

    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
    if (rolemap_write("postfix", place->map, give, "x@example.com", &error))
        return 1;
    return error->code == ERROR_TEMPORARY ? 0 : 2;
}

static int wait_for(pid_t child)
{
    int status;

    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_disk_full(void **state)
{
    struct place *place = *state;
    const rlim_t sizes[] = {10 /* the text does not fit */, 4096 /* the compiled map */};

    write_map(place, "support@example.com");
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        pid_t child = fork();
        if (child == 0)
            _exit(write_limited(place, sizes[i]));
        assert_int_equal(wait_for(child), 0);
        check_dump(place, ROW("support@example.com"));
        check_listing(place);
    }
}

/* The archive of the next test is a file of addresses, to which writers append. */
static char **give_file(void *data, GError **error)
{
    char *text = NULL;

    (void)error;
    g_file_get_contents(data, &text, NULL, NULL);
    char **roles = g_strsplit(g_strchomp(text), "\n", -1);
    g_free(text);
    return roles;
}

/* Adds a role, writes the map, and looks whether the role is in it before going on. */
static int write_rounds(const struct place *place, char *archive, int writer)
{
    for (int round = 0; round < ROUNDS; round++) {
        g_autofree char *role = g_strdup_printf("w%dr%d@example.com\n", writer, round);
        g_autofree char *want = g_strdup_printf("\nw%dr%d@example.com ", writer, round);
        g_autofree char *text = NULL;
        int fd = open(archive, O_WRONLY | O_APPEND);
        if (write(fd, role, strlen(role)) != (ssize_t)strlen(role))
            return 1;
        close(fd);
        if (!rolemap_write("postfix", place->map, give_file, archive, NULL))
            return 2;
        if (!g_file_get_contents(place->map, &text, NULL, NULL) || strstr(text, want) == NULL)
            return 3;
    }
    return 0;
}

static void test_many_writers(void **state)
{
    struct place *place = *state;
    g_autofree char *archive = g_build_filename(place->top, "archive", NULL);
    pid_t children[WRITERS];

    assert_true(g_file_set_contents(archive, "first@example.com\n", -1, NULL));
    for (int i = 0; i < WRITERS; i++) {
        children[i] = fork();
        if (children[i] == 0)
            _exit(write_rounds(place, archive, i));
    }
    for (int i = 0; i < WRITERS; i++)
        assert_int_equal(wait_for(children[i]), 0);
    g_autofree char *all = dump(place, "hash");
    g_auto(GStrv) lines = g_strsplit(all, "\n", -1);
    assert_int_equal(g_strv_length(lines), WRITERS * ROUNDS + 1);
    check_listing(place);
}

/* Becomes somebody else for good, in a child. */
static int write_as(const struct place *place, uid_t user, const char *roles)
{
    g_autoptr(GError) error = NULL;

    if (setresgid(user, user, user) != 0 || setresuid(user, user, user) != 0)
        return 70;
    if (rolemap_write("postfix", place->map, give, (char *)roles, &error))
        return 0;
    return 1 + error->code;
}

static void check_write_as(const struct place *place, uid_t user, const char *roles, int want)
{
    pid_t child = fork();

    if (child == 0)
        _exit(write_as(place, user, roles));
    assert_int_equal(wait_for(child), want);
}

/* Root and the filter's user by turns, in the user's folder. */
static void test_root_and_owner(void **state)
{
    struct place *place = *state;
    g_autofree char *lock = g_build_filename(place->folder, ".roles.lock", NULL);

    if (geteuid() != 0)
        skip();
    assert_int_equal(chown(place->top, NOBODY, NOBODY), 0);
    write_map(place, "a@example.com"); /* makes the folder, too */
    const char *paths[] = {place->folder, place->map, place->compiled, lock};
    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++)
        assert_int_equal(status_of(paths[i]).st_uid, NOBODY);
    check_write_as(place, NOBODY, "b@example.com", 0);
    check_dump(place, ROW("b@example.com"));
    write_map(place, "c@example.com");
    check_dump(place, ROW("c@example.com"));
    check_write_as(place, NOBODY - 1, "d@example.com", 1 + ERROR_CONFIG);
    check_dump(place, ROW("c@example.com"));
    check_listing(place);
}

static void test_tools_run_as_owner(void **state)
{
    struct place *place = *state;
    g_autofree char *said = g_build_filename(place->top, "said", NULL);
    g_autofree char *script = g_strdup_printf(
        "#!/bin/sh\necho $(id -u) $(id -g) $(id -G) >>%s\nexec /usr/sbin/postmap \"$@\"\n", said);
    g_autofree char *text = NULL;

    if (geteuid() != 0)
        skip();
    assert_int_equal(chown(place->top, NOBODY, NOBODY), 0);
    put_tool(place, "postmap", script);
    write_map(place, "a@example.com");
    assert_true(g_file_get_contents(said, &text, NULL, NULL));
    assert_string_equal(text, "65534 65534 65534\n");
}

/* The filter's user must not lead root elsewhere by what lies in the folder. */
static void test_root_is_not_led(void **state)
{
    struct place *place = *state;
    g_autofree char *aside = g_build_filename(place->folder, ".roles.new", NULL);
    g_autofree char *lock = g_build_filename(place->folder, ".roles.lock", NULL);
    g_autofree char *victim = g_build_filename(place->top, "victim", NULL);
    g_autofree char *inner = g_build_filename(victim, "file", NULL);

    if (geteuid() != 0)
        skip();
    g_mkdir(victim, 0700);
    assert_true(g_file_set_contents(inner, "kept", -1, NULL));
    g_mkdir(place->folder, 0755);
    assert_int_equal(chown(place->folder, NOBODY, NOBODY), 0);
    assert_int_equal(symlink(victim, aside), 0);
    check_fails(place, "a@example.com", ERROR_TEMPORARY, ".roles.new: File exists");
    assert_int_equal(g_unlink(aside), 0);
    g_unlink(lock);
    assert_int_equal(symlink(inner, lock), 0);
    check_fails(place, "a@example.com", ERROR_CONFIG, ".roles.lock: Too many levels");
    assert_int_equal(status_of(inner).st_uid, 0);
    assert_int_equal(status_of(victim).st_uid, 0);
    assert_int_equal(status_of(inner).st_size, 4);
}

#define PLACED(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_can_hold),
        PLACED(test_held_as_given),
        PLACED(test_write),
        PLACED(test_renamed_not_rewritten),
        PLACED(test_unchanged_is_left_alone),
        PLACED(test_mended),
        PLACED(test_leftovers),
        PLACED(test_other_type),
        PLACED(test_type_without_library),
        PLACED(test_mail_config),
        PLACED(test_system),
        PLACED(test_tool_fails),
        PLACED(test_refused),
        PLACED(test_disk_full),
        PLACED(test_many_writers),
        PLACED(test_root_and_owner),
        PLACED(test_tools_run_as_owner),
        PLACED(test_root_is_not_led),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
