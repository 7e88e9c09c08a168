/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The error domain. Knows nothing of who raises or reads an error. Any thread.
 */
#include "db/error.h"

GQuark error_quark(void)
{
    return g_quark_from_static_string("counterfoil-error");
}
