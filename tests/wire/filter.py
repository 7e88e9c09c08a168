# SPDX-License-Identifier: BSD-2-Clause
"""A Counterfoil without a mail server: the real filter, with the tests in the mail server's place."""

import concurrent.futures
import contextlib
import functools
import hashlib
import hmac
import itertools
import os
import re
import shutil
import signal
import sqlite3
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "mta"))

from counterfoil import BUILD, CommandError, Counterfoil
from milter import Session
from peer import Hesitant
from process import wait_for

__all__ = ["BUILD", "IS_ROOT", "CommandError", "Filter", "mail", "together", "wait_for"]

IS_ROOT = os.geteuid() == 0
# Whom the filter becomes; only root can make it become somebody.
USER = "nobody" if IS_ROOT else ""

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

numbers = itertools.count(1)


@functools.cache
def nobody():
    """Where filters send to whose tests look at the outbox, or not at all: it never gets there."""
    return Hesitant()


def together(count, work):
    """work(0) … work(count - 1), each in a thread of its own; the results in order."""
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        return list(pool.map(work, range(count)))


def mail(subject="Help", sender="kim@example.net", to="support@example.test", body="", **headers):
    """A plain message of its own; headers: further ones, "_" for "-"."""
    number = next(numbers)
    lines = [
        f"From: Kim Customer <{sender}>",
        f"To: {to}",
        f"Subject: {subject}",
        f"Message-ID: <{number}.{os.getpid()}@example.net>",
        *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
        "",
        body or f"This is message {number}.",
        "",
    ]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape")


class Filter(Counterfoil):
    """A site of its own, whose filter is spoken to directly.

    leave() ends the filter without waiting for it, and left() waits: libmilter takes up to five
    seconds to stop, and many can do so at the same time.
    """

    def __init__(self, name="test", settings=None, **options):
        own = {"milter": {"user": USER}, "archive": {"role_map": ""}}
        for section, keys in (settings or {}).items():
            own.setdefault(section, {}).update(keys)
        super().__init__(to=nobody(), settings=own, **options)
        self.name = name
        self._hasty = False

    # Life

    def prepare(self):
        """As in Counterfoil, but without a mail server's group, and for anybody."""
        self.write_conf()
        for name in ("data", "run"):
            (self.folder / name).mkdir(exist_ok=True)
            self.give(self.folder / name)
        (self.folder / "data").chmod(0o750)
        self.run("init", "--tag", self.tag, "--postmaster", self._postmaster)
        return self

    def give(self, path):
        """A file or folder to the filter's user."""
        user = self.setting("milter", "user")
        if IS_ROOT and user:
            shutil.chown(path, user)

    @property
    def database(self):
        return self.folder / "data" / "counterfoil.db"

    def launch(self):
        """Starts the filter without waiting until it listens."""
        self._hasty = True
        try:
            return self.start()
        finally:
            self._hasty = False

    def is_up(self):
        return self._hasty or super().is_up()

    def leave(self):
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)

    def left(self, quiet=False):
        """Waits for the filter's end; AssertionError when that, or its log, is not as it should
        be."""
        try:
            self.stop(quiet=quiet)
        except AssertionError as error:
            raise AssertionError(f"the filter of {self.name}: {error}") from None

    def ended(self, deadline=30):
        """Waits for the end of a filter that was told to end; its exit status."""
        status = self._process.wait(deadline)
        self._process = None
        return status

    def is_running(self):
        return self._process is not None and self._process.poll() is None

    def status(self, field):
        """A field of /proc/PID/status, as a list of words."""
        text = Path(f"/proc/{self.pid}/status").read_text()
        return re.search(rf"(?m)^{field}:\s*(.*)$", text)[1].split()

    # What only the key's owner can write

    def _hmac(self, text):
        key = (self.folder / "data" / "key").read_bytes()
        return hmac.new(key, text.encode(), "sha256").digest()

    def check_letters(self, ticket):
        bits = int.from_bytes(self._hmac(f"ticket:{ticket}")[:4], "big") >> 7
        return "".join(CROCKFORD[bits >> shift & 31] for shift in (20, 15, 10, 5, 0))

    def ticket_id(self, ticket):
        return f"[{self.tag} #{ticket}-{self.check_letters(ticket)}]"

    def bounce_address(self, role, ticket):
        local, domain = role.split("@")
        return f"{local}+{ticket}-{self.check_letters(ticket).lower()}@{domain}"

    def stamp(self, message):
        instance = self.value("SELECT instance FROM site")
        return f"{instance} {message} {self._hmac(f'loop:{instance}:{message}')[:16].hex()}"

    # Mail

    def session(self, **options):
        return Session(self.socket, **options)

    def send(self, sender, rcpts, message, **options):
        """One message in a session of its own; the Result."""
        with self.session() as session:
            return session.send(sender, rcpts, message, **options)

    # The archive

    @contextlib.contextmanager
    def opened(self, path=None):
        """The database, for reading or for mischief; in autocommit mode."""
        with contextlib.closing(
            sqlite3.connect(path or self.database, isolation_level=None, timeout=10)
        ) as connection:
            connection.row_factory = sqlite3.Row
            yield connection

    def rows(self, sql, *values):
        with self.opened() as database:
            return [dict(row) for row in database.execute(sql, values)]

    def value(self, sql, *values):
        with self.opened() as database:
            return database.execute(sql, values).fetchone()[0]

    def count(self):
        """How many messages are recorded."""
        return self.value("SELECT count(*) FROM message")

    def last(self, **where):
        """The newest message."""
        condition = " AND ".join(f"{key} = :{key}" for key in where) or "1"
        with self.opened() as database:
            row = database.execute(
                f"SELECT * FROM message WHERE {condition} ORDER BY number DESC", where
            ).fetchone()
        return row and dict(row)

    def archived(self, number):
        """A message's bytes; its size and hash in the record are true."""
        pieces = self.rows("SELECT bytes FROM message_piece WHERE message = ? ORDER BY piece", number)
        raw = b"".join(row["bytes"] for row in pieces)
        row = self.rows("SELECT size, sha256 FROM message WHERE number = ?", number)[0]
        assert row["size"] == len(raw)
        assert row["sha256"] == hashlib.sha256(raw).digest()
        return raw

    def copies(self, number):
        return {row["address"] for row in self.rows("SELECT address FROM copy WHERE message = ?", number)}

    def brought(self, number):
        """To whom the courier is to bring its version of that message."""
        rows = self.rows(
            "SELECT address FROM outbox JOIN outbox_recipient ON outbox = number "
            "WHERE kind = 'copy' AND message = ?",
            number,
        )
        return [row["address"] for row in rows]

    def is_sound(self, path=None):
        with self.opened(path) as database:
            found = [row[0] for row in database.execute("PRAGMA integrity_check")]
            broken = database.execute("PRAGMA foreign_key_check").fetchall()
        return found == ["ok"] and not broken
