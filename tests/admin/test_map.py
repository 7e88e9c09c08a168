# SPDX-License-Identifier: BSD-2-Clause
"""The role map: `counterfoil map postfix`, and what other commands do with it.

Postfix's own postmap makes and reads it, with an empty configuration of ours.
"""
import subprocess

import pytest

from conftest import environment

HEAD = "# "


@pytest.fixture
def mapped(bare, folder):
    """A site with a role map; `lookup` asks it as Postfix would."""
    postfix = folder / "postfix"
    postfix.mkdir()
    (postfix / "main.cf").write_text("default_database_type = hash\ncompatibility_level = 3.6\n")
    (postfix / "master.cf").touch()
    bare.env = {"MAIL_CONFIG": str(postfix)}
    bare.configure(role_map=f"postfix:{bare.map}")
    plain_run = bare.run
    bare.run = lambda *args, env=None, **more: plain_run(*args, env={**bare.env, **(env or {})}, **more)
    bare.init()

    def lookup(address):
        done = subprocess.run(
            ["postmap", "-q", address, f"hash:{bare.map}"],
            env=environment(**bare.env),
            capture_output=True,
            timeout=60,
        )
        return done.stdout.decode().strip() or None

    bare.lookup = lookup
    return bare


def entries(text):
    return [line for line in text.splitlines() if not line.startswith("#")]


def entry(address):
    return f"{address} {address}.counterfoil.invalid"


def test_init_makes_an_empty_map(mapped):
    assert entries(mapped.map.read_text()) == []
    assert mapped.map.with_name("roles.db").exists()


def test_commands_write_the_map_before_they_return(mapped):
    lookup = mapped.lookup
    mapped.ok("department", "add", "support", "--address", "support@example.com")
    assert lookup("support@example.com") == "support@example.com.counterfoil.invalid"
    mapped.ok("department", "address", "support", "add", "help@example.com")
    assert lookup("help@example.com") == "help@example.com.counterfoil.invalid"
    assert lookup("support@example.com") == "support@example.com.counterfoil.invalid"
    mapped.ok("department", "address", "support", "primary", "help@example.com")
    mapped.ok("department", "address", "support", "remove", "support@example.com")
    assert lookup("support@example.com") is None
    mapped.ok("department", "add", "sales", "--address", "sales@example.com")
    mapped.ok("department", "remove", "support")
    assert lookup("help@example.com") is None
    assert lookup("sales@example.com") == "sales@example.com.counterfoil.invalid"
    assert entries(mapped.map.read_text()) == [entry("sales@example.com")]


def test_map_is_shown(office):
    assert entries(office.ok("map", "postfix").out) == [
        entry("accounting@example.com"),
        entry("support@example.com"),
    ]


def test_map_is_shown_as_it_is_written(mapped):
    mapped.ok("department", "add", "support", "--address", "support@example.com")
    assert mapped.ok("map", "postfix").out == mapped.map.read_text()


def test_write(mapped):
    mapped.ok("department", "add", "support", "--address", "support@example.com")
    for path in mapped.map.parent.iterdir():
        if path.is_file():
            path.unlink()
    assert mapped.ok("map", "postfix", "--write").out == f"the role map is {mapped.map}\n"
    assert mapped.lookup("support@example.com")


def test_write_without_a_place(office):
    error = office.fails(78, "map", "postfix", "--write")
    assert "[archive] role_map is empty" in error


def block(mapped):
    """No map can be written: its folder is a file."""
    for path in mapped.map.parent.iterdir():
        path.unlink()
    mapped.map.parent.rmdir()
    mapped.map.parent.write_text("in the way")


def test_a_map_that_can_not_be_written(mapped):
    block(mapped)
    result = mapped.run("department", "add", "support", "--address", "support@example.com")
    assert result.code == 78, result
    assert "department support answers for support@example.com" in result.out
    assert result.err.startswith("counterfoil: the change is recorded, but the mail server does not")
    assert "`counterfoil map postfix --write` finishes it" in result.err
    assert mapped.ok("department", "show", "support").code == 0
    result = mapped.run("map", "postfix", "--write")
    assert (result.code, result.out) == (78, ""), result
    assert "recorded" not in result.err
    mapped.map.parent.unlink()
    mapped.ok("map", "postfix", "--write")
    assert mapped.lookup("support@example.com")


def test_a_tool_that_fails(mapped, folder):
    """What can pass by itself is worth another try: 75."""
    tools = folder / "tools"
    tools.mkdir()
    (tools / "postmap").write_text("#!/bin/sh\necho disk on fire >&2\nexit 1\n")
    (tools / "postmap").chmod(0o755)
    path = {"PATH": f"{tools}:{environment()['PATH']}"}
    line = ["department", "add", "support", "--address", "support@example.com"]
    result = mapped.run(*line, env=path)
    assert result.code == 75, result
    assert "the change is recorded" in result.err and "disk on fire" in result.err
    mapped.ok("map", "postfix", "--write")
    assert mapped.lookup("support@example.com")


def test_what_is_refused_leaves_the_map(mapped):
    mapped.ok("department", "add", "support", "--address", "support@example.com")
    before = mapped.map.stat()
    mapped.fails(1, "department", "add", "support", "--address", "other@example.com")
    mapped.ok("operator", "add", "jane@example.com")
    after = mapped.map.stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_many_at_once(mapped):
    """Whoever writes last writes what the database says last."""
    from concurrent.futures import ThreadPoolExecutor

    names = [f"d{n}" for n in range(12)]
    with ThreadPoolExecutor(6) as pool:
        done = list(
            pool.map(
                lambda name: mapped.run("department", "add", name, "--address", f"{name}@example.com"),
                names,
            )
        )
    assert [one.code for one in done] == [0] * 12, done
    assert sorted(entries(mapped.map.read_text())) == sorted(
        entry(f"{name}@example.com") for name in names
    )
    assert all(mapped.lookup(f"{name}@example.com") for name in names)
