/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * milter/header, milter/rfc2047: no text makes an unsafe or overlong header, what was clean text is
 * read back to the letter, by us and by GMime, and whatever is read becomes clean text.
 */
#include <glib.h>
#include <gmime/gmime.h>
#include <stdint.h>
#include <string.h>

#include "milter/chars.h"
#include "milter/header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static bool is_clean(const char *text)
{
    gunichar c;
    size_t size;

    for (; (size = chars_next(text, &c)) > 0; text += size)
        if (c == CHARS_INVALID || chars_is_control(c))
            return false;
    return true;
}

static void check_lines(const char *value)
{
    g_auto(GStrv) lines = g_strsplit(value, "\n", -1);

    g_assert(header_is_safe(value));
    g_assert(value[0] == ' ');
    for (size_t i = 0; lines[i] != NULL; i++) {
        g_assert(strlen(lines[i]) < 998 - strlen("Subject:"));
        g_assert(i == 0 || lines[i][strspn(lines[i], " \t")] != '\0');
    }
}

static void check_text(const char *text)
{
    g_autofree char *value = header_text("Subject", text);
    g_autofree char *back = header_decode(value);
    g_autofree char *unfolded = g_mime_utils_header_unfold(value);
    g_autofree char *theirs = g_mime_utils_header_decode_text(NULL, unfolded);

    check_lines(value);
    g_assert(g_str_is_ascii(value));
    g_assert(is_clean(back));
    if (is_clean(text)) {
        g_assert_cmpstr(back, ==, text);
        g_assert_cmpstr(theirs, ==, text);
    }
}

static void check_raw(const char *raw)
{
    g_autofree char *text = header_decode(raw);

    g_assert(is_clean(text));
    check_text(text);
}

static void check_mailboxes(const char *name)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *value = NULL;
    InternetAddressList *read;

    g_ptr_array_add(list, header_mailbox(name, "kim@example.net"));
    g_ptr_array_add(list, header_mailbox(name, "\"k c\"@example.net"));
    g_ptr_array_add(list, header_mailbox("x", name));
    value = header_mailboxes("Subject", list);
    g_assert(header_is_safe(value));
    g_ptr_array_set_size(list, 2);
    g_free(value);
    value = header_mailboxes("Subject", list);
    check_lines(value);
    read = internet_address_list_parse(NULL, value);
    g_assert_cmpint(internet_address_list_length(read), ==, 2);
    g_assert_cmpstr(internet_address_mailbox_get_addr(
                        INTERNET_ADDRESS_MAILBOX(internet_address_list_get_address(read, 0))),
                    ==, "kim@example.net");
    g_object_unref(read);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    g_mime_init();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);

    check_text(text);
    check_raw(text);
    check_mailboxes(text);
    return 0;
}
