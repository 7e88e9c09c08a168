# SPDX-License-Identifier: BSD-2-Clause
"""A Counterfoil for tests: a site of its own, its command line, and the filter that serves it."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
from pathlib import Path

from postfix import DOMAINS
from process import Log, Unready, answers, die_with_parent, free_port, new_folder, wait_for

BUILD = Path(os.environ.get("COUNTERFOIL_BUILD") or Path(__file__).resolve().parents[2])

SETTINGS = {
    "milter": {"user": "nobody"},
    "mail": {"local_domains": " ".join(DOMAINS.values())},
    "log": {"to": "stderr"},
}
# What a sanitizer writes when it found something.
SANITIZER = re.compile(r"ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:")
# A line that says that something went wrong. Before it stands what systemd's journal wants.
COMPLAINT = re.compile(r"(?m)^(?:<\d>)?(?:error|warning): .*$")


class CommandError(Exception):
    """`counterfoil` ended with another status than 0; its text is what it said."""

    def __init__(self, done):
        super().__init__(f"{done.args}: status {done.returncode}: {done.stderr.strip()}")
        self.status = done.returncode
        self.text = done.stderr


class Counterfoil(Log):
    """A site of its own: configuration, database, key, role map, and the filter that serves it.

    A context manager, or start() and stop(). to: the mail server that takes what it sends, with a
    port from start() on. socket: "unix" (in socket_folder, if told) or "inet".
    settings: keys of counterfoil.conf by section, over SETTINGS. stop() complains about each line
    of the log that says error or warning, unless expect() announced it.
    """

    def __init__(
        self,
        to=None,
        socket="unix",
        settings=None,
        tag="Example",
        postmaster=None,
        socket_folder=None,
    ):
        self.to = to
        self.folder = new_folder("site")
        self.conf = self.folder / "counterfoil.conf"
        self.role_map = self.folder / "map" / "roles"
        self.socket_folder = Path(socket_folder or self.folder / "run")
        self.socket = f"unix:{self.socket_folder}/milter"
        if socket != "unix":
            self.socket = f"inet:{free_port()}@127.0.0.1"
        self.settings = settings or {}
        self.tag = tag
        self._postmaster = postmaster or "postmaster@" + DOMAINS["mailbox"]
        self._process = None
        self._expected = []

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.stop(quiet=True)
            raise

    def __exit__(self, kind, *_):
        self.stop(quiet=kind is not None)

    # Life

    def prepare(self):
        """Makes folders, configuration, database and key; starts nothing."""
        for program in ("counterfoil", "counterfoil-milter"):
            if not (BUILD / program).exists():
                raise Unready(f"{BUILD / program} is not there: run make, or set COUNTERFOIL_BUILD")
        self.write_conf()
        user = self.setting("milter", "user") or "root"
        for folder in (self.folder / "data", self.folder / "map", self.socket_folder):
            folder.mkdir(exist_ok=True)
            shutil.chown(folder, user)
        (self.folder / "data").chmod(0o750)
        # The socket belongs to the folder's group, so that Postfix may use it under umask 007.
        shutil.chown(self.socket_folder, user, "postfix")
        self.socket_folder.chmod(0o2750)
        self.run("init", "--tag", self.tag, "--postmaster", self._postmaster)
        return self

    def setting(self, section, key):
        given = self.settings.get(section, {})
        return given.get(key, SETTINGS.get(section, {}).get(key))

    def write_conf(self, **sections):
        """Writes counterfoil.conf, with these keys by section over the settings so far."""
        for section, keys in sections.items():
            self.settings.setdefault(section, {}).update(keys)
        places = {
            "milter": {"socket": self.socket},
            "mail": {"submit": f"smtp://127.0.0.1:{self.to.port}"} if self.to else {},
            "archive": {
                "database": self.folder / "data" / "counterfoil.db",
                "key_file": self.folder / "data" / "key",
                "role_map": f"postfix:{self.role_map}",
            },
        }
        lines = []
        for section in ("milter", "mail", "archive", "log"):
            keys = {
                **places.get(section, {}),
                **SETTINGS.get(section, {}),
                **self.settings.get(section, {}),
            }
            lines += [f"[{section}]", *(f"{key} = {value}" for key, value in keys.items()), ""]
        self.conf.write_text("\n".join(lines))
        # A password is nobody else's business; the filter reads this before it becomes its user.
        self.conf.chmod(0o600 if "@" in str(self.setting("mail", "submit")) else 0o644)

    def start(self):
        """Starts the filter, again after stop(keep=True) or kill(); returns when it listens."""
        if not self.conf.exists():
            self.prepare()
        with open(self.folder / "log", "ab") as log:
            self._process = subprocess.Popen(
                [BUILD / "counterfoil-milter", "--config", self.conf],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment(),
                preexec_fn=die_with_parent,
            )

        def ready():
            if self._process.poll() is not None:
                raise Unready(f"counterfoil-milter ended at once:\n{self.log()}")
            return self.is_up()

        wait_for(ready, "the filter listens")
        return self

    def _environment(self):
        """A leak check can look only into a process that has not given up root; there it does."""
        leaks = int(not self.setting("milter", "user"))
        options = os.environ.get("ASAN_OPTIONS", "")
        return {**os.environ, "ASAN_OPTIONS": f"{options}:detect_leaks={leaks}"}

    def is_up(self):
        """Does the filter take connections?"""
        if self.socket.startswith("unix:"):
            path = self.socket[len("unix:") :]
            return os.path.exists(path) and answers(socket.AF_UNIX, path)
        port, host = self.socket[len("inet:") :].split("@")
        return answers(socket.AF_INET, (host, int(port)))

    @property
    def pid(self):
        return self._process.pid

    def kill(self, number=signal.SIGKILL, deadline=20):
        """Ends the filter by a signal; its exit status."""
        self._process.send_signal(number)
        status = self._process.wait(deadline)
        self._process = None
        return status

    def restart(self):
        status = self.kill(signal.SIGTERM)
        assert status == 0, f"the filter ended with status {status}\n{self.log()}"
        return self.start()

    def stop(self, keep=False, quiet=False):
        """Ends the filter in good order. Without keep its folder goes too, unless COUNTERFOIL_KEEP
        is set, and the log is looked through, unless quiet."""
        status, log = 0, ""
        if self._process:
            try:
                status = self.kill(signal.SIGTERM)
            except subprocess.TimeoutExpired:
                self.kill(signal.SIGKILL)
                status = "none: it had to be killed"
        if keep:
            return
        log = self.log()
        if not os.environ.get("COUNTERFOIL_KEEP"):
            shutil.rmtree(self.folder, ignore_errors=True)
        if not quiet:
            assert status == 0, f"the filter's exit status: {status}\n{log}"
            assert not SANITIZER.search(log), log
            left = self.complaints(log)
            assert not left, "unexpected in the log:\n" + "\n".join(left)

    # The log

    def expect(self, pattern):
        """Error and warning lines that match this regular expression are what the test wants."""
        self._expected.append(re.compile(pattern))

    def complaints(self, log=None):
        """The error and warning lines of the log that nobody announced."""
        lines = COMPLAINT.findall(self.log() if log is None else log)
        return [line for line in lines if not any(want.search(line) for want in self._expected)]

    # The command line

    def run(self, *args, data=None, check=True):
        """`counterfoil ARGS` on this site; the finished process, output as text. CommandError when
        it fails, unless check is False."""
        done = subprocess.run(
            [BUILD / "counterfoil", "--config", self.conf, *map(str, args)],
            input=data,
            stdin=subprocess.DEVNULL if data is None else None,
            capture_output=True,
            text=True,
            timeout=60,
        )
        if check and done.returncode:
            raise CommandError(done)
        return done

    def __call__(self, *args, data=None):
        """`counterfoil --json ARGS`: what it prints, one dict a line."""
        done = self.run("--json", *args, data=data)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def raw(self, message):
        """The bytes of a message in the archive, by its number."""
        command = [BUILD / "counterfoil", "--config", self.conf, "message", "raw", str(message)]
        return subprocess.run(command, capture_output=True, check=True, timeout=60).stdout

    def wait_sent(self, postfix, mark, deadline=20):
        """Returns when nothing of the outbox is due any more, and postfix has delivered what it got
        of it since its log had the size mark."""
        database = self.folder / "data" / "counterfoil.db"
        query = (
            "SELECT count(*) FROM outbox_recipient WHERE state = 'waiting' AND next_at <= "
            "1000 * unixepoch('now', '+1 second')"
        )

        def nothing_is_due():
            try:
                with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as record:
                    return record.execute(query).fetchone() == (0,)
            except sqlite3.DatabaseError as error:
                return "locked" not in str(error)  # a test took it away, or broke it

        wait_for(nothing_is_due, "the courier has brought what was due", deadline)
        for queue_id in re.findall(r"outbox=.* sent reply=250 .*queued as (\w+)", self.log()):
            if f" {queue_id}: " in postfix.log(mark):
                postfix.wait_log(f"{queue_id}: removed", mark, deadline)

    def age(self, ticket, days):
        """Makes everything about a ticket as old as if so many days had passed: a test can't wait."""
        ms = round(days * 86400000)
        moves = (
            "ticket SET opened_at = opened_at - ?1, closed_at = closed_at - ?1, "
            "updated_at = updated_at - ?1, waiting_since = waiting_since - ?1 WHERE number = ?2",
            "message SET at = at - ?1 WHERE ticket = ?2",
            "event SET at = at - ?1 WHERE ticket = ?2",
            "handing_over SET at = at - ?1 "
            "WHERE message IN (SELECT number FROM message WHERE ticket = ?2)",
        )
        record = sqlite3.connect(self.folder / "data" / "counterfoil.db", timeout=10)
        with contextlib.closing(record), record:
            for move in moves:
                record.execute(f"UPDATE {move}", (ms, ticket))

    def department(self, name, *members, address=None, title=None):
        """Makes a department, and its members, who become operators if they are not; its role
        address (NAME at the mailbox domain unless told otherwise)."""
        address = address or f"{name}@{DOMAINS['mailbox']}"
        titled = ("--title", title) if title else ()
        self.run("department", "add", name, "--address", address, *titled)
        known = {one for each in self("operator", "list") for one in each["addresses"]}
        for member in members:
            if member not in known:
                self.run("operator", "add", member)
            self.run("member", "add", name, member)
        return address
