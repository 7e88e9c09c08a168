# SPDX-License-Identifier: BSD-2-Clause
"""The courier when something breaks: the connection, the database, the filter itself. Nothing is
lost, nobody who was answered for gets anything twice, and what is nobody's fault is not blamed."""

import contextlib
import os
import re
import signal
import time

import pytest

from filter import mail, wait_for
from peer import DROP, Hold, Peer

NOTICE = b"Subject: Hello\r\n\r\nThis is a notice.\r\n"
LARGE = b"Subject: Large\r\n\r\n" + b"x" * 998 * 1000 + b"\r\n"
NO_SERVER = "^error: mail server: "
NO_RECORD = "^error: outbox: "


@pytest.fixture
def filter(peer, new_courier):
    filter = new_courier(peer)
    filter.expect(NO_SERVER)
    return filter


def faults(filter):
    return re.findall(r"(?m)^error: mail server: (.*)$", filter.log())


def not_blamed(filter, number):
    """It waits, and was not tried as far as its back-off knows."""
    rows = filter.outbox.recipients(number).values()
    assert {(row["state"], row["tries"], row["reply"]) for row in rows} == {("waiting", 0, None)}


def sent_once(filter, peer, *numbers):
    for number in numbers:
        filter.outbox.wait(number, "sent")
    assert len(peer.whole) == len(peer.taken) == len(numbers)
    assert filter.outbox.failures() == []


# ---- The server


def test_it_is_down_and_comes_back(filter, peer, new_desk):
    peer.close()
    numbers = filter.outbox.put_many([NOTICE] * 3, ["joe@example.test", "kim@example.net"])
    filter.wait_log("mail server: 127")
    for number in numbers:
        not_blamed(filter, number)
    # Mail comes in all the same.
    desk = new_desk(filter)
    assert filter.send("kim@example.net", desk.address, mail(Precedence="bulk")).accepted
    peer.open()
    sent_once(filter, peer, *numbers)
    (fault,) = faults(filter)
    assert fault.startswith(f"{peer.place}: Failed to connect"), fault


@pytest.mark.parametrize("greeting", ["421 4.3.2 too busy", "554 5.7.1 nobody is here"])
def test_it_greets_with_a_no(filter, peer, greeting):
    peer.on("GREETING", greeting, times=1)
    number = filter.outbox.put(NOTICE, "kim@example.net")
    filter.wait_log("mail server: 127")
    not_blamed(filter, number)
    sent_once(filter, peer, number)
    (fault,) = faults(filter)
    assert greeting in fault


@pytest.mark.parametrize("moment", ["GREETING", "EHLO", "MAIL", "RCPT", "DATA", "BYTES"])
def test_it_ends_the_connection_before_it_has_the_mail(filter, peer, moment):
    peer.on(moment, DROP, times=1)
    number = filter.outbox.put(LARGE, "kim@example.net")
    filter.wait_log("mail server: 127")
    not_blamed(filter, number)
    sent_once(filter, peer, number)


@pytest.mark.parametrize("moment", ["MAIL", "RCPT", "DATA", "END"])
def test_it_says_that_it_ends(filter, peer, moment):
    """421 is about the connection, whatever it stands behind."""
    peer.on(moment, "421 4.3.2 shutting down", times=1)
    number = filter.outbox.put(NOTICE, "kim@example.net")
    filter.wait_log("mail server: 127.*421 4.3.2 shutting down")
    not_blamed(filter, number)
    filter.outbox.wait(number, "sent")
    assert len(peer.taken) == 1


def test_it_ends_the_connection_before_its_answer(filter, peer):
    """The one case in which a mail may come twice: nobody can know."""
    peer.on("END", DROP, times=1)
    number = filter.outbox.put(NOTICE, "kim@example.net")
    filter.outbox.wait(number, "sent")
    assert (len(peer.whole), len(peer.taken)) == (2, 1)


def test_it_ends_the_connection_after_its_answer(filter, peer):
    peer.on("TAKEN", DROP)
    numbers = filter.outbox.put_many([NOTICE] * 5, "kim@example.net")
    sent_once(filter, peer, *numbers)
    assert peer.connections == 5
    assert faults(filter) == []


@pytest.mark.parametrize("does", [DROP, "421 4.4.2 you were silent for too long"])
def test_a_connection_of_before_that_is_no_more(filter, peer, does):
    """Nothing was taken: another connection, at once."""
    filter.outbox.put(NOTICE, "joe@example.test")
    peer.wait_taken()
    peer.on("MAIL", does, times=1)
    begun = time.monotonic()
    number = filter.outbox.put(NOTICE, "kim@example.net")
    filter.outbox.wait(number, "sent")
    assert time.monotonic() - begun < 3
    assert (peer.connections, len(peer.whole)) == (2, 2)
    assert faults(filter) == []


@pytest.mark.parametrize("moment", ["BYTES", "RCPT"])
def test_a_mail_that_ends_every_connection_blocks_nobody(filter, peer, moment):
    rcpt = "kim@example.net" if moment == "RCPT" else ""
    number = filter.outbox.put(LARGE, "kim@example.net", sender="bad@example.test")
    others = filter.outbox.put_many([NOTICE] * 3, "joe@example.test")
    peer.on(moment, DROP, match=rcpt or "bad@example.test")
    for other in others:
        filter.outbox.wait(other, "sent", deadline=60)
    row = filter.outbox.recipient(number)
    assert (row["state"], row["tries"]) == ("waiting", 1)
    assert row["reply"]
    assert row["next_at"] > (time.time() + 30) * 1000
    # When it gets better, so does that mail.
    peer.forget()
    filter.outbox.hurry(number)
    filter.outbox.wait(number, "sent")
    assert len(peer.whole) == 4


def test_one_line_a_minute(filter, peer):
    peer.close()
    filter.outbox.put_many([NOTICE] * 20, "kim@example.net")
    filter.wait_log("mail server: 127")
    # Two more tries, after five and ten seconds.
    peer.on("GREETING", DROP)
    peer.open()
    peer.wait(lambda: peer.connections >= 1, "it tries again")
    assert len(faults(filter)) == 1


# ---- Ours


def test_killed_between_commit_and_sending(filter, peer):
    peer.close()
    numbers = filter.outbox.put_many([NOTICE] * 5, "kim@example.net")
    filter.wait_log("mail server: 127")
    filter.kill(signal.SIGKILL)
    peer.open()
    filter.start()
    sent_once(filter, peer, *numbers)


def test_killed_while_it_sends(filter, peer):
    """Again and again: all mails arrive, and only what was not answered comes twice."""
    numbers = filter.outbox.put_many([NOTICE + b"%d\r\n" % i for i in range(30)], "kim@example.net")
    for kills in range(1, 5):
        peer.wait_taken(kills * 5)
        filter.kill(signal.SIGKILL)
        filter.start()
    for number in numbers:
        filter.outbox.wait(number, "sent", deadline=60)
    bodies = [mail.data for mail in peer.taken]
    assert len(set(bodies)) == 30
    # Between the answer and the mark it can be killed too.
    assert len(bodies) <= 30 + 4


@contextlib.contextmanager
def locked(filter):
    with filter.opened() as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("COMMIT")


def test_the_database_is_locked_when_it_is_to_be_marked(filter, peer):
    """Longer than anybody waits for a lock; nothing is sent before the mark is made."""
    filter.expect(NO_RECORD)
    hold = peer.on("END", Hold(), times=1)
    numbers = filter.outbox.put_many([NOTICE] * 3, "kim@example.net")
    assert hold.reached.wait(30)
    with locked(filter):
        hold.release()
        peer.wait_taken()
        filter.wait_log("outbox: nothing is sent until .* locked", deadline=20)
        # And once more.
        wait_for(after(7), "time passes")
        assert len(peer.whole) == 1
    sent_once(filter, peer, *numbers)


def after(seconds):
    end = time.monotonic() + seconds
    return lambda: time.monotonic() > end


def test_the_database_is_away(filter, peer):
    filter.expect(NO_RECORD)
    filter.expect("^error: roles: ")
    number = filter.outbox.put(NOTICE, "joe@example.test")
    filter.outbox.wait(number, "sent")
    away = filter.folder / "away"
    filter.database.parent.rename(away)
    filter.wait_log("outbox: it can't be read")
    away.rename(filter.database.parent)
    number = filter.outbox.put(NOTICE, "kim@example.net")
    filter.outbox.wait(number, "sent")
    assert len(peer.whole) == 2


# ---- The end


def serving(filter):
    return (filter.folder / "run" / "milter").exists()


def test_stop_with_an_answer_about_to_come(filter, peer):
    hold = peer.on("END", Hold(), times=1)
    number = filter.outbox.put(NOTICE, "kim@example.net")
    assert hold.reached.wait(30)
    os.kill(filter.pid, signal.SIGTERM)
    wait_for(lambda: not serving(filter), "no mail is taken any more")
    hold.release()
    assert filter.ended() == 0
    assert filter.outbox.states(number) == {"kim@example.net": "sent"}
    assert peer.lines[-1][1] == "QUIT"


def test_stop_with_an_answer_that_does_not_come(filter, peer):
    peer.on("END", Hold(), times=1)
    number = filter.outbox.put(NOTICE, "kim@example.net")
    peer.wait(lambda: peer.whole, "the mail is there")
    begun = time.monotonic()
    os.kill(filter.pid, signal.SIGTERM)
    assert filter.ended() == 0
    assert time.monotonic() - begun < 15
    not_blamed(filter, number)
    assert faults(filter) == []


@pytest.mark.parametrize("moment", ["GREETING", "RCPT", "BYTES", "QUIT"])
def test_stop_where_the_server_hangs(filter, peer, moment):
    """It is not waited for, and what it has is no mail."""
    hold = peer.on(moment, Hold(), times=1)
    data = LARGE * 20 if moment == "BYTES" else NOTICE
    number = filter.outbox.put(data, "kim@example.net")
    if moment == "QUIT":
        filter.outbox.wait(number, "sent")
    else:
        assert hold.reached.wait(30)
    begun = time.monotonic()
    os.kill(filter.pid, signal.SIGTERM)
    assert filter.ended() == 0
    assert time.monotonic() - begun < 15
    hold.release()
    peer.wait(lambda: not peer.open_now, "the connection has ended")
    if moment != "QUIT":
        not_blamed(filter, number)
        assert not peer.whole


def test_stop_in_the_middle_of_a_mail(new_courier):
    """The server reads on, and slowly: what it gets has no end, so it is no mail."""
    peer = Peer()
    peer.read_size = 100
    with peer:
        filter = new_courier(peer)
        number = filter.outbox.put(LARGE * 20, "kim@example.net")
        peer.wait_line("DATA")
        os.kill(filter.pid, signal.SIGTERM)
        assert filter.ended() == 0
        peer.wait(lambda: not peer.open_now, "the connection has ended", deadline=60)
        assert not peer.whole
        not_blamed(filter, number)


def test_stop_with_a_mark_that_cannot_be_made(filter, peer):
    filter.expect(NO_RECORD)
    filter.expect("^error: outbox=1: ")
    hold = peer.on("END", Hold(), times=1)
    number = filter.outbox.put(NOTICE, "kim@example.net")
    assert hold.reached.wait(30)
    with locked(filter):
        hold.release()
        peer.wait_taken()
        os.kill(filter.pid, signal.SIGTERM)
        assert filter.ended(60) == 0
    assert f"outbox={number}: it is not recorded that it was sent" in filter.log()
    not_blamed(filter, number)
