# SPDX-License-Identifier: BSD-2-Clause
"""What a customer is told when their mail becomes a ticket, and what becomes of answers to that."""

import concurrent.futures
import types

import pytest

from desk import Desk, decoded, mail
from verifier import Verifier

NAME = "mx.example.test"
SIGNED = "signed.test"  # publishes a key and a policy


@pytest.fixture(scope="module")
def servers(new_pair):
    """A Postfix with a verifier before Counterfoil, which believes it."""
    with Verifier(NAME) as verifier:
        verifier.publish(SIGNED)
        pair = new_pair(
            main={"smtpd_milters": verifier.milter}, settings={"mail": {"authserv_id": NAME}}
        )
        yield types.SimpleNamespace(postfix=pair.postfix, site=pair.site, verifier=verifier)


@pytest.fixture
def desk(servers):
    return Desk(servers)


def told(desk, count=1):
    """The last of so many notices that kim has got: no more, and no fewer."""
    notices = desk.notices(desk.kim)
    assert len(notices) == count, [notice.header("Subject") for notice in notices]
    return notices[-1]


def test_a_first_mail_brings_one_acknowledgement(desk):
    ticket = desk.ask(desk.from_kim(Subject="Printer on fire"))
    notice = told(desk)
    assert notice.sender == ""
    assert notice.header("From") == f'"{desk.title}" <{desk.role}>'
    assert notice.header("To") == desk.kim
    assert notice.header("Subject") == f"{ticket.id} We have received your message"
    assert ticket.id.encode() in notice.body and b"fire" not in notice.data
    assert notice.header("Auto-Submitted") == "auto-replied"
    assert notice.header("In-Reply-To") is None
    assert [event["kind"] for event in ticket.events()] == ["opened"]
    desk.customer_writes(desk.from_kim(Subject=f"Re: {ticket.id} It still burns"))
    assert ticket.kinds == ["request", "followup"]
    assert len(desk.notices(desk.kim)) == 1


def test_a_proven_customer_finds_it_with_their_own_mail(servers, desk):
    desk.kim = f"kim-{desk.number}@{SIGNED}"
    message_id = f"<a.{desk.name}@{SIGNED}>"
    asked = desk.from_kim(Subject="=?utf-8?Q?B=C3=BCro?= on fire", Message_ID=message_id)
    ticket = desk.ask(servers.verifier.sign(asked, SIGNED))
    notice = told(desk)
    assert decoded(notice.header("Subject")) == f"Re: {ticket.id} Büro on fire"
    assert notice.header("To") == f'"Kim Customer" <{desk.kim}>'
    assert notice.header("In-Reply-To") == message_id


def test_a_forger_makes_us_write_to_nobody(servers, desk):
    """The domain publishes a policy, and the mail has no signature of it that is right."""
    desk.kim = f"kim-{desk.number}@{SIGNED}"
    asked = servers.verifier.sign(desk.from_kim(Subject="Printer"), SIGNED)
    ticket = desk.ask(asked.replace(b"Subject: Printer", b"Subject: Prizes"))
    (event,) = ticket.events("suppressed")
    assert event["detail"].endswith(f"From is forged, says {NAME} (dmarc=fail)")
    assert desk.notices(desk.kim) == []


def test_two_departments_acknowledge_once(servers, desk):
    other = Desk(servers)
    data = desk.from_kim(Subject="Printer", To=f"{desk.role}, {other.role}")
    ticket = desk.ask(data, rcpts=[desk.role, other.role])
    assert told(desk).header("From") == f'"{desk.title}" <{desk.role}>'
    # The sender's server has put it into two transactions.
    again = desk.from_kim(Subject="Again", To=f"{desk.role}, {other.role}")
    for role in (desk.role, other.role):
        desk.customer_writes(again, role)
    assert len(desk.tickets()) == 2 and len(other.tickets()) == 2
    assert ticket.kinds == ["request"]
    told(desk, 2)


@pytest.mark.parametrize("subject", ["Re: {}", "Re: received, thank you"], ids=["ID", "In-Reply-To"])
def test_a_reply_to_it_is_on_its_ticket(desk, subject):
    ticket = desk.ask()
    notice = told(desk)
    reply = desk.from_kim(
        Subject=subject.format(notice.header("Subject")),
        In_Reply_To=notice.header("Message-ID"),
        References=notice.header("Message-ID"),
        body="Room 7.\r\n",
    )
    desk.customer_writes(reply)
    assert ticket.kinds == ["request", "followup"]
    assert len(desk.tickets()) == 1 and len(desk.notices(desk.kim)) == 1


@pytest.mark.parametrize("sender", [None, ""], ids=["own sender", "null sender"])
def test_a_vacation_reply_to_it_ends_there(desk, sender):
    """Of a program that does not keep to RFC 3834, which answers no automatic mail."""
    ticket = desk.ask()
    notice = told(desk)
    reply = desk.from_kim(
        Subject=f"Away: {notice.header('Subject')}",
        In_Reply_To=notice.header("Message-ID"),
        Auto_Submitted="auto-replied (vacation)",
        body="I am on holiday.\r\n",
    )
    desk.customer_writes(reply, sender=sender)
    assert ticket.kinds == ["request", "auto"]
    assert (ticket.state["state"], len(desk.tickets())) == ("open", 1)
    assert len(desk.notices(desk.kim)) == 1


def test_many_mails_in_one_persons_name(servers, desk):
    """They get no more than the limit, however many come at the same time."""

    def send(number):
        return desk.customer_sends(desk.from_kim(Subject=f"Prize {number}")).code

    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        assert set(pool.map(send, range(1000))) == {250}
    servers.postfix.wait_empty(120)
    servers.site.wait_sent(servers.postfix, 0)
    assert len(desk.tickets()) == 1000
    assert len(desk.notices(desk.kim)) == 5


def test_a_requester_is_told_that_their_ticket_is_closed_and_moved(servers, desk):
    other = Desk(servers)
    servers.site.run("member", "add", other.name, desk.jane)
    ticket = desk.ask()
    desk.does(ticket, f"move-{other.name}")
    moved = told(desk, 2)
    assert moved.header("From") == f'"{other.title}" <{other.role}>'
    assert ticket.id in moved.header("Subject")
    mark = servers.postfix.log_size()
    desk.site.run("ticket", "close", ticket.number)
    servers.site.wait_log("kind=closed ")
    servers.site.wait_sent(servers.postfix, mark)
    closed = told(desk, 3)
    assert closed.header("Subject") == f"{ticket.id} Your ticket is closed"
    desk.customer_writes(
        mail(From=desk.kim, To=other.role, Subject="No", In_Reply_To=closed.header("Message-ID"))
    )
    assert ticket.kinds == ["request", "command", "followup"]
    assert ticket.state["state"] == "open"
