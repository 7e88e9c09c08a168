# SPDX-License-Identifier: BSD-2-Clause
"""A message whose handing-over was interrupted goes on at the second door, as its record says and
whatever the interruption left of it; one that was sent back does not."""

import pytest

from desk import OUTSIDE, mail

HOP = b"Received: from localhost by second-hop.example.test; Mon, 23 Nov 2026 09:00:00 +0000\r\n"


@pytest.fixture
def ticket(desk):
    made = desk.ask()
    desk.news()
    return made


def left_by(stamp, data, **fields):
    """What a filter that died left in Postfix's queue: the stamp, and perhaps more of its edits."""
    lines = [f"X-Counterfoil-Loop: {stamp}", *(f"{k.replace('_', '-')}: {v}" for k, v in fields.items())]
    return HOP + "".join(line + "\r\n" for line in lines).encode() + data


def second_door(desk, data, role=None, sender=""):
    """Postfix brings a message to the second door, as its queue does."""
    rcpt = f"{role or desk.role}.counterfoil.invalid"
    mark = desk.postfix.log_size()
    sent = desk.postfix.send(sender, rcpt, data, port=desk.postfix.second_door_port)
    if sent.code == 250:
        desk.postfix.wait_log(f"{sent.queue_id}: removed", mark, 20)
    return sent


@pytest.mark.parametrize("reached", ["the stamp", "headers", "the envelope sender"])
def test_a_request_goes_on(desk, ticket, reached):
    """Whoever had no copy yet has one then, as good as the first; once, as long as an hour has not
    passed; and the record has that message once."""
    fields = {} if reached == "the stamp" else {"X_Original_From": "eve", "Reply_To": "eve@example.org"}
    data = left_by(ticket.copy.header("X-Counterfoil-Loop"), ticket.raw(), **fields)
    sender = ticket.address if reached == "the envelope sender" else desk.kim
    assert second_door(desk, data, sender=sender).code == 250
    news = desk.news()
    assert sorted(news) == ["jane", "joe"]
    for copies in news.values():
        (copy,) = copies
        assert copy.sender == ticket.address
        assert copy.body == ticket.copy.body
        for name in ("Subject", "From", "Reply-To", "To", "X-Original-From", "X-Counterfoil-Loop",
                     "X-Counterfoil-Kind", "X-Original-Reply-To"):  # fmt: skip
            assert copy.headers(name) == ticket.copy.headers(name), name
    assert ticket.kinds == ["request"]
    desk.site.expect("this message was handed over a second time less than an hour ago")
    sent = second_door(desk, data, sender=sender)
    assert sent.code == 451, sent
    assert desk.news() == {}


def test_an_answer_and_a_note_go_on(desk, ticket):
    """Nothing proves anybody there; that this was an operator's the record says."""
    desk.does(ticket, "", "close", body="Put out.\r\n")
    got = desk.got(desk.kim)[-1]
    data = left_by(got.header("X-Counterfoil-Loop"), ticket.raw())
    assert second_door(desk, data, sender=desk.jane).code == 250
    news = desk.news()
    assert sorted(news) == ["joe", "kim"]
    assert news["kim"][0].header("From") == f'"{desk.title}" <{desk.role}>'
    assert {name for name, _ in news["kim"][0].fields()} == {name for name, _ in got.fields()}
    (copy,) = desk.does(ticket, "note", body="Her password is hunter2.\r\n")["joe"]
    data = left_by(copy.header("X-Counterfoil-Loop"), ticket.raw())
    assert second_door(desk, data, role=desk.at("note"), sender=desk.jane).code == 250
    news = desk.news()
    assert sorted(news) == ["joe"]
    assert news["joe"][0].header("Subject") == copy.header("Subject")
    assert ticket.kinds == ["request", "answer", "note"]
    assert [event["kind"] for event in ticket.events()] == ["opened", "assigned", "closed"]


def test_what_only_bears_the_stamp(desk, shared, ticket):
    """Other words under an old stamp, or for a department that the record was not for: nobody is
    anybody there, and no customer gets it."""
    desk.does(ticket, "", body="Put out.\r\n")
    stamp = desk.got(desk.kim)[-1].header("X-Counterfoil-Loop")
    forged = left_by(stamp, ticket.raw().replace(b"Put out", b"Pay me"))
    assert second_door(desk, forged, sender=desk.jane).code == 250
    news = desk.news()
    assert "kim" not in news
    assert " [note] [unproven] " in news["joe"][0].header("Subject")
    other = type(desk)(shared)
    assert second_door(desk, left_by(stamp, ticket.raw()), role=other.role, sender=desk.jane).code == 250
    assert "kim" not in desk.news()
    assert ticket.kinds[:2] == ["request", "answer"]
    assert set(ticket.kinds[2:]) <= {"note"}


# ---- Sent back


def test_a_copy_that_is_sent_back(desk, ticket):
    """Refused, with what to do instead; the ticket has one event an hour, and nothing else."""
    back = HOP + ticket.copy.data
    for _ in range(3):
        sent = desk.customer_sends(back, sender=ticket.address, client=OUTSIDE)
        assert (sent.code, sent.text[:5]) == (554, "5.4.6"), sent
        assert "+move-DEPARTMENT" in sent.text
    (event,) = ticket.events("loop")
    assert desk.role in event["detail"]
    assert ticket.kinds == ["request"]
    assert desk.news() == {}
    # Also as another message that has the stamp, and under another role address.
    other = mail(From=desk.kim, To=desk.role, Subject="Hello",
                 X_Counterfoil_Loop=ticket.copy.header("X-Counterfoil-Loop"))  # fmt: skip
    assert desk.customer_sends(other).code == 554
    assert len(desk.tickets()) == 1
