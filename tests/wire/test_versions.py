# SPDX-License-Identifier: BSD-2-Clause
"""What operators read where the message itself is another version: a mail of the outbox, checked by
another reader of mail than the filter's own."""

import email
import email.policy

import pytest

from filter import mail
from milter import split

STRICT = email.policy.SMTP.clone(raise_on_defect=True)


@pytest.fixture
def ticket(shared, desk):
    """A ticket at the desk, of Kim's: its number."""
    shared.run("department", "set", desk.name, "title", "Example Support")
    assert shared.send("kim@example.net", desk.address, mail("Printer")).accepted
    return shared.last()["ticket"]


class Copy:
    """The mail of the outbox that a message has, as the courier will find it."""

    def __init__(self, site, message):
        (row,) = site.rows("SELECT * FROM outbox WHERE message = ? AND kind = 'copy'", message)
        self.number, self.ticket, self.sender = row["number"], row["ticket"], row["sender"]
        self.recipients = {
            one["address"]: one["state"]
            for one in site.rows("SELECT * FROM outbox_recipient WHERE outbox = ?", self.number)
        }
        self.data = b"".join(
            self._piece(site, one)
            for one in site.rows(
                "SELECT * FROM outbox_piece WHERE outbox = ? ORDER BY position", self.number
            )
        )
        self.parsed = email.message_from_bytes(self.data, policy=STRICT)
        self.head, _, self.body = self.data.partition(b"\r\n\r\n")

    def _piece(self, site, row):
        bytes_ = row["bytes"]
        if bytes_ is None:
            bytes_ = site.archived(row["message"])[row["begin"] :][: row["size"]]
        assert len(bytes_) == row["size"]
        return bytes_

    @property
    def names(self):
        return [name for name, _ in split(self.data)[0]]


def recipients(result, kind):
    return [edit.name.strip("<>") for edit in result.edits if edit.kind == kind]


def stamp(site, number):
    instance = site.value("SELECT instance FROM site")
    return f"{instance} {number} {site._hmac(f'outbox:{instance}:{number}')[:16].hex()}"


LINE = "Löschwasser, Zeile {}\r\n.\r\n..\r\n"


def answer(shared, desk, ticket, body, cc=""):
    subject = f"Re: {shared.ticket_id(ticket)} [note] =?utf-8?q?Dr=C3=BCcker?="
    head = (
        "Received: from desk.inside.example\r\n\tby mail.example.test; Sun, 22 Nov 2026\r\n"
        "X-Odd:no space,\r\n   odd fold\r\n"
        f"from: Jane Doe <{desk.jane}>\r\n"
        f"To: {desk}\r\n{cc}"
        f"Subject: {subject}\r\n"
        f"Message-ID: <version.{desk.name}@example.test>\r\n"
        "Reply-To: jane@home.example\r\n"
        "X-Odd:  again \r\n"
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
        "Content-Transfer-Encoding: 8bit\r\n\r\n"
    )
    return (head + body).encode()


def test_answer(shared, desk, ticket):
    """Its body lies in several pieces of the archive."""
    message = answer(shared, desk, ticket, "".join(LINE.format(i) for i in range(15000)))
    assert len(message) > 256 * 1024
    result = shared.send(desk.jane, desk.address, message, login=desk.jane)
    assert result.accepted
    number = shared.last()["number"]
    copy = Copy(shared, number)
    assert recipients(result, "rcpt") == ["kim@example.net"]
    assert copy.recipients == {desk.joe: "waiting"}
    assert (copy.ticket, copy.sender) == (ticket, shared.bounce_address(desk.address, ticket))
    assert shared.copies(number) == {"kim@example.net", desk.joe}
    # The body, and the fields that nobody spoke of, are what they were.
    is_same = copy.body == message.partition(b"\r\n\r\n")[2]  # not to be told in full
    assert is_same
    assert copy.names[:8] == ["Received", "X-Odd", "From", "To", "Subject", "Message-ID", "Reply-To", "X-Odd"]
    came, left = (split(data)[0] for data in (message, copy.data))
    kept = [pair for pair in came if pair[0] not in ("from", "Subject", "Reply-To")]
    assert [pair for pair in left if pair in came] == kept
    # The others are ours.
    parsed = copy.parsed
    (sender,) = parsed["From"].addresses
    assert (sender.display_name, sender.addr_spec) == ("Jane Doe via Example Support", desk.address)
    assert parsed["Reply-To"] == desk.address
    assert parsed["Subject"] == f"Re: {shared.ticket_id(ticket)} Drücker"
    assert parsed["X-Original-From"] == f"Jane Doe <{desk.jane}>"
    assert parsed["X-Original-Reply-To"] == "jane@home.example"
    assert parsed["X-Counterfoil-Kind"] == "answer"
    assert parsed["X-Counterfoil-Loop"] == stamp(shared, copy.number)
    is_same = parsed.get_content().splitlines() == copy.body.decode().splitlines()
    assert is_same


def test_answer_comes_again(shared, desk, ticket):
    """Its edits were interrupted: the customer gets it now, the operators once."""
    message = answer(shared, desk, ticket, "Use water.\r\n", cc=f"Cc: {desk.joe}\r\n")
    to = [desk.address, desk.joe]
    first, again = (shared.send(desk.jane, to, message, login=desk.jane) for _ in range(2))
    for result in (first, again):
        assert result.accepted
        assert recipients(result, "rcpt") == ["kim@example.net"]
        assert recipients(result, "norcpt") == [desk.joe, desk.address]
    assert Copy(shared, shared.last()["number"]).recipients == {desk.joe: "waiting"}


def test_bystander(shared, desk):
    """Their message keeps its sender; the operators' has the words, and leads to the role address."""
    message = mail("Printer", Cc="Friend <friend@example.org>")
    result = shared.send("kim@example.net", [desk.address, "friend@example.org"], message)
    assert result.accepted
    row = shared.last()
    copy = Copy(shared, row["number"])
    assert [(edit.kind, edit.name) for edit in result.edits] == [
        ("add", "X-Counterfoil-Loop"),
        ("change", "Subject"),
        ("norcpt", f"<{desk}>"),
    ]
    assert copy.recipients == {desk.jane: "waiting", desk.joe: "waiting"}
    assert copy.sender == shared.bounce_address(desk.address, row["ticket"])
    assert copy.parsed["Subject"] == f"{shared.ticket_id(row['ticket'])} Printer"
    assert copy.parsed["X-Original-Cc"] == '"Friend" <friend@example.org>'
    assert "Cc" not in copy.parsed
    assert copy.body == message.partition(b"\r\n\r\n")[2]


def test_no_body(shared, desk, ticket):
    message = answer(shared, desk, ticket, "")
    assert shared.send(desk.jane, desk.address, message, login=desk.jane).accepted
    copy = Copy(shared, shared.last()["number"])
    assert copy.body == b"" and copy.data.endswith(b"\r\n\r\n")


def test_nothing_is_left_of_what_was_not_recorded(new_filter):
    """A transaction that fails takes the mail with it."""
    site = new_filter()
    to = [site.department("support", "jane@example.test"), "friend@example.org"]
    with site.opened() as database:
        database.execute(
            "CREATE TRIGGER full BEFORE INSERT ON outbox_piece BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    site.expect("no")
    assert site.send("kim@example.net", to, mail()).reply.verdict == "tempfail"
    assert (site.count(), site.value("SELECT count(*) FROM outbox")) == (0, 0)
