# SPDX-License-Identifier: BSD-2-Clause
"""A private Postfix for tests that send real mail.

An instance in its own folder, on loopback ports. Nothing of the system's Postfix is touched and
nothing can leave the machine: there is no SMTP client service in it, and all mail ends in the sink
(sink.py). Every kind of domain that Postfix has is there, each with its recipients checked, so
that an address is valid only if something makes it so.
"""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

from process import Log, Unready, answers, die_with_parent, free_port, new_folder, processes_in
from process import wait_for
from sink import Sink
from smtp import Client

CONFIGURE = Path(__file__).resolve().parents[2] / "contrib" / "postfix" / "configure"

# One domain of each kind. A local part that is one of KNOWN, alone or followed by - . or a digit,
# is a user there; everything else is refused, unless it is a role address. op-two.X@ is an alias
# for two users, op-loop.X@ one for X@, both in the mailbox domain.
DOMAINS = {
    "local": "local.test",
    "mailbox": "example.test",
    "alias": "alias.test",
    "relay": "relay.test",
}
KNOWN = (
    "user", "op", "jane", "joe", "kim", "mia", "postmaster", "bounce", "full", "defer", "slow",
    "polite", "rude", "sieve", "mailer-daemon",
)  # fmt: skip

MAIN_CF = """\
# A private Postfix for tests.
compatibility_level = 3.6
queue_directory = {folder}/spool
data_directory = {folder}/data
command_directory = {command_directory}
daemon_directory = {daemon_directory}
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/log
maillog_file_prefixes = {folder}

myhostname = mx.example.test
mydomain = example.test
myorigin = example.test
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
recipient_delimiter = +
smtputf8_enable = yes
message_size_limit = 70000000
mailbox_size_limit = 0
virtual_mailbox_limit = 0
biff = no

# One domain of each kind, with its own list of recipients.
mydestination = {local}
local_recipient_maps = regexp:{folder}/etc/users
alias_maps =
alias_database =
virtual_mailbox_domains = {mailbox}
virtual_mailbox_maps = regexp:{folder}/etc/users
virtual_alias_domains = {alias}
virtual_alias_maps = regexp:{folder}/etc/aliases
relay_domains = {relay}
relay_recipient_maps = regexp:{folder}/etc/users

# All mail ends in the sink; nothing asks the network for names.
local_transport = lmtp:inet:127.0.0.1:{sink_port}
virtual_transport = lmtp:inet:127.0.0.1:{sink_port}
relay_transport = lmtp:inet:127.0.0.1:{sink_port}
default_transport = lmtp:inet:127.0.0.1:{sink_port}
smtp_dns_support_level = disabled
smtpd_peername_lookup = no
lmtp_destination_concurrency_limit = 20

smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = auth
smtpd_authorized_xclient_hosts = 127.0.0.0/8
smtpd_tls_security_level = none
smtp_tls_security_level = none
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0

# What is put off comes again at once.
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
transport_retry_time = 1s
"""

MASTER_CF = """\
127.0.0.1:{port} inet n - n - - smtpd
127.0.0.1:{submission_port} inet n - n - - smtpd
  -o syslog_name=postfix/submission
  -o smtpd_client_restrictions=permit_sasl_authenticated,reject
pickup    unix  n - n 1 1 pickup
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 1 1 qmgr
tlsmgr    unix  - - n 1000? 1 tlsmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
verify    unix  - - n - 1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n - - proxymap
showq     unix  n - n - - showq
error     unix  - - n - - error
retry     unix  - - n - - error
discard   unix  - - n - - discard
local     unix  - n n - - local
lmtp      unix  - - n - - lmtp
anvil     unix  - - n - 1 anvil
scache    unix  - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
"""


def write_role_map(postfix, path, *roles):
    """A role map as Counterfoil writes it: made aside, and renamed over the old one."""
    with tempfile.TemporaryDirectory(dir=Path(path).parent) as aside:
        text = Path(aside) / "roles"
        text.write_text("".join(f"{role} {role}.counterfoil.invalid\n" for role in roles))
        done = postfix.run("postmap", f"{postconf('-d', '-h', 'default_database_type')}:{text}")
        assert done.returncode == 0, done.stderr
        (made,) = Path(aside).glob("roles.*")
        os.rename(made, f"{path}{made.suffix}")


def postconf(*args):
    """What postconf prints, without the last newline."""
    done = subprocess.run(["postconf", *args], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.rstrip("\n")


class Postfix(Log):
    """A private Postfix: a context manager, or start() and stop().

    main: further settings of main.cf, by name. master: further lines of master.cf. chroot: smtpd
    and cleanup run in the queue directory, as Debian's do.
    """

    def __init__(self, main=None, master="", chroot=False):
        self.folder = new_folder("postfix")
        self.etc = self.folder / "etc"
        self.spool = self.folder / "spool"
        self.sink = Sink(self.folder / "mail", self.spool / "auth")
        self.port = self.submission_port = self.second_door_port = None
        self.main = main or {}
        self._master = master
        self._chroot = chroot
        self._process = None

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *_):
        self.stop()

    # Life

    def prepare(self):
        """Writes the configuration and starts the sink, but not Postfix."""
        if os.geteuid() != 0:
            raise Unready("these tests start a Postfix of their own, and that needs root")
        if not shutil.which("postconf"):
            raise Unready("Postfix is not installed (Debian: apt-get install postfix)")
        self.etc.mkdir()
        self.spool.mkdir()
        self.sink.start()
        (self.folder / "data").mkdir(mode=0o700)
        shutil.chown(self.folder / "data", "postfix")
        self.port, self.submission_port, self.second_door_port = (free_port() for _ in range(3))
        self._write_config()
        return self

    def _write_config(self):
        known = f"^(({'|'.join(KNOWN)})([-.0-9][^@]*)?)@"
        (self.etc / "users").write_text(f"/{known}/ ok\n")
        mailbox = DOMAINS["mailbox"]
        domain = DOMAINS["alias"].replace(".", "\\.")
        (self.etc / "aliases").write_text(
            f"/{known}{domain}$/ $1@{mailbox}\n"
            f"/^op-two\\.(.+)@{mailbox}$/ mia-one.$1@{mailbox}, mia-two.$1@{mailbox}\n"
            f"/^op-loop\\.(.+)@{mailbox}$/ $1@{mailbox}\n"
        )
        places = {
            name: postconf("-d", "-h", name) for name in ("command_directory", "daemon_directory")
        }
        main = MAIN_CF.format(
            folder=self.folder, sink_port=self.sink.port, **places, **DOMAINS
        )
        for name, value in self.main.items():
            main = re.sub(rf"(?m)^{name} =.*\n", "", main) + f"{name} = {value}\n"
        master = MASTER_CF.format(port=self.port, submission_port=self.submission_port)
        if self._chroot:
            jailed = r"(?m)^(\S+ +(?:inet|unix) +\S) - n (.* (?:smtpd|cleanup))$"
            master = re.sub(jailed, r"\1 - y \2", master)
        (self.etc / "main.cf").write_text(main)
        (self.etc / "master.cf").write_text(master + self._master)
        self.age("main.cf", "users", "aliases")

    def age(self, *names):
        """Postfix dwells on a file that is younger than two seconds; a test need not."""
        for name in names:
            os.utime(self.etc / name, (1600000000, 1600000000))

    def start(self):
        """Starts Postfix, again if it was stopped with keep=True; returns when it takes mail."""
        if not self.etc.exists():
            self.prepare()
        check = self.run("postfix", "check")
        if check.returncode:
            raise Unready(f"postfix check: {check.stderr}\n{self.log()}")
        master = Path(postconf("-d", "-h", "daemon_directory")) / "master"
        self._process = subprocess.Popen(
            [master, "-c", self.etc],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=die_with_parent,
        )

        def ready():
            if self._process.poll() is not None:
                raise Unready(f"Postfix ended at once:\n{self.log()}")
            return answers(socket.AF_INET, ("127.0.0.1", self.port))

        wait_for(ready, "Postfix listens")
        return self

    def stop(self, keep=False):
        """Ends Postfix. Without keep the sink ends too, and without COUNTERFOIL_KEEP the folder."""
        left = []
        if self._process:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
                left.append("master")
            self._process = None
            with contextlib.suppress(AssertionError):
                wait_for(lambda: not processes_in(self.folder), "Postfix's processes end", 5)
        for pid in processes_in(self.folder):
            with contextlib.suppress(OSError):
                left.append(Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode())
                os.kill(pid, signal.SIGKILL)
        if not keep:
            self.sink.stop()
            if not os.environ.get("COUNTERFOIL_KEEP"):
                shutil.rmtree(self.folder, ignore_errors=True)
        assert not left, f"these had to be killed: {left}"

    def reload(self):
        """Makes Postfix read its configuration again, and waits until it has."""
        mark = self.log_size()
        done = self.run("postfix", "reload")
        assert done.returncode == 0, done.stderr
        self.wait_log(r"master\[\d+\]: reload", since=mark)

    # Its programs

    def run(self, program, *args, data=None):
        """A program of Postfix on this instance; the finished process, output as text."""
        command = [program, "-c", self.etc, *args]
        return subprocess.run(command, input=data, capture_output=True, text=True, timeout=60)

    def postconf(self, *args):
        """What postconf prints about this instance, without the last newline."""
        return postconf("-c", self.etc, *args)

    def set(self, **settings):
        """Changes main.cf; reload() makes it hold."""
        self.postconf("-e", *(f"{name} = {value}" for name, value in settings.items()))
        self.age("main.cf")

    def configure(self, verb, conf, *options):
        """contrib/postfix/configure on this instance; the finished process, output as text."""
        command = [CONFIGURE, verb, "--config-dir", self.etc, "--config", conf]
        if verb == "apply":
            command += ["--second-door-port", str(self.second_door_port)]
        done = subprocess.run(
            [*command, *options],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
        self.age("main.cf")
        return done

    # Mail in

    def client(self, port=None, **options):
        """An SMTP connection; see smtp.Client."""
        return Client(port or self.port, **options)

    def send(self, sender, rcpts, data, port=None, **options):
        """One message on a connection of its own; smtp.Sent. Options of smtp.Client go there."""
        names = ("auth", "client", "helo", "deadline")
        of_client = {name: options.pop(name) for name in names if name in options}
        with self.client(port, **of_client) as connection:
            return connection.send(sender, rcpts, data, **options)

    def sendmail(self, args, data):
        """The sendmail command, as a local program calls it; the finished process."""
        command = ["sendmail", "-C", self.etc, *args]
        return subprocess.run(command, input=data, capture_output=True, timeout=60)

    # Mail out

    def mailbox(self, address):
        """What an address got so far: sink.Delivery, in order."""
        return self.sink.mailbox(address)

    def wait_mailbox(self, address, count=1, deadline=10.0):
        """mailbox(address) as soon as it holds count deliveries."""
        try:
            return self.sink.wait(address, count, deadline)
        except AssertionError as error:
            raise AssertionError(f"{error}\nqueue: {self.queue()}\n{self.log()[-4000:]}") from None

    # The queue and the log

    def queue(self):
        """What is queued, as `postqueue -j` says it: one dict a message."""
        listing = self.run("postqueue", "-j")
        assert listing.returncode == 0, listing.stderr
        return [json.loads(line) for line in listing.stdout.splitlines()]

    def queued(self):
        """How many messages are anywhere in the queue, those on hold excepted."""
        count = 0
        for name in ("maildrop", "incoming", "active", "deferred"):
            with contextlib.suppress(FileNotFoundError):
                count += sum(len(files) for _, _, files in os.walk(self.spool / name))
        return count

    def flush(self):
        """Has everything that was put off tried again now."""
        done = self.run("postqueue", "-f")
        assert done.returncode == 0, done.stderr

    def wait_empty(self, deadline=20.0):
        """Returns when nothing is queued."""
        try:
            # Twice, since a message that is put back from deferred may be overlooked once.
            wait_for(lambda: self.queued() + self.queued() == 0, "the queue is empty", deadline)
        except AssertionError as error:
            raise AssertionError(f"{error}\nqueue: {self.queue()}\n{self.log()[-4000:]}") from None
