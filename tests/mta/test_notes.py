# SPDX-License-Identifier: BSD-2-Clause
"""Notes stay inside: whoever is a customer, or only stands in a header, never gets one, nor a word of
it in what follows."""

import pytest

from desk import mail, message_id

WORDS = "Her password is hunter2.\r\n"


def inside(desk, news, *people):
    """Exactly these got the note, as a note that a reply keeps inside."""
    assert sorted(news) == sorted(people)
    for copies in news.values():
        (copy,) = copies
        assert " [note] " in copy.header("Subject")
        assert desk.at("note") in copy.header("From")
        assert copy.header("Reply-To") == desk.at("note")
        assert copy.header("X-Counterfoil-Kind") == "note"


@pytest.fixture
def ticket(desk):
    made = desk.ask()
    desk.news()
    return made


def test_a_note_and_a_note_on_it(desk, ticket):
    news = desk.does(ticket, "note", body=WORDS)
    inside(desk, news, "joe")
    copy = news["joe"][0]
    assert copy.header("Subject") == f"Re: {ticket.id} [note] Printer on fire"
    assert copy.header("From") == f'"jane-{desk.number} at example.test via {desk.title}" <{desk.at("note")}>'
    assert copy.header("To") == desk.at("note")
    assert copy.body == WORDS.encode()
    assert copy.sender == ticket.address
    # The colleague's mail program answers it to Reply-To, or to everybody.
    data = mail(
        From=desk.joe, To=copy.header("Reply-To"), Subject=copy.header("Subject"),
        In_Reply_To=copy.header("Message-ID"), body=WORDS,
    )  # fmt: skip
    desk.operator_writes(data, rcpts=desk.at("note"), sender=desk.joe, auth=desk.joe)
    inside(desk, desk.news(), "jane")
    assert ticket.kinds == ["request", "note", "note"]
    assert ticket.state["waiting"] == "us"
    assert ticket.state["assignee"] is None


def test_a_note_wins_over_whatever_else_is_written_to(desk, ticket):
    inside(desk, desk.does(ticket, "", "note", body=WORDS), "joe")
    data = desk.by(desk.jane, ticket, Cc=desk.at("note"), body=WORDS)
    desk.operator_writes(data, rcpts=[desk.role, desk.at("note")])
    inside(desk, desk.news(), "joe")
    desk.operator_writes(desk.by(desk.jane, ticket, body=WORDS), rcpts=desk.at("Note"))
    inside(desk, desk.news(), "joe")
    inside(desk, desk.does(ticket, "note", "close", body=WORDS), "joe")
    assert ticket.state["state"] == "closed"


def test_a_note_is_for_nobody_outside(desk, ticket):
    """Neither to the customer nor to anybody else in the envelope, with or without the role address;
    who stands in To or Cc alone is not written to by a reply to all either."""
    for outsider in (desk.kim, f"boss-{desk.number}@example.org"):
        for more in ([], [desk.role]):
            rcpts = [desk.at("note"), outsider, *more]
            data = desk.by(desk.jane, ticket, To=", ".join(rcpts), body=WORDS)
            sent = desk.operator_sends(data, rcpts=rcpts)
            assert str(sent) == (
                f"550 5.7.1 a note stays inside: take <{outsider}> out of the recipients"
            )
    assert desk.news() == {}
    assert ticket.kinds == ["request"]
    news = desk.does(
        ticket, "note", To=f"{desk.kim}, {desk.at('note')}", Cc="boss@example.org", body=WORDS
    )
    inside(desk, news, "joe")
    copy = news["joe"][0]
    assert (copy.header("To"), copy.header("Cc")) == (desk.at("note"), None)
    assert copy.header("X-Original-To") == desk.kim
    assert copy.header("X-Original-Cc") == "boss@example.org"


def test_nothing_of_a_note_is_in_what_the_customer_gets(desk, ticket):
    """The operator answers the customer out of a note: its Subject and its place in the thread."""
    note = desk.by(desk.jane, ticket, To=desk.at("note"), body=WORDS)
    desk.operator_writes(note, rcpts=desk.at("note"))
    copy = desk.news()["joe"][0]
    desk.customer_writes(desk.from_kim(Subject=f"Re: {ticket.id} Printer on fire"))
    assert "[note]" not in desk.news()["joe"][0].header("Subject")
    answer = desk.by(
        desk.joe, Subject=copy.header("Subject"), In_Reply_To=message_id(note), body="Hello.\r\n"
    )
    desk.operator_writes(answer, sender=desk.joe, auth=desk.joe)
    got = desk.news()["kim"][0]
    assert got.header("Subject") == f"Re: {ticket.id} Printer on fire"
    assert b"hunter2" not in got.data and b"note" not in got.data
    assert ticket.kinds == ["request", "note", "followup", "answer"]


def test_a_note_that_comes_again(desk, ticket):
    data = desk.by(desk.jane, ticket, To=desk.at("note"), body=WORDS)
    for _ in range(2):
        desk.operator_writes(data, rcpts=desk.at("note"))
        inside(desk, desk.news(), "joe")
    assert ticket.kinds == ["request", "note"]
    # The very same mail in another envelope is that note still.
    desk.operator_writes(data)
    inside(desk, desk.news(), "joe")
    sent = desk.operator_sends(data, rcpts=[desk.at("note"), desk.kim])
    assert str(sent) == f"550 5.7.1 a note stays inside: take <{desk.kim}> out of the recipients"
    sent = desk.operator_sends(data, rcpts=[desk.role, desk.kim])
    assert str(sent) == "550 5.7.1 this was a note, and a note stays inside"
    assert ticket.kinds == ["request", "note"]
    assert desk.news() == {}


def test_an_operator_who_was_moved_away_leaves_a_note(desk, ticket):
    """The colleagues who have the ticket now learn what she knows; answering is theirs."""
    desk.site.run("member", "remove", desk.name, desk.jane)
    inside(desk, desk.does(ticket, "note", body=WORDS), "joe")
    sent = desk.orders(ticket, "", body="Hello.\r\n")
    assert str(sent) == (
        f"550 5.7.1 you are no longer in {desk.title}; to tell those who are, write to "
        f"{desk.at('note')}"
    )
    sent = desk.orders(ticket, "note", "close", body=WORDS)
    assert str(sent) == (
        f"550 5.7.1 you are no longer in {desk.title}: write a note alone, to {desk.at('note')}"
    )
    assert ticket.kinds == ["request", "note"]
    assert ticket.state["state"] == "open"
    assert desk.news() == {}


def test_an_operator_who_never_had_a_copy_leaves_none(desk):
    desk.site.run("member", "remove", desk.name, desk.jane)
    desk.customer_writes()
    ticket = desk.ticket_of(desk.last(desk.joe))
    desk.news()
    sent = desk.orders(ticket, "note", body=WORDS)
    assert sent.text.startswith(f"5.7.1 you are no longer in {desk.title}"), sent
    assert ticket.kinds == ["request"]
    assert desk.news() == {}


def test_a_note_reaches_the_departments_of_the_ticket(desk, shared, ticket):
    """A note to another department brings it in."""
    other = type(desk)(shared)
    inside(desk, desk.does(ticket, "note", Cc=other.role, body=WORDS), "joe")
    assert other.news() == {}
    rcpts = [desk.at("note"), other.at("note")]
    data = desk.by(desk.jane, ticket, To=", ".join(rcpts), body=WORDS)
    desk.operator_writes(data, rcpts=rcpts)
    assert sorted(desk.news()) == ["joe"]
    assert sorted(other.news()) == ["jane", "joe"]
    assert ticket.state["departments"] == [desk.name, other.name]
