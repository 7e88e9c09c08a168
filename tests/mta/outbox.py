# SPDX-License-Identifier: BSD-2-Clause
"""What a site's outbox holds, seen and written from outside the filter, as the command line would."""

import contextlib
import sqlite3
import time

from process import wait_for


class Outbox:
    """The outbox in a database."""

    def __init__(self, database):
        self.database = database

    @contextlib.contextmanager
    def _opened(self):
        record = sqlite3.connect(self.database, timeout=10, isolation_level=None)
        with contextlib.closing(record):
            record.row_factory = sqlite3.Row
            yield record

    def rows(self, sql, *values):
        with self._opened() as record:
            return [dict(row) for row in record.execute(sql, values)]

    def put(self, pieces, rcpts, sender="", kind="acknowledge", ticket=None, message=None, age=0):
        """Writes a mail, as old as age seconds; its number. pieces: the bytes, or a list of bytes
        and of (message, begin, size)."""
        return self.put_many([pieces], rcpts, sender, kind, ticket, message, age)[0]

    def put_many(self, mails, rcpts, sender="", kind="acknowledge", ticket=None, message=None, age=0):
        """The same for several mails, in one transaction."""
        at = int((time.time() - age) * 1000)
        rcpts = [rcpts] if isinstance(rcpts, str) else rcpts
        with self._opened() as record:
            record.execute("BEGIN IMMEDIATE")
            numbers = [
                self._write(record, pieces, rcpts, (kind, ticket, message, at, sender))
                for pieces in mails
            ]
            record.execute("COMMIT")
        return numbers

    def _write(self, record, pieces, rcpts, line):
        number = record.execute(
            "INSERT INTO outbox (kind, ticket, message, at, sender) VALUES (?, ?, ?, ?, ?)", line
        ).lastrowid
        for rcpt in rcpts:
            record.execute(
                "INSERT INTO outbox_recipient (outbox, address, next_at) VALUES (?, ?, ?)",
                (number, rcpt, line[3]),
            )
        for position, piece in enumerate([pieces] if isinstance(pieces, bytes) else pieces):
            own = isinstance(piece, bytes)
            message, begin, size = (None, 0, len(piece)) if own else piece
            record.execute(
                "INSERT INTO outbox_piece VALUES (?, ?, ?, ?, ?, ?)",
                (number, position, piece if own else None, message, begin, size),
            )
        return number

    def recipients(self, number):
        """A mail's recipients: rows by address."""
        rows = self.rows("SELECT * FROM outbox_recipient WHERE outbox = ?", number)
        return {row["address"]: row for row in rows}

    def states(self, number):
        return {address: row["state"] for address, row in self.recipients(number).items()}

    def recipient(self, number):
        """The only recipient."""
        (row,) = self.recipients(number).values()
        return row

    def wait(self, number, *states, deadline=30):
        """Returns when every recipient has one of the states."""
        wait_for(
            lambda: set(self.states(number).values()) <= set(states),
            f"mail {number} is {' or '.join(states)}",
            deadline,
        )

    def wait_tried(self, number, tries=1, deadline=30):
        """Returns when every recipient was tried so often."""
        wait_for(
            lambda: all(row["tries"] >= tries for row in self.recipients(number).values()),
            f"mail {number} was tried {tries} times",
            deadline,
        )

    def hurry(self, number):
        """What was put off is due now."""
        with self._opened() as record:
            record.execute("UPDATE outbox_recipient SET next_at = 0 WHERE outbox = ?", (number,))

    def pieces(self, number):
        (row,) = self.rows("SELECT count(*) AS count FROM outbox_piece WHERE outbox = ?", number)
        return row["count"]

    def failures(self):
        """The events of what could not be delivered."""
        return self.rows("SELECT * FROM event WHERE kind = 'undeliverable' ORDER BY id")
