/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each reader checks the whole text before it touches the member, so that a wrong value leaves
 * the default standing and reading goes on to the next key. Any thread; keeps nothing.
 */
#include "milter/setting.h"

#include <gio/gio.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/un.h>

#include "db/value.h"
#include "milter/address.h"
#include "milter/log.h"

#define COUNT_DIGITS 9
#define SIZE_MIN 1024
#define TIME_MIN_MS (60 * 1000)
#define DOMAIN_MAX 253 /* RFC 1035 section 2.3.4, as text */
#define LIST_SEPARATORS " \t,"

/* Hands text to the string member at field. */
static char *set_string(void *field, char *text)
{
    char **member = field;

    g_free(*member);
    *member = text;
    return NULL;
}

static void clear_string(void *field)
{
    g_clear_pointer((char **)field, g_free);
}

static char *wrong(const char *what, const char *text)
{
    g_autofree char *quoted = log_quoted(text);

    return g_strdup_printf("\"%s\" is %s", quoted, what);
}

int setting_choose(const char *text, const char *const *names, char **why)
{
    for (int i = 0; names[i] != NULL; i++)
        if (strcmp(text, names[i]) == 0)
            return i;
    *why = wrong("not among them", text);
    return -1;
}

static char *read_boolean(const char *text, void *field)
{
    char *why = NULL;
    int chosen = setting_choose(text, (const char *const[]){"false", "true", NULL}, &why);

    if (chosen >= 0)
        *(bool *)field = chosen == 1;
    return why;
}

static char *read_umask(const char *text, void *field)
{
    if (*text == '\0' || strlen(text) > 4 || strspn(text, "01234567") != strlen(text))
        return wrong("not an octal number", text);
    guint64 value = g_ascii_strtoull(text, NULL, 8);
    if (value > 0777)
        return wrong("more than 777", text);
    *(int *)field = (int)value;
    return NULL;
}

static char *read_size(const char *text, void *field)
{
    static const char units[] = "KMG";
    size_t digits = strspn(text, "0123456789");
    const char *unit = text[digits] != '\0' ? strchr(units, text[digits]) : NULL;
    int shift = unit != NULL ? 10 * (int)(unit - units + 1) : 0;

    if (digits == 0 || strlen(text) != digits + (unit != NULL ? 1 : 0))
        return wrong("not a size", text);
    guint64 number = g_ascii_strtoull(text, NULL, 10); /* too large gives G_MAXUINT64 */
    if (number > (guint64)(G_MAXINT64 >> shift))
        return wrong("too large", text);
    if ((number << shift) < SIZE_MIN)
        return wrong("too small", text);
    *(int64_t *)field = (int64_t)(number << shift);
    return NULL;
}

static char *read_count(const char *text, void *field)
{
    if (*text == '\0' || strspn(text, "0123456789") != strlen(text))
        return wrong("not a number", text);
    if (strlen(text) > COUNT_DIGITS)
        return wrong("too large", text);
    *(int64_t *)field = (int64_t)g_ascii_strtoull(text, NULL, 10);
    return NULL;
}

static char *read_time(const char *text, void *field)
{
    int64_t ms = 0;

    if (!value_read_time("", text, &ms, NULL))
        return wrong("not a time", text);
    if (ms < TIME_MIN_MS)
        return wrong("too short", text);
    *(int64_t *)field = ms;
    return NULL;
}

static char *path_fault(const char *text)
{
    if (*text != '/')
        return wrong("not an absolute path", text);
    for (const char *p = text; *p != '\0'; p++)
        if (g_ascii_iscntrl(*p))
            return wrong("a path with a control character", text);
    if (text[strlen(text) - 1] == '/')
        return wrong("a folder", text);
    return NULL;
}

static char *read_path(const char *text, void *field)
{
    char *why = path_fault(text);

    return why != NULL ? why : set_string(field, g_strdup(text));
}

static char *read_maybe_path(const char *text, void *field)
{
    return *text == '\0' ? set_string(field, NULL) : read_path(text, field);
}

static char *read_maybe_user(const char *text, void *field)
{
    if (*text == '-')
        return wrong("not a user name", text);
    for (const char *p = text; *p != '\0'; p++)
        if (!g_ascii_isgraph(*p) || strchr(":/,", *p) != NULL)
            return wrong("not a user name", text);
    return set_string(field, *text == '\0' ? NULL : g_strdup(text));
}

/* Letters, digits and - in labels with a dot between them; UTF-8 letters too (RFC 6531). */
static bool is_domain(const char *text)
{
    bool in_label = false;

    if (strlen(text) > DOMAIN_MAX)
        return false;
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '.' && !in_label)
            return false;
        if (*p != '.' && *p != '-' && !g_ascii_isalnum(*p) && (unsigned char)*p < 0x80)
            return false;
        in_label = *p != '.';
    }
    return in_label;
}

static char *inet_fault(const char *text)
{
    const char *port = text + strlen("inet:");
    size_t digits = strspn(port, "0123456789");
    guint64 number = g_ascii_strtoull(port, NULL, 10);

    if (digits == 0 || number < 1 || number > 65535)
        return wrong("without a port from 1 to 65535", text);
    if (port[digits] != '@' || !is_domain(port + digits + 1))
        return wrong("without @ and a host name or IPv4 address", text);
    return NULL;
}

static char *socket_fault(const char *text)
{
    if (g_str_has_prefix(text, "inet:"))
        return inet_fault(text);
    if (!g_str_has_prefix(text, "unix:"))
        return wrong("not a socket", text);
    if (strlen(text) - strlen("unix:") >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
        return wrong("too long a path for a socket", text);
    return path_fault(text + strlen("unix:"));
}

static char *read_socket(const char *text, void *field)
{
    char *why = socket_fault(text);

    return why != NULL ? why : set_string(field, g_strdup(text));
}

/* What RFC 5322 section 3.2.3 lets stand unquoted in a local part, without letters and digits. */
static char *read_delimiter(const char *text, void *field)
{
    if (*text == '\0' || strspn(text, "!#$%&'*+-/=?^_`{|}~.") != strlen(text))
        return wrong("not a delimiter", text);
    return set_string(field, g_strdup(text));
}

/* The words of a list, NULL-terminated, without empty ones. */
static char **split(const char *text)
{
    g_autoptr(GStrvBuilder) words = g_strv_builder_new();
    g_auto(GStrv) pieces = g_strsplit_set(text, LIST_SEPARATORS, -1);

    for (char **piece = pieces; *piece != NULL; piece++)
        if (**piece != '\0')
            g_strv_builder_add(words, *piece);
    return g_strv_builder_end(words);
}

static char *read_domains(const char *text, void *field)
{
    g_auto(GStrv) domains = split(text);
    char ***member = field;

    for (char **domain = domains; *domain != NULL; domain++) {
        if (!is_domain(*domain))
            return wrong("not a domain", *domain);
        for (char *p = *domain; *p != '\0'; p++)
            *p = g_ascii_tolower(*p);
    }
    g_strfreev(*member);
    *member = g_steal_pointer(&domains);
    return NULL;
}

static char *read_addresses(const char *text, void *field)
{
    g_auto(GStrv) addresses = split(text);
    char ***member = field;

    for (char **address = addresses; *address != NULL; address++) {
        char *normal = address_normalise(*address);

        if (normal == NULL)
            return wrong("not a mail address", *address);
        g_free(*address);
        *address = normal;
    }
    g_strfreev(*member);
    *member = g_steal_pointer(&addresses);
    return NULL;
}

static char *read_maybe_token(const char *text, void *field)
{
    char **member = field;

    for (const char *p = text; *p != '\0'; p++)
        if (!g_ascii_isalnum(*p) && strchr(".-_", *p) == NULL)
            return wrong("not one word of letters, digits, dots and hyphens", text);
    g_free(*member);
    *member = *text != '\0' ? g_strdup(text) : NULL;
    return NULL;
}

static void clear_strings(void *field)
{
    g_clear_pointer((char ***)field, g_strfreev);
}

/* A v4-mapped network (::ffff:192.0.2.0/120) as the IPv4 network that it is. */
static GInetAddressMask *unmapped(GInetAddressMask *network)
{
    GInetAddress *address = g_inet_address_mask_get_address(network);
    const guint8 *bytes = g_inet_address_to_bytes(address);
    guint length = g_inet_address_mask_get_length(network);
    struct in6_addr raw;

    if (g_inet_address_get_family(address) != G_SOCKET_FAMILY_IPV6 || length < 96)
        return network;
    memcpy(&raw, bytes, sizeof raw);
    if (!IN6_IS_ADDR_V4MAPPED(&raw))
        return network;
    g_autoptr(GInetAddress) v4 = g_inet_address_new_from_bytes(bytes + 12, G_SOCKET_FAMILY_IPV4);
    GInetAddressMask *result = g_inet_address_mask_new(v4, length - 96, NULL);
    g_object_unref(network);
    return result;
}

/* One network; brackets around an IPv6 address as in Postfix's mynetworks. */
static GInetAddressMask *read_network(const char *text, char **why)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) plain = g_string_new(text);
    char *close = strchr(plain->str, ']');

    if (*text == '[' && close != NULL) {
        g_string_erase(plain, close - plain->str, 1);
        g_string_erase(plain, 0, 1);
    }
    const char *slash = strchr(plain->str, '/');
    if (slash != NULL && (slash[strspn(slash + 1, "0123456789") + 1] != '\0' ||
                          g_ascii_strtoull(slash + 1, NULL, 10) > 128)) {
        *why = wrong("without a length that a network can have", text);
        return NULL; /* GLib would warn on standard error */
    }
    GInetAddressMask *network = g_inet_address_mask_new_from_string(plain->str, &error);
    if (network == NULL) {
        g_autofree char *quoted = log_quoted(text);
        g_autofree char *reason = log_quoted(error->message);
        *why = g_strdup_printf("\"%s\": %s", quoted, reason);
        return NULL;
    }
    network = unmapped(network);
    if (g_inet_address_mask_get_length(network) == 0) {
        g_object_unref(network);
        *why = wrong("the whole internet", text);
        return NULL;
    }
    return network;
}

static void clear_networks(void *field)
{
    g_clear_pointer((GPtrArray **)field, g_ptr_array_unref);
}

static char *read_networks(const char *text, void *field)
{
    g_auto(GStrv) words = split(text);
    g_autoptr(GPtrArray) networks = g_ptr_array_new_with_free_func(g_object_unref);

    for (char **word = words; *word != NULL; word++) {
        char *why = NULL;
        GInetAddressMask *network = read_network(*word, &why);
        if (network == NULL)
            return why;
        g_ptr_array_add(networks, network);
    }
    clear_networks(field);
    *(GPtrArray **)field = g_steal_pointer(&networks);
    return NULL;
}

const struct setting_kind setting_boolean = {read_boolean, NULL};
const struct setting_kind setting_umask = {read_umask, NULL};
const struct setting_kind setting_count = {read_count, NULL};
const struct setting_kind setting_size = {read_size, NULL};
const struct setting_kind setting_time = {read_time, NULL};
const struct setting_kind setting_path = {read_path, clear_string};
const struct setting_kind setting_maybe_path = {read_maybe_path, clear_string};
const struct setting_kind setting_maybe_user = {read_maybe_user, clear_string};
const struct setting_kind setting_socket = {read_socket, clear_string};
const struct setting_kind setting_delimiter = {read_delimiter, clear_string};
const struct setting_kind setting_maybe_token = {read_maybe_token, clear_string};
const struct setting_kind setting_domains = {read_domains, clear_strings};
const struct setting_kind setting_addresses = {read_addresses, clear_strings};
const struct setting_kind setting_networks = {read_networks, clear_networks};
