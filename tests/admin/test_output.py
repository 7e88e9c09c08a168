# SPDX-License-Identifier: BSD-2-Clause
"""Tables on a terminal, tabs in a pipe, JSON where it is asked for."""
import unicodedata

import pytest


def width(text):
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


@pytest.fixture
def mixed(office):
    office.ticket(subject="Printer on fire")
    office.ticket(requester="längste.adresse@example.net", subject="全角の件名")
    office.ticket(requester=None, state="closed", closed_at=1, subject="e\u0301tude")
    return office


def test_table(mixed):
    out, code = mixed.terminal("ticket", "list", env={"NO_COLOR": "1"})
    assert code == 0
    assert out.splitlines() == [
        "NUMBER  DEPARTMENT  STATE   WAITING  SINCE                 "
        "REQUESTER                    ASSIGNEE  SUBJECT",
        "1       support     open    us       2026-09-21T14:13:20Z  "
        "kim@example.net              -         Printer on fire",
        "2       support     open    us       2026-09-21T14:13:20Z  "
        "längste.adresse@example.net  -         全角の件名",
        "3       support     closed  -        -                     "
        "-                            -         e\u0301tude",
    ]


def test_wide_and_combining_characters_are_aligned(site):
    for name, title in ("a", "全角"), ("b", "e\u0301e\u0301"), ("c", "plain"):
        site.ok("department", "add", name, "--address", f"{name}@example.com", "--title", title)
    out, code = site.terminal("department", "list", env={"NO_COLOR": "1"})
    starts = {width(line[: line.index("@example") - 1]) for line in out.splitlines()[1:]}
    assert starts == {len("NAME  TITLE  ")}


def test_pipe(mixed):
    assert mixed.ok("ticket", "list").rows == [
        ["1", "support", "open", "us", "2026-09-21T14:13:20Z", "kim@example.net", "",
         "Printer on fire"],
        ["2", "support", "open", "us", "2026-09-21T14:13:20Z", "längste.adresse@example.net", "",
         "全角の件名"],
        ["3", "support", "closed", "", "", "", "", "e\u0301tude"],
    ]  # fmt: skip


def test_one_on_a_terminal(office):
    out, code = office.terminal("operator", "show", "max@example.com", env={"NO_COLOR": "1"})
    assert out.splitlines() == [
        "address      max@example.com",
        "addresses    max@example.com",
        "name         -",
        "login        -",
        "departments  -",
    ]


def test_nothing_to_list(site):
    assert site.ok("ticket", "list").out == ""
    assert site.terminal("ticket", "list") == ("", 0)
    assert site.ok("ticket", "list", "--json").out == ""


@pytest.mark.parametrize(
    "env, coloured",
    [
        ({}, True),
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": ""}, True),
        ({"TERM": "dumb"}, False),
    ],
)
@pytest.mark.parametrize("line", [["ticket", "list"], ["ticket", "show", "1"], ["check"]])
def test_colours(mixed, line, env, coloured):
    out, _ = mixed.terminal(*line, env=env)
    assert ("\x1b[" in out) == coloured


@pytest.mark.parametrize("line", [["ticket", "list"], ["ticket", "show", "1"], ["check"]])
def test_no_colours_elsewhere(mixed, line):
    env = {"TERM": "xterm"}
    assert "\x1b" not in mixed.run(*line, env=env).out
    assert "\x1b" not in mixed.run(*line, "--json", env=env).out
    assert "\x1b" not in mixed.terminal(*line, "--json")[0]


def test_whatever_the_locale(mixed):
    wanted = mixed.ok("ticket", "list").raw
    for locale in "C", "POSIX", "xx_XX.nonsense":
        assert mixed.ok("ticket", "list", env={"LC_ALL": locale}).raw == wanted
        mixed.ok("department", "set", "support", "title", "Größe 全", env={"LC_ALL": locale})
        assert mixed.ok("department", "show", "support", "--json").object["title"] == "Größe 全"


def test_many_rows(office):
    connection = office.connect()
    connection.execute("BEGIN")
    connection.executemany(
        "INSERT INTO ticket (department_id, waiting, waiting_since, requester, subject, "
        "opened_at, updated_at) VALUES (1, 'us', ?, 'kim@example.net', ?, 1, 1)",
        [(n + 1, "s" * 100) for n in range(5000)],
    )
    connection.execute("COMMIT")
    connection.close()
    rows = office.ok("ticket", "list").rows
    assert [int(row[0]) for row in rows] == list(range(1, 5001))
    assert len(office.ok("ticket", "list", "--json").objects) == 5000
