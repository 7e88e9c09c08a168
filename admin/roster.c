/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The members of a department as text. Knows no record. Any thread.
 */
#include "admin/roster.h"

#include <string.h>

#include "db/error.h"
#include "db/operator.h"
#include "milter/address.h"
#include "milter/log.h"

static const char explanation[] =
    "#\n"
    "# One line for each: the address, then the name. Lines that begin with # do not count.\n"
    "# A line taken out: no longer a member; their open tickets here are nobody's then.\n"
    "# An address that no operator has: becomes an operator, by that name.\n"
    "# Another name: the operator is called that from now on.\n"
    "# All of it is done, or nothing. Save nothing, or an empty file, to leave all as it is.\n"
    "\n";

char *roster_write(const struct department *department, const GPtrArray *members)
{
    GString *text = g_string_new(NULL);
    size_t width = 0;

    g_string_append_printf(text, "# The members of department %s (%s).\n%s", department->name,
                           department->title, explanation);
    for (guint i = 0; i < members->len; i++)
        width = MAX(width, strlen(((struct operator_person *)members->pdata[i])->address));
    for (guint i = 0; i < members->len; i++) {
        const struct operator_person *person = members->pdata[i];

        if (person->name != NULL)
            g_string_append_printf(text, "%-*s  %s\n", (int)width, person->address, person->name);
        else
            g_string_append_printf(text, "%s\n", person->address);
    }
    return g_string_free(text, FALSE);
}

static void free_line(gpointer data)
{
    struct roster_line *line = data;

    g_free(line->address);
    g_free(line->name);
    g_free(line);
}

void roster_free(struct roster *roster)
{
    if (roster == NULL)
        return;
    g_ptr_array_unref(roster->lines);
    g_free(roster);
}

void roster_add_fault(GString *faults, guint line, const char *why)
{
    g_string_append_printf(faults, "%sline %u: %s", faults->len > 0 ? "\n" : "", line, why);
}

/* Where the address that text begins with ends: a quoted local part may hold spaces. */
static size_t address_size(const char *text)
{
    size_t size = 0;

    if (*text == '"')
        for (size = 1; text[size] != '\0' && text[size] != '"'; size++)
            if (text[size] == '\\' && text[size + 1] != '\0')
                size++;
    return size + strcspn(text + size, " \t");
}

/* line is stripped and has something in it. seen: the addresses so far. */
static void read_line(struct roster *roster, char *line, guint number, GHashTable *seen,
                      GString *faults)
{
    size_t size = address_size(line);
    g_autofree char *typed = g_strndup(line, size);
    g_autofree char *address = address_normalise(typed);
    g_autofree char *quoted = log_quoted(typed);
    const char *name = g_strchug(line + size);
    g_autofree char *fault = NULL;
    struct roster_line *new;

    if (!g_utf8_validate(line, -1, NULL))
        fault = g_strdup("this is not UTF-8");
    else if (address == NULL)
        fault = g_strdup_printf("`%s` is not a mail address", quoted);
    else if (!g_hash_table_add(seen, g_strdup(address)))
        fault = g_strdup_printf("%s has a line already", address);
    if (fault != NULL) {
        roster_add_fault(faults, number, fault);
        return;
    }
    new = g_new0(struct roster_line, 1);
    new->number = number;
    new->address = g_steal_pointer(&address);
    new->name = *name != '\0' ? g_strdup(name) : NULL;
    g_ptr_array_add(roster->lines, new);
}

struct roster *roster_read(const char *text, GError **error)
{
    AUTO(roster) roster = g_new0(struct roster, 1);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autoptr(GString) faults = g_string_new(NULL);
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    roster->lines = g_ptr_array_new_with_free_func(free_line);
    for (guint i = 0; lines[i] != NULL; i++) {
        char *line = g_strstrip(lines[i]);

        if (*line != '\0' && *line != '#')
            read_line(roster, line, i + 1, seen, faults);
    }
    if (faults->len == 0)
        return g_steal_pointer(&roster);
    error_set(error, ERROR_REFUSED, "%s", faults->str);
    return NULL;
}

bool roster_has(const struct roster *roster, const char *address)
{
    for (guint i = 0; i < roster->lines->len; i++)
        if (strcmp(((struct roster_line *)roster->lines->pdata[i])->address, address) == 0)
            return true;
    return false;
}
