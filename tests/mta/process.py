# SPDX-License-Identifier: BSD-2-Clause
"""What starting programs for a test needs: folders, ports, logs, and waiting with a deadline."""

import contextlib
import ctypes
import os
import random
import re
import signal
import socket
import tempfile
import time
from pathlib import Path


class Unready(Exception):
    """A program did not start; the text says what it said."""


def wait_for(condition, what, deadline=10.0):
    """The first true value of condition(); AssertionError naming `what` after deadline seconds."""
    end = time.monotonic() + deadline
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, f"{what}: not within {deadline} s"
        time.sleep(0.01)


def free_port():
    """A port of 127.0.0.1 that nobody listens on, outside the range of outgoing connections."""
    while True:
        port = random.randrange(20000, 30000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


def answers(family, address):
    with socket.socket(family) as probe:
        return probe.connect_ex(address) == 0


def die_with_parent():
    """In a child: ends with the test run, however that ends (Linux)."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def processes_in(folder):
    """The ids of processes that work in a folder."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            if os.readlink(f"/proc/{pid}/cwd").startswith(str(folder)):
                found.append(int(pid))
    return found


def new_folder(name):
    """A folder with a path short enough for unix sockets, which others may enter."""
    folder = Path(tempfile.mkdtemp(prefix=f"cf-{name}-", dir="/tmp"))
    folder.chmod(0o755)
    return folder


class Log:
    """What a program writes to the file `log` in self.folder."""

    def log(self, since=0):
        """The log, or what was added after its size was `since`."""
        try:
            with open(self.folder / "log", "rb") as file:
                file.seek(since)
                return file.read().decode("utf-8", "replace")
        except FileNotFoundError:
            return ""

    def log_size(self):
        log = self.folder / "log"
        return log.stat().st_size if log.exists() else 0

    def wait_log(self, pattern, since=0, deadline=10.0):
        """The first match of a regular expression in the log."""
        what = f"/{pattern}/ in {self.folder}/log"
        return wait_for(lambda: re.search(pattern, self.log(since)), what, deadline)
