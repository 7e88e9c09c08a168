/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Character sets, by iconv(3). Decides what stands for a byte that its label cannot explain. The
 * only one that sees iconv; GMime's own wrapper keeps every name it was ever asked for, and those
 * come from strangers. Never fails; any thread.
 */
#include "milter/charset.h"

#include <errno.h>
#include <iconv.h>
#include <stdbool.h>
#include <string.h>

/* No character set has a longer character, shift sequences included. */
#define CARRY_MAX 16
#define LABEL_MAX 40

struct charset {
    iconv_t iconv; /* (iconv_t)-1: UTF-8, repaired */
    uint8_t carry[CARRY_MAX];
    size_t carried;
};

/* What mail means by a label, where iconv knows it as less, or not at all. NULL: UTF-8. */
static const struct {
    const char *label;
    const char *name;
} aliases[] = {
    {"ansi_x3.4-1968", NULL},
    {"ascii", NULL},
    {"big5", "BIG5-HKSCS"},
    {"binary", NULL},
    {"cn-big5", "BIG5-HKSCS"},
    {"cn-gb", "GB18030"},
    {"cp-850", "CP850"},
    {"gb2312", "GB18030"},
    {"gb_2312-80", "GB18030"},
    {"gbk", "GB18030"},
    {"hebrew", "ISO-8859-8"},
    {"iso-8859-1", "CP1252"},
    {"iso-8859-6-i", "ISO-8859-6"},
    {"iso-8859-8-e", "ISO-8859-8"},
    {"iso-8859-8-i", "ISO-8859-8"},
    {"iso-8859-9", "CP1254"},
    {"iso-8859-11", "CP874"},
    {"iso8859-1", "CP1252"},
    {"iso_8859-1", "CP1252"},
    {"ks_c_5601", "CP949"},
    {"ks_c_5601-1987", "CP949"},
    {"ks_c_5601-1989", "CP949"},
    {"euc-kr", "CP949"},
    {"korean", "CP949"},
    {"latin1", "CP1252"},
    {"macintosh", "MACINTOSH"},
    {"shift-jis", "CP932"},
    {"shift_jis", "CP932"},
    {"sjis", "CP932"},
    {"tis-620", "CP874"},
    {"unicode-1-1-utf-7", "UTF-7"},
    {"unicode-1-1-utf-8", NULL},
    {"us-ascii", NULL},
    {"utf-8", NULL},
    {"utf8", NULL},
    {"x-gbk", "GB18030"},
    {"x-mac-roman", "MACINTOSH"},
    {"x-sjis", "CP932"},
};

/* Whether label can be handed to iconv_open(), to which '/' and ',' mean something. */
static bool is_plain(const char *label)
{
    size_t length = strlen(label);

    return length > 0 && length <= LABEL_MAX &&
           strspn(label, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:+()") ==
               length;
}

static iconv_t open_label(const char *label)
{
    const char *name = label;

    if (label == NULL || !is_plain(label))
        return (iconv_t)-1;
    for (size_t i = 0; i < G_N_ELEMENTS(aliases); i++) {
        if (g_ascii_strcasecmp(aliases[i].label, label) == 0)
            name = aliases[i].name;
    }
    if (name == NULL)
        return (iconv_t)-1;
    iconv_t handle = iconv_open("UTF-8", name);
    if (handle != (iconv_t)-1 || strchr(name, '_') == NULL)
        return handle;

    g_autofree char *hyphens = g_strdelimit(g_strdup(name), "_", '-');
    return iconv_open("UTF-8", hyphens);
}

struct charset *charset_new(const char *label)
{
    struct charset *charset = g_new0(struct charset, 1);

    charset->iconv = open_label(label);
    return charset;
}

void charset_free(struct charset *charset)
{
    if (charset == NULL)
        return;
    if (charset->iconv != (iconv_t)-1)
        iconv_close(charset->iconv);
    g_free(charset);
}

gunichar charset_windows_1252(uint8_t byte)
{
    static const uint16_t high[32] = {
        0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
        0x2039, 0x0152, 0xFFFD, 0x017D, 0xFFFD, 0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
        0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0xFFFD, 0x017E, 0x0178,
    };

    return byte >= 0x80 && byte < 0xA0 ? high[byte - 0x80] : byte;
}

static void append_1252(GString *out, uint8_t byte)
{
    if (byte != 0)
        g_string_append_unichar(out, charset_windows_1252(byte));
}

/* Appends bytes as UTF-8, repaired; the count of those at the end that may still become a
 * character once more come. */
static size_t repair(const uint8_t *bytes, size_t size, GString *out)
{
    while (size > 0) {
        const char *end;

        g_utf8_validate((const char *)bytes, (gssize)size, &end);
        size_t valid = (size_t)((const uint8_t *)end - bytes);
        g_string_append_len(out, (const char *)bytes, (gssize)valid);
        bytes += valid;
        size -= valid;
        if (size == 0)
            return 0;
        if (size < 4 && *bytes != 0 &&
            g_utf8_get_char_validated((const char *)bytes, (gssize)size) == (gunichar)-2)
            return size;
        append_1252(out, *bytes);
        bytes++;
        size--;
    }
    return 0;
}

/* The same by iconv: (size_t)-1 says that it stands at bytes without a meaning. */
static size_t convert(iconv_t iconv_handle, const uint8_t *bytes, size_t size, GString *out)
{
    char piece[4096];
    char *from = (char *)bytes;

    while (size > 0) {
        char *to = piece;
        size_t room = sizeof piece;
        size_t result = iconv(iconv_handle, &from, &size, &to, &room);
        int code = errno;

        repair((const uint8_t *)piece, (size_t)(to - piece), out); /* UCS-4 goes beyond Unicode */
        if (result != (size_t)-1)
            break;
        if (code == EINVAL && size < CARRY_MAX)
            return size;
        if (code == E2BIG)
            continue;
        g_string_append(out, "\xEF\xBF\xBD");
        from++;
        size--;
    }
    return 0;
}

static size_t take(struct charset *charset, const uint8_t *bytes, size_t size, GString *out)
{
    if (charset->iconv == (iconv_t)-1)
        return repair(bytes, size, out);
    return convert(charset->iconv, bytes, size, out);
}

void charset_step(struct charset *charset, const uint8_t *bytes, size_t size, GString *out)
{
    /* What was carried over goes first, with one byte after the other of the new ones. */
    while (charset->carried > 0 && size > 0) {
        charset->carry[charset->carried++] = *bytes++;
        size--;
        size_t left = take(charset, charset->carry, charset->carried, out);
        memmove(charset->carry, charset->carry + charset->carried - left, left);
        charset->carried = left;
    }
    if (size == 0)
        return;
    charset->carried = take(charset, bytes, size, out);
    memcpy(charset->carry, bytes + size - charset->carried, charset->carried);
}

void charset_finish(struct charset *charset, GString *out)
{
    for (size_t i = 0; i < charset->carried; i++) {
        if (charset->iconv == (iconv_t)-1)
            append_1252(out, charset->carry[i]);
    }
    if (charset->iconv != (iconv_t)-1 && charset->carried > 0)
        g_string_append(out, "\xEF\xBF\xBD");
    charset->carried = 0;
}

char *charset_decode(const char *label, const void *bytes, size_t size)
{
    AUTO(charset) charset = charset_new(label);
    GString *out = g_string_sized_new(size + 1);

    charset_step(charset, bytes, size, out);
    charset_finish(charset, out);
    return g_string_free(out, FALSE);
}
