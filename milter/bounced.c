/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a delivery report to events. Knows no mail and no form of report. The thread that holds the
 * store.
 */
#include "milter/bounced.h"

/* The address that the mail was sent to says more than the one where it ended. */
static const char *address_of(const struct report_recipient *recipient)
{
    return recipient->original != NULL ? recipient->original : recipient->address;
}

static void add_event(struct matter *matter, const struct report_recipient *recipient)
{
    const char *address = address_of(recipient);
    g_autofree char *detail =
        g_strdup_printf("%s%s%s", address != NULL ? address : "an address that is not named",
                        recipient->status[0] != '\0' ? " " : "", recipient->status);

    decision_add_event(matter->decision, "bounced", matter->author.address, detail);
}

static void add_event_of_the_rest(struct matter *matter, guint count)
{
    g_autofree char *detail = g_strdup_printf("and %u more", count);

    decision_add_event(matter->decision, "bounced", matter->author.address, detail);
}

/* Either address may be an operator's. */
static bool note_operator(struct matter *matter, const char *address, GError **error)
{
    AUTO(operator_person) person = NULL;

    if (address == NULL)
        return true;
    if (!operator_find(matter->store, address, &person, error))
        return false;
    if (person != NULL)
        g_ptr_array_add(matter->unreachable, g_steal_pointer(&person));
    return true;
}

bool bounced_read(struct matter *matter, GError **error)
{
    const struct report *report = matter->report;
    guint failed = 0;

    if (report == NULL)
        return true;
    matter->unreachable = g_ptr_array_new_with_free_func((GDestroyNotify)operator_free);
    for (guint i = 0; i < report->recipients->len; i++) {
        const struct report_recipient *recipient = report->recipients->pdata[i];

        if (recipient->action != REPORT_FAILED)
            continue;
        if (failed++ < BOUNCED_EVENTS_MAX)
            add_event(matter, recipient);
        if (!note_operator(matter, recipient->address, error) ||
            !note_operator(matter, recipient->original, error))
            return false;
    }
    if (failed > BOUNCED_EVENTS_MAX)
        add_event_of_the_rest(matter, failed - BOUNCED_EVENTS_MAX);
    return true;
}
