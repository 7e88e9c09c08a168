# SPDX-License-Identifier: BSD-2-Clause
"""What is refused, with the words that the mail program shows: the whole transaction, at its end, and
without a trace. And what looks like it and is not refused."""

import pytest

from desk import Desk, mail


@pytest.fixture
def ticket(desk):
    made = desk.ask()
    desk.news()
    return made


def refused(desk, ticket, sent, text):
    """Each recipient was taken, the message was not; nobody got anything, nothing was recorded."""
    assert str(sent) == text
    assert all(reply.code == 250 for reply in sent.rcpts), sent.rcpts
    desk.postfix.wait_empty()
    assert desk.news() == {}
    assert ticket.kinds == ["request"]
    assert [event["kind"] for event in ticket.events()] == ["opened"]
    assert len(desk.tickets()) == 1


def test_the_role_address_only_in_cc_or_bcc(desk, ticket):
    """An internal question to a third person is no answer; one to the customer is, in whatever header
    the role address stands."""
    expert = f"mia-{desk.number}@example.org"
    would = f"550 5.7.1 this would go to {desk.kim}; to answer, write To {desk.role}"
    for fields in ({"To": expert, "Cc": desk.role}, {"To": expert}, {"To": None, "Cc": expert}):
        data = desk.by(desk.jane, ticket, **fields)
        refused(desk, ticket, desk.operator_sends(data, rcpts=[expert, desk.role]), would)
    data = desk.by(desk.jane, ticket, To=expert)
    refused(desk, ticket, desk.operator_sends(data), would)
    # To the customer, with the role address in Cc: an answer to all, as mail programs write it.
    data = desk.by(desk.jane, ticket, To=desk.kim, Cc=desk.role)
    desk.operator_writes(data, rcpts=[desk.kim, desk.role])
    news = desk.news()
    assert sorted(news) == ["joe", "kim"]
    assert [copy.header("From") for copy in news["kim"]] == [f'"{desk.title}" <{desk.role}>']
    # In neither To nor Cc, and alone in the envelope: written to in Bcc, it can mean nothing else.
    desk.operator_writes(desk.by(desk.jane, ticket, To=None))
    assert sorted(desk.news()) == ["joe", "kim"]
    desk.operator_writes(desk.by(desk.jane, ticket, To="undisclosed-recipients:;"))
    assert sorted(desk.news()) == ["joe", "kim"]
    assert ticket.kinds == ["request", "answer", "answer", "answer"]


def test_several_authors(desk, ticket):
    """Two From addresses of which one is an operator's: it is not clear who speaks."""
    text = (
        "550 5.6.0 an operator is one of several addresses in From, or there is no From: write From "
        "one address alone"
    )
    for author in (f"{desk.jane}, {desk.kim}", f"{desk.kim}, {desk.joe}", [desk.kim, desk.jane]):
        data = desk.by(desk.jane, ticket, From=author)
        refused(desk, ticket, desk.operator_sends(data), text)
    # Two customers: one is as good as the other, and the envelope says who sent it.
    data = mail(From=f"mia@example.net, {desk.kim}", To=desk.role, Subject="We both")
    desk.customer_writes(data)
    assert desk.tickets()[1]["requester"] == desk.kim


def test_a_hidden_recipient_would_be_shown(desk, ticket):
    """A conversation with two people, of whom one is in Bcc: the other would read the address."""
    mia, boss = f"mia-{desk.number}@example.net", f"boss-{desk.number}@example.net"
    data = desk.by(desk.jane, To=f"{desk.role}, {mia}", subject="Your invoice")
    refused(
        desk,
        ticket,
        desk.operator_sends(data, rcpts=[boss, desk.role]),
        "550 5.7.1 a hidden recipient would become the requester, whom the others see; write to them "
        "alone, or put them in To",
    )
    desk.operator_writes(data, rcpts=[boss, desk.role, mia])
    news = desk.news()
    assert sorted(news) == ["boss", "joe", "mia"]
    for name in ("joe", "mia"):
        assert boss.encode() not in news[name][0].data
    assert news["mia"][0].header("To") == mia


def test_a_ticket_that_nobody_asked(desk, ticket):
    """Opened by mail that nobody wrote: there is nobody to answer, unless the operator names one."""
    desk.customer_writes(mail(From="x@example.org", To=desk.role, Subject="Hello"), sender="")
    other = desk.ticket_of(desk.news()["jane"][0])
    assert other.state["requester"] is None
    sent = desk.operator_sends(desk.by(desk.jane, other))
    assert str(sent) == (
        "550 5.7.1 this ticket has no requester who could be answered; put the recipient in To"
    )
    mia = f"mia-{desk.number}@example.org"
    desk.operator_writes(desk.by(desk.jane, other, To=f"{desk.role}, {mia}"), rcpts=[desk.role, mia])
    assert sorted(desk.news()) == ["joe", "mia"]


def test_an_operator_of_no_department_on_the_ticket(desk, shared, ticket):
    """Moved this morning: the answer is not sent, and does not vanish. Where they are a customer or a
    correspondent of the ticket they are that."""
    other = Desk(shared)
    desk.site.run("member", "remove", desk.name, desk.jane)
    desk.site.run("member", "add", other.name, desk.jane)
    sent = desk.operator_sends(desk.by(desk.jane, ticket))
    text = f"550 5.7.1 you are no longer in {desk.title}; to tell those who are, write to "
    refused(desk, ticket, sent, text + desk.at("note"))
    desk.operator_writes(desk.by(desk.jane, subject="My old desk"))
    own = desk.ticket_of(desk.news()["joe"][0])
    assert own.kinds == ["request"]
    assert own.state["requester"] == desk.jane
    desk.operator_writes(desk.by(desk.jane, own))
    assert own.kinds == ["request", "followup"]
    desk.operator_writes(desk.by(desk.joe, own), sender=desk.joe, auth=desk.joe)
    assert own.kinds == ["request", "followup", "answer"]
    news = desk.news()
    assert [copy.header("From") for copy in news["jane"]] == [f'"{desk.title}" <{desk.role}>']


def test_an_operator_who_is_the_requester(desk, ticket):
    """Of their own ticket they are the customer, also while they are members."""
    desk.operator_writes(desk.by(desk.jane, subject="Who has the key?"))
    own = desk.ticket_of(desk.news()["joe"][0])
    desk.operator_writes(desk.by(desk.joe, own), sender=desk.joe, auth=desk.joe)
    assert [copy.header("From") for copy in desk.news()["jane"]] == [f'"{desk.title}" <{desk.role}>']
    desk.operator_writes(desk.by(desk.jane, own))
    assert own.kinds == ["request", "answer", "followup"]
    assert own.state["waiting"] == "us"
    assert sorted(desk.news()) == ["jane", "joe"]


def test_one_refused_and_one_taken_on_one_connection(desk, ticket):
    """A refusal ends its message alone."""
    with desk.postfix.client(desk.postfix.submission_port, auth=desk.jane) as client:
        wrong = client.send(desk.jane, desk.at("ntoe"), desk.by(desk.jane, ticket))
        assert wrong.code == 550 and wrong.text.startswith("5.5.4 no command +ntoe;"), wrong
        right = client.send(desk.jane, desk.role, desk.by(desk.jane, ticket))
        assert right.code == 250, right
    desk.postfix.wait_mailbox(desk.kim)
    desk.postfix.wait_empty()
    assert ticket.kinds == ["request", "answer"]
    assert sorted(desk.news()) == ["joe", "kim"]
