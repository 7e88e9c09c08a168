/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes and reads the loop stamp. Whatever is not a stamp of ours is nothing. Any thread.
 */
#include "milter/stamp.h"

#include <string.h>

#include "db/digest.h"

#define HMAC_BYTES 16
#define INSTANCE_MAX 40
#define NUMBER_MAX 19
#define WORDS_MAX 20 /* with the empty ones that folds make */

/* What the HMAC is over stands in front: a message and a mail may have the same number. */
static char *sign(const uint8_t key[KEY_SIZE], const char *instance, const char *what,
                  int64_t number)
{
    g_autofree char *text = g_strdup_printf("%s:%s:%" G_GINT64_FORMAT, what, instance, number);
    g_autoptr(GString) stamp = g_string_new(NULL);
    uint8_t mac[DIGEST_SIZE];

    digest_hmac(key, KEY_SIZE, text, strlen(text), mac);
    g_string_printf(stamp, "%s %" G_GINT64_FORMAT " ", instance, number);
    for (int i = 0; i < HMAC_BYTES; i++)
        g_string_append_printf(stamp, "%02x", mac[i]);
    return g_string_free(g_steal_pointer(&stamp), FALSE);
}

char *stamp_write(const uint8_t key[KEY_SIZE], const char *instance, int64_t number)
{
    return sign(key, instance, "loop", number);
}

char *stamp_write_outbox(const uint8_t key[KEY_SIZE], const char *instance, int64_t number)
{
    return sign(key, instance, "outbox", number);
}

/* The three words of a stamp, whatever white space is around them; NULL: it is none. */
static char **read_words(const char *text)
{
    g_auto(GStrv) all = g_strsplit_set(text, " \t\r\n", WORDS_MAX);
    g_autoptr(GStrvBuilder) words = g_strv_builder_new();
    g_auto(GStrv) three = NULL;

    for (char **word = all; *word != NULL; word++)
        if (**word != '\0')
            g_strv_builder_add(words, *word);
    three = g_strv_builder_end(words);
    return g_strv_length(three) == 3 ? g_steal_pointer(&three) : NULL;
}

static bool is_made_of(const char *word, size_t min, size_t max, bool (*is)(char))
{
    size_t length = strlen(word);

    for (size_t i = 0; i < length; i++)
        if (!is(word[i]))
            return false;
    return length >= min && length <= max;
}

static bool is_alphanumeric(char c)
{
    return g_ascii_isalnum(c);
}

static bool is_digit(char c)
{
    return g_ascii_isdigit(c);
}

static bool is_hexadecimal(char c)
{
    return g_ascii_isxdigit(c);
}

static bool is_equal(const char *stamp, char *expected)
{
    g_autofree char *own = expected;

    return strlen(stamp) == strlen(own) && digest_equal(stamp, own, strlen(own));
}

static enum stamp_kind read_own(const uint8_t key[KEY_SIZE], const char *instance, char **words,
                                int64_t *number)
{
    g_autofree char *stamp = g_strjoinv(" ", words);
    char *end = NULL;

    if (strcmp(words[0], instance) != 0)
        return STAMP_NONE;
    *number = g_ascii_strtoll(words[1], &end, 10);
    if (*number <= 0 || end == words[1] || *end != '\0')
        return STAMP_NONE;
    if (is_equal(stamp, stamp_write(key, instance, *number)))
        return STAMP_MESSAGE;
    return is_equal(stamp, stamp_write_outbox(key, instance, *number)) ? STAMP_OUTBOX : STAMP_NONE;
}

enum stamp_kind stamp_read(const uint8_t key[KEY_SIZE], const char *instance, const char *value,
                           int64_t *number)
{
    g_auto(GStrv) stamps = g_strsplit(value, ";", STAMP_OTHERS_MAX + 2);
    enum stamp_kind kind = STAMP_NONE;

    for (guint i = 0; i <= STAMP_OTHERS_MAX && stamps[i] != NULL && kind == STAMP_NONE; i++) {
        g_auto(GStrv) words = read_words(stamps[i]);

        if (words != NULL)
            kind = read_own(key, instance, words, number);
    }
    return kind;
}

void stamp_list_others(const char *instance, const char *value, GPtrArray *stamps)
{
    g_auto(GStrv) all = g_strsplit(value, ";", STAMP_OTHERS_MAX + 2);

    for (guint i = 0; i <= STAMP_OTHERS_MAX && all[i] != NULL; i++) {
        g_auto(GStrv) words = read_words(all[i]);

        if (words != NULL && stamps->len < STAMP_OTHERS_MAX && strcmp(words[0], instance) != 0 &&
            is_made_of(words[0], 1, INSTANCE_MAX, is_alphanumeric) &&
            is_made_of(words[1], 1, NUMBER_MAX, is_digit) &&
            is_made_of(words[2], 2 * HMAC_BYTES, 2 * HMAC_BYTES, is_hexadecimal))
            g_ptr_array_add(stamps, g_strjoinv(" ", words));
    }
}
