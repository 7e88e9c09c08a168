# SPDX-License-Identifier: BSD-2-Clause
"""`counterfoil department …`"""
import datetime
import re

import pytest

FIELDS = [
    "type", "name", "title", "primary", "addresses", "members",
    "from_name", "via_name", "follow_up", "assign", "expected", "hours", "correspondents", "reopen",
    "closed", "spam", "templates", "notices_off",
]  # fmt: skip


def test_add(site):
    out = site.ok("department", "add", "support", "--address", "Support@EXAMPLE.com").out
    assert out == "department support answers for support@example.com\n"
    assert site.ok("department", "show", "support", "--json").object == {
        "type": "department",
        "name": "support",
        "title": "Support",
        "primary": "support@example.com",
        "addresses": ["support@example.com"],
        "members": [],
        "from_name": "%{title}",
        "via_name": "%{name} via %{title}",
        "follow_up": "everyone",
        "assign": "first-reply",
        "expected": None,
        "hours": None,
        "correspondents": "cc",
        "reopen": "30d",
        "closed": None,
        "spam": "copy",
        "templates": [],
        "notices_off": [],
    }


def test_add_shows_json(site):
    added = site.ok("department", "add", "a", "--address", "a@example.com", "--json").object
    assert list(added) == FIELDS
    assert added == site.ok("department", "show", "a", "--json").object


@pytest.mark.parametrize(
    "name, more, title",
    [
        ("support", [], "Support"),
        ("customer-care", [], "Customer care"),
        ("a.b_c", [], "A b c"),
        ("übersetzung", [], "Übersetzung"),
        ("support", ["--title", "Example 支援 & Co."], "Example 支援 & Co."),
    ],
)
def test_titles(site, name, more, title):
    site.ok("department", "add", name, "--address", "x@example.com", *more)
    assert site.ok("department", "show", name, "--json").object["title"] == title


@pytest.mark.parametrize(
    "code, name, more, said",
    [
        (1, "sup port", ["--address", "a@example.com"], "`sup port`"),
        (1, "sup/port", ["--address", "a@example.com"], "letters, digits"),
        (1, "", ["--address", "a@example.com"], "must not be empty"),
        (1, "support", ["--address", "a@example.com"], "there is a department `support` already"),
        (1, "SUPPORT", ["--address", "a@example.com"], "there is a department `support` already"),
        (1, "sales", ["--address", "Support@Example.com"], "belongs to department `support`"),
        (1, "sales", ["--address", "jane@example.com"], "is an address of operator"),
        (1, "sales", ["--address", "postmaster@example.com"], "is the site's postmaster"),
        (1, "sales", ["--address", "sales+x@example.com"], "what follows `+` is an extension"),
        (1, "sales", ["--address", '"sa les"@example.com'], "the mail server's map can't hold it"),
        (1, "sales", ["--address", "a@b.counterfoil.invalid"], "can't be a role address"),
        (1, "sales", ["--address", "a@example.com", "--title", ""], "title must not be empty"),
        (1, "sales", ["--address", "a@example.com", "--title", "a\nb"], "must be one line"),
        (1, "sales", ["--address", "a@example.com", "--title", b"\xff"], "must be UTF-8"),
        (2, "sales", ["--address", "sales"], "`sales` is not a mail address"),
        (2, "sales", ["--address", "a@b\x1b[2J"], "is not a mail address"),
    ],
)
def test_add_refused(office, code, name, more, said):
    assert said in office.fails(code, "department", "add", name, *more)


def test_any_character_of_the_delimiter_is_refused(site):
    site.configure(mail="recipient_delimiter = +-")
    assert "what follows `-`" in site.fails(
        1, "department", "add", "care", "--address", "customer-care@example.com"
    )


def test_list(office):
    assert office.ok("department", "list").rows == [
        ["accounting", "Accounting", "accounting@example.com", "ann@example.com"],
        ["support", "Support", "support@example.com", "jane@example.com john@example.com"],
    ]
    names = [(one["type"], one["name"]) for one in office.ok("department", "list", "--json").objects]
    assert names == [("department", "accounting"), ("department", "support")]


def test_show(office):
    assert office.ok("department", "show", "SUPPORT").rows == [
        ["name", "support"],
        ["title", "Support"],
        ["primary", "support@example.com"],
        ["addresses", "support@example.com"],
        ["members", "jane@example.com john@example.com"],
        ["from_name", "%{title}"],
        ["via_name", "%{name} via %{title}"],
        ["follow_up", "everyone"],
        ["assign", "first-reply"],
        ["expected", ""],
        ["hours", ""],
        ["correspondents", "cc"],
        ["reopen", "30d"],
        ["closed", ""],
        ["spam", "copy"],
        ["templates", ""],
        ["notices_off", ""],
    ]


@pytest.mark.parametrize(
    "line",
    [
        ["show", "suport"],
        ["set", "suport", "title", "x"],
        ["address", "suport", "add", "a@example.com"],
        ["remove", "suport"],
        ["remove", "support", "--move-to", "acounting"],
    ],
)
def test_unknown_name(office, line):
    office.ticket()
    error = office.fails(1, "department", *line)
    wrong, right = ("acounting", "accounting") if len(line) == 4 and line[0] == "remove" else (
        "suport", "support",
    )  # fmt: skip
    assert error == f"counterfoil: no department `{wrong}`; did you mean `{right}`?\n"


def test_unknown_name_that_is_near_nothing(office):
    error = office.fails(1, "department", "show", "qqqqqqqqqqq")
    assert error.endswith("`counterfoil department list` shows them\n")


@pytest.mark.parametrize(
    "key, value",
    [
        ("title", "Example Support"),
        ("from_name", "%{operator} at %{title}"),
        ("via_name", "%{name}"),
        ("follow_up", "assignee"),
        ("assign", "no"),
        ("hours", "Mon-Fri 09:00-17:30 Europe/Berlin"),
        ("correspondents", "requester"),
        ("reopen", "12h"),
        ("closed", "write to help@example.com"),
        ("spam", "refuse"),
    ],
)
def test_set(office, key, value):
    assert office.ok("department", "set", "support", key, value).out == f"support: {key} = {value}\n"
    assert office.ok("department", "show", "support", "--json").object[key] == value
    assert office.events("department-set")[-1][1] == "support"
    assert office.events("department-set")[-1][3] == f"{key} = {value}"


def test_open_again(office):
    office.ok("department", "set", "support", "closed", "write to help@example.com")
    office.ok("department", "set", "support", "closed", "")
    assert office.ok("department", "show", "support", "--json").object["closed"] is None


DAYS = "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"
MONTHS = (
    "January|February|March|April|May|June|July|August|September|October|November|December"
)
WHEN = rf"a request that comes now is to be answered by ({DAYS}) \d+ ({MONTHS})( \d\d\d\d)?, "


def test_expected_says_when(office):
    out = office.ok("department", "set", "support", "expected", "1d 4h").out
    assert re.fullmatch(rf"support: expected = 1d 4h\n{WHEN}\d\d:\d\d\n", out)
    out = office.ok("department", "set", "support", "hours", "10:00-10:30 Asia/Kolkata").out
    assert re.fullmatch(rf"support: hours = 10:00-10:30 Asia/Kolkata\n{WHEN}10:[0-3]\d\n", out)
    one = office.ok("department", "set", "support", "hours", "", "--json").object
    assert one["expected"] == "1d 4h" and one["hours"] is None
    one = office.ok("department", "set", "support", "expected", "", "--json").object
    assert one["expected"] is None


def test_expected_in_the_hosts_own_zone(office):
    def answered(zone):
        out = office.ok("department", "set", "support", "expected", "24h", env={"TZ": zone}).out
        return out.rsplit(", ", 1)[1]

    assert answered("UTC")[3:] != answered("Asia/Kolkata")[3:], "half an hour apart"


def test_never_within_a_year(office):
    said = "would not be answered within a year"
    office.ok("department", "set", "support", "expected", "2h")
    assert said in office.fails(
        1, "department", "set", "support", "hours", "Mon 10:00-10:01 UTC"
    )
    office.ok("department", "set", "support", "hours", "Mon 10:00-12:00 UTC")
    assert said in office.fails(1, "department", "set", "support", "expected", "60d")
    office.ok("department", "set", "support", "expected", "")
    first = datetime.date.today() - datetime.timedelta(days=1)
    days = [first + datetime.timedelta(days=n) for n in range(370)]
    mondays = ", ".join(str(day) for day in days if day.weekday() == 0)
    assert said in office.fails(
        1, "department", "set", "support", "hours", f"Mon 10:00-12:00 UTC not {mondays}"
    )


@pytest.mark.parametrize(
    "code, key, value, said",
    [
        (2, "folow_up", "everyone", "no setting `folow_up`; did you mean `follow_up`?"),
        (2, "colour", "red", "no setting `colour`; there are title, from_name"),
        (1, "follow_up", "nobody", "`everyone` or `assignee`"),
        (1, "assign", "yes", "assign must be"),
        (1, "reopen", "soon", "a time such as"),
        (1, "expected", "soon", "expected must be a time such as `30m`, `4h`, `2d` or `1d 4h`"),
        (1, "hours", "Mon-Fri 9-17", "hours: `9-17` must be a time such as `09:00-17:30`"),
        (1, "hours", "Europe/Berln", "hours: no time zone `Europe/Berln` is known here"),
        (1, "spam", "no", "`copy` or `log` or `refuse`"),
        (1, "title", "", "must not be empty"),
        (1, "title", "a\tb\n", "one line"),
    ],
)
def test_set_refused(office, code, key, value, said):
    assert said in office.fails(code, "department", "set", "support", key, value)


def test_addresses(office):
    said = office.ok("department", "address", "support", "add", "Help@Example.com").out
    assert said == "department support answers for help@example.com\n"
    one = office.ok("department", "address", "support", "primary", "help@example.com", "--json")
    assert list(one.object) == FIELDS
    assert one.object["primary"] == "help@example.com"
    assert one.object["addresses"] == ["help@example.com", "support@example.com"]
    office.ok("department", "address", "support", "remove", "support@example.com")
    one = office.ok("department", "show", "support", "--json").object
    assert one["addresses"] == ["help@example.com"]
    assert [row[1:] for row in office.events("address-added")] == [
        ("support", office.events("address-added")[0][2], "help@example.com")
    ]
    assert len(office.events("address-primary")) == len(office.events("address-removed")) == 1


@pytest.mark.parametrize(
    "code, verb, address, said",
    [
        (2, "ad", "a@example.com", "add, remove or primary, not `ad`; did you mean `add`?"),
        (2, "qqqqqq", "a@example.com", "add, remove or primary, not `qqqqqq`"),
        (2, "add", "example.com", "is not a mail address"),
        (1, "add", "accounting@example.com", "belongs to department `accounting`"),
        (1, "add", "support@example.com", "belongs to department `support` already"),
        (1, "add", "jane@example.com", "is an address of operator"),
        (1, "add", "help+me@example.com", "is an extension"),
        (1, "remove", "support@example.com", "primary"),
        (1, "remove", "accounting@example.com", "accounting@example.com"),
        (1, "primary", "help@example.com", "help@example.com"),
    ],
)
def test_addresses_refused(office, code, verb, address, said):
    assert said in office.fails(code, "department", "address", "support", verb, address)


def test_an_address_that_is_unfit_by_now_can_be_removed(office):
    office.ok("department", "address", "support", "add", "help-me@example.com")
    office.configure(mail="recipient_delimiter = -")
    office.ok("department", "address", "support", "remove", "help-me@example.com")


def test_remove(office):
    assert office.ok("department", "remove", "support").out == "department support is removed\n"
    assert [row[0] for row in office.ok("department", "list").rows] == ["accounting"]
    assert office.ok("operator", "show", "jane@example.com", "--json").object["departments"] == []
    assert [row[3] for row in office.events("left")] == ["jane@example.com", "john@example.com"]
    assert all(row[2] for row in office.events("left")), "who did it is on record"
    office.ok("department", "add", "support", "--address", "support@example.com")


def test_remove_shows_json(office):
    assert office.ok("department", "remove", "support", "--json").object == {
        "type": "removed",
        "noun": "department",
        "name": "support",
        "unassigned": 0,
    }


def test_remove_with_open_tickets(office):
    office.ticket()
    office.ticket()
    office.ticket(state="closed", closed_at=1)
    error = office.fails(1, "department", "remove", "support")
    assert "department `support` has 2 open tickets; `--move-to OTHER`" in error


def test_remove_moves_open_tickets(office):
    jane = office.operator_id("jane@example.com")
    ann = office.operator_id("ann@example.com")
    first = office.ticket(assignee_id=jane)
    second = office.ticket(further=["accounting"], assignee_id=ann)
    closed = office.ticket(state="closed", closed_at=1, assignee_id=jane)
    guest = office.ticket(department="accounting", further=["support"])
    out = office.ok("department", "remove", "support", "--move-to", "Accounting").out
    assert "2 open tickets moved to Accounting" in out
    tickets = {one["number"]: one for one in office.ok("ticket", "list", "--json").objects}
    assert tickets[first]["department"] == tickets[second]["department"] == "accounting"
    assert tickets[first]["departments"] == tickets[second]["departments"] == ["accounting"]
    assert tickets[first]["assignee"] is None, "jane is not in accounting"
    assert tickets[second]["assignee"] == "ann@example.com"
    assert tickets[closed]["department"] == "support", "history stays"
    assert tickets[guest]["department"] == "accounting"
    moved = office.events("moved")
    assert [(row[0], row[1], row[3]) for row in moved] == [
        (first, "accounting", "accounting"),
        (second, "accounting", "accounting"),
    ]
    assert [(row[0], row[3]) for row in office.events("dropped")] == [(first, "jane@example.com")]


def test_remove_moves_to_another(office):
    office.ticket()
    assert "another department" in office.fails(
        1, "department", "remove", "support", "--move-to", "support"
    )
