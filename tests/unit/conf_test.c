/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The configuration file: what is read, what is refused and in which words, and that the
 * installed example and the manual page say what the table of keys says.
 */
#include "milter/conf.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <glib/gstdio.h>

#include "db/error.h"
#include "milter/log.h"

static struct conf *parse(const char *text, GError **error)
{
    return conf_parse("test.conf", text, strlen(text), error);
}

/* What must not be refused. */
static const struct {
    const char *name;
    const char *text;
} good[] = {
    {"empty file", ""},
    {"only comments", "# nothing\n\n   # at all\n"},
    {"CRLF", "[milter]\r\numask = 027\r\n"},
    {"no final line end", "[milter]\numask = 027"},
    {"space round everything", "  [milter]  \n\t umask\t=   027   \n"},
    {"empty section", "[mail]\n"},
    {"host name", "[milter]\nsocket = inet:8899@localhost\n"},
    {"empty values", "[milter]\nuser =\npid_file =\n[mail]\nlocal_domains=\ntrusted_networks =\n"},
    {"no map", "[archive]\nrole_map =\n"},
    {"hash within a path", "[archive]\ndatabase = /var/a#b\n"},
};

static void test_good(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        g_autoptr(GError) error = NULL;
        AUTO(conf) conf = parse(good[i].text, &error);
        if (conf == NULL)
            fail_msg("%s: %s", good[i].name, error->message);
    }
}

/* One thing wrong each: what the message, after the file's name, begins with. */
static const struct {
    const char *name;
    const char *text;
    const char *want;
} bad[] = {
    {"no section", "umask = 007\n", "line 1: \"umask = 007\" stands before the first [section]"},
    {"no equals sign", "[log]\nlevel\n", "line 2: \"level\" is neither [section] nor key = value"},
    {"no key", "[log]\n= info\n", "line 2: \"= info\" is neither"},
    {"translated key", "[log]\nlevel[de] = info\n", "line 2: \"level[de] = info\" is neither"},
    {"open bracket", "[log\n", "line 1: \"[log\" is neither"},
    {"comment behind a section", "[log] # x\n", "line 1: \"[log] # x\" is neither"},
    {"control in a section", "[lo\033g]\n", "line 1: \"[lo\\x1bg]\" is neither"},
    {"section twice", "[log]\n\n[log]\n", "line 3: log stands here again; it is on line 1"},
    {"key twice", "[log]\nto = stderr\nto = stderr\n", "line 3: to stands here again; it is on"},
    {"key twice over two sections", "[log]\nto=stderr\n[mail]\n[log]\nto=stderr\n",
     "line 4: log stands here again; it is on line 1 already\n"
     "test.conf: line 5: to stands here again; it is on line 2 already"},
    {"section", "[lgo]\n", "[lgo]: no such section; did you mean [log]? allowed: milter, mail, "},
    {"far section", "[database]\n", "[database]: no such section; allowed: milter, mail, archive"},
    {"key", "[milter]\nsockt = x\n", "[milter] sockt: no such key; did you mean socket? allowed: "},
    {"far key", "[log]\nfoo = x\n", "[log] foo: no such key; allowed: to, level"},
    {"key of a later version", "[mail]\nwebhook = x\n", "[mail] webhook: no such key; allowed: "},
    {"key of another section", "[mail]\nsocket = x\n", "[mail] socket: this key belongs in [milte"},
    {"key with a direction mark", "[log]\nto\u202e = x\n", "[log] to\\u{202e}: no such key"},
    {"comment behind a value", "[log]\nlevel = info # x\n", "[log] level: a comment must have a l"},
    {"comment behind no value", "[milter]\nuser = # x\n", "[milter] user: \"# x\" is not a user"},
    {"no UTF-8", "[log]\nlevel = \xff\n", "byte 15 is not valid UTF-8 text"},

    {"socket empty", "[milter]\nsocket =\n",
     "[milter] socket: \"\" is not a socket; allowed: unix"},
    {"socket kind", "[milter]\nsocket = local:/x\n",
     "[milter] socket: \"local:/x\" is not a socke"},
    {"socket relative", "[milter]\nsocket = unix:x\n", "[milter] socket: \"x\" is not an absolute"},
    {"socket a folder", "[milter]\nsocket = unix:/x/\n", "[milter] socket: \"/x/\" is a folder"},
    {"socket without host", "[milter]\nsocket = inet:8899\n",
     "[milter] socket: \"inet:8899\" is without @ and a host name or IPv4 address; allowed: unix:"},
    {"socket host empty", "[milter]\nsocket = inet:8899@\n",
     "[milter] socket: \"inet:8899@\" is w"},
    {"socket host spelling", "[milter]\nsocket = inet:8899@::1\n",
     "[milter] socket: \"inet:8899@:"},
    {"socket port", "[milter]\nsocket = inet:65536@localhost\n",
     "[milter] socket: \"inet:65536@localhost\" is without a port from 1 to 65535"},
    {"socket port 0", "[milter]\nsocket = inet:0@localhost\n",
     "[milter] socket: \"inet:0@localhos"},
    {"socket without port", "[milter]\nsocket = inet:@localhost\n",
     "[milter] socket: \"inet:@loca"},
    {"umask digits", "[milter]\numask = 8\n", "[milter] umask: \"8\" is not an octal number; all"},
    {"umask large", "[milter]\numask = 1000\n", "[milter] umask: \"1000\" is more than 777"},
    {"umask empty", "[milter]\numask =\n", "[milter] umask: \"\" is not an octal number"},
    {"user with space", "[milter]\nuser = a b\n", "[milter] user: \"a b\" is not a user name"},
    {"user an option", "[milter]\nuser = -x\n", "[milter] user: \"-x\" is not a user name"},
    {"pid file", "[milter]\npid_file = run/x\n", "[milter] pid_file: \"run/x\" is not an absolute"},
    {"size unit", "[milter]\nmax_message = 64MB\n", "[milter] max_message: \"64MB\" is not a size"},
    {"size small unit", "[milter]\nmax_message = 64m\n", "[milter] max_message: \"64m\" is not a"},
    {"size sign", "[milter]\nmax_message = -1M\n", "[milter] max_message: \"-1M\" is not a size"},
    {"size empty", "[milter]\nmax_message =\n", "[milter] max_message: \"\" is not a size"},
    {"size small", "[milter]\nmax_message = 1023\n", "[milter] max_message: \"1023\" is too small"},
    {"size zero", "[milter]\nmax_message = 0G\n", "[milter] max_message: \"0G\" is too small"},
    {"size large", "[milter]\nmax_message = 9223372036854775808\n",
     "[milter] max_message: \"9223372036854775808\" is too large"},
    {"size shifted large", "[milter]\nmax_message = 8589934592G\n",
     "[milter] max_message: \"8589934592G\" is too large"},
    {"domain", "[mail]\nlocal_domains = a.example, @b\n",
     "[mail] local_domains: \"@b\" is not a d"},
    {"domain dots", "[mail]\nlocal_domains = a..example\n", "[mail] local_domains: \"a..example\""},
    {"domain end", "[mail]\nlocal_domains = a.\n", "[mail] local_domains: \"a.\" is not a domain"},
    {"token", "[mail]\nauthserv_id = mx.example.com 1\n",
     "[mail] authserv_id: \"mx.example.com 1\" is not one word of letters"},
    {"address", "[mail]\nform_senders = www@example.com, www\n",
     "[mail] form_senders: \"www\" is not a mail address"},
    {"delimiter empty", "[mail]\nrecipient_delimiter =\n",
     "[mail] recipient_delimiter: \"\" is no"},
    {"delimiter letter", "[mail]\nrecipient_delimiter = x\n", "[mail] recipient_delimiter: \"x\" "},
    {"delimiter @", "[mail]\nrecipient_delimiter = +@\n", "[mail] recipient_delimiter: \"+@\" is"},
    {"network name", "[mail]\ntrusted_networks = localhost\n",
     "[mail] trusted_networks: \"localho"},
    {"network bits", "[mail]\ntrusted_networks = 10.0.0.1/8\n",
     "[mail] trusted_networks: \"10.0.0"},
    {"network length", "[mail]\ntrusted_networks = ::/129\n",
     "[mail] trusted_networks: \"::/129\""},
    {"network v4 length", "[mail]\ntrusted_networks = 10.0.0.0/33\n",
     "[mail] trusted_networks: \"1"},
    {"network no length", "[mail]\ntrusted_networks = 10.0.0.0/\n",
     "[mail] trusted_networks: \"10"},
    {"network sign", "[mail]\ntrusted_networks = 10.0.0.0/+8\n",
     "[mail] trusted_networks: \"10.0."},
    {"network control", "[mail]\ntrusted_networks = 10.\0330.0\n",
     "[mail] trusted_networks: \"10.\\x1b0.0\": "},
    {"network all", "[mail]\ntrusted_networks = ::1, 0.0.0.0/0\n",
     "[mail] trusted_networks: \"0.0.0.0/0\" is the whole internet; allowed: addresses and netwo"},
    {"network all IPv6", "[mail]\ntrusted_networks = ::/0\n",
     "[mail] trusted_networks: \"::/0\" is"},
    {"network all mapped", "[mail]\ntrusted_networks = ::ffff:0:0/96\n",
     "[mail] trusted_networks: \"::ffff:0:0/96\" is the whole internet"},
    {"boolean", "[mail]\ntrust_local_submission = yes\n",
     "[mail] trust_local_submission: \"yes\" is not among them; allowed: true or false"},
    {"choice", "[mail]\nfrom_rewrite = Always\n",
     "[mail] from_rewrite: \"Always\" is not among them; allowed: always or never"},
    {"submit empty", "[mail]\nsubmit =\n", "[mail] submit: it is no URL; allowed: smtp://, smtps:"},
    {"submit password", "[mail]\nsubmit = smtp://u:p@mail\n",
     "[mail] submit: its password would go unencrypted to another machine; "},
    {"CA file", "[mail]\nsubmit_ca_file = ca.pem\n",
     "[mail] submit_ca_file: \"ca.pem\" is not an absolute path"},
    {"time", "[mail]\nnotice_lifetime = 5 days\n",
     "[mail] notice_lifetime: \"5 days\" is not a time; allowed: a time from 1m, with m, h, d or"},
    {"time zero", "[mail]\nnotice_lifetime = 0\n", "[mail] notice_lifetime: \"0\" is too short"},
    {"time large", "[mail]\nnotice_lifetime = 99999d\n",
     "[mail] notice_lifetime: \"99999d\" is not a time"},
    {"number empty", "[mail]\nnotice_limit =\n", "[mail] notice_limit: \"\" is not a number; allo"},
    {"number sign", "[mail]\nnotice_limit = -1\n", "[mail] notice_limit: \"-1\" is not a number"},
    {"number large", "[mail]\nnotice_limit_site = 1000000000\n",
     "[mail] notice_limit_site: \"1000000000\" is too large; allowed: a number from 0"},
    {"path empty", "[archive]\ndatabase =\n", "[archive] database: \"\" is not an absolute path"},
    {"path control", "[archive]\nkey_file = /a\tb\n",
     "[archive] key_file: \"/a\\tb\" is a path wit"},
    {"map type", "[archive]\nrole_map = sendmail:/x\n",
     "[archive] role_map: \"sendmail\" is not among them; allowed: postfix:/PATH without the suf"},
    {"map without type", "[archive]\nrole_map = /x\n",
     "[archive] role_map: \"/x\" is not among th"},
    {"map without path", "[archive]\nrole_map = postfix\n",
     "[archive] role_map: \"\" is not an ab"},
    {"map relative", "[archive]\nrole_map = postfix:x\n", "[archive] role_map: \"x\" is not an ab"},
    {"log to", "[log]\nto = file\n",
     "[log] to: \"file\" is not among them; allowed: syslog or std"},
    {"log level", "[log]\nlevel = \033[1m\n",
     "[log] level: \"\\x1b[1m\" is not among them; allowe"},
};

static void test_bad(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        AUTO(conf) conf = parse(bad[i].text, &error);
        g_autofree char *want = g_strconcat("test.conf: ", bad[i].want, NULL);
        if (conf != NULL)
            fail_msg("%s: not refused", bad[i].name);
        if (!g_error_matches(error, COUNTERFOIL_ERROR, ERROR_CONFIG) ||
            !g_str_has_prefix(error->message, want))
            fail_msg("%s: got \"%s\", want \"%s\"", bad[i].name, error->message, want);
        if (strchr(bad[i].want, '\n') == NULL && strchr(error->message, '\n') != NULL)
            fail_msg("%s: more than one line: \"%s\"", bad[i].name, error->message);
    }
}

static void test_all_at_once(void **state)
{
    g_autoptr(GError) error = NULL;
    const char *text = "early = 1\n[milter]\numask = x\nfoo\n[log]\nlevel = x\nto = y\n[nowhere]\n";

    (void)state;
    assert_null(parse(text, &error));
    assert_string_equal(
        error->message,
        "test.conf: line 1: \"early = 1\" stands before the first [section]\n"
        "test.conf: line 4: \"foo\" is neither [section] nor key = value\n"
        "test.conf: [milter] umask: \"x\" is not an octal number; allowed: octal digits, such as "
        "007\n"
        "test.conf: [log] level: \"x\" is not among them; allowed: error, warning, info or debug\n"
        "test.conf: [log] to: \"y\" is not among them; allowed: syslog or stderr\n"
        "test.conf: [nowhere]: no such section; allowed: milter, mail, archive, log");
}

static void test_many_faults(void **state)
{
    g_autoptr(GString) text = g_string_new("[log]\n");
    g_autoptr(GError) error = NULL;

    (void)state;
    for (int i = 0; i < 60; i++)
        g_string_append_printf(text, "wrong%d = 1\n", i);
    assert_null(parse(text->str, &error));
    g_auto(GStrv) lines = g_strsplit(error->message, "\n", -1);
    assert_int_equal(g_strv_length(lines), 51);
    assert_string_equal(lines[50], "test.conf: and 10 more");
}

static void test_defaults(void **state)
{
    g_autoptr(GError) error = NULL;
    AUTO(conf) conf = parse("", &error);

    (void)state;
    assert_string_equal(conf->file, "test.conf");
    assert_string_equal(conf->milter.socket, "unix:/run/counterfoil/milter.sock");
    assert_null(conf->milter.user);
    assert_int_equal(conf->milter.umask, 7);
    assert_null(conf->milter.pid_file);
    assert_int_equal(conf->milter.max_message_bytes, 64 * 1024 * 1024);
    assert_null(conf->mail.local_domains[0]);
    assert_string_equal(conf->mail.recipient_delimiter, "+");
    assert_int_equal(conf->mail.trusted_networks->len, 0);
    assert_false(conf->mail.trust_local_submission);
    assert_null(conf->mail.authserv_id);
    assert_null(conf->mail.form_senders[0]);
    assert_true(conf->mail.catch_direct);
    assert_int_equal(conf->mail.from_rewrite, CONF_FROM_ALWAYS);
    assert_int_equal(conf->mail.submit.security, SUBMIT_PLAIN);
    assert_string_equal(conf->mail.submit.place, "127.0.0.1:25");
    assert_null(conf->mail.submit.user);
    assert_null(conf->mail.submit.password);
    assert_null(conf->mail.submit_ca_file);
    assert_true(conf->mail.notice_lifetime == INT64_C(5) * 24 * 60 * 60 * 1000);
    assert_int_equal(conf->mail.notice_limit, 5);
    assert_int_equal(conf->mail.notice_limit_site, 500);
    assert_string_equal(conf->archive.database, "/var/lib/counterfoil/counterfoil.db");
    assert_string_equal(conf->archive.key_file, "/var/lib/counterfoil/key");
    assert_string_equal(conf->archive.role_map_type, "postfix");
    assert_string_equal(conf->archive.role_map_path, "/var/lib/counterfoil/postfix/roles");
    assert_true(conf->log.to_syslog);
    assert_int_equal(conf->log.level, LOG_LEVEL_INFO);
}

static void test_values(void **state)
{
    g_autoptr(GError) error = NULL;
    AUTO(conf)
    conf = parse("[milter]\nsocket = inet:8899@127.0.0.1\nuser = mail-filter\n"
                 "umask = 0027\npid_file = /run/x.pid\nmax_message = 2G\n"
                 "[mail]\nlocal_domains = Example.COM,, b\xc3\xbc.example\tc\n"
                 "recipient_delimiter = +-\ntrusted_networks = [::1] 10.0.0.0/8\n"
                 "trust_local_submission = true\nfrom_rewrite = never\n"
                 "authserv_id = MX.example.com\nform_senders = WWW@Example.com,shop@example.com\n"
                 "catch_direct = false\nsubmit = smtp+starttls://u:p%20q@mail.example.com\n"
                 "submit_ca_file = /ca.pem\nnotice_lifetime = 90m\nnotice_limit = 0\n"
                 "notice_limit_site = 999999999\n"
                 "[archive]\ndatabase = /a b/c\\n\nkey_file = /k\n"
                 "role_map = postfix:/maps/a:b\n[log]\nto = stderr\nlevel = debug\n",
                 &error);

    (void)state;
    assert_non_null(conf);
    assert_string_equal(conf->milter.socket, "inet:8899@127.0.0.1");
    assert_string_equal(conf->milter.user, "mail-filter");
    assert_int_equal(conf->milter.umask, 027);
    assert_string_equal(conf->milter.pid_file, "/run/x.pid");
    assert_true(conf->milter.max_message_bytes == (int64_t)2 * 1024 * 1024 * 1024);
    g_autofree char *domains = g_strjoinv("|", conf->mail.local_domains);
    assert_string_equal(domains, "example.com|b\xc3\xbc.example|c");
    assert_string_equal(conf->mail.recipient_delimiter, "+-");
    assert_int_equal(conf->mail.trusted_networks->len, 2);
    assert_true(conf->mail.trust_local_submission);
    g_autofree char *form_senders = g_strjoinv("|", conf->mail.form_senders);
    assert_string_equal(conf->mail.authserv_id, "MX.example.com");
    assert_string_equal(form_senders, "www@example.com|shop@example.com");
    assert_false(conf->mail.catch_direct);
    assert_int_equal(conf->mail.from_rewrite, CONF_FROM_NEVER);
    assert_int_equal(conf->mail.submit.security, SUBMIT_STARTTLS);
    assert_string_equal(conf->mail.submit.place, "mail.example.com:587");
    assert_string_equal(conf->mail.submit.user, "u");
    assert_string_equal(conf->mail.submit.password, "p q");
    assert_string_equal(conf->mail.submit_ca_file, "/ca.pem");
    assert_int_equal(conf->mail.notice_lifetime, 90 * 60 * 1000);
    assert_int_equal(conf->mail.notice_limit, 0);
    assert_int_equal(conf->mail.notice_limit_site, 999999999);
    assert_string_equal(conf->archive.database, "/a b/c\\n");
    assert_string_equal(conf->archive.key_file, "/k");
    assert_string_equal(conf->archive.role_map_type, "postfix");
    assert_string_equal(conf->archive.role_map_path, "/maps/a:b");
    assert_false(conf->log.to_syslog);
    assert_int_equal(conf->log.level, LOG_LEVEL_DEBUG);
}

static void test_no_map(void **state)
{
    g_autoptr(GError) error = NULL;
    AUTO(conf) conf = parse("[archive]\nrole_map =\n", &error);

    (void)state;
    assert_null(conf->archive.role_map_type);
    assert_null(conf->archive.role_map_path);
}

static const struct {
    const char *text;
    int64_t want;
} sizes[] = {
    {"1024", 1024},
    {"1K", 1024},
    {"512K", 524288},
    {"64M", 67108864},
    {"2G", INT64_C(2147483648)},
    {"9223372036854775807", INT64_MAX},
    {"8589934591G", INT64_C(8589934591) << 30},
    {"007M", 7 << 20},
};

static void test_sizes(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autofree char *text = g_strdup_printf("[milter]\nmax_message = %s\n", sizes[i].text);
        g_autoptr(GError) error = NULL;
        AUTO(conf) conf = parse(text, &error);
        if (conf == NULL)
            fail_msg("%s: %s", sizes[i].text, error->message);
        if (conf->milter.max_message_bytes != sizes[i].want)
            fail_msg("%s: got %jd, want %jd", sizes[i].text,
                     (intmax_t)conf->milter.max_message_bytes, (intmax_t)sizes[i].want);
    }
}

static const struct {
    const char *networks;
    const char *client;
    bool want;
} clients[] = {
    {"", "127.0.0.1", false},
    {"127.0.0.1", "127.0.0.1", true},
    {"127.0.0.1", "127.0.0.2", false},
    {"192.0.2.0/24", "192.0.2.255", true},
    {"192.0.2.0/24", "192.0.3.0", false},
    {"192.0.2.0/25", "192.0.2.128", false},
    {"10.0.0.0/8, 192.0.2.7", "192.0.2.7", true},
    {"2001:db8::/32", "2001:db8:ffff::1", true},
    {"2001:db8::/32", "2001:db9::1", false},
    {"2001:db8::/32", "32.1.13.184", false},
    {"[::1]/128", "::1", true},
    {"[2001:db8::]/32", "2001:db8::5", true},
    {"192.0.2.0/24", "::ffff:192.0.2.9", true},
    {"192.0.2.0/24", "::ffff:192.0.3.9", false},
    {"192.0.2.0/24", "::192.0.2.9", false},
    {"::ffff:192.0.2.0/120", "192.0.2.9", true},
    {"::ffff:192.0.2.0/120", "::ffff:192.0.2.9", true},
    {"[::ffff:127.0.0.0]/104 [::1]/128", "127.1.2.3", true},
    {"::ffff:192.0.2.0/120", "192.0.3.9", false},
    {"::/1", "::ffff:192.0.2.9", false}, /* an IPv4 client, in no IPv4 network */
};

static void test_clients(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(clients); i++) {
        g_autofree char *text =
            g_strdup_printf("[mail]\ntrusted_networks = %s\n", clients[i].networks);
        g_autoptr(GError) error = NULL;
        AUTO(conf) conf = parse(text, &error);
        struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
        struct sockaddr_in v4 = {.sin_family = AF_INET};
        bool is_v4 = inet_pton(AF_INET, clients[i].client, &v4.sin_addr) == 1;
        if (conf == NULL)
            fail_msg("%s: %s", clients[i].networks, error->message);
        assert_true(is_v4 || inet_pton(AF_INET6, clients[i].client, &v6.sin6_addr) == 1);
        if (conf_is_trusted(conf, is_v4 ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6) !=
            clients[i].want)
            fail_msg("\"%s\" and %s: want %d", clients[i].networks, clients[i].client,
                     clients[i].want);
    }
}

static void test_other_clients(void **state)
{
    g_autoptr(GError) error = NULL;
    AUTO(conf) conf = parse("[mail]\ntrusted_networks = 0.0.0.0/1 ::/1\n", &error);
    struct sockaddr local = {.sa_family = AF_UNIX};

    (void)state;
    assert_false(conf_is_trusted(conf, NULL));
    assert_false(conf_is_trusted(conf, &local));
}

static void test_local_domain(void **state)
{
    g_autoptr(GError) error = NULL;
    AUTO(conf) conf = parse("[mail]\nlocal_domains = Example.com b.example\n", &error);

    (void)state;
    assert_true(conf_is_local_domain(conf, "example.com"));
    assert_true(conf_is_local_domain(conf, "B.EXAMPLE"));
    assert_false(conf_is_local_domain(conf, "a.example.com"));
    assert_false(conf_is_local_domain(conf, "xample.com"));
    assert_false(conf_is_local_domain(conf, ""));
}

static char *read_source(const char *name)
{
    const char *top = g_getenv("srcdir");
    g_autofree char *path = g_build_filename(top != NULL ? top : ".", name, NULL);
    g_autoptr(GError) error = NULL;
    char *text = NULL;

    if (!g_file_get_contents(path, &text, NULL, &error))
        fail_msg("%s", error->message);
    return text;
}

static char *describe(void)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);

    conf_describe(out);
    fclose(out);
    return text;
}

static void test_example(void **state)
{
    g_autofree char *text = describe();
    g_autofree char *example = read_source("milter/counterfoil.conf");

    (void)state;
    assert_string_equal(text, example);
}

/* The lines "#key = value" of the description, as key and value. */
static char **described_keys(const char *text)
{
    g_autoptr(GStrvBuilder) keys = g_strv_builder_new();
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    for (char **line = lines; *line != NULL; line++)
        if (g_str_has_prefix(*line, "#") && !g_str_has_prefix(*line, "# "))
            g_strv_builder_add(keys, *line + 1);
    return g_strv_builder_end(keys);
}

static void test_described_defaults_are_allowed(void **state)
{
    g_autofree char *text = describe();
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autoptr(GError) error = NULL;

    (void)state;
    for (char **line = lines; *line != NULL; line++)
        if (g_str_has_prefix(*line, "#") && !g_str_has_prefix(*line, "# "))
            **line = ' ';
    g_autofree char *uncommented = g_strjoinv("\n", lines);
    AUTO(conf) conf = parse(uncommented, &error);
    if (conf == NULL)
        fail_msg("%s", error->message);
}

static void test_manual(void **state)
{
    g_autofree char *text = describe();
    g_autofree char *manual = read_source("milter/counterfoil.conf.5");
    g_auto(GStrv) keys = described_keys(text);

    (void)state;
    assert_int_equal(g_strv_length(keys), 23);
    for (char **key = keys; *key != NULL; key++) {
        g_auto(GStrv) halves = g_strsplit(*key, " =", 2);
        g_autofree char *heading = g_strdup_printf("\n.It Ic %s\n", halves[0]);
        const char *start = strstr(manual, heading);
        if (start == NULL)
            fail_msg("the manual lacks %s", halves[0]);
        const char *end = strstr(start + 1, "\n.It");
        g_autofree char *part = end != NULL ? g_strndup(start, end - start) : g_strdup(start);
        const char *fallback = g_strstrip(halves[1]);
        g_autofree char *literal = g_strdup_printf("Default:\n.Li %s .", fallback);
        g_autofree char *path = g_strdup_printf("Default:\n.Pa %s .", fallback);
        bool is_said = *fallback == '\0'
                           ? strstr(part, "Default: empty") != NULL
                           : strstr(part, literal) != NULL || strstr(part, path) != NULL;
        if (!is_said)
            fail_msg("the manual lacks the default of %s, \"%s\"", halves[0], fallback);
    }
}

static void check_load(const char *path, const char *want)
{
    g_autoptr(GError) error = NULL;
    AUTO(conf) conf = conf_load(path, &error);

    if ((conf == NULL) != (want != NULL))
        fail_msg("%s: %s", path, conf != NULL ? "not refused" : error->message);
    if (conf == NULL && (!g_error_matches(error, COUNTERFOIL_ERROR, ERROR_CONFIG) ||
                         strstr(error->message, want) == NULL))
        fail_msg("%s: got \"%s\", want \"%s\"", path, error->message, want);
}

static void test_load(void **state)
{
    g_autofree char *folder = g_dir_make_tmp("conf-XXXXXX", NULL);
    g_autofree char *file = g_build_filename(folder, "a.conf", NULL);
    g_autofree char *fifo = g_build_filename(folder, "fifo", NULL);

    (void)state;
    check_load(file, "a.conf: the file cannot be used: No such file or directory");
    check_load(folder, "it is no regular file");
    assert_int_equal(mkfifo(fifo, 0600), 0);
    check_load(fifo, "it is no regular file");
    assert_true(g_file_set_contents(file, "[log]\nlevel = debug\n", -1, NULL));
    assert_int_equal(g_chmod(file, 0640), 0);
    check_load(file, NULL);
    assert_int_equal(g_chmod(file, 0646), 0);
    check_load(file, "everybody may write it; chmod o-w");
    assert_true(g_file_set_contents(file, "[mail]\nsubmit = smtps://u:p@mail\n", -1, NULL));
    assert_int_equal(g_chmod(file, 0644), 0);
    check_load(file, "everybody may read it, and [mail] submit has a password; chmod o-r");
    assert_int_equal(g_chmod(file, 0640), 0);
    check_load(file, NULL);
    assert_true(g_file_set_contents(file, "[mail]\nsubmit = smtps://mail\n", -1, NULL));
    assert_int_equal(g_chmod(file, 0644), 0);
    check_load(file, NULL);
    assert_int_equal(g_chmod(file, 0640), 0);
    assert_true(g_file_set_contents(file, "[log]\0\n", 7, NULL));
    check_load(file, "byte 6 is not valid UTF-8 text");
    assert_int_equal(truncate(file, 1024 * 1024 + 1), 0);
    check_load(file, "it is larger than 1 MiB");
    g_unlink(fifo);
    g_unlink(file);
    g_rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_all_at_once),
        cmocka_unit_test(test_many_faults),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_no_map),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_clients),
        cmocka_unit_test(test_other_clients),
        cmocka_unit_test(test_local_domain),
        cmocka_unit_test(test_example),
        cmocka_unit_test(test_described_defaults_are_allowed),
        cmocka_unit_test(test_manual),
        cmocka_unit_test(test_load),
    };

    g_log_set_always_fatal(G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
