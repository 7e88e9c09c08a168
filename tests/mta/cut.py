# SPDX-License-Identifier: BSD-2-Clause
"""A filter that dies in the middle of its edits, at the edit that the test wants.

Cut stands between a mail server and the filter and passes everything on; told so, it closes the
connection after so many edits, which to the mail server is a filter that was killed there.
"""

import contextlib
import socket
import struct
import threading

# What changes a message: headers added, changed, inserted; recipients in and out; the sender.
EDITS = b"hmi+-e"


class Cut:
    """A context manager. filter: the path of its socket; port: where the mail server connects.

    after: close the connection after so many edits of one message (None: never). seen: how many
    edits the last message got.
    """

    def __init__(self, filter):
        self.filter = filter
        self.after = None
        self.seen = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._open = set()

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._end(self._listener, *self._open)

    def _end(self, *sockets):
        for one in sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                server, _ = self._listener.accept()
                behind = socket.socket(socket.AF_UNIX)
                self._open |= {server, behind}
                try:
                    behind.connect(self.filter)
                except OSError:
                    # Nobody listens: so it is for the mail server, too.
                    self._end(server, behind)
                    continue
                for work in (self._pass_on, self._pass_back):
                    threading.Thread(target=work, args=(server, behind), daemon=True).start()

    def _pass_on(self, server, behind):
        with contextlib.suppress(OSError):
            while data := server.recv(65536):
                behind.sendall(data)
        self._end(server, behind)

    def _pass_back(self, server, behind):
        """What the filter says goes on packet by packet, as far as it is to go."""
        done = 0
        with contextlib.suppress(OSError, EOFError):
            while True:
                head = self._read(behind, 4)
                packet = self._read(behind, struct.unpack(">I", head)[0])
                is_edit = packet[0] in EDITS
                if done == self.after and (is_edit or done):
                    break
                server.sendall(head + packet)
                done = done + 1 if is_edit else 0
                self.seen = done or self.seen
        self._end(server, behind)

    def _read(self, source, size):
        data = b""
        while len(data) < size:
            more = source.recv(size - len(data))
            if not more:
                raise EOFError
            data += more
        return data
