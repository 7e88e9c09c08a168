# SPDX-License-Identifier: BSD-2-Clause
"""What the courier hands to a real Postfix, which has the filter in its way."""

import re

import pytest

from desk import Desk
from lab import free_port, wait_for
from outbox import Outbox

NOTICE = b"Subject: Hello\r\n\r\nThis is a notice.\r\n"
# What Postfix adds to mail of its own clients, unless it is there.
HEADER = (
    b"From: support@example.test\r\nTo: you@example.net\r\nSubject: Bytes\r\n"
    b"Date: Mon, 23 Nov 2026 09:00:00 +0000\r\nMessage-ID: <bytes@example.test>\r\n\r\n"
)


@pytest.fixture(scope="module")
def pair(new_pair):
    pair = new_pair()
    pair.outbox = Outbox(pair.site.folder / "data" / "counterfoil.db")
    return pair


@pytest.fixture
def desk(pair):
    return Desk(pair)


def delivered(pair, number, *rcpts):
    """What each recipient got; the outbox knows that Postfix has it."""
    pair.outbox.wait(number, "sent")
    pair.postfix.wait_empty()
    got = [pair.postfix.mailbox(rcpt) for rcpt in rcpts]
    assert [len(box) for box in got] == [1] * len(rcpts)
    return [box[0] for box in got]


CONTENTS = {
    "dots": b".\r\n..\r\n.a\r\n...\r\n . \r\n.\r\n",
    "another mail": b"a\r\n.\r\nMAIL FROM:<>\r\n.\r\n.\r\nQUIT\r\n",
    "no final line end": b"the end",
    "eight bits": b"\x80\xff\xc3\xa4\r\n",
    "NUL": b"a\0b\r\n\0\r\n",
    "controls": b"\x01\x07\x08\x0b\x0c\x1a\x1b\x7f\r\n",
    "a long line": b"x" * 900 + b"\r\n",
    "many lines": b".x\r\n" * 100_000,
}


@pytest.mark.parametrize("name", CONTENTS)
def test_every_byte_is_delivered(pair, desk, name):
    data = HEADER + CONTENTS[name]
    rcpt = f"kim-{desk.number}@example.test"
    number = pair.outbox.put(data, rcpt)
    (mail,) = delivered(pair, number, rcpt)
    whole = data if data.endswith(b"\r\n") else data + b"\r\n"
    assert mail.data.endswith(b"\r\n" + whole)
    # Above it stands what servers write on the way.
    above = mail.data[: -len(whole)]
    assert {line.partition(b":")[0] for line in re.split(rb"\r\n(?![ \t])", above) if line} <= {
        b"Return-Path",
        b"Delivered-To",
        b"X-Original-To",
        b"Received",
    }
    assert mail.sender == ""


def test_line_ends_that_smtp_has_not(pair, desk):
    """No second mail comes of them."""
    body = b"a\n.\nb\r\n.\nc\r.\rd\n.\r\nMAIL FROM:<eve@example.org>\r\n\r.\r\nQUIT\r\n"
    rcpt = f"kim-{desk.number}@example.test"
    number = pair.outbox.put(HEADER + body, rcpt)
    (mail,) = delivered(pair, number, rcpt)
    assert mail.body == (
        b"a\r\n.\r\nb\r\n.\r\nc . d\r\n.\r\nMAIL FROM:<eve@example.org>\r\n .\r\nQUIT\r\n"
    )


def test_sender_and_recipients(pair, desk):
    rcpts = [f"op{i}-{desk.number}@example.test".replace("op", f"op-{i}.") for i in range(3)]
    number = pair.outbox.put(NOTICE, rcpts, f"{desk.role}".replace("@", "+7-abcde@"), "copy")
    for mail in delivered(pair, number, *rcpts):
        assert mail.sender == desk.role.replace("@", "+7-abcde@")
        assert mail.body == b"This is a notice.\r\n"


def test_addresses_outside_ascii(pair, desk):
    rcpt = f"user-jürgen-{desk.number}@example.test"
    number = pair.outbox.put(NOTICE, rcpt)
    (mail,) = delivered(pair, number, rcpt)
    assert "SMTPUTF8" in mail.mail_params


def test_one_recipient_is_unknown(pair, desk):
    good, bad = f"kim-{desk.number}@example.test", f"nobody-{desk.number}@example.test"
    number = pair.outbox.put(NOTICE, [good, bad])
    pair.outbox.wait(number, "sent", "failed")
    assert pair.outbox.states(number) == {good: "sent", bad: "failed"}
    pair.postfix.wait_empty()
    assert len(pair.postfix.mailbox(good)) == 1
    details = [event["detail"] for event in pair.outbox.failures()]
    (detail,) = [detail for detail in details if bad in detail]
    assert detail.startswith(f"acknowledge {bad}: 550 5.1.1 <{bad}>: Recipient address rejected")


def test_fifty_mails_by_one_connection(pair, desk):
    rcpt = f"kim-{desk.number}@example.test"
    mark = pair.postfix.log_size()
    numbers = pair.outbox.put_many([NOTICE] * 50, rcpt)
    for number in numbers:
        pair.outbox.wait(number, "sent")
    log = pair.postfix.log(mark)
    port = r"postfix/smtpd\["
    assert len(re.findall(rf"{port}\d+\]: connect from ", log)) == 1, log
    assert len(pair.postfix.wait_mailbox(rcpt, 50)) == 50
    # It takes its leave.
    pair.postfix.wait_log(rf"{port}\d+\]: disconnect from .* mail=50 .*quit=1", mark, 20)


def test_postfix_is_stopped_and_comes_back(pair, desk):
    pair.site.expect("^error: mail server: ")
    rcpt = f"kim-{desk.number}@example.test"
    mark = pair.site.log_size()
    pair.postfix.stop(keep=True)
    numbers = pair.outbox.put_many([NOTICE] * 5, rcpt)
    pair.site.wait_log("mail server: ", mark)
    assert {state for number in numbers for state in pair.outbox.states(number).values()} == {"waiting"}
    pair.postfix.start()
    for number in numbers:
        pair.outbox.wait(number, "sent", deadline=60)
    assert len(pair.postfix.wait_mailbox(rcpt, 5)) == 5
    pair.postfix.wait_empty()
    assert len(pair.postfix.mailbox(rcpt)) == 5


def test_killed_between_the_commit_and_the_sending(new_pair):
    """The customer has their acknowledgement, the other operator their version, once."""
    nobody = f"smtp://127.0.0.1:{free_port()}"
    pair = new_pair(settings={"mail": {"submit": nobody}})
    pair.site.expect("^error: mail server: ")
    desk = Desk(pair)
    sent = desk.customer_sends(desk.from_kim(Subject="Printer on fire"))
    assert sent.code == 250
    wait_for(lambda: desk.got(desk.jane), "jane's copy")
    ticket = desk.ticket_of(desk.last(desk.jane))
    assert desk.operator_sends(desk.by(desk.jane, ticket)).code == 250
    wait_for(lambda: desk.got(desk.kim), "the answer")
    pair.site.kill()
    assert desk.notices(desk.kim) == [] and len(desk.got(desk.joe)) == 1
    pair.site.write_conf(mail={"submit": f"smtp://127.0.0.1:{pair.postfix.port}"})
    pair.site.start()
    pair.site.wait_sent(pair.postfix, 0)
    pair.postfix.wait_empty()
    assert [notice.header("Subject")[: len(ticket.id)] for notice in desk.notices(desk.kim)] == [ticket.id]
    assert len(desk.got(desk.kim)) == 1
    assert desk.last(desk.joe, 2).header("From").startswith('"jane-')


def test_a_login_at_the_submission_service(pair, new_site, desk):
    url = f"smtp://helpdesk%40example.test:secret@127.0.0.1:{pair.postfix.submission_port}"
    site = new_site(settings={"mail": {"submit": url}})
    outbox = Outbox(site.folder / "data" / "counterfoil.db")
    rcpt = f"kim-{desk.number}@example.test"
    number = outbox.put(NOTICE, rcpt)
    outbox.wait(number, "sent")
    assert len(pair.postfix.wait_mailbox(rcpt)) == 1
    pair.postfix.wait_log("sasl_username=helpdesk@example.test")
