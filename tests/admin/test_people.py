# SPDX-License-Identifier: BSD-2-Clause
"""`counterfoil operator …` and `counterfoil member …`, but for `member edit`."""
import pytest


def test_operator_add(site):
    out = site.ok(
        "operator", "add", "Jane@Example.com", "--name", "Jane Doe", "--login", "jd",
        "--also", "J.Doe@example.org", "--also", "jd@example.net",
    ).out  # fmt: skip
    assert out.startswith("jane@example.com is an operator;")
    assert "counterfoil member add DEPARTMENT jane@example.com" in out
    assert site.ok("operator", "show", "jd@example.net", "--json").object == {
        "type": "operator",
        "address": "jane@example.com",
        "addresses": ["jane@example.com", "j.doe@example.org", "jd@example.net"],
        "name": "Jane Doe",
        "login": "jd",
        "departments": [],
    }
    assert [row[3] for row in site.events("operator-added")] == ["jane@example.com"]


def test_operator_add_shows_json(site):
    assert site.ok("operator", "add", "max@example.com", "--json").object == {
        "type": "operator",
        "address": "max@example.com",
        "addresses": ["max@example.com"],
        "name": None,
        "login": None,
        "departments": [],
    }


@pytest.mark.parametrize(
    "code, line, said",
    [
        (1, ["jane@example.com"], "jane@example.com"),
        (1, ["new@example.com", "--also", "john@example.com"], "john@example.com"),
        (1, ["new@example.com", "--also", "new@example.com"], "new@example.com"),
        (1, ["support@example.com"], "support@example.com"),
        (1, ["new@example.com", "--login", "JROE"], "john@example.com"),
        (1, ["new@example.com", "--name", ""], "must not be empty"),
        (1, ["new@example.com", "--name", "a\x1b[2J"], "control"),
        (1, ["new@example.com", "--name", b"\xe9"], "must be UTF-8"),
        (2, ["new"], "`new` is not a mail address"),
        (2, ["new@example.com", "--also", "x@"], "`x@` is not a mail address"),
    ],
)
def test_operator_add_refused(office, code, line, said):
    assert said in office.fails(code, "operator", "add", *line)


def test_operator_list(office):
    assert office.ok("operator", "list").rows == [
        ["ann@example.com", "Ann Thrift", "", "accounting"],
        ["jane@example.com", "Jane Doe", "", "support"],
        ["john@example.com", "John Roe", "jroe", "support"],
        ["max@example.com", "", "", ""],
    ]


def test_operator_unknown(office):
    for verb in "show", "remove":
        error = office.fails(1, "operator", verb, "jnae@example.com")
        assert error == (
            "counterfoil: no operator `jnae@example.com`; did you mean `jane@example.com`?\n"
        )
    error = office.fails(1, "operator", "show", "somebody@elsewhere.example.org")
    assert "`counterfoil operator add somebody@elsewhere.example.org` makes one" in error


def test_operator_remove(office):
    jane = office.operator_id("jane@example.com")
    office.ticket(assignee_id=jane)
    office.ticket(assignee_id=jane)
    office.ticket()
    out = office.ok("operator", "remove", "jane@example.com").out
    assert out == "operator jane@example.com is removed; 2 tickets are nobody's now\n"
    assert [row[3] for row in office.events("left")] == ["jane@example.com"]
    assert [row[3] for row in office.events("operator-removed")] == ["jane@example.com"]
    assert all(one["assignee"] is None for one in office.ok("ticket", "list", "--json").objects)
    office.ok("operator", "add", "jane@example.com")


def test_operator_remove_shows_json(office):
    office.ticket(assignee_id=office.operator_id("jane@example.com"))
    assert office.ok("operator", "remove", "jane@example.com", "--json").object == {
        "type": "removed",
        "noun": "operator",
        "name": "jane@example.com",
        "unassigned": 1,
    }


def test_member_add(office):
    out = office.ok("member", "add", "support", "max@example.com", "jane@example.com").out
    assert out.splitlines() == [
        "max@example.com is in support now",
        "jane@example.com is in support already",
    ]
    assert [row[1:] for row in office.events("joined")][-1] == (
        "support", office.events("joined")[0][2], "max@example.com",
    )  # fmt: skip
    assert len(office.events("joined")) == 4


def test_member_add_shows_json(office):
    changes = office.ok("member", "add", "support", "ann@example.com", "jane@example.com", "--json")
    assert changes.objects == [
        {
            "type": "member",
            "department": "support",
            "address": "ann@example.com",
            "name": "Ann Thrift",
            "change": "joined",
            "unassigned": 0,
        },
        {
            "type": "member",
            "department": "support",
            "address": "jane@example.com",
            "name": "Jane Doe",
            "change": None,
            "unassigned": 0,
        },
    ]


def test_member_add_is_all_or_nothing(office):
    error = office.fails(1, "member", "add", "support", "max@example.com", "mx@example.com")
    assert "no operator `mx@example.com`; did you mean `max@example.com`?" in error
    assert "`counterfoil operator add` makes one" in error


def test_member_of_no_department(office):
    assert "did you mean `support`?" in office.fails(1, "member", "add", "suport", "max@example.com")
    assert "did you mean `support`?" in office.fails(
        1, "member", "remove", "suport", "jane@example.com"
    )
    assert "did you mean `support`?" in office.fails(1, "member", "list", "suport")


def test_member_remove(office):
    jane = office.operator_id("jane@example.com")
    office.ticket(assignee_id=jane)
    office.ok("member", "add", "accounting", "jane@example.com")
    kept = office.ticket(further=["accounting"], assignee_id=jane)
    out = office.ok("member", "remove", "support", "jane@example.com").out
    assert out == "jane@example.com is no longer in support; 1 ticket is nobody's now\n"
    assert office.ok("ticket", "show", str(kept), "--json").objects[0]["assignee"] == (
        "jane@example.com"
    )
    assert [row[3] for row in office.events("left")] == ["jane@example.com"]


def test_member_remove_shows_json(office):
    assert office.ok("member", "remove", "support", "jane@example.com", "--json").object == {
        "type": "member",
        "department": "support",
        "address": "jane@example.com",
        "name": "Jane Doe",
        "change": "left",
        "unassigned": 0,
    }


def test_member_remove_is_all_or_nothing(office):
    error = office.fails(1, "member", "remove", "support", "jane@example.com", "max@example.com")
    assert error == "counterfoil: max@example.com is not in department `support`\n"


def test_member_list(office):
    assert office.ok("member", "list").rows == [
        ["accounting", "ann@example.com", "Ann Thrift"],
        ["support", "jane@example.com", "Jane Doe"],
        ["support", "john@example.com", "John Roe"],
    ]
    assert office.ok("member", "list", "accounting", "--json").object == {
        "type": "member",
        "department": "accounting",
        "address": "ann@example.com",
        "name": "Ann Thrift",
    }
