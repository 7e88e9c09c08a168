# SPDX-License-Identifier: BSD-2-Clause
"""A mail filter that verifies DKIM and DMARC, for tests: what OpenDKIM, OpenDMARC and rspamd do on a
real server, with keys and policies that a test gives it instead of the DNS. It can sign, too, as the
servers elsewhere do."""

import base64
import email.utils
import re
import socketserver
import struct
import subprocess
import threading

import dkim

from process import free_port

# Of the filter protocol: it adds headers; it wants the header fields, with their leading spaces,
# and the body, and answers to neither.
ADD_HEADERS = 0x01
STEPS = 0x01 | 0x02 | 0x04 | 0x08 | 0x40 | 0x100 | 0x200 | 0x80 | 0x80000 | 0x100000


def make_key():
    """A private key as PEM, and the record that publishes it."""
    openssl = {"check": True, "capture_output": True, "timeout": 60}
    private = subprocess.run(["openssl", "genrsa", "-traditional", "1024"], **openssl).stdout
    public = subprocess.run(
        ["openssl", "rsa", "-pubout", "-outform", "DER"], input=private, **openssl
    ).stdout
    return private, b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)


class Verifier:
    """A context manager, or start() and stop(). name: what it calls itself. index: where it inserts
    its field: 0 above Postfix's Received, 1 below it."""

    def __init__(self, name="mx.example.test", index=1):
        self.name, self.index = name, index
        self.port = free_port()
        self._private, self._record = make_key()
        self._policies = {}  # by domain: whether it publishes one for DMARC
        self._server = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def milter(self):
        """As smtpd_milters has it: mail goes on while it is down, as with many such filters."""
        return f"{{ inet:127.0.0.1:{self.port}, default_action=accept }}"

    def publish(self, domain, policy=True):
        """The domain publishes the key, and perhaps a policy."""
        self._policies[domain] = policy

    def sign(self, data, domain):
        """The message with that domain's signature, of the fields that it has."""
        names = re.findall(rb"(?mi)^(from|to|cc|subject|date|message-id):", data)
        headers = [name.lower() for name in names]
        sign = {"include_headers": headers, "linesep": b"\r\n"}
        return dkim.sign(data, b"s", domain.encode(), self._private, **sign) + data

    def start(self):
        verifier = self

        class Session(socketserver.StreamRequestHandler):
            def handle(self):
                verifier.serve(self.rfile, self.wfile)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True
            block_on_close = False

        self._server = Server(("127.0.0.1", self.port), Session)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self):
        """Ends it; connections that are open go on."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def serve(self, packets, out):
        """One connection of the mail server, with any number of messages."""
        head, body = b"", b""

        def answer(command, data=b""):
            out.write(struct.pack("!I", 1 + len(data)) + command + data)

        while size := packets.read(4):
            command, data = _split(packets.read(*struct.unpack("!I", size)))
            if command == b"O":
                answer(b"O", struct.pack("!III", 6, ADD_HEADERS, STEPS))
            elif command == b"L":
                name, value = data[:-1].split(b"\0")
                head += name + b":" + value.replace(b"\n", b"\r\n") + b"\r\n"
            elif command in (b"B", b"E"):
                body += data
            if command == b"E":
                value = b" " + self.results(head + b"\r\n" + body).encode()
                field = struct.pack("!I", self.index) + b"Authentication-Results\0" + value + b"\0"
                answer(b"i", field)
                answer(b"c")
            if command in (b"E", b"A"):
                head, body = b"", b""
            if command == b"Q":
                return

    def results(self, data):
        """What it writes about a message."""
        said, passed = [], set()
        for domain, is_good in self._signatures(data):
            said.append(f"dkim={'pass' if is_good else 'fail'} header.d={domain} header.s=s")
            passed |= {domain} if is_good else set()
        sender = re.search(rb"(?mi)^From:(.*(?:\r\n[ \t].*)*)", data)
        address = email.utils.parseaddr(sender[1].decode("latin-1"))[1] if sender else ""
        domain = address.rpartition("@")[2].lower()
        if self._policies.get(domain):
            verdict = "pass" if domain in passed else "fail"
            said.append(f"dmarc={verdict} (p=none dis=none) header.from={domain}")
        return ";\n\t".join([self.name, *(said or ["none"])])

    def _signatures(self, data):
        """The domain of each signature, and whether it is good."""
        message = dkim.DKIM(data)
        count = sum(name.lower() == b"dkim-signature" for name, _ in message.headers)
        for index in range(count):
            try:
                is_good = message.verify(index, dnsfunc=self._look_up)
            except dkim.DKIMException:
                is_good = False
            yield message.domain.decode(), is_good

    def _look_up(self, name, **_):
        domain = re.fullmatch(r"s\._domainkey\.(.*)\.", name.decode())[1]
        return self._record if domain in self._policies else None


def _split(packet):
    return packet[:1], packet[1:]
