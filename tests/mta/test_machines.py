# SPDX-License-Identifier: BSD-2-Clause
"""Mail that nobody wrote, and mail that only looks like it: what is shown to whom, with what word in the
Subject, and what it does to the ticket."""

import pytest

from desk import FORM, mail


@pytest.fixture
def ticket(desk):
    """One that jane has, and has answered."""
    made = desk.ask()
    desk.does(made, "", body="Put out.\r\n")
    return made


def comes(desk, data, rcpts=None, sender=None):
    """It is accepted from outside; the Subjects of who got something."""
    desk.customer_writes(data, rcpts=rcpts, sender=sender)
    return {
        name: [copy.header("Subject") for copy in copies] for name, copies in desk.news().items()
    }


# ---- Autoresponders: the narrow list

NARROW = {
    "no sender": {},
    "auto-replied": {"Auto_Submitted": "auto-replied"},
    "with a parameter": {"Auto_Submitted": 'Auto-Replied (vacation); owner-email="kim@example.net"'},
    "X-Autoreply": {"X_Autoreply": "yes"},
    "X-Autorespond": {"X_Autorespond": "Out of office"},
    "Precedence": {"Precedence": "auto_reply"},
    "Delivered-To": {"Delivered_To": "autoresponder"},
}


@pytest.mark.parametrize("name", NARROW)
def test_what_a_machine_answers(desk, ticket, name):
    """For whoever has the ticket; it is nobody's turn because of it, and it opens nothing."""
    sender = "" if name == "no sender" else desk.kim

    def comes_once():
        subject = f"Out of office: {ticket.id} Printer on fire"
        return comes(desk, desk.from_kim(Subject=subject, **NARROW[name]), sender=sender)

    assert comes_once() == {"jane": [f"{ticket.id} [auto] Out of office: Printer on fire"]}
    assert desk.got(desk.jane)[-1].sender == ("" if name == "no sender" else ticket.address)
    assert (ticket.state["state"], ticket.state["waiting"]) == ("open", "customer")
    desk.does(ticket, "close")
    assert comes_once() == {}
    assert ticket.state["state"] == "closed"
    assert ticket.kinds == ["request", "answer", "auto", "command", "auto"]
    assert len(desk.tickets()) == 1


def test_one_copy_a_day(desk, ticket):
    """What one sender's machine has to say is recorded each time, and shown once a day, ticket and
    sender."""
    def out(sender, subject):
        data = mail(From=sender, To=desk.role, Subject=subject, Auto_Submitted="auto-replied")
        return list(comes(desk, data, sender=sender))

    subject = f"Re: {ticket.id} Away"
    assert out(desk.kim, subject) == ["jane"]
    assert out(desk.kim, subject) == out(desk.kim, subject) == []
    assert out(f"mia-{desk.number}@example.net", subject) == ["jane"]
    desk.site.age(ticket.number, 1.1)
    assert out(desk.kim, subject) == ["jane"]
    assert ticket.kinds[2:] == ["auto"] * 5
    # A second ticket of the same customer has a day of its own.
    second = desk.ask(desk.from_kim(Subject="Another"))
    desk.news()
    assert sorted(out(desk.kim, f"Re: {second.id} Away")) == ["jane", "joe"]
    # Each that opens a ticket is shown, to all.
    for _ in range(2):
        assert sorted(out(desk.kim, "I am away")) == ["jane", "joe"]


def test_an_operators_autoresponder_is_for_the_others(desk, ticket):
    """It answered a copy; the copy of its answer would be answered, too."""
    data = mail(From=desk.jane, To=desk.role, Subject=f"Re: {ticket.id} Away",
                Auto_Submitted="auto-replied")  # fmt: skip
    assert comes(desk, data, sender="") == {"joe": [f"Re: {ticket.id} [auto] Away"]}
    assert ticket.kinds == ["request", "answer", "auto"]
    assert ticket.state["assignee"] == desk.jane


# ---- The wide list: no acknowledgement, but somebody may have written it

WIDE = {
    "another ticketing system": {"Auto_Submitted": "auto-generated"},
    "suppress": {"X_Auto_Response_Suppress": "All"},
    "bulk": {"Precedence": "bulk"},
    "a list": {"List_Id": "<talk.example.net>", "List_Unsubscribe": "<mailto:x@example.net>"},
    "list": {"Precedence": "list"},
    "junk": {"Precedence": "junk"},
    "no": {"Auto_Submitted": "no"},
}


@pytest.mark.parametrize("name", WIDE)
def test_what_only_looks_like_a_machine(desk, ticket, name):
    desk.does(ticket, "close")
    data = desk.from_kim(Subject=f"Re: {ticket.id} Printer on fire", **WIDE[name])
    subject = f"Re: {ticket.id} Printer on fire"
    assert comes(desk, data) == {"jane": [subject], "joe": [subject]}
    assert ticket.kinds == ["request", "answer", "command", "followup"]
    assert ticket.state["state"] == "open"
    assert sorted(comes(desk, desk.from_kim(Subject="New", **WIDE[name]))) == ["jane", "joe"]


@pytest.mark.parametrize("local", ["noreply", "no-reply", "donotreply", "mailer-daemon"])
def test_a_sender_that_wants_no_reply(desk, local):
    """It may still report something that somebody must do."""
    sender = f"{local}@example.org"
    data = mail(From=f"Shop <{sender}>", To=desk.role, Subject="Your order")
    assert sorted(comes(desk, data, sender=sender)) == ["jane", "joe"]
    assert desk.tickets()[0]["requester"] == sender
    assert "[auto]" not in desk.last(desk.jane).header("Subject")


# ---- Reports

PARTS = """\
This is a report.\r
\r
--b\r
Content-Type: message/{kind}\r
\r
Reporting-MTA: dns; mx.example.org\r
\r
Final-Recipient: rfc822; {address}\r
{fields}\r
\r
--b\r
Content-Type: text/rfc822-headers\r
\r
{returned}\r
--b--\r
"""


def report(desk, fields, address="gone@example.org", returned="", kind="delivery-status", **headers):
    """A report as another server sends it, about an address; returned: header lines of what came
    back."""
    headers.setdefault("To", desk.role)
    return mail(
        From="MAILER-DAEMON@mx.example.org",
        Subject="Undelivered Mail Returned to Sender",
        MIME_Version="1.0",
        Content_Type=f'multipart/report; report-type={kind}; boundary="b"',
        body="--b\r\n\r\n" + PARTS.format(kind=kind, fields=fields, address=address, returned=returned),
        **headers,
    )


FAILED = "Action: failed\r\nStatus: 5.1.1"


def returned_by(desk, ticket, by):
    """What of the answer came back, as one of the ways to know it by."""
    answer = desk.got(desk.kim)[-1]
    return {
        "its Subject": f"Subject: {answer.header('Subject')}\r\n",
        "its sender": f"Return-Path: <{ticket.address}>\r\nSubject: Hello\r\n",
        "its Message-ID": f"Message-ID: {answer.header('Message-ID')}\r\nSubject: Hello\r\n",
    }[by]


@pytest.mark.parametrize("by", ["its Subject", "its sender", "its Message-ID"])
def test_a_report_to_the_role_address(desk, ticket, by):
    """Some servers send it to From; the ticket is known by what came back."""
    data = report(desk, FAILED, returned=returned_by(desk, ticket, by))
    subject = f"{ticket.id} [bounce] Undelivered Mail Returned to Sender"
    assert comes(desk, data, sender="") == {"jane": [subject], "joe": [subject]}
    assert [event["detail"] for event in ticket.events("bounced")] == ["gone@example.org 5.1.1"]
    assert ticket.kinds == ["request", "answer", "bounce"]
    assert desk.got(desk.jane)[-1].sender == ""
    assert len(desk.tickets()) == 1


def test_a_report_about_nothing_of_ours(desk):
    """It opens a ticket without a requester: nobody is answered."""
    came = comes(desk, report(desk, FAILED, returned="Subject: Hello\r\n"), sender="")
    assert sorted(came) == ["jane", "joe"]
    opened = desk.ticket_of(desk.got(desk.jane)[-1])
    assert (opened.kinds, opened.state["requester"]) == (["bounce"], None)


@pytest.mark.parametrize("fields", ["Action: delayed\r\nStatus: 4.4.1", "Action: relayed\r\nStatus: 2.0.0",
                                    "Action: delivered\r\nStatus: 2.0.0"])  # fmt: skip
def test_a_report_of_no_failure(desk, ticket, fields):
    """Delayed is not failed: it is for the assignee, and no event says that an address is bad."""
    data = report(desk, fields, To=ticket.address)
    came = comes(desk, data, rcpts=ticket.address, sender="")
    assert came == {"jane": [f"{ticket.id} [auto] Undelivered Mail Returned to Sender"]}
    assert ticket.kinds == ["request", "answer", "auto"]
    assert ticket.events("bounced") == []


def test_a_report_about_an_operators_mailbox(desk, ticket):
    """Not to that mailbox; to the others, whoever has the ticket."""
    data = report(desk, FAILED, address=desk.jane, To=ticket.address)
    came = comes(desk, data, rcpts=ticket.address, sender="")
    assert came == {"joe": [f"{ticket.id} [bounce] Undelivered Mail Returned to Sender"]}
    assert [event["detail"] for event in ticket.events("bounced")] == [f"{desk.jane} 5.1.1"]


def test_a_read_receipt(desk, ticket):
    data = mail(
        From=desk.kim, To=desk.role, Subject=f"Read: {ticket.id} Printer on fire",
        MIME_Version="1.0",
        Content_Type='multipart/report; report-type=disposition-notification; boundary="b"',
        body="--b\r\n\r\n" + PARTS.format(
            kind="disposition-notification", address=desk.kim, returned="",
            fields="Disposition: manual-action/MDN-sent-manually; displayed",
        ),
    )  # fmt: skip
    assert list(comes(desk, data)) == ["jane"]
    assert ticket.kinds == ["request", "answer", "auto"]
    assert ticket.state["waiting"] == "customer"


# ---- Who writes through somebody else


def test_a_web_form(desk):
    """It mails in its own name; the visitor stands in Reply-To, and is the one who gets the answer."""
    data = mail(From=f"Contact form <{FORM}>", Reply_To=f"Kim Customer <{desk.kim}>", To=desk.role,
                Subject="Contact form")  # fmt: skip
    assert sorted(comes(desk, data, sender=FORM)) == ["jane", "joe"]
    asked = desk.ticket_of(desk.got(desk.jane)[-1])
    assert asked.state["requester"] == desk.kim
    assert desk.last(desk.jane).header("From") == f'"Kim Customer via {desk.title}" <{desk.role}>'
    news = desk.does(asked, "", body="Hello.\r\n")
    assert news["kim"][0].header("To") == f'"Kim Customer" <{desk.kim}>'
    # Without a visitor it is the form's own; and who only has a Reply-To is no form.
    comes(desk, mail(From=FORM, To=desk.role, Subject="Full"), sender=FORM)
    comes(desk, desk.from_kim(Subject="Hello", Reply_To="else@example.org"))
    assert [one["requester"] for one in desk.tickets()] == [desk.kim, FORM, desk.kim]


def test_a_mailing_list_that_writes_in_its_own_name(desk):
    """So that DMARC passes; the author is the customer, not everybody on the list."""
    data = mail(
        From=f"Kim Customer via Talk <talk-{desk.number}@lists.example.org>", Reply_To=desk.kim,
        List_Id=f"<talk-{desk.number}.lists.example.org>", Precedence="list",
        List_Post=f"<mailto:talk-{desk.number}@lists.example.org>",
        To=f"talk-{desk.number}@lists.example.org", Subject="[Talk] Help",
    )  # fmt: skip
    desk.customer_writes(data, sender=f"talk-bounces-{desk.number}@lists.example.org")
    desk.news()
    asked = desk.ticket_of(desk.got(desk.jane)[-1])
    assert asked.state["requester"] == desk.kim
    assert sorted(desk.does(asked, "", body="Hello.\r\n")) == ["joe", "kim"]
