# SPDX-License-Identifier: BSD-2-Clause
"""Mail to no role address: who did not log in is let go at DATA; of who did, the header is looked
at; and an operator's answer to a customer's own address is caught."""

import contextlib
import struct

import pytest

from filter import mail
from milter import Closed, Edit
from model import Mail, check_deletions, check_form
from test_sessions import DISORDER, STAGES, advance

KIM = "kim@example.net"


def open_ticket(filter, desk):
    assert filter.send(KIM, desk.address, mail("Printer")).accepted
    return filter.last()["ticket"]


@pytest.fixture
def ticket(shared, desk):
    """A ticket at the desk, of Kim's: its number."""
    return open_ticket(shared, desk)


def slip(filter, desk, ticket, **fields):
    """What Jane writes to Kim's own address."""
    fields = {"subject": f"Re: {filter.ticket_id(ticket)} Printer", "to": KIM, **fields}
    return mail(sender=desk.jane, **fields)


def is_caught(filter, desk, result, ticket):
    assert str(result) == "accept at eom"
    row = filter.last()
    assert (row["ticket"], row["kind"], row["author"]) == (ticket, "answer", desk.jane)
    assert filter.copies(row["number"]) == {KIM, desk.joe}
    edits = {edit.name: edit.value for edit in result.edits if edit.kind != "sender"}
    assert edits["From"] == f' "{desk.name.capitalize()}" <{desk}>'
    assert not [edit for edit in result.edits if edit.kind in ("rcpt", "norcpt")]
    assert filter.brought(row["number"]) == [desk.joe]
    return row


def test_an_answer_to_the_customers_own_address(shared, desk, ticket):
    shared.run("department", "set", desk.name, "title", "Example Support")
    message = (
        b"Received: from jane-laptop.example.test; Sun, 22 Nov 2026 10:00:00 +0000\r\n"
        b"From: Jane Doe <" + desk.jane.encode() + b">\r\n"
        b"To: Kim <kim@example.net>\r\n"
        b"Subject: Re: " + shared.ticket_id(ticket).encode() + b" [new sender] Printer\r\n"
        b"Message-ID: <slip-of-" + desk.name.encode() + b"@example.test>\r\n"
        b"User-Agent: Secret Mail 1.0\r\n"
        b"\r\n"
        b"Take a bucket.\r\n"
    )
    result = shared.send(desk.jane, KIM, message, login=desk.jane)
    row = shared.last()
    assert (row["ticket"], row["kind"], row["proof"]) == (ticket, "answer", "login")
    assert result.edits == [
        Edit("add", "X-Counterfoil-Loop", f" {shared.stamp(row['number'])}"),
        Edit("change", "Subject", f" Re: {shared.ticket_id(ticket)} Printer", 1),
        Edit("change", "From", f' "Example Support" <{desk}>', 1),
        Edit("change", "To", ' "Kim Customer" <kim@example.net>', 1),
        Edit("change", "Received", None, 1),
        Edit("change", "User-Agent", None, 1),
        Edit("sender", shared.bounce_address(desk.address, ticket)),
    ]
    assert shared.brought(row["number"]) == [desk.joe]
    check_form(result.edits)
    check_deletions(result.edits, message)
    left = Mail(desk.jane, [KIM], message, "postfix").apply(result.edits)
    assert left.rcpts == [KIM]
    assert shared.archived(row["number"]) == message
    assert shared.copies(row["number"]) == {KIM, desk.joe}
    assert f"kind=answer from=<{desk.jane}> department={desk.name} copies=2 slip ms=" in shared.log()


def test_its_retry(shared, desk, ticket):
    message = slip(shared, desk, ticket)
    with shared.session(login=desk.jane) as session:
        first = session.send(desk.jane, KIM, message)
        is_caught(shared, desk, first, ticket)
        before = shared.count()
        again = session.send(desk.jane, KIM, message)
    assert again.edits == first.edits
    assert shared.count() == before


def test_whoever_did_not_log_in_is_let_go_at_data(shared, desk, ticket):
    """The header is not asked for, whatever it may say."""
    before = shared.count()
    with shared.session() as session:
        for _ in range(2):
            session.envelope(desk.jane, KIM)
            assert session.is_silent()
            assert session.data().verdict == "accept"
            assert session.is_silent()
        assert str(session.send(desk.jane, KIM, slip(shared, desk, ticket))) == "accept at data"
    assert shared.count() == before


SUBJECTS = {
    "no-id": "Lunch",
    "empty": "",
    "someone-elses": "Re: [Other #1-ETMXC]",
    "wrong-letters": "Re: {wrong} Printer",
    "long": "word " * 2000,
}


@pytest.mark.parametrize("subject", SUBJECTS)
def test_mail_without_an_id_sends_no_body(shared, desk, ticket, subject):
    letters = shared.check_letters(ticket)
    wrong = f"[Example #{ticket}-{letters[:4]}{'A' if letters[4] != 'A' else 'B'}]"
    message = slip(shared, desk, ticket, subject=SUBJECTS[subject].format(wrong=wrong))
    before = shared.count()
    with shared.session(login=desk.jane) as session:
        for end in (lambda: None, session.abort):
            session.envelope(desk.jane, KIM)
            assert session.data().verdict == "continue"
            assert session.content(message).verdict == "accept"
            assert session.is_silent()
            end()
    assert shared.count() == before


def test_mail_without_a_header_sends_no_body(shared, desk):
    with shared.session(login=desk.jane) as session:
        session.envelope(desk.jane, KIM)
        assert session.data().verdict == "continue"
        assert session.eoh().verdict == "accept"


def test_the_first_subject_counts(shared, desk, ticket):
    message = slip(shared, desk, ticket)
    lunch = b"Subject: Lunch\r\n"
    assert shared.send(desk.jane, KIM, lunch + message, login=desk.jane).stage == "eoh"
    shouted = message.replace(b"Subject:", b"SUBJECT:")
    is_caught(shared, desk, shared.send(desk.jane, KIM, shouted, login=desk.jane), ticket)


def test_an_id_proves_nobody(shared, desk, ticket):
    """Anybody's answer with an ID is looked at, and goes as it came if it is no operator's."""
    before = shared.count()
    for login in (desk.joe, "mallory"):
        result = shared.send(desk.jane, KIM, slip(shared, desk, ticket), login=login)
        assert str(result) == "accept at eom" and not result.edits
    other = slip(shared, desk, ticket, to="lee@example.net")
    result = shared.send(desk.jane, "lee@example.net", other, login=desk.jane)
    assert str(result) == "accept at eom" and not result.edits
    assert shared.count() == before


def test_one_after_the_other_in_one_session(shared, desk, ticket):
    """Nothing of the message before is left in the next one."""
    lunch = slip(shared, desk, ticket, subject="Lunch")
    with shared.session(login=desk.jane) as session:
        for _ in range(3):
            assert str(session.send(desk.jane, KIM, lunch)) == "accept at eoh"
            result = session.send(desk.jane, KIM, slip(shared, desk, ticket))
            is_caught(shared, desk, result, ticket)
            assert session.send(desk.jane, desk.address, mail(sender=desk.jane)).stage == "eom"
            assert session.send(KIM, desk.address, mail(), login="kim").accepted
            assert shared.last()["author"] == KIM


def test_before_and_after_the_login(shared, desk, ticket):
    message = slip(shared, desk, ticket)
    with shared.session() as session:
        assert session.send(desk.jane, KIM, message).stage == "data"
        is_caught(shared, desk, session.send(desk.jane, KIM, message, login=desk.jane), ticket)


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("stage", STAGES)
def test_given_up(shared, desk, ticket, stage, times):
    with shared.session(login=desk.jane) as session:
        advance(session, stage, KIM)
        for _ in range(times):
            session.abort()
        is_caught(shared, desk, session.send(desk.jane, KIM, slip(shared, desk, ticket)), ticket)


@pytest.mark.parametrize("stage", STAGES)
def test_dropped(shared, desk, ticket, stage):
    session = shared.session(login=desk.jane)
    advance(session, stage, KIM)
    session.close(quit_first=False)
    result = shared.send(desk.jane, KIM, slip(shared, desk, ticket), login=desk.jane)
    is_caught(shared, desk, result, ticket)


@pytest.mark.parametrize("letters", DISORDER)
def test_disorder(shared, desk, ticket, letters):
    """Commands in an order that no mail server has; whatever is said of them, nothing is lost."""
    subject = f" Re: {shared.ticket_id(ticket)} {letters}"
    data = {
        "O": struct.pack(">III", 6, 0x1FF, 0x1FFFFF),
        "C": b"client.example.net\x004\x9c\x40192.0.2.7\0",
        "M": f"<{desk.jane}>\0".encode(),
        "R": f"<{KIM}>\0".encode(),
        "L": f"Subject\0{subject}\0".encode(),
        "B": b"Body\r\n",
        "U": b"XYZZY\0",
    }
    session = shared.session(greet=False, deadline=5)
    with contextlib.suppress(Closed):
        for letter in letters + "Q":
            if letter == "M":
                session.packet("D", b"M{auth_authen}\0" + desk.jane.encode() + b"\0")
            session.packet(letter, data.get(letter, b""))
    session.wait_closed()
    session.close(quit_first=False)
    assert shared.is_running(), "it fell"
    assert shared.last()["kind"] == "request"
    result = shared.send(desk.jane, KIM, slip(shared, desk, ticket), login=desk.jane)
    is_caught(shared, desk, result, ticket)


def test_a_server_that_says_nothing_at_data(shared, desk, ticket):
    with shared.session(login=desk.jane) as session:
        session.envelope(desk.jane, KIM)
        assert session.content(slip(shared, desk, ticket, subject="Lunch")).verdict == "accept"
        session.envelope(desk.jane, KIM)
        assert session.content(slip(shared, desk, ticket)).verdict == "continue"
        is_caught(shared, desk, session.eom(), ticket)


def test_the_second_door_knows_no_slip(shared, desk, ticket):
    shared.expect("^error: second door: not a role address")
    with shared.session(daemon="second-door", login=desk.jane) as session:
        result = session.send(desk.jane, KIM, slip(shared, desk, ticket))
    assert (result.reply.code, result.stage) == ("451", "eom")


def test_switched_off(new_filter, new_desk):
    filter = new_filter(settings={"mail": {"catch_direct": "false"}})
    desk = new_desk(filter)
    ticket = open_ticket(filter, desk)
    with filter.session(login=desk.jane) as session:
        assert str(session.send(desk.jane, KIM, slip(filter, desk, ticket))) == "accept at data"
    assert filter.count() == 1


def test_networks_and_this_machine(new_filter, new_desk):
    filter = new_filter(settings={"mail": {"trusted_networks": "192.0.2.0/24"}})
    desk = new_desk(filter)
    ticket = open_ticket(filter, desk)
    message = slip(filter, desk, ticket)
    with filter.session(client="198.51.100.7") as session:
        assert session.send(desk.jane, KIM, message).stage == "data"
    # The sendmail command, which this site does not trust.
    with filter.session(name="localhost", client="192.0.2.1", port=0) as session:
        assert session.send(desk.jane, KIM, message).stage == "data"
    with filter.session(client="192.0.2.9") as session:
        row = is_caught(filter, desk, session.send(desk.jane, KIM, message), ticket)
    assert row["proof"] == "network"


def test_a_trusted_sendmail_command(new_filter, new_desk):
    filter = new_filter(settings={"mail": {"trust_local_submission": "true"}})
    desk = new_desk(filter)
    ticket = open_ticket(filter, desk)
    with filter.session(name="localhost", client="127.0.0.1", port=0) as session:
        assert session.send(desk.jane, KIM, slip(filter, desk, ticket, subject="x")).stage == "eoh"
        row = is_caught(filter, desk, session.send(desk.jane, KIM, slip(filter, desk, ticket)), ticket)
    assert row["proof"] == "local"


def test_what_is_too_large_for_us_goes_as_it_came(new_filter, new_desk):
    """Whom we need not know we do not refuse."""
    filter = new_filter(settings={"milter": {"max_message": "100K"}})
    desk = new_desk(filter)
    ticket = open_ticket(filter, desk)
    long = {f"X_Long_{i}": "x" * 50_000 for i in range(4)}
    with filter.session(login=desk.jane) as session:
        for message in (
            slip(filter, desk, ticket, body="x" * 200_000),
            slip(filter, desk, ticket, **long),
        ):
            result = session.send(desk.jane, KIM, message)
            assert str(result) == "accept at eom" and not result.edits
        lunch = slip(filter, desk, ticket, subject="Lunch", **long)
        assert session.send(desk.jane, KIM, lunch).stage == "eoh"
    assert filter.count() == 1


def test_while_the_database_is_locked(new_filter, new_desk):
    """What may be an answer waits; what can't be one does not."""
    filter = new_filter()
    desk = new_desk(filter)
    ticket = open_ticket(filter, desk)
    filter.expect("^error: (record|outbox): .*(locked|busy)")
    message = slip(filter, desk, ticket)
    lunch = slip(filter, desk, ticket, subject="Lunch")
    with filter.session(login=desk.jane) as session, filter.opened() as other:
        other.execute("BEGIN EXCLUSIVE")
        assert str(session.send(desk.jane, KIM, lunch)) == "accept at eoh"
        result = session.send(desk.jane, KIM, message)
        assert (result.reply.code, result.reply.status) == ("451", "4.3.0")
        assert not result.edits
        other.execute("COMMIT")
        is_caught(filter, desk, session.send(desk.jane, KIM, message), ticket)


def test_many_logged_in_write_to_anybody(shared, desk):
    """Their headers leave nothing behind."""
    with shared.session(login=desk.jane) as session:
        for i in range(200):
            result = session.send(desk.jane, KIM, mail(f"Number {i}", X_Long="x" * 10_000))
            assert result.stage == "eoh"
    assert shared.send(KIM, desk.address, mail()).accepted
