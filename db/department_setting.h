/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The settings of a department that `department set` knows: what they are called and what they may
 * be. Pure but for time zones' files.
 */
#ifndef COUNTERFOIL_DB_DEPARTMENT_SETTING_H
#define COUNTERFOIL_DB_DEPARTMENT_SETTING_H

#include <glib.h>
#include <stdbool.h>

#define DEPARTMENT_SETTINGS 11

/* Their names, NULL-terminated, in the order in which they are shown. */
extern const char *const department_settings[DEPARTMENT_SETTINGS + 1];

/* The place of a name among them; -1: there is no such setting. */
int department_setting_find(const char *name);

/* May it be that? ERROR_REFUSED names what is allowed, or which settings there are.
 * Some may be NULL or "": there is none. */
bool department_setting_check(const char *name, const char *value, GError **error);

#endif
