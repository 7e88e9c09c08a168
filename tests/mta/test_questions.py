# SPDX-License-Identifier: BSD-2-Clause
"""Commands that ask something: who is told what, and where it arrives."""

import email
import email.policy
import sqlite3

import pytest

from desk import ID, Desk, mail
from process import wait_for

STRICT = email.policy.SMTP.clone(raise_on_defect=True)


@pytest.fixture
def ticket(desk):
    made = desk.ask()
    desk.news()
    return made


def told(desk, address, count=1):
    """The text of the last notice that an address got, which is the count-th, and its Subject."""
    deliveries = wait_for(
        lambda: len(desk.notices(address)) >= count and desk.notices(address), "an answer"
    )
    assert len(deliveries) == count
    assert deliveries[-1].sender == ""
    read = email.message_from_bytes(deliveries[-1].data, policy=STRICT)
    assert read["Auto-Submitted"] == "auto-replied"
    assert desk.role in str(read["From"])
    return read.get_content(), str(read["Subject"])


def asks(desk, ticket, word):
    """The customer writes to role+WORD, and nothing in it is theirs."""
    subject = f"Re: {ticket.id} Printer on fire"
    data = desk.from_kim(Subject=subject, To=desk.at(word), body="> It burns.\r\n")
    desk.customer_writes(data, rcpts=desk.at(word))


def test_customer_asks_how_it_stands(desk, ticket):
    desk.does(ticket, "note", body="Canary: we broke it.\r\n")
    desk.does(ticket, "", body="Use water.\r\n")
    had = len(desk.notices(desk.kim))  # the acknowledgement
    asks(desk, ticket, "status")
    text, subject = told(desk, desk.kim, had + 1)
    assert subject.startswith(ticket.id)
    assert "waiting for your answer" in text and "to you: Printer on fire" in text
    for inside in "anary", "note", desk.jane, desk.joe, "Jane":
        assert inside not in text
    assert ticket.kinds == ["request", "note", "answer", "command"]


def test_an_answer_to_it_is_of_the_ticket(desk, ticket):
    asks(desk, ticket, "help")
    deliveries = desk.notices(desk.kim)
    text, subject = told(desk, desk.kim, len(deliveries))
    assert ID.search(subject)[0] == ticket.id
    assert desk.at("close") in text and desk.at("take") not in text
    reply = desk.from_kim(
        Subject="Thank you",
        In_Reply_To=deliveries[-1].header("Message-ID"),
        body="I see.\r\n",
    )
    desk.customer_writes(reply)
    assert ticket.kinds == ["request", "command", "followup"]


def test_operator_asks_without_a_ticket(desk, ticket):
    other = Desk(desk)
    hidden = other.ask(other.from_kim(Subject="Other printer"))
    before = len(desk.tickets())
    assert desk.does(None, "list", subject="Mine") == {}
    text, subject = told(desk, desk.jane)
    assert subject == "Your tickets"
    assert ticket.id in text and "Nobody's: 1" in text and hidden.id not in text
    assert desk.does(None, "search", subject="PRINTER kim-") == {}
    text, subject = told(desk, desk.jane, 2)
    assert subject == "Search: PRINTER kim-"
    assert ticket.id in text and hidden.id not in text
    sent = desk.orders(None, "search", **{"Subject": "Re: "})
    assert (sent.code, "words of the Subject" in sent.text) == (550, True)
    assert len(desk.tickets()) == before
    assert ticket.kinds == ["request"]
    # Nobody else got anything of it.
    assert desk.notices(desk.joe) == [] and desk.news() == {}


def test_the_message_itself_is_in_the_archive(desk):
    data = desk.by(desk.jane, None, subject="Mine", To=desk.at("list"), body="All of them.\r\n")
    sent = desk.operator_writes(data, rcpts=desk.at("list"))
    assert f"{sent.queue_id}: ticket=- kind=command" in desk.site.log()
    with sqlite3.connect(f"file:{desk.site.folder}/data/counterfoil.db?mode=ro", uri=True) as record:
        ((number, kind),) = record.execute(
            "SELECT number, kind FROM v_message WHERE ticket IS NULL AND author = ?", (desk.jane,)
        )
    assert kind == "command"
    assert desk.site.raw(number).endswith(b"\r\n\r\nAll of them.\r\n")


def test_show_is_answered_from_there(desk, ticket):
    desk.does(ticket, "", body="Use water.\r\n")
    desk.does(ticket, "show", who=desk.joe)
    (delivery,) = wait_for(lambda: desk.notices(desk.joe), "the ticket")
    read = email.message_from_bytes(delivery.data, policy=STRICT)
    assert len([1 for part in read.iter_parts() if part.get_content_type() == "message/rfc822"]) == 2
    answer = mail(
        "Use more water.\r\n", From=desk.joe, To=str(read["Reply-To"]),
        Subject=f"Re: {read['Subject']}", In_Reply_To=str(read["Message-ID"]),
    )  # fmt: skip
    desk.operator_writes(answer, sender=desk.joe, auth=desk.joe)
    assert desk.got(desk.kim)[-1].body == b"Use more water.\r\n"
    assert ticket.kinds == ["request", "answer", "command", "answer"]


def test_a_forger_reaches_nobody_with_their_words(desk):
    """They open a ticket in kim's name, with a Message-ID that they know, and ask how it stands."""
    forged = desk.from_kim(Subject="BUY PILLS", Message_ID="<known@forger.example>")
    ticket = desk.ask(forged, sender="mallory@forger.example")
    had = len(desk.notices(desk.kim))
    question = desk.from_kim(
        Subject="BUY PILLS", In_Reply_To="<known@forger.example>", To=desk.at("status"), body=""
    )
    desk.customer_writes(question, rcpts=desk.at("status"), sender="mallory@forger.example")
    told(desk, desk.kim, had + 1)
    for delivery in desk.notices(desk.kim):
        assert b"PILLS" not in delivery.data and b"forger" not in delivery.data
    assert ticket.kinds == ["request", "command"]
