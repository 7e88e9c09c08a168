# SPDX-License-Identifier: BSD-2-Clause
"""The same message twice: a retry of a server that did not hear the 250, another leg of one message,
and what only looks the same."""

import pytest

from desk import Desk, mail, message_id


@pytest.fixture
def ticket(desk):
    made = desk.ask()
    desk.news()
    return made


def test_a_retry_of_an_answer(desk, ticket):
    """The customer gets it again, as the same message, since the first may never have left; the other
    operator, whom the outbox serves, does not."""
    data = desk.by(desk.jane, ticket)
    for who in (["joe", "kim"], ["kim"]):
        desk.operator_writes(data)
        news = desk.news()
        assert sorted(news) == who
        assert news["kim"][0].header("Message-ID") == message_id(data)
    assert ticket.kinds == ["request", "answer"]
    assert [event["kind"] for event in ticket.events()] == ["opened", "assigned"]


def test_a_retry_after_things_changed(desk, ticket):
    """It changes nothing that was done since."""
    first = desk.from_kim(Subject=f"Re: {ticket.id} Printer on fire")
    desk.customer_writes(first)
    desk.news()
    desk.does(ticket, "close")
    desk.customer_writes(first)
    assert sorted(desk.news()) == ["jane", "joe"]
    assert ticket.kinds == ["request", "followup", "command"]
    assert ticket.state["state"] == "closed"


def test_a_retry_by_another_way(desk, ticket):
    """Other Received lines on top are no other message."""
    first = desk.from_kim(Subject="Another")
    hop = b"Received: from relay.example.net by mx2.example.net; Mon, 23 Nov 2026 09:00:01 +0000\r\n"
    desk.customer_writes(first)
    desk.customer_writes(hop + first, client="198.51.100.8")
    assert len(desk.tickets()) == 2
    assert len(desk.news()["jane"]) == 2


def test_the_same_id_on_another_message(desk, ticket):
    """Broken programs give each mail the same Message-ID: other words are another message."""
    same = "<1@broken.example.net>"
    for number in range(3):
        body = f"Alarm {number}\r\n"
        desk.customer_writes(desk.from_kim(Subject="Alarm", Message_ID=same, body=body))
    desk.customer_writes(
        mail(From="mia@example.net", To=desk.role, Subject="Alarm", Message_ID=same, body="Alarm 0\r\n"),
        sender="mia@example.net",
    )
    assert len(desk.tickets()) == 5
    assert len(desk.news()["jane"]) == 4


def test_after_fourteen_days_it_is_another_message(desk):
    data = desk.from_kim(Subject="Alarm")
    first = desk.ask(data)
    desk.site.age(first.number, 13)
    desk.customer_writes(data)
    assert len(desk.tickets()) == 1
    desk.site.age(first.number, 2)
    desk.customer_writes(data)
    assert len(desk.tickets()) == 2


def test_two_legs_of_one_message(desk, shared):
    """The sender's server sends a mail to two departments as two transactions: one ticket, each
    operator gets one copy, the department joins; a retry of a leg is none of the other's business."""
    other = Desk(shared)
    data = desk.from_kim(Subject="Both", To=f"{desk.role}, {other.role}")
    desk.customer_writes(data, rcpts=desk.role)
    (copy,) = desk.news()["jane"]
    ticket = desk.ticket_of(copy)
    desk.customer_writes(data, rcpts=other.role)
    assert desk.news() == {}
    assert sorted(other.news()) == ["jane", "joe"]
    assert ticket.kinds == ["request"]
    assert ticket.state["departments"] == [desk.name, other.name]
    assert len(desk.tickets()) == len(other.tickets()) == 1
    desk.customer_writes(data, rcpts=other.role)
    assert desk.news() == {}
    assert sorted(other.news()) == ["jane", "joe"]


def test_what_is_no_leg(desk, shared):
    """Much later, or by another envelope sender: a ticket of its own."""
    other = Desk(shared)
    data = desk.from_kim(Subject="Both", To=f"{desk.role}, {other.role}")
    first = desk.ask(data)
    desk.customer_writes(data, rcpts=other.role, sender=f"else-{desk.number}@example.net")
    (copy,) = other.news()["jane"]
    assert desk.ticket_of(copy).number != first.number
    second = desk.ask(desk.from_kim(Subject="Again", To=f"{desk.role}, {other.role}"))
    desk.site.age(second.number, 2 / 24)
    desk.customer_writes(second.raw(), rcpts=other.role)
    assert other.ticket_of(other.news()["jane"][0]).number != second.number
    assert first.state["departments"] == [desk.name]


def test_a_retry_into_a_ticket_that_was_merged(desk, ticket):
    data = desk.from_kim(Subject=f"Re: {ticket.id} Printer on fire")
    desk.customer_writes(data)
    second = desk.ask(desk.from_kim(Subject="Another"))
    desk.does(ticket, f"merge-{second.number}")
    desk.news()
    desk.customer_writes(data)
    assert [copy.header("Subject") for copy in desk.news()["jane"]] == [
        f"Re: {second.id} Printer on fire"
    ]
    assert ticket.kinds == ["request", "followup", "command"]
    assert second.kinds == ["request"]


def test_nobody_repeats_an_operators_message(desk, ticket):
    """The customer has every byte that makes an answer the same one; sent back it is no retry."""
    answer = desk.by(desk.jane, ticket)
    desk.operator_writes(answer)
    desk.news()
    sent = desk.customer_sends(answer, sender=desk.jane)
    assert sent.code == 550 and "nothing proves" in sent.text
    assert ticket.kinds == ["request", "answer"]
    assert desk.news() == {}
