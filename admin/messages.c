/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `counterfoil message …`: what the archive holds of one message. Reads only, a piece at a time.
 */
#include "admin/messages.h"

#include <string.h>

#include "db/error.h"
#include "db/message.h"
#include "milter/log.h"

#define NUMBER_DIGITS_MAX 18

static bool write_piece(const void *bytes, size_t size, void *data, GError **error)
{
    struct context *context = data;

    return output_bytes(context->output, bytes, size, error);
}

bool messages_raw(struct context *context, char **arguments, GError **error)
{
    const char *text = arguments[0];
    size_t digits = strspn(text, "0123456789");
    AUTO(message) message = NULL;
    int64_t number;

    if (digits == 0 || digits > NUMBER_DIGITS_MAX || text[digits] != '\0') {
        g_autofree char *quoted = log_quoted(text);
        return request_wrong(
            error, "`%s` is no message's number; `counterfoil ticket show` prints them", quoted);
    }
    number = g_ascii_strtoll(text, NULL, 10);
    if (!message_find(context->store, number, &message, error))
        return false;
    if (message == NULL) {
        return error_set(error, ERROR_NOT_FOUND, "no message %" G_GINT64_FORMAT, number);
    }
    return message_raw(context->store, number, write_piece, context, error);
}
