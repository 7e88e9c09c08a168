# SPDX-License-Identifier: BSD-2-Clause
"""Mailboxes that answer everything, bounce or forward, and another site like this one: whatever they
send back, it comes to rest after a message or two."""

import subprocess

import pytest

from desk import Desk, Ticket, is_notice, mail
from neighbours import AWAY, HERE, HOME, SIEVE


@pytest.fixture(scope="session", autouse=True)
def sieve():
    """Dovecot's Sieve is unpacked where the mailboxes look for it."""
    done = subprocess.run([HERE / "fetch-sieve", SIEVE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


class Scene:
    """A desk at home, with a customer or an operator whose mailbox is of a certain kind."""

    def __init__(self, both, customer="kim", operator=None, members=("jane", "joe")):
        self.both = both
        self.desk = Desk(both.home, members)
        if customer != "kim":
            self.desk.kim = f"{customer}-{self.desk.number}@{AWAY}"
        if operator:
            self.add(f"{operator}-{self.desk.number}@{AWAY}")
        both.news()

    def add(self, operator):
        self.desk.site.run("operator", "add", operator)
        self.desk.site.run("member", "add", self.desk.name, operator)

    def asks(self):
        """The customer opens a ticket; it comes to rest."""
        sent = self.desk.customer_sends(self.desk.from_kim(Subject="Printer on fire"))
        assert sent.code == 250, sent
        self.both.rest()
        return self.desk.ticket_of(self.desk.got(self.desk.jane)[0])

    def answers(self, ticket, *words, **fields):
        """Jane answers; it comes to rest."""
        sent = self.desk.orders(ticket, "", *words, body="Put out.\r\n", **fields)
        assert sent.code == 250, sent
        self.both.rest()

    def told(self):
        """The Subjects of the notices that the customer has got."""
        box = self.both.away.postfix.mailbox(self.desk.kim)
        return [notice.header("Subject") for notice in box if is_notice(notice)]

    def came(self):
        """Who got what since the last call: Subjects by name."""
        return {
            name: [copy.header("Subject") for copy in copies]
            for name, copies in self.both.news().items()
        }


@pytest.fixture
def scene(neighbours):
    return lambda **options: Scene(neighbours, **options)


# ---- A customer's mailbox


@pytest.mark.parametrize("kind", ["polite", "sieve"])
def test_a_customers_autoresponder(scene, kind):
    """It is on the ticket and for the assignee; a second one on the same day is only on the ticket. It
    opens nothing that is closed, and nobody answers it."""
    stage = scene(customer=kind)
    ticket = stage.asks()
    stage.came()
    stage.answers(ticket, "close")
    assert ticket.kinds == ["request", "answer", "auto"]
    came = stage.came()
    assert sorted(came) == ["jane", "joe", kind]
    assert came["joe"] == came[kind] == [f"Re: {ticket.id} Printer on fire"]
    assert len(came["jane"]) == 1 and f"{ticket.id} [auto] " in came["jane"][0]
    assert ticket.state["state"] == "closed"
    assert stage.desk.last(stage.desk.jane, 2).sender == ""
    stage.answers(ticket)
    again = {"polite": ["auto"], "sieve": []}[kind]  # a vacation answers each sender once a day
    assert ticket.kinds == ["request", "answer", "auto", "answer", *again]
    assert sorted(stage.came()) == ["joe", kind]
    assert len(stage.desk.tickets()) == 1


def test_a_customers_program_that_says_nothing_of_itself(scene):
    """To us it is the customer who writes, also to an acknowledgement: a follow-up, which has none."""
    stage = scene(customer="rude")
    ticket = stage.asks()
    assert ticket.kinds == ["request", "followup"]
    assert stage.told() == [f"{ticket.id} We have received your message"]
    stage.came()
    for _ in range(2):
        stage.answers(ticket)
        came = stage.came()
        assert {name: len(mails) for name, mails in came.items()} == {"jane": 1, "joe": 2, "rude": 1}
    assert ticket.kinds == ["request", "followup", "answer", "followup", "answer", "followup"]
    assert ticket.state["waiting"] == "us"
    assert len(stage.desk.tickets()) == 1


@pytest.mark.parametrize("kind", ["polite", "sieve"])
def test_a_customers_autoresponder_and_an_acknowledgement(scene, kind):
    """It says that it wants no answer, and gets none."""
    stage = scene(customer=kind)
    ticket = stage.asks()
    assert stage.told() == [f"{ticket.id} We have received your message"]
    assert ticket.kinds == ["request"]
    assert len(stage.desk.tickets()) == 1


def test_a_customers_mailbox_forwards_to_the_role_address(scene):
    """The acknowledgement bears our own stamp: it does not come in again, and nobody reports that."""
    stage = scene()
    stage.desk.kim = f"forward-{stage.desk.name}@{AWAY}"
    ticket = stage.asks()
    assert ticket.kinds == ["request"]
    assert [event["detail"] for event in ticket.events("loop")] == [stage.desk.role]
    assert sorted(stage.came()) == ["jane", "joe"]
    assert len(stage.desk.tickets()) == 1


@pytest.mark.parametrize("kind", ["gone", "full"])
def test_a_customers_mailbox_takes_no_acknowledgement(scene, kind):
    """It has no sender, so there is no report."""
    stage = scene(customer=kind)
    ticket = stage.asks()
    assert stage.told() == []
    assert ticket.kinds == ["request"]
    assert sorted(stage.came()) == ["jane", "joe"]


# ---- An operator's mailbox


@pytest.mark.parametrize("kind", ["polite", "sieve"])
def test_an_operators_autoresponder(scene, kind):
    """A copy says that it wants no answer; a colleague's answer, which a customer gets as well, may have
    one. That is for the others, and never answered."""
    stage = scene(operator=kind)
    ticket = stage.asks()
    came = stage.came()
    assert len(came[kind]) == 1
    assert came["jane"][0] == came["joe"][0] == f"{ticket.id} Printer on fire"
    quiet = len(ticket.kinds)
    assert ticket.kinds[1:] in ([], ["auto"])
    assert "kim" not in came
    stage.answers(ticket)
    came = stage.came()
    assert ticket.kinds[quiet:] in (["answer"], ["answer", "auto"])
    assert came["kim"] == [f"Re: {ticket.id} Printer on fire"]
    assert len(came[kind]) == 1
    assert len(came.get("jane", [])) <= 1
    assert ticket.state["state"] == "open"


def test_an_operators_program_that_says_nothing_of_itself(scene):
    """It writes to the role address in the operator's name and proves nothing: that is refused. What its
    own server says about that it answers, too, but not us."""
    stage = scene(operator="rude")
    ticket = stage.asks()
    came = stage.came()
    assert {name: len(mails) for name, mails in came.items()} == {
        "jane": 1, "joe": 1, "rude": 2, "MAILER-DAEMON": 1
    }  # fmt: skip
    stage.answers(ticket)
    came = stage.came()
    assert {name: len(mails) for name, mails in came.items()} == {
        "joe": 1, "kim": 1, "rude": 2, "MAILER-DAEMON": 1
    }  # fmt: skip
    assert ticket.kinds == ["request", "answer"]
    assert len(stage.desk.tickets()) == 1


# ---- Mailboxes that take nothing

def failed(ticket):
    """The addresses that could not be delivered to, by the ticket's events."""
    return [event["detail"] for event in ticket.events("bounced")]


@pytest.mark.parametrize("kind", ["gone", "full"])
def test_a_customers_mailbox_takes_nothing(scene, kind):
    """gone: the next server refuses it, and Postfix's own report comes through the second door. full:
    the next server takes it, and sends a report later."""
    stage = scene(customer=kind)
    ticket = stage.asks()
    stage.came()
    stage.answers(ticket, "close")
    assert ticket.kinds == ["request", "answer", "bounce"]
    came = stage.came()
    assert {name: len(mails) for name, mails in came.items()} == {"jane": 1, "joe": 2}
    assert came["joe"][1].startswith(f"{ticket.id} [bounce] ")
    code = {"gone": "5.1.1", "full": "5.2.2"}[kind]
    (event,) = failed(ticket)
    assert stage.desk.kim in event and code in event
    assert stage.desk.last(stage.desk.jane, 2).sender == ""
    assert (ticket.state["state"], len(stage.desk.tickets())) == ("closed", 1)


@pytest.mark.parametrize("kind", ["gone", "full"])
def test_an_operators_mailbox_takes_nothing(scene, kind):
    """The colleagues learn it; the report does not go to the mailbox that it is about."""
    stage = scene(operator=kind)
    ticket = stage.asks()
    assert ticket.kinds == ["request", "bounce"]
    came = stage.came()
    assert {name: len(mails) for name, mails in came.items()} == {"jane": 2, "joe": 2}
    (event,) = failed(ticket)
    assert f"{kind}-{stage.desk.number}@{AWAY}" in event
    tries = stage.both.home.postfix.log().count(f"to=<{kind}-{stage.desk.number}@{AWAY}>")
    assert tries == 1


def test_everybodys_mailbox_takes_nothing(neighbours):
    stage = Scene(neighbours, customer="full", operator="gone", members=())
    stage.add(f"full-one-{stage.desk.number}@{AWAY}")
    sent = stage.desk.customer_sends(stage.desk.from_kim(Subject="Printer on fire"))
    assert sent.code == 250
    neighbours.rest()
    (listed,) = stage.desk.tickets()
    ticket = Ticket(stage.desk, listed["number"])
    # Each is told of the other, in vain, by mail without a sender: nobody reports about that.
    assert ticket.kinds == ["request", "bounce", "bounce"]
    assert len(failed(ticket)) == 2
    assert stage.came() == {}


# ---- Mailboxes that forward


@pytest.mark.parametrize("way", ["alias", ".forward"])
def test_an_operators_mailbox_forwards_to_the_role_address(scene, way):
    """The loop stamp: what left here does not come in again. The report of the forwarding server names
    a mailbox that does not work; that is all."""
    stage = scene()
    if way == "alias":
        operator = f"forward-{stage.desk.name}@{AWAY}"
    else:
        operator = stage.both.forward(stage.desk.name, stage.desk.role)
    stage.add(operator)
    ticket = stage.asks()
    assert ticket.kinds == ["request", "bounce"]
    assert failed(ticket) == [f"{operator} 5.4.6"]
    assert [event["detail"] for event in ticket.events("loop")] == [stage.desk.role]
    came = stage.came()
    assert {name: len(mails) for name, mails in came.items()} == {"jane": 2, "joe": 2}
    stage.answers(ticket)
    came = stage.came()
    assert {name: len(mails) for name, mails in came.items()} == {"jane": 1, "joe": 2, "kim": 1}
    assert ticket.kinds == ["request", "bounce", "answer", "bounce"]
    assert len(stage.desk.tickets()) == 1


# ---- Another site like this one


class Pair:
    """A desk at home and one at away."""

    def __init__(self, both):
        self.both = both
        self.home, self.away = Desk(both.home), Desk(both.away, home=AWAY)
        both.news()

    def rest(self):
        self.both.rest()
        return self.both.news()

    def kinds(self):
        """What is on the tickets at home and at away: the kinds, a comma between tickets."""
        return tuple(
            ", ".join(" ".join(Ticket(desk, one["number"]).kinds) for one in desk.tickets())
            for desk in (self.home, self.away)
        )

    def ticket(self, desk, index=0):
        return Ticket(desk, desk.tickets()[index]["number"])

    def add(self, desk, operator):
        desk.site.run("operator", "add", operator)
        desk.site.run("member", "add", desk.name, operator)


@pytest.fixture
def pair(neighbours):
    return Pair(neighbours)


def test_each_department_is_the_others_customer(pair):
    """An operator at away asks home's department as their own; each side has a ticket, with its own ID
    and the other's, and each answer lands on both. Home's acknowledgement says nothing that away wrote,
    so not on which ticket: it is one of its own there, a machine's, which nobody acknowledges."""
    home, away = pair.home, pair.away
    asked = mail(From=away.jane, To=home.role, Cc=away.role, Subject="Can you repair printers?")
    assert away.operator_sends(asked, rcpts=[home.role, away.role]).code == 250
    pair.rest()
    assert pair.kinds() == ("request", "answer, auto")
    ours, theirs = pair.ticket(home), pair.ticket(away)
    assert (ours.state["requester"], theirs.state["requester"]) == (away.role, home.role)
    for desk, other, ticket in ((home, away, ours), (away, home, theirs)) * 2:
        last = [copy for copy in desk.got(desk.joe)][-1].header("Subject")
        data = mail(From=desk.jane, To=desk.role, Subject=last)
        assert desk.operator_sends(data).code == 250
        came = pair.rest()
        assert ticket.kinds[-1] == "answer"
        assert pair.ticket(other).kinds[-1] == "followup"
        assert len(came["jane"]) == 1 and len(came["joe"]) == 2
        subject = came["jane"][0].header("Subject")
        assert ours.id in subject and theirs.id in subject
    assert pair.kinds() == (
        "request answer followup answer followup",
        "answer followup answer followup answer, auto",
    )


def test_an_operator_answers_to_both_departments(pair):
    """The customer wrote to both, and the operator's reply to all names the other department, which so
    becomes a correspondent: a ticket there, and no echo."""
    home, away = pair.home, pair.away
    data = mail(From=home.kim, To=f"{home.role}, {away.role}", Subject="Printer on fire")
    assert home.customer_sends(data).code == 250
    assert away.customer_sends(data, sender=home.kim).code == 250
    pair.rest()
    assert pair.kinds() == ("request", "request")
    ours = pair.ticket(home)
    reply = home.by(home.jane, ours, To=f"{home.role}, {away.role}")
    assert home.operator_sends(reply, rcpts=[home.role, away.role]).code == 250
    came = pair.rest()
    assert ours.state["correspondents"] == [away.role]
    assert {name: len(mails) for name, mails in came.items()} == {"kim": 1, "jane": 1, "joe": 2}
    assert pair.kinds() == ("request answer, auto", "request, request")
    subject = came["joe"][1].header("Subject")
    assert away.operator_sends(mail(From=away.jane, To=away.role, Subject=subject)).code == 250
    pair.rest()
    assert pair.kinds() == ("request answer followup, auto", "request, request answer")


def test_each_department_is_the_others_operator(pair):
    """Each one's copies go to the other. What comes back is in an operator's name, and proves nothing."""
    home, away = pair.home, pair.away
    pair.add(home, away.role)
    pair.add(away, home.role)
    assert home.customer_sends(home.from_kim(Subject="Printer on fire")).code == 250
    came = pair.rest()
    assert pair.kinds() == ("request bounce", "")
    assert failed(pair.ticket(home)) == [f"{away.role} 5.7.1"]
    assert {name: len(mails) for name, mails in came.items()} == {"jane": 2, "joe": 2}


def test_operators_of_both_forward_to_the_other(pair):
    """Nobody's address says so: home's copy comes to away as a customer's request, and away's copy of
    that to home again. It bears home's stamp still."""
    home, away = pair.home, pair.away
    pair.add(home, f"forward-{away.name}@{HOME}")
    pair.add(away, f"forward-{home.name}@{AWAY}")
    assert home.customer_sends(home.from_kim(Subject="Printer on fire")).code == 250
    came = pair.rest()
    assert pair.kinds() == ("request", "request bounce")
    assert failed(pair.ticket(away)) == [f"forward-{home.name}@{AWAY} 5.4.6"]
    assert [event["detail"] for event in pair.ticket(home).events("loop")] == [home.role]
    assert {name: len(mails) for name, mails in came.items()} == {"jane": 3, "joe": 3}
