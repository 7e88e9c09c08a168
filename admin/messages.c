/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `counterfoil message …`: what the archive holds of one message. Reads only, a piece at a time.
 */
#include "admin/messages.h"

#include "admin/which.h"
#include "db/error.h"
#include "db/message.h"
#include "milter/log.h"

static bool write_piece(const void *bytes, size_t size, void *data, GError **error)
{
    struct context *context = data;

    return output_bytes(context->output, bytes, size, error);
}

bool messages_raw(struct context *context, char **arguments, GError **error)
{
    AUTO(message) message = NULL;
    int64_t number;

    if (!which_number(arguments[0], &number)) {
        g_autofree char *quoted = log_quoted(arguments[0]);
        return request_wrong(
            error, "`%s` is no message's number; `counterfoil ticket show` prints them", quoted);
    }
    if (!message_find(context->store, number, &message, error))
        return false;
    if (message == NULL) {
        return error_set(error, ERROR_NOT_FOUND, "no message %" G_GINT64_FORMAT, number);
    }
    return message_raw(context->store, number, write_piece, context, error);
}
