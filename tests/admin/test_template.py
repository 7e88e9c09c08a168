# SPDX-License-Identifier: BSD-2-Clause
"""`counterfoil department template`: what a department's notices say."""
import re
import subprocess

import pytest

from conftest import PROGRAM, TOP, environment

KINDS = ["acknowledge", "closed", "moved", "status", "result", "handover"]
OWN = "Subject: %{id} Fertig\n\nHallo %{requester},\n\ngrüß dich, %{title} ist fertig.\n-- \nx\n"
LIMIT = 65536
VARIABLES = "%{ticket}, %{id}, %{title}, %{role}, %{requester}, %{subject}, %{expected}, %{operator}"


def template(office, *args, **more):
    return office.ok("department", "template", *args, **more)


def refused(office, text, code=1):
    return office.fails(code, "department", "template", "support", "closed", "-", stdin=text)


def shown(office, department="support", kind="closed"):
    return template(office, department, kind, "--json").object


@pytest.mark.parametrize("kind", KINDS)
def test_built_in(office, kind):
    text = template(office, "support", kind).out
    assert text.startswith("Subject: ") and text.isascii()
    assert shown(office, "SUPPORT", kind) == {
        "type": "template", "department": "support", "kind": kind, "source": "built-in",
        "text": text,
    }  # fmt: skip
    assert template(office, "support", kind, "-", stdin=text.encode()).out == (
        f"support: the template of `{kind}` is set\n"
    )
    assert shown(office, kind=kind)["source"] == "own"
    assert template(office, "support", kind).out == text


def test_set(office, folder):
    (folder / "closed.txt").write_text(OWN)
    template(office, "support", "closed", "closed.txt", stdin=b"not this")
    assert template(office, "support", "closed").raw == OWN.encode()
    assert shown(office)["source"] == "own"
    assert shown(office, department="accounting")["source"] == "built-in"
    assert shown(office, kind="moved")["source"] == "built-in"
    one = template(office, "support", "closed", "-", "--json", stdin=OWN.replace("x", "y").encode())
    assert one.object == {
        "type": "template", "department": "support", "kind": "closed", "source": "own",
        "text": OWN.replace("x", "y"),
    }  # fmt: skip


def test_standard_input_is_not_touched_to_show(office):
    assert template(office, "support", "closed", stdin=OWN.encode()).out != OWN
    assert shown(office)["source"] == "built-in"


@pytest.mark.parametrize("typed", [b"", b"\n", b" \t\r\n\n", "\ufeff".encode(), "\u00a0\n".encode()])
def test_off(office, typed):
    out = template(office, "support", "closed", "-", stdin=typed).out
    assert out == "support: no notice of the kind `closed` is sent\n"
    assert template(office, "support", "closed").out == ""
    assert (shown(office)["source"], shown(office)["text"]) == ("off", "")


def test_default(office):
    text = template(office, "support", "closed").out
    for typed in OWN.encode(), b"":
        template(office, "support", "closed", "-", stdin=typed)
        out = template(office, "support", "closed", "--default").out
        assert out == "support: the template of `closed` is the built-in one\n"
        assert (shown(office)["source"], shown(office)["text"]) == ("built-in", text)
    assert template(office, "support", "closed", "--default", "--json").object == shown(office)


@pytest.mark.parametrize(
    "typed, kept",
    [
        ("Subject: x", "Subject: x\n"),
        ("Subject: x\r\n\r\nDOS\r\n", "Subject: x\n\nDOS\n"),
        ("\ufeffSubject: x\r\n\r\nNotepad", "Subject: x\n\nNotepad\n"),
        ("subject: Größe 全 \U0001f600\n\n\ta  \n\n", "subject: Größe 全 \U0001f600\n\n\ta  \n\n"),
        ("Subject: " + "x" * (LIMIT - 10) + "\n", "Subject: " + "x" * (LIMIT - 10) + "\n"),
    ],
)
def test_what_is_kept(office, typed, kept):
    template(office, "support", "closed", "-", stdin=typed.encode())
    assert template(office, "support", "closed").raw == kept.encode()


@pytest.mark.parametrize(
    "typed, said",
    [
        (b"Hello\n", "a template begins with a line `Subject: …`; an empty one switches the notice off"),
        (b"\nSubject: x\n", "a template begins with a line `Subject: …`"),
        (b"Subject: \n\nHello\n", "line 1 of the template has a Subject that says nothing"),
        (b"Subject: x\n folded\n\nHello", "line 2 of the template must be empty: the Subject is one line"),
        (b"Subject: x\r\n\r\n%{tickt}\r\n",
         f"line 3 of the template: no variable %{{tickt}}; did you mean %{{ticket}}? There are {VARIABLES}\n"),
        (b"Subject: x\n\n%{zzzzzzz}\n", f"line 3 of the template: no variable %{{zzzzzzz}}; there are {VARIABLES}\n"),
        (b"Subject: %{id\n\n}", "line 1 of the template has a variable without a } at its end"),
        (b"Subject: x\n\na\n\xff\n", "line 4 of the template is not UTF-8"),
        (b"Subject: x\n\n\x1b[2J\n", "line 3 of the template has a control character"),
        (b"Subject: x\n\na\0b\n", "line 3 of the template has a control character"),
        (b"Subject: x\n\na\rb\n", "line 3 of the template has a control character"),
        (b"Subject: " + b"x" * LIMIT, "a template has 65536 bytes at most"),
    ],
)  # fmt: skip
def test_refused(office, typed, said):
    template(office, "support", "closed", "-", stdin=OWN.encode())
    assert said in refused(office, typed)


@pytest.mark.parametrize(
    "code, line, said",
    [
        (1, ["suport", "closed"], "no department `suport`; did you mean `support`?"),
        (1, ["suport", "closed", "-"], "no department `suport`; did you mean `support`?"),
        (2, ["support", "close"], "no kind of notice `close`; did you mean `closed`?"),
        (2, ["support", "zzzzzz"], "no kind of notice `zzzzzz`; there are " + ", ".join(KINDS)),
        (2, ["support", "copy"], "no kind of notice `copy`; there are"),
        (2, ["support"], "something is missing: NAME KIND [FILE]"),
        (2, ["support", "closed", "x", "y"], "`y` is too much here"),
        (2, ["support", "closed", "-", "--default"], "either FILE or --default"),
        (2, ["support", "closed", "-", "--defalt"], "no option `--defalt`; did you mean `--default`?"),
        (1, ["support", "closed", "absent"], "absent can't be read: No such file or directory"),
        (1, ["support", "closed", "/"], "/ can't be read: Is a directory"),
        (1, ["support", "closed", "/dev/zero"], "line 1 of the template has a control character"),
    ],
)
def test_wrong(office, code, line, said):
    assert said in office.fails(code, "department", "template", *line, stdin=OWN.encode())


def test_nobody_types_in_vain(office):
    """The department is looked for before anybody types."""
    process = subprocess.Popen(
        [PROGRAM, "--config", office.conf, "department", "template", "suport", "closed", "-"],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    try:
        assert process.wait(timeout=60) == 1
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stderr.close()


def test_on_a_terminal(office):
    text = template(office, "support", "closed").out
    out, code = office.terminal("department", "template", "support", "closed", env={"NO_COLOR": "1"})
    assert (out, code) == (f"support, closed: built-in\n\n{text}", 0)
    out, code = office.terminal(
        "department", "template", "support", "closed", "-", keys=OWN.encode() + b"\x04", until=b"Ctrl-D"
    )
    assert code == 0
    assert out.startswith("The template ends with Ctrl-D on a line of its own; Ctrl-C leaves all as it is.\n")
    assert out.endswith("support: the template of `closed` is set\n")
    out, code = office.terminal("department", "template", "support", "closed", env={"NO_COLOR": "1"})
    assert (out, code) == (f"support, closed: own\n\n{OWN}", 0)
    template(office, "support", "closed", "/dev/null")
    out, code = office.terminal("department", "template", "support", "closed", env={"NO_COLOR": "1"})
    assert (out, code) == ("support, closed: off\n", 0)


def test_harmless_on_a_terminal(office):
    template(office, "support", "closed", "-", stdin="Subject: x\n\n\u202egnp\n".encode())
    out, code = office.terminal("department", "template", "support", "closed")
    assert "\u202e" not in out and "\ufffdgnp" in out
    assert "\u202egnp" in template(office, "support", "closed").out


def test_events_say_who(office):
    template(office, "support", "closed", "-", stdin=OWN.encode())
    template(office, "support", "closed", "/dev/null")
    template(office, "support", "moved", "--default")
    template(office, "support", "closed")
    events = office.events("department-template")
    assert [(row[0], row[1], row[3]) for row in events] == [
        (None, "support", "closed: own"),
        (None, "support", "closed: off"),
        (None, "support", "moved: built-in"),
    ]
    assert all(row[2] for row in events)


def test_the_department_shows_it(office):
    template(office, "support", "moved", "-", stdin=OWN.encode())
    template(office, "support", "closed", "-", stdin=OWN.encode())
    template(office, "support", "handover", "/dev/null")
    one = office.ok("department", "show", "support", "--json").object
    assert (one["templates"], one["notices_off"]) == (["closed", "moved"], ["handover"])
    other = office.ok("department", "show", "accounting", "--json").object
    assert (other["templates"], other["notices_off"]) == ([], [])
    out = office.terminal("department", "show", "support", env={"NO_COLOR": "1"})[0]
    assert re.search(r"^templates +closed moved\nnotices_off +handover$", out, re.M)


def sent(office):
    """(kind, bytes) of what is in the outbox."""
    return office.sql(
        "SELECT kind, (SELECT group_concat(CAST(bytes AS TEXT), '') FROM outbox_piece "
        "WHERE outbox = number) FROM outbox WHERE kind <> 'acknowledge' "
        "ORDER BY number"
    )


def close(office):
    number = office.ticket()
    office.acknowledge(number)
    office.ok("ticket", "close", str(number))


def test_the_next_notice_says_it(office):
    close(office)
    template(office, "support", "closed", "-", stdin=OWN.encode())
    close(office)
    template(office, "support", "closed", "/dev/null")
    close(office)
    template(office, "support", "closed", "--default")
    close(office)
    (_, first), (_, second), (kind, last) = sent(office)
    assert kind == "closed"
    assert "Your ticket is closed" in first and "Your ticket is closed" in last
    assert re.search(r"^Subject: \[Example #2-\w{5}\] Fertig\r$", second, re.M)
    assert second.endswith(
        "\r\n\r\nHallo kim@example.net,\r\n\r\ngrüß dich, Support ist fertig.\r\n-- \r\nx\r\n"
    )


def example():
    """The one in the manual, as it is printed."""
    manual = (TOP / "admin" / "counterfoil.1").read_text()
    section = manual[manual.index(".Sh NOTICES") : manual.index(".Sh OPERATORS")]
    text = re.search(r"^\.Bd -literal[^\n]*\n(.*?)^\.Ed$", section, re.M | re.S)[1]
    for escape, letter in {
        r"\(:a": "ä", r"\(:o": "ö", r"\(:u": "ü", r"\(ss": "ß", r"\ ": " ", r"\&": "",
    }.items():  # fmt: skip
        text = text.replace(escape, letter)
    assert "\\" not in text
    return text


def test_the_example_of_the_manual(office):
    text = example()
    assert "Grüßen\n-- \n%{title}" in text
    template(office, "support", "acknowledge", "-", stdin=text.encode())
    assert template(office, "support", "acknowledge").out == text


def test_the_manual_names_kinds_and_variables(office):
    manual = (TOP / "admin" / "counterfoil.1").read_text()
    section = manual[manual.index(".Sh NOTICES") : manual.index(".Sh OPERATORS")]
    assert re.findall(r"^\.It Cm (\w+)$", section, re.M) == KINDS
    named = re.findall(r"%\{\w+\}", " ".join(re.findall(r"^\.It Li (.*)$", section, re.M)))
    assert sorted(named) == sorted(VARIABLES.split(", "))
