/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who types, and as whom files are touched. Root works on the record as the user who owns it, so
 * that whatever SQLite or the role map leave behind is still the filter's own, and so that
 * nothing in a folder of that user can lead root astray. One thread.
 */
#ifndef COUNTERFOIL_ADMIN_CALLER_H
#define COUNTERFOIL_ADMIN_CALLER_H

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

#include "db/auto.h"

struct caller;

/* Whoever runs the program now. */
struct caller *caller_new(void);
/* And again whoever that was, for good. */
void caller_free(struct caller *caller);
AUTO_DEFINE(caller, caller_free);

/* The person's own login: of the session, or of who called sudo; "jane". Borrowed. */
const char *caller_login(const struct caller *caller);

/* What events bear: the login; of somebody who works as another user "root (jane)". Borrowed. */
const char *caller_actor(const struct caller *caller);

/* The name of a user, or its number in decimal. Yours. */
char *caller_user_name(uid_t uid);

/* The number of a user and of its group. ERROR_CONFIG: no such user. */
bool caller_find_user(const char *name, uid_t *uid, gid_t *gid, GError **error);

/* Root becomes that user until caller_pause() (nothing happens for others, nor for root
 * itself). ERROR_TEMPORARY: the system does not let it. */
bool caller_become(struct caller *caller, uid_t uid, gid_t gid, GError **error);

/* caller_become() the owner of path; nothing happens where there is no such file. */
bool caller_become_owner(struct caller *caller, const char *path, GError **error);

/* Back to who started the program, and again to whom it had become: for what is the person's own
 * (an editor, a pager) and for folders that only root may touch. */
void caller_pause(struct caller *caller);
void caller_resume(struct caller *caller);

#endif
