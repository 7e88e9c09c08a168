/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GLib takes the URL apart; what its parts may be is decided here. Whatever more a URL can have (a
 * path, a query) is refused rather than passed over: it was meant to do something. Any thread.
 */
#include "milter/submit.h"

#include <gio/gio.h>
#include <string.h>

/* By enum submit_security; the port is the one that such servers have. */
static const struct {
    const char *scheme;
    int port;
} schemes[] = {
    [SUBMIT_PLAIN] = {"smtp", 25},
    [SUBMIT_TLS] = {"smtps", 465},
    [SUBMIT_STARTTLS] = {"smtp+starttls", 587},
};

/* What GLib makes of a URL. */
struct parts {
    char *scheme;
    char *user;
    char *password;
    char *host;
    int port; /* -1: none */
    char *path;
    char *query;
    char *fragment;
};

static void clear_parts(struct parts *parts)
{
    g_free(parts->scheme);
    g_free(parts->user);
    g_free(parts->password);
    g_free(parts->host);
    g_free(parts->path);
    g_free(parts->query);
    g_free(parts->fragment);
}

static bool has_control(const char *text)
{
    for (; text != NULL && *text != '\0'; text++)
        if (g_ascii_iscntrl(*text))
            return true;
    return false;
}

static bool is_host(const char *host)
{
    if (host == NULL || *host == '\0')
        return false;
    if (g_hostname_is_ip_address(host))
        return true;
    for (; *host != '\0'; host++)
        if (!g_ascii_isalnum(*host) && strchr(".-_", *host) == NULL)
            return false;
    return true;
}

static bool is_loopback(const char *host)
{
    g_autoptr(GInetAddress) address = g_inet_address_new_from_string(host);

    return address != NULL ? g_inet_address_get_is_loopback(address)
                           : g_ascii_strcasecmp(host, "localhost") == 0;
}

/* Which enum submit_security; -1: none of them. */
static int find_scheme(const char *scheme)
{
    for (size_t i = 0; i < G_N_ELEMENTS(schemes); i++)
        if (strcmp(scheme, schemes[i].scheme) == 0)
            return (int)i;
    return -1;
}

static const char *fault_of(const struct parts *parts)
{
    int security = find_scheme(parts->scheme);

    if (security < 0)
        return "its scheme is not smtp, smtps or smtp+starttls";
    if (!is_host(parts->host))
        return "it has no host name or IP address";
    if (parts->port == 0)
        return "its port is not from 1 to 65535";
    if ((*parts->path != '\0' && strcmp(parts->path, "/") != 0) || parts->query != NULL ||
        parts->fragment != NULL)
        return "something follows its host and port";
    if ((parts->user == NULL) != (parts->password == NULL) ||
        (parts->user != NULL && (*parts->user == '\0' || *parts->password == '\0')))
        return "user and password go together";
    if (has_control(parts->user) || has_control(parts->password))
        return "a control character is in user or password";
    if (parts->password != NULL && security == SUBMIT_PLAIN && !is_loopback(parts->host))
        return "its password would go unencrypted to another machine; smtp+starttls or smtps "
               "encrypt it";
    return NULL;
}

static void clear_submit(void *field)
{
    struct submit *submit = field;

    g_clear_pointer(&submit->place, g_free);
    g_clear_pointer(&submit->user, g_free);
    g_clear_pointer(&submit->password, g_free);
}

static void take(struct submit *submit, struct parts *parts)
{
    bool is_v6 = strchr(parts->host, ':') != NULL;

    clear_submit(submit);
    submit->security = (enum submit_security)find_scheme(parts->scheme);
    submit->place = g_strdup_printf(is_v6 ? "[%s]:%d" : "%s:%d", parts->host,
                                    parts->port > 0 ? parts->port : schemes[submit->security].port);
    submit->user = g_steal_pointer(&parts->user);
    submit->password = g_steal_pointer(&parts->password);
}

static char *read_submit(const char *text, void *field)
{
    struct parts parts = {0};
    const char *fault = "it is no URL";

    if (g_uri_split_with_user(text, G_URI_FLAGS_HAS_PASSWORD, &parts.scheme, &parts.user,
                              &parts.password, NULL, &parts.host, &parts.port, &parts.path,
                              &parts.query, &parts.fragment, NULL) &&
        parts.scheme != NULL)
        fault = fault_of(&parts);
    if (fault == NULL)
        take(field, &parts);
    clear_parts(&parts);
    return g_strdup(fault);
}

const struct setting_kind submit_kind = {read_submit, clear_submit};
