# SPDX-License-Identifier: BSD-2-Clause
"""The same message again: a sender who did not hear our yes."""

import pytest

from filter import mail, wait_for


def edits(result):
    """What is done to the message; recipients in any order."""
    return sorted(map(repr, result.edits)), [e for e in result.edits if e.kind in ("add", "change")]


def test_again_after_success(shared, desk):
    message = mail("Twice")
    before = shared.count()
    first = shared.send("kim@example.net", desk.address, message)
    second = shared.send("kim@example.net", desk.address, message)
    assert first.accepted and second.accepted
    assert edits(second) == edits(first)
    assert shared.count() == before + 1


def test_again_through_another_server(shared, desk):
    """Its Received lines are others then; who and what it is are the same."""
    message = mail("Twice")
    before = shared.count()
    first = shared.send("kim@example.net", desk.address, b"Received: by one.example.net; now\r\n" + message)
    second = shared.send("kim@example.net", desk.address, b"Received: by two.example.net; then\r\n" + message)
    assert first.accepted and second.accepted
    assert edits(second) == edits(first)
    assert shared.count() == before + 1


def test_not_for_ever_with_copies(shared, desk):
    """Five times within an hour; then it is taken, and nobody gets it."""
    message = mail("Often")
    before = shared.count()
    with shared.session() as session:
        results = [session.send("kim@example.net", desk.address, message) for _ in range(8)]
    copies = [[edit.name for edit in result.edits if edit.kind == "rcpt"] for result in results]
    assert all(result.accepted for result in results)
    assert copies == [[desk.jane, desk.joe]] * 5 + [[]] * 3
    for result in results:
        assert [edit.name for edit in result.edits if edit.kind == "norcpt"] == [f"<{desk}>"]
    assert shared.count() == before + 1


def test_an_answer_again(shared, desk):
    assert shared.send("kim@example.net", desk.address, mail()).accepted
    subject = f"Re: {shared.ticket_id(shared.last()['ticket'])}"
    message = mail(subject, desk.jane, to=desk.address)
    before = shared.count()
    first, second = (
        shared.send(desk.jane, desk.address, message, login=desk.jane) for _ in range(2)
    )
    assert first.accepted and second.accepted
    assert edits(second) == edits(first)
    assert shared.count() == before + 1


def test_another_message_is_another_message(shared, desk):
    """Without a Message-ID two are the same only if every byte is."""
    before = shared.count()
    with shared.session() as session:
        for body in (b"One\r\n", b"Two\r\n", b"One\r\n"):
            message = b"From: kim@example.net\r\nSubject: Alike\r\n\r\n" + body
            assert session.send("kim@example.net", desk.address, message).accepted
    assert shared.count() == before + 2


@pytest.fixture
def locked(shared):
    """The database in somebody else's hands, until commit()."""
    with shared.opened() as other:
        other.execute("BEGIN IMMEDIATE")
        yield lambda: other.execute("COMMIT")
        if other.in_transaction:
            other.execute("ROLLBACK")


@pytest.mark.parametrize("times", [1, 3])
def test_gone_before_the_answer(shared, desk, locked, times):
    """The mail server goes away while the message is recorded; then its sender comes again."""
    shared.expect("^error: edit: ")
    before = shared.count()
    messages = [mail(f"Gone {i}") for i in range(times)]
    for message in messages:
        session = shared.session()
        session.envelope("kim@example.net", desk.address)
        session.data()
        session.content(message)
        session.packet("E")
        wait_for(session.is_read, "the filter is at the end of the message")
        session.close(quit_first=False)
    locked()
    wait_for(lambda: shared.count() == before + times, "all are recorded")
    for message in messages:
        result = shared.send("kim@example.net", desk.address, message)
        assert result.accepted
        assert {edit.name for edit in result.edits if edit.kind == "rcpt"} == {desk.jane, desk.joe}
    assert shared.count() == before + times
