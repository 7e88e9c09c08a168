# SPDX-License-Identifier: BSD-2-Clause
"""Departments, members and role addresses change while mail flows: what holds is what is true when a
message passes. And the many ways to write an address."""

import pytest

from desk import Desk, mail
from lab import DOMAINS

POSTMASTER = "postmaster@example.test"


def of_ticket(box, ticket):
    """What of a shared mailbox belongs to a ticket."""
    return [copy for copy in box if ticket.id in (copy.header("Subject") or "")]


# ---- Members


def test_a_member_added_between_two_messages_of_one_connection(desk):
    mia = f"mia-{desk.number}@example.test"
    desk.site.run("operator", "add", mia)
    with desk.postfix.client(client="198.51.100.7") as client:
        assert client.send(desk.kim, desk.role, desk.from_kim(Subject="One")).code == 250
        desk.site.run("member", "add", desk.name, mia)
        assert client.send(desk.kim, desk.role, desk.from_kim(Subject="Two")).code == 250
    desk.postfix.wait_mailbox(desk.jane, 2)
    subjects = [copy.header("Subject") for copy in desk.postfix.wait_mailbox(mia)]
    assert len(subjects) == 1 and subjects[0].endswith(" Two")


def test_a_member_removed_gets_no_more(desk):
    ticket = desk.ask()
    desk.site.run("member", "remove", desk.name, desk.joe)
    desk.customer_writes(desk.from_kim(Subject=f"Re: {ticket.id} Printer on fire"))
    assert len(desk.got(desk.jane)) == 2
    assert len(desk.got(desk.joe)) == 1


def test_a_member_removed_cannot_answer(desk):
    ticket = desk.ask()
    desk.site.run("member", "remove", desk.name, desk.jane)
    sent = desk.operator_sends(desk.from_jane(Subject=f"Re: {ticket.id} Printer on fire"))
    assert sent.code == 550, sent
    assert sent.text.startswith(f"5.7.1 you are no longer in {desk.title}"), sent
    assert ticket.kinds == ["request"]


def test_an_operator_of_two_departments_gets_one_copy(desk, shared):
    other = Desk(shared)
    desk.site.run("member", "add", other.name, desk.jane)
    data = desk.from_kim(Subject="Both", To=f"{other.role}, {desk.role}")
    desk.customer_writes(data, rcpts=[desk.role, other.role])
    ticket = desk.ticket_of(desk.last(desk.jane))
    assert ticket.state["department"] == other.name
    assert sorted(ticket.state["departments"]) == sorted([desk.name, other.name])
    assert len(desk.got(desk.joe)) == len(other.got(other.joe)) == len(other.got(other.jane)) == 1


def test_nobody_in_the_department(shared):
    desk = Desk(shared, members=())
    desk.customer_writes()
    ticket = desk.ticket_of(desk.got(POSTMASTER)[-1])
    assert [event["kind"] for event in ticket.events()] == ["opened", "no-operators"]
    copy = of_ticket(desk.got(POSTMASTER), ticket)
    assert [one.header("Subject") for one in copy] == [f"{ticket.id} [no operators] Printer on fire"]
    assert desk.tickets()[0]["requester"] == desk.kim


def test_the_last_member_goes(desk):
    ticket = desk.ask()
    desk.site.run("member", "remove", desk.name, desk.jane, desk.joe)
    desk.customer_writes(desk.from_kim(Subject=f"Re: {ticket.id} Printer on fire"))
    copies = of_ticket(desk.got(POSTMASTER), ticket)
    assert [one.header("Subject") for one in copies] == [
        f"Re: {ticket.id} [no operators] Printer on fire"
    ]


def test_too_many_in_the_department(shared, tmp_path, monkeypatch):
    """Over a thousand copies of one mail: nobody wants that but by mistake. The postmaster has it."""
    desk = Desk(shared, members=())
    crowd = tmp_path / "crowd"
    crowd.write_text("".join(f"mia-{n}.{desk.number}@example.test\n" for n in range(1001)))
    monkeypatch.setenv("EDITOR", f"cp {crowd}")
    desk.site.run("member", "edit", desk.name)
    desk.customer_writes()
    ticket = desk.ticket_of(desk.got(POSTMASTER)[-1])
    (copy,) = of_ticket(desk.got(POSTMASTER), ticket)
    assert copy.header("Subject") == f"{ticket.id} [too many] Printer on fire"
    assert [event["kind"] for event in ticket.events()] == ["opened", "too-many"]
    assert desk.got(f"mia-0.{desk.number}@example.test") == []


# ---- Role addresses


@pytest.mark.parametrize("kind", DOMAINS)
def test_a_role_address_in_every_kind_of_domain(shared, kind):
    desk = Desk(shared, domain=kind)
    with desk.postfix.client(client="198.51.100.7") as client:
        unknown = client.send(desk.kim, f"un{desk.role}", desk.from_kim(Subject="Hello"))
        assert unknown.code == 550, unknown
        assert client.send(desk.kim, desk.role, desk.from_kim(Subject="Hello")).code == 250
    ticket = desk.ticket_of(desk.postfix.wait_mailbox(desk.jane)[0])
    desk.customer_writes(desk.from_kim(Subject="Again"), rcpts=ticket.address)
    assert ticket.kinds == ["request", "followup"]


def test_a_role_address_is_live_with_the_next_message_and_gone_too(desk):
    second = f"also-{desk.number}@example.test"
    with desk.postfix.client(client="198.51.100.7") as client:
        assert client.send(desk.kim, second, desk.from_kim(Subject="Early")).code == 550
        desk.site.run("department", "address", desk.name, "add", second)
        # A role map is asked anew by each process of Postfix when it takes its next client.
    desk.customer_writes(desk.from_kim(Subject="Now", To=second), rcpts=second)
    assert desk.last(desk.jane).header("Reply-To") == second
    desk.site.run("department", "address", desk.name, "remove", second)
    sent = desk.customer_sends(desk.from_kim(Subject="Late"), rcpts=second)
    assert sent.code == 550, sent
    assert len(desk.got(desk.jane)) == 1
    assert desk.got(second) == []


def test_many_changes_in_a_row(desk):
    """Each change counts at once, also many within a second."""
    for number in range(5):
        address = f"turn{number}-{desk.number}@example.test"
        desk.site.run("department", "address", desk.name, "add", address)
        desk.customer_writes(desk.from_kim(Subject="Hello"), rcpts=address)
        desk.site.run("department", "address", desk.name, "remove", address)
        assert desk.customer_sends(desk.from_kim(Subject="Bye"), rcpts=address).code == 550
    assert len(desk.tickets()) == 5


SPELLINGS = {
    "upper case": "{LOCAL}@{DOMAIN}",
    "mixed case": "<{Local}@{Domain}>",
    "quoted": '<"{local}"@{domain}>',
    "quoted, a quoted pair": '<"\\{local}"@{domain}>',
    "source route": "<@relay.example,@other.example:{local}@{domain}>",
    "final dot": "<{local}@{domain}.>",
    "extension": "<{local}+anything@{domain}>",
    "empty extension": "<{local}+@{domain}>",
    "extension in upper case": "<{LOCAL}+ANYTHING@{domain}>",
    "extension quoted": '<"{local}+any thing"@{domain}>',
    "percent": "<{local}%{domain}@local.test>",
    "bangs": "<local.test!{domain}!{local}>",
    "source route and percent": "<@relay.example:{local}%{domain}@local.test>",
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_a_role_address_in_every_spelling(desk, name):
    local, _, domain = desk.role.partition("@")
    spelling = SPELLINGS[name].format(
        local=local, LOCAL=local.upper(), Local=local.title(),
        domain=domain, DOMAIN=domain.upper(), Domain=domain.title(),
    )  # fmt: skip
    desk.customer_writes(rcpts=spelling)
    ticket = desk.ticket_of(desk.last(desk.jane))
    assert desk.last(desk.joe).header("Subject") == f"{ticket.id} Printer on fire"
    assert [one["number"] for one in desk.tickets()] == [ticket.number]
    assert desk.got(desk.role) == []


def test_all_spellings_at_once(desk):
    local, _, domain = desk.role.partition("@")
    rcpts = [desk.role, desk.role.upper(), f'"{local}"@{domain}', f"{local}+x@{domain}", desk.role]
    desk.customer_writes(rcpts=rcpts)
    assert desk.ticket_of(desk.last(desk.jane)).messages[0]["copies"] == 2
    assert len(desk.got(desk.joe)) == 1
    assert len(desk.tickets()) == 1


def test_a_role_address_without_domain(desk):
    """A bare local part means the server's own domain."""
    desk.customer_writes(rcpts=desk.role.partition("@")[0])
    assert len(desk.tickets()) == 1
    assert len(desk.got(desk.jane)) == 1


def test_an_address_that_only_looks_alike(desk):
    """No role address: ordinary mail, not touched."""
    local, _, domain = desk.role.partition("@")
    desk.site.run("department", "address", desk.name, "add", f"mia-{desk.number}.help@{domain}")
    other = f"mia-{desk.number}@{domain}"
    desk.customer_writes(desk.from_kim(Subject="Hello"), rcpts=other)
    assert desk.last(other).header("Subject") == "Hello"
    assert desk.tickets() == []
    sent = desk.customer_sends(desk.from_kim(Subject="Hello"), rcpts=f"x{local}@{domain}")
    assert sent.code == 550


# ---- Operators' addresses


def test_an_operators_address_that_is_an_alias(desk):
    """An operator may be a list: the mail server expands the address."""
    pair = f"op-two.{desk.number}@example.test"
    desk.site.run("operator", "add", pair)
    desk.site.run("member", "add", desk.name, pair)
    ticket = desk.ask()
    for name in ("one", "two"):
        copy = desk.last(f"mia-{name}.{desk.number}@example.test")
        assert copy.header("Subject") == f"{ticket.id} Printer on fire"
    assert desk.got(pair) == []


def test_an_operators_second_address_proves_and_gets_no_copy(desk):
    first, second = f"op-{desk.number}.a@example.test", f"op-{desk.number}.b@example.test"
    desk.site.run("operator", "add", first, "--also", second, "--login", first)
    desk.site.run("member", "add", desk.name, first)
    ticket = desk.ask()
    assert (len(desk.got(first)), desk.got(second)) == (1, [])
    data = mail(From=second, To=desk.role, Subject=f"Re: {ticket.id} Printer on fire")
    desk.operator_writes(data, sender=second, auth=first)
    assert ticket.kinds == ["request", "answer"]
    assert len(desk.got(first)) == 1
