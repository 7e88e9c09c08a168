/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One table of keys drives everything: the defaults, which pass the same readers as the file's
 * values, what is known and what is refused, the help text and the example configuration. A new
 * key is a member in struct conf, a line here, and a paragraph in counterfoil.conf(5).
 *
 * GKeyFile reads the file. It stops at the first line it does not understand and lets the last
 * of two equal keys win, so the lines are looked through before, and bad ones kept from it.
 */
#include "milter/conf.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/error.h"
#include "milter/log.h"
#include "milter/nearest.h"
#include "milter/setting.h"

#define FILE_MAX (1024 * 1024)
#define FAULTS_MAX 50 /* lines of one error message */

struct key {
    const char *section;
    const char *name;
    const struct setting_kind *kind;
    size_t offset; /* in struct conf */
    const char *fallback;
    const char *allowed;
    const char *meaning; /* lines of the help text */
};

struct faults {
    char *file;
    GString *lines;
    guint count;
};

static char *read_from_rewrite(const char *text, void *field)
{
    char *why = NULL;
    int chosen = setting_choose(
        text,
        (const char *const[]){[CONF_FROM_ALWAYS] = "always", [CONF_FROM_NEVER] = "never", NULL},
        &why);

    if (chosen >= 0)
        *(enum conf_from_rewrite *)field = (enum conf_from_rewrite)chosen;
    return why;
}

static char *read_log_to(const char *text, void *field)
{
    char *why = NULL;
    int chosen = setting_choose(text, (const char *const[]){"stderr", "syslog", NULL}, &why);

    if (chosen >= 0)
        *(bool *)field = chosen == 1;
    return why;
}

static char *read_log_level(const char *text, void *field)
{
    char *why = NULL;
    int chosen = setting_choose(text,
                                (const char *const[]){[LOG_LEVEL_ERROR] = "error",
                                                      [LOG_LEVEL_WARNING] = "warning",
                                                      [LOG_LEVEL_INFO] = "info",
                                                      [LOG_LEVEL_DEBUG] = "debug",
                                                      NULL},
                                &why);

    if (chosen >= 0)
        *(int *)field = chosen;
    return why;
}

static void clear_role_map(void *field)
{
    struct conf *conf = field;

    g_clear_pointer(&conf->archive.role_map_type, g_free);
    g_clear_pointer(&conf->archive.role_map_path, g_free);
}

/* Fills two members, so its field is the whole struct conf. */
static char *read_role_map(const char *text, void *field)
{
    struct conf *conf = field;
    const char *colon = strchr(text, ':');
    g_autofree char *type = colon != NULL ? g_strndup(text, colon - text) : g_strdup(text);
    char *why = NULL;

    if (*text == '\0') {
        clear_role_map(conf);
        return NULL;
    }
    if (setting_choose(type, (const char *const[]){"postfix", NULL}, &why) < 0)
        return why;
    why = setting_path.read(colon != NULL ? colon + 1 : "", &conf->archive.role_map_path);
    if (why == NULL) {
        g_free(conf->archive.role_map_type);
        conf->archive.role_map_type = g_steal_pointer(&type);
    }
    return why;
}

static const struct setting_kind from_rewrite = {read_from_rewrite, NULL};
static const struct setting_kind log_to = {read_log_to, NULL};
static const struct setting_kind log_level = {read_log_level, NULL};
static const struct setting_kind role_map = {read_role_map, clear_role_map};

#define MEMBER(member) offsetof(struct conf, member)

static const struct key keys[] = {
    {"milter", "socket", &setting_socket, MEMBER(milter.socket),
     "unix:/run/counterfoil/milter.sock", "unix:/PATH or inet:PORT@HOST",
     "Where the mail server reaches the filter."},
    {"milter", "user", &setting_maybe_user, MEMBER(milter.user), "", "a user name, or empty",
     "The user that the filter becomes when root starts it; empty: it stays who starts it."},
    {"milter", "umask", &setting_umask, MEMBER(milter.umask), "007", "octal digits, such as 007",
     "The permissions that a unix socket does not get."},
    {"milter", "pid_file", &setting_maybe_path, MEMBER(milter.pid_file), "",
     "an absolute path, or empty", "A file for the filter's process number; empty: none."},
    {"milter", "max_message", &setting_size, MEMBER(milter.max_message_bytes), "64M",
     "bytes, from 1K, with K, M or G behind the number: 512K, 64M, 2G",
     "A message larger than this is refused."},
    {"mail", "local_domains", &setting_domains, MEMBER(mail.local_domains), "",
     "domains, with spaces or commas between them",
     "An operator in one of these may log in by the local part of the address."},
    {"mail", "recipient_delimiter", &setting_delimiter, MEMBER(mail.recipient_delimiter), "+",
     "one or more of !#$%&'*+-/=?^_`{|}~.",
     "What parts an address from its extension; the same as the mail server's."},
    {"mail", "trusted_networks", &setting_networks, MEMBER(mail.trusted_networks), "",
     "addresses and networks (192.0.2.1 198.51.100.0/24 2001:db8::/32), with spaces or\n"
     "commas between them",
     "Clients whose mail from an operator's address is believed without a login."},
    {"mail", "trust_local_submission", &setting_boolean, MEMBER(mail.trust_local_submission),
     "false", "true or false",
     "Believe mail from an operator's address that the local sendmail command brings."},
    {"mail", "authserv_id", &setting_maybe_token, MEMBER(mail.authserv_id), "",
     "a name, as in the Authentication-Results that the mail server's verifier writes, or empty",
     "Whose Authentication-Results proves that a mail is an operator's; empty: nobody's."},
    {"mail", "form_senders", &setting_addresses, MEMBER(mail.form_senders), "",
     "addresses, with spaces or commas between them",
     "Web forms that mail in a visitor's name: who asks is in their Reply-To."},
    {"mail", "catch_direct", &setting_boolean, MEMBER(mail.catch_direct), "true", "true or false",
     "Whether an operator's answer to a customer's own address is sent as the role address."},
    {"mail", "from_rewrite", &from_rewrite, MEMBER(mail.from_rewrite), "always", "always or never",
     "Whether an operator's copy comes from the role address, under the customer's name."},
    {"mail", "submit", &submit_kind, MEMBER(mail.submit), "smtp://127.0.0.1:25",
     "smtp://, smtps:// or smtp+starttls://, then HOST, HOST:PORT, or USER:PASSWORD@ before\n"
     "it; a password only with TLS or to the loopback address",
     "The mail server that takes what Counterfoil itself sends."},
    {"mail", "submit_ca_file", &setting_maybe_path, MEMBER(mail.submit_ca_file), "",
     "an absolute path, or empty",
     "The certificates that vouch for that server's, as PEM; empty: the system's."},
    {"mail", "notice_lifetime", &setting_time, MEMBER(mail.notice_lifetime), "5d",
     "a time from 1m, with m, h, d or w behind the number: 90m, 12h, 5d",
     "How long it is tried to hand over what Counterfoil itself sends."},
    {"mail", "notice_limit", &setting_count, MEMBER(mail.notice_limit), "5", "a number from 0",
     "How many notices that a stranger can cause one address gets in an hour."},
    {"mail", "notice_limit_site", &setting_count, MEMBER(mail.notice_limit_site), "500",
     "a number from 0", "How many such notices all addresses together get in an hour."},
    {"archive", "database", &setting_path, MEMBER(archive.database),
     "/var/lib/counterfoil/counterfoil.db", "an absolute path", "The archive."},
    {"archive", "key_file", &setting_path, MEMBER(archive.key_file), "/var/lib/counterfoil/key",
     "an absolute path", "The site's secret key."},
    {"archive", "role_map", &role_map, 0, "postfix:/var/lib/counterfoil/postfix/roles",
     "postfix:/PATH without the suffix, or empty",
     "The map of role addresses that is written for the mail server; empty: none is."},
    {"log", "to", &log_to, MEMBER(log.to_syslog), "syslog", "syslog or stderr",
     "Where the log goes."},
    {"log", "level", &log_level, MEMBER(log.level), "info", "error, warning, info or debug",
     "The least important lines that are logged."},
};

static void add_fault(struct faults *faults, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void add_fault(struct faults *faults, const char *format, ...)
{
    va_list arguments;

    if (faults->count++ >= FAULTS_MAX)
        return;
    if (faults->lines->len > 0)
        g_string_append_c(faults->lines, '\n');
    g_string_append_printf(faults->lines, "%s: ", faults->file);
    va_start(arguments, format);
    g_string_append_vprintf(faults->lines, format, arguments);
    va_end(arguments);
}

static const struct key *find_key(const char *section, const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
        if ((section == NULL || strcmp(keys[i].section, section) == 0) &&
            (name == NULL || strcmp(keys[i].name, name) == 0))
            return &keys[i];
    return NULL;
}

/* The keys of a section, or the sections for NULL; NULL-terminated, borrowed names. */
static GPtrArray *list_names(const char *section)
{
    GPtrArray *names = g_ptr_array_new();

    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
        if (section == NULL && (i == 0 || strcmp(keys[i].section, keys[i - 1].section) != 0))
            g_ptr_array_add(names, (char *)keys[i].section);
        else if (section != NULL && strcmp(keys[i].section, section) == 0)
            g_ptr_array_add(names, (char *)keys[i].name);
    g_ptr_array_add(names, NULL);
    return names;
}

static void add_unknown_section(struct faults *faults, const char *section)
{
    g_autoptr(GPtrArray) names = list_names(NULL);
    const char *nearest = nearest_name(section, (const char *const *)names->pdata);
    g_autofree char *list = g_strjoinv(", ", (char **)names->pdata);
    g_autofree char *quoted = log_quoted(section);

    if (nearest != NULL)
        add_fault(faults, "[%s]: no such section; did you mean [%s]? allowed: %s", quoted, nearest,
                  list);
    else
        add_fault(faults, "[%s]: no such section; allowed: %s", quoted, list);
}

static void add_unknown_key(struct faults *faults, const char *section, const char *name)
{
    g_autoptr(GPtrArray) names = list_names(section);
    const char *nearest = nearest_name(name, (const char *const *)names->pdata);
    const struct key *elsewhere = find_key(NULL, name);
    g_autofree char *list = g_strjoinv(", ", (char **)names->pdata);
    g_autofree char *quoted = log_quoted(name);

    if (elsewhere != NULL)
        add_fault(faults, "[%s] %s: this key belongs in [%s]", section, quoted, elsewhere->section);
    else if (nearest != NULL)
        add_fault(faults, "[%s] %s: no such key; did you mean %s? allowed: %s", section, quoted,
                  nearest, list);
    else
        add_fault(faults, "[%s] %s: no such key; allowed: %s", section, quoted, list);
}

/* The allowed text on one line. */
static char *allowed_line(const struct key *key)
{
    return g_strdelimit(g_strdup(key->allowed), "\n", ' ');
}

static void read_value(struct conf *conf, const struct key *key, const char *value,
                       struct faults *faults)
{
    g_autofree char *why = NULL;
    g_autofree char *allowed = allowed_line(key);

    if (strstr(value, " #") != NULL || strstr(value, "\t#") != NULL)
        why = g_strdup("a comment must have a line of its own");
    else
        why = key->kind->read(value, (char *)conf + key->offset);
    if (why != NULL)
        add_fault(faults, "[%s] %s: %s; allowed: %s", key->section, key->name, why, allowed);
}

static void read_section(struct conf *conf, GKeyFile *key_file, const char *section,
                         struct faults *faults)
{
    g_auto(GStrv) names = g_key_file_get_keys(key_file, section, NULL, NULL);

    if (find_key(section, NULL) == NULL) {
        add_unknown_section(faults, section);
        return;
    }
    for (char **name = names; name != NULL && *name != NULL; name++) {
        g_autofree char *value = g_key_file_get_value(key_file, section, *name, NULL);
        const struct key *key = find_key(section, *name);
        if (key == NULL)
            add_unknown_key(faults, section, *name);
        else if (value != NULL)
            read_value(conf, key, g_strstrip(value), faults);
    }
}

/* Does a name consist of what GKeyFile takes in the names of keys and sections? */
static bool is_name(const char *name)
{
    for (const char *p = name; *p != '\0'; p++)
        if (*p == '[' || *p == ']' || g_ascii_iscntrl(*p))
            return false;
    return *name != '\0';
}

/* Notes that name stands on that line. False, and a fault, if it stood on an earlier one. */
static bool is_first(GHashTable *seen, const char *section, const char *name, guint line,
                     struct faults *faults)
{
    char *both = g_strconcat(section, "]", name, NULL); /* no name contains a bracket */
    guint before = GPOINTER_TO_UINT(g_hash_table_lookup(seen, both));

    if (before == 0) {
        g_hash_table_insert(seen, both, GUINT_TO_POINTER(line));
        return true;
    }
    g_free(both);
    g_autofree char *quoted = log_quoted(*name != '\0' ? name : section);
    add_fault(faults, "line %u: %s stands here again; it is on line %u already", line, quoted,
              before);
    return false;
}

/* One line that is neither empty nor a comment. False if GKeyFile is not to see it. */
static bool check_line(char *line, guint number, char **section, GHashTable *seen,
                       struct faults *faults)
{
    g_autofree char *quoted = log_quoted(line);
    size_t length = strlen(line);

    if (*line == '[' && line[length - 1] == ']') {
        g_autofree char *name = g_strndup(line + 1, length - 2);
        if (is_name(name)) {
            g_free(*section);
            *section = g_steal_pointer(&name);
            is_first(seen, *section, "", number, faults);
            return true;
        }
    }
    char *equals = strchr(line, '=');
    g_autofree char *name = equals != NULL ? g_strndup(line, equals - line) : NULL;
    if (name == NULL || !is_name(g_strchomp(name))) {
        add_fault(faults, "line %u: \"%s\" is neither [section] nor key = value", number, quoted);
        return false;
    }
    if (*section == NULL) {
        add_fault(faults, "line %u: \"%s\" stands before the first [section]", number, quoted);
        return false;
    }
    return is_first(seen, *section, name, number, faults);
}

/* The file without the lines that are wrong in themselves, each of which becomes a fault. */
static char *sift(const char *text, struct faults *faults)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autofree char *section = NULL;
    GString *good = g_string_sized_new(strlen(text));

    for (guint i = 0; lines[i] != NULL; i++) {
        char *line = g_strstrip(lines[i]);
        if (*line == '\0' || *line == '#' || !check_line(line, i + 1, &section, seen, faults))
            continue;
        g_string_append(good, line);
        g_string_append_c(good, '\n');
    }
    return g_string_free(good, FALSE);
}

static void read_text(struct conf *conf, const char *text, struct faults *faults)
{
    g_autoptr(GKeyFile) key_file = g_key_file_new();
    g_autoptr(GError) error = NULL;
    g_autofree char *good = sift(text, faults);

    /* Without translations kept, "level[de] = x" would be dropped in silence. */
    if (!g_key_file_load_from_data(key_file, good, (gsize)-1, G_KEY_FILE_KEEP_TRANSLATIONS,
                                   &error)) {
        g_autofree char *quoted = log_quoted(error->message);
        add_fault(faults, "%s", quoted);
        return;
    }
    g_auto(GStrv) sections = g_key_file_get_groups(key_file, NULL);
    for (char **section = sections; *section != NULL; section++)
        read_section(conf, key_file, *section, faults);
}

static struct conf *new_with_defaults(const char *file)
{
    struct conf *conf = g_new0(struct conf, 1);

    conf->file = g_strdup(file);
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        g_autofree char *why = keys[i].kind->read(keys[i].fallback, (char *)conf + keys[i].offset);
        g_assert(why == NULL);
    }
    return conf;
}

struct conf *conf_parse(const char *file, const char *text, size_t length, GError **error)
{
    AUTO(conf) conf = new_with_defaults(file);
    g_autoptr(GString) lines = g_string_new(NULL);
    g_autofree char *name = log_quoted(file);
    struct faults faults = {.file = name, .lines = lines};
    const char *end;

    if (!g_utf8_validate_len(text, length, &end)) {
        add_fault(&faults, "byte %zu is not valid UTF-8 text", (size_t)(end - text) + 1);
    } else {
        g_autofree char *whole = g_strndup(text, length);
        read_text(conf, whole, &faults);
    }
    if (faults.count > FAULTS_MAX)
        g_string_append_printf(lines, "\n%s: and %u more", name, faults.count - FAULTS_MAX);
    if (faults.count == 0)
        return g_steal_pointer(&conf);
    error_set(error, ERROR_CONFIG, "%s", lines->str);
    return NULL;
}

static const char *close_with(int fd, const char *wrong)
{
    if (fd >= 0)
        close(fd);
    return wrong;
}

/* What is wrong with the file itself, or NULL with its bytes in *text. */
static const char *read_file(const char *file, char **text, size_t *length, bool *is_public)
{
    struct stat status;
    ssize_t got = 1;
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* never wait for a fifo's writer */

    if (fd < 0 || fstat(fd, &status) != 0)
        return close_with(fd, g_strerror(errno));
    if (!S_ISREG(status.st_mode))
        return close_with(fd, "it is no regular file");
    if (status.st_mode & S_IWOTH)
        return close_with(fd, "everybody may write it; chmod o-w");
    if (status.st_size > FILE_MAX)
        return close_with(fd, "it is larger than 1 MiB");
    *is_public = (status.st_mode & S_IROTH) != 0;
    *text = g_malloc0((size_t)status.st_size + 1);
    for (*length = 0; got > 0 && *length < (size_t)status.st_size; *length += (size_t)MAX(got, 0))
        got = read(fd, *text + *length, (size_t)status.st_size - *length);
    return close_with(fd, got < 0 ? g_strerror(errno) : NULL);
}

struct conf *conf_load(const char *file, GError **error)
{
    g_autofree char *text = NULL;
    g_autofree char *name = log_quoted(file);
    AUTO(conf) conf = NULL;
    size_t length = 0;
    bool is_public = false;
    const char *wrong = read_file(file, &text, &length, &is_public);

    if (wrong == NULL) {
        conf = conf_parse(file, text, length, error);
        if (conf == NULL)
            return NULL;
        if (is_public && conf->mail.submit.password != NULL)
            wrong = "everybody may read it, and [mail] submit has a password; chmod o-r";
    }
    if (wrong == NULL)
        return g_steal_pointer(&conf);
    error_set(error, ERROR_CONFIG, "%s: the file cannot be used: %s", name, wrong);
    return NULL;
}

void conf_free(struct conf *conf)
{
    if (conf == NULL)
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
        if (keys[i].kind->clear != NULL)
            keys[i].kind->clear((char *)conf + keys[i].offset);
    g_free(conf->file);
    g_free(conf);
}

/* Each line of text as a comment. */
static void write_comment(FILE *out, const char *label, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    for (char **line = lines; *line != NULL; line++)
        fprintf(out, "# %s%s\n", line == lines ? label : "", *line);
}

void conf_describe(FILE *out)
{
    const char *section = "";

    fputs(
        "# Configuration of Counterfoil; see counterfoil.conf(5). Every key stands here with its\n"
        "# default, commented out. A comment needs a line of its own.\n",
        out);
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        const struct key *key = &keys[i];
        if (strcmp(section, key->section) != 0)
            fprintf(out, "\n[%s]\n", key->section);
        section = key->section;
        fputc('\n', out);
        write_comment(out, "", key->meaning);
        write_comment(out, "Allowed: ", key->allowed);
        fprintf(out, "#%s =%s%s\n", key->name, *key->fallback != '\0' ? " " : "", key->fallback);
    }
}

/* The address in a struct sockaddr, a v4-mapped one as IPv4; NULL for other families. */
static GInetAddress *address_of(const struct sockaddr *client)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;

    if (client != NULL && client->sa_family == AF_INET) {
        memcpy(&v4, client, sizeof v4);
        return g_inet_address_new_from_bytes((const guint8 *)&v4.sin_addr, G_SOCKET_FAMILY_IPV4);
    }
    if (client == NULL || client->sa_family != AF_INET6)
        return NULL;
    memcpy(&v6, client, sizeof v6);
    if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr))
        return g_inet_address_new_from_bytes(v6.sin6_addr.s6_addr + 12, G_SOCKET_FAMILY_IPV4);
    return g_inet_address_new_from_bytes(v6.sin6_addr.s6_addr, G_SOCKET_FAMILY_IPV6);
}

bool conf_is_trusted(const struct conf *conf, const struct sockaddr *client)
{
    g_autoptr(GInetAddress) address = address_of(client);

    for (guint i = 0; address != NULL && i < conf->mail.trusted_networks->len; i++)
        if (g_inet_address_mask_matches(conf->mail.trusted_networks->pdata[i], address))
            return true;
    return false;
}

bool conf_is_local_domain(const struct conf *conf, const char *domain)
{
    for (char **local = conf->mail.local_domains; *local != NULL; local++)
        if (g_ascii_strcasecmp(*local, domain) == 0)
            return true;
    return false;
}
