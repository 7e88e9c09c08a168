# SPDX-License-Identifier: BSD-2-Clause
"""The archive holds what was sent, byte for byte: whatever a client puts into a message, and whatever
edits the copies went out with."""

import base64
import random
import subprocess

import dkim
import pytest

from desk import mail
from shown import as_shown

HEADER = (
    "From: Kim Customer <{kim}>\r\nTo: {role}\r\nSubject: {name}\r\n"
    "Date: Mon, 23 Nov 2026 09:00:00 +0000\r\nMessage-ID: <{name}-{number}@client.example.net>\r\n"
)


def header_of(desk, name):
    return HEADER.format(
        kim=desk.kim, role=desk.role, name=name.replace(" ", "-"), number=desk.number
    ).encode()


def archived(desk):
    """The raw bytes of the desk's only message."""
    return desk.ticket_of(desk.last(desk.jane)).raw()


# What follows the header lines above. Nothing of it is what Postfix adds for clients of its own.
CONTENTS = {
    "plain": b"\r\nbody\r\n",
    "white space everywhere": b"X-A:b\r\nX-B:\r\nX-C: \r\nX-D:\tc \t\r\nX-E:  d\r\n\r\n \r\n\t\r\n",
    "folds of every kind": b"X-A: a\r\n b\r\n\tc\r\n  d\r\n \t e\r\nX-B:\r\n f\r\n\r\nbody\r\n",
    "a fold of blanks": b"X-A: a\r\n \r\n b\r\n\r\nbody\r\n",
    "the same field many times": b"X-A: 1\r\nx-a: 2\r\nX-a: 3\r\nX-A: 4\r\n\r\nbody\r\n",
    "odd field names": b"x: 1\r\nX_a!#$%: 2\r\nA-Very-Long-Name-" + b"x" * 200 + b": 3\r\n\r\nbody\r\n",
    "blanks before the colon": b"X-A : b\r\nX-B\t: c\r\n\r\nbody\r\n",
    "eight bits": b"X-A: \x80\xff \xc3\xa4\r\n\r\n\x80\xff\xc3\xa4\r\n",
    "controls": b"X-A: \x01\x07\x0b\x0c\x1b\x7f\r\n\r\n\x01\x07\x08\x0b\x0c\x1b\x7f\r\n",
    "NUL in the body": b"\r\na\0b\r\n\0\r\n\0\0\r\n",
    "NUL in a header": b"X-A: b\0c\r\nX-B: d\r\n\r\nbody\r\n",
    "NUL in a name": b"X-\0A: b\r\nX-B: d\r\n\r\nbody\r\n",
    "bare LF in the body": b"\r\na\nb\n\nc\r\n",
    "bare LF in the header": b"X-A: b\nX-B: c\r\n\r\nbody\r\n",
    "bare CR": b"X-A: b\rc\r\n\r\nb\rc\r\r\nd\r\r\r\n",
    "LF, dot, LF": b"\r\na\n.\nb\r\n",
    "dots": b"\r\n.\r\n..\r\n.a\r\n...\r\n . \r\n",
    "no final line end": b"\r\nthe end",
    "a final bare CR": b"\r\nthe end\r",
    "many empty lines": b"\r\n" * 100,
    "no body": b"",
    "an empty body": b"\r\n",
    "no empty line": b"this is no header\r\nbody\r\n",
    "From_ in the body": b"\r\nFrom me\r\n>From you\r\n",
    "a line of 998": b"X-A: " + b"x" * 993 + b"\r\n\r\n" + b"x" * 998 + b"\r\n",
    "a line of a million": b"\r\n" + b"x" * 1000000 + b"\r\nend\r\n",
    "a header line of 50000": b"X-A: " + b"x" * 50000 + b"\r\n\r\nbody\r\n",
    "a header line of 70000": b"X-A: " + b"x" * 70000 + b"\r\nX-B: c\r\n\r\nbody\r\n",
    "a header of 150000": b"X-A: a" + b"\r\n x" * 50000 + b"\r\nX-B: c\r\n\r\nbody\r\n",
    "20000 fields": b"".join(b"X-%d: b\r\n" % n for n in range(20000)) + b"\r\nbody\r\n",
    "a megabyte of fields": b"".join(b"X-%d: %s\r\n" % (n, b"b" * 900) for n in range(1100)) + b"\r\n",
    "claims of ours": (
        b"X-Counterfoil-Ticket: 1\r\nX-Counterfoil-Loop: a 1 b\r\nX-Original-From: eve\r\n\r\nbody\r\n"
    ),
    "trace headers": (
        b"Received: from a by b; Mon, 23 Nov 2026 09:00:00 +0000\r\n"
        b"Received: from c\r\n\tby d\r\nDelivered-To: x\r\n\r\nbody\r\n"
    ),
    "what Postfix drops": (
        b"Bcc: eve@example.org\r\nX-A: b\r\nReturn-Path: <a@b>\r\nContent-Length: 5\r\n\r\nBcc: kept\r\n"
    ),
    "MIME, broken": (
        b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n--c--\r\n--b\r\n"
    ),
}


@pytest.mark.parametrize("name", CONTENTS)
def test_the_archive_has_the_bytes_that_were_sent(desk, name):
    data = header_of(desk, name) + CONTENTS[name]
    desk.customer_writes(data, deadline=30)
    raw = archived(desk)
    assert raw == as_shown(data)
    assert desk.last(desk.joe).header("Subject").endswith(" " + name.replace(" ", "-"))


@pytest.mark.parametrize("first", [b"From kim@example.net Mon Nov 23 09:00:00 2026", b">From somebody"])
def test_a_from_line_of_a_mailbox_file(desk, first):
    data = first + b"\r\n" + desk.from_kim(Subject="Hello")
    desk.customer_writes(data)
    assert archived(desk) == as_shown(data)


@pytest.mark.parametrize("name", ["plain", "eight bits", "dots", "folds of every kind"])
def test_the_copies_have_the_same_body(desk, name):
    data = header_of(desk, name) + CONTENTS[name]
    desk.customer_writes(data)
    assert desk.last(desk.jane).body == desk.last(desk.joe).body == data.partition(b"\r\n\r\n")[2]


def test_headers_that_are_not_edited_keep_their_bytes_and_order(desk):
    before = b"X-One:no space\r\nx-two: \t odd  \r\nX-Three: folded\r\n\t here\r\nX-One: again\r\n"
    data = before + desk.from_kim(Subject="Hello") + b"\r\n"
    desk.customer_writes(data)
    copy = desk.last(desk.jane).data
    after_received = copy[copy.index(b"\r\nX-One") + 2 :]
    assert after_received.startswith(before)


def test_the_answers_archive_has_what_the_operator_sent(desk):
    """The customer's version was stripped; the record was not."""
    ticket = desk.ask()
    data = desk.from_jane(
        Subject=f"Re: {ticket.id} Printer on fire", User_Agent="JaneMail", Organization="Jane Ltd"
    )
    desk.operator_writes(data)
    assert ticket.raw() == as_shown(data)


def test_what_postfix_adds_for_its_own_clients_is_in_the_archive(desk):
    """A program of this network that sends no Date and no Message-ID."""
    data = mail(From=desk.kim, To=desk.role, Subject="Disk full", Date=None, Message_ID=None)
    desk.customer_writes(data, client=None)
    raw = archived(desk)
    header, _, body = as_shown(data).partition(b"\r\n\r\n")
    added = raw[len(header) : raw.index(b"\r\n\r\n")].split(b"\r\n")
    assert raw.startswith(header) and raw.endswith(b"\r\n\r\n" + body)
    assert [line.partition(b":")[0] for line in added[1:]] == [b"Message-Id", b"Date"]


# ---- Large ones


def with_attachment(desk, content):
    boundary = "=_boundary"
    body = (
        f"--{boundary}\r\nContent-Type: text/plain\r\n\r\nSee there.\r\n--{boundary}\r\n"
        'Content-Type: application/octet-stream; name="scan.bin"\r\n'
        'Content-Disposition: attachment; filename="scan.bin"\r\n'
        "Content-Transfer-Encoding: base64\r\n\r\n"
    ).encode()
    body += base64.encodebytes(content).replace(b"\n", b"\r\n")
    body += f"--{boundary}--\r\n".encode()
    return desk.from_kim(
        Subject="Scan",
        MIME_Version="1.0",
        Content_Type=f'multipart/mixed; boundary="{boundary}"',
        body=body,
    )


def test_an_attachment_of_25_mebibytes(desk):
    data = with_attachment(desk, random.Random(1).randbytes(25 << 20))
    desk.customer_writes(data, deadline=120)
    copy = desk.last(desk.jane)
    assert copy.body == data.partition(b"\r\n\r\n")[2]
    ticket = desk.ticket_of(copy)
    assert ticket.raw() == data
    attachments = ticket.messages[0]["attachments"]
    assert [(one["name"], one["size"]) for one in attachments] == [("scan.bin", 25 << 20)]
    assert ticket.messages[0]["size"] == len(data)


def test_a_message_that_is_too_large(desk):
    """64 MiB is what the filter takes; Postfix of these tests takes a little more."""
    data = desk.from_kim(Subject="Huge", body=(b"x" * 998 + b"\r\n") * 68000)
    sent = desk.customer_sends(data, deadline=120)
    assert (sent.code, sent.text[:5]) == (552, "5.3.4"), sent
    assert desk.tickets() == []
    desk.customer_writes(desk.from_kim(Subject="Small"))
    assert len(desk.tickets()) == 1


# ---- Signatures


@pytest.fixture(scope="module")
def signer(tmp_path_factory):
    """A function that signs a message as example.net, and one that gives the public key."""
    key = tmp_path_factory.mktemp("dkim") / "key"
    openssl = {"check": True, "capture_output": True}
    subprocess.run(["openssl", "genrsa", "-traditional", "-out", key, "1024"], **openssl)
    public = subprocess.run(["openssl", "rsa", "-in", key, "-pubout", "-outform", "DER"], **openssl)
    record = b"v=DKIM1; k=rsa; p=" + base64.b64encode(public.stdout)
    private = key.read_bytes()

    def sign(data, canonicalize):
        canon = tuple(part.encode() for part in canonicalize.split("/"))
        signature = dkim.sign(data, b"test", b"example.net", private, canonicalize=canon)
        return signature + data

    return sign, lambda name, timeout=5: record


@pytest.mark.parametrize("canonicalize", ["simple/simple", "relaxed/relaxed"])
def test_a_signature_verifies_from_the_archive(desk, signer, canonicalize):
    sign, record = signer
    data = sign(
        desk.from_kim(
            Subject="=?utf-8?q?br=C3=A4nnt?=\r\n\tfolded  and\t odd ",
            Cc="a@example.net,\r\n   b@example.net",
            MIME_Version="1.0",
            Content_Type="text/plain; charset=utf-8",
            body=b"Trailing blanks  \r\n.dots\r\n\r\n8 bit: \xc3\xa4\r\n\r\n\r\n",
        ),
        canonicalize,
    )
    assert dkim.verify(data, dnsfunc=record)
    desk.customer_writes(data)
    raw = archived(desk)
    assert dkim.verify(raw, dnsfunc=record)
    assert raw == data
    # The test can tell: what the operators got, with its Subject tagged, does not verify.
    assert not dkim.verify(desk.last(desk.jane).data, dnsfunc=record)
