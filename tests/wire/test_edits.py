# SPDX-License-Identifier: BSD-2-Clause
"""What the filter does to a message: each change in its place, and the message that comes of it."""

import pytest

from filter import mail
from milter import Edit
from model import Mail, check_deletions, check_form

MTAS = ("postfix", "sendmail")


def added(name, value):
    return Edit("add", name, " " + value)


def changed(name, value, index=1):
    return Edit("change", name, value and " " + value, index)


def deleted(name, index=1):
    return Edit("change", name, None, index)


def edited(sender, rcpts, message, result):
    """The message as it leaves; the same from every mail server."""
    assert result.accepted, result
    check_form(result.edits)
    check_deletions(result.edits, message)
    one, other = (Mail(sender, rcpts, message, mta).apply(result.edits) for mta in MTAS)
    assert sorted(one.headers) == sorted(other.headers)
    assert (one.sender, one.rcpts) == (other.sender, other.rcpts)
    return one


@pytest.fixture
def ticket(shared, desk):
    """A ticket at the desk, of Kim's: its number."""
    assert shared.send("kim@example.net", desk.address, mail("Printer")).accepted
    return shared.last()["ticket"]


def test_new_ticket(shared, desk):
    shared.run("department", "set", desk.name, "title", "Example Support")
    message = (
        b"Received: by client.example.net; Sun, 22 Nov 2026 10:00:00 +0000\r\n"
        b"From: Kim Customer <kim@example.net>\r\n"
        b"To: " + desk.address.encode() + b"\r\n"
        b"Subject: Printer on fire\r\n"
        b"Message-ID: <new-ticket@example.net>\r\n"
        b"\r\n"
        b"Help!\r\n"
    )
    result = shared.send("kim@example.net", desk.address, message)
    row = shared.last()
    number = row["ticket"]
    assert result.accepted
    assert result.edits == [
        added("X-Counterfoil-Loop", shared.stamp(row["number"])),
        changed("Subject", f"{shared.ticket_id(number)} Printer on fire"),
        added("X-Original-From", "Kim Customer <kim@example.net>"),
        changed("From", f'"Kim Customer via Example Support" <{desk}>'),
        added("Reply-To", desk.address),
        added("X-Auto-Response-Suppress", "OOF, DR, RN, NRN, AutoReply"),
        added("X-Counterfoil-Ticket", str(number)),
        added("X-Counterfoil-Department", desk.name),
        added("X-Counterfoil-State", "open"),
        added("X-Counterfoil-Kind", "request"),
        Edit("sender", shared.bounce_address(desk.address, number)),
        Edit("rcpt", desk.jane),
        Edit("rcpt", desk.joe),
        Edit("norcpt", f"<{desk}>"),
    ]
    left = edited("kim@example.net", desk.address, message, result)
    assert left.rcpts == [desk.jane, desk.joe]
    assert [name for name, _ in left.headers[:5]] == ["Received", "From", "To", "Subject", "Message-ID"]
    assert shared.archived(row["number"]) == message
    assert shared.copies(row["number"]) == {desk.jane, desk.joe}


def test_follow_up(shared, desk, ticket):
    message = mail(f"Re: {shared.ticket_id(ticket)} Printer", Cc="other@example.net")
    result = shared.send("kim@example.net", desk.address, message)
    row = shared.last()
    assert (row["ticket"], row["kind"]) == (ticket, "followup")
    left = edited("kim@example.net", desk.address, message, result)
    assert result.edits[0] == added("X-Counterfoil-Loop", shared.stamp(row["number"]))
    # It reads as it should already.
    assert not [edit for edit in result.edits if edit.name == "Subject"]
    assert left.value("Subject") == f" Re: {shared.ticket_id(ticket)} Printer"
    assert left.value("X-Counterfoil-Kind") == " followup"
    assert left.value("X-Counterfoil-Ticket") == f" {ticket}"
    assert (left.value("Cc"), left.value("X-Original-Cc")) == (None, " other@example.net")
    assert left.sender == shared.bounce_address(desk.address, ticket)
    assert sorted(left.rcpts) == sorted([desk.jane, desk.joe])


def test_answer(shared, desk, ticket):
    shared.run("department", "set", desk.name, "title", "Example Support")
    message = (
        b"Received: from jane-laptop.example.test; Sun, 22 Nov 2026 10:00:00 +0000\r\n"
        b"Received: from elsewhere.example.test; Sun, 22 Nov 2026 10:00:00 +0000\r\n"
        b"From: Jane Doe <" + desk.jane.encode() + b">\r\n"
        b"To: " + desk.address.encode() + b"\r\n"
        b"Subject: AW: Re: " + shared.ticket_id(ticket).encode() + b" [new sender] Printer\r\n"
        b"Message-ID: <answer-to-" + desk.name.encode() + b"@example.test>\r\n"
        b"In-Reply-To: <question@example.net>\r\n"
        b"User-Agent: Secret Mail 1.0\r\n"
        b"X-Counterfoil-State: open\r\n"
        b"MIME-Version: 1.0\r\n"
        b"Content-Type: text/plain\r\n"
        b"content-language: en\r\n"
        b"x-originating-ip: 192.0.2.99\r\n"
        b"X-Originating-IP: 192.0.2.98\r\n"
        b"\r\n"
        b"Take a bucket.\r\n"
    )
    result = shared.send(desk.jane, desk.address, message, login=desk.jane)
    row = shared.last()
    assert (row["ticket"], row["kind"], row["proof"]) == (ticket, "answer", "login")
    assert result.edits == [
        added("X-Counterfoil-Loop", shared.stamp(row["number"])),
        changed("Subject", f"Re: {shared.ticket_id(ticket)} Printer"),
        changed("From", f'"Example Support" <{desk}>'),
        changed("To", '"Kim Customer" <kim@example.net>'),
        deleted("Received", 2),
        deleted("Received", 1),
        deleted("User-Agent"),
        deleted("X-Counterfoil-State"),
        deleted("x-originating-ip", 2),
        deleted("x-originating-ip", 1),
        Edit("sender", shared.bounce_address(desk.address, ticket)),
        Edit("rcpt", "kim@example.net"),
        Edit("norcpt", f"<{desk}>"),
    ]
    assert shared.brought(row["number"]) == [desk.joe]
    left = edited(desk.jane, desk.address, message, result)
    assert [name for name, _ in left.headers] == [
        "From",
        "To",
        "Subject",
        "Message-ID",
        "In-Reply-To",
        "MIME-Version",
        "Content-Type",
        "content-language",
        "X-Counterfoil-Loop",
    ]
    assert shared.archived(row["number"]) == message


def test_an_answer_in_the_same_session_as_a_question(shared, desk):
    """Nothing of the message before is left in the next one."""
    with shared.session(login=desk.jane) as session:
        first = session.send("kim@example.net", desk.address, mail("One"))
        question = shared.last()
        second = session.send(
            desk.jane,
            desk.address,
            mail(f"Re: {shared.ticket_id(question['ticket'])}", sender=desk.jane, to=desk.address),
        )
    assert first.accepted and second.accepted
    assert (question["kind"], shared.last()["kind"]) == ("request", "answer")


@pytest.mark.parametrize("count", [2, 3, 7])
def test_headers_that_stand_several_times(shared, desk, count):
    names = ("From", "reply-to", "SUBJECT", "Cc", "X-Counterfoil-Kind", "X-Counterfoil-Loop", "X-Mine")
    lines = [f"{name}: {i}@example.net" for i in range(count) for name in names]
    message = "\r\n".join([*lines, "", "Body", ""]).encode()
    left = edited("kim@example.net", desk.address, message, shared.send("kim@example.net", desk.address, message))
    row = shared.last()
    assert left.values("Subject") == [f" {shared.ticket_id(row['ticket'])} 0@example.net"]
    for name in ("From", "Reply-To", "X-Original-From", "X-Counterfoil-Kind"):
        assert left.value(name)
    assert left.value("X-Counterfoil-Loop") == f" {shared.stamp(row['number'])}"
    assert left.values("X-Mine") == [f" {i}@example.net" for i in range(count)]
    for i in range(count):
        assert f"{i}@example.net" in left.value("X-Original-From")
    assert shared.archived(row["number"]) == message


@pytest.mark.parametrize(
    "subject",
    [
        "Zürich " * 40,
        "\udce9t\udce9 in Latin-1",
        "a" * 3000,
        "word " * 500,
        "=?utf-8?q?" + "=41" * 300 + "?=",
        "",
        "\r\n folded\r\n\tand folded\r\n  again",
        "100% true %s%n",
    ],
    ids=("utf-8", "latin-1", "no-space", "long", "one-long-word", "empty", "folded", "percent"),
)
def test_whatever_the_subject(shared, desk, subject):
    message = mail(subject, From="x")  # a second From
    result = shared.send("kim@example.net", desk.address, message)
    left = edited("kim@example.net", desk.address, message, result)
    assert left.value("Subject").startswith(f" {shared.ticket_id(shared.last()['ticket'])}")
    assert shared.archived(shared.last()["number"]) == message


def test_many_people(shared, desk):
    people = ", ".join(f"Person Number {i} <person{i}@example.net>" for i in range(300))
    message = mail("Party", Cc=people.replace(", Person Number 150 ", ",\r\n Person Number 150 "))
    left = edited("kim@example.net", desk.address, message, shared.send("kim@example.net", desk.address, message))
    assert left.value("X-Original-Cc").count("@") == 300
    assert left.value("Cc") is None
    answer = mail(f"Re: {shared.ticket_id(shared.last()['ticket'])}", desk.jane, to=desk.address)
    result = shared.send(desk.jane, desk.address, answer, login=desk.jane)
    left = edited(desk.jane, desk.address, answer, result)
    # As many as may join by standing in Cc.
    assert left.value("Cc").count("@") == 20
    assert len(left.rcpts) == 21


def test_role_address_as_it_was_written(shared, desk):
    local = desk.address.split("@")[0]
    spelled = [f"<{local.upper()}@Example.TEST>", f'<"{local}"@example.test>', f"<{local}+x@example.test>"]
    with shared.session() as session:
        session.mail("kim@example.net")
        for rcpt in spelled:
            session.rcpt(rcpt, normal=False)
        session.rcpt("<bob@example.test>")
        assert session.data().verdict == "continue"
        session.content(mail())
        result = session.eom()
    assert result.accepted
    assert [edit.name for edit in result.edits if edit.kind == "norcpt"] == spelled


def test_a_bystander_keeps_the_message(shared, desk):
    message = mail("For all", to=f"{desk}, bob@example.test")
    rcpts = [desk.address, "bob@example.test"]
    result = shared.send("kim@example.net", rcpts, message)
    row = shared.last()
    left = edited("kim@example.net", rcpts, message, result)
    assert [edit.name for edit in result.edits if edit.kind in ("add", "change")] == [
        "X-Counterfoil-Loop",
        "Subject",
    ]
    assert left.value("Subject") == f" {shared.ticket_id(row['ticket'])} For all"
    assert "bob@example.test" in left.rcpts and desk.address not in left.rcpts


def test_whoever_is_a_recipient_is_not_added(shared, desk):
    result = shared.send("kim@example.net", [desk.address, desk.jane], mail(to=f"{desk}, {desk.jane}"))
    assert [edit.name for edit in result.edits if edit.kind == "rcpt"] == [desk.joe]


def test_a_customer_who_is_a_recipient_is_not_added(shared, desk, ticket):
    """An operator's reply to all goes to the customer too; one copy is enough."""
    message = mail(f"Re: {shared.ticket_id(ticket)}", desk.jane, to=f"{desk}, kim@example.net")
    rcpts = [desk.address, "Kim@example.net"]
    result = shared.send(desk.jane, rcpts, message, login=desk.jane)
    left = edited(desk.jane, rcpts, message, result)
    assert left.rcpts == ["Kim@example.net"]


def test_a_null_sender_stays(shared, desk):
    result = shared.send("", desk.address, mail("Undeliverable"))
    assert result.accepted
    assert not [edit for edit in result.edits if edit.kind == "sender"]
    assert shared.last()["sender"] == ""


LONG = {
    "subject": {"subject": "word " * 12800},
    "encoded-subject": {"subject": "ü" * 20000},
    "several-from": {"From": "\r\nFrom: ".join(f'"{"x " * 20000}" <a{n}@example.net>' for n in range(3))},
    "cc": {
        "Cc": "\r\nCc: ".join(
            ",\r\n ".join(f"person.number{n}@department{n}.example.org" for n in range(at, at + 500))
            for at in range(0, 2000, 500)
        )
    },
}


@pytest.mark.parametrize("name", LONG)
def test_what_is_too_long_for_an_edit_is_cut(shared, desk, name):
    """libmilter gives the mail server no value of 64 KiB: the sender would be told to try again for
    ever."""
    message = mail(to=desk.address, **LONG[name])
    result = shared.send("kim@example.net", desk.address, message)
    assert str(result) == "accept at eom"
    row = shared.last()
    assert shared.archived(row["number"]) == message
    left = edited("kim@example.net", desk.address, message, result)
    assert left.value("Subject").startswith(f" {shared.ticket_id(row['ticket'])} ")


def test_a_header_that_can_not_be_edited_in_time_is_refused(shared, desk):
    """Postfix takes minutes to take out ten thousand fields."""
    before = shared.count()
    claims = {f"X-Counterfoil-{number}": "mine" for number in range(1100)}
    result = shared.send("kim@example.net", desk.address, mail(to=desk.address, **claims))
    assert str(result).startswith("reject 550 5.6.0 the message's header has too many fields")
    assert not result.edits
    assert shared.count() == before
    few = dict(list(claims.items())[:100])
    assert shared.send("kim@example.net", desk.address, mail(to=desk.address, **few)).accepted
