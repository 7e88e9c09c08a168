# SPDX-License-Identifier: BSD-2-Clause
"""`counterfoil ticket show` and `counterfoil message raw`: what people wrote, and nothing worse."""
import hashlib
import os
import subprocess

import pytest

from conftest import NOW, NOW_TEXT, PROGRAM, environment

MESSAGE_FIELDS = [
    "type", "number", "ticket", "kind", "at", "from", "to", "subject", "message_id", "size",
    "sha256", "attachments", "copies",
]  # fmt: skip
EVENT_FIELDS = ["type", "at", "ticket", "kind", "actor", "detail"]

HOSTILE = (
    "\x1b[2J\x1b]0;owned\x07 \x9b31m \x00".replace("\x00", "")
    + "\u202egnp.exe\u202c \u2066x\u2069 \u200f \u061c \x7f \x08\x08 \r over \v \f"
)
FORBIDDEN = [chr(c) for c in range(32) if c not in (9, 10)] + [chr(c) for c in range(127, 160)]
FORBIDDEN += list("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")


def harmful(text):
    return [repr(c) for c in FORBIDDEN if c in text]


@pytest.fixture
def talk(office):
    """A conversation of three messages and some events."""
    office.number = office.ticket(people=["pat@example.net"])
    number = office.number
    first = office.message(
        number,
        text="Hello,\r\n\r\n\tit burns.\r\nKim\n",
        to=[("SUPPORT@example.com", "support@example.com"), ("boss@example.net", None)],
        copies=[("jane@example.com", "support@example.com"), ("john@example.com", "support@example.com")],
        attachments=[("fire.jpg", "image/jpeg", 12_345), (None, "text/plain", 1)],
    )
    office.event("opened", number, actor="kim@example.net", message=first)
    office.message(
        number,
        kind="answer",
        at=NOW + 60_000,
        sender="jane@example.com",
        author="jane@example.com",
        author_name="Jane Doe",
        text="",
        subject=None,
        message_id=None,
        to=[("boss@example.net", None), ("support@example.com", "support@example.com")],
    )
    office.event("assigned", number, at=NOW + 60_000, actor="jane@example.com", detail="jane@example.com")
    office.event("closed", number, at=NOW + 120_000, actor="root (jane)")
    office.message(
        number, kind="bounce", at=NOW + 180_000, sender="", author=None, author_name=None,
        text="nobody home\n",
    )  # fmt: skip
    return office


def test_text(talk):
    assert talk.ok("ticket", "show", str(talk.number)).out == (
        f"{talk.ok('ticket', 'list', '--json').object['id']} Printer on fire\n"
        f"  state       open, waiting for us since {NOW_TEXT}\n"
        "  department  support\n"
        "  requester   Kim Customer <kim@example.net>\n"
        "  with        pat@example.net\n"
        "  assignee    nobody\n"
        f"  opened      {NOW_TEXT}\n"
        f"  updated     {NOW_TEXT}\n"
        "\n"
        f"{NOW_TEXT}  message 1, request\n"
        "  from        Kim Customer <kim@example.net>\n"
        "  to          SUPPORT@example.com, boss@example.net\n"
        "  subject     Printer on fire\n"
        "  copies      jane@example.com, john@example.com\n"
        "  attachment  1 fire.jpg (image/jpeg, 12345 bytes)\n"
        "  attachment  2 without a name (text/plain, 1 byte)\n"
        "\n"
        "    Hello,\n"
        "\n"
        "    \tit burns.\n"
        "    Kim\n"
        "\n"
        f"{NOW_TEXT}  opened (by kim@example.net)\n"
        "\n"
        "2026-09-21T14:14:20Z  message 2, answer\n"
        "  from        Jane Doe <jane@example.com>\n"
        "  to          boss@example.net, support@example.com\n"
        "  subject     (none)\n"
        "\n"
        "2026-09-21T14:14:20Z  assigned jane@example.com (by jane@example.com)\n"
        "2026-09-21T14:15:20Z  closed (by root (jane))\n"
        "\n"
        "2026-09-21T14:16:20Z  message 3, bounce\n"
        "  from        <> (nobody)\n"
        "  subject     Printer on fire\n"
        "\n"
        "    nobody home\n"
    )


def test_json(talk):
    ticket, first, opened, second, assigned, closed, third = talk.ok(
        "ticket", "show", str(talk.number), "--json"
    ).objects
    assert ticket["type"] == "ticket" and ticket["messages"] == 3
    raw = b"Subject: Printer\r\n\r\nHelp!\r\n"
    assert list(first) == MESSAGE_FIELDS
    assert first == {
        "type": "message",
        "number": 1,
        "ticket": talk.number,
        "kind": "request",
        "at": NOW_TEXT,
        "from": "kim@example.net",
        "to": "support@example.com",
        "subject": "Printer on fire",
        "message_id": "1@example.net",
        "size": len(raw),
        "sha256": hashlib.sha256(raw).hexdigest(),
        "attachments": [
            {"name": "fire.jpg", "type": "image/jpeg", "size": 12_345},
            {"name": None, "type": "text/plain", "size": 1},
        ],
        "copies": 2,
    }
    assert (second["subject"], second["message_id"]) == (None, None)
    assert (second["attachments"], second["copies"]) == ([], 0)
    assert second["to"] == "support@example.com", "the role address that it was written to"
    assert (third["kind"], third["from"], third["to"]) == ("bounce", None, None)
    assert list(opened) == EVENT_FIELDS
    assert opened == {
        "type": "event",
        "at": NOW_TEXT,
        "ticket": talk.number,
        "kind": "opened",
        "actor": "kim@example.net",
        "detail": None,
    }
    assert (assigned["kind"], assigned["detail"]) == ("assigned", "jane@example.com")
    assert (closed["kind"], closed["actor"]) == ("closed", "root (jane)")


def test_long_messages_are_cut(office):
    number = str(office.ticket())
    office.message(int(number), text="".join(f"line {n}\n" for n in range(1, 101)))
    short = office.ok("ticket", "show", number).out
    assert "    line 30\n    [70 more lines: --full]\n" in short and "line 31" not in short
    full = office.ok("ticket", "show", number, "--full").out
    assert "    line 100\n" in full and "--full" not in full


def test_one_line_too_many(office):
    number = str(office.ticket())
    office.message(int(number), text="x\n" * 31)
    assert "[1 more line: --full]" in office.ok("ticket", "show", number).out


@pytest.fixture
def nasty(office):
    """A ticket that is hostile in every field that comes from mail."""
    number = office.ticket(
        subject=f"a\tb\nc {HOSTILE}",
        requester_name=HOSTILE,
        requester="kim\x1b[31m@example.net",
        people=["pat\x9b@example.net"],
    )
    office.message(
        number,
        text=f"{HOSTILE}\nsecond line\r\n\x1b[8mhidden",
        subject=HOSTILE,
        author_name=HOSTILE,
        author="x\x1b[1m@example.net",
        message_id=HOSTILE,
        to=[("support\x1b@example.com", "support@example.com")],
        copies=[("jane\x1b@example.com", "support@example.com")],
        attachments=[(HOSTILE + "\n.txt", "text/\x1bplain", 7)],
    )
    office.event("odd", number, actor=HOSTILE, detail=HOSTILE + "\n")
    connection = office.connect()
    connection.execute("UPDATE ticket SET subject = CAST(? AS TEXT)", (b"caf\xe9 \x1b[0m \xf0\x9f",))
    connection.execute(
        "UPDATE message SET body_text = body_text || CAST(? AS TEXT)", (b"\xff\xfe\x80 end\n",)
    )
    connection.close()
    office.number = str(number)
    return office


@pytest.mark.parametrize("line", [["list"], ["list", "--json"], ["show", "1"], ["show", "1", "--json"]])
def test_hostile_text(nasty, line):
    result = nasty.ok("ticket", *line)
    result.raw.decode("utf-8")  # valid
    assert harmful(result.out) == []


@pytest.mark.parametrize("line", [["list"], ["list", "--json"], ["show", "1"], ["show", "1", "--json"]])
def test_hostile_text_on_a_terminal(nasty, line):
    out, code = nasty.terminal("ticket", *line, env={"NO_COLOR": "1"})
    assert code == 0
    assert harmful(out) == []


def test_hostile_text_in_json_is_not_lost(nasty):
    message = nasty.ok("ticket", "show", nasty.number, "--json").objects[1]
    assert message["subject"] == HOSTILE
    assert message["attachments"][0] == {
        "name": HOSTILE + "\n.txt",
        "type": "text/\x1bplain",
        "size": 7,
    }


def test_hostile_list_keeps_its_columns(nasty):
    (row,) = nasty.ok("ticket", "list").rows
    assert len(row) == 8
    assert row[7].startswith("caf\ufffd \ufffd[0m \ufffd")


def test_megabytes_without_a_line_end(office):
    number = str(office.ticket(subject="x" * 1_000_000))
    office.message(int(number), text="é" * 500_000)
    assert len(office.ok("ticket", "show", number).out) > 1_000_000
    assert len(office.ok("ticket", "list").out) > 1_000_000


def test_pager(talk, folder):
    pager = folder / "pager"
    pager.write_text('#!/bin/sh\ncat >shown; echo "LESS=$LESS" >>shown\n')
    pager.chmod(0o755)
    out, code = talk.terminal("ticket", "show", str(talk.number), env={"PAGER": str(pager)})
    assert (out, code) == ("", 0)
    shown = (folder / "shown").read_text()
    assert "it burns" in shown and "LESS=FRX" in shown


@pytest.mark.parametrize("pager", ["", "cat", "/no/such/pager"])
def test_no_pager(talk, pager):
    out, code = talk.terminal("ticket", "show", str(talk.number), env={"PAGER": pager})
    assert code == 0 and "it burns" in out


def test_a_pager_that_is_left_early(talk):
    talk.message(talk.number, text="x" * 1_000_000)
    out, code = talk.terminal("ticket", "show", "1", "--full", env={"PAGER": "head -n 1"})
    assert code == 0 and out.endswith("Printer on fire\x1b[0m\n") and len(out) < 200


def test_no_pager_in_a_pipe(talk, folder):
    talk.ok("ticket", "show", str(talk.number), env={"PAGER": f"touch {folder}/shown"})
    assert not (folder / "shown").exists()


RAW = {
    "plain": b"Subject: x\r\n\r\nHello\r\n",
    "every byte": bytes(range(256)) * 9,
    "empty": b"",
    "no line end": b"Subject: x\n\nHello",
    "one piece": b"p" * (256 * 1024),
    "pieces and a bit": os.urandom(3 * 256 * 1024 + 17),
}


@pytest.mark.parametrize("name", RAW)
def test_raw(office, name):
    number = office.message(office.ticket(), raw=RAW[name])
    assert office.ok("message", "raw", str(number)).raw == RAW[name]
    assert office.ok("--json", "message", "raw", str(number)).raw == RAW[name]


@pytest.mark.parametrize(
    "code, name, said",
    [
        (1, "2", "no message 2"),
        (1, "0", "no message 0"),
        (2, "x", "`x` is no message's number"),
        (2, "-1", "no option `-1`"),
        (2, "1x", "`1x` is no message's number"),
        (2, "", "`` is no message's number"),
        (2, "9" * 25, "is no message's number"),
    ],
)
def test_raw_refused(talk, code, name, said):
    talk.sql("DELETE FROM message_piece WHERE message = 2")
    talk.sql("UPDATE event SET message = NULL")
    for table in "message_piece", "recipient", "copy", "attachment", "handing_over":
        talk.sql(f"DELETE FROM {table} WHERE message >= 2")
    talk.sql("DELETE FROM message WHERE number >= 2")
    assert said in talk.fails(code, "message", "raw", name)


def test_raw_with_a_piece_lost(office):
    number = office.message(office.ticket(), raw=b"x" * (600 * 1024))
    office.sql("DELETE FROM message_piece WHERE piece = 2")
    result = office.run("message", "raw", str(number))
    assert result.code == 1 and result.err.startswith("counterfoil: "), result.err


def test_a_reader_that_goes_away(office):
    number = office.message(office.ticket(), raw=os.urandom(8 * 1024 * 1024))
    process = subprocess.Popen(
        [PROGRAM, "--config", office.conf, "message", "raw", str(number)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    process.stdout.read(10)
    process.stdout.close()
    err = process.stderr.read()
    assert (process.wait(timeout=60), err) == (0, b"")
    process.stderr.close()


def test_output_that_is_full(talk):
    for line in ["ticket", "list"], ["message", "raw", "1"], ["ticket", "show", "1", "--json"]:
        with open("/dev/full", "wb") as full:
            done = subprocess.run(
                [PROGRAM, "--config", talk.conf, *line],
                stdout=full,
                stderr=subprocess.PIPE,
                env=environment(),
                timeout=60,
            )
        assert done.returncode == 1
        assert b"standard output can't be written: No space left" in done.stderr


def test_a_change_that_can_not_be_reported_is_made(talk):
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [PROGRAM, "--config", talk.conf, "ticket", "close", "1"],
            stdout=full,
            stderr=subprocess.PIPE,
            env=environment(),
            timeout=60,
        )
    assert done.returncode == 1
    assert b"done, but standard output can't be written" in done.stderr
    assert talk.ok("ticket", "list", "--json").object["state"] == "closed"
