# SPDX-License-Identifier: BSD-2-Clause
"""Commands: what an operator's mail to role+WORD does, who gets what of it, and what the mail program
is told where it can't be done."""

import pytest

from desk import Desk, mail

COMMANDS = (
    "+note +close +reopen +take +drop +assign +move +merge +cc +uncc +for +spam"
    " +status +show +list +search +help"
)


def subjects(news, name):
    return [copy.header("Subject") for copy in news.get(name, [])]


def follow_up(desk, ticket, **fields):
    """The customer writes again; who got what."""
    desk.customer_writes(desk.from_kim(Subject=f"Re: {ticket.id} Printer on fire", **fields))
    return desk.news()


def what(ticket, *kinds):
    """The ticket's events of these kinds: who did what, in order."""
    return [
        (event["kind"], event["actor"], event["detail"])
        for event in ticket.events()
        if event["kind"] in kinds
    ]


@pytest.fixture
def ticket(desk):
    made = desk.ask()
    desk.news()
    return made


def test_close_and_reopen(desk, ticket):
    assert desk.does(ticket, "close") == {}
    assert ticket.state["state"] == "closed"
    assert ticket.kinds == ["request", "command"]
    assert desk.does(ticket, "close", who=desk.joe) == {}
    news = follow_up(desk, ticket)
    assert sorted(news) == ["jane", "joe"]
    assert news["joe"][0].header("X-Counterfoil-State") == "open"
    assert ticket.state["state"] == "open"
    desk.does(ticket, "CLOSE")
    assert desk.does(ticket, "Reopen", who=desk.joe) == {}
    assert (ticket.state["state"], ticket.state["waiting"]) == ("open", "us")
    assert desk.does(ticket, "reopen") == {}
    assert what(ticket, "closed", "reopened") == [
        ("closed", desk.jane, None),
        ("reopened", desk.kim, None),
        ("closed", desk.jane, None),
        ("reopened", desk.joe, None),
    ]


def test_an_answer_that_closes(desk, ticket):
    """The customer gets the answer, and sees nothing of the command."""
    news = desk.does(ticket, "", "close", body="Put out.\r\n")
    assert sorted(news) == ["joe", "kim"]
    got = news["kim"][0]
    assert (got.header("Subject"), got.body) == (f"Re: {ticket.id} Printer on fire", b"Put out.\r\n")
    assert b"+close" not in got.data
    assert got.header("To") == f'"Kim Customer" <{desk.kim}>'
    assert ticket.state["state"] == "closed"
    assert ticket.kinds == ["request", "answer"]


def test_a_command_in_bcc(desk, ticket):
    data = desk.by(desk.jane, ticket)
    desk.operator_writes(data, rcpts=[desk.role, desk.at("close")])
    assert sorted(desk.news()) == ["joe", "kim"]
    assert ticket.state["state"] == "closed"


def test_take_and_drop(desk, ticket):
    assert desk.does(ticket, "take", who=desk.joe) == {}
    assert ticket.state["assignee"] == desk.joe
    assert follow_up(desk, ticket)["jane"][0].header("X-Counterfoil-Assignee") == desk.joe
    desk.does(ticket, "take")
    assert ticket.state["assignee"] == desk.jane
    desk.does(ticket, "take")
    assert desk.does(ticket, "drop", who=desk.joe) == {}
    assert ticket.state["assignee"] is None
    desk.does(ticket, "drop")
    assert what(ticket, "assigned", "dropped") == [
        ("assigned", desk.joe, desk.joe),
        ("assigned", desk.jane, desk.jane),
        ("dropped", desk.joe, desk.jane),
    ]


def test_assign(desk, shared, ticket):
    """By a local part, by the beginning of an address or a name, by an address."""
    nora = f"op-{desk.number}@example.test"
    desk.site.run("operator", "add", nora, "--name", f"Nora{desk.number} Nobody")
    desk.site.run("member", "add", desk.name, nora)
    for who, meant in (
        (f"joe-{desk.number}", desk.joe),
        (f"jane-{desk.number}@".rstrip("@").upper(), desk.jane),
        (f"nora{desk.number}", nora),
        (desk.joe.replace("@", "="), desk.joe),
    ):
        assert desk.does(ticket, f"assign-{who}") == {}, who
        assert ticket.state["assignee"] == meant, who
    other = Desk(shared)
    desk.does(ticket, f"assign-jane-{other.number}")
    assert ticket.state["assignee"] == other.jane
    assert ticket.state["departments"] == [desk.name, other.name]
    assert sorted(follow_up(desk, ticket)) == ["jane", "joe", "op"]
    assert sorted(other.news()) == ["jane", "joe"]


def test_assign_to_nobody_who_is_meant(desk, ticket):
    wrong = f"jnae-{desk.number}"
    sent = desk.orders(ticket, f"assign-{wrong}")
    assert str(sent).startswith(f"550 5.5.4 no operator `{wrong}`; did you mean `jane-{desk.number}`?")
    sent = desk.orders(ticket, "assign-zebra")
    assert str(sent).startswith(f"550 5.5.4 no operator `zebra`; in {desk.title} are: {desk.jane}, ")
    for person in (f"op-{desk.number}.one@example.test", f"op-{desk.number}.two@example.test"):
        desk.site.run("operator", "add", person)
        desk.site.run("member", "add", desk.name, person)
    sent = desk.orders(ticket, f"assign-op-{desk.number}")
    assert str(sent) == (
        f"550 5.5.4 `op-{desk.number}` could be any of "
        f"op-{desk.number}.one@example.test, op-{desk.number}.two@example.test"
    )
    sent = desk.orders(ticket, "assign")
    assert str(sent).startswith("550 5.5.4 no command +assign;")
    assert ticket.state["assignee"] is None
    assert ticket.kinds == ["request"]
    assert desk.news() == {}


def test_move(desk, shared, ticket):
    """The ticket has another owner: its operators get what comes, whichever role address it was for;
    the old ones, who are no longer of it, can't command it."""
    other = Desk(shared)
    desk.does(ticket, "take")
    assert desk.does(ticket, f"move-{other.name}") == {}
    assert other.news() == {}
    state = ticket.state
    assert (state["department"], state["departments"]) == (other.name, [other.name])
    assert state["assignee"] is None
    assert what(ticket, "moved") == [("moved", desk.jane, other.name)]
    other.customer_writes(
        desk.from_kim(To=other.role, Subject=f"Re: {ticket.id} Printer on fire"), sender=desk.kim
    )
    assert desk.news() == {}
    assert sorted(other.news()) == ["jane", "joe"]
    other.does(ticket, "", body="We have it now.\r\n")
    assert desk.news()["kim"][0].header("From") == f'"{other.title}" <{other.role}>'
    sent = desk.orders(ticket, f"move-{desk.name}")
    assert str(sent) == f"550 5.5.4 there is no ticket {ticket.number} in a department that you are in"


def test_move_to_nowhere(desk, ticket):
    sent = desk.orders(ticket, f"move-x{desk.name}")
    assert str(sent) == f"550 5.5.4 no department `x{desk.name}`; did you mean `{desk.name}`?"
    sent = desk.orders(ticket, "move-zz")
    assert str(sent).startswith("550 5.5.4 no department `zz`; there are: ")
    assert ticket.state["department"] == desk.name
    assert desk.does(ticket, f"move-{desk.name}") == {}
    assert what(ticket, "moved") == []


def test_merge(desk, ticket):
    """What is sent to the old ID goes to the new one; both customers get the answers from then on."""
    mia = f"mia-{desk.number}@example.net"
    desk.customer_writes(mail(From=mia, To=desk.role, Subject="Smoke"), sender=mia)
    second = desk.ticket_of(desk.last(desk.jane, 2))
    desk.news()
    assert desk.does(second, f"merge-{ticket.number}") == {}
    assert second.state["state"] == "closed"
    assert ticket.state["correspondents"] == [mia]
    assert what(second, "merged-into") == [("merged-into", desk.jane, str(ticket.number))]
    assert what(ticket, "merged-from") == [("merged-from", desk.jane, str(second.number))]
    data = mail(From=mia, To=desk.role, Subject=f"Re: {second.id} Smoke")
    desk.customer_writes(data, sender=mia)
    news = desk.news()
    assert subjects(news, "jane") == subjects(news, "joe") == [f"Re: {ticket.id} Smoke"]
    assert ticket.kinds == ["request", "followup"]
    assert second.kinds == ["request", "command"]
    news = desk.does(second, "", body="Put out.\r\n")
    assert sorted(news) == ["joe", "kim", "mia"]
    assert news["mia"][0].header("Subject") == f"Re: {ticket.id} Printer on fire"
    assert news["kim"][0].header("Cc") == mia


def test_merge_with_what_it_cannot_be(desk, shared, ticket):
    other = Desk(shared)
    foreign = other.ask()
    for number, why in (
        (ticket.number, f"ticket {ticket.number} can't be merged into itself"),
        (foreign.number, f"there is no ticket {foreign.number} in a department that you are in"),
        ("seven", "`seven` is no ticket's number; write +merge-1042 to merge into ticket 1042"),
        ("999999", "there is no ticket 999999 in a department that you are in"),
    ):
        assert str(desk.orders(ticket, f"merge-{number}")) == f"550 5.5.4 {why}"
    assert ticket.state["state"] == foreign.state["state"] == "open"
    assert desk.news() == {}


def test_cc_and_uncc(desk, ticket):
    boss = f"boss-{desk.number}@example.org"
    word = boss.replace("@", "=")
    assert desk.does(ticket, f"cc-{word}") == {}
    assert ticket.state["correspondents"] == [boss]
    news = desk.does(ticket, "", body="Put out.\r\n")
    assert sorted(news) == ["boss", "joe", "kim"]
    assert news["kim"][0].header("Cc") == boss
    # With the answer itself: the one who goes does not get it, the one who comes does.
    news = desk.does(ticket, "", f"uncc-{word}", f"cc-mia-{desk.number}=example.org", body="Well?\r\n")
    assert sorted(news) == ["joe", "kim", "mia"]
    assert boss.encode() not in news["kim"][0].data
    for wrong, why in (
        (f"uncc-{word}", f"{boss} is no correspondent of ticket {ticket.number}; these are: mia-"),
        ("cc-boss", "`boss` is no address; write LOCAL=DOMAIN, as in +cc-kim=example.net"),
        (f"cc-{desk.joe.replace('@', '=')}", f"{desk.joe} is a role address or an operator's: no"),
        (f"cc-{desk.role.replace('@', '=')}", f"{desk.role} is a role address or an operator's: no"),
    ):
        assert str(desk.orders(ticket, wrong)).startswith(f"550 5.5.4 {why}"), wrong
    assert desk.news() == {}


def test_on_behalf_of_somebody(desk):
    """role+for-LOCAL=DOMAIN: the way to start a conversation from any mail program and server."""
    news = desk.does(None, f"for-{desk.kim.replace('@', '=')}", subject="Your invoice", body="Hello.\r\n")
    assert sorted(news) == ["joe", "kim"]
    got = news["kim"][0]
    ticket = desk.ticket_of(got)
    assert got.header("Subject") == f"{ticket.id} Your invoice"
    assert got.header("From") == f'"{desk.title}" <{desk.role}>'
    assert got.header("To") == desk.kim
    assert got.sender == ticket.address
    # Postfix's own Received line, which no filter sees, has what was written to.
    seen = b"".join(value for name, value in got.fields()[1:] if name != b"Message-ID")
    assert b"+for" not in seen and b"jane" not in seen
    state = ticket.state
    assert (state["requester"], state["waiting"], state["assignee"]) == (desk.kim, "customer", desk.jane)
    assert sorted(follow_up(desk, ticket)) == ["jane", "joe"]
    assert ticket.kinds == ["answer", "followup"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["for-kim"], "5.1.3 +for-LOCAL=DOMAIN needs an address, as in +for-kim=example.net"),
        (["for-a=example.net", "for-b=example.net"], "5.5.4 +for takes one person; add others with +cc"),
        (["for-a=example.net", "note"], "5.5.4 +for sends this message to a customer, +note to nobody"),
        (["for-{role}"], "5.5.4 +for takes a person's address, not a department's"),
    ],
)
def test_on_behalf_of_nobody(desk, words, why):
    words = [word.format(role=desk.role.replace("@", "=")) for word in words]
    sent = desk.orders(None, *words, subject="Your invoice", body="Hello.\r\n")
    assert str(sent).startswith(f"550 {why}"), sent
    assert desk.tickets() == []
    assert desk.news() == {}


def test_spam(desk, ticket):
    """What its requester writes from now on is shown as spam; reopening ends that."""
    assert desk.does(ticket, "spam") == {}
    assert ticket.state["state"] == "closed"
    desk.customer_writes(desk.from_kim(Subject="Buy more"))
    second = desk.ticket_of(desk.last(desk.jane, 2))
    assert subjects(desk.news(), "joe") == [f"{second.id} [spam] Buy more"]
    assert subjects(follow_up(desk, ticket), "joe") == [f"Re: {ticket.id} [spam] Printer on fire"]
    desk.does(ticket, "reopen")
    assert subjects(follow_up(desk, second), "joe") == [f"Re: {second.id} Printer on fire"]


# ---- Who may


def test_the_requester_closes(desk, ticket):
    """Without words of their own nobody needs a copy; with words the operators get them."""
    to = desk.at("close")
    fields = {"Subject": f"Re: {ticket.id} Printer on fire", "To": to}
    quoted = "On Mon, 2 Mar 2026 Jane wrote:\r\n> Is it out?\r\n"
    desk.customer_writes(desk.from_kim(**fields, body=quoted), rcpts=to)
    assert desk.news() == {}
    assert (ticket.state["state"], ticket.kinds) == ("closed", ["request", "command"])
    desk.does(ticket, "reopen")
    desk.customer_writes(desk.from_kim(**fields, body="It is out, thank you!\r\n"), rcpts=to)
    news = desk.news()
    assert sorted(news) == ["jane", "joe"]
    assert news["jane"][0].header("X-Counterfoil-State") == "closed"
    assert news["jane"][0].header("To") == desk.role
    assert ticket.state["state"] == "closed"
    assert [event["actor"] for event in ticket.events("closed")] == [desk.kim, desk.kim]


@pytest.mark.parametrize("word", ["close", "take", "spam", "note", "merge-1", "ntoe", "for-a=example.org"])
def test_others_commands_are_the_plain_role_address(desk, ticket, word):
    """A stranger's +close, and what is for operators alone: the mail is a mail to the operators."""
    eve = f"mia-{desk.number}@example.org"
    data = mail(From=eve, To=desk.at(word), Subject=f"Re: {ticket.id} Printer on fire")
    desk.customer_writes(data, rcpts=desk.at(word), sender=eve)
    news = desk.news()
    assert sorted(news) == ["jane", "joe"]
    assert subjects(news, "jane") == [f"Re: {ticket.id} [new sender] Printer on fire"]
    assert (ticket.state["state"], ticket.state["assignee"]) == ("open", None)
    assert ticket.kinds == ["request", "followup"]
    assert len(desk.tickets()) == 1


def test_a_command_without_proof(desk, ticket):
    for word in ("close", "note", "take"):
        data = desk.by(desk.jane, ticket, To=desk.at(word))
        sent = desk.customer_sends(data, rcpts=desk.at(word), sender=desk.jane)
        assert sent.code == 550 and sent.text.startswith("5.7.1 "), sent
        assert f"{desk.jane} is an operator's address" in sent.text
    assert ticket.kinds == ["request"]
    assert ticket.state["state"] == "open"
    assert desk.news() == {}


# ---- Several, with words, in vain, again


def test_words_beside_commands_are_a_note(desk, ticket):
    news = desk.does(ticket, "take", "close", body="She called me: it is out.\r\n")
    assert sorted(news) == ["joe"]
    assert subjects(news, "joe") == [f"Re: {ticket.id} [note] Printer on fire"]
    assert news["joe"][0].header("X-Counterfoil-State") == "closed"
    assert ticket.kinds == ["request", "note"]
    quoted = "Kim wrote on 2 Mar 2026:\r\n> It burns.\r\n-- \r\nJane Doe\r\n"
    assert desk.does(ticket, "reopen", body=quoted) == {}
    assert ticket.kinds == ["request", "note", "command"]
    assert (ticket.state["state"], ticket.state["assignee"]) == ("open", desk.jane)


def test_all_or_none(desk, ticket):
    """The server takes each address; at the end the whole message is refused, and nothing was done."""
    for words in (
        ["take", "colse"],
        ["", "close", "assign-zebra"],
        ["note", "close", "move-nowhere"],
        ["cc-mia=example.org", "merge-999999"],
    ):
        sent = desk.orders(ticket, *words, body="Hello.\r\n")
        assert sent.text.startswith("5.5.4 "), sent
        assert all(reply.code == 250 for reply in sent.rcpts)
    state = ticket.state
    assert (state["state"], state["assignee"], state["correspondents"]) == ("open", None, [])
    assert ticket.kinds == ["request"]
    assert [event["kind"] for event in ticket.events()] == ["opened"]
    assert desk.news() == {}


def test_a_word_that_is_no_command(desk, ticket):
    for word, meant in (("ntoe", "note"), ("colse", "close"), ("close-7", "close")):
        sent = desk.orders(ticket, word, body="Her password is wrong.\r\n")
        assert str(sent) == (
            f"550 5.5.4 no command +{word}; did you mean +{meant}? commands: {COMMANDS}"
        )
    sent = desk.orders(ticket, "", "xyzzy", body="Hello.\r\n")
    assert str(sent) == f"550 5.5.4 no command +xyzzy; commands: {COMMANDS}"
    assert ticket.kinds == ["request"]
    assert desk.news() == {}


@pytest.mark.parametrize("word", ["close", "note", "take", "spam", "cc-a=example.org", "merge-1"])
def test_a_command_without_a_ticket(desk, word):
    sent = desk.orders(None, word, body="Hello.\r\n")
    name = word.partition("-")[0]
    assert str(sent) == (
        f"550 5.5.4 +{name} needs a ticket: reply to a message of it, or write its ID into the "
        "Subject, as in [Example #1042-K7QX2]"
    )
    assert desk.tickets() == []


def test_a_command_with_somebody_outside(desk, ticket):
    """Nobody is told a command, or what is kept as a note."""
    boss = f"boss-{desk.number}@example.org"
    data = desk.by(desk.jane, ticket, To=f"{desk.at('close')}, {boss}")
    sent = desk.operator_sends(data, rcpts=[desk.at("close"), boss])
    assert str(sent) == (
        f"550 5.7.1 a command alone stays inside: take <{boss}> out of the recipients, or add "
        f"{desk.role} to send an answer"
    )
    assert ticket.state["state"] == "open"
    assert desk.news() == {}


def test_a_command_that_comes_again(desk, ticket):
    """The mail program did not hear the 250: it is answered as the first time, and done once."""
    data = desk.by(desk.jane, ticket, To=desk.at("close"), body="")
    for _ in range(3):
        assert desk.operator_sends(data, rcpts=desk.at("close")).code == 250
    assert ticket.kinds == ["request", "command"]
    assert len(ticket.events("closed")) == 1
    follow_up(desk, ticket)
    assert desk.operator_sends(data, rcpts=desk.at("close")).code == 250
    assert ticket.state["state"] == "open"
    data = desk.by(desk.jane, ticket, To=f"{desk.role}, {desk.at('close')}")
    for _ in range(2):
        desk.operator_writes(data, rcpts=[desk.role, desk.at("close")])
    news = desk.news()
    assert len(news["kim"]) == 2
    assert {copy.header("Message-ID") for copy in news["kim"]} == {news["kim"][0].header("Message-ID")}
    assert ticket.kinds == ["request", "command", "followup", "answer"]
    assert len(ticket.events("closed")) == 2


def test_a_mail_program_answers_the_copy(desk, ticket):
    """Without the ID in the Subject: the ticket is found by the message that is answered."""
    desk.does(None, "take", In_Reply_To=ticket.copy.header("Message-ID"), subject="Mine")
    assert ticket.state["assignee"] == desk.jane
