/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Gathers an envelope's addresses in their normal form. Decides nothing. One session at a time.
 */
#include "milter/envelope.h"

#include <gio/gio.h>
#include <string.h>

#include "milter/address.h"

static void free_recipient(gpointer data)
{
    struct envelope_recipient *recipient = data;

    g_free(recipient->given);
    g_free(recipient->address);
    g_free(recipient);
}

struct envelope *envelope_new(void)
{
    struct envelope *envelope = g_new0(struct envelope, 1);

    envelope->sender = g_strdup("");
    envelope->recipients = g_ptr_array_new_with_free_func(free_recipient);
    return envelope;
}

void envelope_free(struct envelope *envelope)
{
    if (envelope == NULL)
        return;
    g_free(envelope->sender);
    g_ptr_array_unref(envelope->recipients);
    g_free(envelope->client);
    g_free(envelope->login);
    g_free(envelope->queue_id);
    g_free(envelope->hostname);
    g_free(envelope);
}

void envelope_add_recipient(struct envelope *envelope, const char *given, const char *normal)
{
    struct envelope_recipient *recipient = g_new0(struct envelope_recipient, 1);

    recipient->given = g_strdup(given);
    recipient->address = address_normalise(normal != NULL ? normal : given);
    if (envelope->second_door && recipient->address != NULL &&
        g_str_has_suffix(recipient->address, ENVELOPE_SUFFIX))
        recipient->address[strlen(recipient->address) - strlen(ENVELOPE_SUFFIX)] = '\0';
    g_ptr_array_add(envelope->recipients, recipient);
}

void envelope_set_sender(struct envelope *envelope, const char *given)
{
    char *sender = address_normalise(given);

    /* What has no domain is no null sender: it is kept as it is, without its brackets. */
    if (sender == NULL) {
        sender = g_strdup(given);
        g_strdelimit(sender, "<>", ' ');
        g_strstrip(sender);
    }
    g_free(envelope->sender);
    envelope->sender = sender;
}

bool envelope_is_from_here(const struct envelope *envelope)
{
    static const char mapped[] = "::ffff:";
    const char *client = envelope->client;
    g_autoptr(GInetAddress) address = NULL;

    if (envelope->second_door || envelope->local)
        return true;
    if (client == NULL)
        return false;
    if (g_ascii_strncasecmp(client, mapped, strlen(mapped)) == 0)
        client += strlen(mapped);
    address = g_inet_address_new_from_string(client);
    return address != NULL && g_inet_address_get_is_loopback(address);
}
