# SPDX-License-Identifier: BSD-2-Clause
"""Whether a mail that Counterfoil sends by itself is made as the standards say (RFC 5322, 2045, 3676,
3834), judged by what knows nothing of Counterfoil: Python's email package, and the rules read again.

check(raw, kind, …) is for mails out of the outbox and for what a mail server delivered of them.
"""

import email
import email.header
import email.policy
import email.utils
import re
import time
import unicodedata

STRICT = email.policy.SMTP.clone(raise_on_defect=True)
NOTICES = {"acknowledge", "closed", "moved", "status", "result", "handover"}
COPY = "copy"

# RFC 5322, 3.6: these may stand once.
ONCE = {
    "date", "from", "sender", "reply-to", "to", "cc", "bcc", "message-id", "in-reply-to",
    "references", "subject",
}  # fmt: skip
# What a notice has, and what else it may have; whatever is more got in by somebody's text.
NEEDED = {
    "date", "from", "to", "subject", "message-id", "auto-submitted", "x-auto-response-suppress",
    "x-counterfoil-loop", "mime-version", "content-type", "content-transfer-encoding",
}  # fmt: skip
POSSIBLE = {"reply-to", "in-reply-to", "references"}
# What mail servers put on top.
TRACE = {"received", "return-path", "delivered-to", "x-original-to"}

ID = re.compile(r"<[!-;=?-~]{1,250}>")
OWN_ID = re.compile(r"<[A-Za-z0-9.]+@([A-Za-z0-9.-]+)>")
STAMP = re.compile(r"[0-9A-Za-z]+ [1-9][0-9]* [0-9a-f]{32}")
FIELD = re.compile(rb"[!-9;-~]+:")
IDS_MAX = 12
NAME_MAX = 200
WORD_MAX = 900
TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")


class Wrong(AssertionError):
    pass


def want(condition, what):
    if not condition:
        raise Wrong(what)


def as_sent(raw):
    """With the line ends of the wire: a Maildir has others."""
    return raw if b"\r\n" in raw else raw.replace(b"\n", b"\r\n")


# The header.


def check_line(line):
    """No longer than must be: a word can't be folded."""
    want(len(line) <= 998, f"a line of {len(line)} bytes: {line[:100]}")
    name = FIELD.match(line)
    words = line[name.end() if name else 0 :].strip()
    want(len(line) <= 78 or b" " not in words, f"not folded: {line}")
    want(words, "a line of white space alone, or an empty field")


def read_fields(head):
    """[(name in lower case, its lines)] of all fields but those of mail servers."""
    fields = []
    for line in head.split(b"\r\n"):
        if line[:1] in (b" ", b"\t"):
            want(fields, "it begins with a fold")
            fields[-1][1].append(line)
        else:
            want(FIELD.match(line), f"no header field: {line[:100]}")
            fields.append((line.partition(b":")[0].decode().lower(), [line]))
    return [(name, lines) for name, lines in fields if name not in TRACE]


def check_ascii(head, recipients):
    """An address outside ASCII stands as it is (RFC 6532): whom it belongs to can read that."""
    for recipient in recipients or ():
        head = head.replace(recipient.encode(), b"somebody@example.net")
    want(head.isascii(), "the header is not ASCII")
    want(not re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", head), "a control in the header")


def decoded(value):
    return str(email.header.make_header(email.header.decode_header(value)))


def people(value):
    """By the old parser: the new one leaves spaces between the encoded words of a name."""
    return [(decoded(name), address) for name, address in email.utils.getaddresses([value])]


def tidy(text):
    """What a header can say of a text."""
    text = re.sub("[\t\n\f\r]", " ", text)
    return "".join(c for c in text if unicodedata.category(c) != "Cc")


def tidy_name(text):
    return TURNING.sub("", tidy(text).strip())[:NAME_MAX].strip()


class Header:
    """The header of a mail, as bytes and as text."""

    def __init__(self, head):
        want(not re.search(rb"(?<!\r)\n|\r(?!\n)", head), "a bare CR or LF in the header")
        self.fields = read_fields(head)
        self.names = [name for name, _ in self.fields]

    def __getitem__(self, name):
        """The only value of that name; None if there is none."""
        values = [b"".join(lines) for other, lines in self.fields if other == name]
        want(len(values) <= 1, f"{len(values)} times {name}")
        value = values[0].partition(b":")[2] if values else None
        return value.decode("ascii", "surrogateescape").strip() if values else None

    def check_counts(self):
        for name in ONCE | NEEDED:
            want(self.names.count(name) <= 1 or name == "x-counterfoil-loop", f"{name} twice")

    def check_lines(self):
        for _, lines in self.fields:
            for line in lines:
                check_line(line)


def check_date(header, at, slack_s):
    when = email.utils.parsedate_to_datetime(header["date"])
    want(when.tzinfo is not None, "a Date without zone")
    want(abs(when.timestamp() - at) <= slack_s, f"Date {header['date']} is not near {at}")
    want(email.utils.format_datetime(when) == re.sub(r"^(\w+, )(\d )", r"\g<1>0\2", header["date"]),
         f"Date {header['date']}")  # fmt: skip


def check_thread(header):
    parent, references = header["in-reply-to"], header["references"]
    want((parent is None) == (references is None), "In-Reply-To without References, or the reverse")
    if parent is None:
        return
    ids = references.split()
    want(ID.fullmatch(parent), f"In-Reply-To {parent}")
    want(all(ID.fullmatch(one) for one in ids), f"References {references}")
    want(len(ids) <= IDS_MAX, f"{len(ids)} References")
    want(ids[-1] == parent, "the last of References is not In-Reply-To")


def check_from(header, roles):
    """The role address that it speaks as."""
    ((name, role),) = people(header["from"])
    want(role in roles, f"From {role}")
    return name, role


# The body.


def columns(text):
    return sum(
        0 if unicodedata.category(c) in ("Mn", "Me", "Cf")
        else 2 if unicodedata.east_asian_width(c) in "WF"
        else 1
        for c in text
    )  # fmt: skip


def check_flowed_line(line):
    want(len(line.encode()) <= 998, f"a line of {len(line.encode())} bytes")
    want(not line.startswith((">", "From ")), f"not stuffed: {line}")
    want(line.strip(" ") or not line, "a line of blanks alone")
    want(columns(line) <= 78 or " " not in line.strip(" "), f"not broken: {line}")


def read_flowed(text):
    """The text's lines, put together as RFC 3676, 4 says."""
    want(text == "" or text.endswith("\r\n"), "the last line has no end")
    lines = text.split("\r\n")[:-1]
    out, is_open = [], False
    for line in lines:
        check_flowed_line(line)
        want(not re.search("[\r\n]", line), "a bare CR or LF")
        content = line.removeprefix(" ")
        want(not is_open or content, "a soft line before an empty one")
        if is_open and content != "-- ":
            out[-1] += content
        else:
            want(not is_open, "a soft line before a signature")
            out.append(content)
        is_open = content.endswith(" ") and content != "-- "
    want(not is_open, "the last line is soft")
    return out


def check_text(part):
    """The lines of a part that is text."""
    want(part.get_content_type() == "text/plain", f"the text is {part.get_content_type()}")
    want(part.get_param("format") == "flowed", "the text is not flowed")
    want(part.get_param("delsp") is None, "DelSp")
    charset, encoding = part.get_content_charset(), part["content-transfer-encoding"]
    text = part.get_payload(decode=True)
    want((charset, encoding) in (("us-ascii", "7bit"), ("utf-8", "8bit")), f"{charset}, {encoding}")
    text = text.decode(charset)
    controls = [c for c in text if unicodedata.category(c) == "Cc" and c not in "\t\r\n"]
    want(not controls, f"controls in the text: {controls}")
    return read_flowed(text)


def check_defects(part):
    """Strictly: also what the parser only notes."""
    for one in part.walk():
        want(not one.defects, f"{one.defects}")
        for name, value in one.items():
            want(not getattr(value, "defects", ()), f"{name}: {getattr(value, 'defects', ())}")


def take_out(raw, boundary, archived):
    """The mail with little messages in the place of those of the archive, which are compared."""
    head, _, body = raw.partition(b"\r\n\r\n")
    mark = b"\r\n--" + boundary.encode()
    segments = (b"\r\n" + body).split(mark)
    want(segments[0] == b"" and segments[-1] == b"--\r\n", "text before or behind the parts")
    want(len(segments) == len(archived) + 3, f"{len(segments) - 2} parts")
    for i, bytes_of in enumerate(archived, 2):
        part_head, _, content = segments[i].partition(b"\r\n\r\n")
        want(content == bytes_of, f"message {i - 1} is not as in the archive")
        segments[i] = part_head + b"\r\n\r\nSubject: x\r\n\r\nx"
    return head + b"\r\n\r\n" + mark.join(segments)[2:]


def check_body(raw, archived):
    """The lines of the text."""
    parsed = email.message_from_bytes(raw, policy=email.policy.SMTP)
    if not archived:
        want(b"\0" not in raw and not re.search(rb"(?<!\r)\n|\r(?!\n)", raw), "a bare CR, LF, NUL")
        check_defects(email.message_from_bytes(raw, policy=STRICT))
        return check_text(email.message_from_bytes(raw, policy=STRICT))
    want(parsed.get_content_type() == "multipart/mixed", "no multipart/mixed")
    want(parsed["content-transfer-encoding"] in ("7bit", "8bit", "binary"), "encoded parts")
    kinds = [part.get_content_type() for part in parsed.iter_parts()]
    want(kinds == ["text/plain"] + ["message/rfc822"] * len(archived), f"parts {kinds}")
    strict = email.message_from_bytes(take_out(raw, parsed.get_boundary(), archived), policy=STRICT)
    check_defects(strict)
    return check_text(next(strict.iter_parts()))


# What is known besides.


def check_told_details(lines, details):
    kept = "".join(c for c in details if c in "\t\n" or unicodedata.category(c) != "Cc")
    wanted = kept.split("\n")
    if wanted[-1] == "":
        wanted.pop()
    wanted = [line if line == "-- " else line.rstrip(" ") for line in wanted]
    if any(len(word.encode()) > WORD_MAX for word in details.split()):
        want("".join(wanted) in "".join(lines), "the details are not there")
        return
    starts = range(len(lines) - len(wanted) + 1)
    want(any(lines[i : i + len(wanted)] == wanted for i in starts),
         f"the details are not there:\n{wanted}\n{lines}")  # fmt: skip


def check_told(header, name, lines, told):
    """What went in is what comes out."""
    if "title" in told:
        want(name == tidy_name(told["title"]), f"From {name}")
    if "names" in told:
        names = [tidy_name(one) for one in told["names"]]
        want([one for one, _ in people(header["to"])] == names, f"To {header['to']}")
    if "subject" in told:
        subject = decoded(header["subject"])
        want(subject == tidy(told["subject"]), f"Subject {subject}, not {told['subject']}")
    if "details" in told:
        check_told_details(lines, told["details"])
    if "parent" in told:
        has_parent = ID.fullmatch(f"<{told['parent']}>") is not None
        want(header["in-reply-to"] == (f"<{told['parent']}>" if has_parent else None), "In-Reply-To")


def as_utf8(text):
    return text.encode("ascii", "surrogateescape").decode()


def check_notice(raw, kind, header, role, recipients):
    want(NEEDED <= set(header.names), f"without {NEEDED - set(header.names)}")
    want(set(header.names) <= NEEDED | POSSIBLE, f"{set(header.names) - NEEDED - POSSIBLE}")
    header.check_lines()
    want(header["mime-version"] == "1.0", "MIME-Version")
    want(header["auto-submitted"] == "auto-replied", "Auto-Submitted")
    want(header["x-auto-response-suppress"] == "All", "X-Auto-Response-Suppress")
    want(STAMP.fullmatch(header["x-counterfoil-loop"]), "X-Counterfoil-Loop")
    domain = OWN_ID.fullmatch(header["message-id"])
    want(domain and domain[1] == role.rpartition("@")[2].encode("idna").decode(), "Message-ID")
    want(kind != "handover" or people(header["reply-to"]) == [("", role)], "Reply-To")
    to = [as_utf8(address) for _, address in people(header["to"])]
    # Who has had enough of them is named, and does not get it.
    want(recipients is None or set(recipients) <= set(to), f"To {to}")
    by_new_parser = email.message_from_bytes(raw, policy=email.policy.default)["subject"]
    want(str(by_new_parser) == decoded(header["subject"]), f"Subject {by_new_parser}")


def bare(address):
    """Without its extension."""
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def check_copy(raw, header, roles, archived):
    """A version of a message: its bytes but for the header, which says neither more of a machine than
    it did, nor leads anywhere but to a role address."""
    body = raw.partition(b"\r\n\r\n")[2]
    for one in archived:
        head, _, its_body = one.partition(b"\r\n\r\n")
        came = Header(head)
        want(its_body == body, "the body is another")
        want(header["auto-submitted"] == came["auto-submitted"], "it became automatic")
        want(bare(people(header["from"])[0][1]) in roles or header["from"] == came["from"],
             f"From {header['from']}")  # fmt: skip
    want("x-counterfoil-loop" in header.names, "no loop stamp")
    want(header["x-counterfoil-ticket"], "no ticket")
    reply_to = [address for _, address in people(header["reply-to"] or "")]
    want(len(reply_to) == 1 and bare(reply_to[0]) in roles, f"Reply-To {reply_to}")


def check(raw, kind, roles, recipients=None, at=None, slack_s=0, archived=(), **told):
    """Raises Wrong unless the bytes are a proper mail of that kind, one of NOTICES or COPY.

    roles: the role addresses that it may be from. recipients: of its envelope, or None: not known.
    at: when it was written, seconds since 1970, to slack_s; else it is now, to ten minutes.
    archived: the bytes of the messages in it, in order. told: what it was made from: title, names
    (of the recipients), subject, details, parent. Gives the lines of its text, of a notice.
    """
    raw = as_sent(raw)
    head, end, _ = raw.partition(b"\r\n\r\n")
    want(end, "no empty line behind the header")
    header = Header(head)
    header.check_counts()
    if kind == COPY:
        check_copy(raw, header, roles, archived)
        return None
    want(kind in NOTICES, f"a kind {kind}")
    if not all(address.isascii() for address in [*roles, *(recipients or [])]):  # RFC 6532
        want(header["message-id"].isascii(), "Message-ID")
        want(any(role in raw.decode() for role in roles), "From")
        return None
    check_ascii(head, recipients)
    name, role = check_from(header, roles)
    check_notice(raw, kind, header, role, recipients)
    check_date(header, at if at is not None else time.time(), slack_s if at is not None else 600)
    check_thread(header)
    if not all(recipient.isascii() for recipient in recipients or ()):
        return None  # Python's email takes no address outside ASCII from bytes
    lines = check_body(raw, archived)
    check_told(header, name, lines, told)
    return lines
