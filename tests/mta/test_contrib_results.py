# SPDX-License-Identifier: BSD-2-Clause
"""contrib/postfix/configure where counterfoil.conf believes a verifier: nobody else writes
Authentication-Results in its name. With real mail: test_authres.py."""

import re

import pytest

from lab import CONFIGURE
from setup import refused

NAME = "mx.example.test"
HAND = CONFIGURE.parent / "counterfoil.cf"


def entry(setup):
    return f"regexp:{setup.etc}/counterfoil.header_checks"


def pattern(setup):
    (line,) = [
        line for line in setup.read("counterfoil.header_checks").split("\n") if line[:1] == "/"
    ]
    return line


# What may stand in main.cf before apply; what the two parameters are then.
BEFORE = {
    "nothing": ("", "", ""),
    "nothing, and no final line end": ("biff = no", "", ""),
    "checks": ("header_checks = regexp:/a, regexp:/b\n", "regexp:/a, regexp:/b", ""),
    "checks on several lines": (
        "header_checks =\n  # one\n  regexp:/a,\n\n  regexp:/b\n",
        "regexp:/a, regexp:/b",
        "",
    ),
    "a variable": ("mine = regexp:/a\nheader_checks = $mine\n", "$mine", ""),
    "checks of attached messages": (
        "header_checks = regexp:/a\nnested_header_checks = regexp:/n\n",
        "regexp:/a",
        "regexp:/n",
    ),
    "none for attached messages": ("nested_header_checks =\n", "", ""),
}


@pytest.mark.parametrize("name", BEFORE)
def test_apply_and_undo(setup, name):
    text, checks, nested = BEFORE[name]
    setup.append(text)
    before = setup.files()
    setup.write_conf(authserv_id=NAME)
    setup.do("apply")
    assert setup.value("header_checks") == ", ".join(filter(None, [entry(setup), checks]))
    want = nested if "nested" in text else checks
    assert setup.value("nested_header_checks") == want
    out = setup.do("show")
    assert len(re.findall("(?m)^ok .*header_checks", out)) == 3 and "missing" not in out, out
    after = setup.files()
    assert "nothing was changed" in setup.do("apply")
    assert setup.files() == after
    setup.do("undo")
    assert setup.files() == before


def test_undo_without_the_configuration(setup):
    setup.append("header_checks = regexp:/a\n")
    before = setup.files()
    setup.write_conf(authserv_id=NAME)
    setup.do("apply")
    setup.conf.unlink()
    setup.do("undo")
    assert setup.files() == before


def test_nothing_of_it_where_nobody_is_believed(setup):
    setup.do("apply")
    assert setup.value("header_checks") == ""
    assert setup.value("nested_header_checks") == "$header_checks"
    assert "header_checks" not in setup.do("show")


@pytest.mark.parametrize("text", ["", "header_checks = regexp:/a\n"])
def test_believing_nobody_any_more(setup, text):
    setup.append(text)
    setup.do("apply")
    before = setup.files()
    setup.write_conf(authserv_id=NAME)
    done = setup.configure("show")
    assert done.returncode == 1
    assert f"missing  main.cf: header_checks needs {entry(setup)} (first)" in done.stdout
    assert "missing  " + str(setup.etc / "counterfoil.header_checks") in done.stdout
    setup.do("apply")
    assert setup.files() != before
    setup.write_conf()
    assert "differs  main.cf: header_checks has" in setup.configure("show").stdout
    setup.do("apply")
    assert setup.files() == before


def test_another_name(setup):
    setup.write_conf(authserv_id="a.test")
    setup.do("apply")
    main = setup.read()
    assert "a\\.test" in pattern(setup)
    setup.write_conf(authserv_id="b.test")
    assert "counterfoil.header_checks" in setup.configure("show").stdout
    setup.do("apply")
    assert pattern(setup).count("b\\.test") == 2 and "a\\.test" not in pattern(setup)
    assert setup.read() == main


def test_a_later_place_is_not_enough(setup):
    """An earlier table that has a word for the field would let it pass."""
    setup.write_conf(authserv_id=NAME)
    setup.do("apply")
    setup.postfix.set(header_checks=f"regexp:/a, {entry(setup)}")
    assert "missing  main.cf: header_checks" in setup.configure("show").stdout
    setup.do("apply")
    assert setup.value("header_checks") == f"{entry(setup)}, regexp:/a"


def test_what_an_administrator_changed_since_stays(setup):
    setup.write_conf(authserv_id=NAME)
    setup.do("apply")
    setup.postfix.set(nested_header_checks="regexp:/n", header_checks=f"{entry(setup)}, regexp:/a")
    setup.do("undo")
    assert setup.value("header_checks") == "regexp:/a"
    assert setup.value("nested_header_checks") == "regexp:/n"


def test_attached_messages_that_lose_theirs(setup):
    setup.write_conf(authserv_id=NAME)
    setup.do("apply")
    setup.postfix.set(nested_header_checks="$header_checks")
    assert "differs  main.cf: nested_header_checks" in setup.configure("show").stdout


@pytest.mark.parametrize("name", ["mx/1", "mx example", "mx*"])
def test_a_name_that_counterfoil_would_refuse(setup, name):
    before = setup.files()
    setup.write_conf(authserv_id=name)
    refused(setup.configure("apply"), str(setup.conf), name, "letters")
    assert setup.files() == before


def test_doors_without_the_check(setup):
    setup.write_conf(authserv_id=NAME)
    master = (
        "127.0.0.1:2771 inet n - n - - smtpd\n"
        "  -o receive_override_options=no_header_body_checks\n"
        "127.0.0.1:2772 inet n - n - - smtpd\n"
        "  -o receive_override_options=no_header_body_checks,no_milters\n"
        "own-cleanup unix n - n - 0 cleanup\n"
        "  -o header_checks=regexp:/own\n"
    )
    setup.append(master, "master.cf")
    out = setup.do("apply")
    assert "127.0.0.1:2771 has no_header_body_checks" in out
    assert "own-cleanup has header_checks of its own" in out
    assert out.count(f"write as {NAME}") == 2, out
    setup.postfix.set(receive_override_options="no_header_body_checks")
    assert "receive_override_options has no_header_body_checks" in setup.do("show")
    setup.write_conf()
    assert "write as" not in setup.do("apply")


def test_the_hand_made_way_is_the_same(setup):
    setup.write_conf(authserv_id="mx.example.com")
    setup.do("apply")
    text = HAND.read_text().replace("/etc/postfix/", f"{setup.etc}/")
    by_hand = re.findall(r"(?m)^# +(/\^Authentication.*|(?:nested_)?header_checks =.*)$", text)
    assert by_hand == [
        pattern(setup),
        f"header_checks = {setup.value('header_checks')}",
        f"nested_header_checks = {setup.value('nested_header_checks')}".rstrip(),
    ]
