/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What g_autoptr() is for types with a typedef, for our structs, which have none:
 *
 *     AUTO_DEFINE(mail, mail_free)                 once, in mail.h
 *     AUTO(mail) mail = mail_parse(…);             freed when it goes out of scope
 *
 * g_steal_pointer() hands it on, as ever.
 */
#ifndef COUNTERFOIL_DB_AUTO_H
#define COUNTERFOIL_DB_AUTO_H

#include <glib.h>

#define AUTO(name) _GLIB_CLEANUP(name##_auto_free) struct name *

#define AUTO_DEFINE(name, free_function)                                                           \
    static inline void name##_auto_free(struct name **pointer)                                     \
    {                                                                                              \
        free_function(*pointer);                                                                   \
    }                                                                                              \
    struct name

#endif
