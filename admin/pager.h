/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Long text on a terminal, by the person's own pager ($PAGER, else less). One thread.
 */
#ifndef COUNTERFOIL_ADMIN_PAGER_H
#define COUNTERFOIL_ADMIN_PAGER_H

#include <stdbool.h>

#include "admin/caller.h"

/* Shows the text and waits until the person has read it. False: there is no pager ($PAGER is empty
 * or "cat", or it can't be started), and nothing was shown. */
bool pager_show(struct caller *caller, const char *text);

#endif
