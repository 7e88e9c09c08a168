#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Where all mail of a private mail server ends: an LMTP and ESMTP server that keeps what it gets.

Each recipient of each transaction is one delivery: FOLDER/ADDRESS/new/ID holds the message, byte
for byte as it came (line ends CRLF, dots unstuffed), FOLDER/ADDRESS/env/ID.json its envelope.
Local parts tell it how to behave: "bounce..." and "full..." are refused (550, 552), "defer..." is
put off (451) until mend() is called for it, "slow..." answered after a delay. It also plays the SASL
server that Postfix asks: any login is right unless its password is "wrong".

Runs in threads of whoever starts it; nothing is left when stop() has returned.
"""

import base64
import binascii
import dataclasses
import email
import email.policy
import hashlib
import json
import os
import socket
import socketserver
import sys
import threading
import time

GREETING = (
    "250-sink.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-DSN\r\n"
    "250-ENHANCEDSTATUSCODES\r\n250 SIZE 0"
)


@dataclasses.dataclass(frozen=True)
class Delivery:
    """One message as one recipient got it."""

    data: bytes  # exact, with CRLF
    sender: str  # "" is the null sender
    rcpt: str
    mail_params: dict  # ESMTP parameters of MAIL, names in upper case
    rcpt_params: dict
    rcpts: tuple  # all recipients that the transaction had at this server
    path: str  # the file that holds data
    at: float

    @property
    def message(self):
        """The message as Python's parser sees it, headers as they were written."""
        return email.message_from_bytes(self.data, policy=email.policy.compat32)

    def header(self, name):
        """The value of the first header of that name, unfolded but not decoded; None without."""
        values = self.headers(name)
        return values[0] if values else None

    def headers(self, name):
        """The values of all headers of that name, unfolded but not decoded."""
        found = []
        for key, value in self.fields():
            if key.lower() == name.lower().encode():
                text = value.replace(b"\r\n", b"").decode("utf-8", "surrogateescape")
                found.append(text.strip())
        return found

    def fields(self):
        """The header fields in order: (name, raw value with its folds), as bytes."""
        fields = []
        for line in self.data.partition(b"\r\n\r\n")[0].split(b"\r\n"):
            if line[:1] in (b" ", b"\t") and fields:
                fields[-1][1] += b"\r\n" + line
            else:
                name, _, value = line.partition(b":")
                fields.append([name, value])
        return [(name, value) for name, value in fields]

    @property
    def body(self):
        return self.data.partition(b"\r\n\r\n")[2]


def split_path(argument):
    """'FROM:<a@b> SIZE=1' -> ('a@b', {'SIZE': '1'}). A quoted local part may hold any character."""
    text = argument.partition("<")[2]
    quoted = escaped = False
    for at, char in enumerate(text):
        if escaped:
            escaped = False
        elif char == "\\":
            escaped = True
        elif char == '"':
            quoted = not quoted
        elif char == ">" and not quoted:
            break
    else:
        return argument.partition(":")[2].strip(), {}
    params = {}
    for word in text[at + 1 :].split():
        name, _, value = word.partition("=")
        params[name.upper()] = value
    return text[:at], params


def box_name(address):
    """A file name for an address: itself as far as a file system can take it."""
    name = address.lower().replace("/", "_").replace("\0", "_").lstrip(".") or "_"
    if len(name.encode("utf-8", "surrogateescape")) > 200:
        digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:16]
        name = name[:40] + "-" + digest
    return name


class Sink:
    """The server. port is its port on 127.0.0.1 once start() has returned."""

    def __init__(self, folder, auth_socket=None, slow_seconds=0.5):
        self.folder = str(folder)
        self.auth_socket = auth_socket and str(auth_socket)
        self.slow_seconds = slow_seconds
        self.port = None
        self._servers = []
        self._deliveries = []
        self._mended = set()
        self._changed = threading.Condition()

    def start(self):
        os.makedirs(self.folder, exist_ok=True)
        mail = _Server(("127.0.0.1", 0), _MailSession, self)
        self.port = mail.server_address[1]
        self._servers.append(mail)
        if self.auth_socket:
            self._servers.append(_UnixServer(self.auth_socket, _AuthSession, self))
            os.chmod(self.auth_socket, 0o666)
        for server in self._servers:
            server.thread.start()
        return self

    def stop(self):
        for server in self._servers:
            server.end()
        self._servers.clear()
        if self.auth_socket and os.path.exists(self.auth_socket):
            os.unlink(self.auth_socket)

    def mend(self, address):
        """From now on the mailbox of a "defer..." address takes its mail."""
        with self._changed:
            self._mended.add(address.lower())

    def deliveries(self):
        """Everything delivered so far, in order."""
        with self._changed:
            return list(self._deliveries)

    def mailbox(self, address):
        """What that address got so far (any case), in order."""
        return [d for d in self.deliveries() if d.rcpt.lower() == address.lower()]

    def wait(self, address, count=1, deadline=10.0):
        """mailbox(address) as soon as it holds count deliveries; AssertionError after deadline."""
        with self._changed:
            reached = self._changed.wait_for(
                lambda: sum(d.rcpt.lower() == address.lower() for d in self._deliveries) >= count,
                deadline,
            )
        box = self.mailbox(address)
        assert reached, f"{address} got {len(box)} of {count} messages within {deadline} s"
        return box

    def verdict(self, address):
        """What RCPT for that address is answered."""
        local = address.lower()
        if local.startswith("bounce"):
            return f"550 5.1.1 <{address}> no such mailbox"
        if local.startswith("full"):
            return f"552 5.2.2 <{address}> mailbox full"
        if local.startswith("defer") and local not in self._mended:
            return f"451 4.2.1 <{address}> try again later"
        return "250 2.1.5 ok"

    def store(self, data, sender, mail_params, rcpts):
        everybody = tuple(address for address, _ in rcpts)
        if any(address.lower().startswith("slow") for address in everybody):
            time.sleep(self.slow_seconds)
        for address, params in rcpts:
            self._store_one(data, sender, mail_params, address, params, everybody)

    def _store_one(self, data, sender, mail_params, address, params, everybody):
        box = os.path.join(self.folder, box_name(address))
        for part in ("tmp", "new", "cur", "env"):
            os.makedirs(os.path.join(box, part), exist_ok=True)
        with self._changed:
            name = f"{time.time():.6f}.{len(self._deliveries) + 1}.sink"
            path = os.path.join(box, "new", name)
            done = Delivery(
                data, sender, address, mail_params, params, everybody, path, time.time()
            )
            envelope = dataclasses.asdict(done)
            del envelope["data"]
            with open(os.path.join(box, "env", name + ".json"), "w", encoding="ascii") as file:
                json.dump(envelope, file)
            with open(os.path.join(box, "tmp", name), "wb") as file:
                file.write(data)
            os.rename(os.path.join(box, "tmp", name), path)
            self._deliveries.append(done)
            self._changed.notify_all()


class _Endable:
    """What a threading server needs so that no thread and no connection outlives it."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 256

    def __init__(self, address, handler, sink):
        super().__init__(address, handler)
        self.sink = sink
        self.thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)
        self._open = set()

    def process_request(self, request, client_address):
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request):
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request, client_address):
        """A peer that goes away in the middle is no news; all else is."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    def end(self):
        self.shutdown()
        self.thread.join()
        for request in list(self._open):
            try:
                request.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.server_close()


class _Server(_Endable, socketserver.ThreadingTCPServer):
    pass


class _UnixServer(_Endable, socketserver.ThreadingUnixStreamServer):
    pass


class _MailSession(socketserver.StreamRequestHandler):
    """One LMTP or ESMTP connection."""

    def setup(self):
        super().setup()
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.lmtp = False
        self.reset()

    def reset(self):
        self.sender, self.mail_params, self.rcpts = None, {}, []

    def say(self, text):
        self.wfile.write(text.encode("utf-8", "surrogateescape") + b"\r\n")

    def handle(self):
        self.say("220 sink.test")
        while True:
            line = self.rfile.readline(65536).decode("utf-8", "surrogateescape").rstrip("\r\n")
            verb, _, argument = line.partition(" ")
            verb = verb.upper()
            if verb in ("", "QUIT"):
                break
            answer = getattr(self, "do_" + verb.lower(), None)
            if answer is None:
                self.say("502 5.5.2 unknown command")
            else:
                answer(argument)
        if verb:
            self.say("221 2.0.0 bye")

    def do_lhlo(self, _):
        self.lmtp = True
        self.do_ehlo(_)

    def do_ehlo(self, _):
        self.reset()
        self.say(GREETING)

    def do_helo(self, _):
        self.reset()
        self.say("250 sink.test")

    def do_rset(self, _):
        self.reset()
        self.say("250 2.0.0 ok")

    def do_noop(self, _):
        self.say("250 2.0.0 ok")

    def do_mail(self, argument):
        self.reset()
        self.sender, self.mail_params = split_path(argument)
        self.say("250 2.1.0 ok")

    def do_rcpt(self, argument):
        address, params = split_path(argument)
        answer = self.server.sink.verdict(address)
        if answer.startswith("250"):
            self.rcpts.append((address, params))
        self.say(answer)

    def do_data(self, _):
        if not self.rcpts:
            self.say("554 5.5.1 no valid recipients")
            return
        self.say("354 go ahead")
        data = self.read_message()
        if data is None:
            return
        self.server.sink.store(data, self.sender, self.mail_params, self.rcpts)
        for address, _ in self.rcpts if self.lmtp else self.rcpts[:1]:
            self.say(f"250 2.0.0 <{address}> kept")
        self.reset()

    def read_message(self):
        lines = []
        while True:
            line = self.rfile.readline()
            if not line:
                return None
            if line == b".\r\n":
                return b"".join(lines)
            lines.append(line[1:] if line.startswith(b".") else line)


class _AuthSession(socketserver.StreamRequestHandler):
    """The server's side of Dovecot's authentication protocol, mechanism PLAIN."""

    def handle(self):
        cookie = "00112233445566778899aabbccddeeff"
        self.wfile.write(
            b"VERSION\t1\t1\nMECH\tPLAIN\tplaintext\nSPID\t%d\nCUID\t1\nCOOKIE\t%s\nDONE\n"
            % (os.getpid(), cookie.encode())
        )
        for line in self.rfile:
            words = line.decode().rstrip("\n").split("\t")
            if words[0] == "AUTH":
                given = [word[5:] for word in words if word.startswith("resp=")]
                self.answer(words[1], given[0] if given else None)
            elif words[0] == "CONT":
                self.answer(words[1], words[2])

    def answer(self, number, response):
        if response is None:
            self.wfile.write(f"CONT\t{number}\t\n".encode())
            return
        try:
            _, login, password = base64.b64decode(response, validate=True).decode().split("\0")
        except (binascii.Error, ValueError):
            login, password = "", "wrong"
        word = "FAIL" if password == "wrong" else "OK"
        self.wfile.write(f"{word}\t{number}\tuser={login}\n".encode())
