# SPDX-License-Identifier: BSD-2-Clause
"""The filter is killed again and again while ten senders send, each of which tries again on 4xx: in the
end every message that was answered with 250 is in the archive once, on one ticket, and every operator
has it.

COUNTERFOIL_KILLS: how often it is killed (default 6); COUNTERFOIL_SEED: of the moments.
"""

import collections
import os
import random
import signal
import sqlite3
import threading
import time

import pytest

from desk import ID, OUTSIDE, Desk, mail

SENDERS = 10
KILLS = int(os.environ.get("COUNTERFOIL_KILLS", "6"))
SEED = int(os.environ.get("COUNTERFOIL_SEED", "1"))


class Sender(threading.Thread):
    """Sends one message after the other until told to stop, each until it is taken."""

    def __init__(self, desk, number, stop):
        super().__init__(daemon=True)
        self.desk, self.number, self.stop = desk, number, stop
        self.taken = []  # subjects answered with 250
        self.put_off = 0
        self.problem = None
        self.client = None

    def run(self):
        try:
            while not self.stop.is_set():
                self.send_until_taken(f"message {self.number}.{len(self.taken)}")
        except Exception as problem:
            self.problem = problem
        finally:
            self.hang_up()

    def hang_up(self):
        if self.client:
            self.client.close()
            self.client = None

    def send_until_taken(self, subject):
        # Some larger than what the filter keeps in memory.
        body = f"{subject}\r\n" * (40 if self.number else 30000)
        data = mail(From=self.desk.kim, To=self.desk.role, Subject=subject, body=body)
        end = time.monotonic() + 60
        while True:
            code = self.try_once(data)
            if code == 250:
                self.taken.append(subject)
                return
            assert code // 100 == 4, code
            assert time.monotonic() < end, f"{subject} was never taken"
            self.put_off += 1
            self.hang_up()
            # A sender that was put off leaves the filter room to come back.
            self.stop.wait(0.02)

    def try_once(self, data):
        try:
            self.client = self.client or self.desk.postfix.client(client=OUTSIDE, deadline=60)
            return self.client.send(self.desk.kim, self.desk.role, data).code
        except (AssertionError, ConnectionError, OSError):
            # The connection itself broke, or was answered 4xx where 250 was expected.
            return 450


@pytest.fixture(scope="module")
def servers(new_pair):
    return new_pair()


def kill_under_load(desk, number, times):
    """What was taken, by subject, and how often senders were put off."""
    stop = threading.Event()
    senders = [Sender(desk, one, stop) for one in range(SENDERS)]
    moments = random.Random(SEED)
    for sender in senders:
        sender.start()
    try:
        for _ in range(times):
            before = sum(len(sender.taken) for sender in senders)
            end = time.monotonic() + 30
            while sum(len(sender.taken) for sender in senders) < before + 10:
                assert time.monotonic() < end, "nothing is taken any more"
                time.sleep(0.01)
            # At any point of a message's way.
            time.sleep(moments.random() * 0.05)
            desk.site.kill(number)
            time.sleep(moments.random() * 0.05)
            desk.site.start()
    finally:
        stop.set()
        for sender in senders:
            sender.join(90)
    for sender in senders:
        assert not sender.is_alive() and sender.problem is None, sender.problem
    return [subject for sender in senders for subject in sender.taken], sum(
        sender.put_off for sender in senders
    )


@pytest.mark.parametrize(
    "number, times", [(signal.SIGKILL, KILLS), (signal.SIGTERM, max(2, KILLS // 10))]
)
def test_what_was_taken_is_there_once(servers, number, times):
    desk = Desk(servers)
    desk.site.expect("did not take the edits")
    taken, put_off = kill_under_load(desk, number, times)
    assert put_off > 0, "nobody noticed anything: the test is too kind"
    desk.postfix.wait_empty(60)

    archived = collections.Counter(ticket["subject"] for ticket in desk.tickets())
    assert archived == collections.Counter(set(taken))
    assert all(ticket["messages"] == 1 for ticket in desk.tickets())
    for operator in (desk.jane, desk.joe):
        copies = collections.defaultdict(set)
        for copy in desk.got(operator):
            _, number, _, subject = ID.split(copy.header("Subject"))
            copies[subject.strip()].add(number)
        assert set(copies) == set(taken)
        # A message that was put off after it had been recorded comes under the same number again.
        assert all(len(numbers) == 1 for numbers in copies.values())
    assert desk.got(desk.role) == []


def test_the_record_is_sound_after_all_that(servers):
    database = servers.site.folder / "data" / "counterfoil.db"
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as record:
        assert record.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert record.execute("PRAGMA foreign_key_check").fetchall() == []
