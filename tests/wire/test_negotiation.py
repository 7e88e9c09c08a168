# SPDX-License-Identifier: BSD-2-Clause
"""What the filter asks a mail server for, and whom it turns away."""

import pytest

from filter import mail
from milter import Action, Closed, Step

@pytest.fixture
def desk(common_desk):
    return common_desk


ACTIONS = (
    Action.ADDHDRS
    | Action.CHGHDRS
    | Action.ADDRCPT
    | Action.DELRCPT
    | Action.CHGFROM
    | Action.SETSYMLIST
)
# No answer is waited for but those to DATA and to the end of the header and of the message.
UNANSWERED = Step.NR_CONN | Step.NR_MAIL | Step.NR_RCPT | Step.NR_HDR | Step.NR_BODY
STEPS = Step.NOHELO | Step.NOUNKNOWN | UNANSWERED | Step.HDR_LEADSPC
MACROS = {
    "connect": ("j", "{daemon_name}"),
    "mail": ("{auth_authen}",),
    "rcpt": ("{rcpt_addr}",),
    "eom": ("i",),
}
ALL_ACTIONS, ALL_STEPS = Action(0x1FF), Step(0x1FFFFF)


@pytest.mark.parametrize(
    "actions, steps",
    [
        pytest.param(ALL_ACTIONS, ALL_STEPS, id="sendmail"),
        pytest.param(ALL_ACTIONS & ~Action.CHGBODY, ALL_STEPS & ~Step.SKIP, id="no-more-than-needed"),
        pytest.param(0xFFFF, 0x0FFFFFFF, id="newer-than-we-know"),
    ],
)
def test_asks_for_what_it_needs_and_no_more(shared, actions, steps):
    with shared.session(greet=False) as session:
        offer = session.negotiate(actions, steps)
    assert (offer.version, offer.actions, offer.steps, offer.macros) == (6, ACTIONS, STEPS, MACROS)


def test_a_server_that_waits_for_every_answer_gets_them(shared, desk):
    with shared.session(greet=False) as session:
        offer = session.negotiate(steps=ALL_STEPS & ~UNANSWERED)
        assert offer.steps == STEPS & ~UNANSWERED
        assert session.connect().verdict == "continue"
        assert session.mail("kim@example.net").verdict == "continue"
        assert session.rcpt(desk.address).verdict == "continue"
        assert session.data().verdict == "continue"
        assert session.header("Subject", " Slowly").verdict == "continue"
        assert session.eoh().verdict == "continue"
        assert session.body(b"One by one\r\n").verdict == "continue"
        assert session.eom().accepted
    assert shared.last()["subject"] == "Slowly"


@pytest.mark.parametrize(
    "lacks",
    [
        *(pytest.param({"actions": ALL_ACTIONS & ~one}, id=one.name) for one in Action if one & ACTIONS),
        pytest.param({"steps": ALL_STEPS & ~Step.HDR_LEADSPC}, id="HDR_LEADSPC"),
        pytest.param({"actions": Action(0x3F), "steps": Step(0x7F), "version": 2}, id="sendmail-8.13"),
    ],
)
def test_turns_an_old_server_away(shared, lacks):
    shared.expect("^error: negotiation: .*too old")
    with shared.session(greet=False) as session:
        with pytest.raises(Closed):
            session.negotiate(**lacks)


def test_ordinary_mail_is_let_go_at_data(shared, desk):
    before = shared.count()
    with shared.session() as session:
        for end in (lambda: None, session.abort):
            session.envelope("kim@example.net", ["bob@example.test", "unknown+x@example.test"])
            assert session.is_silent()
            assert session.data().verdict == "accept"
            end()
        assert session.send("kim@example.net", desk.address, mail()).accepted
        assert session.send("kim@example.net", "bob@example.test", mail()).stage == "data"
    assert shared.count() == before + 1


@pytest.mark.parametrize(
    "rcpts, normal",
    [
        (["{0}"], None),
        (["bob@example.test", "{0}"], None),
        (["{0}", "bob@example.test"], None),
        (["<{0}>"], False),
        (['"{1}"@EXAMPLE.test'], "{0}"),
        (["{1}+anything@example.test"], None),
        (["{2}"], False),
    ],
)
def test_mail_to_a_role_address_is_asked_for(shared, desk, rcpts, normal):
    words = desk.address, desk.name, desk.address.upper()
    with shared.session() as session:
        session.mail("kim@example.net")
        for rcpt in rcpts:
            session.rcpt(rcpt.format(*words), normal=normal and normal.format(*words))
        assert session.is_silent()
        assert session.data().verdict == "continue"


def test_the_servers_own_form_of_an_address_counts(shared, desk):
    with shared.session() as session:
        session.mail("kim@example.net")
        session.rcpt("alias@elsewhere.test", normal=desk.address)
        assert session.data().verdict == "continue"
        session.abort()
        session.mail("kim@example.net")
        session.rcpt(desk.address, normal="bob@example.test")
        assert session.data().verdict == "accept"
