# SPDX-License-Identifier: BSD-2-Clause
"""The network between two mail servers of a test. All of them are on 127.0.0.1; what comes through a
wire has the address of somewhere else (XCLIENT, which Postfix believes in a test), so that a server
takes its neighbour for one and not for itself."""

import contextlib
import socket
import threading


class Wire:
    """A port that leads to another: port is its own once start() has returned.

    client: the address that the server behind it sees. Runs in threads of whoever starts it; nothing
    is left when stop() has returned.
    """

    def __init__(self, client=None):
        self.client = client
        self.port = None
        self._to = None
        self._threads = []
        self._open = set()

    def start(self, to):
        """Leads to port to of this machine."""
        self._to = to
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._open.add(self._listener)
        self.port = self._listener.getsockname()[1]
        self._run(self._accept)

    def stop(self):
        for one in list(self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        for thread in self._threads:
            thread.join()

    def _run(self, function, *args):
        thread = threading.Thread(target=function, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()
        return thread

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                caller, _ = self._listener.accept()
                self._run(self._connect, caller)

    def _connect(self, caller):
        with contextlib.suppress(OSError), caller:
            with socket.create_connection(("127.0.0.1", self._to), timeout=30) as server:
                self._open |= {caller, server}
                self._introduce(server)
                back = self._run(self._carry, server, caller)
                self._carry(caller, server)
                back.join()
                self._open -= {caller, server}

    def _introduce(self, server):
        """What the caller does not notice: the server greets again after XCLIENT."""
        self._until(server, b"220 ")
        server.sendall(b"EHLO wire.invalid\r\n")
        self._until(server, b"250 ")
        server.sendall(f"XCLIENT ADDR={self.client} NAME=[UNAVAILABLE]\r\n".encode())

    def _until(self, server, last):
        """Reads an answer to its last line."""
        answer = b""
        while not (answer.endswith(b"\n") and answer.splitlines()[-1].startswith(last)):
            more = server.recv(4096)
            if not more:
                raise OSError(f"the server ended the connection after {answer!r}")
            answer += more

    @staticmethod
    def _carry(source, target):
        with contextlib.suppress(OSError):
            while True:
                data = source.recv(65536)
                if not data:
                    break
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)
