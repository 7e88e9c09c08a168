# SPDX-License-Identifier: BSD-2-Clause
"""How the filter ends, in good order and in bad, and what is left of the messages it had in hand.

COUNTERFOIL_ROUNDS: how many times it is killed under load (3).
"""

import os
import random
import signal
import threading

from filter import mail, together, wait_for
from milter import Closed

ROUNDS = int(os.environ.get("COUNTERFOIL_ROUNDS", 3))
SESSIONS = 10


def socket_path(filter):
    return filter.folder / "run" / "milter"


def begin(filter, desk, message):
    """A session with everything of a message but its end."""
    session = filter.session()
    session.envelope("kim@example.net", desk.address)
    session.data()
    session.content(message)
    return session


def outcome(session):
    """accept, tempfail … or closed."""
    try:
        return session.outcome().reply.verdict
    except Closed:
        return "closed"


def check_record(filter, desk, messages, accepted):
    """What was accepted is recorded; nothing is twice; all is sound."""
    rows = filter.rows("SELECT * FROM message ORDER BY number")
    found = [filter.archived(row["number"]) for row in rows]
    assert len(found) == len(set(found))
    assert set(found) <= set(messages)
    lost = [message for message in accepted if message not in found]
    assert not lost, f"{len(lost)} messages were accepted and are not there"
    for row in rows:
        assert filter.copies(row["number"]) == {desk.jane, desk.joe}
        assert filter.rows("SELECT * FROM ticket WHERE number = ?", row["ticket"])
        assert filter.rows("SELECT * FROM handing_over WHERE message = ?", row["number"])
    assert filter.is_sound()


def check_retries(filter, desk, messages):
    """All senders who heard no yes come again; in the end each message is there once."""
    for message in messages:
        assert filter.send("kim@example.net", desk.address, message).accepted
    rows = filter.rows("SELECT number FROM message")
    assert sorted(filter.archived(row["number"]) for row in rows) == sorted(messages)


def test_told_to_stop(new_filter):
    """All at the same time, since each takes some seconds."""
    filters = []
    for socket in ("unix", "inet"):
        for number in (signal.SIGTERM, signal.SIGINT):
            filter = new_filter(start=False, socket=socket)
            pid_file = filter.folder / "run" / "pid"
            filter.write_conf(milter={"pid_file": pid_file})
            filter.start()
            wait_for(pid_file.exists, "the process number is written")
            assert int(pid_file.read_text()) == filter.pid
            os.kill(filter.pid, number)
            filters.append(filter)
    for filter in filters:
        assert filter.ended() == 0, filter.log()
        assert "stopped" in filter.log()
        assert not os.listdir(filter.folder / "run")
        assert not filter.complaints()


def test_told_to_stop_while_it_starts(new_filter):
    """As soon as there is a socket, perhaps before anybody listens to signals."""
    filters = [new_filter(start=False) for _ in range(4)]
    for filter in filters:
        # Writing a role map makes the time between the two longer.
        filter.expect("^warning: the role map could not be written")
        filter.write_conf(archive={"role_map": f"postfix:{filter.folder}/data/roles"})
        filter.launch()
        while not socket_path(filter).exists():
            assert filter.is_running(), filter.log()
        os.kill(filter.pid, signal.SIGTERM)
    for filter in filters:
        assert filter.ended() == 0, filter.log()
        assert not socket_path(filter).exists()


def test_stop_with_messages_in_hand(new_filter, new_desk):
    """At their end when the signal comes, behind somebody else's lock: they finish."""
    filter = new_filter()
    desk = new_desk(filter)
    messages = [mail(f"In hand {i}") for i in range(SESSIONS)]
    sessions = [begin(filter, desk, message) for message in messages]
    idle, half = filter.session(), begin(filter, desk, mail("Half"))
    with filter.opened() as other:
        other.execute("BEGIN IMMEDIATE")
        for session in sessions:
            session.packet("E")
            wait_for(session.is_read, "the filter is at the end of the message")
        os.kill(filter.pid, signal.SIGTERM)
        other.execute("COMMIT")
    results = [outcome(session) for session in sessions]
    # Whose end the filter had read before the signal came is answered.
    assert results == ["accept"] * SESSIONS
    half.raw(b"\0\0\0\1E")
    assert outcome(half) != "accept"
    assert filter.ended() == 0, filter.log()
    idle.close(quit_first=False)
    assert not filter.complaints()
    assert not socket_path(filter).exists()
    check_record(filter, desk, messages, messages)
    filter.start()
    check_retries(filter, desk, messages)


def test_stop_while_nothing_can_be_written(new_filter, new_desk):
    """The lock is held longer than libmilter waits: they are told to come again."""
    filter = new_filter()
    desk = new_desk(filter)
    filter.expect("^error: (record|outbox): ")
    messages = [mail(f"Stuck {i}") for i in range(SESSIONS)]
    sessions = [begin(filter, desk, message) for message in messages]
    with filter.opened() as other:
        other.execute("BEGIN IMMEDIATE")
        for session in sessions:
            session.packet("E")
            wait_for(session.is_read, "the filter is at the end of the message")
        os.kill(filter.pid, signal.SIGTERM)
        assert filter.ended() == 0, filter.log()
        other.execute("COMMIT")
    # To a mail server one is as good as the other.
    assert {outcome(session) for session in sessions} <= {"tempfail", "closed"}
    assert filter.count() == 0
    assert not socket_path(filter).exists()
    assert not filter.complaints()


def load(filter, desk, number, accepted, lock):
    """Messages one after the other, until the filter is gone; gives all that were begun."""
    begun = []
    dice = random.Random(number)
    try:
        with filter.session() as session:
            while True:
                size = dice.choice((10, 1000, 100_000, 400_000))
                message = mail(f"Load {number}", body="x" * size)
                begun.append(message)
                if session.send("kim@example.net", desk.address, message).accepted:
                    with lock:
                        accepted.append(message)
    except (Closed, OSError):
        return begun


def test_killed_under_load(new_filter, new_desk):
    filter = new_filter()
    desk = new_desk(filter)
    messages, accepted, lock = [], [], threading.Lock()
    for round in range(ROUNDS):
        goal = len(accepted) + random.Random(round).randrange(10, 60)

        def work(i):
            if i < SESSIONS:
                return load(filter, desk, round * SESSIONS + i, accepted, lock)
            wait_for(lambda: len(accepted) >= goal, "the filter is under load", 60)
            filter.kill(signal.SIGKILL)
            return []

        for begun in together(SESSIONS + 1, work):
            messages += begun
        filter.start()
        check_record(filter, desk, messages, accepted)
    check_retries(filter, desk, messages)
