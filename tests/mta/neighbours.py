# SPDX-License-Identifier: BSD-2-Clause
"""Two mail servers that write to each other, each with a Counterfoil of its own, and mailboxes at the
second that answer and forward by themselves.

home  is example.test, as everywhere; forward-X@ is an alias for X@away.test
away  is away.test: polite-X@, rude-X@ and sieve-X@ answer everything (responder.py); forward-X@ is an
      alias for X@example.test. And unix.test: nobody+X@ has a .forward file, see forward()
"""

import concurrent.futures
import re
import shutil
import sys
from pathlib import Path

from counterfoil import BUILD, Counterfoil
from desk import is_notice
from postfix import DOMAINS, Postfix
from process import wait_for
from wire import Wire

HERE = Path(__file__).resolve().parent
SIEVE = BUILD / "sieve"
HOME, AWAY, UNIX = DOMAINS["mailbox"], "away.test", "unix.test"

DOVECOT = """\
log_path = {folder}/log
protocols =
ssl = no
base_dir = {folder}
default_login_user = nobody
default_internal_user = nobody
default_internal_group = nogroup
stats_writer_socket_path =
hostname = mx.away.test
postmaster_address = postmaster@away.test
submission_host = 127.0.0.1:{port}
recipient_delimiter = +
mail_location = maildir:%h/mail
mail_plugin_dir = {folder}/usr/lib/dovecot/modules
mail_plugins = sieve
plugin {{
  sieve = file:{folder}/vacation.sieve
}}
"""
VACATION = 'require "vacation";\nvacation :days 1 "I am on holiday.";\n'
LDA = """\
#!/bin/sh
HOME={folder}/$2 USER=$2 LD_LIBRARY_PATH={folder}/usr/lib/dovecot
export HOME USER LD_LIBRARY_PATH
mkdir -p "$HOME"
exec {folder}/usr/bin/doveconf -c {folder}/dovecot.conf -e \\
    {folder}/usr/lib/dovecot/dovecot-lda -f "$1" -a "$2"
"""
# null_sender: the program gets "" for the null sender.
MASTER = """\
smtp      unix  - - n - - smtp
"""
RESPONDER = """\
{kind} unix - n n - 10 pipe
  flags=DR user=nobody null_sender=
  argv={python} {folder}/responder.py {does} {sink} {port} ${{sender}} ${{original_recipient}} {command}
"""


class Site:
    """A mail server with a Counterfoil, and the wire that leads to it; address is what its neighbour
    sees of it (TEST-NET-3)."""

    def __init__(self, tag, domain, address):
        self.postfix = Postfix()
        settings = {"mail": {"local_domains": domain}}
        self.site = Counterfoil(to=self.postfix, tag=tag, settings=settings)
        self.wire = Wire()
        self.address = address
        self.etc = self.postfix.etc
        self.seen = 0  # deliveries

    def prepare(self):
        """Writes the configuration; the wire to it is open, and it has a port."""
        self.postfix.prepare()
        self.wire.start(to=self.postfix.port)
        with open(self.etc / "master.cf", "a", encoding="ascii") as master:
            master.write(MASTER)

    def write(self, name, text):
        (self.etc / name).write_text(text)
        self.postfix.age(name)

    def start(self):
        self.site.start()
        self.postfix.start()
        done = self.postfix.configure("apply", self.site.conf)
        assert done.returncode == 0, done.stderr

    def unfinished(self):
        """The queue IDs, by the log, of messages that came and have not gone yet."""
        log = self.postfix.log()
        came = set(re.findall(r"cleanup\[\d+\]: (\w+): message-id=", log))
        return came - set(re.findall(r": (\w+): (?:removed|milter-reject: END-OF-MESSAGE)", log))


class Neighbours:
    """home and away, each with .postfix and .site; a context manager."""

    def __init__(self):
        self.home = Site("Example", HOME, "203.0.113.1")
        self.away = Site("Away", AWAY, "203.0.113.2")
        self.both = (self.home, self.away)

    def __enter__(self):
        try:
            self._prepare()
            for one in self.both:
                one.start()
        except BaseException:
            self._end(quiet=True)
            raise
        return self

    def __exit__(self, kind, *_):
        self._end(quiet=kind is not None)

    def _end(self, quiet):
        """Filters take some seconds to end: both do it at a time."""
        with concurrent.futures.ThreadPoolExecutor() as pool:
            ends = [pool.submit(one.site.stop, quiet=quiet) for one in self.both]
            ends += [pool.submit(one.postfix.stop) for one in self.both]
        for one in self.both:
            one.wire.stop()
        for end in ends:
            end.result()

    def _prepare(self):
        etc = self.away.etc
        self.home.postfix.main.update(
            virtual_alias_maps=f"regexp:{self.home.etc}/aliases, regexp:{self.home.etc}/forwards",
            transport_maps=f"texthash:{self.home.etc}/neighbour",
        )
        self.away.postfix.main.update(
            myhostname="mx.away.test",
            myorigin=AWAY,
            mydestination=UNIX,
            local_transport="local",
            local_recipient_maps="",
            virtual_mailbox_domains=AWAY,
            virtual_alias_maps=f"regexp:{etc}/aliases, regexp:{etc}/forwards",
            transport_maps=f"texthash:{etc}/neighbour, regexp:{etc}/responders",
            forward_path=f"{self.away.postfix.folder}/forward/${{extension}}",
        )
        for one in self.both:
            one.prepare()
        self.home.wire.client, self.away.wire.client = self.away.address, self.home.address
        to_home, to_away = (f"smtp:[127.0.0.1]:{one.wire.port}\n" for one in self.both)
        self.home.write("neighbour", f"{AWAY} {to_away}{UNIX} {to_away}")
        self.away.write("neighbour", f"{HOME} {to_home}")
        self.home.write("forwards", f"/^forward-(.+)@{HOME}$/ $1@{AWAY}\n")
        self.away.write("forwards", f"/^forward-(.+)@{AWAY}$/ $1@{HOME}\n")
        self._make_responders()

    def _make_responders(self):
        """Mailboxes at away that answer by themselves."""
        folder = self.away.postfix.folder / "dovecot"
        places = {"folder": folder, "port": self.away.postfix.port}
        # These run as nobody, who may not be able to enter the place where the sources are.
        shutil.copytree(SIEVE / "usr", folder / "usr", symlinks=True)
        shutil.copy(HERE / "responder.py", folder)
        shutil.chown(folder, "nobody")
        (folder / "dovecot.conf").write_text(DOVECOT.format(**places))
        (folder / "vacation.sieve").write_text(VACATION)
        (folder / "lda").write_text(LDA.format(**places))
        (folder / "lda").chmod(0o755)
        places.update(python=sys.executable, sink=self.away.postfix.sink.port)
        lda = f"{folder}/lda ${{sender}} ${{original_recipient}}"
        with open(self.away.etc / "master.cf", "a", encoding="ascii") as master:
            for kind, does, command in (
                ("polite", "polite", ""),
                ("rude", "rude", ""),
                ("sieve", "run", lda),
            ):
                master.write(RESPONDER.format(kind=kind, does=does, command=command, **places))
        domain = AWAY.replace(".", "\\.")
        kinds = "".join(f"/^{kind}-.*@{domain}$/ {kind}:\n" for kind in ("polite", "rude", "sieve"))
        self.away.write("responders", kinds)
        (self.away.postfix.folder / "forward").mkdir()

    def forward(self, name, *to):
        """A user of the machine at away whose .forward file says where to; the address."""
        file = self.away.postfix.folder / "forward" / name
        file.write_text("".join(f"{address}\n" for address in to))
        return f"nobody+{name}@{UNIX}"

    def rest(self, deadline=60):
        """Waits until nothing is on its way on either server."""

        def is_quiet():
            logs = [one.postfix.log_size() for one in self.both]
            queued = sum(one.postfix.queued() for one in self.both + self.both)
            left = any(one.unfinished() for one in self.both)
            return not queued and not left and logs == [one.postfix.log_size() for one in self.both]

        wait_for(is_quiet, "all mail is where it ends", deadline)

    def news(self):
        """What people or their programs wrote that came to any mailbox since the last call, at either
        server: the Delivery's by what stands before -NUMBER@ in the address."""
        came = {}
        for one in self.both:
            every = one.postfix.sink.deliveries()
            for copy in filter(lambda copy: not is_notice(copy), every[one.seen :]):
                came.setdefault(re.sub(r"(-\d+)?@.*", "", copy.rcpt), []).append(copy)
            one.seen = len(every)
        return came
