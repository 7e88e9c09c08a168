/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Folders for what the filter owns: made where they are missing, and never taken from anybody.
 * One thread.
 */
#ifndef COUNTERFOIL_ADMIN_FOLDER_H
#define COUNTERFOIL_ADMIN_FOLDER_H

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

/*
 * Makes the folder that file is to stand in, mode 0750, with all folders above it (those 0755), if
 * it is missing; what was made is added to made (char *, the outermost first). One that was made,
 * and one that is there and empty, is given to uid and gid if the program runs as root.
 * ERROR_REFUSED: it can't be made; or it is there with something in it, and uid can't write to it.
 */
bool folder_prepare(const char *file, uid_t uid, gid_t gid, GPtrArray *made, GError **error);

/* Removes what was made, the innermost first, as far as it is empty. */
void folder_remove(const GPtrArray *made);

#endif
