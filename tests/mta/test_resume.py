# SPDX-License-Identifier: BSD-2-Clause
"""Killed in the middle of its edits: where the front door lets mail pass without the filter, the
message goes on through the second door and ends as it would have ended."""

import re

import pytest

from cut import Cut
from desk import OUTSIDE, TRUSTED, Desk, mail, message_id
from lab import wait_for
from test_bounce import REPORT

SUFFIX = ".counterfoil.invalid"


@pytest.fixture(scope="module")
def servers(new_pair):
    """Port 25 with default_action=accept, and a Cut between it and the filter: servers.cut."""
    pair = new_pair(settings={"mail": {"trusted_networks": "192.0.2.0/24"}})
    with Cut(pair.site.socket.removeprefix("unix:")) as cut:
        pair.cut = cut
        milter = f"inet:127.0.0.1:{cut.port}"
        pair.postfix.set(smtpd_milters=f"{{ {milter}, default_action=accept, protocol=6 }}")
        # Postfix decides before XCLIENT whether a client is its own, whose headers it mends.
        front = f"127.0.0.1:{pair.postfix.port}/inet"
        pair.postfix.postconf("-P", f"{front}/local_header_rewrite_clients=")
        pair.postfix.reload()
        yield pair


@pytest.fixture
def desk(servers):
    made = Desk(servers)
    # The filter finds out that nobody hears it any more, or does not.
    made.site.expect("did not take the edits")
    yield made
    servers.cut.after = None


def settled(delivery):
    """A message without what differs from one to the next: its way, its name, and its stamp."""
    head, _, body = delivery.data.partition(b"\r\n\r\n")
    fields = re.split(rb"\r\n(?![ \t])", head)
    differs = (b"received:", b"message-id:", b"x-counterfoil-loop:", b"return-path:")
    return [field for field in fields if not field.lower().startswith(differs)], body


def by_message_id(desk, address, data):
    return [one for one in desk.got(address) if message_id(one.data) == message_id(data)]


def sends(desk, kind, ticket):
    """One more message of that kind on port 25: its bytes, and who should get it."""
    subject = f"Re: {ticket.id} Printer"
    if kind == "answer":
        data = desk.from_jane(Subject=subject, User_Agent="Secret 1.0", Reply_To="jane@home.example")
        sent = desk.customer_sends(data, sender=desk.jane, client=TRUSTED)
        people = (desk.kim, desk.joe)
    elif kind == "report":
        data = mail(
            From="MAILER-DAEMON@mx.example.org",
            To=ticket.address,
            Subject="Undelivered Mail Returned to Sender",
            MIME_Version="1.0",
            Content_Type='multipart/report; report-type=delivery-status; boundary="b"',
            body=REPORT.format(address="x@example.org", subject=f"{ticket.id} Printer"),
        )
        sent = desk.customer_sends(data, rcpts=ticket.address, sender="")
        people = (desk.jane, desk.joe)
    else:
        data = desk.from_kim(Subject=subject, Cc="lee@example.net", Reply_To="kim@example.org")
        sent = desk.customer_sends(data)
        people = (desk.jane, desk.joe)
    assert sent.code == 250, sent
    return data, people


@pytest.mark.parametrize("kind", ["followup", "answer", "report"])
def test_killed_at_any_edit(servers, desk, kind):
    """Everybody gets it, as they would have, and it is recorded once."""
    ticket = desk.ask()
    data, people = sends(desk, kind, ticket)
    desk.postfix.wait_empty()
    edits = servers.cut.seen
    whole = {address: settled(by_message_id(desk, address, data)[0]) for address in people}
    senders = {address: by_message_id(desk, address, data)[0].sender for address in people}
    kinds = list(ticket.kinds)
    assert edits >= 8
    # Without any edit there is no stamp. Submission, where answers come from, lets nothing pass.
    for servers.cut.after in range(1 if kind == "answer" else 0, edits + 1):
        data, _ = sends(desk, kind, ticket)
        desk.postfix.wait_empty()
        kinds.append(kinds[-1])
        assert ticket.kinds == kinds, f"after {servers.cut.after} edits"
        for address in people:
            got = by_message_id(desk, address, data)
            assert 1 <= len(got) <= 2, f"{address} after {servers.cut.after} edits"
            assert all(settled(one) == whole[address] for one in got), servers.cut.after
            assert all(one.sender == senders[address] for one in got), servers.cut.after
        assert desk.postfix.queue() == []
    assert len(desk.tickets()) == 1
    assert desk.got(desk.role) == []
    # Of the answers jane has none, kim nothing of the others.
    assert len(desk.got(desk.jane)) == 1 if kind == "answer" else desk.got(desk.kim) == []


def test_the_filter_was_away_when_it_came_back(servers, desk):
    """A stamped message whose sender is our bounce address already waits like any other."""
    ticket = desk.ask()
    copy = ticket.copy
    half = b"".join(
        line for line in copy.data.splitlines(True) if not line.startswith((b"Received:", b"\t"))
    ).replace(b"X-Counterfoil-Kind: request\r\n", b"")
    desk.site.stop(keep=True)
    try:
        sent = desk.customer_sends(half, sender=copy.sender)
        assert sent.code == 250, sent
        desk.postfix.wait_log(rf"{sent.queue_id}: to=<{re.escape(desk.role + SUFFIX)}>.* status=deferred")
        assert len(desk.got(desk.jane)) == 1
    finally:
        desk.site.start()
    desk.postfix.flush()
    desk.postfix.wait_empty()
    again = desk.last(desk.jane, 2)
    assert sorted(settled(again)[0]) == sorted(settled(copy)[0])
    assert (settled(again)[1], again.sender) == (settled(copy)[1], copy.sender)
    assert ticket.kinds == ["request"]
    assert len(desk.tickets()) == 1


def test_at_the_second_door_itself(desk):
    """Once an hour; what only looks like that message is a note."""
    ticket = desk.ask()
    rcpt, port = desk.role + SUFFIX, desk.postfix.second_door_port
    desk.site.expect("second door: this message was handed over a second time")
    mark = desk.postfix.log_size()
    sent = desk.postfix.send(ticket.copy.sender, rcpt, ticket.copy.data, port=port)
    assert sent.code == 250, sent
    desk.postfix.wait_log(f"{sent.queue_id}: removed", mark)
    assert settled(desk.last(desk.jane, 2)) == settled(ticket.copy)
    sent = desk.postfix.send(ticket.copy.sender, rcpt, ticket.copy.data, port=port)
    assert (sent.code, sent.text[:5]) == (451, "4.3.5"), sent
    assert len(desk.got(desk.jane)) == 2

    other = ticket.copy.data + b"One line more.\r\n"
    sent = desk.postfix.send(ticket.copy.sender, rcpt, other, port=port)
    assert sent.code == 250, sent
    wait_for(lambda: ticket.kinds == ["request", "note"], "the note")
    note = desk.postfix.wait_mailbox(desk.jane, 3)[-1]
    assert note.header("Subject").startswith(f"{ticket.id} [note] [unproven] ")
    assert [event["detail"][:10] for event in ticket.events("unproven")] == ["mail loop:"]
    assert desk.got(desk.kim) == []


def test_an_operators_address_that_is_an_alias_for_the_role_address(desk):
    """On this very server: the copy comes back through the second door, and can't be told from one
    that was interrupted; so everybody gets it once more. What comes of that has been there, and
    waits with an error in the log until the administrator has mended the alias."""
    loop = f"op-loop.{desk.name}@example.test"
    desk.site.run("operator", "add", loop)
    desk.site.run("member", "add", desk.name, loop)
    desk.site.expect("does an alias lead from an operator to a role address")
    sent = desk.customer_sends(desk.from_kim(Subject="Printer on fire"))
    assert sent.code == 250
    copies = desk.postfix.wait_mailbox(desk.jane, 2)
    ticket = desk.ticket_of(copies[0])
    waits = rf"(\S+): to=<{re.escape(desk.role + SUFFIX)}>.* status=deferred .*has been here before"
    resumed = desk.postfix.wait_log(waits)[1]
    assert resumed != sent.queue_id
    # It comes again and again, and nothing more comes of it.
    desk.postfix.wait_log(rf"{resumed}: .*451 4\.3\.5(.*\n)+.*{resumed}: .*451 4\.3\.5")
    assert len(desk.got(desk.jane)) == len(desk.got(desk.joe)) == 2
    assert [settled(one) for one in copies] == [settled(copies[0])] * 2
    assert ticket.kinds == ["request"]
    assert len(desk.tickets()) == 1
    assert "does an alias lead from an operator to a role address" in desk.site.log()
    assert [entry["queue_id"] for entry in desk.postfix.queue()] == [resumed]
    assert desk.postfix.run("postsuper", "-d", resumed).returncode == 0


def test_a_mailbox_elsewhere_that_forwards_to_the_role_address(desk):
    """Its server gets 554 with what to do instead, and the ticket an event, however often it tries."""
    ticket = desk.ask()
    for sender in (desk.jane, ticket.copy.sender, ""):
        sent = desk.customer_sends(ticket.copy.data, sender=sender, client=OUTSIDE)
        assert (sent.code, sent.text[:5]) == (554, "5.4.6"), sent
        assert "+move-DEPARTMENT" in sent.text
    assert [(event["actor"], event["detail"]) for event in ticket.events("loop")] == [
        (desk.jane, desk.role)
    ]
    assert ticket.kinds == ["request"]


def at_the_second_door(desk, role, sender, data):
    """Postfix brings a message there, and it is taken; who of the desk got what."""
    desk.news()
    mark = desk.postfix.log_size()
    sent = desk.postfix.send(sender, role + SUFFIX, data, port=desk.postfix.second_door_port)
    assert sent.code == 250, sent
    desk.postfix.wait_log(f"{sent.queue_id}: removed", mark)
    return desk.news()


def test_a_note_goes_on_as_a_note(desk):
    """Nothing proves anybody there; that this was an operator's the record says."""
    ticket = desk.ask()
    (copy,) = desk.does(ticket, "note", body="Her password is hunter2.\r\n")["joe"][-1:]
    stamped = f"X-Counterfoil-Loop: {copy.header('X-Counterfoil-Loop')}\r\n".encode() + ticket.raw()
    news = at_the_second_door(desk, desk.at("note"), desk.jane, stamped)
    assert sorted(news) == ["joe"]
    assert sorted(settled(news["joe"][0])[0]) == sorted(settled(copy)[0])
    assert ticket.kinds == ["request", "note"]


def test_a_stamp_for_a_department_that_it_was_not_for(desk, servers):
    """No customer gets anything, and the answer that it was is no answer there."""
    ticket = desk.ask()
    (got,) = desk.does(ticket, "", body="Put out.\r\n")["kim"]
    other = Desk(servers)
    stamped = f"X-Counterfoil-Loop: {got.header('X-Counterfoil-Loop')}\r\n".encode() + ticket.raw()
    assert "kim" not in at_the_second_door(desk, other.role, desk.jane, stamped)
    assert ticket.kinds == ["request", "answer", "note"]
    assert [event["detail"][:10] for event in ticket.events("unproven")] == ["mail loop:"]


@pytest.mark.parametrize("edits", [0, 1], ids=("without any edit", "with the stamp alone"))
def test_a_message_with_next_to_no_header(servers, desk, edits):
    """What another server sends without Message-ID and Date, and with half an address, is at the
    second door what it was at the front door: Postfix mends what its own clients send, alone."""
    ticket = desk.ask()
    subject = f"Re: {ticket.id} Printer"
    data = desk.from_kim(Subject=subject, Message_ID=None, Date=None, Cc="lee").replace(b": ", b":")
    servers.cut.after = edits
    assert desk.customer_sends(data).code == 250
    desk.postfix.wait_empty()
    assert ticket.kinds == ["request", "followup"]
    assert len(desk.tickets()) == 1
    copy = desk.last(desk.jane, 2)
    assert not copy.headers("Message-ID") and not copy.headers("Date")
    assert copy.header("X-Counterfoil-Kind") == "followup"


def test_what_comes_first_through_the_second_door(servers, desk):
    """It is recorded as it was sent, below Postfix's own Received."""
    data = desk.from_kim(Subject="Printer", Message_ID=None, Date=None, Cc="lee")
    desk.site.stop(keep=True)
    try:
        sent = desk.customer_sends(data)
        assert sent.code == 250, sent
        desk.postfix.wait_log(rf"{sent.queue_id}: to=<{re.escape(desk.role + SUFFIX)}>.* status=deferred")
    finally:
        desk.site.start()
    desk.postfix.flush()
    ticket = desk.ticket_of(desk.postfix.wait_mailbox(desk.jane)[0])
    received = re.match(rb"Received: .*\r\n(?:[ \t].*\r\n)*", ticket.raw())[0]
    assert b"counterfoil.invalid" not in received
    assert ticket.raw() == received + data
