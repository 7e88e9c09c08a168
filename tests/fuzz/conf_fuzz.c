/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a configuration file: read or refused, never without a reason, and the reason can
 * be printed: valid UTF-8 without controls but line ends, every line with the file's name.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "db/error.h"
#include "milter/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool is_so)
{
    if (!is_so)
        abort();
}

static void check_refusal(const GError *error)
{
    g_auto(GStrv) lines = g_strsplit(error->message, "\n", -1);

    require(g_error_matches(error, COUNTERFOIL_ERROR, ERROR_CONFIG));
    require(g_utf8_validate(error->message, -1, NULL));
    for (char **line = lines; *line != NULL; line++) {
        require(g_str_has_prefix(*line, "fuzz.conf: "));
        for (const char *p = *line; *p != '\0'; p++)
            require(!g_ascii_iscntrl(*p));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;

    g_log_set_always_fatal(G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING);
    AUTO(conf) conf = conf_parse("fuzz.conf", (const char *)data, size, &error);
    require((conf == NULL) == (error != NULL));
    if (error != NULL)
        check_refusal(error);
    else
        require(conf->milter.socket != NULL && conf->archive.database != NULL &&
                *conf->mail.recipient_delimiter != '\0' && conf->milter.max_message_bytes >= 1024);
    return 0;
}
