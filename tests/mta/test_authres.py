# SPDX-License-Identifier: BSD-2-Clause
"""Operators who write by another mail server: believed because of what the verifier here wrote, as
far as that goes, and nobody else, whatever they write into their own header."""

import email.utils
import re
import types

import pytest

from desk import Desk, mail
from lab import wait_for
from verifier import Verifier

NAME = "mx.example.test"
HOME = "home.test"  # of the operators elsewhere; publishes a key and a policy
PLAIN = "plain.test"  # a key alone
FORGED = f"Authentication-Results: {NAME}; dmarc=pass (p=none dis=none) header.from={HOME}\r\n"


@pytest.fixture(scope="module")
def servers(new_pair):
    """A Postfix with a verifier before Counterfoil, which believes it."""
    with Verifier(NAME) as verifier:
        verifier.publish(HOME)
        verifier.publish(PLAIN, policy=False)
        pair = new_pair(
            main={"smtpd_milters": verifier.milter}, settings={"mail": {"authserv_id": NAME}}
        )
        yield types.SimpleNamespace(postfix=pair.postfix, site=pair.site, verifier=verifier)


class Elsewhere(Desk):
    """A desk with an operator nora whose mail comes from another server."""

    def __init__(self, servers, domain=HOME):
        super().__init__(servers)
        self.verifier = servers.verifier
        self.nora = f"nora-{self.number}@{domain}"
        self.site.run("operator", "add", self.nora)
        self.site.run("member", "add", self.name, self.nora)

    def from_nora(self, **fields):
        """A message of hers, to the role address unless told otherwise."""
        fields = {"From": f"Nora <{self.nora}>", "To": self.role, **fields}
        return mail(Date=fields.pop("Date", email.utils.formatdate()), **fields)

    def signed(self, **fields):
        """The same as her server sends it."""
        return self.verifier.sign(self.from_nora(**fields), self.nora.partition("@")[2])

    def nora_sends(self, data, rcpts=None):
        return self.customer_sends(data, rcpts, sender=self.nora)

    def nora_writes(self, data, rcpts=None):
        return self.customer_writes(data, rcpts, sender=self.nora)


@pytest.fixture
def away(servers):
    return Elsewhere(servers)


def refused(sent, *words):
    assert sent.code == 550 and sent.text.startswith("5.7.1"), sent
    for word in words:
        assert word in sent.text, sent


def untouched(desk, ticket):
    """Nothing but the request was recorded, and nobody got anything else."""
    assert ticket.kinds == ["request"]
    assert len(desk.tickets()) == 1
    assert len(desk.got(desk.jane)) == len(desk.got(desk.joe)) == 1
    assert desk.got(desk.kim) == []


# ---- Proven


@pytest.mark.parametrize("domain", [HOME, PLAIN])
def test_an_answer_from_elsewhere(servers, domain):
    desk = Elsewhere(servers, domain)
    ticket = desk.ask()
    desk.nora_writes(desk.signed(Subject=f"Re: {ticket.id} Printer on fire"))
    assert ticket.kinds == ["request", "answer"]
    assert ticket.state["assignee"] == desk.nora
    answer = desk.last(desk.kim)
    assert answer.header("From") == f'"{desk.title}" <{desk.role}>'
    assert answer.headers("Authentication-Results") == answer.headers("DKIM-Signature") == []
    assert desk.nora.encode() not in answer.data
    assert len(desk.got(desk.joe)) == 2


def test_the_verifier_above_the_received_line(servers):
    desk = Elsewhere(servers)
    servers.verifier.index = 0
    try:
        ticket = desk.ask()
        desk.nora_writes(desk.signed(Subject=f"Re: {ticket.id} Printer on fire"))
    finally:
        servers.verifier.index = 1
    assert ticket.kinds == ["request", "answer"]


def test_who_has_it_already_gets_it_no_second_time(away):
    ticket = away.ask(away.from_kim(Subject="Printer on fire", Cc="lee@example.net"))
    data = away.signed(Subject=f"Re: {ticket.id} Printer on fire", Cc=f"Kim <{away.kim}>")
    away.nora_writes(data)
    assert [event["detail"] for event in ticket.events("direct")] == [away.kim]
    assert away.got(away.kim) == []
    assert away.last("lee@example.net").header("To") == f'"Kim Customer" <{away.kim}>'
    assert len(away.got(away.jane)) == len(away.got(away.joe)) == 2


def test_a_ticket_for_whom_she_wrote_to(away):
    away.nora_writes(away.signed(To=f"Kim <{away.kim}>", Cc=away.role, Subject="Your order"))
    (ticket,) = away.tickets()
    assert (ticket["requester"], ticket["waiting"]) == (away.kim, "customer")
    assert away.got(away.kim) == []
    copy = away.last(away.joe)
    assert copy.header("From") == f'"Nora via {away.title}" <{away.role}>'


def test_a_note_and_a_command(away):
    ticket = away.ask()
    local, _, domain = away.role.partition("@")
    note, close = (f"{local}+{word}@{domain}" for word in ("note", "close"))
    subject = f"Re: {ticket.id} Printer on fire"
    away.nora_writes(away.signed(To=note, Subject=subject), note)
    away.nora_writes(away.signed(To=close, Subject=subject, body=""), close)
    assert ticket.kinds == ["request", "note", "command"]
    assert ticket.state["state"] == "closed"
    assert away.got(away.kim) == []


# ---- Not proven


def test_not_signed(away):
    ticket = away.ask()
    data = away.from_nora(Subject=f"Re: {ticket.id} Printer on fire")
    refused(away.nora_sends(data), away.nora, f"DMARC for {HOME}")
    untouched(away, ticket)


def test_signed_by_another_domain(away):
    ticket = away.ask()
    data = away.from_nora(Subject=f"Re: {ticket.id} Printer on fire")
    refused(away.nora_sends(away.verifier.sign(data, PLAIN)), away.nora)
    untouched(away, ticket)


def test_changed_on_the_way(away):
    ticket = away.ask()
    data = away.signed(Subject=f"Re: {ticket.id} Printer on fire")
    refused(away.nora_sends(data.replace(b"It burns", b"It does not burn")), away.nora)
    untouched(away, ticket)


SPELLINGS = (
    FORGED,
    FORGED.lower(),
    FORGED.replace("Results:", "Results :"),
    FORGED.replace("Results:", "Results\t:"),
    FORGED.replace(": ", ":"),
    FORGED.replace(": ", ":\r\n\t"),
    FORGED.replace(": ", ": (a; b) "),
    FORGED.replace(": ", ": (a; (b)\r\n c)"),
    FORGED.replace(NAME, f'"{NAME}"'),
    FORGED.replace(NAME, f'"{NAME.upper()}" 1 (x)'),
    FORGED.replace(NAME, f"{NAME}\r\n 1\r\n "),
    FORGED + FORGED,
)


@pytest.mark.parametrize("field", SPELLINGS)
def test_a_forged_field(away, field):
    data = field.encode() + away.from_nora(Subject="Send me the list")
    refused(away.nora_sends(data), away.nora)
    assert away.tickets() == []


@pytest.fixture(scope="module")
def alone(new_pair):
    """The same, where the verifier is down."""
    verifier = Verifier(NAME)
    pair = new_pair(
        main={"smtpd_milters": verifier.milter}, settings={"mail": {"authserv_id": NAME}}
    )
    return types.SimpleNamespace(postfix=pair.postfix, site=pair.site, verifier=verifier)


@pytest.mark.parametrize("field", SPELLINGS)
def test_a_forged_field_while_the_verifier_is_down(alone, field):
    desk = Elsewhere(alone)
    data = field.encode() + desk.from_nora(Subject="Send me the list")
    refused(desk.nora_sends(data), desk.nora)
    assert desk.tickets() == []


def test_what_would_be_believed_if_postfix_did_not_take_it_out(alone):
    """The tests above can tell."""
    desk = Elsewhere(alone)
    desk.postfix.set(header_checks="")
    desk.postfix.reload()
    try:
        for field in SPELLINGS:
            data = field.encode() + desk.from_nora(Subject="Send me the list")
            assert desk.nora_sends(data).code == 250, field
    finally:
        done = desk.postfix.configure("apply", desk.site.conf)
        assert done.returncode == 0, done.stderr
    wait_for(lambda: desk.postfix.queued() == 0, "the queue is empty")


def test_fields_of_others_stay(away):
    """So do those in an attached message, whose bytes are signed."""
    other = "mx.other.test; spf=pass smtp.helo=mx.example.test"
    inner = FORGED.encode() + b"Subject: inside\r\n\r\nHello\r\n"
    data = mail(
        From=away.kim,
        To=away.role,
        Subject="Forwarded",
        Authentication_Results=other,
        MIME_Version="1.0",
        Content_Type="message/rfc822",
        body=inner,
    )
    ticket = away.ask(data)
    raw = ticket.raw()
    assert raw.endswith(b"\r\n\r\n" + inner)
    assert f"Authentication-Results: {other}\r\n".encode() in raw
    (copy,) = away.got(away.jane)
    assert other in copy.headers("Authentication-Results")
    assert FORGED.encode() in copy.data


def test_a_login_is_judged_alone(away):
    """No verifier looks at submission."""
    data = away.verifier.sign(away.from_nora(Subject="Hello"), HOME)
    refused(away.operator_sends(data, sender=away.nora), away.nora)
    assert away.tickets() == []


# ---- No replay


def test_a_mail_of_hers_sent_here_by_whoever_got_it(away):
    ticket = away.ask()
    subject = f"Re: {ticket.id} Printer on fire"
    private = away.signed(To=away.kim, Subject=subject)
    refused(away.customer_sends(private), f"{away.role} in neither To nor Cc")
    answer = away.signed(Subject=subject)
    close = away.role.replace("@", "+close@")
    refused(away.customer_sends(answer, [away.role, close]), f"{close} in neither To nor Cc")
    old = away.signed(Subject=subject, Date=email.utils.formatdate(0))
    refused(away.customer_sends(old), "more than 3 days")
    refused(away.customer_sends(b"To: " + close.encode() + b"\r\n" + answer, close), "one To")
    untouched(away, ticket)


def test_what_was_here_before(away):
    ticket = away.ask()
    data = away.signed(Subject=f"Re: {ticket.id} Printer on fire")
    away.nora_writes(data)
    # Her server's retry; and the same Message-ID with other words, signed just as well.
    away.nora_writes(data)
    assert ticket.kinds == ["request", "answer"]
    assert len(away.got(away.kim)) == 2
    known = re.search(rb"(?m)^Message-ID: (\S+)", data)[1].decode()
    other = away.signed(Subject=f"Re: {ticket.id}", Message_ID=known, body="Again.\r\n")
    refused(away.nora_sends(other), "Message-ID was here before")
    assert ticket.kinds == ["request", "answer"]
