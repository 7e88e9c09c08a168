# SPDX-License-Identifier: BSD-2-Clause
"""Tickets that are handed over by a command: `ticket assign`, `ticket move`, `department remove
--move-to`, `member add --handover`. What the mail is, Python's email package says."""
import email
import email.policy
import os
import pwd

import pytest

from conftest import NOW

STRICT = email.policy.SMTP.clone(raise_on_defect=True)
RAW = b"From: kim@example.net\r\nSubject: =?utf-8?q?Dr=C3=BCcker?=\r\n\r\nEs brennt: \xc3\xbc\r\n"
HOUR = 3_600_000


class Mail:
    """A mail of the outbox, as the mail server would get it."""

    def __init__(self, office, number, kind, ticket):
        self.kind, self.ticket = kind, ticket
        self.recipients = [
            row[0]
            for row in office.sql(
                "SELECT address FROM outbox_recipient WHERE outbox = ? ORDER BY 1", number
            )
        ]
        self.raw = b"".join(
            own if message is None else raw(office, message)[begin : begin + size]
            for own, message, begin, size in office.sql(
                "SELECT bytes, message, begin, size FROM outbox_piece "
                "WHERE outbox = ? ORDER BY position",
                number,
            )
        )
        self.mail = email.message_from_bytes(self.raw, policy=STRICT)

    @property
    def text(self):
        """The flowed lines put together again (RFC 3676)."""
        (part,) = [part for part in self.mail.walk() if part.get_content_type() == "text/plain"][:1]
        lines = part.get_content().splitlines()
        lines = [line[1:] if line.startswith(" ") else line for line in lines]
        return "".join(line if line.endswith(" ") and line != "-- " else line + "\n" for line in lines)

    @property
    def enclosed(self):
        return [
            part.get_payload(0) for part in self.mail.walk() if part.get_content_type() == "message/rfc822"
        ]


def raw(office, message):
    pieces = office.sql("SELECT bytes FROM message_piece WHERE message = ? ORDER BY piece", message)
    return b"".join(row[0] for row in pieces)


def outbox(office, kind="handover"):
    rows = office.sql("SELECT number, kind, ticket FROM outbox WHERE kind = ? ORDER BY 1", kind)
    return [Mail(office, *row) for row in rows]


def login_as(office, address):
    """Who types is that operator from now on."""
    login = os.environ.get("SUDO_USER") or pwd.getpwuid(os.getuid()).pw_name
    office.sql("UPDATE operator SET login = ? WHERE address = ?", login, address)


@pytest.fixture
def number(office):
    number = office.ticket(subject="Drücker in Flammen", waiting_since=NOW - HOUR)
    office.message(number, raw=RAW, attachments=[("fire.jpg", "image/jpeg", 99000)])
    return number


def test_assign(office, number):
    office.ok("ticket", "assign", str(number), "john")
    (mail,) = outbox(office)
    assert (mail.ticket, mail.recipients) == (number, ["john@example.com"])
    head = mail.mail
    assert head["Subject"] == f"{one(office, number)['id']} Drücker in Flammen"
    assert head["From"] == "Support <support@example.com>"
    assert head["Reply-To"] == "support@example.com"
    assert head["To"] == "John Roe <john@example.com>"
    assert head["Auto-Submitted"] == "auto-replied"
    assert head["In-Reply-To"] == head["References"] == "<1@example.net>"
    assert head.get_content_type() == "multipart/mixed"
    assert [part.get_content_type() for part in head.iter_parts()] == ["text/plain", "message/rfc822"]
    assert RAW in mail.raw
    (enclosed,) = mail.enclosed
    assert enclosed["Subject"] == "Drücker"
    assert "Assignee: John Roe <john@example.com>\n" in mail.text
    assert "State: open, waiting for us since 2026-09-21 13:13 UTC\n" in mail.text
    assert (
        "2026-09-21 14:13  Kim Customer <kim@example.net> asked: Printer on fire (message 1, "
        in mail.text
    )
    assert "    with fire.jpg (99.0 kB)\n" in mail.text
    assert mail.text.endswith(" gave it to John Roe\n")


def one(office, number):
    return office.ok("ticket", "show", str(number), "--json").objects[0]


def test_assign_to_oneself(office, number):
    login_as(office, "jane@example.com")
    office.ok("ticket", "assign", str(number), "jane")
    office.ok("ticket", "drop", str(number))
    office.ok("ticket", "take", str(number))
    office.ok("ticket", "take", str(number), "--as", "john")
    assert outbox(office) == []


def test_what_was_noted_stands_in_it(office, number):
    office.ok("ticket", "note", str(number), "--text", "Kim called.\nIt still burns.")
    office.ok("ticket", "assign", str(number), "john")
    (mail,) = outbox(office)
    assert " noted:\n    Kim called.\n    It still burns.\n" in mail.text


def test_assign_to_another_department(office, number):
    office.ok("operator", "add", "abe@example.com")
    office.ok("member", "add", "accounting", "abe@example.com")
    office.ok("ticket", "assign", str(number), "ann")
    (mail,) = outbox(office)
    assert mail.recipients == ["abe@example.com", "ann@example.com"]
    assert mail.mail["From"] == "Support <support@example.com>"


def test_move(office, number):
    office.ok("member", "add", "accounting", "john@example.com")
    office.acknowledge(number)
    office.ok("ticket", "move", str(number), "accounting")
    (mail,) = outbox(office)
    assert mail.recipients == ["ann@example.com"]
    assert mail.mail["From"] == "Accounting <accounting@example.com>"
    assert [notice.recipients for notice in outbox(office, "moved")] == [["kim@example.net"]]


def test_not_to_the_people_of_the_ticket(office):
    for more in {"requester": "john@example.com"}, {"people": ["john@example.com"]}:
        number = office.ticket(**more)
        office.message(number)
        office.ok("ticket", "assign", str(number), "john")
    assert outbox(office) == []


def test_a_department_that_sends_none(office, number):
    office.sql("INSERT INTO department_template (department_id, kind, text) VALUES (1, 'handover', '')")
    office.ok("ticket", "assign", str(number), "john")
    assert outbox(office) == []
    assert "0 open tickets are handed over" in office.ok(
        "member", "add", "support", "max@example.com", "--handover"
    ).out


def test_what_was_merged_into_it_is_part_of_it(office, number):
    other = office.ticket()
    third = office.ticket()
    office.message(other, raw=RAW.replace(b"brennt", b"raucht"))
    office.message(third, raw=RAW.replace(b"brennt", b"stinkt"))
    office.ok("ticket", "merge", str(third), str(other))
    office.ok("ticket", "merge", str(other), str(number))
    office.ok("ticket", "assign", str(number), "john")
    (mail,) = outbox(office)
    assert len(mail.enclosed) == 3
    for enclosed, word in zip(mail.enclosed, [b"brennt", b"raucht", b"stinkt"]):
        assert word in enclosed.as_bytes()
    assert f"made ticket {third} part of it" in mail.text


def test_department_remove_hands_over_what_waits_for_us_longest(office):
    waits = [office.ticket(waiting_since=NOW + i) for i in range(49)]
    for number in waits:
        office.message(number)
    theirs = [office.ticket(waiting="customer", waiting_since=NOW - i) for i in range(3)]
    for number in theirs:
        office.message(number)
    office.acknowledge(*waits, *theirs)
    out = office.ok("department", "remove", "support", "--move-to", "accounting").out
    assert "52 open tickets moved to accounting\n" in out
    mails = outbox(office)
    assert [mail.ticket for mail in mails] == waits + theirs[-1:]
    assert {tuple(mail.recipients) for mail in mails} == {("ann@example.com",)}
    assert sorted(mail.ticket for mail in outbox(office, "moved")) == sorted(waits + theirs)


def test_member_add(office, number):
    closed = office.ticket(state="closed", closed_at=NOW)
    both = office.ticket(department="accounting", further=["support"])
    apart = office.ticket(department="accounting")
    for ticket in closed, both, apart:
        office.message(ticket)
    add = ["member", "add", "support", "max@example.com", "ann@example.com", "john@example.com"]
    said = office.ok(*add, "--handover").out
    assert said.splitlines() == [
        "max@example.com is in support now",
        "ann@example.com is in support now",
        "john@example.com is in support already",
        "2 open tickets are handed over",
    ]
    # Ann is in accounting and has that one; John was there.
    assert {mail.ticket: mail.recipients for mail in outbox(office)} == {
        number: ["ann@example.com", "max@example.com"],
        both: ["max@example.com"],
    }
    (first, _) = sorted(outbox(office), key=lambda mail: mail.ticket)
    assert first.mail["From"] == "Support <support@example.com>"
    assert RAW in first.raw
    assert "0 open tickets are handed over\n" in office.ok(*add, "--handover").out
    assert len(outbox(office)) == 2


def test_member_add_without_handover(office, number):
    office.ok("member", "add", "support", "max@example.com")
    assert outbox(office) == []


def test_member_add_is_done_as_a_whole(office, number):
    office.fails(1, "member", "add", "support", "max@example.com", "who@example.com", "--handover")


def test_member_add_not_to_the_requester(office, number):
    own = office.ticket(requester="max@example.com")
    office.message(own)
    assert "1 open ticket is handed over\n" in office.ok(
        "member", "add", "support", "max@example.com", "--handover"
    ).out
    assert [mail.ticket for mail in outbox(office)] == [number]


@pytest.mark.parametrize("count, are_more", [(50, False), (51, True)])
def test_member_add_hands_over_so_many(office, count, are_more):
    theirs = office.ticket(waiting="customer", waiting_since=NOW - HOUR)
    numbers = [office.ticket(waiting_since=NOW - i) for i in range(count - 1)]
    said = office.ok("member", "add", "support", "max@example.com", "--handover").out
    assert "50 open tickets are handed over\n" in said
    assert ("`counterfoil ticket list --department support --state open`" in said) == are_more
    expected = numbers[::-1] + [theirs]
    assert [mail.ticket for mail in outbox(office)] == expected[:50]


def test_member_add_shows_json(office, number):
    rows = office.ok("member", "add", "support", "max@example.com", "--handover", "--json").objects
    assert rows[-1] == {"type": "handovers", "department": "support", "tickets": 1, "more": False}
    assert [row["type"] for row in rows] == ["member", "handovers"]
    rows = office.ok("member", "add", "support", "ann@example.com", "--json").objects
    assert [row["type"] for row in rows] == ["member"]
