# SPDX-License-Identifier: BSD-2-Clause
"""`counterfoil init`: both files or neither, and never over something."""
import os
import stat

import pytest

from conftest import Site


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_makes_key_and_database(bare):
    out = bare.init("Ex-1.b", "Post.Master@EXAMPLE.com").out
    assert str(bare.database) in out and str(bare.key) in out
    assert mode(bare.database) == 0o640
    assert mode(bare.key) == 0o600
    assert len(bare.key.read_bytes()) == 32
    assert mode(bare.database.parent) == 0o750
    ((tag, postmaster, instance),) = bare.sql("SELECT tag, postmaster, instance FROM site")
    assert (tag, postmaster) == ("Ex-1.b", "post.master@example.com")
    assert len(instance) == 16


def test_every_site_has_its_own_key_and_word(bare):
    (bare.folder / "other").mkdir()
    other = Site(bare.folder / "other")
    bare.init()
    other.init()
    assert bare.key.read_bytes() != other.key.read_bytes()
    assert bare.sql("SELECT instance FROM site") != other.sql("SELECT instance FROM site")


def test_whatever_the_umask(bare):
    bare.init(umask=0o000)
    assert mode(bare.database) == 0o640
    assert mode(bare.database.parent) == 0o750


def test_folders_above_are_made(bare):
    bare.database = bare.folder / "a" / "b" / "c" / "archive.db"
    bare.key = bare.folder / "etc" / "keys" / "key"
    bare.configure()
    bare.init()
    assert mode(bare.folder / "a" / "b") == 0o755
    assert mode(bare.folder / "a" / "b" / "c") == 0o750
    assert mode(bare.folder / "etc" / "keys") == 0o750


@pytest.mark.parametrize(
    "tag, postmaster, said",
    [
        ("", "p@example.com", "the tag ``"),
        ("Ex mple", "p@example.com", "the tag `Ex mple` must be 1 to 24"),
        ("E" * 25, "p@example.com", "must be 1 to 24"),
        ("Exämple", "p@example.com", "must be 1 to 24"),
        ("Example", "postmaster", "`postmaster` is not a mail address"),
        ("Example", "<>", "`<>` is not a mail address"),
    ],
)
def test_wrong_values(bare, tag, postmaster, said):
    before = files(bare.folder)
    assert said in bare.fails(2, "init", "--tag", tag, "--postmaster", postmaster)
    assert files(bare.folder) == before


INIT = ("init", "--tag", "Other", "--postmaster", "other@example.com")


def test_never_overwrites(site):
    key = site.key.read_bytes()
    assert f"database {site.database} and key {site.key} are there" in site.fails(1, *INIT)
    assert site.key.read_bytes() == key


def test_key_without_database(site):
    key = site.key.read_bytes()
    for path in site.database.parent.glob("archive.db*"):
        path.unlink()
    before = files(site.folder)
    error = site.fails(1, *INIT)
    assert f"key {site.key} is there, but not its database {site.database}" in error
    assert files(site.folder) == before
    assert site.key.read_bytes() == key


def test_database_without_key(site):
    site.key.unlink()
    site.dump()  # leaves no log behind
    before = files(site.folder)
    error = site.fails(1, *INIT)
    assert f"database {site.database} is there, but not its key {site.key}" in error
    assert files(site.folder) == before


def test_dangling_link_is_something(bare):
    bare.key.parent.mkdir()
    bare.key.symlink_to(bare.folder / "elsewhere")
    assert "is there" in bare.fails(1, *INIT)
    assert not (bare.folder / "elsewhere").exists()
    assert not bare.database.exists()


def test_a_failure_in_the_middle_leaves_neither(bare):
    """The key can be made, the database can't: its name is a folder's."""
    bare.database = bare.folder / "a" / "b" / ("x" * 255)
    bare.configure()
    before = files(bare.folder)
    result = bare.run(*INIT)
    assert result.code != 0 and result.err.startswith("counterfoil: "), result
    assert files(bare.folder) == before


def test_no_folder_to_be_made(bare):
    (bare.folder / "var").write_text("a file")
    before = files(bare.folder)
    result = bare.run(*INIT)
    assert result.code == 1, result
    assert f"folder {bare.folder}/var: this is no folder" in result.err
    assert files(bare.folder) == before


def test_unknown_user(bare):
    bare.configure(milter="user = no-such-user-here")
    if os.geteuid() == 0:
        before = files(bare.folder)
        result = bare.run(*INIT)
        assert result.code == 78, result
        assert "[milter] user: this machine has no user `no-such-user-here`" in result.err
        assert files(bare.folder) == before
    else:
        bare.init()


def test_next_command_works(bare):
    bare.init()
    bare.ok("department", "add", "support", "--address", "support@example.com")


def test_commands_before_init(bare):
    error = bare.fails(1, "department", "list")
    assert "`counterfoil init` makes a new one" in error
    assert not bare.database.exists()
