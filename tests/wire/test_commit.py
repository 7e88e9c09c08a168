# SPDX-License-Identifier: BSD-2-Clause
"""Many sessions at once: each message is recorded once, and many share a commit."""

import contextlib
import struct
import threading

import pytest

from filter import mail, together, wait_for


def commits(filter):
    """How many commits the write-ahead log holds: each ends in a frame that tells the size of the
    database (https://www.sqlite.org/fileformat2.html, section 4)."""
    log = filter.database.with_name(filter.database.name + "-wal").read_bytes()
    page, salts = struct.unpack(">I", log[8:12])[0], log[16:24]
    size = 24 + page
    frames = (log[start : start + 24] for start in range(32, len(log) - size + 1, size))
    return sum(1 for frame in frames if frame[8:16] == salts and frame[4:8] != b"\0\0\0\0")


@contextlib.contextmanager
def log_kept(filter):
    """As long as somebody reads, the write-ahead log begins from the start no more."""
    with filter.opened() as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.execute("BEGIN")
        database.execute("SELECT count(*) FROM message").fetchone()
        yield
        database.execute("COMMIT")


def recorded(filter, results, messages, before):
    """Every message was accepted, and is in the archive exactly once, on a ticket of its own."""
    assert [str(result) for result in results] == ["accept at eom"] * len(messages)
    rows = filter.rows("SELECT * FROM message WHERE number > ? ORDER BY number", before)
    assert len(rows) == len(messages)
    assert len({row["number"] for row in rows}) == len({row["ticket"] for row in rows}) == len(messages)
    assert sorted(filter.archived(row["number"]) for row in rows) == sorted(messages)
    # What was told to the mail server is what stands in the record.
    by_bytes = {filter.archived(row["number"]): row for row in rows}
    for message, result in zip(messages, results):
        row = by_bytes[message]
        stamp = next(edit.value for edit in result.edits if edit.name == "X-Counterfoil-Loop")
        assert stamp == f" {filter.stamp(row['number'])}"
        assert filter.copies(row["number"]) == {edit.name for edit in result.edits if edit.kind == "rcpt"}


def top(filter):
    return filter.value("SELECT coalesce(max(number), 0) FROM message")


@pytest.mark.parametrize("count", [20, 100])
def test_parallel_sessions(shared, desk, count, record_property):
    messages = [mail(f"Parallel {i}", body="x" * (i * 100)) for i in range(count)]
    start = threading.Barrier(count)

    def work(i):
        with shared.session() as session:
            session.envelope("kim@example.net", desk.address)
            session.data()
            session.content(messages[i])
            start.wait(30)
            return session.eom()

    before = top(shared)
    with log_kept(shared):
        results = together(count, work)
        made = commits(shared)
    recorded(shared, results, messages, before)
    record_property("commits", made)
    print(f"{count} messages in {made} commits")
    assert made <= count


def test_those_who_wait_share_a_commit(shared, desk):
    """While the database is held by somebody else, messages gather; one commit writes them all."""
    count = 20
    messages = [mail(f"Waiting {i}") for i in range(count)]
    sessions = [shared.session() for _ in range(count)]
    for session, message in zip(sessions, messages):
        session.envelope("kim@example.net", desk.address)
        session.data()
        session.content(message)
    before = top(shared)
    with log_kept(shared), shared.opened() as other:
        other.execute("BEGIN IMMEDIATE")
        for session in sessions:
            session.packet("E")
            wait_for(session.is_read, "the filter has read the end of the message")
        other.execute("COMMIT")
        results = [session.outcome() for session in sessions]
        made = commits(shared)
    for session in sessions:
        session.close()
    recorded(shared, results, messages, before)
    assert made <= 4, made


def test_many_messages_in_many_sessions(shared, desk):
    """Sessions that go on while others end, give up and break off."""
    messages = [[mail(f"Session {i}, {k}") for k in range(5)] for i in range(20)]

    def work(i):
        results = []
        with shared.session() as session:
            for message in messages[i]:
                session.envelope("kim@example.net", desk.address)
                session.data()
                session.header("Subject", " Given up")
                session.abort()
                broken = shared.session()
                broken.envelope("kim@example.net", desk.address)
                broken.data()
                broken.close(quit_first=False)
                results.append(session.send("kim@example.net", desk.address, message))
        return results

    before = top(shared)
    results = [result for some in together(20, work) for result in some]
    recorded(shared, results, [message for some in messages for message in some], before)


def test_the_same_ticket_from_many_sessions(shared, desk):
    """Follow-ups that arrive together all find their ticket, and none undoes another."""
    assert shared.send("kim@example.net", desk.address, mail()).accepted
    ticket = shared.last()["ticket"]
    subject = f"Re: {shared.ticket_id(ticket)}"
    people = [f"friend{i}@example.net" for i in range(15)]
    results = together(
        15, lambda i: shared.send("kim@example.net", desk.address, mail(subject, Cc=people[i]))
    )
    assert all(result.accepted for result in results)
    assert shared.value("SELECT count(*) FROM message WHERE ticket = ?", ticket) == 16
    joined = shared.rows("SELECT address FROM correspondent WHERE ticket = ?", ticket)
    assert sorted(row["address"] for row in joined) == sorted(people)


def test_the_same_message_in_many_sessions(shared, desk):
    """Two servers, or one that is impatient: one ticket, one message, and everybody gets a yes."""
    message = mail("Only once")
    before = top(shared)
    results = together(5, lambda _: shared.send("kim@example.net", desk.address, message))
    assert all(result.accepted for result in results)
    rows = shared.rows("SELECT * FROM message WHERE number > ?", before)
    assert len(rows) == 1
    for result in results:
        assert {edit.name for edit in result.edits if edit.kind == "rcpt"} == {desk.jane, desk.joe}
