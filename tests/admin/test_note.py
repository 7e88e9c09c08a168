# SPDX-License-Identifier: BSD-2-Clause
"""`counterfoil ticket note`: what is typed is kept as it is, and is part of the conversation."""
import subprocess

import pytest

from conftest import DEADLINE_S, NOW, NOW_TEXT, PROGRAM, environment

LIMIT = 65536


def notes(office):
    return [(row[0], row[3]) for row in office.events("note")]


class Typing:
    """`ticket note` while somebody is still typing; its standard input stays open."""

    def __init__(self, office, *args):
        self.process = subprocess.Popen(
            [PROGRAM, "--config", office.conf, "ticket", "note", *map(str, args)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
        )

    def __enter__(self):
        return self

    def ends(self, text=None):
        """Its exit code and what it said; with text, once that is typed."""
        if text is None:
            code = self.process.wait(timeout=DEADLINE_S)
            return code, self.process.stdout.read(), self.process.stderr.read()
        out, err = self.process.communicate(text, timeout=DEADLINE_S)
        return self.process.returncode, out, err

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for stream in self.process.stdin, self.process.stdout, self.process.stderr:
            stream.close()


def test_note(office):
    number = office.ticket(waiting="customer", assignee_id=office.operator_id("jane@example.com"))
    (before,) = office.ok("ticket", "list", "--json").objects
    out = office.ok("ticket", "note", str(number), "--text", "Kim called: it works.").out
    assert out == f"the note is on ticket {number}\n"
    (after,) = office.ok("ticket", "list", "--json").objects
    assert after.pop("updated") > before.pop("updated") == NOW_TEXT
    assert after == before, "nothing else has changed"
    ((ticket, department, actor, detail),) = office.events("note")
    assert (ticket, department, detail) == (number, None, "Kim called: it works.")
    assert actor == office.ok("ticket", "show", str(number), "--json").objects[-1]["actor"] != ""


@pytest.mark.parametrize(
    "typed, kept",
    [
        (b"one line", "one line"),
        (b"one line\n", "one line"),
        (b"two\nlines\n", "two\nlines"),
        (b"from\r\nDOS\r\n\r\nand on\r\n", "from\nDOS\n\nand on"),
        (b"\n \t\r\n\n  indented\n\n  twice \t\n\n \n", "  indented\n\n  twice"),
        (b"\tColumn\tB\n", "\tColumn\tB"),
        ("Größe 全 \U0001f600\n".encode(), "Größe 全 \U0001f600"),
        ("\u202egnp.exe\u2028\n".encode(), "\u202egnp.exe\u2028"),
        (b"--text", "--text"),
        (b"x" * LIMIT, "x" * LIMIT),
        (b"x\r\n" * (LIMIT // 3), "x\n" * (LIMIT // 3 - 1) + "x"),
    ],
)
def test_what_is_kept(office, typed, kept):
    number = office.ticket()
    office.ok("ticket", "note", str(number), stdin=typed)
    assert notes(office) == [(number, kept)]
    assert office.ok("ticket", "show", str(number), "--json").objects[-1]["detail"] == kept
    office.ok("ticket", "note", str(number), "--text", typed, stdin=b"not this")
    assert notes(office) == [(number, kept)] * 2


@pytest.mark.parametrize(
    "typed, said",
    [
        (b"", "the note is empty: write it with --text, or on standard input"),
        (b" \t\r\n\n", "the note is empty"),
        ("\u3000\n\u00a0".encode(), "the note is empty"),
        (b"a\nb\xff\n", "line 2 of the note is not UTF-8"),
        ("é".encode()[:1], "line 1 of the note is not UTF-8"),
        (b"a\r\nb\n\x1b[2Jc", "line 3 of the note has a control character"),
        (b"a\rb", "line 1 of the note has a control character"),
        (b"a\r", "line 1 of the note has a control character"),
        ("a\u009b31m".encode(), "line 1 of the note has a control character"),
        (b"a\x7f", "line 1 of the note has a control character"),
        (b"x" * (LIMIT + 1), "a note has 65536 bytes at most; what is longer can be sent by mail"),
    ],
)
def test_refused(office, typed, said):
    number = str(office.ticket())
    assert said in office.fails(1, "ticket", "note", number, stdin=typed)
    assert said in office.fails(1, "ticket", "note", number, "--text", typed, stdin=b"not this")


def test_nul(office):
    number = str(office.ticket())
    said = office.fails(1, "ticket", "note", number, stdin=b"a\nb\0c")
    assert "line 2 of the note has a control character" in said


@pytest.mark.parametrize(
    "shell, said",
    [
        ("<&-", "the note is empty"),
        ("</", "standard input can't be read: Is a directory"),
        ("</dev/null", "the note is empty"),
        ("</dev/zero", "a note has 65536 bytes at most"),
    ],
)
def test_standard_input_that_is_no_note(office, shell, said):
    office.ticket()
    done = subprocess.run(
        ["sh", "-c", f'exec "$0" --config "$1" ticket note 1 {shell}', PROGRAM, office.conf],
        capture_output=True,
        env=environment(),
        timeout=DEADLINE_S,
    )
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.decode().startswith(f"counterfoil: {said}")
    assert notes(office) == []


def test_several_tickets(office):
    first, second, third = office.ticket(), office.ticket(), office.ticket(state="closed", closed_at=1)
    line = ["ticket", "note", str(third), str(first), f"#{third}", "--text", "all is well"]
    assert office.ok(*line).out == (
        f"the note is on ticket {third}\nthe note is on ticket {first}\n"
    )
    assert notes(office) == [(third, "all is well"), (first, "all is well")]
    objects = office.ok(*line, "--json").objects
    assert [(one["type"], one["number"], one["state"]) for one in objects] == [
        ("ticket", third, "closed"), ("ticket", first, "open"),
    ]  # fmt: skip
    assert office.sql("SELECT updated_at FROM ticket WHERE number = ?", second) == [(NOW,)]


@pytest.mark.parametrize(
    "code, numbers, said",
    [
        (1, ["1", "99"], "no ticket 99"),
        (1, ["99", "1"], "no ticket 99"),
        (1, ["1", "2-AAAAA"], "the check letters are wrong"),
        (2, ["1", "two"], "`two` is no ticket"),
    ],
)
def test_all_or_none(office, code, numbers, said):
    office.ticket()
    office.ticket()
    assert said in office.fails(code, "ticket", "note", *numbers, "--text", "x")


def test_a_ticket_that_is_part_of_another(office):
    first, second, third = office.ticket(), office.ticket(), office.ticket()
    office.ok("ticket", "merge", str(first), str(second))
    office.ok("ticket", "merge", str(second), str(third))
    before = office.sql("SELECT * FROM ticket WHERE number < ?", third)
    out = office.ok("ticket", "note", str(first), str(third), str(second), "--text", "x").out
    assert out == f"the note is on ticket {third}\n"
    assert notes(office) == [(third, "x")]
    assert office.sql("SELECT * FROM ticket WHERE number < ?", third) == before


def test_nobody_types_in_vain(office):
    with Typing(office, "99") as typing:
        assert typing.ends() == (1, b"", b"counterfoil: no ticket 99\n")


def test_nobody_waits_for_who_types(office):
    """Others can write meanwhile, and what they did holds."""
    first, second = office.ticket(), office.ticket()
    with Typing(office, first) as typing:
        typing.process.stdin.write(b"slowly ")
        typing.process.stdin.flush()
        office.ok("ticket", "merge", str(first), str(second))
        assert typing.ends(b"typed") == (0, f"the note is on ticket {second}\n".encode(), b"")
    assert notes(office) == [(second, "slowly typed")]
    assert office.ok("ticket", "show", str(second), "--json").objects[-1]["kind"] == "note"


def test_on_a_terminal(office):
    number = office.ticket()
    out, code = office.terminal(
        "ticket", "note", str(number), keys=b"Kim called.\n\tHappy.\n\x04", until=b"Ctrl-D"
    )
    assert code == 0
    assert out.startswith("The note ends with Ctrl-D on a line of its own; Ctrl-C leaves all as it is.\n")
    assert out.endswith(f"the note is on ticket {number}\n")
    assert notes(office) == [(number, "Kim called.\n\tHappy.")]


def test_a_terminal_is_not_asked_for_what_is_there(office):
    out, code = office.terminal("ticket", "note", str(office.ticket()), "--text", "x")
    assert (out, code) == ("the note is on ticket 1\n", 0)


def test_shown_as_text(office):
    number = office.ticket()
    office.event("opened", number, actor="kim@example.net")
    office.event("note", number, at=NOW + 1000, actor="root (jane)", detail="One.\n\n\tTwo.")
    office.event("closed", number, at=NOW + 1000, actor="root (jane)")
    office.event("note", number, at=NOW + 1000, actor="john", detail="Three.")
    out = office.ok("ticket", "show", str(number)).out
    assert out.endswith(
        f"\n\n{NOW_TEXT}  opened (by kim@example.net)\n"
        "\n"
        "2026-09-21T14:13:21Z  note\n"
        "  by          root (jane)\n"
        "\n"
        "    One.\n"
        "\n"
        "    \tTwo.\n"
        "\n"
        "2026-09-21T14:13:21Z  closed (by root (jane))\n"
        "\n"
        "2026-09-21T14:13:21Z  note\n"
        "  by          john\n"
        "\n"
        "    Three.\n"
    )


def test_a_long_one_is_shown_in_full_when_asked_for(office):
    number = str(office.ticket())
    office.ok("ticket", "note", number, stdin=b"line\n" * 50)
    short = office.ok("ticket", "show", number).out
    assert short.endswith("    line\n    [20 more lines: --full]\n")
    assert office.ok("ticket", "show", number, "--full").out.count("    line\n") == 50


def test_harmless_when_shown(office):
    number = str(office.ticket())
    office.ok("ticket", "note", number, "--text", "\u202egnp.exe\u2066")
    assert "    \ufffdgnp.exe\ufffd\n" in office.ok("ticket", "show", number).out
