# SPDX-License-Identifier: BSD-2-Clause
"""The archive holds the bytes that the filter was shown, all of them and no others."""

import random

import pytest

from filter import mail

KIB, MIB = 1024, 1024 * 1024

HEAD = b"From: kim@example.net\r\nSubject: Bytes\r\n"


MESSAGES = {
    "plain": HEAD + b"\r\nText\r\n",
    "no-final-line-end": HEAD + b"\r\nText",
    "empty-body": HEAD + b"\r\n",
    "no-header": b"\r\nText\r\n",
    "nothing": b"\r\n",
    "empty-lines": HEAD + b"\r\n\r\n\r\n\r\n",
    "spaces-after-the-colon": (
        HEAD + b"A:none\r\nB:  two\r\nC:\ttab\r\nD: \t mixed \t \r\nE:\r\nF: \r\nG:   \r\n\r\nText\r\n"
    ),
    "odd-names": HEAD + b"x:1\r\nX: 2\r\nX!#$%&'*+-/^_`{|}~: 3\r\nSUBJECT: again\r\nsubject:and\r\n\r\nText\r\n",
    "folds": (
        HEAD
        + b"A: one\r\n two\r\n\tthree\r\n   four\r\n \t five\r\nB:\r\n only folded\r\n"
        + b"C: with an empty one\r\n \r\n and more\r\nD:\r\n \r\nReceived: a\r\n\tby b\r\n\r\nText\r\n"
    ),
    "8-bit": HEAD + "X-Ü: Grüße\r\n\r\nGrüße, Ω, 🎫\r\n".encode(),
    "no-utf-8": HEAD + b"X-Latin: caf\xe9 \xff\xfe\xc3(\r\n\r\ncaf\xe9 \x80\x81\xff\r\n",
    "controls": HEAD + b"X-C: a\x01b\x7f\x1b[31mc\r\n\r\n" + bytes(range(256)) + b"\r\n",
    "nul": HEAD + b"\r\n\0\0Text\0more\r\n\0\r\n\0",
    "bare-cr-and-lf": HEAD + b"\r\na\nb\rc\n\rd\r\r\ne\n\nf\r",
    "only-lf": HEAD + b"\r\n\n",
    "dots": HEAD + b"\r\n.\r\n..\r\n.dot\r\n\r\n.\r\n",
    "from-line": HEAD + b"\r\nFrom kim@example.net Sun Nov 22\r\n>From\r\n",
    "long-lines": HEAD + b"X-Long: " + b"y" * 5000 + b"\r\n\r\n" + b"x" * 100_000 + b"\r\n",
    "long-header": HEAD + b"X-Long:" + b" word" * 12_000 + b"\r\n\r\nText\r\n",
    "many-headers": HEAD + b"".join(b"X-%d: %d\r\n" % (i, i) for i in range(3000)) + b"\r\nText\r\n",
    "broken-mime": (
        HEAD + b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!\r\n--b\r\n\r\n--c\r\n"
    ),
    "claims-of-ours": HEAD + b"X-Counterfoil-Kind: answer\r\nX-Counterfoil-Loop: a 1 b\r\n\r\nText\r\n",
}


@pytest.mark.parametrize("name", MESSAGES)
def test_every_byte(shared, desk, name):
    message = MESSAGES[name]
    chunk = 7 if len(message) < KIB else 65535
    assert shared.send(f"{name}@example.net", desk.address, message, chunk=chunk).accepted
    number = shared.last()["number"]
    assert shared.archived(number) == message
    assert shared.raw(number) == message


def test_header_only(shared, desk):
    """No empty line was there, but the mail server says where the header ended."""
    message = HEAD + b"X-Test: header only\r\n"
    assert shared.send("kim@example.net", desk.address, message).accepted
    assert shared.archived(shared.last()["number"]) == message + b"\r\n"


@pytest.mark.parametrize(
    "size, chunk",
    [
        (0, 65535),
        (1, 1),
        (2, 1),
        (999, 1),
        (2000, 7),
        (65534, 65535),
        (65535, 65535),
        (65536, 65535),
        (100_000, 1000),
        # About the place where a message goes to a file, and where a piece ends.
        *((256 * KIB + more, 65535) for more in range(-62, -54)),
        (256 * KIB - 1, 4096),
        (256 * KIB, 4096),
        (256 * KIB + 1, 4096),
        (512 * KIB, 65535),
        (3 * MIB + 1, 65521),
        (30 * MIB, 65535),
    ],
)
def test_every_size(shared, desk, size, chunk):
    head = HEAD + b"X-Test: %d\r\n" % size
    message = head + b"\r\n" + random.Random(size).randbytes(size)
    assert shared.send("kim@example.net", desk.address, message, chunk=chunk).accepted
    number = shared.last()["number"]
    assert shared.archived(number) == message
    sizes = [
        row["size"]
        for row in shared.rows(
            "SELECT length(bytes) AS size FROM message_piece WHERE message = ? ORDER BY piece", number
        )
    ]
    assert all(size == 256 * KIB for size in sizes[:-1]) and 0 < sizes[-1] <= 256 * KIB


def test_a_large_message_after_a_small_one(shared, desk):
    """In one session, and once more the other way around."""
    messages = [mail(body="x" * size) for size in (10, 2 * MIB, 10, 300 * KIB)]
    before = shared.count()
    with shared.session() as session:
        for message in messages:
            assert session.send("kim@example.net", desk.address, message).accepted
    numbers = [row["number"] for row in shared.rows("SELECT number FROM message ORDER BY number")]
    assert [shared.archived(number) for number in numbers[before:]] == messages


def test_the_command_line_gives_large_messages_back(shared, desk):
    message = HEAD + b"\r\n" + random.Random(7).randbytes(5 * MIB)
    assert shared.send("kim@example.net", desk.address, message).accepted
    assert shared.raw(shared.last()["number"]) == message
