# SPDX-License-Identifier: BSD-2-Clause
"""All mails of tests/corpus go to a role address, several at a time: every one is accepted, archived
byte for byte, tagged, and handed to the operator."""

import collections
import dataclasses
import email.utils
import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from desk import ID, OUTSIDE, check_letters
from shown import as_shown

CORPUS = Path(__file__).resolve().parents[1] / "corpus"
ROLE = "support@example.test"
OPERATOR = "jane@example.test"
CONNECTIONS = 6


def mails():
    """(name, bytes as they go over the wire) of every message."""
    for path in sorted(CORPUS.rglob("*")):
        if not path.is_file() or path.name in ("SOURCE", "README"):
            continue
        data = path.read_bytes()
        name = str(path.relative_to(CORPUS))
        parts = [data]
        if path.suffix == ".mbox" or data.startswith(b"From "):
            parts = [part for part in re.split(rb"(?m)^From [^\n]*\n", data) if part]
        for number, part in enumerate(parts, 1):
            part = re.sub(rb"\r?\n", b"\r\n", part)
            yield name if len(parts) == 1 else f"{name} #{number}", part


def sender_of(data):
    """The envelope sender that a mail seems to have had: of its Return-Path, else its From."""
    for name in (b"Return-Path", b"From"):
        found = re.search(rb"(?mi)^" + name + rb":[ \t]*([^\r\n]*)", data.partition(b"\r\n\r\n")[0])
        if found and found[1].strip() == b"<>":
            return ""
        address = email.utils.parseaddr(found[1].decode("latin-1"))[1] if found else ""
        if re.fullmatch(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(\.[\w-]+)+", address, re.ASCII):
            return address
    return "kim@example.net"


@dataclasses.dataclass
class Item:
    """One mail and what became of it."""

    name: str
    data: bytes
    sender: str
    sent: object = None
    copies: list = dataclasses.field(default_factory=list)

    @property
    def number(self):
        """The number of its record, which the loop stamp of its copy bears."""
        return int(self.copies[0].header("X-Counterfoil-Loop").split()[1])


def send_all(postfix, items):
    """Sends items[n::CONNECTIONS] on the n-th of several connections."""

    def send_some(start):
        with postfix.client(client=OUTSIDE, deadline=120) as client:
            for item in items[start::CONNECTIONS]:
                item.sent = client.send(item.sender, ROLE, item.data)

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(send_some, range(CONNECTIONS)))


@pytest.fixture(scope="module")
def servers(new_pair):
    """A Postfix that mends no header for its clients."""
    servers = new_pair(main={"local_header_rewrite_clients": ""})
    servers.site.department("support", OPERATOR)
    return servers


@pytest.fixture(scope="module")
def items(servers):
    """All mails, sent and delivered."""
    postfix = servers.postfix
    items = [Item(name, data, sender_of(data)) for name, data in mails()]
    assert len(items) > 850, f"the corpus is not all there: {len(items)} mails"
    send_all(postfix, items)
    postfix.wait_empty(120)
    by_queue_id = {item.sent.queue_id: item for item in items}
    for copy in postfix.mailbox(OPERATOR):
        by_queue_id[re.search(r" id (\w+)", copy.header("Received"))[1]].copies.append(copy)
    return items


def listed(items):
    return "\n".join(f"{item.name}: {item.sent}" for item in items)


def test_every_mail_is_accepted(items):
    refused = [item for item in items if item.sent.code != 250]
    assert not refused, listed(refused)


def test_the_operator_gets_every_mail_once(items):
    wrong = [item for item in items if len(item.copies) != 1]
    assert not wrong, listed(wrong)


def test_every_mail_is_archived_byte_for_byte(items, servers):
    """Through `counterfoil message raw`. Some mails are versions of one another: with the same
    Message-ID, From and body they are one message, of which the first is kept."""
    site = servers.site
    same = collections.defaultdict(list)
    for item in items:
        same[item.number].append(item)
    with ThreadPoolExecutor(2) as pool:
        raws = dict(zip(same, pool.map(site.raw, same)))
    wrong = [
        item
        for number, versions in same.items()
        for item in versions
        if raws[number] not in {as_shown(version.data) for version in versions}
    ]
    assert not wrong, listed(wrong)
    assert len(same) > len(items) * 0.95


def test_every_subject_is_tagged_once(items, servers):
    site = servers.site
    key = (site.folder / "data" / "key").read_bytes()
    for item in items:
        copy = item.copies[0]
        subjects = copy.headers("Subject")
        assert len(subjects) == 1, (item.name, subjects)
        found = re.match(rf"(?:Re: )?{ID.pattern}", subjects[0])
        assert found, (item.name, subjects)
        assert len(ID.findall(subjects[0])) == 1, (item.name, subjects)
        assert found[2] == check_letters(key, int(found[1])), (item.name, subjects)


def test_every_copy_is_well_formed(items):
    """No line over 998 that was none before, no bare CR or LF, the role address as From."""
    for item in items:
        copy = item.copies[0]
        header = copy.data.partition(b"\r\n\r\n")[0]
        assert b"\r" not in header.replace(b"\r\n", b""), item.name
        assert b"\n" not in header.replace(b"\r\n", b""), item.name
        assert copy.header("From").endswith(f"<{ROLE}>"), (item.name, copy.header("From"))
        assert copy.headers("Reply-To") == [ROLE], item.name
        for name, value in copy.fields():
            if name in (b"Subject", b"From") or name.startswith((b"X-Original-", b"X-Counterfoil-")):
                lines = (name + b":" + value).split(b"\r\n")
                assert max(map(len, lines)) <= 998, (item.name, name)


def test_a_null_sender_stays_null(items):
    for item in items:
        sender = item.copies[0].sender
        assert (sender == "") == (item.sender == ""), (item.name, item.sender, sender)
        assert sender == "" or re.fullmatch(r"support\+\d+-[0-9a-z]{5}@example\.test", sender)


def test_every_ticket_can_be_shown(items, servers):
    """Whatever stands in a mail, the command line prints it."""
    site = servers.site
    numbers = [line["number"] for line in site("ticket", "list")]
    assert len(numbers) > 500
    with ThreadPoolExecutor(2) as pool:
        shown = pool.map(lambda number: site("ticket", "show", number), numbers)
        messages = sum(line["type"] == "message" for lines in shown for line in lines)
    assert messages == len({item.number for item in items})


def test_the_record_is_sound(items, servers):
    site = servers.site
    database = site.folder / "data" / "counterfoil.db"
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as record:
        assert record.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert record.execute("PRAGMA foreign_key_check").fetchall() == []
    assert site.complaints() == []
