# SPDX-License-Identifier: BSD-2-Clause
"""A ticket that is handed over can be answered from that mail alone, by somebody who never saw it."""

import email
import email.policy

import pytest

from desk import Desk, mail, message_id
from process import wait_for

STRICT = email.policy.SMTP.clone(raise_on_defect=True)


def handover(desk, address):
    """The handover that an address got, as Python's email package reads it."""
    (delivery,) = wait_for(lambda: desk.notices(address), "a handover")
    assert delivery.sender == ""
    read = email.message_from_bytes(delivery.data, policy=STRICT)
    assert read["Auto-Submitted"] == "auto-replied"
    return read


def enclosed(read):
    return [
        part.get_payload(0).as_bytes(policy=email.policy.SMTP)
        for part in read.iter_parts()
        if part.get_content_type() == "message/rfc822"
    ]


def reply_to(read, who, text):
    """What a mail program writes when somebody replies to a mail: nothing in it is from elsewhere."""
    quoted = read.get_body().get_content().replace("\n", "\n> ")
    return mail(
        f"{text}\r\n\r\n{read['From'].addresses[0].display_name} wrote:\r\n> {quoted}\r\n",
        From=who,
        To=str(read["Reply-To"]),
        Subject=f"Re: {read['Subject']}",
        In_Reply_To=str(read["Message-ID"]),
        References=f"{read['References']} {read['Message-ID']}",
        MIME_Version="1.0",
        Content_Type="text/plain; charset=utf-8",
    )


@pytest.fixture
def other(shared):
    """A department whose people have seen nothing of desk's."""
    return Desk(shared)


def answer(desk, read, who, text):
    """A reply to the handover is sent; what the customer got by it."""
    before = len(desk.got(desk.kim))
    data = reply_to(read, who, text)
    desk.operator_writes(data, str(read["Reply-To"]), sender=who, auth=who)
    got = desk.got(desk.kim)
    assert len(got) == before + 1
    return got[-1]


def test_who_never_saw_it_answers_from_the_handover(desk, other):
    asked = desk.from_kim(Subject="Printer on fire", body="It burns.\r\nFrom the back.\r\n")
    ticket = desk.ask(asked)
    desk.operator_writes(desk.by(desk.jane, ticket, body="Which printer?\r\n"))
    desk.customer_writes(desk.from_kim(Subject=f"Re: {ticket.id} Printer on fire", body="The red one.\r\n"))
    ann = other.jane
    desk.does(ticket, f"assign-{ann.replace('@', '=')}", body="She knows printers.\r\n")
    read = handover(desk, ann)
    assert desk.title in str(read["From"]) and desk.role in str(read["From"])
    assert str(read["Reply-To"]) == desk.role
    assert ann in str(read["To"])
    assert ticket.id in read["Subject"] and "Printer on fire" in read["Subject"]
    bodies = [message.partition(b"\r\n\r\n")[2] for message in enclosed(read)]
    assert bodies == [
        b"It burns.\r\nFrom the back.\r\n",
        b"Which printer?\r\n",
        b"The red one.\r\n",
        b"She knows printers.\r\n",
    ]
    text = read.get_body().get_content()
    assert desk.kim in text and "waiting for us" in text
    got = answer(desk, read, ann, "Use water.")
    assert got.header("From") == f'"{desk.title}" <{desk.role}>'
    assert got.header("To") == f'"Kim Customer" <{desk.kim}>'
    assert got.header("Subject") == f"Re: {ticket.id} Printer on fire"
    assert got.body.startswith(b"Use water.\r\n")
    assert ann.encode() not in got.data.partition(b"\r\n\r\n")[0]
    # Kim's mail program shows it below what Kim wrote.
    assert message_id(asked) in got.header("References").split()
    assert ticket.kinds == ["request", "answer", "followup", "note", "answer"]
    assert ticket.state["assignee"] == ann


def test_without_the_id_it_is_an_answer_too(desk):
    ticket = desk.ask()
    desk.does(ticket, f"assign-{desk.joe.replace('@', '=')}")
    read = handover(desk, desk.joe)
    read.replace_header("Subject", "It is about that printer")
    got = answer(desk, read, desk.joe, "Use water.")
    assert got.header("Subject").startswith(f"Re: {ticket.id}")
    assert ticket.kinds[-1] == "answer"


def test_moved(desk, other):
    ticket = desk.ask()
    desk.does(ticket, f"move-{other.name}")
    read = handover(desk, other.joe)
    assert sorted(one.addr_spec for one in read["To"].addresses) == sorted([other.jane, other.joe])
    assert str(read["Reply-To"]) == other.role
    got = answer(desk, read, other.joe, "It is ours now.")
    assert got.header("From") == f'"{other.title}" <{other.role}>'
    # Who had it saw it, and gave it away.
    assert desk.notices(desk.joe) == desk.notices(desk.jane) == []


def test_typed(desk):
    ticket = desk.ask()
    desk.site("ticket", "assign", ticket.number, desk.joe)
    read = handover(desk, desk.joe)
    answer(desk, read, desk.joe, "Use water.")
    assert ticket.state["assignee"] == desk.joe
    assert ticket.kinds == ["request", "answer"]


def test_a_vacation_reply_to_it_ends_there(desk):
    ticket = desk.ask()
    desk.does(ticket, f"assign-{desk.joe.replace('@', '=')}")
    read = handover(desk, desk.joe)
    away = mail(
        "I am away.\r\n",
        From=desk.joe,
        To=str(read["Reply-To"]),
        Subject=f"Auto: {read['Subject']}",
        In_Reply_To=str(read["Message-ID"]),
        Auto_Submitted="auto-replied (vacation)",
    )
    before = [len(desk.got(who) + desk.notices(who)) for who in (desk.kim, desk.joe)]
    desk.operator_writes(away, sender=desk.joe, auth=desk.joe)
    assert ticket.kinds[-1] == "auto"
    assert [len(desk.got(who) + desk.notices(who)) for who in (desk.kim, desk.joe)] == before
