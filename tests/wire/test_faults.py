# SPDX-License-Identifier: BSD-2-Clause
"""What can go wrong with the database: role mail waits with its sender, ordinary mail goes on, and
nothing needs a restart afterwards."""

import contextlib
import re
import shutil
import sqlite3
import subprocess
import threading
import time

import pytest

from filter import IS_ROOT, Filter, mail, wait_for

MIB = 1024 * 1024
# Ordinary mail has no time for the troubles of our database. A mail server waits 30 seconds.
PATIENCE_S = 5
# libmilter hands a session to the next thread that is free; when the end of many messages came at
# once, and all wait for a lock, that may be as late as they give up.
PATIENCE_IN_A_CROWD_S = 15


def check_deferred(result):
    assert (result.reply.code, result.reply.status) == ("451", "4.3.0"), result
    assert not result.edits


def check_ordinary(filter, patience=PATIENCE_S):
    """It is let go at DATA, and soon."""
    begun = time.monotonic()
    assert filter.send("kim@example.net", "bob@example.test", mail()).stage == "data"
    took = time.monotonic() - begun
    assert took < patience, f"{took:.1f} s"


def errors(filter):
    return re.findall(r"(?m)^error: (.*)$", filter.log())


def check_few_lines(filter):
    """One of each kind, not one a message."""
    kinds = [line.partition(":")[0] for line in errors(filter)]
    assert kinds and len(kinds) == len(set(kinds)), errors(filter)


def check_retry(filter, desk, message, before):
    """After the fault the sender comes again: one ticket, one message."""
    assert filter.count() == before
    assert filter.send("kim@example.net", desk.address, message).accepted
    assert filter.count() == before + 1
    assert filter.archived(filter.last()["number"]) == message
    assert filter.send("kim@example.net", desk.address, message).accepted
    assert filter.count() == before + 1
    assert filter.is_sound()


@pytest.fixture
def site(new_filter, new_desk):
    """A filter of its own, its desk, and one message there already."""
    filter = new_filter()
    desk = new_desk(filter)
    assert filter.send("kim@example.net", desk.address, mail("Before")).accepted
    return filter, desk


def test_locked(site):
    filter, desk = site
    filter.expect("^error: (record|outbox): .*(locked|busy)")
    messages = [mail(f"Locked {i}") for i in range(20)]
    results = []

    def work(message):
        results.append(filter.send("kim@example.net", desk.address, message))

    threads = [threading.Thread(target=work, args=(message,)) for message in messages]
    with filter.opened() as other:
        other.execute("BEGIN EXCLUSIVE")
        begun = time.monotonic()
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            check_ordinary(filter, PATIENCE_IN_A_CROWD_S)
            assert time.monotonic() < begun + 30, "it takes too long to say that it takes too long"
        other.execute("COMMIT")
    assert len(results) == 20
    for result in results:
        check_deferred(result)
    check_few_lines(filter)
    check_retry(filter, desk, messages[0], 1)


def test_locked_for_a_moment(site):
    """Somebody else's short transaction delays a message, no more."""
    filter, desk = site
    with filter.session() as session, filter.opened() as other:
        session.envelope("kim@example.net", desk.address)
        session.data()
        session.content(mail("A moment later"))
        other.execute("BEGIN IMMEDIATE")
        session.packet("E")
        wait_for(session.is_read, "the filter is at the end of the message")
        other.execute("COMMIT")
        assert session.outcome().accepted


def beside(filter):
    """The database, and what SQLite keeps beside it."""
    return [path for path in filter.database.parent.iterdir() if path.name.startswith("counterfoil.db")]


@pytest.mark.parametrize("what", ["file", "all", "folder"])
def test_moved_away_and_back(site, what):
    filter, desk = site
    filter.expect("^error: (record|roles|outbox): .*(No such file|moved away)")
    place = filter.database.parent
    away = filter.folder / "away"
    message = mail("While it is away")
    if what == "folder":
        place.rename(away)
    else:
        away.mkdir()
        for path in beside(filter) if what == "all" else [filter.database]:
            path.rename(away / path.name)
    for _ in range(5):
        check_deferred(filter.send("kim@example.net", desk.address, message))
        check_ordinary(filter)
    check_few_lines(filter)
    if what == "folder":
        away.rename(place)
    else:
        for path in away.iterdir():
            path.rename(place / path.name)
    check_retry(filter, desk, message, 1)


def restore(filter):
    """A consistent copy beside the database, as `counterfoil backup` makes one."""
    copy = filter.database.with_name("restored")
    with filter.opened() as source, contextlib.closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    copy.chmod(0o640)
    filter.give(copy)
    return copy


def test_replaced_by_a_backup(site):
    filter, desk = site
    copy = restore(filter)
    lost = mail("After the backup")
    assert filter.send("kim@example.net", desk.address, lost).accepted
    old = filter.folder / "old.db"
    filter.database.rename(old)
    copy.rename(filter.database)
    message = mail("After the restoration")
    # It may need a moment to leave the old one.
    filter.expect("^error: (record|roles|outbox): ")
    wait_for(
        lambda: filter.send("kim@example.net", desk.address, message).accepted, "the copy is in use"
    )
    assert [row["subject"] for row in filter.rows("SELECT subject FROM message ORDER BY number")] == [
        "Before",
        "After the restoration",
    ]
    assert filter.is_sound()
    # What was accepted before is in the old file, for whoever looks for it.
    assert filter.is_sound(old)
    with filter.opened(old) as database:
        assert database.execute("SELECT count(*) FROM message").fetchone()[0] == 2


def test_restored_by_somebody_else(site):
    """A file that root put there and the filter may not read."""
    filter, desk = site
    filter.expect("^error: (record|roles|outbox): ")
    copy = restore(filter)
    if IS_ROOT:
        shutil.chown(copy, "root", "root")
    copy.chmod(0o600 if IS_ROOT else 0o000)
    filter.database.unlink()
    copy.rename(filter.database)
    message = mail("Not yet")
    check_deferred(filter.send("kim@example.net", desk.address, message))
    check_ordinary(filter)
    filter.give(filter.database)
    filter.database.chmod(0o640)
    wait_for(lambda: filter.send("kim@example.net", desk.address, message).accepted, "it is in use")
    assert filter.count() == 2
    assert filter.is_sound()


@pytest.fixture
def small_disk(new_filter):
    """A prepared filter whose database has a file system of four megabytes to itself."""
    if not IS_ROOT:
        pytest.skip("only root can mount a small file system")
    made = []

    class OnSmallDisk(Filter):
        def prepare(self):
            (self.folder / "data").mkdir()
            command = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", self.folder / "data"]
            subprocess.run(command, check=True)
            made.append(self)
            return super().prepare()

        def stop(self, **options):
            # Only what was unmounted can be removed.
            subprocess.run(["umount", "-l", self.folder / "data"], check=True)
            super().stop(**options)

    return new_filter(kind=OnSmallDisk)


def fill(folder):
    """Fills a file system to the last byte; the file that does."""
    filler = folder / "filler"
    with open(filler, "wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(65536)) or file.write(b"0")
    return filler


@pytest.mark.parametrize("size", [200_000, 600_000], ids=("in-memory", "in-a-file"))
def test_disk_full(small_disk, new_desk, size):
    filter = small_disk
    filter.expect("^error: (record|roles|outbox): .*(full|space)")
    desk = new_desk(filter)
    assert filter.send("kim@example.net", desk.address, mail("Before")).accepted
    filler = fill(filter.database.parent)
    message = mail("Too much", body="x" * size)
    with filter.session() as session:
        for _ in range(3):
            check_deferred(session.send("kim@example.net", desk.address, message))
            check_ordinary(filter)
    check_few_lines(filter)
    filler.unlink()
    check_retry(filter, desk, message, 1)


def test_a_large_message_that_fills_the_disk_takes_no_neighbour_with_it(small_disk, new_desk):
    filter = small_disk
    filter.expect("^error: (record|outbox): .*(full|space)")
    desk = new_desk(filter)
    large = mail("Large", body="x" * (5 * MIB))
    with filter.session() as one, filter.session() as other:
        one.envelope("kim@example.net", desk.address)
        one.data()
        one.content(large)
        assert other.send("kim@example.net", desk.address, mail("Small")).reply.verdict in (
            "accept",
            "tempfail",
        )
        check_deferred(one.eom())
        # Its file is gone: there is space again.
        assert other.send("kim@example.net", desk.address, mail("Small again")).accepted
    assert filter.is_sound()
