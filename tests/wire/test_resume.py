# SPDX-License-Identifier: BSD-2-Clause
"""A message that comes back with our stamp: its handing-over goes on where it was interrupted, or it
has gone in a circle."""

import pytest

from filter import mail
from model import Mail, check_deletions, check_form
from test_edits import MTAS

SUFFIX = ".counterfoil.invalid"
HOP = "from client.example.net (client.example.net [192.0.2.7])\n\tby mx.example.test (Postfix); now"


def through_second_door(filter, sender, rcpts, message):
    """What the filter answers to a message that waited in Postfix's queue."""
    options = {"client": "127.0.0.1", "daemon": "second-door", "hostname": "second-door.invalid"}
    with filter.session(**options) as session:
        return session.send(sender, [rcpt + SUFFIX for rcpt in rcpts], message)


def message_of(left, body, hop=True):
    """The bytes of a message in a mail server's hands; hop: with its own Received on top."""
    headers = [("Received", " " + HOP)] * hop + left.headers
    head = "".join(f"{name}:{value}\n" for name, value in headers).replace("\n", "\r\n")
    return head.encode("utf-8", "surrogateescape") + b"\r\n" + body


class Case:
    """One kind of message: how it comes to the front door, again and again, never the same."""

    def __init__(self, filter, desk, sender, make, rcpt=None, login=None):
        self.filter, self.desk, self.make = filter, desk, make
        self.sender, self.rcpt, self.login = sender, rcpt or desk.address, login

    def comes(self):
        """A new one and its edits."""
        message = self.make()
        with self.filter.session(login=self.login) as session:
            result = session.send(self.sender, self.rcpt, message)
        assert result.accepted, result
        return message, result.edits

    def interrupted(self, count):
        """How it would have left, and how it did after so many edits."""
        message, edits = self.comes()
        whole = Mail(self.sender, self.rcpt, message).apply(edits)
        left = Mail(self.sender, self.rcpt, message).apply(edits[:count])
        return message.partition(b"\r\n\r\n")[2], whole, left


KINDS = ("request", "followup", "answer", "note", "bounce", "many headers")


@pytest.fixture(params=KINDS)
def case(shared, desk, request):
    """A message of each kind, of a ticket that is there."""
    assert shared.send("kim@example.net", desk.address, mail("Printer")).accepted
    ticket = shared.last()["ticket"]
    subject = f"Re: {shared.ticket_id(ticket)} Printer"
    note = desk.address.replace("@", "+note@")
    bounces = shared.bounce_address(desk.address, ticket)
    names = ("From", "reply-to", "SUBJECT", "Cc", "X-Counterfoil-Kind", "X-Counterfoil-Loop", "X-Mine")
    return {
        "request": lambda: Case(shared, desk, "kim@example.net", lambda: mail("Zürich " * 30, Reply_To="k@example.org")),
        "followup": lambda: Case(shared, desk, "kim@example.net", lambda: mail(subject, Cc="lee@example.net")),
        "answer": lambda: Case(
            shared,
            desk,
            desk.jane,
            lambda: mail(
                subject,
                desk.jane,
                to=desk.address,
                User_Agent="Secret Mail 1.0",
                X_Originating_IP="192.0.2.99",
                Content_Type="text/plain",
            ),
            login=desk.jane,
        ),
        "note": lambda: Case(
            shared, desk, desk.jane, lambda: mail(subject, desk.jane, to=note), note, desk.jane
        ),
        "bounce": lambda: Case(
            shared, desk, "", lambda: mail("Undelivered", "mailer-daemon@example.net", bounces), bounces
        ),
        "many headers": lambda: Case(
            shared,
            desk,
            "kim@example.net",
            lambda: mail("First").replace(
                b"\r\n\r\n",
                "".join(f"\r\n{name}: {i}@example.net" for i in range(3) for name in names).encode()
                + b"\r\n\r\n",
                1,
            ),
        ),
    }[request.param]()


def test_whatever_interrupted_the_burst(shared, case):
    """After the stamp, after the last header, and wherever between: it ends as it would have ended."""
    count = 1
    while True:
        body, whole, left = case.interrupted(count)
        roles = [rcpt for rcpt in left.rcpts if rcpt == case.rcpt]
        if not roles:
            break
        message = message_of(left, body)
        before = shared.count()
        result = through_second_door(shared, left.sender, roles, message)
        assert result.accepted, f"after {count} edits: {result}"
        check_form(result.edits)
        check_deletions(result.edits, message)
        for mta in MTAS:
            rcpts = [role + SUFFIX for role in roles]
            now = Mail(left.sender, rcpts, message, mta).apply(result.edits)
            headers = [each for each in now.headers if each != ("Received", " " + HOP)]
            expected = whole.headers if mta == "postfix" else sorted(whole.headers)
            assert (headers if mta == "postfix" else sorted(headers)) == expected, count
            assert now.sender == whole.sender
            assert sorted(now.rcpts) == sorted(whole.rcpts)
        assert shared.count() == before
        count += 1
    assert count > 5


# ---- It goes on whatever happened meanwhile


@pytest.fixture
def interrupted(shared, desk):
    """An answer of jane's with nothing but the stamp on it: its bytes, and the ticket."""
    assert shared.send("kim@example.net", desk.address, mail("Printer")).accepted
    ticket = shared.last()["ticket"]
    subject = f"Re: {shared.ticket_id(ticket)} Printer"
    case = Case(
        shared, desk, desk.jane, lambda: mail(subject, desk.jane, desk.address), login=desk.jane
    )
    body, _, left = case.interrupted(1)
    return message_of(left, body), ticket


def test_it_is_for_customers_whoever_left(shared, desk, interrupted):
    """Jane and joe are no members any more, and the department is closed. What the courier is to bring
    joe is in the outbox, once."""
    message, _ = interrupted
    shared.run("member", "remove", desk.name, desk.jane, desk.joe)
    shared.run("department", "set", desk.name, "closed", "write to help@example.org")
    shared.run("operator", "remove", desk.jane)
    before = shared.count()
    result = through_second_door(shared, desk.jane, [desk.address], message)
    assert result.accepted, result
    assert [edit.name for edit in result.edits if edit.kind == "rcpt"] == ["kim@example.net"]
    assert shared.count() == before
    assert shared.brought(shared.last()["number"]) == [desk.joe]
    assert "kind=answer" in shared.log().splitlines()[-1]
    assert " resumed " in shared.log().splitlines()[-1]


def test_its_ticket_was_merged(shared, desk, interrupted):
    message, ticket = interrupted
    assert shared.send("lee@example.net", desk.address, mail("Smoke", "lee@example.net")).accepted
    other = shared.last()["ticket"]
    shared.run("ticket", "merge", ticket, other)
    result = through_second_door(shared, desk.jane, [desk.address], message)
    assert result.accepted, result
    subject = next(edit.value for edit in result.edits if edit.name == "Subject")
    assert subject == f" Re: {shared.ticket_id(other)} Printer"
    assert [edit.name for edit in result.edits if edit.kind == "rcpt"] == ["kim@example.net"]


def test_once_an_hour(shared, desk, interrupted):
    """What is interrupted a second time waits in Postfix's queue until the hour has passed."""
    message, ticket = interrupted
    shared.expect("second door: this message was handed over a second time")
    before = shared.count()
    assert through_second_door(shared, desk.jane, [desk.address], message).accepted
    for _ in range(2):
        result = through_second_door(shared, desk.jane, [desk.address], message)
        assert (result.reply.verdict, result.reply.code) == ("tempfail", "451"), result
    with shared.opened() as database:
        database.execute(
            "UPDATE handing_over SET at = at - 3601000 WHERE message IN "
            "(SELECT number FROM message WHERE ticket = ?)",
            (ticket,),
        )
    result = through_second_door(shared, desk.jane, [desk.address], message)
    assert result.accepted
    assert [edit.name for edit in result.edits if edit.kind == "rcpt"] == ["kim@example.net"]
    assert shared.count() == before


def test_it_may_be_large(new_filter, new_desk):
    """Larger than the site takes by now, and its header larger than a piece of the archive."""
    filter = new_filter(settings={"milter": {"max_message": "2M"}})
    desk = new_desk(filter)
    pad = "".join(f"X-Pad-{i}: {'x' * 900}\r\n" for i in range(600)).encode()
    case = Case(
        filter,
        desk,
        "kim@example.net",
        lambda: mail(body="A line of text.\r\n" * 60000).replace(b"From:", pad + b"From:", 1),
    )
    body, whole, left = case.interrupted(4)
    filter.stop(keep=True)
    filter.write_conf(milter={"max_message": "64K"})
    filter.start()
    message = message_of(left, body)
    result = through_second_door(filter, "kim@example.net", [desk.address], message)
    assert result.accepted, result
    now = Mail("kim@example.net", [], message).apply(result.edits)
    assert now.headers[1:] == whole.headers


# ---- Loops


def events(filter, ticket):
    return filter.rows(
        "SELECT kind, message, actor, detail FROM event WHERE ticket = ? AND kind = 'loop' "
        "ORDER BY id",
        ticket,
    )


def test_a_loop_leaves_a_line(shared, desk):
    message = mail("Printer")
    first = shared.send("kim@example.net", desk.address, message)
    row = shared.last()
    left = Mail("kim@example.net", desk.address, message).apply(first.edits)
    copy = message_of(left, message.partition(b"\r\n\r\n")[2])
    before = shared.count()
    for sender in (left.sender, "forwarder@example.org", ""):
        result = shared.send(sender, desk.address, copy)
        assert (result.reply.verdict, result.reply.code) == ("reject", "554")
        assert result.reply.status == "5.4.6"
        assert "+move-DEPARTMENT" in result.reply.text and not result.edits
    line = {
        "kind": "loop",
        "message": row["number"],
        "actor": left.sender,
        "detail": desk.address,
    }
    assert events(shared, row["ticket"]) == [line]
    assert shared.count() == before
    shown = shared.run("ticket", "show", row["ticket"]).stdout
    assert f"loop {desk.address} (by {left.sender})" in shown
    with shared.opened() as database:
        database.execute("UPDATE event SET at = at - 3601000 WHERE kind = 'loop'")
    shared.send("forwarder@example.org", desk.address, copy)
    assert events(shared, row["ticket"]) == [line, {**line, "actor": "forwarder@example.org"}]


def test_a_stamp_from_an_older_backup(shared, desk):
    """It is ours, but of a message that the record does not have."""
    ahead = shared.value("SELECT max(number) FROM message") + 1000
    before = shared.count()
    result = shared.send("kim@example.net", desk.address, mail(X_Counterfoil_Loop=shared.stamp(ahead)))
    assert (result.reply.code, result.reply.status) == ("554", "5.4.6")
    assert shared.count() == before


@pytest.mark.parametrize("what", ["body", "Message-ID", "null sender", "role"])
def test_what_is_not_that_message_is_a_note(shared, desk, new_desk, what):
    message = mail("Printer")
    first = shared.send("kim@example.net", desk.address, message)
    ticket = shared.last()["ticket"]
    left = Mail("kim@example.net", desk.address, message).apply(first.edits)
    copy = message_of(left, message.partition(b"\r\n\r\n")[2])
    sender, role = left.sender, desk.address
    if what == "body":
        copy += b"\r\n"
    elif what == "Message-ID":
        copy = copy.replace(b"Message-ID: <", b"Message-ID: <x")
    elif what == "null sender":
        sender = ""
    else:
        role = new_desk(shared).address
    result = through_second_door(shared, sender, [role], copy)
    assert result.accepted
    row = shared.last()
    assert (row["kind"], row["ticket"], row["operator_id"]) == ("note", ticket, None)
    assert "[note] [unproven]" in next(e.value for e in result.edits if e.name == "Subject")
    assert {edit.name for edit in result.edits if edit.kind == "rcpt"} == {desk.jane, desk.joe}
    assert not events(shared, ticket)


# ---- What comes first through the second door


def test_the_suffix_is_nowhere(shared, desk):
    """It is the way in, not what somebody wrote to."""
    command = desk.address.replace("@", "+x@")
    message = b"Received: " + HOP.replace("\n", "\r\n").encode() + b"\r\n" + mail("First")
    result = through_second_door(shared, "kim@example.net", [desk.address, command], message)
    assert result.accepted
    number = shared.last()["number"]
    assert shared.archived(number) == message
    assert shared.rows(
        "SELECT address, role FROM recipient WHERE message = ? ORDER BY position", number
    ) == [{"address": rcpt, "role": rcpt} for rcpt in (desk.address, command)]
    assert [row["role"] for row in shared.rows("SELECT role FROM handing_over WHERE message = ?", number)] == [
        desk.address
    ]
    assert "counterfoil.invalid" not in repr([e for e in result.edits if e.kind != "norcpt"])
    assert "counterfoil.invalid" not in shared.log().splitlines()[-1]
    assert "counterfoil.invalid" not in shared.run("ticket", "show", shared.last()["ticket"], "--full").stdout
