/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one way in which a step of decide() says no. Any thread.
 */
#include "milter/refuse.h"

void refuse(struct matter *matter, const char *code, const char *status, const char *text)
{
    if (refuse_is_final(matter) || matter->refusal != NULL)
        return;
    if (matter->envelope->second_door)
        matter->refusal = g_strdup(text);
    else
        decision_refuse(matter->decision, code, status, text);
}

bool refuse_is_final(const struct matter *matter)
{
    return matter->decision->verdict == DECISION_REFUSE ||
           matter->decision->verdict == DECISION_WAIT;
}
