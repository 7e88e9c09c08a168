/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How the value of a setting is spelt: one kind for each sort of value, which reads the text of a
 * configuration file into a member of a struct, and frees that member. Knows neither keys nor
 * sections nor defaults, and looks at nothing but the text: that a path exists or a user is known
 * is found out by who uses it. Pure; any thread.
 */
#ifndef COUNTERFOIL_MILTER_SETTING_H
#define COUNTERFOIL_MILTER_SETTING_H

#include <glib.h>
#include <stdbool.h>

struct setting_kind {
    /*
     * Reads text, without white space at its ends and valid UTF-8, into the member at field, and
     * frees what was there. Gives NULL, or else what is wrong with the text (owned by the caller;
     * may quote it, safely to print): then the member is as it was.
     */
    char *(*read)(const char *text, void *field);
    /* Frees the member at field and makes it empty. NULL: there is nothing to free. */
    void (*clear)(void *field);
};

/* What stands in brackets is the type of the member. */
extern const struct setting_kind setting_boolean;     /* bool: true, false */
extern const struct setting_kind setting_umask;       /* int: octal, 0 to 777 */
extern const struct setting_kind setting_count;       /* int64_t: from 0 */
extern const struct setting_kind setting_size;        /* int64_t: bytes; 512K, 64M, 2G; from 1K */
extern const struct setting_kind setting_time;        /* int64_t: ms; 90m, 12h, 5d, 4w; from 1m */
extern const struct setting_kind setting_path;        /* char *: absolute */
extern const struct setting_kind setting_maybe_path;  /* char *: absolute, or NULL for "" */
extern const struct setting_kind setting_maybe_user;  /* char *: a name, or NULL for "" */
extern const struct setting_kind setting_socket;      /* char *: unix:/path, inet:PORT@HOST */
extern const struct setting_kind setting_delimiter;   /* char *: characters for an extension */
extern const struct setting_kind setting_maybe_token; /* char *: letters, digits, . - _; or NULL */
extern const struct setting_kind setting_domains;     /* char **: domain names, lower case */
extern const struct setting_kind setting_addresses;   /* char **: mail addresses, normal form */
extern const struct setting_kind setting_networks;    /* GPtrArray *: of GInetAddressMask * */

/*
 * For a kind of one's own: is text one of names (NULL-terminated)? Its index, or -1 with what is
 * wrong in *wrong.
 */
int setting_choose(const char *text, const char *const *names, char **wrong);

#endif
