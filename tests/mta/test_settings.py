# SPDX-License-Identifier: BSD-2-Clause
"""A department's settings, each with real mail: who gets what changes with the next message."""

import pytest

from desk import Desk, mail


def setting(desk, key, value):
    desk.site.run("department", "set", desk.name, key, value)


def follow_up(desk, ticket, **fields):
    """The customer writes again; who got it."""
    desk.customer_writes(desk.from_kim(Subject=f"Re: {ticket.id} Printer on fire", **fields))
    return sorted(desk.news())


@pytest.fixture
def ticket(desk):
    made = desk.ask()
    desk.news()
    return made


# ---- follow_up, assign


def test_follow_ups_for_the_assignee(desk, ticket):
    """As long as there is one who is a member; else for everyone."""
    setting(desk, "follow_up", "assignee")
    assert follow_up(desk, ticket) == ["jane", "joe"]
    desk.does(ticket, "", body="Put out.\r\n")
    assert ticket.state["assignee"] == desk.jane
    assert follow_up(desk, ticket) == ["jane"]
    desk.does(ticket, f"assign-joe-{desk.number}")
    assert follow_up(desk, ticket) == ["joe"]
    # A new ticket is for everyone, and so is a note.
    desk.ask(desk.from_kim(Subject="Another"))
    assert sorted(desk.news()) == ["jane", "joe"]
    assert sorted(desk.does(ticket, "note", body="A word.\r\n")) == ["joe"]
    desk.site.run("member", "remove", desk.name, desk.joe)
    assert follow_up(desk, ticket) == ["jane"]
    setting(desk, "follow_up", "everyone")
    desk.site.run("member", "add", desk.name, desk.joe)
    desk.does(ticket, "take")
    assert follow_up(desk, ticket) == ["jane", "joe"]


def test_who_answers_first_has_it_or_nobody_has(desk, ticket):
    """And who answers second does not take it away."""
    setting(desk, "assign", "no")
    desk.does(ticket, "", body="Put out.\r\n")
    assert ticket.state["assignee"] is None
    setting(desk, "assign", "first-reply")
    desk.does(ticket, "", body="Is it?\r\n", who=desk.joe)
    assert ticket.state["assignee"] == desk.joe
    desk.does(ticket, "", body="It is.\r\n")
    assert ticket.state["assignee"] == desk.joe


# ---- reopen


def test_a_ticket_closed_for_long_is_continued_in_another(desk, ticket):
    """The customer's mail opens a new one, which names the old; while that is open, mail with the old
    ID goes there, and so do the answers."""
    desk.does(ticket, "close")
    desk.site.age(ticket.number, 29)
    assert follow_up(desk, ticket) == ["jane", "joe"]
    assert ticket.kinds == ["request", "command", "followup"]
    desk.does(ticket, "close")
    desk.site.age(ticket.number, 31)
    first = f"Re: {ticket.id} Printer on fire"
    desk.customer_writes(desk.from_kim(Subject=first))
    copy = desk.news()["joe"][0]
    second = desk.ticket_of(copy)
    assert second.number != ticket.number
    assert copy.header("Subject") == f"Re: {second.id} Printer on fire"
    assert copy.header("X-Counterfoil-Note") == (
        f"continues ticket {ticket.number}, which was closed"
    )
    assert (second.kinds, second.state["requester"]) == (["request"], desk.kim)
    assert ticket.state["state"] == "closed"
    assert [event["detail"] for event in second.events("continues")] == [str(ticket.number)]
    assert [event["detail"] for event in ticket.events("continues")] == [str(second.number)]
    desk.customer_writes(desk.from_kim(Subject=first))
    assert [copy.header("Subject") for copy in desk.news()["jane"]] == [
        f"Re: {second.id} Printer on fire"
    ]
    news = desk.does(ticket, "", body="Put out.\r\n")
    assert news["kim"][0].header("Subject") == f"Re: {second.id} Printer on fire"
    assert second.kinds == ["request", "followup", "answer"]
    # When the successor is closed, too, the next mail opens one more.
    desk.does(second, "close")
    desk.customer_writes(desk.from_kim(Subject=first))
    third = desk.ticket_of(desk.news()["jane"][0])
    assert third.number not in (ticket.number, second.number)
    assert [event["detail"] for event in third.events("continues")] == [str(ticket.number)]


def test_an_operator_reopens_whatever_is_closed(desk, ticket):
    """Also by answering: an answer to a ticket that was closed long ago stays on it."""
    desk.does(ticket, "close")
    desk.site.age(ticket.number, 400)
    news = desk.does(ticket, "", body="It was the fuse.\r\n")
    assert sorted(news) == ["joe", "kim"]
    assert ticket.kinds == ["request", "command", "answer"]
    desk.does(ticket, "reopen")
    assert ticket.state["state"] == "open"
    assert len(desk.tickets()) == 1


def test_a_reopen_time_of_ones_own(desk, ticket):
    setting(desk, "reopen", "12h")
    desk.does(ticket, "close")
    desk.site.age(ticket.number, 0.4)
    assert follow_up(desk, ticket) == ["jane", "joe"]
    assert len(desk.tickets()) == 1
    desk.does(ticket, "close")
    desk.site.age(ticket.number, 0.6)
    assert follow_up(desk, ticket) == ["jane", "joe"]
    assert len(desk.tickets()) == 2


# ---- correspondents


@pytest.mark.parametrize(
    ("value", "got_it"),
    [
        ("cc", ["boss", "eve", "mia"]),
        ("writers", ["eve"]),
        ("requester", []),
    ],
)
def test_who_becomes_a_correspondent(desk, value, got_it):
    """By the customer: those of their own domain; by an operator: whoever is named. With `writers`
    only those who wrote something, and with `requester` nobody."""
    setting(desk, "correspondents", value)
    boss, mia = f"boss-{desk.number}@example.net", f"mia-{desk.number}@example.org"
    eve = f"eve-{desk.number}@example.org"
    cc = f"{boss}, else-{desk.number}@example.org, {desk.joe}"
    ticket = desk.ask(desk.from_kim(Subject="Printer on fire", Cc=cc))
    assert ticket.state["correspondents"] == ([boss] if value == "cc" else [])
    data = mail(From=eve, To=desk.role, Subject=f"Re: {ticket.id} Printer")
    desk.customer_writes(data, sender=eve)
    desk.news()
    news = desk.does(ticket, "", To=f"{desk.role}, {mia}", Cc=eve, body="Put out.\r\n")
    assert sorted(news) == sorted(["joe", "kim", *got_it])
    assert sorted(ticket.state["correspondents"]) == sorted(
        one for one in (boss, eve, mia) if one.partition("-")[0] in got_it
    )


def test_at_most_twenty_correspondents(desk):
    people = [f"boss{n}-{desk.number}@example.net" for n in range(25)]
    ticket = desk.ask(desk.from_kim(Subject="Printer on fire", Cc=", ".join(people)))
    assert len(ticket.state["correspondents"]) == 20
    desk.news()
    news = desk.does(ticket, "", body="Put out.\r\n")
    assert len(news) == 22
    sent = desk.orders(ticket, "cc-mia=example.org")
    assert str(sent) == f"550 5.5.4 ticket {ticket.number} has 20 correspondents already"


# ---- closed


def test_a_closed_department(desk, shared, ticket):
    """New requests are refused with its text; tickets under way go on, operators may write, and where
    another department was written to as well that one takes it."""
    setting(desk, "closed", "write to help@example.org")
    sent = desk.customer_sends(desk.from_kim(Subject="Another"))
    assert str(sent) == "550 5.2.1 write to help@example.org"
    assert len(desk.tickets()) == 1
    assert follow_up(desk, ticket) == ["jane", "joe"]
    assert sorted(desk.does(ticket, "", body="Put out.\r\n")) == ["joe", "kim"]
    other = Desk(shared)
    data = desk.from_kim(Subject="Both", To=f"{desk.role}, {other.role}")
    desk.customer_writes(data, rcpts=[desk.role, other.role])
    assert desk.news() == {}
    news = other.news()
    assert sorted(news) == ["jane", "joe"]
    shared_ticket = other.ticket_of(news["jane"][0])
    assert shared_ticket.state["departments"] == [other.name]
    assert [event["detail"] for event in shared_ticket.events("closed-department")] == [desk.name]
    desk.operator_writes(
        desk.by(desk.jane, To=desk.kim, Cc=desk.role, subject="Your invoice"),
        rcpts=[desk.kim, desk.role],
    )
    assert sorted(desk.news()) == ["joe", "kim"]
    setting(desk, "closed", "")
    desk.customer_writes(desk.from_kim(Subject="Another"))
    assert sorted(desk.news()) == ["jane", "joe"]


# ---- spam

MARKS = {
    "X_Spam_Flag": "YES",
    "X_Spam": "Yes",
    "X_Spam_Status": "Yes, score=9.1 required=5.0 tests=BAYES_99",
}


@pytest.mark.parametrize("mark", MARKS)
def test_mail_that_is_marked_as_spam(desk, ticket, mark):
    marked = {mark: MARKS[mark]}
    desk.customer_writes(desk.from_kim(Subject="Buy more", **marked))
    copy = desk.news()["jane"][0]
    assert copy.header("Subject") == f"{desk.ticket_of(copy).id} [spam] Buy more"
    assert follow_up(desk, ticket, **marked) == ["jane", "joe"]
    setting(desk, "spam", "log")
    assert follow_up(desk, ticket, **marked) == []
    desk.customer_writes(desk.from_kim(Subject="Buy a lot", **marked))
    assert desk.news() == {}
    assert desk.tickets()[2]["subject"] == "Buy a lot"
    assert ticket.kinds == ["request", "followup", "followup"]
    setting(desk, "spam", "refuse")
    sent = desk.customer_sends(desk.from_kim(Subject="Buy all", **marked))
    assert str(sent) == "550 5.7.1 this message is marked as spam"
    assert len(desk.tickets()) == 3
    assert desk.news() == {}
    # An operator's answer to it quotes the mark in vain.
    assert sorted(desk.does(ticket, "", body="No.\r\n", **marked)) == ["joe", "kim"]


def test_mail_that_is_marked_as_no_spam(desk):
    setting(desk, "spam", "refuse")
    ticket = desk.ask(desk.from_kim(Subject="Hello", X_Spam_Flag="NO", X_Spam_Status="No, score=-1"))
    assert ticket.copy.header("Subject") == f"{ticket.id} Hello"
