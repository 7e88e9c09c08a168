# SPDX-License-Identifier: BSD-2-Clause
"""An SMTP client for tests: what it is given goes out byte for byte, and every answer comes back.

It mends nothing: bare LF, NUL, 8-bit bytes and endless lines are sent as they are. Only what the
protocol itself needs is done to a message: a dot at the start of a line is doubled, and a CRLF is
added when the last one is missing.
"""

import base64
import dataclasses
import re
import socket


@dataclasses.dataclass(frozen=True)
class Reply:
    """One answer of the server."""

    code: int
    text: str  # its lines without the code, joined by "\n"

    def __str__(self):
        return f"{self.code} {self.text}"


@dataclasses.dataclass(frozen=True)
class Sent:
    """What became of one message: the decisive answer, and those to each recipient."""

    reply: Reply
    rcpts: tuple = ()  # Reply, in the order of the recipients
    queue_id: str = None  # Postfix's, where it took the message

    @property
    def code(self):
        return self.reply.code

    @property
    def text(self):
        return self.reply.text

    def __str__(self):
        return str(self.reply)


def encode(text):
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")


def path(address):
    """An address in angle brackets; one that has them already is left as it is."""
    address = encode(address or "")
    return address if address.startswith(b"<") else b"<" + address + b">"


def stuffed(data):
    """The message as DATA carries it, with the final dot."""
    data = re.sub(rb"(?m)^\.", b"..", data)
    return data + (b"" if data.endswith(b"\r\n") or not data else b"\r\n") + b".\r\n"


class Client:
    """One connection; close it, or use it in a with statement. auth: a login, or (login, password).

    client: the address that the server is to take us for (XCLIENT; the server must trust us).
    """

    def __init__(self, port, auth=None, client=None, helo="client.example.net", deadline=30):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=deadline)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.socket.makefile("rb")
        self.greeting = self.reply()
        self.helo = helo
        self.ehlo = self.command("EHLO " + helo)
        if client:
            self.expect(220, f"XCLIENT ADDR={client} NAME=[UNAVAILABLE]")
            self.ehlo = self.command("EHLO " + helo)
        if auth:
            login, password = auth if isinstance(auth, tuple) else (auth, "right")
            token = base64.b64encode(f"\0{login}\0{password}".encode()).decode()
            self.auth_reply = self.command("AUTH PLAIN " + token)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self, quit_first=True):
        """Ends the connection; without quit_first as one whose network broke."""
        try:
            if quit_first:
                self.raw(b"QUIT\r\n")
        except OSError:
            pass
        self.file.close()
        self.socket.close()

    def raw(self, data):
        self.socket.sendall(data)

    def reply(self):
        """The next answer; ConnectionError when the server has gone."""
        lines = []
        while True:
            line = self.file.readline()
            if not line:
                raise ConnectionError("the server closed the connection")
            text = line.decode("utf-8", "surrogateescape").rstrip("\r\n")
            lines.append(text[4:])
            if text[3:4] != "-":
                return Reply(int(text[:3]), "\n".join(lines))

    def command(self, line):
        self.raw(encode(line) + b"\r\n")
        return self.reply()

    def expect(self, code, line):
        reply = self.command(line)
        assert reply.code == code, f"{line}: {reply}"
        return reply

    def send(self, sender, rcpts, data, mail="", rcpt="", pipelined=False):
        """One message. mail, rcpt: ESMTP parameters. pipelined: all commands in one packet.

        An answer that ends the transaction early is the decisive one, and RSET follows it.
        """
        rcpts = [rcpts] if isinstance(rcpts, (str, bytes)) else list(rcpts)
        lines = [b"MAIL FROM:" + path(sender) + encode(mail and " " + mail)]
        lines += [b"RCPT TO:" + path(one) + encode(rcpt and " " + rcpt) for one in rcpts]
        lines.append(b"DATA")
        if pipelined:
            self.raw(b"".join(line + b"\r\n" for line in lines))
            replies = [self.reply() for _ in lines]
        else:
            replies = self.step(lines)
        answers = tuple(replies[1 : 1 + len(rcpts)])
        if replies[-1].code == 354:
            self.raw(stuffed(encode(data)))
            reply = self.reply()
            found = re.search(r"queued as (\S+)", reply.text)
            return Sent(reply, answers, found and found[1])
        bad = [one for one in replies[:-1] if one.code >= 400]
        self.expect(250, "RSET")
        return Sent(bad[0] if bad else replies[-1], answers)

    def step(self, lines):
        """The commands one by one; stops where going on makes no sense."""
        replies = []
        for number, line in enumerate(lines):
            last = number == len(lines) - 1
            if last and not any(reply.code == 250 for reply in replies[1:]):
                break
            replies.append(self.command(line))
            if number == 0 and replies[0].code != 250:
                break
        return replies
