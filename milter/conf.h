/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The configuration file: what belongs to the site. Reads and checks all of it and says all that
 * is wrong with it at once; what a setting is for, and whether a file it names can be used, is
 * the business of those who use it. One table in conf.c holds every key.
 *
 * A struct conf is read-only once loaded and may then be used by any thread. The only error is
 * ERROR_CONFIG. See counterfoil.conf(5).
 */
#ifndef COUNTERFOIL_MILTER_CONF_H
#define COUNTERFOIL_MILTER_CONF_H

#include <gio/gio.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>

#include "db/auto.h"
#include "milter/submit.h"

enum conf_from_rewrite { CONF_FROM_ALWAYS, CONF_FROM_NEVER };

/* The settings, by section. A string whose key is empty is NULL, a list is then empty. */
struct conf {
    char *file; /* where it was read */
    struct {
        char *socket;   /* as libmilter spells it: unix:/path or inet:PORT@HOST */
        char *user;     /* whom the filter becomes; NULL: whoever starts it */
        int umask;      /* for a unix socket */
        char *pid_file; /* NULL: none */
        int64_t max_message_bytes;
    } milter;
    struct {
        char **local_domains;        /* NULL-terminated, lower case */
        char *recipient_delimiter;   /* one or more characters, never empty */
        GPtrArray *trusted_networks; /* GInetAddressMask *; no v4-mapped ones */
        bool trust_local_submission;
        char *authserv_id;   /* whose Authentication-Results is believed; NULL: nobody's */
        char **form_senders; /* NULL-terminated, normal form */
        bool catch_direct;
        enum conf_from_rewrite from_rewrite;
        struct submit submit;      /* where the courier hands its mail over */
        char *submit_ca_file;      /* whose certificates are believed there; NULL: the system's */
        int64_t notice_lifetime;   /* ms after which the courier gives a mail up */
        int64_t notice_limit;      /* notices that a stranger can cause, an hour to one address */
        int64_t notice_limit_site; /* … and to all */
    } mail;
    struct {
        char *database;
        char *key_file;
        char *role_map_type; /* "postfix"; NULL: no map is written */
        char *role_map_path; /* without the suffix; NULL with role_map_type */
    } archive;
    struct {
        bool to_syslog; /* else standard error */
        int level;      /* enum log_level */
    } log;
};

/*
 * Reads file. What it does not say has its default. NULL with ERROR_CONFIG when anything is
 * wrong: the message has one line for each thing, with file, section, key, what is wrong and what
 * is allowed; safe to print. A file that everybody may write is refused, since it says whom to
 * trust, and one with a password that everybody may read. Free the result with conf_free().
 */
struct conf *conf_load(const char *file, GError **error);
void conf_free(struct conf *conf);
AUTO_DEFINE(conf, conf_free);

/* conf_load() for length bytes at text; file is only the name in the messages. */
struct conf *conf_parse(const char *file, const char *text, size_t length, GError **error);

/*
 * Writes every section and key with its meaning, what is allowed and the default, in the form of
 * a configuration file in which every key is commented out.
 */
void conf_describe(FILE *out);

/* Is the client in trusted_networks? IPv4, IPv6 and v4-mapped; NULL and other families are not. */
bool conf_is_trusted(const struct conf *conf, const struct sockaddr *client);

/* Is domain one of local_domains, in any case of letters? A subdomain of one is not. */
bool conf_is_local_domain(const struct conf *conf, const char *domain);

#endif
