# SPDX-License-Identifier: BSD-2-Clause
"""The courier and a mail server that is there: what it gets, what it answers, and what becomes of
that in the outbox, in the events and in the log."""

import random
import re
import time

import pytest

from filter import mail, wait_for
from peer import Hold, Peer

NOTICE = b"Subject: Hello\r\n\r\nThis is a notice.\r\n"
DAY_S = 24 * 60 * 60
# What is never acknowledged: in these tests nothing is sent but what they put into the outbox.
SILENT = {"Precedence": "bulk"}


@pytest.fixture(scope="module")
def big():
    """A body of lines with dots at every place where something can be cut."""
    pick = random.Random(1)
    lines = [b"." * pick.randrange(4) + b"x" * pick.randrange(60) for _ in range(100_000)]
    return b"Subject: Big\r\n\r\n" + b"\r\n".join(lines) + b"\r\n"


@pytest.fixture
def filter(peer, new_courier):
    return new_courier(peer)


def log_lines(filter, number):
    return re.findall(rf"(?m)^outbox={number} (.*)$", filter.log())


# ---- What arrives


def test_a_notice(filter, peer):
    number = filter.outbox.put(NOTICE, "kim@example.net")
    (taken,) = peer.wait_taken()
    assert (taken.sender, taken.rcpts, taken.data) == ("", ("kim@example.net",), NOTICE)
    assert taken.wire == NOTICE + b".\r\n"
    filter.outbox.wait(number, "sent")
    row = filter.outbox.recipient(number)
    assert (row["tries"], row["reply"]) == (1, None)
    assert row["ended_at"] >= row["next_at"]
    assert filter.outbox.pieces(number) == 0
    (line,) = log_lines(filter, number)
    assert line == "kind=acknowledge to=<kim@example.net> sent reply=250 2.0.0 taken"
    assert filter.outbox.failures() == []


def test_a_copy_of_a_message_with_its_sender_for_many(filter, peer, new_desk):
    desk = new_desk(filter)
    original = mail("Of the archive", body="x" * 300_000, **SILENT)
    assert filter.send("kim@example.net", desk.address, original).accepted
    message = filter.last()
    body = original.index(b"\r\n\r\n") + 2
    rcpts = [f"op{i}@example.test" for i in range(5)]
    pieces = [b"Subject: Other version\r\n", (message["number"], body, len(original) - body)]
    number = filter.outbox.put(
        pieces, rcpts, "support+1-abcde@example.test", "copy", message["ticket"], message["number"]
    )
    (taken,) = peer.wait_taken()
    assert (taken.sender, taken.rcpts) == ("support+1-abcde@example.test", tuple(rcpts))
    assert taken.data == pieces[0] + original[body:]
    filter.outbox.wait(number, "sent")
    to = ",".join(f"<{rcpt}>" for rcpt in rcpts)
    (line,) = log_lines(filter, number)
    assert line == f"kind=copy ticket={message['ticket']} to={to} sent reply=250 2.0.0 taken"


CONTENTS = {
    "dots": b".\r\n..\r\n.a\r\n...\r\n . \r\n.\r\n",
    "a dot alone": b".\r\n",
    "the end of a mail": b"a\r\n.\r\nMAIL FROM:<>\r\n.\r\n.\r\nQUIT\r\n",
    "no final line end": b"the end",
    "a dot at the end": b"the end\r\n.",
    "empty lines": b"\r\n" * 50,
    "eight bits": b"\x80\xff\xc3\xa4\r\n",
    "NUL": b"a\0b\r\n\0\r\n",
    "controls": b"\x01\x07\x08\x0b\x0c\x1a\x1b\x7f\r\n",
    "a long line": b"x" * 100_000 + b"\r\n",
    "a dot behind 64 K": b"x" * 65534 + b"\r\n" + b".\r\n" * 65536,
    "line ends across pieces": [b"a\r", b"\n", b".", b"\r", b"\n.", b"b\r\n"],
}
# SMTP has no such thing; each is sent so that no server sees the end of the mail in it.
NOT_OF_SMTP = {
    "LF": (b"a\n.\nb\n\n.c\r\n", b"a\r\n.\r\nb\r\n\r\n.c\r\n"),
    "LF, dot, CRLF": (b"a\n.\r\nMAIL FROM:<>\r\n", b"a\r\n.\r\nMAIL FROM:<>\r\n"),
    "CRLF, dot, LF": (b"a\r\n.\nMAIL FROM:<>\r\n", b"a\r\n.\r\nMAIL FROM:<>\r\n"),
    "CR": (b"a\rb\r.\rc\r\r\n", b"a b . c \r\n"),
    "CR, dot, CRLF": (b"a\r.\r\nMAIL FROM:<>\r\n", b"a .\r\nMAIL FROM:<>\r\n"),
    "CR at the end": (b"a\r", b"a "),
}


def arrived(courier, data):
    filter, peer = courier
    before = len(peer.taken)
    number = filter.outbox.put(data, "kim@example.net")
    taken = peer.wait_taken(before + 1)[before]
    filter.outbox.wait(number, "sent")
    assert len(peer.taken) == before + 1
    return taken.data


@pytest.mark.parametrize("name", CONTENTS)
@pytest.mark.parametrize("head", [b"Subject: Hello\r\n\r\n", b""], ids=("with-header", "bare"))
def test_every_byte_arrives(courier, head, name):
    pieces = CONTENTS[name]
    pieces = [head, *pieces] if isinstance(pieces, list) else [head + pieces]
    data = b"".join(pieces)
    assert arrived(courier, pieces) == (data if data.endswith(b"\r\n") else data + b"\r\n")


@pytest.mark.parametrize("name", NOT_OF_SMTP)
def test_line_ends_that_smtp_has_not(courier, name):
    given, wanted = NOT_OF_SMTP[name]
    end = b"" if wanted.endswith(b"\r\n") else b"\r\n"
    assert arrived(courier, b"Subject: Hello\r\n\r\n" + given) == b"Subject: Hello\r\n\r\n" + wanted + end


def test_as_many_bytes_as_dots_are_doubled(courier):
    """A client that counts its dots against the size of a mail cuts it off there."""
    for lines in (1, 21845, 21846, 21847, 30000, 43690):
        data = b".\r\n" * lines + b"the end\r\n"
        assert arrived(courier, data) == data, lines


def test_a_server_that_reads_slowly(new_courier, big):
    peer = Peer()
    peer.read_size = 1000
    with peer:
        filter = new_courier(peer)
        filter.outbox.put(big, "kim@example.net")
        (taken,) = peer.wait_taken(deadline=120)
        assert taken.data == big


def test_a_large_mail_takes_little_memory(filter, peer, new_desk):
    desk = new_desk(filter)
    original = mail("Large", body=("x" * 998 + "\r\n") * 40_000, **SILENT)
    assert filter.send("kim@example.net", desk.address, original).accepted
    message = filter.last()["number"]
    before = int(filter.status("VmHWM")[0])
    number = filter.outbox.put([(message, 0, len(original))], "joe@example.test", kind="copy")
    (taken,) = peer.wait_taken(deadline=60)
    filter.outbox.wait(number, "sent")
    assert taken.data == original
    assert int(filter.status("VmHWM")[0]) < before + 8 * 1024


def test_what_a_message_causes_is_sent_at_once(filter, peer, new_desk):
    """Not when the courier happens to look: that would be a second for each."""
    desk = new_desk(filter)
    assert filter.send("kim@example.net", desk.address, mail(**SILENT)).accepted
    subject = f"Re: {filter.ticket_id(filter.last()['ticket'])}"
    begun = time.monotonic()
    for count in range(1, 9):
        answer = mail(subject, desk.jane, desk.address)
        assert filter.send(desk.jane, desk.address, answer, login=desk.jane).accepted
        taken = peer.wait_taken(count)[-1]
        assert taken.rcpts == (desk.joe,)
    assert time.monotonic() - begun < 5


# ---- Addresses


def test_addresses_outside_ascii(filter, peer):
    number = filter.outbox.put(NOTICE, ["jürgen@example.net", "kim@bücher.example"])
    (taken,) = peer.wait_taken()
    assert "SMTPUTF8" in taken.params
    assert taken.rcpts[0] == "jürgen@example.net"
    filter.outbox.wait(number, "sent")


def test_addresses_outside_ascii_where_the_server_knows_none(new_courier):
    with Peer(extensions=("8BITMIME",)) as peer:
        filter = new_courier(peer)
        number = filter.outbox.put(NOTICE, ["jürgen@example.net", "kim@example.net"])
        (taken,) = peer.wait_taken()
        assert (taken.rcpts, taken.params) == (("kim@example.net",), "")
        filter.outbox.wait(number, "sent", "failed")
        assert filter.outbox.states(number) == {
            "jürgen@example.net": "failed",
            "kim@example.net": "sent",
        }
        (event,) = filter.outbox.failures()
        assert event["detail"] == (
            "acknowledge jürgen@example.net: 553 5.6.7 no such characters here"
        )


def test_odd_addresses(filter, peer):
    odd = ['"kim smith"@example.net', '"a@b"@example.net', '"a>b"@example.net', "kim@[192.0.2.1]"]
    number = filter.outbox.put(NOTICE, odd)
    (taken,) = peer.wait_taken()
    assert sorted(taken.rcpts) == sorted(odd)
    filter.outbox.wait(number, "sent")


def test_addresses_that_would_say_more_than_they_should(filter, peer):
    evil = ["a@b>\r\nRCPT TO:<eve@example.org", "a\n@b", ""]
    number = filter.outbox.put(NOTICE, [*evil, "kim@example.net"])
    other = filter.outbox.put(NOTICE, "kim@example.net", sender="a@b>\r\nDATA\r\n")
    filter.outbox.wait(number, "sent", "failed")
    filter.outbox.wait(other, "failed")
    assert [taken.rcpts for taken in peer.taken] == [("kim@example.net",)]
    assert {address for address, state in filter.outbox.states(number).items() if state == "sent"} == {
        "kim@example.net"
    }
    assert len(filter.outbox.failures()) == 4
    assert "eve" not in str(peer.lines)


# ---- Answers


def failure(filter):
    (event,) = filter.outbox.failures()
    return event


def test_refused_for_good(filter, peer, new_desk):
    desk = new_desk(filter)
    assert filter.send("kim@example.net", desk.address, mail(**SILENT)).accepted
    message = filter.last()
    peer.on("RCPT", "550-5.1.1 <kim@example.net>: Recipient address rejected:\n550 5.1.1 \033[1mno\tsuch user")
    number = filter.outbox.put(
        NOTICE, "kim@example.net", ticket=message["ticket"], message=message["number"]
    )
    filter.outbox.wait(number, "failed")
    reply = "550 5.1.1 <kim@example.net>: Recipient address rejected: 5.1.1  [1mno such user"
    row = filter.outbox.recipient(number)
    assert (row["reply"], row["tries"]) == (reply, 1)
    assert filter.outbox.pieces(number) == 0
    event = failure(filter)
    assert event["detail"] == f"acknowledge kim@example.net: {reply}"
    assert (event["ticket"], event["message"]) == (message["ticket"], message["number"])
    assert event["actor"] is None
    ticket = message["ticket"]
    assert log_lines(filter, number) == [
        f"kind=acknowledge ticket={ticket} to=<kim@example.net> failed reply={reply}"
    ]


def test_an_event_of_the_site(filter, peer):
    peer.on("MAIL", "550 5.7.1 not you")
    number = filter.outbox.put(NOTICE, ["joe@example.test", "kim@example.net"], kind="result")
    filter.outbox.wait(number, "failed")
    events = filter.outbox.failures()
    assert [event["detail"] for event in events] == [
        "result joe@example.test: 550 5.7.1 not you",
        "result kim@example.net: 550 5.7.1 not you",
    ]
    assert [event["ticket"] for event in events] == [None, None]


def test_put_off_at_the_end_and_taken_later(filter, peer):
    peer.on("END", "451 4.3.0 later", times=1)
    number = filter.outbox.put(NOTICE, ["joe@example.test", "kim@example.net"])
    filter.outbox.wait_tried(number)
    rows = filter.outbox.recipients(number).values()
    assert {(row["state"], row["tries"], row["reply"]) for row in rows} == {
        ("waiting", 1, "451 4.3.0 later")
    }
    # At the same time, so that they stay one mail; in a minute, or a little less.
    (next_at,) = {row["next_at"] for row in rows}
    (at,) = filter.outbox.rows("SELECT at FROM outbox WHERE number = ?", number)
    assert 45_000 <= next_at - at["at"] <= 75_000
    filter.outbox.hurry(number)
    filter.outbox.wait(number, "sent")
    assert [len(mail.rcpts) for mail in peer.whole] == [2, 2]
    assert len(peer.taken) == 1
    assert [line.split(" ", 2)[2] for line in log_lines(filter, number)] == [
        "deferred reply=451 4.3.0 later",
        "sent reply=250 2.0.0 taken",
    ]
    assert filter.outbox.failures() == []


def test_it_waits_longer_each_time(filter, peer):
    peer.on("END", "451 4.3.0 later")
    number = filter.outbox.put(NOTICE, "kim@example.net")
    waits = []
    for tries in range(1, 11):
        filter.outbox.hurry(number)
        filter.outbox.wait_tried(number, tries)
        row = filter.outbox.recipient(number)
        waits.append((row["next_at"] / 1000 - time.time()) / 60)
    for minutes, wait in zip([1, 2, 4, 8, 16, 32, 64, 128, 240, 240], waits):
        assert 0.74 * minutes - 0.2 <= wait <= minutes, waits


def test_refused_at_the_end(filter, peer):
    peer.on("END", "554 5.7.1 spam")
    number = filter.outbox.put(NOTICE, ["joe@example.test", "kim@example.net"])
    filter.outbox.wait(number, "failed")
    # What was refused with its bytes is not tried for each.
    assert len(peer.whole) == 1
    assert len(filter.outbox.failures()) == 2


RCPTS = ["joe@example.test", "kim@example.net", "mia@example.test"]


def test_one_of_three_is_put_off_and_then_refused(filter, peer):
    peer.on("RCPT", "450 4.2.1 full", match="kim@")
    number = filter.outbox.put(NOTICE, RCPTS)
    filter.outbox.wait_tried(number)
    assert filter.outbox.states(number) == dict(zip(RCPTS, ("sent", "waiting", "sent")))
    assert filter.outbox.recipients(number)["kim@example.net"]["reply"] == "450 4.2.1 full"
    assert filter.outbox.pieces(number) == 1
    peer.forget()
    peer.on("RCPT", "550 5.1.1 gone", match="kim@")
    filter.outbox.hurry(number)
    filter.outbox.wait(number, "sent", "failed")
    assert filter.outbox.states(number) == dict(zip(RCPTS, ("sent", "failed", "sent")))
    assert failure(filter)["detail"] == "acknowledge kim@example.net: 550 5.1.1 gone"
    assert filter.outbox.pieces(number) == 0
    # Nobody got it twice.
    assert sorted(rcpt for mail in peer.whole for rcpt in mail.rcpts) == [RCPTS[0], RCPTS[2]]


def test_some_of_many_are_refused(filter, peer):
    """Each has an answer of its own, and the others are not asked one by one."""
    rcpts = [f"op{i:02}@example.test" for i in range(64)]
    for i in (7, 40):
        peer.on("RCPT", "550 5.1.1 gone", match=rcpts[i])
    number = filter.outbox.put(NOTICE, rcpts)
    filter.outbox.wait(number, "sent", "failed")
    states = filter.outbox.states(number)
    assert [rcpt for rcpt in rcpts if states[rcpt] == "failed"] == [rcpts[7], rcpts[40]]
    got = [rcpt for mail in peer.whole for rcpt in mail.rcpts]
    assert sorted(got) == sorted(set(rcpts) - {rcpts[7], rcpts[40]})
    assert len(peer.whole) <= 12
    assert len(filter.outbox.failures()) == 2


def test_an_odd_yes(filter, peer):
    peer.on("END", "251 2.0.0 why not")
    number = filter.outbox.put(NOTICE, "kim@example.net")
    filter.outbox.wait(number, "sent")
    assert len(peer.whole) == 1


# ---- What can't be sent


def test_too_old(filter, peer):
    peer.on("END", "451 4.3.0 later")
    number = filter.outbox.put(NOTICE, "kim@example.net", age=5 * DAY_S - 8)
    filter.outbox.wait_tried(number)
    filter.outbox.hurry(number)
    old = filter.outbox.put(NOTICE, "joe@example.test", age=6 * DAY_S)
    filter.outbox.wait(old, "failed")
    while filter.outbox.recipient(number)["state"] == "waiting":
        filter.outbox.hurry(number)
    assert [event["detail"] for event in filter.outbox.failures()] == [
        "acknowledge joe@example.test: not taken within 5d",
        "acknowledge kim@example.net: not taken within 5d: 451 4.3.0 later",
    ]
    assert "joe@example.test" not in str(peer.lines)


@pytest.mark.parametrize("pieces", [[], [NOTICE, (1, 0, 100)]], ids=("all", "some"))
def test_its_bytes_are_gone(filter, peer, new_desk, pieces):
    """Erased, say: no other time will be better; what comes next does not wait for it."""
    desk = new_desk(filter)
    assert filter.send("kim@example.net", desk.address, mail(**SILENT)).accepted
    with filter.opened() as database:
        database.execute("DELETE FROM message_piece")
    number = filter.outbox.put(pieces, "joe@example.test")
    after = filter.outbox.put(NOTICE, "kim@example.net")
    filter.outbox.wait(number, "failed")
    filter.outbox.wait(after, "sent")
    assert [mail.rcpts for mail in peer.whole] == [("kim@example.net",)]
    assert "not there any more" in failure(filter)["detail"]


def test_taken_out_meanwhile(filter, peer):
    """Somebody removes it while the server has it: no harm, and no event."""
    hold = peer.on("END", Hold(), times=1)
    number = filter.outbox.put(NOTICE, "kim@example.net")
    assert hold.reached.wait(30)
    with filter.opened() as database:
        database.execute("DELETE FROM outbox_recipient")
    hold.release()
    after = filter.outbox.put(NOTICE, "joe@example.test")
    filter.outbox.wait(after, "sent")
    assert filter.outbox.states(number) == {}


# ---- Connections


def test_many_mails_by_one_connection(filter, peer):
    numbers = filter.outbox.put_many([NOTICE] * 100, "kim@example.net")
    peer.wait_taken(100)
    filter.outbox.wait(numbers[-1], "sent")
    assert peer.connections == 1
    assert len(peer.whole) == 100


def test_a_connection_that_nobody_needs_is_closed(filter, peer):
    filter.outbox.put(NOTICE, "kim@example.net")
    peer.wait_taken()
    assert peer.open_now == 1
    peer.wait(lambda: peer.open_now == 0, "the connection is closed")
    assert peer.lines[-1][1] == "QUIT"
    filter.outbox.put(NOTICE, "kim@example.net")
    peer.wait_taken(2)
    assert peer.connections == 2


def test_intake_does_not_wait(filter, peer, new_desk):
    hold = peer.on("END", Hold(), times=1)
    filter.outbox.put(NOTICE, "kim@example.net")
    assert hold.reached.wait(30)
    desk = new_desk(filter)
    for _ in range(10):
        assert filter.send("kim@example.net", desk.address, mail(**SILENT)).accepted
    assert not peer.taken
    hold.release()
    peer.wait_taken()


def test_slow_answers(filter, peer):
    """Longer than a client's patience for small things."""
    moments = ("GREETING", "EHLO", "MAIL", "RCPT", "DATA", "END")
    holds = {name: peer.on(name, Hold(), times=1) for name in moments}
    number = filter.outbox.put(NOTICE, "kim@example.net")
    for hold in holds.values():
        assert hold.reached.wait(30)
        wait_for(after(1.5), "time passes")
        hold.release()
    filter.outbox.wait(number, "sent")
    assert peer.connections == 1 and len(peer.whole) == 1


def after(seconds):
    end = time.monotonic() + seconds
    return lambda: time.monotonic() > end


def test_what_is_due_later_waits(filter, peer):
    late = filter.outbox.put(NOTICE, "kim@example.net", age=-3)
    soon = filter.outbox.put(NOTICE, "joe@example.test")
    filter.outbox.wait(soon, "sent")
    assert filter.outbox.states(late) == {"kim@example.net": "waiting"}
    filter.outbox.wait(late, "sent")
    assert [mail.rcpts[0] for mail in peer.taken] == ["joe@example.test", "kim@example.net"]
