# SPDX-License-Identifier: BSD-2-Clause
"""Bounces and loops come to rest: what Postfix itself sends back is logged on the ticket, and no message
goes in a circle."""

import re

import pytest

from desk import Desk, Ticket, mail
from lab import wait_for

REPORT = """\
This is the mail system at host mx.example.org.\r
\r
--b\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; mx.example.org\r
\r
Final-Recipient: rfc822; {address}\r
Action: failed\r
Status: 5.1.1\r
\r
--b\r
Content-Type: message/rfc822\r
\r
Subject: {subject}\r
\r
--b--\r
"""


def attempts(desk, address):
    """How often Postfix tried in vain to hand something to an address."""
    return len(re.findall(rf"to=<{re.escape(address)}>.* status=bounced", desk.postfix.log()))


def at_rest(desk, ticket, kinds):
    """The ticket has these messages, nothing is on its way, and nothing more comes."""
    wait_for(lambda: len(ticket.messages) >= len(kinds), f"{kinds} on the ticket", 20)
    desk.postfix.wait_empty()
    assert ticket.kinds == kinds
    assert len(desk.tickets()) == 1


def test_an_operators_mailbox_bounces(desk):
    """Postfix's bounce comes through the second door; jane sees it, once."""
    full = f"bounce-{desk.number}@example.test"
    desk.site.run("operator", "add", full)
    desk.site.run("member", "add", desk.name, full)
    ticket = desk.ask()
    at_rest(desk, ticket, ["request", "bounce"])
    bounce = desk.last(desk.jane, 2)
    assert len(desk.got(desk.joe)) == 2
    assert bounce.header("Subject").startswith(f"{ticket.id} [bounce] ")
    assert bounce.sender == ""
    assert full.encode() in bounce.body
    assert attempts(desk, full) <= 2
    assert desk.got(desk.kim) == []
    assert b"message/delivery-status" in ticket.raw()


def test_the_customers_mailbox_bounces(desk):
    gone = f"bounce-{desk.number}@example.net"
    ticket = desk.ask(desk.from_kim(From=gone, Subject="Printer on fire"), sender=gone)
    desk.operator_writes(desk.from_jane(Subject=f"Re: {ticket.id} Printer on fire"))
    at_rest(desk, ticket, ["request", "answer", "bounce"])
    assert desk.last(desk.jane, 2).header("Subject").startswith(f"{ticket.id} [bounce] ")
    assert desk.last(desk.joe, 3).header("Subject").startswith(f"{ticket.id} [bounce] ")
    assert attempts(desk, gone) == 2  # the acknowledgement, which has no sender, and the answer


def test_everybody_bounces(shared):
    desk = Desk(shared, members=())
    gone, full = f"bounce-{desk.number}@example.net", f"bounce-{desk.number}@example.test"
    desk.site.run("operator", "add", full)
    desk.site.run("member", "add", desk.name, full)
    desk.customer_writes(desk.from_kim(From=gone, Subject="Printer on fire"), sender=gone)
    wait_for(desk.tickets, "the ticket")
    ticket = Ticket(desk, desk.tickets()[0]["number"])
    at_rest(desk, ticket, ["request", "bounce"])
    assert attempts(desk, full) <= 2
    assert attempts(desk, gone) == 1  # the acknowledgement


def test_a_bounce_from_elsewhere(desk):
    """Another server reports at the front door, to the bounce address."""
    ticket = desk.ask()
    report = mail(
        From="MAILER-DAEMON@mx.example.org",
        To=ticket.address,
        Subject="Undelivered Mail Returned to Sender",
        MIME_Version="1.0",
        Content_Type='multipart/report; report-type=delivery-status; boundary="b"',
        body=REPORT.format(address="x@example.org", subject=f"{ticket.id} Printer on fire"),
    )
    desk.customer_writes(report, rcpts=ticket.address, sender="")
    at_rest(desk, ticket, ["request", "bounce"])
    copy = desk.last(desk.jane, 2)
    assert copy.sender == ""
    assert copy.header("Subject") == f"{ticket.id} [bounce] Undelivered Mail Returned to Sender"
    assert ticket.raw() == report


def test_a_person_answers_to_the_bounce_address(desk):
    """Some mail programs write to the envelope sender."""
    ticket = desk.ask()
    desk.operator_writes(desk.from_jane(Subject=f"Re: {ticket.id} Printer on fire"))
    to = desk.last(desk.kim).sender
    desk.customer_writes(desk.from_kim(Subject="thanks", To=to), rcpts=to)
    assert ticket.kinds == ["request", "answer", "followup"]
    assert desk.last(desk.jane, 2).header("Subject") == f"{ticket.id} thanks"


def test_a_bounce_address_with_wrong_letters(desk):
    """It is nobody's ticket: the mail opens one of its own."""
    ticket = desk.ask()
    local, _, domain = ticket.address.partition("@")
    wrong = local[:-5] + ("zzzzz" if not local.endswith("zzzzz") else "yyyyy")
    desk.customer_writes(desk.from_kim(Subject="Hello"), rcpts=f"{wrong}@{domain}")
    assert ticket.kinds == ["request"]
    other = desk.ticket_of(desk.last(desk.jane, 2))
    assert [event["detail"] for event in other.events("bad-id")] == [str(ticket.number)]


# ---- Loops


@pytest.mark.parametrize("sender", ["", "the forwarder", "as it was"])
def test_an_operators_mailbox_forwards_to_the_role_address(desk, sender):
    """The operator's server sends the copy back: it is refused, and its bounce ends here."""
    ticket = desk.ask()
    copy = ticket.copy
    sender = {"the forwarder": desk.jane, "as it was": copy.sender}.get(sender, "")
    received = b"Received: from mx.example.test by mx.example.org; Mon, 23 Nov 2026 09:00:00 +0000\r\n"
    forwarded = received + b"Resent-From: " + desk.jane.encode() + b"\r\n" + copy.data
    for _ in range(3):
        sent = desk.customer_sends(forwarded, sender=sender)
        assert (sent.code, sent.text[:5]) == (554, "5.4.6"), sent
    at_rest(desk, ticket, ["request"])
    assert len(desk.got(desk.joe)) == 1


def test_the_customers_server_sends_the_answer_back(desk):
    ticket = desk.ask()
    desk.operator_writes(desk.from_jane(Subject=f"Re: {ticket.id} Printer on fire"))
    sent = desk.customer_sends(desk.last(desk.kim).data)
    assert (sent.code, sent.text[:5]) == (554, "5.4.6"), sent
    at_rest(desk, ticket, ["request", "answer"])


def test_a_stamp_of_somebody_else_is_no_loop(desk):
    """Also one that is ours but for a letter: it is taken out, and the mail is a mail."""
    ticket = desk.ask()
    stamp = ticket.copy.header("X-Counterfoil-Loop")
    forged = stamp[:-1] + ("0" if stamp[-1] != "0" else "1")
    desk.customer_writes(desk.from_kim(Subject="Hello", X_Counterfoil_Loop=forged))
    copy = desk.last(desk.jane, 2)
    assert desk.ticket_of(copy).number != ticket.number
    assert len(copy.headers("X-Counterfoil-Loop")) == 1
    assert copy.header("X-Counterfoil-Loop") != forged
