# SPDX-License-Identifier: BSD-2-Clause
"""The filter is down, hangs or dies, its database is gone, locked or broken: ordinary mail is never
stopped by a map of ours, role mail waits where it is, and is ticketed once when all is well again."""

import contextlib
import os
import signal
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from desk import OUTSIDE, Desk
from smtp import stuffed

TIMEOUTS = {
    "milter_connect_timeout": "2s",
    "milter_command_timeout": "2s",
    "milter_content_timeout": "8s",
}
# What the filter says while its database is not there.
COMPLAINTS = "record: |outbox: |role addresses are as last seen|second door"
MAX_MESSAGE = 1 << 20


@pytest.fixture(scope="module")
def servers(new_pair):
    """Postfix does not wait long for its filter, and the filter takes no large messages."""
    return new_pair(main=TIMEOUTS, settings={"milter": {"max_message": "1M"}})


@pytest.fixture
def desk(servers):
    """A department whose role address the filter has seen."""
    desk = Desk(servers)
    desk.customer_writes(rcpts=f"user-{desk.number}@example.test")
    return desk


@pytest.fixture
def open_door(servers):
    """Port 25 lets mail pass while the filter is away, as it may with the second door in place."""
    postfix = servers.postfix
    before = postfix.postconf("-h", "smtpd_milters")
    postfix.set(smtpd_milters=before.replace("default_action=tempfail", "default_action=accept"))
    postfix.reload()
    yield
    postfix.set(smtpd_milters=before)
    postfix.reload()


@contextlib.contextmanager
def down(site):
    """The filter is not running."""
    site.kill()
    try:
        yield
    finally:
        site.start()


@contextlib.contextmanager
def hung(site):
    """The filter runs, and does nothing."""
    os.kill(site.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(site.pid, signal.SIGCONT)


@contextlib.contextmanager
def locked(site):
    """Somebody else writes to the database, and does not stop."""
    site.expect(COMPLAINTS)
    with contextlib.closing(sqlite3.connect(database(site), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextlib.contextmanager
def gone(site):
    """The database's files are not there."""
    site.expect(COMPLAINTS)
    folder = database(site).parent
    away = folder.parent / "away"
    away.mkdir()
    files = list(folder.glob("counterfoil.db*"))
    for file in files:
        file.rename(away / file.name)
    try:
        yield
    finally:
        for file in files:
            assert not file.exists(), f"somebody made a new {file}"
            (away / file.name).rename(file)
        away.rmdir()


@contextlib.contextmanager
def broken(site):
    """Something else lies where the database was."""
    with gone(site):
        database(site).write_bytes(b"This is no database.\n" * 1000)
        try:
            yield
        finally:
            for file in database(site).parent.glob("counterfoil.db*"):
                file.unlink()


@contextlib.contextmanager
def unreadable(site):
    """No way into the folder; the database was open before and may still be used."""
    folder = database(site).parent
    site.expect(COMPLAINTS)
    folder.chmod(0)
    try:
        yield
    finally:
        folder.chmod(0o750)


def database(site):
    return site.folder / "data" / "counterfoil.db"


def ordinary(desk):
    """An address that has nothing to do with us."""
    return f"mia-{desk.number}@example.test"


def nobody_got_anything(desk):
    for address in (desk.role, f"{desk.role}.counterfoil.invalid", desk.jane, desk.joe):
        assert desk.got(address) == [], address


def ticketed_once(desk, subject="Printer on fire"):
    """There is one ticket with one message, and each operator has one copy of it."""
    for operator in (desk.jane, desk.joe):
        desk.postfix.wait_mailbox(operator, deadline=20)
    desk.postfix.wait_empty()
    ticket = desk.ticket_of(desk.last(desk.jane))
    assert ticket.kinds == ["request"]
    assert [one["subject"] for one in desk.tickets()] == [subject]
    assert desk.last(desk.joe).header("Subject") == f"{ticket.id} {subject}"
    return ticket


# ---- The database


@pytest.mark.parametrize("fault", [locked, gone, broken])
def test_without_the_database_ordinary_mail_goes_on_and_role_mail_waits(desk, fault):
    data = desk.from_kim(Subject="Printer on fire")
    with fault(desk.site):
        started = time.monotonic()
        for _ in range(3):
            desk.customer_writes(desk.from_kim(Subject="Ordinary"), rcpts=ordinary(desk))
        assert time.monotonic() - started < 5, "ordinary mail waited for us"
        sent = desk.customer_sends(data)
        assert (sent.code, sent.text[:5]) == (451, "4.3.0"), sent
        nobody_got_anything(desk)
    assert len(desk.got(ordinary(desk))) == 3
    desk.customer_writes(data)
    ticketed_once(desk)


def test_a_role_address_made_just_before_the_database_goes(servers):
    """The filter has not heard of it, and lets its mail go on: to the second door, where it waits."""
    desk = Desk(servers)
    mark = desk.postfix.log_size()
    with gone(desk.site):
        sent = desk.customer_sends(desk.from_kim(Subject="Printer on fire"))
        assert sent.code == 250, sent
        waiting = rf"{sent.queue_id}: to=<{desk.name}@[^>]*invalid>.* status=deferred"
        desk.postfix.wait_log(waiting, mark)
        nobody_got_anything(desk)
    desk.postfix.flush()
    ticketed_once(desk)


@pytest.mark.parametrize("fault", [locked, gone])
def test_local_mail_waits_for_the_database(desk, fault):
    data = desk.from_kim(Subject="Printer on fire").replace(b"\r\n", b"\n")
    mark = desk.postfix.log_size()
    with fault(desk.site):
        assert desk.postfix.sendmail(["-i", "-f", desk.kim, desk.role], data).returncode == 0
        desk.postfix.wait_log("milter-reject: END-OF-MESSAGE from localhost.*4.3.0", mark, 20)
        nobody_got_anything(desk)
    # What pickup(8) could not deliver it tries again when something else is submitted.
    desk.postfix.sendmail(["-i", "-f", desk.kim, ordinary(desk)], b"Subject: Wake up\n\n")
    ticketed_once(desk)


def test_a_database_locked_for_a_moment_is_waited_for(desk):
    with locked(desk.site):
        client = desk.postfix.client(client=OUTSIDE)
        client.expect(250, f"MAIL FROM:<{desk.kim}>")
        client.expect(250, f"RCPT TO:<{desk.role}>")
        client.expect(354, "DATA")
        client.raw(stuffed(desk.from_kim(Subject="Printer on fire")))
        mia = ordinary(desk)
        desk.customer_writes(desk.from_kim(Subject="Ordinary"), rcpts=mia)
    with client:
        assert client.reply().code == 250
    ticketed_once(desk)


def test_one_log_line_a_minute_not_one_a_message(desk):
    mark = desk.site.log_size()
    with gone(desk.site):
        for _ in range(10):
            assert desk.customer_sends(desk.from_kim(Subject="Hello")).code == 451
    lines = desk.site.log(mark).splitlines()
    assert sum(line.lstrip("<0123456789>").startswith("error: record:") for line in lines) <= 1, lines


def test_the_folder_becomes_unreadable(desk):
    """What was recorded is acknowledged, what was not is not; nothing in between."""
    mia = ordinary(desk)
    data = desk.from_kim(Subject="Printer on fire")
    with unreadable(desk.site):
        desk.customer_writes(desk.from_kim(Subject="Ordinary"), rcpts=mia)
        sent = desk.customer_sends(data)
    assert sent.code in (250, 451), sent
    if sent.code == 451:
        nobody_got_anything(desk)
        desk.customer_writes(data)
    ticketed_once(desk)


# ---- The filter, with the front door closed: everybody waits, nobody loses


def test_with_the_filter_down_all_mail_waits_at_its_sender(desk):
    data = desk.from_kim(Subject="Printer on fire")
    with down(desk.site):
        for rcpt in (desk.role, ordinary(desk)):
            sent = desk.customer_sends(data, rcpts=rcpt)
            assert sent.code == 451, sent
        nobody_got_anything(desk)
        assert desk.got(ordinary(desk)) == []
    desk.customer_writes(data)
    ticketed_once(desk)


def test_with_the_filter_down_an_operator_is_told_to_wait(desk):
    ticket = desk.ask()
    answer = desk.from_jane(Subject=f"Re: {ticket.id} Printer on fire")
    with down(desk.site):
        assert desk.operator_sends(answer).code == 451
        assert desk.got(desk.kim) == []
    desk.operator_writes(answer)
    assert ticket.kinds == ["request", "answer"]
    assert len(desk.got(desk.kim)) == 1


def test_with_the_filter_hung_all_mail_waits_at_its_sender(desk):
    data = desk.from_kim(Subject="Printer on fire")
    with hung(desk.site), ThreadPoolExecutor(2) as pool:
        rcpts = (desk.role, ordinary(desk))
        for sent in pool.map(lambda rcpt: desk.customer_sends(data, rcpts=rcpt), rcpts):
            assert sent.code == 451, sent
        nobody_got_anything(desk)
    desk.customer_writes(data)
    ticketed_once(desk)


@pytest.mark.parametrize("when", ["MAIL", "RCPT", "DATA", "the final dot"])
def test_killed_in_the_middle_of_a_message(desk, when):
    """The session's mail is put off; it comes again on another connection."""
    data = desk.from_kim(Subject="Printer on fire")
    client = desk.postfix.client(client=OUTSIDE)
    steps = [
        ("MAIL", f"MAIL FROM:<{desk.kim}>".encode()),
        ("RCPT", f"RCPT TO:<{desk.role}>".encode()),
        ("DATA", b"DATA"),
        ("the final dot", stuffed(data)[:-2]),
    ]
    codes = []
    for name, command in steps:
        if name == when:
            desk.site.kill()
        client.raw(command + b"\r\n")
        codes.append(client.reply().code)
        if codes[-1] >= 400:
            break
    client.close()
    desk.site.start()
    assert codes[-1] // 100 == 4, codes
    nobody_got_anything(desk)
    assert desk.tickets() == []
    desk.customer_writes(data)
    ticketed_once(desk)


def test_killed_between_two_messages(desk):
    one, two = (desk.from_kim(Subject=name) for name in ("Printer on fire", "Two"))
    client = desk.postfix.client(client=OUTSIDE)
    assert client.send(desk.kim, desk.role, one).code == 250
    desk.site.kill()
    desk.site.start()
    assert client.send(desk.kim, desk.role, two).code // 100 == 4
    client.close()
    ticketed_once(desk)
    desk.customer_writes(two)
    assert len(desk.tickets()) == 2


def test_hung_at_the_end_of_a_message(desk):
    """The sender is told to come again; perhaps the message was recorded all the same. It is one
    ticket, and everybody gets it."""
    data = desk.from_kim(Subject="Printer on fire")
    client = desk.postfix.client(client=OUTSIDE)
    client.expect(250, f"MAIL FROM:<{desk.kim}>")
    client.expect(250, f"RCPT TO:<{desk.role}>")
    client.expect(354, "DATA")
    with hung(desk.site):
        client.raw(stuffed(data))
        assert client.reply().code == 451
    client.close()
    desk.site.expect("did not take the edits")
    desk.customer_writes(data)
    ticketed_once(desk)


def test_the_filter_is_stopped_in_good_order(desk):
    """A message is either recorded and accepted, or put off."""
    client = desk.postfix.client(client=OUTSIDE)
    assert client.send(desk.kim, desk.role, desk.from_kim(Subject="Printer on fire")).code == 250
    assert desk.site.kill(signal.SIGTERM) == 0
    sent = client.send(desk.kim, desk.role, desk.from_kim(Subject="Two"))
    assert sent.code // 100 == 4, sent
    client.close()
    desk.site.start()
    ticketed_once(desk)


# ---- The filter, with the front door open: ordinary mail goes on, role mail waits in the queue


def waits(desk, sent):
    """The role mail was taken, and is in the queue on its way to the second door; nowhere else."""
    assert sent.code == 250, sent
    name = desk.name
    desk.postfix.wait_log(rf"{sent.queue_id}: to=<{name}@[^>]*invalid>.* status=deferred")
    nobody_got_anything(desk)
    assert len(desk.postfix.queue()) == 1


@pytest.mark.parametrize("fault", [down, hung])
def test_with_the_front_door_open_role_mail_waits_in_the_queue(desk, open_door, fault):
    mia = ordinary(desk)
    with fault(desk.site):
        desk.customer_writes(desk.from_kim(Subject="Ordinary"), rcpts=mia)
        waits(desk, desk.customer_sends(desk.from_kim(Subject="Printer on fire")))
    desk.postfix.flush()
    ticket = ticketed_once(desk)
    assert ticket.state["requester"] == desk.kim
    assert [copy.header("Subject") for copy in desk.got(mia)] == ["Ordinary"]


def test_a_mixed_message_with_the_front_door_open(desk, open_door):
    """The ordinary recipient gets it as it was sent, at once and once."""
    mia = ordinary(desk)
    data = desk.from_kim(Subject="Printer on fire", To=f"{mia}, {desk.role}")
    with down(desk.site):
        waits(desk, desk.customer_sends(data, rcpts=[mia, desk.role]))
        assert desk.postfix.wait_mailbox(mia)[0].header("Subject") == "Printer on fire"
    desk.postfix.flush()
    ticketed_once(desk)
    assert len(desk.got(mia)) == 1


def test_a_follow_up_waits_with_its_extension(desk, open_door):
    ticket = desk.ask()
    with down(desk.site):
        sent = desk.customer_sends(desk.from_kim(Subject="Well?"), rcpts=ticket.address)
        assert sent.code == 250, sent
        desk.postfix.wait_log(rf"{sent.queue_id}: to=<[^>]*invalid>.* status=deferred")
    desk.postfix.flush()
    desk.postfix.wait_mailbox(desk.jane, 2)
    desk.postfix.wait_empty()
    assert ticket.kinds == ["request", "followup"]
    assert desk.last(desk.joe, 2).header("Subject") == f"{ticket.id} Well?"


def test_what_would_be_refused_at_the_front_door_is_a_note_at_the_second(desk, open_door):
    """A refusal there would be a bounce to somebody whose address was forged."""
    forged = desk.from_jane(Subject="Printer on fire")
    with down(desk.site):
        waits(desk, desk.customer_sends(forged, sender="victim@example.org"))
    desk.postfix.flush()
    copy = desk.postfix.wait_mailbox(desk.joe)[0]
    desk.postfix.wait_empty()
    ticket = desk.ticket_of(copy)
    assert copy.header("Subject") == f"{ticket.id} [note] [unproven] Printer on fire"
    assert ticket.kinds == ["note"]
    assert ticket.state["requester"] is None
    assert desk.got("victim@example.org") == []


def test_a_large_message_at_the_second_door(desk, open_door):
    body = (b"x" * 998 + b"\r\n") * (2 * MAX_MESSAGE // 1000)
    data = desk.from_kim(Subject="Printer on fire", body=body)
    assert desk.customer_sends(data).code == 552
    with down(desk.site):
        waits(desk, desk.customer_sends(data))
    desk.postfix.flush()
    raw = ticketed_once(desk).raw()
    assert raw.endswith(body)


def test_a_bounce_waits_for_the_filter(desk):
    """Postfix's own bounce comes while the filter is down: it is logged when it is back."""
    gone_customer = f"defer-{desk.number}@example.net"
    # It would wait in the queue as well.
    desk.site.run("department", "template", desk.name, "acknowledge", "/dev/null")
    ticket = desk.ask(desk.from_kim(From=gone_customer, Subject="Hello"), sender=gone_customer)
    sent = desk.operator_sends(desk.from_jane(Subject=f"Re: {ticket.id} Hello"))
    assert sent.code == 250, sent
    desk.postfix.wait_log(rf"{sent.queue_id}: to=<{gone_customer}>.* status=deferred")
    with down(desk.site):
        # Postfix gives up on that mail now, as it does by itself after days.
        assert desk.postfix.run("postsuper", "-f", sent.queue_id).returncode == 0
        desk.postfix.wait_log(rf"{sent.queue_id}: sender non-delivery notification", deadline=20)
        assert ticket.kinds == ["request", "answer"]
    desk.postfix.flush()
    desk.postfix.wait_mailbox(desk.joe, 3)
    desk.postfix.wait_empty()
    assert ticket.kinds == ["request", "answer", "bounce"]
    assert len(desk.tickets()) == 1
