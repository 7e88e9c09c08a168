# SPDX-License-Identifier: BSD-2-Clause
"""Help at every level, and what is said to a line that is wrong."""
import re

import pytest

COMMANDS = """
init
check
department add
department list
department show
department set
department address
department template
department remove
operator add
operator list
operator show
operator remove
member add
member remove
member list
member edit
ticket list
ticket show
ticket close
ticket reopen
ticket take
ticket drop
ticket assign
ticket move
ticket merge
ticket note
message raw
map postfix
""".strip().splitlines()


def test_help_names_all_commands_and_no_other(bare):
    text = bare.ok("--help").out
    assert re.findall(r"^  ([a-z]+(?: [a-z]+)?)  +[a-z]", text, re.M) == COMMANDS
    assert bare.ok("-h").out == text


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each_command(bare, command):
    text = bare.ok(*command.split(), "--help").out
    assert text.startswith(f"Usage: counterfoil {command}")
    assert "--config FILE" in text
    assert bare.ok("--help", *command.split()).out == text


def test_help_of_a_noun(bare):
    text = bare.ok("ticket", "--help").out
    assert re.findall(r"^  ticket ([a-z]+) ", text, re.M) == [
        "list", "show", "close", "reopen", "take", "drop", "assign", "move",
        "merge", "note",
    ]  # fmt: skip
    assert "department add" not in text


def test_version(bare):
    assert re.fullmatch(r"counterfoil \d+\.\d+\.\d+\n", bare.ok("--version").out)


@pytest.mark.parametrize(
    "line, said",
    [
        ([], "usage: "),
        (["tiket", "list"], "no command `tiket`; did you mean `ticket`?"),
        (["zzzzzzzz"], "no command `zzzzzzzz`; there are init, check, department"),
        (["ticket"], "ticket what? one of list, show"),
        (["ticket", "lsit"], "did you mean `list`?"),
        (["ticket", "qqqqqqqq"], "there are list, show"),
        (["ticket", "list", "--stat", "open"], "no option `--stat`; did you mean `--state`?"),
        (["ticket", "list", "--stat=open"], "no option `--stat`; did you mean `--state`?"),
        (["ticket", "list", "--qqqqqqqq"], "no option `--qqqqqqqq`"),
        (["ticket", "list", "-x"], "no option `-x`"),
        (["--jsn", "ticket", "list"], "no option `--jsn`; did you mean `--json`?"),
        (["ticket", "--jsn", "list"], "no option `--jsn`; did you mean `--json`?"),
        (["ticket", "list", "--state"], "Missing argument for --state"),
        (["ticket", "list", "open"], "`open` is too much here"),
        (["ticket", "show"], "something is missing: NUMBER"),
        (["ticket", "show", "1", "2"], "`2` is too much here"),
        (["ticket", "assign", "1"], "something is missing: NUMBER WHO"),
        (["ticket", "note", "--text", "x"], "something is missing: NUMBER"),
        (["ticket", "note", "1", "--text"], "Missing argument for --text"),
        (["department", "add", "x"], "--address ROLE is missing"),
        (["department", "set", "x", "title"], "something is missing: NAME KEY VALUE"),
        (["member", "add", "support"], "something is missing: DEPARTMENT ADDRESS"),
        (["init", "--tag", "Example"], "--postmaster ADDRESS is missing"),
        (["init", "now"], "`now` is too much here"),
        (["ticket", "show", "a\x1b[2J\xff"], "`a\\x1b[2Jÿ`"),
        (["member", "remove", "support", "x", "--handover"], "no option `--handover`"),
    ],
)
def test_wrong_lines(site, line, said):
    result = site.run(*line)
    assert result.code == 2, result
    assert result.out == ""
    assert said in result.err
    assert "usage: counterfoil" in result.err
    assert "\x1b" not in result.err


def test_bytes_that_are_no_text(site):
    result = site.run("ticket", "show", b"\xff\xfe\x07")
    assert result.code == 2, result
    assert "`\\xff\\xfe\\x07` is no ticket" in result.err


def test_options_stand_anywhere(office):
    wanted = office.ok("--json", "department", "list").out
    assert office.ok("department", "--json", "list").out == wanted
    assert office.ok("department", "list", "--json").out == wanted
    assert office.ok("department", "show", "--json", "support").object["name"] == "support"
    assert office.run("department", "show", "--", "--json").code == 1


def test_configuration_by_environment(office, folder):
    conf = str(office.conf)
    office.conf = folder / "absent.conf"
    result = office.run("department", "list", env={"COUNTERFOIL_CONFIG": conf})
    assert (result.code, result.out) == (78, ""), "--config wins"
    assert "absent.conf: " in result.err and "No such file or directory" in result.err


def test_environment_is_heeded(office):
    import subprocess

    from conftest import PROGRAM, environment

    done = subprocess.run(
        [PROGRAM, "operator", "list"],
        env=environment(COUNTERFOIL_CONFIG=str(office.conf)),
        capture_output=True,
        check=True,
    )
    assert b"jane@example.com" in done.stdout


def test_wrong_configuration_names_all_faults(site):
    site.configure(milter="sockt = x", archive="[log]\nlevel = loud")
    result = site.run("department", "list")
    assert result.code == 78, result
    lines = result.err.splitlines()
    assert all(line.startswith(f"counterfoil: {site.conf}: ") for line in lines)
    assert "sockt: no such key; did you mean socket?" in lines[0]
    assert "[log] level" in lines[1] and "allowed: error, warning, info or debug" in lines[1]
