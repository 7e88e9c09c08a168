# SPDX-License-Identifier: BSD-2-Clause
"""Sessions that go on, that give up, that break off, and that are none."""

import contextlib
import os
import random
import struct

import pytest

from filter import mail, wait_for
from milter import Closed

@pytest.fixture
def desk(common_desk):
    return common_desk


# How far a transaction got before something happened to it.
STAGES = ("connect", "mail", "rcpt", "data", "header", "eoh", "body")


def advance(session, stage, rcpt):
    """Brings a fresh session, or one between two messages, to that stage."""
    steps = {
        "connect": lambda: None,
        "mail": lambda: session.mail("never@example.net"),
        "rcpt": lambda: session.rcpt(rcpt),
        "data": session.data,
        "header": lambda: session.header("Subject", " Never seen"),
        "eoh": session.eoh,
        "body": lambda: session.body(b"x" * 60_000),
    }
    for name in STAGES[: STAGES.index(stage) + 1]:
        steps[name]()


@pytest.fixture
def healthy(shared, desk):
    """Whatever the test did: the next message works, and nothing else was recorded."""
    before = shared.count()
    yield
    assert shared.send("kim@example.net", desk.address, mail("The next one")).accepted
    assert shared.count() == before + 1
    assert shared.last()["subject"] == "The next one"
    assert shared.is_running()


def test_many_messages_in_one_session(shared, desk):
    messages = [mail(f"Number {i}", body="x" * (i * 1000)) for i in range(50)]
    before = shared.count()
    with shared.session() as session:
        for message in messages:
            assert session.send("kim@example.net", desk.address, message).accepted
    rows = shared.rows("SELECT number, ticket, subject FROM message ORDER BY number")[before:]
    assert [row["subject"] for row in rows] == [f"Number {i}" for i in range(50)]
    assert [shared.archived(row["number"]) for row in rows] == messages
    assert len({row["ticket"] for row in rows}) == 50


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("stage", STAGES)
def test_given_up_by_the_client(shared, desk, stage, times):
    before = shared.count()
    with shared.session() as session:
        for _ in range(2):
            advance(session, stage, desk.address)
            for _ in range(times):
                session.abort()
            assert session.send("kim@example.net", desk.address, mail("Anew")).accepted
    assert shared.count() == before + 2
    assert not shared.value("SELECT count(*) FROM message WHERE sender = 'never@example.net'")


@pytest.mark.parametrize("stage", STAGES)
def test_given_up_before_the_end(shared, desk, healthy, stage):
    with shared.session() as session:
        advance(session, stage, desk.address)
        session.abort()


@pytest.mark.parametrize("stage", STAGES)
def test_quit_in_the_middle(shared, desk, healthy, stage):
    with shared.session() as session:
        advance(session, stage, desk.address)


@pytest.mark.parametrize("stage", STAGES)
def test_dropped_in_the_middle(shared, desk, healthy, stage):
    session = shared.session()
    advance(session, stage, desk.address)
    session.close(quit_first=False)


def test_a_new_message_without_the_end_of_the_last(shared, desk, healthy):
    """A mail server that forgets to say that a message was given up."""
    with shared.session() as session:
        for stage in STAGES[1:]:
            advance(session, stage, desk.address)
        advance(session, "mail", desk.address)


def test_nothing_is_left_open(shared, desk):
    """Neither of connections that were dropped, nor of files under large messages."""

    def files():
        return len(os.listdir(f"/proc/{shared.pid}/fd"))

    shared.send("kim@example.net", desk.address, mail())
    before = files()
    for _ in range(20):
        for stage in STAGES:
            session = shared.session()
            advance(session, stage, desk.address)
            if stage == "body":
                for _ in range(10):
                    session.body(b"x" * 60_000)
            session.close(quit_first=False)
    wait_for(lambda: files() <= before, "all files are closed")


HALVES = {
    "nothing": b"",
    "half-a-length": b"\0\0",
    "no-command": struct.pack(">I", 5),
    "half-a-command": struct.pack(">I", 500) + b"Mkim@",
}


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("stage", ["connect", "rcpt", "body"])
def test_half_a_packet(shared, desk, healthy, half, stage):
    """It holds nobody else up while its other half is missing."""
    session = shared.session()
    advance(session, stage, desk.address)
    session.raw(HALVES[half])
    assert not shared.send("kim@example.net", "bob@example.test", mail()).edits
    session.close(quit_first=False)


def packet(command, data=b""):
    return struct.pack(">I", len(data) + 1) + command + data


GARBAGE = {
    "zeros": bytes(64),
    "ones": b"\xff" * 64,
    "huge-length": struct.pack(">I", 0x7FFFFFFF) + b"B" + b"x" * 1000,
    "too-large-for-a-packet": struct.pack(">I", 70_000) + b"B" + b"x" * 69_999,
    "negative-length": struct.pack(">I", 0xFFFFFFFF) + b"B" + b"x" * 1000,
    "smtp": b"EHLO client.example.net\r\nMAIL FROM:<kim@example.net>\r\n",
    "http": b"GET / HTTP/1.1\r\nHost: example.net\r\n\r\n",
    "unknown-command": packet(b"~", b"what\0"),
    "empty-mail": packet(b"M"),
    "no-end-in-mail": packet(b"M", b"<kim@example.net>"),
    "no-end-in-rcpt": packet(b"R", b"<kim@example.net>"),
    "half-a-header": packet(b"L", b"Subject"),
    "half-a-macro": packet(b"D", b"M{auth_authen}"),
    "empty-macro": packet(b"D"),
    "connect-without-address": packet(b"C", b"host\0004"),
    "connect-with-nonsense": packet(b"C", b"host\x004\0\x19not-an-address\0"),
    "negotiation-again": packet(b"O", struct.pack(">III", 6, 0x1FF, 0x1FFFFF)),
    "short-negotiation": packet(b"O", b"\0\0\0\6"),
    "random": random.Random(1).randbytes(5000),
}


@pytest.mark.parametrize("stage", ["nothing", "connect", "rcpt", "header", "body"])
@pytest.mark.parametrize("garbage", GARBAGE)
def test_garbage(shared, desk, healthy, stage, garbage):
    session = shared.session(greet=stage != "nothing")
    if stage != "nothing":
        advance(session, stage, desk.address)
    with contextlib.suppress(Closed):
        session.raw(GARBAGE[garbage])
    session.close(quit_first=False)


# Commands by their letters, in an order that no mail server has.
DISORDER = (
    "M",
    "MRTLNBE",
    "OM",
    "OMRTLNBE",
    "OCR",
    "OCT",
    "OCE",
    "OCB",
    "OCMT",
    "OCMTLNBE",
    "OCUR",
    "OCURT",
    "OCUTLNE",
    "OCUTNBE",
    "OCUBE",
    "OUMRTLNBE",
    "OUTNE",
    "OCMRTLNBEE",
    "OCMRTNELNBE",
    "OCMRTTNBE",
    "OCMRTNNBE",
    "OCMRTNBLNBE",
    "OCCMRTLNBE",
    "OCMMRTLA",
    "CMRTLNBE",
    "QMRT",
    "OCKMRTNE",
    "OCKKCMR",
    "OKMRTNE",
)


@pytest.mark.parametrize("daemon", ["mx.example.test", "second-door"])
@pytest.mark.parametrize("letters", DISORDER)
def test_disorder(shared, new_desk, letters, daemon):
    desk = new_desk(shared)
    data = {
        "O": struct.pack(">III", 6, 0x1FF, 0x1FFFFF),
        "C": b"client.example.net\x004\x9c\x40192.0.2.7\0",
        "M": f"<{letters}@{daemon}>\0".encode(),
        "R": f"<{desk}>\0".encode(),
        "L": f"Subject\0 {letters} {daemon}\0".encode(),
        "B": b"Body\r\n",
        "U": b"XYZZY\0",
    }
    before = shared.count()
    session = shared.session(greet=False, deadline=5)
    with contextlib.suppress(Closed):
        for letter in letters + "Q":
            if letter == "C":
                session.packet("D", b"C{daemon_name}\0" + daemon.encode() + b"\0")
            session.packet(letter, data.get(letter, b""))
    got = session.wait_closed()
    session.close(quit_first=False)
    # Nothing is accepted but what is recorded; the first "a" may be one.
    assert got.count("a") <= shared.count() - before <= 1
    assert shared.is_running(), "it fell"
    assert shared.send("kim@example.net", desk.address, mail()).accepted


def test_a_server_that_says_nothing_at_data(shared, desk):
    """Older protocols have no DATA; what is ours is taken in all the same."""
    before = shared.count()
    with shared.session() as session:
        for rcpt in (desk.address, "bob@example.test"):
            session.envelope("kim@example.net", rcpt)
            session.content(mail("Without DATA"))
            assert session.eom().accepted
    assert shared.count() == before + 1
    assert shared.last()["subject"] == "Without DATA"
