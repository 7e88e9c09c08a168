# SPDX-License-Identifier: BSD-2-Clause
"""The mail server's side of the milter protocol, version 6, as Postfix and Sendmail speak it.

A packet is a length (32 bits, big-endian), a command of one byte, and that many bytes less one of
data. Session sends one command after the other, and waits for an answer exactly where a mail server
would, which depends on what was negotiated; it can also be told to break every rule. Strings are
str; bytes that are no UTF-8 come and go as surrogates.
"""

import dataclasses
import enum
import fcntl
import itertools
import re
import socket
import struct
import termios

CHUNK = 65535  # the most bytes of body in a packet


class Action(enum.IntFlag):
    """What a filter may do to a message (SMFIF_*)."""

    ADDHDRS = 0x001
    CHGBODY = 0x002
    ADDRCPT = 0x004
    DELRCPT = 0x008
    CHGHDRS = 0x010
    QUARANTINE = 0x020
    CHGFROM = 0x040
    ADDRCPT_PAR = 0x080
    SETSYMLIST = 0x100


class Step(enum.IntFlag):
    """What a filter wants to be told, or not, and answers, or not (SMFIP_*)."""

    NOCONNECT = 0x000001
    NOHELO = 0x000002
    NOMAIL = 0x000004
    NORCPT = 0x000008
    NOBODY = 0x000010
    NOHDRS = 0x000020
    NOEOH = 0x000040
    NR_HDR = 0x000080
    NOUNKNOWN = 0x000100
    NODATA = 0x000200
    SKIP = 0x000400
    RCPT_REJ = 0x000800
    NR_CONN = 0x001000
    NR_HELO = 0x002000
    NR_MAIL = 0x004000
    NR_RCPT = 0x008000
    NR_DATA = 0x010000
    NR_UNKN = 0x020000
    NR_EOH = 0x040000
    NR_BODY = 0x080000
    HDR_LEADSPC = 0x100000


# The stages at which macros are given, by number in a filter's wish for macros, and by command.
STAGES = ("connect", "helo", "mail", "rcpt", "data", "eom", "eoh")
STAGE_OF = {"C": "connect", "H": "helo", "M": "mail", "R": "rcpt", "T": "data", "E": "eom", "N": "eoh"}
# What each stage gets from Postfix when the filter has no wish.
DEFAULT_MACROS = {
    "connect": ("j", "_", "{daemon_name}", "{daemon_addr}", "v"),
    "mail": ("{auth_type}", "{auth_authen}", "{mail_addr}", "{mail_host}", "{mail_mailer}"),
    "rcpt": ("{rcpt_addr}", "{rcpt_host}", "{rcpt_mailer}", "i"),
    "data": ("i",),
    "eoh": ("i",),
    "eom": ("i",),
}
# A step that the filter wants to hear nothing of, and one that it does not answer.
NOT_WANTED = {
    "C": Step.NOCONNECT,
    "H": Step.NOHELO,
    "M": Step.NOMAIL,
    "R": Step.NORCPT,
    "T": Step.NODATA,
    "L": Step.NOHDRS,
    "N": Step.NOEOH,
    "B": Step.NOBODY,
    "U": Step.NOUNKNOWN,
}
NO_REPLY = {
    "C": Step.NR_CONN,
    "H": Step.NR_HELO,
    "M": Step.NR_MAIL,
    "R": Step.NR_RCPT,
    "T": Step.NR_DATA,
    "L": Step.NR_HDR,
    "N": Step.NR_EOH,
    "B": Step.NR_BODY,
    "U": Step.NR_UNKN,
}
VERDICTS = {"a": "accept", "c": "continue", "d": "discard", "r": "reject", "t": "tempfail", "s": "skip"}

queue_ids = (f"Q{number:08X}" for number in itertools.count(1))


class Closed(ConnectionError):
    """The filter has ended the connection."""


@dataclasses.dataclass(frozen=True)
class Reply:
    """What the filter decides. code, status and text as the SMTP client reads them ("%" once)."""

    verdict: str  # accept, continue, reject, tempfail …
    code: str = None
    status: str = None
    text: str = None
    wire: str = None  # the text as it stood in the packet

    def __str__(self):
        return " ".join(filter(None, (self.verdict, self.code, self.status, self.text)))


@dataclasses.dataclass(frozen=True)
class Edit:
    """One change of the message: kind is add, change, insert (headers), sender, rcpt or norcpt."""

    kind: str
    name: str  # of the header; the address of the others
    value: str = None  # of the header; None: delete it
    index: int = None


@dataclasses.dataclass
class Result:
    """What became of one message."""

    reply: Reply
    stage: str  # where the reply was given: data, eoh or eom
    edits: list = dataclasses.field(default_factory=list)

    @property
    def accepted(self):
        return self.reply.verdict == "accept"

    def __str__(self):
        return f"{self.reply} at {self.stage}"


@dataclasses.dataclass(frozen=True)
class Offer:
    """What the filter asked for."""

    version: int
    actions: Action
    steps: Step
    macros: dict  # stage -> names, where the filter has a wish


def encode(text):
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")


def decode(data):
    return data.decode("utf-8", "surrogateescape")


def strings(*texts):
    return b"".join(encode(text) + b"\0" for text in texts)


def path(address):
    address = address or ""
    return address if address.startswith("<") else f"<{address}>"


def split(message):
    """A message's headers, as name and value the way a filter sees them (folds with LF alone), and
    its body. What comes before the first empty line is the header."""
    head, empty, body = message.partition(b"\r\n\r\n")
    if message.startswith(b"\r\n"):
        head, body = b"", message[2:]
    elif not empty:
        head = head[:-2] if head.endswith(b"\r\n") else head
    lines = re.split(rb"\r\n(?![ \t])", head) if head else []
    pairs = [line.split(b":", 1) for line in lines]
    return [(decode(name), decode(value.replace(b"\r\n", b"\n"))) for name, value in pairs], body


def read_reply(command, data):
    if command in VERDICTS:
        return Reply(VERDICTS[command])
    assert command == "y", f"what is {command!r}?"
    assert data.endswith(b"\0") and data.count(b"\0") == 1, data
    wire = decode(data[:-1])
    code, status, text = wire.split(" ", 2)
    assert not re.search("%", text.replace("%%", "")), f"a lone %: {text}"
    verdict = "tempfail" if code.startswith("4") else "reject"
    return Reply(verdict, code, status, text.replace("%%", "%"), text)


def read_edit(command, data):
    """The Edit in a packet, or None when it is none."""
    if command in "hmi":
        index = None if command == "h" else struct.unpack(">I", data[:4])[0]
        name, value, rest = (data if command == "h" else data[4:]).split(b"\0")
        assert rest == b""
        kind = {"h": "add", "m": "change", "i": "insert"}[command]
        return Edit(kind, decode(name), decode(value) or None, index)
    if command in "+-e":
        assert data.endswith(b"\0") and data.count(b"\0") == 1, data
        return Edit({"+": "rcpt", "-": "norcpt", "e": "sender"}[command], decode(data[:-1]))
    return None


class Session:
    """A connection of a mail server with the filter at address ("unix:PATH" or "inet:PORT@HOST"),
    negotiated and connected unless greet is False."""

    def __init__(self, address, greet=True, login=None, deadline=30, **connection):
        kind, place = address.split(":", 1)
        if kind == "unix":
            self.socket = socket.socket(socket.AF_UNIX)
        else:
            self.socket = socket.socket(socket.AF_INET)
            port, host = place.split("@")
            place = (host, int(port))
        self.socket.settimeout(deadline)
        self.socket.connect(place)
        self.login = login
        self.offer = None
        self._buffer = b""
        if greet:
            self.negotiate()
            self.connect(**connection)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self, quit_first=True):
        try:
            if quit_first:
                self.packet("Q")
        except OSError:
            pass
        self.socket.close()

    # Packets

    def packet(self, command, data=b""):
        self.raw(struct.pack(">I", len(data) + 1) + command.encode() + data)

    def raw(self, data):
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError) as error:
            raise Closed("the filter has gone") from error

    def _read(self, size):
        while len(self._buffer) < size:
            try:
                data = self.socket.recv(65536)
            except ConnectionResetError:
                data = b""
            if not data:
                raise Closed("the filter closed the connection")
            self._buffer += data
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        return data

    def receive(self):
        """The next packet's command and data; Closed when there is none any more."""
        size = struct.unpack(">I", self._read(4))[0]
        data = self._read(size)
        return chr(data[0]), data[1:]

    def is_silent(self):
        """Has the filter sent nothing that was not read?"""
        self.socket.setblocking(False)
        try:
            return not self._buffer and not self.socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        finally:
            self.socket.settimeout(30)

    def is_read(self):
        """Has the filter read all that was sent to it?"""
        return struct.unpack("i", fcntl.ioctl(self.socket, termios.TIOCOUTQ, b"\0" * 4))[0] == 0

    def wait_closed(self):
        """Waits until the filter closes the connection; the commands of what it sent before."""
        got = []
        while True:
            try:
                got.append(self.receive()[0])
            except Closed:
                return got

    # Steps

    def negotiate(self, actions=Action(0x1FF), steps=Step(0x1FFFFF), version=6):
        self.packet("O", struct.pack(">III", version, actions, steps))
        command, data = self.receive()
        assert command == "O", f"{command!r} instead of an offer"
        answer = struct.unpack(">III", data[:12])
        wishes, data = {}, data[12:]
        while data:
            stage = struct.unpack(">I", data[:4])[0]
            names, data = data[4:].split(b"\0", 1)
            wishes[STAGES[stage]] = tuple(decode(names).split())
        self.offer = Offer(answer[0], Action(answer[1]), Step(answer[2]), wishes)
        return self.offer

    def step(self, command, data=b"", **macros):
        """One command with the macros that the filter wants of those; its Reply, or None where it
        gives none."""
        if self.offer and self.offer.steps & NOT_WANTED.get(command, 0):
            return None
        self.define(command, **macros)
        self.packet(command, data)
        if self.offer and self.offer.steps & NO_REPLY.get(command, 0):
            return None
        return read_reply(*self.receive())

    def define(self, command, **macros):
        """A long name stands in braces in the protocol, but not here."""
        stage = STAGE_OF.get(command)
        if stage is None:
            return
        wish = self.offer.macros.get(stage) if self.offer else None
        names = DEFAULT_MACROS.get(stage, ()) if wish is None else wish
        values = {
            name if len(name) == 1 else "{%s}" % name: value
            for name, value in macros.items()
            if value is not None
        }
        pairs = [text for name in names if name in values for text in (name, values[name])]
        if pairs:
            self.packet("D", command.encode() + strings(*pairs))

    def connect(
        self,
        name="client.example.net",
        client="192.0.2.7",
        port=40000,
        daemon="mx.example.test",
        hostname="mx.example.test",
    ):
        """client None: a connection of unknown family."""
        if client is None:
            data = strings(name) + b"U"
        else:
            family = b"6" if ":" in client else b"4"
            data = strings(name) + family + struct.pack(">H", port) + strings(client)
        return self.step("C", data, j=hostname, daemon_name=daemon, v="Postfix 3.7.11")

    def mail(self, sender, *parameters, login=None):
        login = login or self.login
        return self.step(
            "M",
            strings(path(sender), *parameters),
            auth_type="PLAIN" if login else None,
            auth_authen=login,
            mail_addr=sender or "",
        )

    def rcpt(self, address, *parameters, normal=None):
        """normal: {rcpt_addr}; the address without brackets and in lower case if None, nothing if
        False."""
        if normal is None:
            normal = address.strip("<>").lower()
        return self.step("R", strings(path(address), *parameters), rcpt_addr=normal or None)

    def data(self, queue_id=None):
        return self.step("T", i=queue_id)

    def header(self, name, value):
        return self.step("L", strings(name, value))

    def eoh(self):
        return self.step("N")

    def body(self, data):
        return self.step("B", data)

    def eom(self, queue_id=None, data=b""):
        """End of message: the Result."""
        self.define("E", i=queue_id)
        self.packet("E", data)
        return self.outcome()

    def outcome(self):
        edits = []
        while True:
            command, data = self.receive()
            edit = read_edit(command, data)
            if edit:
                edits.append(edit)
            elif command != "p":
                return Result(read_reply(command, data), "eom", edits)

    def abort(self):
        self.packet("A")

    # A whole message

    def envelope(self, sender, rcpts, login=None, parameters=()):
        """MAIL and RCPT."""
        self.mail(sender, *parameters, login=login)
        for rcpt in [rcpts] if isinstance(rcpts, str) else rcpts:
            self.rcpt(rcpt)

    def content(self, message, chunk=CHUNK):
        """Header and, if the filter wants it, body, in packets of chunk bytes; the Reply to the end
        of the header, if there was one."""
        headers, body = split(message)
        for name, value in headers:
            self.header(name, value)
        reply = self.eoh()
        if reply and reply.verdict != "continue":
            return reply
        for start in range(0, len(body), chunk):
            self.body(body[start : start + chunk])
        return reply

    def send(self, sender, rcpts, message, chunk=CHUNK, login=None, parameters=()):
        """One message, as far as the filter wants it; the Result."""
        queue_id = next(queue_ids)
        self.envelope(sender, rcpts, login, parameters)
        reply = self.data(queue_id)
        if reply.verdict != "continue":
            return Result(reply, "data")
        reply = self.content(message, chunk)
        if reply and reply.verdict != "continue":
            return Result(reply, "eoh")
        return self.eom(queue_id)
