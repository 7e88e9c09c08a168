/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Group by group; within one, a second recipient begins another. Any thread; nothing can fail.
 */
#include "milter/dsn.h"

#include <string.h>

#include "milter/address.h"
#include "milter/fields.h"
#include "milter/mail.h"
#include "milter/mention.h"
#include "milter/returned.h"

static const struct {
    const char *word;
    enum report_action action;
} actions[] = {
    {"failed", REPORT_FAILED},         {"failure", REPORT_FAILED},
    {"delayed", REPORT_DELAYED},       {"relayed", REPORT_RELAYED},
    {"delivered", REPORT_DELIVERED},   {"expanded", REPORT_EXPANDED},
    {"deliverable", REPORT_DELIVERED},
};

/* What one group says. Borrowed. */
struct group {
    const char *final;
    const char *actual;
    const char *original;
    const char *action;
    const char *status;
    const char *diagnostic;
};

/* The address in "type; address", however it is written. Yours; NULL: none. */
static char *read_address(const char *value)
{
    const char *semicolon = value == NULL ? NULL : strchr(value, ';');
    const char *at = value == NULL ? NULL : strchr(value, '@');
    struct mention mention;

    if (value == NULL)
        return NULL;
    if (semicolon != NULL && (at == NULL || semicolon < at))
        value = semicolon + 1;
    g_autofree char *text = g_strndup(value, ADDRESS_MAX);
    g_autofree char *line = g_strstrip(g_strdelimit(g_strdup(text), "\r\n\t", ' '));
    char *address = address_normalise(line);
    if (address != NULL)
        return address;
    g_autofree char *valid = g_utf8_make_valid(line, -1);
    return mention_find(valid, strlen(valid), 0, &mention) ? mention.address : NULL;
}

/* The status, said as exactly as the group does: many write 5.0.0 and have the code they were
 * given in the diagnosis. */
static void read_status(const struct group *group, char out[STATUSCODE_SIZE])
{
    char told[STATUSCODE_SIZE];

    out[0] = '\0';
    if (group->status != NULL)
        statuscode_read(group->status, out);
    if (group->diagnostic == NULL || (out[0] != '\0' && strcmp(out + 1, ".0.0") != 0))
        return;
    statuscode_find(group->diagnostic, strlen(group->diagnostic), told);
    if (told[0] != '\0' && (out[0] == '\0' || out[0] == told[0]))
        memcpy(out, told, sizeof told);
}

static enum report_action read_action(const struct group *group, const char *status)
{
    const char *begin = group->action == NULL ? "" : group->action;

    begin += strspn(begin, " \t\r\n");
    for (size_t i = 0; i < G_N_ELEMENTS(actions); i++) {
        size_t length = strlen(actions[i].word);

        if (g_ascii_strncasecmp(begin, actions[i].word, length) == 0 &&
            !g_ascii_isalnum(begin[length]))
            return actions[i].action;
    }
    if (status[0] == '2')
        return REPORT_DELIVERED;
    return status[0] == '4' ? REPORT_DELAYED : REPORT_FAILED;
}

/* Takes what was gathered of one recipient, if anything was. */
static bool end_group(struct group *group, struct report *report)
{
    char status[STATUSCODE_SIZE];
    char *address = read_address(group->final);
    char *original = read_address(group->original);
    bool has_recipient = group->final != NULL || group->original != NULL || group->actual != NULL;

    if (address == NULL)
        address = read_address(group->actual);
    if (address == NULL)
        address = g_steal_pointer(&original);
    if (!has_recipient || (address == NULL && group->action == NULL && group->status == NULL)) {
        g_free(address);
        *group = (struct group){0};
        return false;
    }
    if (g_strcmp0(address, original) == 0)
        g_clear_pointer(&original, g_free);
    read_status(group, status);
    report_add_recipient(report, address, original, read_action(group, status), status);
    *group = (struct group){0};
    return true;
}

/* Where the field belongs in the group; NULL: it says nothing about the recipient. */
static const char **find_place(struct group *group, const char *name)
{
    const struct {
        const char *name;
        const char **place;
    } places[] = {
        {"Final-Recipient", &group->final},
        {"X-Actual-Recipient", &group->actual},
        {"Original-Recipient", &group->original},
        {"Action", &group->action},
        {"Status", &group->status},
        {"Diagnostic-Code", &group->diagnostic},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        if (g_ascii_strcasecmp(places[i].name, name) == 0)
            return places[i].place;
    }
    return NULL;
}

/* One block of fields. Whether it told of a recipient. */
static bool read_block(const GPtrArray *fields, struct report *report)
{
    struct group group = {0};
    bool has_recipient = false;

    for (guint i = 0; i < fields->len; i++) {
        const struct mail_header *field = g_ptr_array_index(fields, i);
        const char **place = find_place(&group, field->name);

        if (place == NULL)
            continue;
        if (*place != NULL)
            has_recipient = end_group(&group, report) || has_recipient;
        *place = field->value;
    }
    return end_group(&group, report) || has_recipient;
}

bool dsn_read(const char *text, size_t size, struct report *report)
{
    bool has_recipient = false;
    size_t taken;

    for (size_t at = 0; at < size; at += taken) {
        g_autoptr(GPtrArray) fields = fields_read(text + at, size - at, &taken);

        if (read_block(fields, report))
            has_recipient = true;
        else if (!has_recipient)
            returned_read_addresses(fields, report);
    }
    return has_recipient;
}
