# SPDX-License-Identifier: BSD-2-Clause
"""counterfoil(1) names every command and option that there is, and no other."""
import re
import shlex

from conftest import NOW, TOP
from test_usage import COMMANDS

MANUAL = (TOP / "admin" / "counterfoil.1").read_text()


def test_commands():
    named = re.findall(r"^(?:\.It |\.)Cm ([a-z]+(?: [a-z]+)?)", MANUAL, re.M)
    nouns = {command.split()[0] for command in COMMANDS}
    assert {name for name in named if name.split()[0] in nouns} == set(COMMANDS)


def test_options(bare):
    wanted = set()
    for command in COMMANDS:
        wanted |= set(re.findall(r"--([a-z-]+)", bare.ok(*command.split(), "--help").out))
    wanted.add("version")
    assert set(re.findall(r"Fl Fl ([a-z-]+)", MANUAL)) == wanted


def test_settings(office):
    error = office.fails(2, "department", "set", "support", "colour", "red")
    keys = re.search("there are (.*)", error)[1].split(", ")
    section = MANUAL[MANUAL.index("The keys are:") :]
    section = section[: section.index(".El")]
    assert re.findall(r"^\.It Cm (\w+)", section, re.M) == keys


def fields(name):
    text = re.search(rf"^\.It Li {name}\n(.*?)\.(?:\n|$)", MANUAL, re.M | re.S)[1]
    return text.replace("\n", " ").split(", ")


def test_fields(office):
    number = office.ticket()
    office.message(number)
    office.event("opened", number, at=NOW)
    shown = office.ok("ticket", "show", str(number), "--json").objects
    shown.append(office.ok("department", "show", "support", "--json").object)
    shown.append(office.ok("operator", "show", "jane@example.com", "--json").object)
    shown.append(office.ok("department", "template", "support", "closed", "--json").object)
    shown.append(office.run("check", "--json").objects[0])
    assert [one["type"] for one in shown] == [
        "ticket", "message", "event", "department", "operator", "template", "check",
    ]  # fmt: skip
    for one in shown:
        assert list(one)[1:] == fields(one["type"])


def examples():
    """The command lines of the examples; of a pipe the first, which is ours."""
    section = MANUAL[MANUAL.index(".Sh EXAMPLES") : MANUAL.index(".Sh SEE ALSO")]
    blocks = re.findall(r"^\.Bd .*?\n(.*?)^\.Ed$", section, re.M | re.S)
    lines = "".join(blocks).splitlines() + re.findall(r"^\.Dl (.*)", section, re.M)
    return [line.replace(r"\(dq", '"').split(" | ")[0] for line in lines]


def test_examples(bare):
    lines = examples()
    first = lines.index("counterfoil check")
    assert [line.split()[1] for line in lines[:first]] == [
        "init", "department", "operator", "operator", "member",
    ]  # fmt: skip
    for line in lines:
        if line.startswith("vi "):
            continue
        assert line.startswith("counterfoil ")
        words = shlex.split(line)[1:]
        if words == ["check"]:
            assert bare.run(*words).err == "counterfoil: 1 error was found\n", "no filter runs here"
            bare.message(bare.ticket(number=1042, waiting_since=1), number=17)
        elif words[-1].startswith(">"):
            (bare.folder / words[-1][1:]).write_bytes(bare.ok(*words[:-1]).raw)
        else:
            bare.ok(*words)
    named = {line.split()[1] for line in lines[first + 1 :] if line.startswith("counterfoil ")}
    assert named == {"department", "ticket", "message"}


def test_columns(office):
    office.ticket()
    for command in "ticket list", "department list", "operator list", "member list", "check":
        wanted = re.search(rf"^\.It Cm {command}\n([a-z, ]+)$", MANUAL, re.M)[1].split(", ")
        if command != "check":
            head = office.terminal(*command.split(), env={"NO_COLOR": "1"})[0].splitlines()[0]
            assert head.lower().split() == wanted
        assert {len(row) for row in office.run(*command.split()).rows} == {len(wanted)}
