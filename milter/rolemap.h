/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The role map: the table from which the mail server learns which addresses are role addresses
 * and that they lead to the filter (DESIGN 13). Decides how it looks and that it is never seen
 * half written; which addresses stand in it is the caller's knowledge.
 *
 * No state in memory; any thread and any number of processes: writers take their turn by a lock
 * file beside the map. Errors: ERROR_CONFIG (folder, permissions or the mail server's tools are
 * not as they must be), ERROR_TEMPORARY (disk full, I/O, the tool failed, somebody held the lock
 * for too long), ERROR_REFUSED (an address that no map can hold). The old map is then untouched.
 */
#ifndef COUNTERFOIL_MILTER_ROLEMAP_H
#define COUNTERFOIL_MILTER_ROLEMAP_H

#include <glib.h>
#include <stdbool.h>

/* Gives the role addresses of this moment, in normal form, NULL-terminated (freed by
 * rolemap_write() with g_strfreev()), or NULL with an error. */
typedef char **(*rolemap_roles)(void *data, GError **error);

/*
 * Writes PATH, the map as text for people, and beside it the compiled map, which is what the mail
 * server reads. type: "postfix". path: absolute, without the suffix that the compiled map gets.
 * roles(data) is called while this writer holds the lock, so that what is written last is what
 * the archive said last; an error of its is passed on.
 *
 * The compiled map is of Postfix's default_database_type and is made by Postfix's own postmap in
 * a temporary folder beside PATH, as the owner of PATH's folder. MAIL_CONFIG is heeded; where
 * there is no main.cf, Postfix's built-in type is taken. Both files are synced, readable by all
 * and renamed over the old ones. The last folder of PATH is made if it is missing. Nothing is
 * written when text and compiled map are as they should be.
 *
 * Runs programs and waits for them: SIGCHLD must not be ignored, and a filter's callback is no
 * place for it.
 */
bool rolemap_write(const char *type, const char *path, rolemap_roles roles, void *data,
                   GError **error);

/*
 * The map as text: one `ROLE ROLE.counterfoil.invalid` a line, sorted, none twice, after lines
 * of comment. An address for which rolemap_can_hold() is false becomes a comment. Free with
 * g_free().
 */
char *rolemap_text(char **roles);

/*
 * Can address stand in the map? It must be local part, "@" and domain in UTF-8, without white
 * space, controls, quotes or other characters that would need them, and without a leading "#".
 */
bool rolemap_can_hold(const char *address);

#endif
