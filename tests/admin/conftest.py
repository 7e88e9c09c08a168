# SPDX-License-Identifier: BSD-2-Clause
"""The real `counterfoil` on a real database in a folder of its own.

Tickets and messages are put into the database by SQL, as the filter would have recorded them.
"""
import hashlib
import json
import os
import pty
import select
import shutil
import sqlite3
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("COUNTERFOIL_BUILD", TOP))
PROGRAM = BUILD / "counterfoil"
DEADLINE_S = 60
NOW = 1_790_000_000_000
NOW_TEXT = "2026-09-21T14:13:20Z"
PIECE = 256 * 1024


def environment(**more):
    env = {
        "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "HOME": "/nonexistent",
    }
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "MAIL_CONFIG"):
        if name in os.environ:
            env[name] = os.environ[name]
    env.update(more)
    return env


class Result:
    def __init__(self, code, out, err):
        self.code = code
        self.raw = out
        self.out = out.decode("utf-8", "replace")
        self.err = err.decode("utf-8", "replace")

    @property
    def rows(self):
        return [line.split("\t") for line in self.out.splitlines()]

    @property
    def objects(self):
        return [json.loads(line) for line in self.raw.decode("utf-8").splitlines()]

    @property
    def object(self):
        (one,) = self.objects
        return one

    def __repr__(self):
        return f"exit {self.code}\n--- stdout\n{self.out}--- stderr\n{self.err}"


class Site:
    """A configuration, and, after init(), a database and a key."""

    def __init__(self, folder):
        self.folder = folder
        self.conf = folder / "counterfoil.conf"
        self.database = folder / "var" / "archive.db"
        self.key = folder / "var" / "key"
        self.socket = folder / "milter.sock"
        self.map = folder / "map" / "roles"
        self.configure()

    def configure(self, role_map="", milter="", mail="", archive=""):
        self.conf.write_text(
            f"[milter]\nsocket = unix:{self.socket}\n{milter}\n"
            f"[mail]\n{mail}\n"
            f"[archive]\ndatabase = {self.database}\nkey_file = {self.key}\n"
            f"role_map = {role_map}\n{archive}\n"
        )

    def run(self, *args, stdin=b"", env=None, **more):
        done = subprocess.run(
            [PROGRAM, "--config", self.conf, *args],
            input=stdin,
            capture_output=True,
            timeout=DEADLINE_S,
            env=environment(**(env or {})),
            cwd=self.folder,
            **more,
        )
        return Result(done.returncode, done.stdout, done.stderr)

    def ok(self, *args, **more):
        result = self.run(*args, **more)
        assert (result.code, result.err) == (0, ""), result
        return result

    def fails(self, code, *args, **more):
        """The command is refused with that exit code and one line; nothing has changed."""
        before = self.dump()
        result = self.run(*args, **more)
        assert result.code == code, result
        assert result.out == "", result
        lines = result.err.splitlines()
        assert lines and lines[0].startswith("counterfoil: "), result
        if code == 2:
            assert lines[1].startswith("usage: "), result
        assert self.dump() == before, "the database has changed"
        return result.err

    def init(self, tag="Example", postmaster="postmaster@example.com", **more):
        return self.ok("init", "--tag", tag, "--postmaster", postmaster, **more)

    def connect(self):
        connection = sqlite3.connect(self.database, timeout=DEADLINE_S, isolation_level=None)
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    def sql(self, text, *values):
        connection = self.connect()
        try:
            return connection.execute(text, values).fetchall()
        finally:
            connection.close()

    def dump(self):
        if not self.database.exists():
            return None
        connection = self.connect()
        try:
            return list(connection.iterdump())
        except sqlite3.DatabaseError:
            return None
        finally:
            connection.close()

    def department_id(self, name):
        ((number,),) = self.sql("SELECT id FROM department WHERE name = ?", name)
        return number

    def operator_id(self, address):
        ((number,),) = self.sql(
            "SELECT operator_id FROM operator_address WHERE address = ?", address
        )
        return number

    def ticket(self, subject="Printer on fire", department="support", further=(), people=(), **more):
        """A ticket; its number."""
        row = {
            "department_id": self.department_id(department),
            "state": "open",
            "waiting": "us",
            "waiting_since": NOW,
            "requester": "kim@example.net",
            "requester_name": "Kim Customer",
            "assignee_id": None,
            "subject": subject,
            "opened_at": NOW,
            "updated_at": NOW,
            "closed_at": None,
        }
        row.update(more)
        connection = self.connect()
        number = insert(connection, "ticket", row)
        for name in further:
            insert(
                connection,
                "ticket_department",
                {"ticket": number, "department_id": self.department_id(name)},
            )
        for address in people:
            insert(connection, "correspondent", {"ticket": number, "address": address})
        connection.close()
        return number

    def acknowledge(self, *tickets):
        """Their requesters were told of them."""
        for ticket in tickets:
            self.sql(
                "INSERT INTO outbox (kind, ticket, at, sender) VALUES ('acknowledge', ?, ?, '')", ticket, NOW
            )

    def message(
        self, ticket, text="Help!\n", raw=None, to=(), copies=(), attachments=(), **more
    ):
        """A message; its number. to: (address, role or None); copies: (address, role)."""
        raw = raw if raw is not None else b"Subject: Printer\r\n\r\nHelp!\r\n"
        row = {
            "ticket": ticket,
            "kind": "request",
            "at": NOW,
            "sender": "kim@example.net",
            "author": "kim@example.net",
            "author_name": "Kim Customer",
            "subject": "Printer on fire",
            "message_id": "1@example.net",
            "body_text": text,
            "malformed": 0,
            "size": len(raw),
            "sha256": hashlib.sha256(raw).digest(),
            "same_sha256": hashlib.sha256(raw).digest(),
            "body_sha256": hashlib.sha256(raw).digest(),
        }
        row.update(more)
        connection = self.connect()
        connection.execute("BEGIN")
        number = insert(connection, "message", row)
        for piece, start in enumerate(range(0, len(raw), PIECE)):
            part = {"message": number, "piece": piece, "bytes": raw[start : start + PIECE]}
            insert(connection, "message_piece", part)
        for position, (address, role) in enumerate(to):
            part = {"message": number, "position": position, "address": address, "role": role}
            insert(connection, "recipient", part)
        for address, role in copies:
            insert(
                connection, "copy", {"message": number, "address": address, "role": role, "at": NOW}
            )
        for position, (name, kind, size) in enumerate(attachments):
            part = {"message": number, "position": position, "name": name, "type": kind}
            insert(connection, "attachment", {**part, "size": size})
        connection.execute("COMMIT")
        connection.close()
        return number

    def event(self, kind, ticket, **more):
        connection = self.connect()
        insert(connection, "event", {"at": NOW, "kind": kind, "ticket": ticket, **more})
        connection.close()

    def events(self, kind):
        """(ticket, department, actor, detail) of all events of a kind, in order."""
        return self.sql(
            "SELECT ticket, department.name, actor, detail FROM event LEFT JOIN department "
            "ON department.id = department_id WHERE kind = ? ORDER BY event.id",
            kind,
        )

    def terminal(self, *args, env=None, keys=b"", until=None):
        """Runs the program with a terminal as its standard input, output and error.

        keys is typed as soon as `until` can be read. What the terminal got, with its line ends
        as they were written, and the exit code.
        """
        master, slave = pty.openpty()
        process = subprocess.Popen(
            [PROGRAM, "--config", self.conf, *args],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment(**{"TERM": "xterm", "PAGER": "", **(env or {})}),
            cwd=self.folder,
            start_new_session=True,
        )
        os.close(slave)
        got = b""
        deadline = time.monotonic() + DEADLINE_S
        try:
            while time.monotonic() < deadline:
                if not select.select([master], [], [], 1)[0]:
                    continue
                try:
                    more = os.read(master, 65536)
                except OSError:
                    more = b""
                if not more:
                    break
                got += more
                if keys and until in got:
                    os.write(master, keys)
                    keys = b""
            code = process.wait(timeout=DEADLINE_S)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            os.close(master)
        return got.replace(b"\r\n", b"\n").decode("utf-8"), code


def insert(connection, table, row):
    names = ", ".join(row)
    marks = ", ".join("?" * len(row))
    return connection.execute(
        f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values())
    ).lastrowid


@pytest.fixture
def folder():
    """A folder that every user may enter."""
    with tempfile.TemporaryDirectory(prefix="counterfoil-admin-") as path:
        os.chmod(path, 0o755)
        yield Path(path)


@pytest.fixture
def bare(folder):
    """A configuration, and nothing more."""
    return Site(folder)


@pytest.fixture(scope="session")
def templates():
    """What `site` and `office` begin with, made once."""
    with tempfile.TemporaryDirectory(prefix="counterfoil-admin-") as path:
        made = {}
        for name in "site", "office":
            (Path(path) / name).mkdir()
            made[name] = Site(Path(path) / name)
            made[name].init()
        furnish(made["office"])
        yield made


def furnish(site):
    site.ok("department", "add", "support", "--address", "support@example.com")
    site.ok("department", "add", "accounting", "--address", "accounting@example.com")
    site.ok("operator", "add", "jane@example.com", "--name", "Jane Doe")
    site.ok("operator", "add", "john@example.com", "--name", "John Roe", "--login", "jroe")
    site.ok("operator", "add", "ann@example.com", "--name", "Ann Thrift")
    site.ok("operator", "add", "max@example.com")
    site.ok("member", "add", "support", "jane@example.com", "john@example.com")
    site.ok("member", "add", "accounting", "ann@example.com")


def copy(template, bare):
    shutil.copytree(template.database.parent, bare.database.parent)
    return bare


@pytest.fixture
def site(templates, bare):
    """After init."""
    return copy(templates["site"], bare)


@pytest.fixture
def office(templates, bare):
    """Departments support (jane, john) and accounting (ann); max is in none."""
    return copy(templates["office"], bare)
