# SPDX-License-Identifier: BSD-2-Clause
"""Acknowledgements: in whose words, how many, and as a second reader of mail sees them."""

import email
import email.policy
import re

import pytest

from filter import mail, together

KIM = "kim@example.net"
PROOF = "Authentication-Results: mx.example.test; dmarc=pass header.from=example.net\r\n"
EVERYTHING = (
    "Subject: %{subject} for %{requester}\n\n"
    "%{ticket} %{id} %{title} %{role}\n%{requester}\n%{subject}\n%{expected}\n%{operator}\n"
)


@pytest.fixture
def filter(peer, new_courier):
    """It believes a verifier, and peer gets what it sends."""
    return new_courier(peer, authserv_id="mx.example.test")


@pytest.fixture
def desk(filter, new_desk):
    return new_desk(filter)


def parsed(raw):
    """As Python's email reads it, which complains of nothing."""
    assert b"\n" not in raw.replace(b"\r\n", b"") and b"\r" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    message = email.message_from_bytes(raw, policy=email.policy.default.clone(raise_on_defect=True))
    for name, value in message.items():
        assert not value.defects, (name, value, value.defects)
    return message


def acknowledged(filter, peer, sender, role, message, **options):
    """Sends it; what its author is sent."""
    result = filter.send(sender, role, message, **options)
    assert result.accepted, result
    (taken,) = peer.wait_taken()
    assert (taken.sender, taken.rcpts) == ("", (KIM,))
    return taken.data


def set_template(filter, desk, text):
    with filter.opened() as database:
        database.execute(
            "INSERT INTO department_template (department_id, kind, text) "
            "SELECT id, 'acknowledge', ? FROM department WHERE name = ?", (text, desk.name)
        )


# ---- In whose words


def canary(desk, head=""):
    """A message with a certain word wherever its sender may write one."""
    return (
        head
        + "Return-Path: <canary-path@example.net>\r\n"
        "Received: from canary.example.net (canary) by mx.example.test with canary; "
        "Mon, 2 Mar 2026 10:00:00 +0000\r\n"
        f'From: "Canary \\"Name\\"" <{KIM}> (canary comment)\r\n'
        "Sender: Canary Secretary <canary-secretary@example.net>\r\n"
        "Reply-To: Canary Reply <canary-reply@example.org>, =?utf-8?q?C=61nary?= <c@example.org>\r\n"
        f"To: Canary Desk <{desk.address}>, Canary Group: canary-a@example.net;\r\n"
        "Cc: Canary Copy <canary-cc@example.net>, canary-out@example.org\r\n"
        "Subject: =?utf-8?B?Q2FuYXJ5?= canary =?utf-8?Q?C=41NARY?= [Canary #7]\r\n"
        "Date: Mon, 2 Mar 2026 10:00:00 +0000 (canary)\r\n"
        "Message-ID: <canary-id@canary.example.net>\r\n"
        "In-Reply-To: <canary-parent@canary.example.net>\r\n"
        "References: <canary-root@canary.example.net>\r\n <canary-parent@canary.example.net>\r\n"
        "Thread-Topic: canary\r\n"
        "Thread-Index: Y2FuYXJ5\r\n"
        "Organization: Canary\r\n"
        "Keywords: canary\r\n"
        "Comments: canary\r\n"
        "X-Counterfoil-Note: canary\r\n"
        "X-Counterfoil-Loop: canary 1 00000000000000000000000000000000\r\n"
        "X-Canary: canary\r\n"
        "Canary: canary\r\n"
        "MIME-Version: 1.0 (canary)\r\n"
        'Content-Type: multipart/mixed; boundary="canary-boundary"; canary="canary"\r\n'
        "\r\n"
        "canary preamble\r\n"
        "--canary-boundary\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
        "\r\n"
        f"Canary %{{subject}} canary for {desk.name}.\r\n"
        "--canary-boundary\r\n"
        'Content-Type: application/octet-stream; name="canary.bin"\r\n'
        'Content-Disposition: attachment; filename="canary.exe"\r\n'
        "Content-Description: canary\r\n"
        "Content-ID: <canary-part@canary.example.net>\r\n"
        "\r\n"
        "canary\r\n"
        "--canary-boundary--\r\n"
        "canary epilogue\r\n"
    ).encode()


def spoken(raw):
    """All that it says: its bytes, and its header and text decoded."""
    message = parsed(raw)
    decoded = [f"{name}: {value}" for name, value in message.items()]
    return "\n".join([raw.decode("utf-8"), *decoded, message.get_content()]).lower()


@pytest.mark.parametrize("template", [None, EVERYTHING], ids=["built in", "everything"])
@pytest.mark.parametrize("result", ["", PROOF.replace("mx.", "my.")], ids=["no", "another's"])
def test_nobody_is_told_what_nobody_has_proven_to_have_written(filter, peer, desk, template, result):
    if template:
        set_template(filter, desk, template)
    with filter.session(name="canary.example.net") as session:
        sent = session.send(
            "canary-envelope@example.net", desk.address, canary(desk, result),
            parameters=["ENVID=canary"],
        )
    assert sent.accepted
    assert "canary" in filter.last()["subject"].lower()
    (taken,) = peer.wait_taken()
    assert "canary" not in repr(taken).lower()
    assert "canary" not in spoken(taken.data)
    message = parsed(taken.data)
    assert taken.rcpts == (KIM,) and message["To"] == KIM
    assert message["Subject"].startswith(filter.ticket_id(filter.last()["ticket"]))
    assert message["In-Reply-To"] is None and message["References"] is None


def test_whoever_is_proven_reads_their_own_words(filter, peer, desk):
    """The same message; else the other test would find nothing whatever happened."""
    set_template(filter, desk, EVERYTHING)
    raw = acknowledged(filter, peer, KIM, desk.address, canary(desk, PROOF))
    message = parsed(raw)
    assert message["To"] == f'"Canary \\"Name\\"" <{KIM}>'
    subject = "Canary canary CANARY [Canary #7]"
    assert message["Subject"] == f"Re: {filter.ticket_id(filter.last()['ticket'])} {subject}"
    assert message["In-Reply-To"] == "<canary-id@canary.example.net>"
    assert message["References"].split() == [
        "<canary-root@canary.example.net>",
        "<canary-parent@canary.example.net>",
        "<canary-id@canary.example.net>",
    ]
    assert subject in message.get_content()
    assert 'Canary "Name"' in message.get_content()
    for word in ("secretary", "reply", "desk", "group", "copy", "preamble", "envelope", "part"):
        assert f"canary {word}" not in spoken(raw) and f"canary-{word}" not in spoken(raw)


# ---- As a second reader sees it


def test_shape(filter, peer, desk):
    filter.run("department", "set", desk.name, "title", "Büro für Größe")
    message = mail("Größe " * 30, to=desk.address, References=" ".join(
        f"<{'r' * 60}{number}@example.net>\r\n" for number in range(60)
    ).rstrip()).replace(b"Kim Customer", "Jörg Küster".encode())
    raw = acknowledged(filter, peer, KIM, desk.address, PROOF.encode() + message)
    got = parsed(raw)
    ticket = filter.last()["ticket"]
    assert got["Subject"] == f"Re: {filter.ticket_id(ticket)} {('Größe ' * 30).strip()}"
    assert got["From"] == f"Büro für Größe <{desk.address}>"
    assert got["To"] == f"Jörg Küster <{KIM}>"
    assert got["Auto-Submitted"] == "auto-replied"
    assert got["X-Auto-Response-Suppress"] == "All"
    assert re.fullmatch(r"\S+ \d+ [0-9a-f]{32}", got["X-Counterfoil-Loop"])
    assert got["MIME-Version"] == "1.0"
    assert got.get_content_type() == "text/plain" and got.get_param("format") == "flowed"
    assert got["Date"].datetime.tzinfo is not None
    references = got["References"].split()
    assert 3 <= len(references) < 60
    assert references[0] == f"<{'r' * 60}0@example.net>"
    assert references[-1] == got["In-Reply-To"] == f"<{filter.last()['message_id']}>"
    (row,) = filter.rows("SELECT * FROM outbox WHERE ticket = ?", ticket)
    assert row["sender"] == "" and got["Message-ID"] == f"<{row['message_id']}>"


# ---- How many


def flood(filter, role, senders):
    """A mail of each, by 20 connections at the same time."""

    def send(part):
        with filter.session() as session:
            for sender in senders[part::20]:
                result = session.send(sender, role, mail(sender=sender, to=role))
                assert result.accepted, result

    together(20, send)


def told(filter):
    """How often each address was told."""
    rows = filter.rows(
        "SELECT address, count(*) AS times FROM outbox_recipient GROUP BY address"
    )
    return {row["address"]: row["times"] for row in rows}


def kept_back(filter, why):
    return filter.value(
        "SELECT count(*) FROM event WHERE kind = 'suppressed' AND detail LIKE ?", f"%({why})"
    )


def test_a_thousand_mails_in_one_persons_name(filter, peer, desk):
    """They get five, in whatever way their address is written; somebody else gets one."""
    ways = [KIM, "Kim@Example.NET", "kim+a@example.net", "kim+b@example.net", "KIM+A@example.net"]
    flood(filter, desk.address, ways * 200)
    assert filter.count() == 1000
    assert sum(told(filter).values()) == 5
    assert kept_back(filter, "notice_limit") == 995
    assert filter.send("kay@example.net", desk.address, mail(sender="kay@example.net")).accepted
    assert told(filter)["kay@example.net"] == 1
    assert len(peer.wait_taken(6)) == 6
    assert filter.is_sound()


def test_mails_in_the_name_of_many(peer, new_courier, new_desk):
    """All together get no more than the site's limit."""
    filter = new_courier(peer, notice_limit_site="50")
    desk = new_desk(filter)
    flood(filter, desk.address, [f"kim{number}@example.net" for number in range(200)])
    assert filter.count() == 200
    assert sorted(told(filter).values()) == [1] * 50
    assert len(peer.wait_taken(50)) == 50
    assert kept_back(filter, "notice_limit_site") == 150
