# SPDX-License-Identifier: BSD-2-Clause
"""A mail server on the other side of the courier: a good one, until it is told to misbehave.

    peer.on("RCPT", "450 4.2.1 later", match="joe@", times=1)

makes it answer so once, where the line matches. The moments are GREETING, the verbs as they come,
BYTES (in the middle of a mail), END (it has all of a mail) and TAKEN (it has said 250 to it). What it
does then is a reply, DROP, or a function that gives one of these, or None to go on as ever.
"""

import base64
import contextlib
import dataclasses
import shutil
import socket
import ssl
import subprocess
import threading

from process import new_folder

DROP = object()


@dataclasses.dataclass(frozen=True)
class Taken:
    """One mail that arrived whole."""

    sender: str
    params: str  # of MAIL
    rcpts: tuple
    data: bytes  # dots unstuffed
    wire: bytes  # as it came, with the end
    connection: int  # counted from 1
    login: str  # None without AUTH


@dataclasses.dataclass
class Rule:
    moment: str
    does: object
    match: str
    times: float


class Hold:
    """What a moment does that takes until release(); then it is as ever."""

    def __init__(self):
        self.reached = threading.Event()
        self._released = threading.Event()

    def __call__(self):
        self.reached.set()
        self._released.wait(60)

    def release(self):
        self._released.set()


class Peer:
    """The server; a context manager. port and url once it is open."""

    def __init__(self, extensions=("8BITMIME", "SMTPUTF8"), tls=None, starttls=None, logins=None):
        self.extensions = extensions
        self.tls, self.starttls, self.logins = tls, starttls, logins or {}
        self.port = None
        self.taken = []  # answered with 250
        self.whole = []  # all that arrived whole, whatever was said to it
        self.connections = 0
        self.open_now = 0
        self.lines = []  # (connection, command)
        self.read_size = 65536
        self._rules = []
        self._door = None
        self._sockets = set()
        self._changed = threading.Condition()

    # Life

    def __enter__(self):
        return self.open()

    def __exit__(self, *_):
        self.close()
        for rule in self._rules:
            if isinstance(rule.does, Hold):
                rule.does.release()
        for connection in list(self._sockets):
            shut(connection)
        # A connection that did not end by itself would be one that the filter keeps.
        self.wait(lambda: not self.open_now, "all connections have ended")

    def open(self):
        """Listens; again on the same port after close()."""
        door = socket.socket()
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if self.read_size < 65536:
            door.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        door.bind(("127.0.0.1", self.port or 0))
        door.listen(64)
        self.port = door.getsockname()[1]
        self._door = door
        threading.Thread(target=self._serve, args=(door,), daemon=True).start()
        return self

    def close(self):
        """Takes no connections any more."""
        if self._door:
            shut(self._door)
            self._door = None

    @property
    def place(self):
        return f"127.0.0.1:{self.port}"

    @property
    def url(self):
        return f"smtp://{self.place}"

    # Misbehaviour

    def on(self, moment, does, match="", times=float("inf")):
        with self._changed:
            self._rules.append(Rule(moment, does, match, times))
        return does

    def forget(self):
        """Behaves from now on."""
        with self._changed:
            self._rules.clear()

    def do(self, moment, line=""):
        """What is done at that moment: None, a reply, DROP."""
        with self._changed:
            for rule in self._rules:
                if rule.moment == moment and rule.match in line and rule.times > 0:
                    rule.times -= 1
                    does = rule.does
                    break
            else:
                return None
        return does() if callable(does) else does

    # What was seen

    def wait(self, condition, what, deadline=30):
        with self._changed:
            reached = self._changed.wait_for(condition, deadline)
        assert reached, f"{what}: not within {deadline} s; {self.lines[-20:]}"

    def wait_taken(self, count=1, deadline=30):
        """The mails taken, as soon as there are so many."""
        self.wait(lambda: len(self.taken) >= count, f"{count} mails are taken", deadline)
        return list(self.taken)

    def wait_line(self, start, count=1, deadline=30):
        self.wait(lambda: self.count(start) >= count, f"{count} times {start}", deadline)

    def count(self, start):
        return sum(line.startswith(start) for _, line in self.lines)

    def note(self, name, value):
        with self._changed:
            if isinstance(getattr(self, name), list):
                getattr(self, name).append(value)
            else:
                setattr(self, name, getattr(self, name) + value)
            self._changed.notify_all()
            return getattr(self, name)

    def _serve(self, door):
        while True:
            try:
                connection, _ = door.accept()
            except OSError:
                break
            # Without this an answer would wait for the next one.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._sockets.add(connection)
            number = self.note("connections", 1)
            self.note("open_now", 1)
            threading.Thread(target=self._attend, args=(connection, number), daemon=True).start()

    def _attend(self, connection, number):
        try:
            Visit(self, connection, number).run()
        except (OSError, EOFError):
            pass
        finally:
            self._sockets.discard(connection)
            shut(connection)
            self.note("open_now", -1)


class Dropped(EOFError):
    pass


class Visit:
    """One connection."""

    def __init__(self, peer, connection, number):
        self.peer, self.connection, self.number = peer, connection, number
        self.buffer = bytearray()
        self.login = None
        self.secure = peer.tls is not None
        self.reset()

    def reset(self):
        self.sender, self.params, self.rcpts = None, "", []

    def run(self):
        if self.peer.tls:
            self.wrap(self.peer.tls)
        self.answer("GREETING", "", "220 peer.test ESMTP")
        while True:
            line = self.read_line()
            verb = line.split(" ")[0].upper()
            self.peer.note("lines", (self.number, line))
            getattr(self, "do_" + verb.lower(), self.do_unknown)(line)
            if verb == "QUIT":
                return

    def wrap(self, context):
        self.connection = context.wrap_socket(self.connection, server_side=True)
        self.buffer.clear()

    # Bytes

    def fill(self):
        got = self.connection.recv(self.peer.read_size)
        if not got:
            raise EOFError
        self.buffer += got

    def cut(self, size):
        """The first bytes of the buffer, which go out of it."""
        piece = bytes(self.buffer[:size])
        del self.buffer[:size]
        return piece

    def read_line(self):
        while b"\r\n" not in self.buffer:
            self.fill()
        line = self.cut(self.buffer.index(b"\r\n") + 2)[:-2]
        return line.decode("utf-8", "surrogateescape")

    def say(self, *lines):
        text = "".join(f"{line}\r\n" for line in lines)
        self.connection.sendall(text.encode("utf-8", "surrogateescape"))

    def answer(self, moment, line, reply):
        """Says reply, unless told otherwise; whether it was that."""
        does = self.peer.do(moment, line)
        if does is DROP:
            raise Dropped
        self.say(*(does or reply).split("\n"))
        return does is None

    # Commands

    def do_unknown(self, line):
        self.say("502 5.5.2 what?")

    def do_ehlo(self, line):
        self.reset()
        lines = ["peer.test", *self.peer.extensions]
        if self.peer.starttls and not self.secure:
            lines.append("STARTTLS")
        if self.peer.logins:
            lines.append("AUTH PLAIN")
        text = [f"250-{one}" for one in lines[:-1]] + [f"250 {lines[-1]}"]
        self.answer("EHLO", line, "\n".join(text))

    def do_helo(self, line):
        self.answer("HELO", line, "250 peer.test")

    def do_starttls(self, line):
        if self.answer("STARTTLS", line, "220 go ahead"):
            self.wrap(self.peer.starttls)
            self.secure = True

    def do_auth(self, line):
        words = line.split(" ")
        if len(words) < 3:
            self.say("334 ")
            words.append(self.read_line())
        _, login, password = base64.b64decode(words[2]).decode().split("\0")
        if self.peer.logins.get(login) != password:
            self.say("535 5.7.8 wrong")
            return
        self.login = login
        self.say("235 2.7.0 ok")

    def do_mail(self, line):
        self.reset()
        if self.peer.logins and not self.login:
            self.say("530 5.7.0 authentication required")
        elif self.answer("MAIL", line, "250 2.1.0 ok"):
            self.sender, _, self.params = line.partition("<")[2].partition(">")

    def do_rcpt(self, line):
        good = line.isascii() or "SMTPUTF8" in self.params
        reply = "250 2.1.5 ok" if good else "553 5.6.7 no such characters here"
        if self.answer("RCPT", line, reply) and good:
            self.rcpts.append(line.partition("<")[2].rpartition(">")[0])

    def do_data(self, line):
        if not self.rcpts:
            self.say("554 5.5.1 no valid recipients")
        elif self.answer("DATA", line, "354 go ahead"):
            self.take(self.read_mail())

    def do_rset(self, line):
        self.reset()
        self.say("250 2.0.0 ok")

    def do_quit(self, line):
        self.answer("QUIT", line, "221 2.0.0 bye")

    def read_mail(self):
        """The mail as it came, with its end."""
        searched = 0
        if self.peer.do("BYTES", self.sender) is DROP:
            while len(self.buffer) < 100:
                self.fill()
            raise Dropped
        while not self.buffer.startswith(b".\r\n"):
            end = self.buffer.find(b"\r\n.\r\n", searched)
            if end >= 0:
                return self.cut(end + 5)
            searched = max(len(self.buffer) - 4, 0)
            self.fill()
        return self.cut(3)

    def take(self, wire):
        lines = wire[:-3].split(b"\r\n")
        data = b"\r\n".join(line[1:] if line.startswith(b".") else line for line in lines)
        mail = Taken(
            self.sender, self.params, tuple(self.rcpts), data, wire, self.number, self.login
        )
        self.peer.note("whole", mail)
        if self.answer("END", " ".join(self.rcpts), "250 2.0.0 taken"):
            self.peer.note("taken", mail)
            if self.peer.do("TAKEN") is DROP:
                raise Dropped


class Hesitant:
    """A mail server whose greeting has no end: what is to be sent there stays in the outbox."""

    def __init__(self):
        self._door = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._door.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            connection, _ = self._door.accept()
            threading.Thread(target=self._greet, args=(connection,), daemon=True).start()

    def _greet(self, connection):
        connection.settimeout(30)
        with connection, contextlib.suppress(ConnectionError):
            gone = False
            while not gone:
                connection.sendall(b"220-one moment\r\n")
                with contextlib.suppress(TimeoutError):
                    gone = connection.recv(1) == b""


def shut(connection):
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    connection.close()


class Authority:
    """A certificate authority of a test's own; a context manager. file: its certificate."""

    def __init__(self, name):
        self.folder = new_folder("ca")
        self.file = self.folder / "ca.pem"
        self._run(
            "req", "-x509", "-subj", f"/CN={name}", "-keyout", self.folder / "ca.key",
            "-out", self.file, "-addext", "keyUsage=critical,keyCertSign", *KEY,
        )  # fmt: skip

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder)

    def _run(self, *args):
        subprocess.run(["openssl", *args], check=True, capture_output=True)

    def server(self, names="IP:127.0.0.1,DNS:localhost"):
        """A context for a server of those names."""
        request, key, cert = (self.folder / name for name in ("request", "key", "cert"))
        extra = self.folder / "extra"
        extra.write_text(f"subjectAltName={names}\n")
        self._run("req", "-subj", "/CN=peer", "-keyout", key, "-out", request, *KEY)
        self._run(
            "x509", "-req", "-in", request, "-CA", self.file, "-CAkey", self.folder / "ca.key",
            "-CAcreateserial", "-days", "2", "-extfile", extra, "-out", cert,
        )  # fmt: skip
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        return context


KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
