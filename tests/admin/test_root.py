# SPDX-License-Identifier: BSD-2-Clause
"""Root at the keyboard, and another user behind the filter: whose files are whose."""
import os
import pwd
import sqlite3

import pytest

from conftest import Site, copy, environment, furnish

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")

USER = "nobody"
UID = pwd.getpwnam(USER).pw_uid
GID = pwd.getpwnam(USER).pw_gid


def owner(path):
    return path.stat().st_uid


def everything(folder):
    return [folder, *folder.rglob("*")]


@pytest.fixture
def served(bare):
    """A site whose filter runs as nobody, made by root."""
    bare.configure(milter=f"user = {USER}")
    bare.init()
    return bare


def test_init_gives_everything_to_the_filter(served):
    var = served.database.parent
    assert {path.name for path in var.iterdir()} == {
        "archive.db", "archive.db-wal", "archive.db-shm", "key",
    }  # fmt: skip
    assert {owner(path) for path in everything(var)} == {UID}
    assert {path.stat().st_gid for path in everything(var)} == {GID}


def test_init_takes_an_empty_folder(bare):
    bare.configure(milter=f"user = {USER}")
    bare.database.parent.mkdir()
    bare.init()
    assert owner(bare.database.parent) == UID


def test_init_leaves_a_folder_with_something_in_it(bare):
    bare.configure(milter=f"user = {USER}")
    var = bare.database.parent
    var.mkdir(mode=0o755)
    (var / "something").write_text("else")
    error = bare.fails(1, "init", "--tag", "Example", "--postmaster", "p@example.com")
    assert f"`chown {USER} {var}`" in error
    assert owner(var) == 0
    assert [path.name for path in var.iterdir()] == ["something"]


def test_init_with_the_key_in_a_folder_of_root(bare):
    etc = bare.folder / "etc"
    etc.mkdir(mode=0o755)
    (etc / "other").write_text("file")
    bare.key = etc / "key"
    bare.configure(milter=f"user = {USER}")
    bare.init()
    assert (owner(etc), owner(bare.key), owner(bare.database)) == (0, UID, UID)
    bare.ok("department", "list")


def test_init_that_fails_takes_all_back(bare):
    bare.configure(milter=f"user = {USER}")
    bare.database = bare.folder / "a" / "b" / ("x" * 255)
    bare.key = bare.folder / "c" / "key"
    bare.configure(milter=f"user = {USER}")
    before = everything(bare.folder)
    result = bare.run("init", "--tag", "Example", "--postmaster", "p@example.com")
    assert result.code != 0, result
    assert everything(bare.folder) == before


@pytest.mark.parametrize("configured", [True, False], ids=["user", "owner"])
def test_the_filter_can_go_on(served, configured):
    """The log and the shared memory that root's commands make are the filter's."""
    if not configured:
        served.configure()
    for path in served.database.parent.glob("archive.db-*"):
        path.unlink()
    furnish(served)
    assert {owner(path) for path in everything(served.database.parent)} == {UID}
    listed = served.run("department", "list", user=UID, group=GID, extra_groups=[])
    assert [row[0] for row in listed.rows] == ["accounting", "support"], listed
    added = served.run("operator", "add", "new@example.com", user=UID, group=GID, extra_groups=[])
    assert added.code == 0, added


def test_reading_first_leaves_the_filters_files(served):
    for path in served.database.parent.glob("archive.db-*"):
        path.unlink()
    served.ok("department", "list")
    served.run("check")
    assert {owner(path) for path in everything(served.database.parent)} == {UID}


def test_root_is_not_led_astray(served):
    """A link that the filter's user has put where SQLite makes a file."""
    victim = served.folder / "victim"
    victim.write_text("untouched")
    victim.chmod(0o600)
    for path in served.database.parent.glob("archive.db-*"):
        path.unlink()
    (served.database.parent / "archive.db-wal").symlink_to(victim)
    result = served.run("department", "add", "support", "--address", "support@example.com")
    assert result.code != 0, result
    assert victim.read_text() == "untouched"
    assert owner(victim) == 0


def test_check_with_the_eyes_of_the_filter(served):
    errors = {row[1]: row[2] for row in served.run("check").rows if row[0] == "error"}
    assert set(errors) == {"filter"}
    os.chown(served.database, 0, 0)
    os.chown(served.key, 0, 0)
    os.chown(served.database.parent, 0, 0)
    served.database.parent.chmod(0o755)
    errors = {row[1]: row[2] for row in served.run("check").rows if row[0] == "error"}
    assert set(errors) == {"filter", "key", "database", "folder"}
    assert "Permission denied" in errors["key"]


def test_check_names_who_owns_what(served):
    log = served.database.with_name("archive.db-wal")
    os.chown(log, 0, 0)
    rows = served.run("check").rows
    assert [
        "error", "database",
        f"{log} belongs to `root`, not to the filter's user: `chown {USER} {log}`",
    ] in rows  # fmt: skip


def test_events_bear_the_login(served):
    furnish(served)
    plain = served.events("department-added")[0][2]
    number = str(served.ticket())
    served.ok("ticket", "close", number, env={"SUDO_USER": "jane"})
    assert served.events("closed")[0][2] == "root (jane)"
    served.ok("ticket", "reopen", number, env={"SUDO_USER": "root"})
    assert served.events("reopened")[0][2] == "root"
    assert plain.startswith("root")


def test_sudo_user_is_believed_of_root_alone(served):
    furnish(served)
    number = str(served.ticket())
    result = served.run(
        "ticket", "close", number, env={"SUDO_USER": "boss"}, user=UID, group=GID, extra_groups=[]
    )
    assert result.code == 0, result
    actor = served.events("closed")[0][2]
    assert actor.startswith(USER) and "boss" not in actor


@pytest.mark.parametrize(
    "login, address",
    [("jroe", "john@example.com"), ("JRoe", "john@example.com"), ("ann@example.com", "ann@example.com")],
)
def test_take_by_login(served, login, address):
    furnish(served)
    number = str(served.ticket())
    served.ok("ticket", "take", number, env={"SUDO_USER": login})
    assert served.ok("ticket", "list", "--json").object["assignee"] == address


def test_take_by_local_part(served):
    furnish(served)
    number = str(served.ticket())
    served.fails(2, "ticket", "take", number, env={"SUDO_USER": "jane"})
    served.configure(milter=f"user = {USER}", mail="local_domains = example.com")
    served.fails(2, "ticket", "take", number, env={"SUDO_USER": "john"})  # his login is jroe
    served.ok("ticket", "take", number, env={"SUDO_USER": "jane"})
    assert served.ok("ticket", "list", "--json").object["assignee"] == "jane@example.com"


def test_somebody_who_may_not(served):
    furnish(served)
    daemon = pwd.getpwnam("daemon")
    for line in ["department", "list"], ["operator", "add", "x@example.com"]:
        result = served.run(*line, user=daemon.pw_uid, group=daemon.pw_gid, extra_groups=[])
        assert result.code == 1, result
        assert "you may not" in result.err and "do this as root" in result.err


def test_the_group_may_read(served):
    """Mode 0640: members of the filter's group see, and change nothing."""
    furnish(served)
    daemon = pwd.getpwnam("daemon")
    served.key.chmod(0o640)
    as_reader = {"user": daemon.pw_uid, "group": daemon.pw_gid, "extra_groups": [GID]}
    assert len(served.run("department", "list", **as_reader).rows) == 2
    template = ["department", "template", "support", "closed"]
    assert served.run(*template, **as_reader).out.startswith("Subject: ")
    for line in ["operator", "add", "x@example.com"], [*template, "-"], [*template, "--default"]:
        result = served.run(*line, **as_reader)
        assert result.code == 1, result
        assert f"you may not change it; do this as root, or as the user `{USER}`" in result.err


def test_a_template_is_read_from_a_file_of_roots(served, folder):
    furnish(served)
    file = folder / "closed.txt"
    file.write_text("Subject: x\n")
    file.chmod(0o600)
    served.ok("department", "template", "support", "closed", file)
    assert served.ok("department", "template", "support", "closed").out == "Subject: x\n"


def test_the_editor_is_roots_own(served, folder):
    """Its file is not the filter's, nor is the process."""
    furnish(served)
    editor = folder / "editor"
    editor.write_text(
        '#!/bin/sh\nstat -c %U "$1" >seen; id -un >>seen; id -Gn >>seen\n'
        'echo max@example.com >>"$1"\n'
    )
    editor.chmod(0o755)
    result = served.run("member", "edit", "support", env={"EDITOR": str(editor), "TMPDIR": str(folder)})
    assert result.code == 0, result
    lines = (folder / "seen").read_text().splitlines()
    assert lines[:2] == ["root", "root"]
    assert "root" in lines[2].split()
    assert served.events("joined")[-1][3] == "max@example.com"


def test_the_pager_is_roots_own(served, folder):
    furnish(served)
    served.ticket()
    out, code = served.terminal("ticket", "show", "1", env={"PAGER": f"id -un >{folder}/seen; cat"})
    assert code == 0 and "Printer on fire" in out
    assert (folder / "seen").read_text() == "root\n"


def test_role_map_in_a_folder_of_root(served, folder):
    postfix = folder / "postfix"
    postfix.mkdir()
    (postfix / "main.cf").write_text("default_database_type = hash\ncompatibility_level = 3.6\n")
    (postfix / "master.cf").touch()
    served.map.parent.mkdir()
    served.configure(milter=f"user = {USER}", role_map=f"postfix:{served.map}")
    env = {"MAIL_CONFIG": str(postfix)}
    served.ok("department", "add", "support", "--address", "support@example.com", env=env)
    assert "support@example.com" in served.map.read_text()
    os.chown(served.map.parent, UID, GID)
    served.ok("department", "add", "sales", "--address", "sales@example.com", env=env)
    assert "sales@example.com" in served.map.read_text()
    assert owner(served.map) == UID
