/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The error domain. Knows nothing of who raises or reads an error. Any thread.
 */
#include "db/error.h"

GQuark error_quark(void)
{
    return g_quark_from_static_string("counterfoil-error");
}

bool error_set(GError **error, enum error_code code, const char *format, ...)
{
    va_list arguments;
    g_autofree char *text = NULL;

    va_start(arguments, format);
    text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error_literal(error, COUNTERFOIL_ERROR, (int)code, text);
    return false;
}
