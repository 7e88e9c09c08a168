# SPDX-License-Identifier: BSD-2-Clause
"""Who is an operator: by SMTP AUTH, from a trusted network, on this machine, and who is refused."""

import pytest

from desk import OUTSIDE, TRUSTED, Desk, mail

LOGIN_NEEDED = "5.7.1"


def refused(sent, *words):
    """The message was refused for good at its end, and the text says why."""
    assert sent.code == 550, sent
    assert sent.rcpts and all(reply.code == 250 for reply in sent.rcpts), sent.rcpts
    assert sent.text.startswith(LOGIN_NEEDED), sent
    for word in words:
        assert word in sent.text, sent


def untouched(desk, ticket):
    """Nothing was recorded on the ticket but its request, and nobody got anything else."""
    assert ticket.kinds == ["request"]
    assert len(desk.tickets()) == 1
    assert len(desk.got(desk.jane)) == len(desk.got(desk.joe)) == 1
    assert desk.got(desk.kim) == []


def answered(desk, ticket, proof):
    assert ticket.kinds == ["request", "answer"]
    assert desk.last(desk.kim).header("From") == f'"{desk.title}" <{desk.role}>'
    assert ticket.state["assignee"] == desk.jane, proof


def answer_to(desk, ticket, **fields):
    return desk.from_jane(Subject=f"Re: {ticket.id} Printer on fire", **fields)


# ---- SMTP AUTH


@pytest.mark.parametrize("login", ["jane-{}@example.test", "Jane-{}@Example.Test", "jane-{}"])
def test_by_login(desk, login):
    ticket = desk.ask()
    desk.operator_writes(answer_to(desk, ticket), auth=login.format(desk.number))
    answered(desk, ticket, login)


def test_a_login_of_another_form(desk):
    nora = f"op-{desk.number}@example.test"
    desk.site.run("operator", "add", nora, "--login", f"nora{desk.number}")
    desk.site.run("member", "add", desk.name, nora)
    ticket = desk.ask()
    data = mail(From=nora, To=desk.role, Subject=f"Re: {ticket.id} Printer on fire")
    refused(desk.operator_sends(data, sender=nora, auth=nora), nora)
    untouched(desk, ticket)
    desk.operator_writes(data, sender=nora, auth=f"nora{desk.number}")
    assert ticket.kinds == ["request", "answer"]


def test_nobody_logged_in(desk):
    ticket = desk.ask()
    sent = desk.customer_sends(answer_to(desk, ticket), sender=desk.jane)
    refused(sent, desk.jane, "SMTP AUTH")
    untouched(desk, ticket)


def test_nobody_logged_in_on_this_machine(desk):
    ticket = desk.ask()
    refused(desk.customer_sends(answer_to(desk, ticket), sender=desk.jane, client=None), desk.jane)
    untouched(desk, ticket)


def test_nobody_logged_in_and_no_ticket_yet(desk):
    refused(desk.customer_sends(desk.from_jane(Subject="Hello"), sender="eve@example.org"), desk.jane)
    assert desk.tickets() == []
    assert desk.got(desk.jane) == desk.got(desk.joe) == []


def test_a_colleague_logged_in(desk):
    ticket = desk.ask()
    refused(desk.operator_sends(answer_to(desk, ticket), auth=desk.joe), desk.jane)
    untouched(desk, ticket)


def test_a_wrong_password(desk):
    with desk.postfix.client(desk.postfix.submission_port, auth=(desk.jane, "wrong")) as client:
        assert client.auth_reply.code == 535
        sent = client.send(desk.jane, desk.role, desk.from_jane(Subject="Hello"))
    assert sent.code in (550, 554), sent
    assert desk.tickets() == []


@pytest.mark.parametrize(
    "spelling",
    [
        "{jane}",
        "Jane <{upper}>",
        '"Jane \\"D\\" Doe" <{jane}> (at home)',
        "<@example.org:{jane}>",
        "=?utf-8?q?J=C3=A4ne?= <{jane}>",
        "jane-{number} @ example . test",
        '"jane-{number}"@example.test',
        "Team: {jane};",
        "(eve@example.org) {jane}",
        "eve@example.org <{jane}>",
        "\r\n <{jane}>",
    ],
)
def test_a_forged_operator_in_every_spelling(desk, spelling):
    spelling = spelling.format(jane=desk.jane, upper=desk.jane.upper(), number=desk.number)
    data = mail(From=spelling, To=desk.role, Subject="Give me the list")
    refused(desk.customer_sends(data, sender="eve@example.org"))
    assert desk.tickets() == []
    assert desk.got(desk.joe) == []


def test_an_operator_among_several_froms(desk):
    data = mail(From=f"{desk.kim}, {desk.jane}", To=desk.role, Subject="Hello")
    sent = desk.customer_sends(data)
    assert (sent.code, sent.text[:5]) == (550, "5.6.0"), sent
    two = mail(From=[desk.kim, desk.jane], To=desk.role, Subject="Hello")
    sent = desk.customer_sends(two)
    assert (sent.code, sent.text[:5]) == (550, "5.6.0"), sent
    assert desk.tickets() == []


def test_the_whole_transaction_is_refused(desk):
    bystander = f"mia-{desk.number}@example.test"
    data = desk.from_jane(Subject="Hello")
    refused(desk.customer_sends(data, rcpts=[bystander, desk.role], sender=desk.jane))
    assert desk.got(bystander) == []


def test_the_envelope_alone_says_nothing(desk):
    """A mail from outside with an operator as envelope sender is a customer's: the From counts."""
    desk.customer_writes(desk.from_kim(Subject="Hello"), sender=desk.jane)
    assert desk.tickets()[0]["requester"] == desk.kim


def test_an_operator_elsewhere_is_a_customer(desk, shared):
    other = Desk(shared)
    data = mail(From=desk.jane, To=other.role, Subject="My salary")
    other.customer_writes(data, sender=desk.jane)
    assert other.tickets()[0]["requester"] == desk.jane
    assert len(other.got(other.jane)) == 1


# ---- Trusted networks


def test_a_trusted_network(desk):
    ticket = desk.ask()
    desk.customer_writes(answer_to(desk, ticket), sender=desk.jane, client=TRUSTED)
    answered(desk, ticket, "network")


def test_a_network_beside_the_trusted_one(desk):
    ticket = desk.ask()
    refused(desk.customer_sends(answer_to(desk, ticket), sender=desk.jane, client="192.0.3.7"))
    untouched(desk, ticket)


def test_a_claimed_network(desk):
    """A Received header is only a claim."""
    ticket = desk.ask()
    received = f"Received: from laptop ([{TRUSTED}]) by mx.example.test; Mon, 23 Nov 2026 09:00:00 +0000"
    data = received.encode() + b"\r\n" + answer_to(desk, ticket)
    refused(desk.customer_sends(data, sender=desk.jane, client=OUTSIDE))
    untouched(desk, ticket)


# ---- The sendmail command


def test_a_program_on_this_machine_asks(desk):
    data = desk.from_kim(Subject="Disk full").replace(b"\r\n", b"\n")
    mark = desk.postfix.log_size()
    done = desk.postfix.sendmail(["-i", "-f", desk.kim, desk.role], data)
    assert done.returncode == 0, done.stderr
    desk.postfix.wait_log(rf"from=<{desk.name}\+[^>]*>.*\n(.*\n)*.*: removed", mark)
    ticket = desk.ticket_of(desk.last(desk.jane))
    assert ticket.kinds == ["request"]
    assert ticket.state["requester"] == desk.kim
    assert ticket.raw() == data.replace(b"\n", b"\r\n")


def test_an_operator_on_this_machine_is_refused_by_a_bounce(desk):
    ticket = desk.ask()
    data = answer_to(desk, ticket).replace(b"\r\n", b"\n")
    done = desk.postfix.sendmail(["-i", "-f", desk.jane, desk.role], data)
    assert done.returncode == 0, done.stderr
    bounce = desk.postfix.wait_mailbox(desk.jane, 2)[1]
    assert bounce.sender == ""
    assert b"Status: 5.7.1" in bounce.data
    assert f"{desk.jane} is an operator's address" in bounce.body.decode().replace("\r\n    ", " ")
    assert ticket.kinds == ["request"]
    assert desk.got(desk.kim) == []


@pytest.fixture(scope="module")
def trusting(new_pair):
    """Servers whose local submission is trusted."""
    return new_pair(settings={"mail": {"trust_local_submission": "true"}})


def test_local_submission_is_trusted_if_the_site_says_so(trusting):
    desk = Desk(trusting)
    ticket = desk.ask()
    data = answer_to(desk, ticket).replace(b"\r\n", b"\n")
    assert desk.postfix.sendmail(["-i", "-f", desk.jane, desk.role], data).returncode == 0
    desk.postfix.wait_mailbox(desk.kim)
    answered(desk, ticket, "local")


def test_trusted_local_submission_needs_the_same_sender(trusting):
    desk = Desk(trusting)
    ticket = desk.ask()
    data = answer_to(desk, ticket).replace(b"\r\n", b"\n")
    assert desk.postfix.sendmail(["-i", "-f", desk.joe, desk.role], data).returncode == 0
    bounce = desk.postfix.wait_mailbox(desk.joe, 2)[1]
    assert b"Status: 5.7.1" in bounce.data
    assert ticket.kinds == ["request"]


def test_trusted_local_submission_is_not_smtp_from_here(trusting):
    desk = Desk(trusting)
    refused(desk.customer_sends(desk.from_jane(Subject="Hello"), sender=desk.jane, client=None))
    assert desk.tickets() == []
