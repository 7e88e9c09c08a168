# SPDX-License-Identifier: BSD-2-Clause
"""What Postfix shows a filter of a message that a client from outside sent: the bytes as they were
sent, but for what is said here (Postfix 3.7, its usual settings; each line of it was seen).

The archive is compared with this: whatever else differs, Counterfoil did.
"""

import re

# message_drop_headers
DROPPED = {b"bcc", b"content-length", b"resent-bcc", b"return-path"}
FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:")
# A header field with its name; a cut that loses no more than a tenth is made between lines.
FIELD_MAX = 60000


def lines_of(sent):
    """Lines without their ends. A bare LF ends one too; what is left of CR becomes a space, at the
    end of a line nothing (cleanup_replace_stray_cr_lf)."""
    lines = sent.split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    return [line.rstrip(b"\r").replace(b"\r", b" ") for line in lines]


def cut(field):
    """A header field as far as it fits."""
    if len(field) <= FIELD_MAX:
        return field
    at = field.rfind(b"\n", 0, FIELD_MAX + 1)
    return field[: at if at >= FIELD_MAX * 9 // 10 else FIELD_MAX]


def as_shown(sent):
    """The bytes that a filter can see of a message whose bytes on the wire were these, the doubled
    dots and the final one taken away."""
    fields = []
    lines = lines_of(sent)
    rest = 0
    for rest, line in enumerate([*lines, b""]):
        if fields and line[:1] in (b" ", b"\t"):
            fields[-1][1] += b"\n" + line
        elif FIELD.match(line):
            name, _, value = line.partition(b":")
            fields.append([name.rstrip(), value])
        elif not fields and re.match(rb">*From ", line):
            fields.append([b"X-Mailbox-Line", b" " + line])
        else:
            break
    out = []
    for name, value in fields:
        if name.lower() not in DROPPED:
            # The milter protocol ends a value at its first NUL.
            out += cut(name + b":" + value).partition(b"\0")[0].split(b"\n")
    # The empty line is added where it is missing.
    body = lines[rest:] if lines[rest : rest + 1] == [b""] else [b"", *lines[rest:]]
    return b"".join(line + b"\r\n" for line in out + body)
