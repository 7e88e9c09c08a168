# SPDX-License-Identifier: BSD-2-Clause
"""An operator answers the customer's own address instead of the role address."""

import pytest

from desk import TRUSTED, Desk, message_id
from lab import wait_for


def slip(desk, ticket, **fields):
    """What jane writes to the customer's own address."""
    fields = {"To": f"Kim Customer <{desk.kim}>", "Subject": f"Re: {ticket.id} Printer on fire", **fields}
    return desk.from_jane(User_Agent="Secret Mail 1.0", **fields)


def is_answer(desk, copy, data, ticket):
    """A copy of jane's mail came from the role address, and nothing in it tells who she is."""
    assert copy.sender == ticket.address
    assert copy.header("From") == f'"{desk.title}" <{desk.role}>'
    assert copy.header("Message-ID") == message_id(data)
    assert copy.header("User-Agent") is None
    assert desk.jane.encode() not in copy.data.split(b"\r\n\r\n")[0]
    assert copy.body == data.split(b"\r\n\r\n", 1)[1]


def is_as_it_came(desk, copy, data):
    assert copy.sender == desk.jane
    assert copy.header("From") == f"Jane Doe <{desk.jane}>"
    assert copy.header("User-Agent") == "Secret Mail 1.0"
    assert copy.header("X-Counterfoil-Loop") is None
    assert copy.body == data.split(b"\r\n\r\n", 1)[1]


def test_an_answer_to_the_customer_goes_out_as_the_role_address(desk):
    ticket = desk.ask()
    data = slip(desk, ticket)
    sent = desk.operator_writes(data, desk.kim)
    copy = desk.last(desk.kim)
    is_answer(desk, copy, data, ticket)
    assert copy.header("To") == f'"Kim Customer" <{desk.kim}>'
    assert len(desk.got(desk.joe)) == 2 and len(desk.got(desk.jane)) == 1
    assert ticket.kinds == ["request", "answer"]
    assert (ticket.state["waiting"], ticket.state["assignee"]) == ("customer", desk.jane)
    assert ticket.raw() == data
    desk.site.wait_log(rf"{sent.queue_id}: ticket={ticket.number} kind=answer .* copies=2 slip ")


def test_the_customer_goes_on_with_the_department(desk):
    ticket = desk.ask()
    desk.operator_writes(slip(desk, ticket), desk.kim)
    desk.customer_writes(desk.from_kim(Subject=desk.last(desk.kim).header("Subject")))
    assert ticket.kinds == ["request", "answer", "followup"]
    assert len(desk.got(desk.jane)) == 2


def test_everybody_gets_it_once(desk):
    friend, expert = f"mia-{desk.number}@example.net", f"mia-{desk.number}@example.org"
    ticket = desk.ask(desk.from_kim(Subject="Printer on fire", Cc=friend))
    data = slip(desk, ticket, Cc=f"{desk.joe}, {expert}")
    desk.operator_writes(data, [desk.kim, desk.joe, expert])
    for address in (desk.kim, friend, expert):
        is_answer(desk, desk.last(address), data, ticket)
    assert desk.last(desk.joe, 2).header("From") == f'"Jane Doe via {desk.title}" <{desk.role}>'
    assert sorted(ticket.state["correspondents"]) == sorted([friend, expert])


def test_a_retry_and_the_role_address_after_it(desk):
    """The mail program sends it again; then its other half, which was for the role address."""
    ticket = desk.ask()
    data = slip(desk, ticket, Cc=desk.role)
    for count in (1, 2):
        desk.operator_writes(data, desk.kim)
        is_answer(desk, desk.last(desk.kim, count), data, ticket)
    desk.operator_writes(data, desk.role)
    assert len(desk.got(desk.kim)) == len(desk.got(desk.joe)) == 2
    assert ticket.kinds == ["request", "answer"]


def test_several_messages_of_one_connection(desk):
    ticket = desk.ask()
    caught = slip(desk, ticket)
    private = slip(desk, ticket, Subject="Lunch")
    others = slip(desk, ticket)
    elsewhere = f"mia-{desk.number}@example.org"
    with desk.postfix.client(desk.postfix.submission_port, auth=desk.jane) as client:
        for data, rcpt in ((private, desk.kim), (caught, desk.kim), (others, elsewhere), (private, desk.kim)):
            assert client.send(desk.jane, rcpt, data, pipelined=True).code == 250
    wait_for(lambda: len(desk.got(desk.kim)) == 3, "all three")
    box = desk.got(desk.kim)
    (other,) = desk.postfix.wait_mailbox(elsewhere)
    (answer,) = (copy for copy in box if copy.header("Subject") != "Lunch")
    is_answer(desk, answer, caught, ticket)
    for copy in box:
        if copy is not answer:
            is_as_it_came(desk, copy, private)
    is_as_it_came(desk, other, others)
    assert ticket.kinds == ["request", "answer"]


def test_a_large_one(desk):
    """Its body comes after the filter was asked whether it wants it."""
    ticket = desk.ask()
    data = slip(desk, ticket, body=b"x" * 70 + b"\r\n")
    data += (b"y" * 70 + b"\r\n") * 50_000
    desk.operator_writes(data, desk.kim)
    is_answer(desk, desk.last(desk.kim), data, ticket)
    assert ticket.raw() == data


@pytest.mark.parametrize("subject", ["Re: Printer on fire", "Re: {bad} Printer on fire"])
def test_no_id_no_answer(desk, subject):
    ticket = desk.ask()
    bad = ticket.id.replace(ticket.check, "ZZZZZ")
    data = slip(desk, ticket, Subject=subject.format(bad=bad))
    desk.operator_writes(data, desk.kim)
    is_as_it_came(desk, desk.last(desk.kim), data)
    assert ticket.kinds == ["request"]


def test_an_operator_who_has_left_writes_for_themselves(desk):
    ticket = desk.ask()
    desk.site.run("member", "remove", desk.name, desk.jane)
    data = slip(desk, ticket)
    desk.operator_writes(data, desk.kim)
    is_as_it_came(desk, desk.last(desk.kim), data)
    assert ticket.kinds == ["request"]


def test_a_colleagues_login_proves_nothing(desk):
    ticket = desk.ask()
    data = slip(desk, ticket)
    desk.operator_writes(data, desk.kim, auth=desk.joe)
    is_as_it_came(desk, desk.last(desk.kim), data)
    assert ticket.kinds == ["request"]


def here(desk):
    """A customer in a domain of this server, which takes mail for them from anybody."""
    desk.kim = f"kim-{desk.number}@example.test"
    return desk.ask()


def test_nobody_logged_in(desk):
    ticket = here(desk)
    data = slip(desk, ticket)
    desk.customer_writes(data, desk.kim, sender=desk.jane)
    is_as_it_came(desk, desk.last(desk.kim), data)
    assert ticket.kinds == ["request"]


def test_a_trusted_network(desk):
    ticket = here(desk)
    data = slip(desk, ticket)
    desk.customer_writes(data, desk.kim, sender=desk.jane, client=TRUSTED)
    is_answer(desk, desk.last(desk.kim), data, ticket)
    assert ticket.kinds == ["request", "answer"]


def by_sendmail(desk, ticket):
    data = slip(desk, ticket)
    args = ["-i", "-f", desk.jane, desk.kim]
    assert desk.postfix.sendmail(args, data.replace(b"\r\n", b"\n")).returncode == 0
    wait_for(lambda: desk.got(desk.kim), "it is delivered")
    return data, desk.last(desk.kim)


def test_the_sendmail_command(desk):
    ticket = desk.ask()
    data, copy = by_sendmail(desk, ticket)
    is_as_it_came(desk, copy, data)
    assert ticket.kinds == ["request"]


def test_the_sendmail_command_where_it_is_trusted(new_pair):
    desk = Desk(new_pair(settings={"mail": {"trust_local_submission": "true"}}))
    ticket = desk.ask()
    data, copy = by_sendmail(desk, ticket)
    is_answer(desk, copy, data, ticket)
    assert ticket.kinds == ["request", "answer"]


def test_switched_off(new_pair):
    desk = Desk(new_pair(settings={"mail": {"catch_direct": "false"}}))
    ticket = desk.ask()
    data = slip(desk, ticket)
    desk.operator_writes(data, desk.kim)
    is_as_it_came(desk, desk.last(desk.kim), data)
    assert ticket.kinds == ["request"]


def test_it_waits_when_it_cannot_be_recorded(new_pair):
    """An answer may not leave as it came; what is none is not held up."""
    pair = new_pair()
    desk = Desk(pair)
    ticket = desk.ask()
    data, private = slip(desk, ticket), slip(desk, ticket, Subject="Lunch")
    database = pair.site.folder / "data" / "counterfoil.db"
    pair.site.expect("^error: ")
    aside = database.with_suffix(".aside")
    database.rename(aside)
    sent = desk.operator_sends(data, desk.kim)
    assert (sent.code, sent.text[:5]) == (451, "4.3.0"), sent
    desk.operator_writes(private, desk.kim)
    is_as_it_came(desk, desk.last(desk.kim), private)
    aside.rename(database)
    desk.operator_writes(data, desk.kim)
    is_answer(desk, desk.last(desk.kim, 2), data, ticket)
