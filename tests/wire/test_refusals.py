# SPDX-License-Identifier: BSD-2-Clause
"""What the filter does not take, and the words in which it says so."""

import time

import pytest

from filter import mail

LIMIT = 64 * 1024
HEAD = b"From: kim@example.net\r\nSubject: Large\r\n"
SMTP_LINE = 512


def check_words(reply):
    """One line of SMTP, of printable ASCII."""
    line = f"{reply.code} {reply.status} {reply.text}\r\n"
    assert len(line) <= SMTP_LINE, len(line)
    assert reply.text.isascii() and reply.text.isprintable() and reply.text.strip() == reply.text
    assert reply.status[0] == reply.code[0]


@pytest.fixture(scope="module")
def small():
    """A filter that takes only small messages. Other tests of this file may use it too."""
    from conftest import alive, end
    from filter import Filter

    filter = Filter(name="small messages", settings={"milter": {"max_message": "64K"}})
    alive.append(filter)
    yield filter.start()
    end(filter)


@pytest.mark.parametrize("over", [0, 1, 100_000])
def test_size_of_the_body(small, new_desk, over):
    desk = new_desk(small)
    message = HEAD + b"\r\n" + b"x" * (LIMIT - len(HEAD) - 2 + over)
    before = small.count()
    with small.session() as session:
        result = session.send("kim@example.net", desk.address, message)
        if over:
            assert (result.reply.code, result.reply.status) == ("552", "5.3.4")
            check_words(result.reply)
            assert not result.edits
        else:
            assert result.accepted
        assert small.count() == before + (not over)
        assert session.send("kim@example.net", desk.address, mail()).accepted


def test_size_of_the_header(small, new_desk):
    desk = new_desk(small)
    message = HEAD + b"".join(b"X-%d: %s\r\n" % (i, b"y" * 50) for i in range(2000)) + b"\r\n"
    assert small.send("kim@example.net", desk.address, message).reply.code == "552"
    assert not small.count() or small.last()["subject"] != "Large"


def test_ordinary_mail_of_any_size_is_not_our_business(small):
    with small.session() as session:
        assert session.send("kim@example.net", "bob@example.test", HEAD + b"\r\n" + b"x" * 200_000).accepted


@pytest.mark.parametrize("kind", ["request", "answer", "long answer"])
@pytest.mark.parametrize("same", [False, True], ids=("different", "same"))
def test_flood_of_headers(shared, desk, kind, same):
    """Many headers are slow for nobody: not for us, nor for the mail server, who would have to take
    each of an answer's out."""
    count = 900 if kind == "answer" else 20_000
    flood = b"".join(b"X-%d: y\r\n" % (0 if same else i) for i in range(count))
    assert shared.send("kim@example.net", desk.address, mail("Flood")).accepted
    subject = shared.ticket_id(shared.last()["ticket"])
    sender = "kim@example.net" if kind == "request" else desk.jane
    begun = time.monotonic()
    result = shared.send(
        sender,
        desk.address,
        flood + mail(subject, sender, to=desk.address),
        login=None if kind == "request" else desk.jane,
    )
    took = time.monotonic() - begun
    gone = [edit for edit in result.edits if edit.name.startswith("X-") and edit.value is None]
    if kind == "long answer":
        assert (result.reply.code, result.reply.status) == ("550", "5.6.0")
    else:
        assert result.accepted
    assert len(gone) == (count if kind == "answer" else 0)
    assert took < 20, f"{took:.1f} s"


@pytest.mark.parametrize("subject", ["new", "found"])
def test_operator_without_proof(shared, desk, subject):
    assert shared.send("kim@example.net", desk.address, mail()).accepted
    ticket = shared.ticket_id(shared.last()["ticket"])
    before = shared.count()
    with shared.session() as session:
        message = mail(ticket if subject == "found" else "New", desk.jane, to=desk.address)
        result = session.send(desk.jane, desk.address, message)
        assert (result.reply.code, result.reply.status) == ("550", "5.7.1")
        check_words(result.reply)
        assert not result.edits and shared.count() == before
        result = session.send(desk.jane, desk.address, message, login=desk.joe)
        assert (result.reply.code, result.reply.status) == ("550", "5.7.1")
    assert shared.count() == before


@pytest.mark.parametrize(
    "extension",
    ["100%", "%s%n%d", "%%", "x" * 200, "%" * 200, "x" * 40 + "%" * 150, "ntoe", "é", "\udcff\udcfe"],
    ids=("one", "format", "two", "long", "only", "mixed", "slip", "utf-8", "no-utf-8"),
)
def test_a_command_that_there_is_not(shared, desk, extension):
    local, domain = desk.address.split("@")
    result = shared.send(
        desk.jane, f"{local}+{extension}@{domain}", mail("x", desk.jane), login=desk.jane
    )
    assert result.stage == "eom" and not result.edits
    assert result.reply.verdict in ("reject", "tempfail"), result
    check_words(result.reply)
    if len(extension) < 100 and extension.isascii() and extension.isprintable():
        assert f"+{extension.lower()}" in result.reply.text


def test_a_message_of_ours_does_not_come_back(shared, desk):
    assert shared.send("kim@example.net", desk.address, mail()).accepted
    stamp = shared.stamp(shared.last()["number"])
    before = shared.count()
    result = shared.send("kim@example.net", desk.address, mail("Loop", X_Counterfoil_Loop=stamp))
    assert (result.reply.code, result.reply.status) == ("554", "5.4.6")
    check_words(result.reply)
    assert shared.count() == before
