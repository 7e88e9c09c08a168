/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * counterfoil-milter: reads the configuration, opens the record, becomes an unprivileged user, and
 * serves until it is told to stop. The only file that exits.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "db/department.h"
#include "db/digest.h"
#include "db/error.h"
#include "db/key.h"
#include "db/site.h"
#include "milter/courier.h"
#include "milter/log.h"
#include "milter/mail.h"
#include "milter/rolemap.h"
#include "milter/session.h"
#include "milter/systemd.h"

#define DEFAULT_CONFIG SYSCONFDIR "/counterfoil/counterfoil.conf"

struct options {
    char *config;
    gboolean check;
    gboolean version;
};

static int exit_code(const GError *error)
{
    switch (error->code) {
    case ERROR_TEMPORARY:
        return EX_TEMPFAIL;
    case ERROR_BUG:
        return EX_SOFTWARE;
    default:
        return EX_CONFIG;
    }
}

static int complain(const GError *error)
{
    g_auto(GStrv) lines = g_strsplit(error->message, "\n", -1);

    for (char **text = lines; *text != NULL; text++)
        if (**text != '\0')
            fprintf(stderr, "counterfoil-milter: %s\n", *text);
    return exit_code(error);
}

static bool read_options(int *argc, char ***argv, struct options *options, GError **error)
{
    const GOptionEntry entries[] = {
        {"config", 'c', 0, G_OPTION_ARG_FILENAME, &options->config,
         "The configuration (default " DEFAULT_CONFIG ")", "FILE"},
        {"check", 0, 0, G_OPTION_ARG_NONE, &options->check,
         "Say whether configuration, key and database are right, and exit", NULL},
        {"version", 0, 0, G_OPTION_ARG_NONE, &options->version, "Print the version", NULL},
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GOptionContext) context =
        g_option_context_new("- the mail filter that makes tickets of mail");

    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, argc, argv, error))
        return false;
    if (*argc > 1) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, "unexpected argument `%s'",
                    (*argv)[1]);
        return false;
    }
    if (options->config == NULL)
        options->config = g_strdup(DEFAULT_CONFIG);
    return true;
}

/* Only root can, and only root should. */
static bool become(const char *user, GError **error)
{
    const struct passwd *account;

    if (user == NULL || geteuid() != 0)
        return true;
    errno = 0;
    account = getpwnam(user);
    if (account == NULL) {
        g_set_error(error, COUNTERFOIL_ERROR, ERROR_CONFIG, "[milter] user: no user `%s'", user);
        return false;
    }
    if (initgroups(user, account->pw_gid) != 0 || setgid(account->pw_gid) != 0 ||
        setuid(account->pw_uid) != 0) {
        g_set_error(error, COUNTERFOIL_ERROR, ERROR_CONFIG, "can't become user `%s': %s", user,
                    g_strerror(errno));
        return false;
    }
    return true;
}

/* Everything that runs needs, in the order in which it is opened. */
struct running {
    struct conf *conf;
    uint8_t key[KEY_SIZE];
    struct site *site;
    struct session_shared shared;
    bool has_pid_file;
    bool has_served;
};

static bool read_site(struct running *running, GError **error)
{
    const struct conf *conf = running->conf;
    AUTO(store) store = NULL;
    uint8_t mark[DIGEST_SIZE];

    if (!key_load(conf->archive.key_file, running->key, error))
        return false;
    key_mark(running->key, mark);
    store = store_open(conf->archive.database, STORE_WRITE, error);
    if (store == NULL || !site_check_mark(store, mark, error))
        return false;
    running->site = site_find(store, error);
    return running->site != NULL;
}

static bool open_record(struct running *running, GError **error)
{
    struct session_shared *shared = &running->shared;
    const struct conf *conf = running->conf;

    shared->site.conf = conf;
    shared->site.site = running->site;
    shared->site.id = (struct ticketid_site){running->site->tag, running->key, KEY_SIZE};
    shared->spool_folder = g_path_get_dirname(conf->archive.database);
    shared->journal = journal_open(conf->archive.database, error);
    if (shared->journal == NULL)
        return false;
    shared->roles = roles_open(conf->archive.database, error);
    return shared->roles != NULL;
}

static char **read_roles(void *data, GError **error)
{
    const struct conf *conf = data;
    AUTO(store) store = store_open(conf->archive.database, STORE_READ, error);

    return store != NULL ? department_roles(store, error) : NULL;
}

/* A filter that can't write the map still takes the mail that the old map leads to it. */
static void write_role_map(struct conf *conf)
{
    g_autoptr(GError) error = NULL;

    if (conf->archive.role_map_type != NULL &&
        !rolemap_write(conf->archive.role_map_type, conf->archive.role_map_path, read_roles, conf,
                       &error))
        log_write(LOG_LEVEL_WARNING, "the role map could not be written: %s", error->message);
}

static bool write_pid(struct running *running, GError **error)
{
    const char *path = running->conf->milter.pid_file;
    g_autofree char *text = g_strdup_printf("%d\n", (int)getpid());
    g_autoptr(GError) why = NULL;

    if (path == NULL)
        return true;
    running->has_pid_file = g_file_set_contents(path, text, -1, &why);
    if (!running->has_pid_file)
        g_set_error(error, COUNTERFOIL_ERROR, ERROR_CONFIG, "[milter] pid_file: %s", why->message);
    return running->has_pid_file;
}

static void stop(struct running *running)
{
    if (running->has_pid_file)
        unlink(running->conf->milter.pid_file);
    courier_close(running->shared.courier);
    journal_close(running->shared.journal);
    /* After serving, a thread of libmilter may still be in a callback that looks at the rest. */
    if (running->has_served)
        return;
    roles_close(running->shared.roles);
    g_free(running->shared.spool_folder);
    site_free(running->site);
    conf_free(running->conf);
}

/* From when there is a socket, they end the filter in good order only: libmilter waits for them
 * once it runs. */
static void hold_signals(void)
{
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
}

static bool start(struct running *running, GError **error)
{
    const struct conf *conf = running->conf;

    hold_signals();
    if (!open_record(running, error) || !session_listen(&running->shared, error))
        return false;
    running->shared.courier = courier_open(conf, running->shared.journal, error);
    if (running->shared.courier == NULL || !write_pid(running, error)) {
        session_withdraw(&running->shared);
        return false;
    }
    write_role_map(running->conf);
    systemd_notify("READY=1");
    log_write(LOG_LEVEL_INFO, "counterfoil-milter %s: ready on %s for [%s]", PACKAGE_VERSION,
              conf->milter.socket, running->site->tag);
    return true;
}

static int run(const struct options *options)
{
    static struct running running;
    g_autoptr(GError) error = NULL;
    bool served = true;

    running.conf = conf_load(options->config, &error);
    if (running.conf != NULL && become(running.conf->milter.user, &error) &&
        read_site(&running, &error) && courier_check(running.conf, &error) && !options->check) {
        log_open(running.conf->log.to_syslog, (enum log_level)running.conf->log.level);
        if (start(&running, &error)) {
            running.has_served = true;
            served = session_serve(&running.shared);
            systemd_notify("STOPPING=1");
            log_write(LOG_LEVEL_INFO, "counterfoil-milter: stopped");
        }
    }
    stop(&running);
    if (error != NULL)
        return complain(error);
    return served ? EX_OK : EX_OSERR;
}

int main(int argc, char **argv)
{
    struct options options = {NULL, FALSE, FALSE};
    g_autoptr(GError) error = NULL;
    int code;

    if (!read_options(&argc, &argv, &options, &error)) {
        fprintf(stderr, "counterfoil-milter: %s; see counterfoil-milter --help\n", error->message);
        return 2;
    }
    if (options.version) {
        puts("counterfoil-milter " PACKAGE_VERSION);
        g_free(options.config);
        return EX_OK;
    }
    /* Nothing that is made here is for others to read. */
    umask(0027);
    digest_init();
    courier_init();
    mail_init();
    code = run(&options);
    g_free(options.config);
    return code;
}
