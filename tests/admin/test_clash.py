# SPDX-License-Identifier: BSD-2-Clause
"""One login proves one operator, and mail to a person is never mail to a department."""
import pytest

from test_check import error_of

JANE = ["jane@example.com"]
TWO_DOMAINS = "local_domains = example.com example.org"


@pytest.fixture
def local(site):
    site.configure(mail=TWO_DOMAINS)
    return site


def one_of(first, second):
    """Two operators who can't be told apart, whichever is made first."""
    return [(first, second), (second, first)]


@pytest.mark.parametrize(
    "old, new",
    [
        *one_of(JANE, ["x@example.net", "--login", "jane"]),
        *one_of(JANE, ["x@example.net", "--login", "JANE"]),
        *one_of(JANE, ["x@example.net", "--login", "Jane@Example.com"]),
        *one_of(JANE, ["jane@example.org"]),
        *one_of(JANE, ["x@example.net", "--also", "jane@example.org"]),
        *one_of(["y@example.net", "--also", *JANE], ["x@example.net", "--login", "jane"]),
        *one_of(["y@example.net", "--login", "jane"], ["jane@example.org", "--name", "Jane"]),
        *one_of(["y@example.net", "--login", "jd"], ["x@example.net", "--login", "JD"]),
    ],
)
def test_one_login_of_two(local, old, new):
    local.ok("operator", "add", *old)
    error = local.fails(1, "operator", "add", *new)
    assert old[0] in error and "login" in error, "the other operator is named"


@pytest.mark.parametrize(
    "mail, old, new",
    [
        ("", JANE, ["x@example.net", "--login", "jane"]),
        ("", JANE, ["jane@example.org"]),
        (TWO_DOMAINS, JANE, ["jane@example.net"]),
        (TWO_DOMAINS, JANE, ["jane@mail.example.com"]),
        (TWO_DOMAINS, JANE, ["jane@example.org", "--login", "jane@example.org"]),
        (TWO_DOMAINS, [*JANE, "--login", "jd"], ["jane@example.org"]),
        (TWO_DOMAINS, [*JANE, "--login", "jd"], ["x@example.org", "--login", "jane"]),
        (TWO_DOMAINS, JANE, ["x@example.net", "--login", "jan"]),
        (TWO_DOMAINS, JANE, ["x@example.net", "--login", "jane@example.net"]),
        (TWO_DOMAINS, [*JANE, "--also", "jane@example.org"], ["x@example.org"]),
    ],
)
def test_logins_that_differ(site, mail, old, new):
    site.configure(mail=mail)
    site.ok("operator", "add", *old)
    site.ok("operator", "add", *new)
    assert "operator" not in [row[1] for row in site.run("check").rows]


def test_a_login_is_free_again(local):
    local.ok("operator", "add", *JANE)
    local.ok("operator", "remove", *JANE)
    local.ok("operator", "add", "x@example.net", "--login", "jane")


def test_one_login_of_two_by_member_edit(local, folder):
    local.ok("department", "add", "support", "--address", "support@example.com")
    local.ok("operator", "add", "x@example.net", "--login", "jane")
    editor = folder / "editor"
    editor.write_text('#!/bin/sh\necho "jane@example.com  Jane Doe" >"$1"\n')
    editor.chmod(0o755)
    error = local.fails(
        1, "member", "edit", "support", env={"EDITOR": str(editor), "TMPDIR": str(folder)}
    )
    assert "jane would prove two operators, jane@example.com and x@example.net" in error


@pytest.mark.parametrize(
    "delimiter, address, said",
    [
        ("+", "support@example.com", "is a role address of department `support`"),
        ("+", "support+note@example.com", "is role address support@example.com with an extension"),
        ("+", "Support+@Example.com", "is role address support@example.com with an extension"),
        ("+", "help+a+b@example.com", "is role address help@example.com with an extension"),
        ("+-", "help-a+b@example.com", "is role address help@example.com with an extension"),
        ("-", "support+note@example.com", None),
        ("+", "support-note@example.com", None),
        ("+", "support+note@example.org", None),
        ("+", "+support@example.com", None),
    ],
)
@pytest.mark.parametrize("place", ["first", "also"])
def test_operator_at_a_role_address(site, place, delimiter, address, said):
    site.configure(mail=f"recipient_delimiter = {delimiter}")
    site.ok("department", "add", "support", "--address", "support@example.com")
    site.ok("department", "address", "support", "add", "help@example.com")
    words = [address] if place == "first" else ["x@example.net", "--also", address]
    if said is None:
        site.ok("operator", "add", *words)
    else:
        assert said in site.fails(1, "operator", "add", *words)


@pytest.mark.parametrize(
    "delimiter, role, said",
    [
        ("+", "jane@example.com", "is an address of operator jane@example.com"),
        ("+", "jd@example.org", "is an address of operator jane@example.com"),
        ("+", "max@example.com", "max+work@example.com, an address of operator max@example.net"),
        ("+", "root@example.com", "root+tickets@example.com, an address of the site's postmaster"),
        ("-", "max@example.com", None),
        ("-", "root@example.com", None),
        ("+", "max@example.org", None),
        ("+", "work@example.com", None),
    ],
)
@pytest.mark.parametrize("verb", ["add", "address"])
def test_role_address_of_a_person(bare, verb, delimiter, role, said):
    bare.configure(mail=f"recipient_delimiter = {delimiter}")
    bare.init(postmaster="root+tickets@example.com")
    bare.ok("operator", "add", "jane@example.com", "--also", "jd@example.org")
    bare.ok("operator", "add", "max@example.net", "--also", "max+work@example.com")
    bare.ok("department", "add", "support", "--address", "support@example.com")
    line = {
        "add": ["department", "add", "sales", "--address", role],
        "address": ["department", "address", "support", "add", role],
    }[verb]
    if said is None:
        bare.ok(*line)
    else:
        assert said in bare.fails(1, *line)


def test_a_role_address_that_clashes_by_now_can_be_removed(site):
    site.ok("department", "add", "support", "--address", "support@example.com")
    site.ok("department", "address", "support", "add", "max@example.com")
    site.ok("operator", "add", "max-work@example.com")
    site.configure(mail="recipient_delimiter = -")
    assert "max-work@example.com" in error_of(site, "operator")
    site.ok("department", "address", "support", "remove", "max@example.com")
    assert "operator" not in [row[1] for row in site.run("check").rows]


def test_check_sees_what_the_configuration_made_wrong(site):
    site.ok("operator", "add", *JANE)
    site.ok("operator", "add", "x@example.net", "--login", "jane")
    assert "operator" not in [row[1] for row in site.run("check").rows]
    site.configure(mail=TWO_DOMAINS)
    found = [row[2] for row in site.run("check").rows if row[:2] == ["error", "operator"]]
    assert len(found) == 2
    assert all("jane@example.com" in text and "x@example.net" in text for text in found)


def test_check_sees_a_postmaster_with_an_extension(bare):
    bare.configure(mail="recipient_delimiter = -")
    bare.init(postmaster="support+root@example.com")
    bare.ok("department", "add", "support", "--address", "support@example.com")
    bare.configure()
    error = error_of(bare, "postmaster")
    assert "mail would go round" in error
    assert "`counterfoil department address support remove support@example.com`" in error
