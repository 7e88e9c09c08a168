# SPDX-License-Identifier: BSD-2-Clause
"""What is done on the command line counts from the next message on."""

from filter import mail


def test_a_role_address_comes_and_goes(shared, desk):
    address = f"new.{desk.address}"
    with shared.session() as session:
        assert session.send("kim@example.net", address, mail()).stage == "data"
        shared.run("department", "address", desk.name, "add", address)
        result = session.send("kim@example.net", address, mail("Now"))
        assert result.accepted and result.stage == "eom"
        assert shared.last()["subject"] == "Now"
        shared.run("department", "address", desk.name, "remove", address)
        assert session.send("kim@example.net", address, mail()).stage == "data"


def test_a_role_address_that_comes_in_the_middle_of_a_message(shared, desk):
    """What was true at MAIL is true for the whole message."""
    address = f"new.{desk.address}"
    before = shared.count()
    with shared.session() as session:
        session.mail("kim@example.net")
        shared.run("department", "address", desk.name, "add", address)
        session.rcpt(address)
        assert session.data().verdict == "accept"
        assert shared.count() == before


def test_a_role_address_that_goes_in_the_middle_of_a_message(shared, desk):
    """Nobody gets it any more; then it is not ours."""
    address = f"old.{desk.address}"
    shared.run("department", "address", desk.name, "add", address)
    before = shared.count()
    with shared.session() as session:
        session.envelope("kim@example.net", address)
        assert session.data().verdict == "continue"
        shared.run("department", "address", desk.name, "remove", address)
        session.content(mail())
        result = session.eom()
    assert result.accepted and not result.edits
    assert shared.count() == before


def test_a_member_comes_and_goes(shared, desk):
    mia = f"mia.{desk.name}@example.test"
    shared.run("operator", "add", mia)

    def copies(session):
        result = session.send("kim@example.net", desk.address, mail())
        assert result.accepted
        added = [edit.name for edit in result.edits if edit.kind == "rcpt"]
        assert shared.copies(shared.last()["number"]) == set(added)
        return set(added)

    with shared.session() as session:
        assert copies(session) == {desk.jane, desk.joe}
        shared.run("member", "add", desk.name, mia)
        assert copies(session) == {desk.jane, desk.joe, mia}
        shared.run("member", "remove", desk.name, desk.jane)
        assert copies(session) == {desk.joe, mia}


def test_an_operator_who_was_moved_can_answer_no_more(shared, desk):
    with shared.session(login=desk.jane) as session:
        assert session.send("kim@example.net", desk.address, mail()).accepted
        subject = f"Re: {shared.ticket_id(shared.last()['ticket'])}"

        def answer():
            message = mail(subject, desk.jane, to=desk.address)
            return session.send(desk.jane, desk.address, message)

        assert answer().accepted
        shared.run("member", "remove", desk.name, desk.jane)
        assert answer().reply.code == "550"
        shared.run("member", "add", desk.name, desk.jane)
        assert answer().accepted
