# SPDX-License-Identifier: BSD-2-Clause
"""Who is of a ticket and who is not: strangers with an ID, how they are let in, the customer's own
ticketing system, and tickets that several departments share."""

import pytest

from desk import Desk, check_letters, mail, message_id


@pytest.fixture
def ticket(desk):
    made = desk.ask()
    desk.news()
    return made


def subjects(news, name):
    return [copy.header("Subject") for copy in news.get(name, [])]


def writes(desk, who, subject, **fields):
    """Somebody outside writes to the role address; the message, and who got what."""
    data = mail(**{"From": who, "To": desk.role, "Subject": subject, **fields})
    desk.customer_writes(data, sender=who)
    return data, desk.news()


# ---- Strangers


def test_a_stranger_is_let_in_by_the_answer_to_their_mail(desk, ticket):
    eve, mia = f"eve-{desk.number}@example.org", f"mia-{desk.number}@example.org"
    asked, news = writes(desk, eve, f"Fwd: {ticket.id} Printer")
    assert subjects(news, "jane") == [f"{ticket.id} [new sender] Fwd: Printer"]
    assert news["jane"][0].header("X-Original-From") == eve
    writes(desk, mia, f"Re: {ticket.id} Printer")
    # An answer to somebody else's mail is for the ticket's own people.
    assert sorted(desk.does(ticket, "", body="Put out.\r\n")) == ["joe", "kim"]
    news = desk.does(ticket, "", In_Reply_To=message_id(asked), body="Put out.\r\n")
    assert sorted(news) == ["eve", "joe", "kim"]
    assert ticket.state["correspondents"] == [eve]
    assert [event["actor"] for event in ticket.events("stranger")] == [eve, mia]
    _, news = writes(desk, eve, f"Re: {ticket.id} Printer")
    assert subjects(news, "jane") == [f"Re: {ticket.id} Printer"]
    # By name the other one is let in.
    news = desk.does(ticket, "", Cc=mia, body="Hello all.\r\n")
    assert sorted(news) == ["eve", "joe", "kim", "mia"]
    assert ticket.kinds == ["request", "followup", "followup", "answer", "answer", "followup", "answer"]


def test_a_stranger_lets_nobody_in_and_hears_nothing(desk, ticket):
    """Not by Cc, nor by a Reply-To, nor by closing; and what they sent is told nobody outside."""
    eve, mia = f"eve-{desk.number}@example.org", f"mia-{desk.number}@example.org"
    writes(desk, eve, f"Re: {ticket.id} Printer", Cc=mia, Reply_To=mia, body="Tell me all.\r\n")
    assert ticket.state["correspondents"] == []
    writes(desk, desk.kim, f"Re: {ticket.id} Printer on fire", Cc=f"{eve}, {mia}")
    assert ticket.state["correspondents"] == []
    news = desk.does(ticket, "", body="Put out.\r\n")
    assert sorted(news) == ["joe", "kim"]
    assert b"Tell me all" not in news["kim"][0].data


def test_a_strangers_message_id_is_no_way_in(desk, ticket):
    """Whoever copies the customer's Message-ID opens a ticket; an answer to one of the two messages
    goes to the ticket in its Subject and lets nobody in."""
    eve = f"eve-{desk.number}@example.org"
    first, _ = writes(desk, desk.kim, "My screen")
    own = desk.ticket_of(desk.got(desk.jane)[-1])
    writes(desk, eve, "Mine", Message_ID=message_id(first))
    assert len(desk.tickets()) == 3
    news = desk.does(own, "", In_Reply_To=message_id(first), body="Hello.\r\n")
    assert sorted(news) == ["joe", "kim"]
    assert own.state["correspondents"] == []
    # Without the ID the oldest ticket of that Message-ID is meant.
    answer = desk.by(desk.jane, subject="Re: My screen", In_Reply_To=message_id(first))
    desk.operator_writes(answer)
    assert sorted(desk.news()) == ["joe", "kim"]
    assert own.kinds == ["request", "answer", "answer"]


# ---- IDs


def test_several_ids_and_tags(desk, ticket):
    """The first valid one of this site counts; what another system wants back stays as it is."""
    _, news = writes(desk, desk.kim, f"Re: [Other #7] {ticket.id} Printer [Example #1-ZZZZZ]")
    assert [desk.ticket_of(copy).number for copy in news["joe"]] == [ticket.number]
    assert "[Other #7]" in subjects(news, "joe")[0]
    second = desk.ask(desk.from_kim(Subject="Another"))
    desk.news()
    _, news = writes(desk, desk.kim, f"Re: {second.id} {ticket.id} Which?")
    assert subjects(news, "joe") == [f"Re: {second.id} Which?"]
    assert second.kinds == ["request", "followup"]


def test_nobody_enters_by_counting(desk, ticket):
    """Neither by a number with wrong letters, nor by one with the right letters of another number."""
    other = check_letters(desk.key, ticket.number + 1)
    eve = f"eve-{desk.number}@example.org"
    for letters in (other, ticket.check[::-1], "", "00000"):
        _, news = writes(desk, eve, f"Re: [Example #{ticket.number}-{letters}] Printer")
        (copy,) = news["jane"]
        assert desk.ticket_of(copy).number != ticket.number
    assert ticket.kinds == ["request"]
    assert len(desk.tickets()) == 5


def test_the_customers_own_ticketing_system(desk, ticket):
    """It answers from another address of their domain, with its tag and without ours: on the open
    ticket, and no stranger. Elsewhere the same tag is nobody's."""
    writes(desk, desk.kim, f"Re: {ticket.id} [KIM-IT #4711] Printer on fire")
    system = f"system-{desk.number}@example.net"
    _, news = writes(desk, system, "Re: [KIM-IT #4711] We ordered a new one")
    assert subjects(news, "jane") == [f"Re: {ticket.id} [KIM-IT #4711] We ordered a new one"]
    assert ticket.kinds == ["request", "followup", "followup"]
    assert ticket.events("stranger") == []
    assert ticket.state["correspondents"] == []
    writes(desk, f"system-{desk.number}@example.org", "Re: [KIM-IT #4711] Mine")
    writes(desk, system, "Re: [KIM-IT #4712] Another")
    assert ticket.kinds == ["request", "followup", "followup"]
    assert len(desk.tickets()) == 3
    desk.does(ticket, "close")
    writes(desk, system, "Re: [KIM-IT #4711] Closed")
    assert len(desk.tickets()) == 4


# ---- Several departments


def test_a_ticket_of_two_departments(desk, shared):
    """One mail to both: one ticket, the first in To owns it. The answer speaks as whom it was written
    to; each department's copies lead back to the address that the customer wrote to."""
    other = Desk(shared)
    data = desk.from_kim(To=other.role, Cc=desk.role, Subject="Both")
    desk.customer_writes(data, rcpts=[desk.role, other.role])
    mine, theirs = desk.news(), other.news()
    assert sorted(mine) == sorted(theirs) == ["jane", "joe"]
    ticket = desk.ticket_of(mine["jane"][0])
    assert ticket.state["department"] == other.name
    assert ticket.state["departments"] == [other.name, desk.name]
    assert mine["jane"][0].header("Reply-To") == other.role
    assert {copy.data for copies in [*mine.values(), *theirs.values()] for copy in copies} == {
        mine["jane"][0].data
    }
    for one in (desk, other):
        one.does(ticket, "", body="Hello.\r\n")
        got = (desk.got(desk.kim))[-1]
        assert got.header("From") == f'"{one.title}" <{one.role}>'
    assert len(desk.tickets()) == 1 == len(other.tickets())
    assert ticket.kinds == ["request", "answer", "answer"]


def test_an_id_of_another_departments_ticket(desk, shared, ticket):
    """The customer writes to the wrong address: its department joins, its operators get the mail; an
    answer as one that is not on the ticket speaks for the owner."""
    other = Desk(shared)
    data = desk.from_kim(To=other.role, Subject=f"Re: {ticket.id} Printer on fire")
    other.customer_writes(data, sender=desk.kim)
    assert sorted(desk.news()) == sorted(other.news()) == ["jane", "joe"]
    assert ticket.state["departments"] == [desk.name, other.name]
    assert ticket.kinds == ["request", "followup"]
    third = Desk(shared)
    desk.site.run("member", "add", third.name, desk.jane)
    desk.operator_writes(desk.by(desk.jane, ticket, To=third.role), rcpts=third.role)
    assert desk.news()["kim"][0].header("From") == f'"{desk.title}" <{desk.role}>'


def test_an_operator_is_a_customer_elsewhere(desk, shared, ticket):
    """What a support operator asks accounting is no answer to support's customer, and accounting's
    answer reaches that operator as any customer."""
    other = Desk(shared)
    data = mail(From=desk.jane, To=other.role, Subject="My salary")
    other.operator_writes(data, sender=desk.jane, auth=desk.jane)
    (copy,) = other.news()["joe"]
    asked = other.ticket_of(copy)
    assert (asked.kinds, asked.state["requester"]) == (["request"], desk.jane)
    other.does(asked, "", body="Soon.\r\n")
    (got,) = desk.news()["jane"]
    assert got.header("From") == f'"{other.title}" <{other.role}>'
    assert got.header("To") == desk.jane
    assert got.header("X-Counterfoil-Ticket") is None


def test_merged_and_merged_again(desk, ticket):
    """An old ID leads along the chain, and so does an old bounce address."""
    second, third = (desk.ask(desk.from_kim(Subject=name)) for name in ("Second", "Third"))
    desk.does(ticket, f"merge-{second.number}")
    desk.does(second, f"merge-{third.number}")
    _, news = writes(desk, desk.kim, f"Re: {ticket.id} Printer on fire")
    assert subjects(news, "jane") == [f"Re: {third.id} Printer on fire"]
    desk.customer_writes(desk.from_kim(Subject="Well?"), rcpts=ticket.address)
    assert subjects(desk.news(), "jane") == [f"{third.id} Well?"]
    assert third.kinds == ["request", "followup", "followup"]
    assert ticket.state["state"] == second.state["state"] == "closed"
    sent = desk.orders(ticket, f"merge-{third.number}")
    assert str(sent) == f"550 5.5.4 ticket {third.number} can't be merged into itself"
    # What is done to it is done to where it went.
    desk.does(ticket, "close")
    assert third.state["state"] == "closed"
