# SPDX-License-Identifier: BSD-2-Clause
"""`counterfoil member edit`: the membership as a text, all of it or nothing."""
import os

import pytest


@pytest.fixture
def edit(office, folder):
    """Runs `member edit support`, with a shell script for the editor; "$1" is the file."""

    def run(script, runner=None, **env):
        editor = folder / "editor"
        editor.write_text(f"#!/bin/sh\n{script}\n")
        editor.chmod(0o755)
        (folder / "tmp").mkdir(exist_ok=True)
        (folder / "tmp").chmod(0o777)
        env = {"EDITOR": str(editor), "TMPDIR": str(folder / "tmp"), **env}
        return (runner or office.run)("member", "edit", "support", env=env)

    run.office = office
    run.left = lambda: list((folder / "tmp").iterdir())
    return run


def members(office):
    return {row[1]: row[2] for row in office.ok("member", "list", "support").rows}


JANE_AND_JOHN = {"jane@example.com": "Jane Doe", "john@example.com": "John Roe"}


def test_what_the_person_sees(edit):
    result = edit('cp "$1" seen; stat -c %a "$1" >mode')
    assert (result.code, result.out) == (0, "nothing was changed\n"), result
    seen = (edit.office.folder / "seen").read_text()
    lines = [line for line in seen.splitlines() if line and not line.startswith("#")]
    assert lines == ["jane@example.com  Jane Doe", "john@example.com  John Roe"]
    assert "members of department support (Support)" in seen
    assert "becomes an operator" in seen
    assert (edit.office.folder / "mode").read_text() == "600\n"
    assert edit.left() == []


def test_changes_are_made_as_a_whole(edit):
    office = edit.office
    office.ticket(assignee_id=office.operator_id("jane@example.com"))
    result = edit(
        "cat >\"$1\" <<'.'\n"
        "# a comment\n\n"
        "  John@Example.com\tJohn Q. Roe  \n"
        "max@example.com\n"
        '"new one"@example.com   Néw Ōne\n'
        "."
    )
    assert result.code == 0, result
    assert result.out.splitlines() == [
        "john@example.com is called John Q. Roe now",
        "max@example.com is in support now",
        '"new one"@example.com is an operator now',
        '"new one"@example.com is in support now',
        "jane@example.com is no longer in support; 1 ticket is nobody's now",
    ]
    assert members(office) == {
        "john@example.com": "John Q. Roe",
        "max@example.com": "",
        '"new one"@example.com': "Néw Ōne",
    }
    assert [row[3] for row in office.events("left")] == ["jane@example.com"]
    assert edit.left() == []


def test_a_name_taken_out(edit):
    assert edit("sed -i 's/ .*Doe//' \"$1\"").code == 0
    assert members(edit.office) == {"jane@example.com": "", "john@example.com": "John Roe"}


def test_another_address_of_a_member_is_that_member(edit):
    office = edit.office
    office.ok("operator", "add", "two@example.com", "--also", "zwei@example.com", "--name", "Two")
    office.ok("member", "add", "support", "two@example.com")
    result = edit("sed -i 's/^two@/zwei@/' \"$1\"")
    assert result.code == 0, result
    assert members(office) == {**JANE_AND_JOHN, "two@example.com": "Two"}
    result = edit("echo 'zwei@example.com Two' >>\"$1\"")
    assert result.code == 1, result
    assert "zwei@example.com is another address of two@example.com, who has a line" in result.err


def test_json(edit):
    office = edit.office
    result = edit(
        "echo 'max@example.com' >>\"$1\"",
        runner=lambda *args, **more: office.run("--json", *args, **more),
    )
    assert [(one["address"], one["change"]) for one in result.objects] == [
        ("jane@example.com", None),
        ("john@example.com", None),
        ("max@example.com", "joined"),
    ]


def test_all_may_leave(edit):
    assert edit("echo '# nobody' >\"$1\"").code == 0
    assert members(edit.office) == {}


@pytest.mark.parametrize("script", ["true", 'touch "$1"', ': >"$1"', 'cp "$1" x; mv x "$1"'])
def test_nothing_to_do(edit, script):
    before = edit.office.dump()
    result = edit(script)
    assert (result.code, result.out, result.err) == (0, "nothing was changed\n", ""), result
    assert edit.office.dump() == before
    assert edit.left() == []


@pytest.mark.parametrize(
    "lines, said",
    [
        ("max@example.com\nnot an address", ["line 12: `not` is not a mail address"]),
        ("max@example.com\nmax@example.com M", ["line 12: max@example.com has a line already"]),
        (
            "support@example.com\nx@\nmax@example.com",
            ["line 12: `x@` is not a mail address"],
        ),
        ("new@example.com\naccounting@example.com Acc", ["line 12: ", "accounting@example.com"]),
        ("new@example.com a\033[2Jb", ["line 11: ", "control"]),
        ("a@\033[2J\n@\n", ["line 11: ", "line 12: "]),
    ],
)
def test_faults_are_told_by_line_and_nothing_is_changed(edit, lines, said):
    before = edit.office.dump()
    result = edit(f"cat >>\"$1\" <<'.'\n{lines}\n.")
    assert (result.code, result.out) == (1, ""), result
    for text in said:
        assert text in result.err
    assert "\033" not in result.err
    assert edit.office.dump() == before
    (kept,) = edit.left()
    assert f"nothing was changed; your text is kept in {kept}" in result.err
    assert lines.splitlines()[0] in kept.read_text()


def test_not_utf8(edit):
    result = edit("printf 'max@example.com M\\374ller\\n' >>\"$1\"")
    assert result.code == 1 and "line 11: this is not UTF-8" in result.err, result


def test_nul(edit):
    result = edit("printf 'max@example.com\\0\\n' >>\"$1\"")
    assert result.code == 1 and "NUL" in result.err, result


def test_the_editor_fails(edit):
    before = edit.office.dump()
    result = edit("echo x >>\"$1\"; exit 3")
    assert (result.code, result.out) == (1, ""), result
    assert "failed, nothing was changed" in result.err
    assert edit.office.dump() == before
    assert edit.left() == []


def test_editor_with_options_and_visual(edit, folder):
    (folder / "args").write_text("#!/bin/sh\necho \"$1\" >got\necho max@example.com >>\"$2\"\n")
    (folder / "args").chmod(0o755)
    result = edit("exit 9", VISUAL=f"{folder}/args --wait")
    assert result.code == 0, result
    assert (folder / "got").read_text() == "--wait\n"


def test_somebody_else_was_faster(edit):
    office = edit.office
    result = edit(
        f"{office_command(office)} member remove support john@example.com\n"
        "echo max@example.com >>\"$1\""
    )
    assert result.code == 1, result
    assert "somebody else has changed department `support` meanwhile" in result.err
    assert members(office) == {"jane@example.com": "Jane Doe"}
    assert len(edit.left()) == 1


def test_nobody_waits_while_somebody_types(edit):
    """The editor holds no lock: other changes go through meanwhile."""
    office = edit.office
    result = edit(
        f"{office_command(office)} member add accounting max@example.com\n"
        "echo max@example.com >>\"$1\""
    )
    assert result.code == 0, result
    assert "max@example.com" in members(office)


def office_command(office):
    from conftest import PROGRAM

    return f"'{PROGRAM}' --config '{office.conf}'"


def test_on_a_terminal_one_may_try_again(edit, folder):
    office = edit.office
    script = 'if [ -e again ]; then sed -i "s/wrong/max@example.com/" "$1"; else\n' \
             'echo wrong >>"$1"; touch again; fi'  # fmt: skip
    out, code = edit(
        script,
        runner=lambda *args, env: office.terminal(
            *args, env=env, keys=b"y\n", until=b"Edit it again? [Y/n] "
        ),
    )
    assert code == 0, out
    assert "line 11: `wrong` is not a mail address\nNothing was changed." in out
    assert "max@example.com is in support now" in out
    assert edit.left() == []


def test_on_a_terminal_one_may_give_up(edit):
    office = edit.office
    before = office.dump()
    out, code = edit(
        'echo wrong >>"$1"',
        runner=lambda *args, env: office.terminal(
            *args, env=env, keys=b"n\n", until=b"Edit it again? [Y/n] "
        ),
    )
    assert code == 1, out
    assert "your text is kept in" in out
    assert office.dump() == before


def test_unknown_department_opens_no_editor(edit, folder):
    result = edit("touch opened", runner=lambda *args, env: edit.office.run(
        "member", "edit", "suport", env=env))  # fmt: skip
    assert result.code == 1 and "did you mean `support`?" in result.err
    assert not os.path.exists(folder / "opened")
