# SPDX-License-Identifier: BSD-2-Clause
"""contrib/quickstart with programs that are built already: what it shows, what it tells the reader
to do, that it works again and again, and that it stops."""

import email
import os
import re
import shutil
import socket
import subprocess

import pytest

from lab import BUILD, CONFIGURE, free_port, new_folder, wait_for
from process import processes_in

QUICKSTART = CONFIGURE.parents[1] / "quickstart"
PACKAGES = QUICKSTART.with_name("install-packages")


# The leak check of a sanitizer can't look into a process that was root and became somebody else,
# and would end it with a failure of its own.
ASAN_OPTIONS = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"


def run(*args, build=BUILD):
    """quickstart with these arguments; the finished process, output as text."""
    return subprocess.run(
        [QUICKSTART, *map(str, args)],
        env={**os.environ, "COUNTERFOIL_BUILD": str(build), "ASAN_OPTIONS": ASAN_OPTIONS},
        capture_output=True,
        text=True,
        timeout=120,
        stdin=subprocess.DEVNULL,
    )


class Trial:
    """A folder and a port to start in."""

    def __init__(self):
        self.parent = new_folder("quick")
        self.folder = self.parent / "site"
        self.port = free_port()

    def start(self, **options):
        return run("--port", self.port, self.folder, **options)

    def stop(self):
        return run("stop", self.folder)

    def mail(self, name):
        """What a person got, oldest first."""
        new = sorted((self.folder / "mail" / name / "new").iterdir(), key=lambda f: f.stat().st_mtime_ns)
        return [email.message_from_bytes(file.read_bytes()) for file in new]

    def subjects(self, name):
        return [mail["Subject"] for mail in self.mail(name)]

    def wait_mail(self, name, count):
        wait_for(lambda: len(self.mail(name)) >= count, f"{count} mails for {name}", 30)
        assert len(self.mail(name)) == count
        return self.mail(name)


@pytest.fixture
def trial():
    trial = Trial()
    yield trial
    if trial.folder.exists():
        trial.stop()
    left = processes_in(trial.folder)
    shutil.rmtree(trial.parent)
    assert not left


def commands_in(text):
    """The swaks commands that the reader is told to try, whole."""
    return re.findall(r"(?m)^    (swaks (?:.*\\\n)*.*)$", text)


def check_first_conversation(trial, done):
    """The first mail and its answer: in the mailboxes, and on the screen. The ticket's ID."""
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    (jane,), joe = trial.mail("jane"), trial.mail("joe")
    kim, told = sorted(trial.mail("kim"), key=lambda mail: "Auto-Submitted" in mail)
    ticket_id = re.match(r"\[Example #1-[0-9A-Z]{5}\]", jane["Subject"])[0]
    assert jane["Subject"] == joe[0]["Subject"] == f"{ticket_id} My printer is on fire"
    assert jane["From"] == '"Kim Customer via Example Support" <support@example.com>'
    assert jane["Reply-To"] == "support@example.com"
    assert kim["Subject"] == f"Re: {ticket_id} My printer is on fire"
    assert kim["From"] == '"Example Support" <support@example.com>'
    assert "jane" not in kim.as_string().lower().replace("\njane\n", "")
    assert told["Subject"] == f"{ticket_id} We have received your message"
    assert [mail["From"] for mail in joe] == [
        '"Kim Customer via Example Support" <support@example.com>',
        '"Jane Operator via Example Support" <support@example.com>',
    ]
    for mail in (jane, kim, told):
        for name in ("From", "To", "Subject"):
            assert f"    | {name}: {mail[name]}\n" in done.stdout
        for line in mail.get_payload().split("\n"):
            assert f"    | {line}".rstrip() in done.stdout
    assert f"    | {ticket_id} My printer is on fire\n" in done.stdout
    assert re.search(r"(?m)^    \| .* message 2, answer$", done.stdout)
    return ticket_id


def test_works_twice_and_stops(trial, monkeypatch):
    check_first_conversation(trial, trial.start())
    # Afresh: the same numbers and one mail each, but another key.
    done = trial.start()
    ticket_id = check_first_conversation(trial, done)

    # What the reader is told to try works as it stands there.
    customer, operator = commands_in(done.stdout)
    for command in (customer, operator):
        assert ticket_id in command or command == customer
        tried = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=60)
        assert tried.returncode == 0, tried.stdout
    trial.wait_mail("jane", 2)
    assert re.fullmatch(r"\[Example #2-[0-9A-Z]{5}\] Hello", trial.subjects("jane")[1])
    answer = trial.wait_mail("kim", 3)[2]
    assert answer["Subject"] == f"Re: {ticket_id} My printer is on fire"
    assert "jane" not in answer.as_string().lower()

    counterfoil = re.search(r"(?m)^    (\S+/counterfoil) ticket list$", done.stdout)[1]
    monkeypatch.setenv("ASAN_OPTIONS", ASAN_OPTIONS)
    listed = subprocess.run([counterfoil, "ticket", "list"], capture_output=True, text=True, timeout=60)
    assert [line.split("\t")[0] for line in listed.stdout.splitlines()] == ["1", "2"]
    checked = subprocess.run([counterfoil, "check"], capture_output=True, text=True, timeout=60)
    assert checked.returncode == 0, checked.stdout

    for _ in "twice":
        stopped = trial.stop()
        assert stopped.returncode == 0, stopped.stderr
        assert not processes_in(trial.folder)
    assert len(trial.mail("kim")) == 3, "what it did is left to be looked at"


def test_nothing_leaves_and_operators_log_in(trial):
    assert trial.start().returncode == 0
    swaks = ["swaks", "--server", f"127.0.0.1:{trial.port}"]

    def send(*args):
        done = subprocess.run([*swaks, *args], capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout

    # Whoever the mail is for: it stays here.
    code, said = send("--from", "mia@example.org", "--to", "a@gmail.com,b@[127.0.0.1],mia@example.org")
    assert code == 0, said
    others = trial.wait_mail("others", 3)
    assert {mail["Delivered-To"] for mail in others} == {"a@gmail.com", "b@[127.0.0.1]", "mia@example.org"}
    assert "User unknown" in send("--from", "mia@example.org", "--to", "nobody@example.com")[1]

    # An operator without login is refused; with a wrong password too; the short name does as well.
    joe = ["--from", "joe@example.com", "--to", "support@example.com"]
    login = ["--auth", "LOGIN", "--auth-user", "joe", "--auth-password"]
    assert "550 5.7.1" in send(*joe)[1]
    assert "535 5.7.8" in send(*joe, *login, "wrong")[1]
    code, said = send(*joe, *login, "secret")
    assert code == 0, said
    trial.wait_mail("jane", 2)


@pytest.mark.parametrize(
    "args",
    [
        ["frobnicate"],
        ["--frob"],
        ["--port"],
        ["--port", "0"],
        ["--port", "65536"],
        ["--port", "smtp"],
        ["stop", "--port", "2525"],
        ["/tmp/a", "/tmp/b"],
    ],
)
def test_wrong_usage(args):
    done = run(*args)
    assert done.returncode == 2
    assert done.stderr.startswith("quickstart: ") and "usage: quickstart" in done.stderr
    assert done.stdout == ""


def test_help():
    done = run("--help")
    assert done.returncode == 0
    assert done.stdout.startswith("usage: quickstart")
    assert done.stderr == ""


def refused(done, text):
    assert done.returncode == 1
    assert text in done.stderr
    return True


def test_a_port_that_is_taken(trial):
    with socket.create_server(("127.0.0.1", trial.port)):
        assert refused(trial.start(), f"something else listens on 127.0.0.1:{trial.port}: say --port")
    assert not trial.folder.exists()


def test_a_folder_of_others_is_left_alone(trial):
    trial.folder.mkdir()
    (trial.folder / "precious").write_text("mine")
    assert refused(trial.start(), "no quickstart made it")
    assert refused(trial.stop(), "no quickstart made that")
    assert [file.name for file in trial.folder.iterdir()] == ["precious"]
    link = trial.parent / "link"
    link.symlink_to("nowhere")
    assert refused(run("--port", trial.port, link), "no quickstart made it")
    assert refused(run("stop", link), "no quickstart made that")
    assert not link.exists()
    assert refused(run("--port", trial.port, trial.parent / "a b"), "letters, digits")


def test_a_folder_that_postfix_cannot_enter(trial):
    trial.parent.chmod(0o700)
    assert refused(trial.start(), "closed to other users")
    assert not processes_in(trial.folder)


def test_programs_that_fail(trial):
    build = trial.parent / "build"
    build.mkdir()
    assert refused(trial.start(build=build), f"there is no program {build}/counterfoil")

    (build / "counterfoil").symlink_to(BUILD / "counterfoil")
    milter = build / "counterfoil-milter"
    milter.write_text("#!/bin/sh\necho 'no luck today' >&2\nexit 78\n")
    milter.chmod(0o755)
    done = trial.start(build=build)
    assert refused(done, "the filter did not start")
    assert "no luck today" in done.stderr
    assert not processes_in(trial.folder)

    # When something fails at the end, all that runs by then is stopped.
    milter.unlink()
    milter.symlink_to(BUILD / "counterfoil-milter")
    program = build / "counterfoil"
    program.unlink()
    program.write_text(
        "#!/bin/sh\n"
        'case $3 in ticket) echo "no luck today" >&2; exit 75 ;; esac\n'
        f'exec {BUILD}/counterfoil "$@"\n'
    )
    program.chmod(0o755)
    done = trial.start(build=build)
    assert refused(done, "the ticket cannot be shown")
    assert "no luck today" in done.stderr
    assert trial.mail("kim"), "it came that far"
    assert not processes_in(trial.folder)


def test_packages_are_named_for_each_purpose():
    done = subprocess.run([PACKAGES, "nonsense"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "build" in done.stderr and "quickstart" in done.stderr and "test" in done.stderr
    # All of it is there now, so nothing is to do.
    done = subprocess.run([PACKAGES, "build", "quickstart"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
