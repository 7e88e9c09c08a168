# SPDX-License-Identifier: BSD-2-Clause
"""A customer writes to a role address, an operator answers: what everybody gets, and what the record
says."""

import pytest

from desk import ID, mail, message_id
from lab import DOMAINS


def test_a_mail_to_a_role_address_opens_a_ticket(desk):
    ticket = desk.ask(desk.from_kim(Subject="Printer on fire"))
    for operator in (desk.jane, desk.joe):
        copy = desk.last(operator)
        assert copy.header("Subject") == f"{ticket.id} Printer on fire"
        assert copy.sender == ticket.address
    state = ticket.state
    assert (state["state"], state["waiting"], state["requester"]) == ("open", "us", desk.kim)
    assert (state["department"], state["assignee"]) == (desk.name, None)
    assert state["subject"] == "Printer on fire"
    assert ticket.kinds == ["request"]
    assert ticket.messages[0]["copies"] == 2
    assert [event["kind"] for event in ticket.events()] == ["opened"]


def test_an_operators_copy_can_be_read_and_answered_anywhere(desk):
    ticket = desk.ask(
        desk.from_kim(
            Subject="Printer on fire",
            Reply_To="kim.private@example.net",
            Cc=f"boss@example.net, {desk.joe}",
            User_Agent="Mailer 1",
        )
    )
    copy = ticket.copy
    assert copy.header("From") == f'"Kim Customer via {desk.title}" <{desk.role}>'
    assert copy.header("Reply-To") == desk.role
    assert copy.header("To") == desk.role
    assert copy.header("Cc") == desk.joe
    assert copy.header("X-Original-From") == f"Kim Customer <{desk.kim}>"
    assert copy.header("X-Original-Reply-To") == "kim.private@example.net"
    assert copy.header("X-Original-Cc") == "boss@example.net"
    assert copy.header("User-Agent") == "Mailer 1"
    assert copy.header("X-Auto-Response-Suppress") == "OOF, DR, RN, NRN, AutoReply"
    assert copy.header("X-Counterfoil-Ticket") == str(ticket.number)
    assert copy.header("X-Counterfoil-Department") == desk.name
    assert copy.header("X-Counterfoil-State") == "open"
    assert copy.header("X-Counterfoil-Kind") == "request"
    assert copy.body == b"It burns.\r\n"


def followed_up(desk, ticket):
    """The customer's second message went to the same ticket and to both operators."""
    assert ticket.kinds == ["request", "followup"]
    assert len(desk.tickets()) == 1
    for operator in (desk.jane, desk.joe):
        copy = desk.last(operator, 2)
        assert ID.findall(copy.header("Subject")) == [(str(ticket.number), ticket.check)]
        assert copy.sender == ticket.address


def test_a_follow_up_by_its_id(desk):
    ticket = desk.ask()
    desk.customer_writes(desk.from_kim(Subject=f"Re: {ticket.id} Printer on fire"))
    followed_up(desk, ticket)


def test_a_follow_up_by_an_id_that_went_through_many_hands(desk):
    ticket = desk.ask()
    sloppy = ticket.id.lower().replace("0", "o").replace("1", "l").replace(" #", "#")
    desk.customer_writes(desk.from_kim(Subject=f"AW: WG: news{sloppy}at last"))
    followed_up(desk, ticket)


def test_a_follow_up_by_in_reply_to(desk):
    first = desk.from_kim(Subject="Printer on fire")
    ticket = desk.ask(first)
    desk.customer_writes(desk.from_kim(Subject="Well?", In_Reply_To=message_id(first)))
    followed_up(desk, ticket)


def test_a_follow_up_by_references(desk):
    first = desk.from_kim(Subject="Printer on fire")
    ticket = desk.ask(first)
    references = f"<0@elsewhere.example>\r\n {message_id(first)}\r\n\t<9@elsewhere.example>"
    desk.customer_writes(desk.from_kim(Subject="Well?", References=references))
    followed_up(desk, ticket)


def test_a_follow_up_by_the_answers_message_id(desk):
    ticket = desk.ask()
    answer = desk.from_jane(Subject=f"Re: {ticket.id} Printer on fire")
    desk.operator_writes(answer)
    desk.customer_writes(desk.from_kim(Subject="Well?", In_Reply_To=message_id(answer)))
    assert ticket.kinds == ["request", "answer", "followup"]
    assert ticket.state["waiting"] == "us"


def test_a_follow_up_by_the_bounce_address(desk):
    ticket = desk.ask()
    data = desk.from_kim(Subject="Well?", To=ticket.address)
    desk.customer_writes(data, rcpts=ticket.address)
    followed_up(desk, ticket)


def test_a_stranger_does_not_enter_by_references(desk):
    first = desk.from_kim(Subject="Printer on fire")
    ticket = desk.ask(first)
    stranger = mail(
        From="eve@example.org", To=desk.role, Subject="Mine?", References=message_id(first)
    )
    desk.customer_writes(stranger, sender="eve@example.org")
    assert ticket.kinds == ["request"]
    assert len(desk.tickets()) == 2


def test_a_stranger_with_an_id_is_marked(desk):
    ticket = desk.ask()
    stranger = mail(From="eve@example.org", To=desk.role, Subject=f"Fwd: {ticket.id} Printer")
    desk.customer_writes(stranger, sender="eve@example.org")
    assert ticket.kinds == ["request", "followup"]
    assert f"{ticket.id} [new sender]" in desk.last(desk.jane, 2).header("Subject")
    assert [event["actor"] for event in ticket.events("stranger")] == ["eve@example.org"]
    desk.operator_writes(desk.from_jane(Subject=f"Re: {ticket.id} Printer on fire"))
    assert len(desk.got(desk.kim)) == 1
    assert desk.got("eve@example.org") == []


def test_a_forged_id_opens_a_ticket_of_its_own(desk):
    ticket = desk.ask()
    wrong = "ZZZZZ" if ticket.check != "ZZZZZ" else "YYYYY"
    forged = f"[Example #{ticket.number}-{wrong}] Printer on fire"
    desk.customer_writes(desk.from_kim(Subject=forged))
    assert ticket.kinds == ["request"]
    other = desk.ticket_of(desk.last(desk.jane, 2))
    assert other.number != ticket.number
    assert other.kinds == ["request"]
    assert [event["detail"] for event in other.events("bad-id")] == [str(ticket.number)]


# ---- Answers

# What a mail program and a network write into a message about whoever sends it.
TELLTALES = {
    "Sender": "Jane Doe <jane.private@home.example>",
    "Reply_To": "Jane at home <jane.private@home.example>",
    "Return_Path": "<jane.private@home.example>",
    "Received": "from janes-laptop (home.example [203.0.113.9]) by relay; Mon, 1 Jan 2024 00:00:00 +0000",
    "Organization": "Jane Doe Ltd",
    "X_Originating_IP": "[203.0.113.9]",
    "X_Mailer": "JaneMail 1.0",
    "User_Agent": "JaneMail/1.0 (janes-laptop)",
    "Disposition_Notification_To": "jane.private@home.example",
    "DKIM_Signature": "v=1; d=home.example; s=jane; b=AAAA",
    "Authentication_Results": "home.example; auth=pass smtp.auth=jane",
    "List_Unsubscribe": "<mailto:jane.private@home.example>",
    "X_Counterfoil_Ticket": "99 jane",
    "X_Original_From": "jane.private@home.example",
    "Autocrypt": "addr=jane.private@home.example; keydata=AAAA",
    "Face": "janes-face",
    "Comments": "by Jane Doe",
    "Bcc": "jane.private@home.example",
}
CUSTOMERS_HEADERS = {
    "received", "from", "to", "cc", "subject", "date", "message-id", "in-reply-to", "references",
    "mime-version", "content-type", "content-transfer-encoding", "importance", "thread-index",
    "thread-topic", "x-counterfoil-loop",
}  # fmt: skip


def test_the_customer_sees_nothing_of_the_operator(desk):
    first = desk.from_kim(Subject="Printer on fire")
    ticket = desk.ask(first)
    answer = desk.from_jane(
        Subject=f"Re: {ticket.id} Printer on fire",
        In_Reply_To=message_id(first),
        References=message_id(first),
        MIME_Version="1.0",
        Content_Type='text/plain; charset="utf-8"',
        Content_Transfer_Encoding="8bit",
        Importance="high",
        Thread_Index="AdABCDEF",
        Thread_Topic="Printer on fire",
        **TELLTALES,
    )
    desk.operator_writes(answer, helo="janes-laptop.home.example")
    got = desk.last(desk.kim)
    names = [name.decode().lower() for name, _ in got.fields()]
    assert set(names) == CUSTOMERS_HEADERS - {"cc"}
    # Of the Received lines only this server's own is left, which no filter can take out.
    assert names.count("received") == 1
    assert b"by mx.example.test" in got.fields()[0][1]
    for name, value in got.fields()[1:]:
        if name.lower() != b"message-id":
            assert b"jane" not in value.lower(), (name, value)
            assert b"203.0.113.9" not in value and b"home.example" not in value, (name, value)
    assert got.header("From") == f'"{desk.title}" <{desk.role}>'
    assert got.header("To") == f'"Kim Customer" <{desk.kim}>'
    assert got.header("Subject") == f"Re: {ticket.id} Printer on fire"
    assert got.header("Message-ID") == message_id(answer)
    assert got.header("In-Reply-To") == got.header("References") == message_id(first)
    assert got.header("Content-Type") == 'text/plain; charset="utf-8"'
    assert got.sender == ticket.address
    assert got.body == b"It burns.\r\n"


def test_an_answer_goes_to_the_colleague_and_takes_the_ticket(desk):
    ticket = desk.ask()
    desk.operator_writes(desk.from_jane(Subject=f"Re: {ticket.id} Printer on fire"))
    assert desk.last(desk.joe, 2).header("Subject") == f"Re: {ticket.id} Printer on fire"
    assert len(desk.got(desk.jane)) == 1
    assert ticket.kinds == ["request", "answer"]
    state = ticket.state
    assert (state["waiting"], state["assignee"]) == ("customer", desk.jane)


def test_the_customer_answers_the_answer(desk):
    ticket = desk.ask()
    desk.operator_writes(desk.from_jane(Subject=f"Re: {ticket.id} Printer on fire"))
    answer = desk.last(desk.kim)
    reply = desk.from_kim(
        Subject="AW: " + answer.header("Subject"), In_Reply_To=answer.header("Message-ID")
    )
    desk.customer_writes(reply)
    assert desk.last(desk.jane, 2).header("Subject") == f"Re: {ticket.id} Printer on fire"
    assert ticket.kinds == ["request", "answer", "followup"]


def test_an_answer_by_references_under_another_subject(desk):
    first = desk.from_kim(Subject="Printer on fire")
    ticket = desk.ask(first)
    desk.operator_writes(
        desk.from_jane(Subject="Extinguisher", References=f"<x@example.org> {message_id(first)}")
    )
    assert desk.last(desk.kim).header("Subject") == f"{ticket.id} Extinguisher"
    assert ticket.kinds == ["request", "answer"]


def test_an_answer_goes_to_those_whom_the_customer_named(desk):
    boss = f"boss-{desk.number}@example.net"
    ticket = desk.ask(desk.from_kim(Subject="Printer on fire", Cc=f"The Boss <{boss}>, eve@example.org"))
    assert ticket.state["correspondents"] == [boss]
    desk.operator_writes(desk.from_jane(Subject=f"Re: {ticket.id} Printer on fire"))
    for address in (desk.kim, boss):
        got = desk.last(address)
        assert got.header("To") == f'"Kim Customer" <{desk.kim}>'
        assert got.header("Cc") == f'"The Boss" <{boss}>'


def test_an_operators_words_do_not_reach_the_customer(desk):
    ticket = desk.ask()
    desk.operator_writes(desk.from_jane(Subject=f"Re: {ticket.id} [new sender] [auto] Printer on fire"))
    assert desk.last(desk.kim).header("Subject") == f"Re: {ticket.id} Printer on fire"


def test_on_behalf_of_somebody_outside(desk):
    data = desk.from_jane(To=f"Kim Customer <{desk.kim}>", Cc=desk.role, Subject="Your invoice")
    desk.operator_writes(data, rcpts=[desk.kim, desk.role])
    got = desk.last(desk.kim)
    ticket = desk.ticket_of(got)
    assert got.header("Subject") == f"{ticket.id} Your invoice"
    assert got.header("From") == f'"{desk.title}" <{desk.role}>'
    assert got.header("To") == f'"Kim Customer" <{desk.kim}>'
    assert got.sender == ticket.address
    assert b"jane" not in b"".join(value for name, value in got.fields() if name != b"Message-ID")
    assert ticket.state["requester"] == desk.kim
    assert ticket.kinds == ["answer"]
    assert len(desk.got(desk.joe)) == 1
    desk.customer_writes(desk.from_kim(Subject="Re: " + got.header("Subject")))
    assert ticket.kinds == ["answer", "followup"]


def test_an_operator_asks_their_own_department(desk):
    desk.operator_writes(desk.from_jane(Subject="Who has the key?"))
    ticket = desk.ticket_of(desk.last(desk.joe))
    assert ticket.kinds == ["request"]
    assert ticket.state["requester"] == desk.jane


# ---- Bcc, bystanders


def test_a_role_address_in_bcc(desk):
    data = mail(From=desk.kim, To="boss@example.net", Subject="Behind their back")
    desk.customer_writes(data, rcpts=desk.role)
    assert desk.ticket_of(desk.last(desk.jane)).kinds == ["request"]


@pytest.mark.parametrize("kind", ["local", "mailbox", "relay"])
def test_a_bystander_gets_the_mail_as_it_was(desk, kind):
    bystander = f"mia-{desk.number}@{DOMAINS[kind]}"
    data = desk.from_kim(
        Subject="Printer on fire",
        To=f"{desk.role}, {bystander}",
        Reply_To="kim.private@example.net",
        Cc="boss@example.net",
        X_Thing="kept",
    )
    desk.customer_writes(data, rcpts=[desk.role, bystander])
    got = desk.last(bystander)
    ticket = desk.ticket_of(got)
    header = data.partition(b"\r\n\r\n")[0].split(b"\r\n")
    header[2] = b"Subject: " + ticket.id.encode() + b" Printer on fire"
    received, stamp = got.fields()[0], got.fields()[-1]
    assert received[0] == b"Received" and stamp[0] == b"X-Counterfoil-Loop"
    assert [name + b":" + value for name, value in got.fields()[1:-1]] == header
    assert got.body == data.partition(b"\r\n\r\n")[2]
    for operator in (desk.jane, desk.joe):
        assert operator.encode() not in got.data
        assert len(desk.got(operator)) == 1


def test_an_operator_who_is_a_recipient_gets_one_copy(desk):
    data = desk.from_kim(Subject="Printer on fire", To=f"{desk.role}, {desk.jane}")
    desk.customer_writes(data, rcpts=[desk.role, desk.jane])
    assert len(desk.got(desk.jane)) == len(desk.got(desk.joe)) == 1


def test_a_customer_who_is_a_recipient_gets_one_copy_of_the_answer(desk):
    ticket = desk.ask()
    data = desk.from_jane(Subject=f"Re: {ticket.id} Printer on fire", To=f"{desk.role}, {desk.kim}")
    desk.operator_writes(data, rcpts=[desk.role, desk.kim])
    assert desk.last(desk.kim).header("From") == f'"{desk.title}" <{desk.role}>'


# ---- The same message again


def test_a_retry_is_recognised(desk):
    data = desk.from_kim(Subject="Printer on fire")
    ticket = desk.ask(data)
    desk.customer_writes(data)
    assert ticket.kinds == ["request"]
    assert len(desk.tickets()) == 1
    assert desk.last(desk.jane, 2).header("Subject") == desk.got(desk.jane)[0].header("Subject")
