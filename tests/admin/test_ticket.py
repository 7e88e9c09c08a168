# SPDX-License-Identifier: BSD-2-Clause
"""`counterfoil ticket …`, but for `ticket show`."""
import re
import time

import pytest

from conftest import NOW, NOW_TEXT

FIELDS = [
    "type", "number", "id", "department", "departments", "state", "waiting", "since", "requester",
    "correspondents", "assignee", "subject", "opened", "updated", "messages",
]  # fmt: skip

HOUR = 3_600_000
DAY = 24 * HOUR


def one(office, number):
    return office.ok("ticket", "show", str(number), "--json").objects[0]


def test_json_fields(office):
    number = office.ticket(
        subject="Drucker “brennt”",
        further=["accounting"],
        people=["pat@example.net", "lee@example.net"],
        assignee_id=office.operator_id("jane@example.com"),
        waiting="customer",
        opened_at=NOW - HOUR,
        updated_at=NOW + 1999,
    )
    office.message(number)
    office.message(number, kind="followup")
    (ticket,) = office.ok("ticket", "list", "--json").objects
    assert list(ticket) == FIELDS
    assert re.fullmatch(r"\[Example #1-[0-9A-HJKMNP-TV-Z]{5}\]", ticket.pop("id"))
    assert ticket == {
        "type": "ticket",
        "number": number,
        "department": "support",
        "departments": ["support", "accounting"],
        "state": "open",
        "waiting": "customer",
        "since": NOW_TEXT,
        "requester": "kim@example.net",
        "correspondents": ["lee@example.net", "pat@example.net"],
        "assignee": "jane@example.com",
        "subject": "Drucker “brennt”",
        "opened": "2026-09-21T13:13:20Z",
        "updated": "2026-09-21T14:13:21Z",
        "messages": 2,
    }


def test_json_of_what_is_absent(office):
    number = office.ticket(requester=None, state="closed", closed_at=NOW)
    ticket = one(office, number)
    assert list(ticket) == FIELDS
    assert (ticket["state"], ticket["waiting"], ticket["since"]) == ("closed", None, None)
    assert (ticket["requester"], ticket["assignee"]) == (None, None)
    assert (ticket["correspondents"], ticket["messages"]) == ([], 0)


@pytest.fixture
def many(office):
    """Six tickets that differ in all that can be asked for."""
    jane = office.operator_id("jane@example.com")
    now = int(time.time() * 1000)
    office.numbers = {
        "old": office.ticket(waiting_since=now - 3 * DAY, updated_at=now - 3 * DAY),
        "janes": office.ticket(
            waiting_since=now - 5 * HOUR, updated_at=now - 5 * HOUR, assignee_id=jane
        ),
        "theirs": office.ticket(
            waiting="customer", waiting_since=now - 2 * DAY, updated_at=now - 2 * DAY
        ),
        "books": office.ticket(
            department="accounting", waiting_since=now - HOUR, updated_at=now - HOUR
        ),
        "both": office.ticket(
            department="accounting",
            further=["support"],
            requester="lee@example.net",
            waiting_since=now - 60_000,
            updated_at=now - 60_000,
        ),
        "done": office.ticket(
            state="closed", closed_at=now - 7 * HOUR, updated_at=now - 7 * HOUR, waiting_since=1
        ),
    }
    return office


@pytest.mark.parametrize(
    "options, names",
    [
        ([], "old theirs janes books both done"),
        (["--state", "open"], "old theirs janes books both"),
        (["--state", "closed"], "done"),
        (["--waiting", "us"], "old janes books both"),
        (["--waiting", "customer"], "theirs"),
        (["--department", "support"], "old theirs janes both done"),
        (["--department", "Accounting"], "books both"),
        (["--assignee", "jane"], "janes"),
        (["--assignee", "Jane Doe"], "janes"),
        (["--assignee", "john@example.com"], ""),
        (["--assignee", "nobody"], "old theirs books both done"),
        (["--requester", "<LEE@Example.net>"], "both"),
        (["--requester", "nobody@example.net"], ""),
        (["--older", "4h"], "old theirs janes"),
        (["--older", "1d"], "old theirs"),
        (["--older", "30m"], "old theirs janes books"),
        (["--older", "10s"], "old theirs janes books both"),
        (["--older", "1w"], ""),
        (["--older", "4h", "--waiting", "us"], "old janes"),
        (["--older", "4h", "--waiting", "us", "--assignee", "nobody"], "old"),
        (["--since", "1970-01-01"], "old theirs janes books both done"),
        (["--since", "2970-01-01"], ""),
    ],
)
def test_list(many, options, names):
    rows = many.ok("ticket", "list", *options, "--json").objects
    by_number = {number: name for name, number in many.numbers.items()}
    assert [by_number[row["number"]] for row in rows] == names.split()


def test_list_since_a_moment(many):
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 6 * 3600))
    numbers = [row["number"] for row in many.ok("ticket", "list", "--since", moment, "--json").objects]
    assert numbers == [many.numbers[name] for name in ("janes", "books", "both")]


def test_a_day_begins_at_midnight_here(office):
    office.ticket(updated_at=1_790_000_000_000)  # 2026-09-21T14:13:20Z
    kiritimati = {"TZ": "Pacific/Kiritimati"}  # 14 hours ahead: the 22nd already
    assert office.ok("ticket", "list", "--since", "2026-09-22", env=kiritimati).rows
    assert not office.ok("ticket", "list", "--since", "2026-09-22").rows
    assert office.ok("ticket", "list", "--since", "2026-09-21T16:13:20+02:00").rows
    assert not office.ok("ticket", "list", "--since", "2026-09-21T16:13:21+02:00").rows


@pytest.mark.parametrize(
    "code, options, said",
    [
        (2, ["--state", "opn"], "--state `opn`: it must be open or closed"),
        (2, ["--waiting", "them"], "--waiting `them`: it must be us or customer"),
        (2, ["--older", "4"], "--older `4`: it must be a number with s, m, h, d or w"),
        (2, ["--older", "4x"], "--older `4x`"),
        (2, ["--older", "-4h"], "--older `-4h`"),
        (2, ["--older", "99999999999d"], "--older"),
        (2, ["--since", "yesterday"], "--since `yesterday`: it must be a day"),
        (2, ["--since", "2026-13-01"], "--since"),
        (2, ["--since", "2026-09-21T10:00:00"], "--since"),
        (2, ["--state", "closed", "--waiting", "us"], "a closed ticket waits for nobody"),
        (2, ["--state", "closed", "--older", "1d"], "a closed ticket waits for nobody"),
        (2, ["--requester", "kim"], "`kim` is not a mail address"),
        (1, ["--department", "suport"], "no department `suport`; did you mean `support`?"),
        (1, ["--assignee", "jnae"], "no operator `jnae`; did you mean `jane`?"),
        (1, ["--assignee", "j"], "`j` could be any of jane@example.com, john@example.com"),
    ],
)
def test_list_refused(office, code, options, said):
    assert said in office.fails(code, "ticket", "list", *options)


def test_close_and_reopen(office):
    number = office.ticket(waiting="customer")
    assert office.ok("ticket", "close", str(number)).out == f"ticket {number} is closed\n"
    assert one(office, number)["state"] == "closed"
    ((closed_at, updated_at),) = office.sql("SELECT closed_at, updated_at FROM ticket")
    assert closed_at == updated_at > NOW
    error = office.fails(1, "ticket", "close", str(number))
    assert error == f"counterfoil: ticket {number} is closed already\n"
    out = office.ok("ticket", "reopen", str(number)).out
    assert out == f"ticket {number} is open again\n"
    ticket = one(office, number)
    assert (ticket["state"], ticket["waiting"]) == ("open", "us")
    assert ticket["since"] == ticket["updated"] > NOW_TEXT
    assert office.sql("SELECT closed_at FROM ticket") == [(None,)]
    error = office.fails(1, "ticket", "reopen", str(number))
    assert error == f"counterfoil: ticket {number} is open already\n"
    assert [row[0] for row in office.events("closed") + office.events("reopened")] == [number] * 2


def test_reopen_without_a_department(office):
    number = office.ticket(state="closed", closed_at=NOW)
    office.ok("department", "remove", "support")
    error = office.fails(1, "ticket", "reopen", str(number))
    assert error == f"counterfoil: ticket {number}: its department `support` was removed\n"


def test_changes_show_json(office):
    number = str(office.ticket())
    for line, state in [
        (["close", number], ("closed", None)),
        (["reopen", number], ("open", None)),
        (["take", number, "--as", "jane"], ("open", "jane@example.com")),
        (["assign", number, "john"], ("open", "john@example.com")),
        (["drop", number], ("open", None)),
    ]:
        ticket = office.ok("ticket", *line, "--json").object
        assert list(ticket) == FIELDS
        assert (ticket["state"], ticket["assignee"]) == state


def test_what_a_ticket_may_be_called(office):
    office.ticket()
    number = office.ticket()
    wanted = one(office, number)
    plain = wanted["id"]
    check = re.search("-(.*)]", plain)[1]
    for name in (
        f"{number}", f"#{number}", f"{number}-{check}", f"#{number}-{check.lower()}", plain,
        plain.lower(), f"Re: {plain} Printer",
    ):  # fmt: skip
        assert one(office, name) == wanted, name


@pytest.mark.parametrize(
    "code, name, said",
    [
        (1, "99", "no ticket 99"),
        (1, "#99", "no ticket 99"),
        (1, "0", "no ticket 0"),
        (1, "1-AAAAA", "`1-AAAAA`: the check letters are wrong"),
        (1, "#1-AAAAA", "the check letters are wrong"),
        (1, "[Example #1-AAAAA]", "the check letters are wrong"),
        (1, "[Example #1]", "the check letters are wrong"),
        (2, "[Other #1-AAAAA]", "is no ticket; write 1042, 1042-K7QX2 or '[Example #1042-K7QX2]'"),
        (2, "one", "`one` is no ticket"),
        (2, "", "`` is no ticket"),
        (2, "1 2", "`1 2` is no ticket"),
        (2, "9" * 30, "is no ticket"),
    ],
)
@pytest.mark.parametrize("verb", ["show", "close"])
def test_what_a_ticket_is_not_called(office, verb, code, name, said):
    office.ticket()
    assert said in office.fails(code, "ticket", verb, name)


@pytest.mark.parametrize(
    "who, address",
    [
        ("jane", "jane@example.com"),
        ("JANE@Example.com", "jane@example.com"),
        ("jane@", "jane@example.com"),
        ("Jane D", "jane@example.com"),
        ("ja", "jane@example.com"),
        ("john r", "john@example.com"),
        ("second@example.org", "john@example.com"),
        ("second", "john@example.com"),
        ("Öz", "oezge@example.com"),
        ("öZGE", "oezge@example.com"),
        ("an", "an@example.com"),  # the exact local part wins over ann and anna
        ("anna", "anna@example.com"),
    ],
)
def test_assign(site, who, address):
    site.ok("department", "add", "support", "--address", "support@example.com")
    people = {
        "jane@example.com": ["--name", "Jane Doe"],
        "john@example.com": ["--name", "John Roe", "--also", "second@example.org"],
        "oezge@example.com": ["--name", "Özge Can"],
        "an@example.com": [],
        "ann@example.com": [],
        "anna@example.com": [],
    }
    for person, more in people.items():
        site.ok("operator", "add", person, *more)
        site.ok("member", "add", "support", person)
    number = site.ticket()
    out = site.ok("ticket", "assign", str(number), who).out
    assert out == f"{address} has ticket {number} now\n"
    assert one(site, number)["assignee"] == address
    assert [(row[0], row[3]) for row in site.events("assigned")] == [(number, address)]


@pytest.mark.parametrize(
    "code, who, said",
    [
        (1, "j", "`j` could be any of jane@example.com, john@example.com"),
        (1, "jnae", "no operator `jnae`; did you mean `jane`?"),
        (1, "Doe", "no operator `Doe`"),
        (1, "nobody@elsewhere.example", "`counterfoil operator list` shows them"),
        (1, "max", "max@example.com is in no department; `counterfoil member add` makes"),
        (2, "", "`` is nobody"),
        (2, b"\xff", "`\\xff` is nobody"),
    ],
)
def test_assign_refused(office, code, who, said):
    number = str(office.ticket())
    assert said in office.fails(code, "ticket", "assign", number, who)
    assert said in office.fails(code, "ticket", "take", number, "--as", who)


def test_assign_to_whom_it_is(office):
    number = str(office.ticket())
    office.ok("ticket", "assign", number, "jane")
    error = office.fails(1, "ticket", "assign", number, "jane")
    assert error == f"counterfoil: jane@example.com has ticket {number} already\n"


def test_assign_to_another_department(office):
    number = office.ticket()
    out = office.ok("ticket", "assign", str(number), "ann").out
    assert out.splitlines() == [
        f"department accounting joins ticket {number}",
        f"ann@example.com has ticket {number} now",
    ]
    ticket = one(office, number)
    assert ticket["department"] == "support"
    assert ticket["departments"] == ["support", "accounting"]
    assert [(row[0], row[1], row[3]) for row in office.events("shared")] == [
        (number, "accounting", "accounting")
    ]
    office.ok("ticket", "assign", str(number), "jane")
    office.ok("ticket", "assign", str(number), "ann")
    assert len(office.events("shared")) == 1


def test_drop(office):
    number = office.ticket(assignee_id=office.operator_id("jane@example.com"))
    assert office.ok("ticket", "drop", str(number)).out == f"ticket {number} is nobody's now\n"
    assert one(office, number)["assignee"] is None
    assert [(row[0], row[3]) for row in office.events("dropped")] == [(number, "jane@example.com")]
    error = office.fails(1, "ticket", "drop", str(number))
    assert error == f"counterfoil: ticket {number} is nobody's already\n"


def test_take_as(office):
    number = office.ticket()
    out = office.ok("ticket", "take", str(number), "--as", "john").out
    assert out == f"john@example.com has ticket {number} now\n"
    assert [(row[0], row[3]) for row in office.events("assigned")] == [(number, "john@example.com")]


def test_take_by_a_login_that_is_nobody(office):
    error = office.fails(2, "ticket", "take", str(office.ticket()))
    assert "is no operator's login: say who takes it with --as OPERATOR" in error


def test_move(office):
    number = office.ticket(further=["accounting"], assignee_id=office.operator_id("jane@example.com"))
    out = office.ok("ticket", "move", str(number), "Accounting").out
    assert out.splitlines() == [
        f"ticket {number} belongs to accounting now",
        f"ticket {number} is nobody's now",
    ]
    ticket = one(office, number)
    assert (ticket["departments"], ticket["assignee"]) == (["accounting"], None)
    assert [row[:2] for row in office.events("moved")] == [(number, "accounting")]
    error = office.fails(1, "ticket", "move", str(number), "accounting")
    assert error == f"counterfoil: ticket {number} belongs to accounting already\n"
    error = office.fails(1, "ticket", "move", str(number), "suport")
    assert "did you mean `support`?" in error


def test_merge(office):
    old = office.ticket(people=["pat@example.net"])
    other = office.ticket(requester="lee@example.net")
    last = office.ticket(requester="kim@example.net")
    out = office.ok("ticket", "merge", str(old), str(other)).out
    assert out == f"ticket {old} is part of ticket {other} now\n"
    assert one(office, old)["state"] == "closed"
    ticket = one(office, other)
    assert ticket["requester"] == "lee@example.net"
    assert ticket["correspondents"] == ["kim@example.net", "pat@example.net"]
    assert [(row[0], row[3]) for row in office.events("merged-into")] == [(old, str(other))]
    assert [(row[0], row[3]) for row in office.events("merged-from")] == [(other, str(old))]
    for line, said in [
        (["merge", old, last], f"ticket {old} is part of ticket {other}"),
        (["merge", other, old], f"ticket {other} can't be merged into itself"),
        (["merge", last, last], f"ticket {last} can't be merged into itself"),
        (["reopen", old], f"ticket {old} is part of ticket {other}"),
        (["move", old, "accounting"], f"ticket {old} is part of ticket {other}"),
    ]:
        assert office.fails(1, "ticket", *map(str, line)) == f"counterfoil: {said}\n"
    # Into the first means into what that is part of.
    assert office.ok("ticket", "merge", str(last), str(old)).out.endswith(f"ticket {other} now\n")


def test_merge_shows_both(office):
    old, other = office.ticket(), office.ticket(requester="lee@example.net")
    shown = office.ok("ticket", "merge", str(old), str(other), "--json").objects
    assert [(row["number"], row["state"]) for row in shown] == [(old, "closed"), (other, "open")]
    assert shown == [one(office, old), one(office, other)]
