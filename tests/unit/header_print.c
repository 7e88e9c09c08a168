/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads texts from standard input, each ended by NUL, and prints of each the header field that
 * milter/header makes of it, followed by NUL: a Subject, or with the argument "mailbox" a To with
 * the text as display name.
 */
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "milter/header.h"

static void print_subject(const char *text)
{
    g_autofree char *value = header_text("Subject", text);

    printf("Subject:%s\n", value);
}

static void print_mailbox(const char *text)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *value = NULL;

    g_ptr_array_add(list, header_mailbox(text, "kim@example.net"));
    g_ptr_array_add(list, header_mailbox("Pat", "pat@example.net"));
    value = header_mailboxes("To", list);
    printf("To:%s\n", value);
}

int main(int argc, char **argv)
{
    bool is_mailbox = argc > 1 && strcmp(argv[1], "mailbox") == 0;
    char *text = NULL;
    size_t size = 0;

    while (getdelim(&text, &size, '\0', stdin) > 0) {
        if (is_mailbox)
            print_mailbox(text);
        else
            print_subject(text);
        putchar('\0');
    }
    free(text);
    return ferror(stdin) || fflush(stdout) != 0;
}
