/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The header fields that hold addresses: From, Reply-To, To, Cc (RFC 5322, 3.4). Reads them as
 * they are really written: raw 8-bit, unquoted names, lone quotes and brackets, missing commas.
 * Decides nothing about whom they name. Never fails; any thread; linear in what it reads.
 */
#ifndef COUNTERFOIL_MILTER_MAILBOX_H
#define COUNTERFOIL_MILTER_MAILBOX_H

#include <glib.h>

/* More addresses than so many are not read from one kind of field. */
#define MAILBOX_COUNT_MAX 2000

/*
 * Appends a struct mail_address to list for each address in a field's raw value, groups opened,
 * until there are MAILBOX_COUNT_MAX. What has no normal form is left out.
 */
void mailbox_read(GPtrArray *list, const char *raw);

/* An empty list of struct mail_address, which it frees. */
GPtrArray *mailbox_list_new(void);

#endif
