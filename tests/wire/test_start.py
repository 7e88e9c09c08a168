# SPDX-License-Identifier: BSD-2-Clause
"""How the filter starts, and what it says when it does not."""

import grp
import os
import pwd
import shutil
import socket
import sqlite3
import subprocess

import pytest

from filter import BUILD, IS_ROOT, Filter, mail, wait_for

USAGE, BUSY, CONFIG = 2, 75, 78


def milter(*args, deadline=30):
    """`counterfoil-milter ARGS` until it ends by itself."""
    return subprocess.run(
        [BUILD / "counterfoil-milter", *map(str, args)],
        capture_output=True,
        text=True,
        timeout=deadline,
        stdin=subprocess.DEVNULL,
    )


@pytest.fixture(scope="module")
def prepared():
    """A site that is as it should be, to be copied."""
    filter = Filter(name="starting")
    yield filter.prepare()
    shutil.rmtree(filter.folder)


def snapshot(folder):
    """Every file under a folder: name, mode, owner, and bytes; but not what SQLite makes for whoever
    only reads."""
    found = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        data = path.read_bytes() if path.is_file() else None
        if path.name.endswith("-shm") or (path.name.endswith("-wal") and not data):
            continue
        found[str(path.relative_to(folder))] = (status.st_mode, status.st_uid, data)
    return found


@pytest.fixture
def site(prepared):
    """A site of the test's own, not started."""
    filter = Filter(name="start")
    shutil.rmtree(filter.folder)
    shutil.copytree(prepared.folder, filter.folder, symlinks=True)
    for name in ("data", "run", "data/counterfoil.db", "data/key"):
        filter.give(filter.folder / name)
    for path in (filter.folder / "data").iterdir():
        filter.give(path)
    filter.write_conf()
    yield filter
    shutil.rmtree(filter.folder)


def check_refused(site, status, *words, check=True):
    """It ends at once with that status and says those words; --check says the same; nothing was made
    or changed."""
    before = snapshot(site.folder)
    for options in ((), ("--check",)) if check else ((),):
        done = milter("--config", site.conf, *options)
        assert done.returncode == status, done.stderr
        assert done.stdout == ""
        for word in words:
            assert str(word) in done.stderr, f"{word!r} is not in:\n{done.stderr}"
        for line in done.stderr.splitlines():
            assert line.startswith("counterfoil-milter: "), line
    assert snapshot(site.folder) == before
    return done.stderr


def without_log(site):
    """Folds the write-ahead log into the database."""
    with site.opened() as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


# Options


def test_version():
    done = milter("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("counterfoil-milter ")
    assert done.stdout.count("\n") == 1


def test_help():
    done = milter("--help")
    assert (done.returncode, done.stderr) == (0, "")
    for option in ("--config", "--check", "--version"):
        assert option in done.stdout


@pytest.mark.parametrize("args", [["--nonsense"], ["-x"], ["argument"], ["--config"], ["--check", "more"]])
def test_wrong_options(args):
    done = milter(*args)
    assert done.returncode == USAGE
    assert done.stdout == ""
    assert "--help" in done.stderr
    assert done.stderr.count("\n") == 1


# Good


def test_check_of_a_good_site(site):
    before = snapshot(site.folder)
    done = milter("--config", site.conf, "--check")
    assert (done.returncode, done.stderr) == (0, "")
    assert snapshot(site.folder) == before


@pytest.mark.skipif(not IS_ROOT, reason="only root can become somebody else")
def test_becomes_its_user(new_filter, new_desk):
    filter = new_filter()
    user = pwd.getpwnam("nobody")
    assert filter.status("Uid") == [str(user.pw_uid)] * 4
    assert filter.status("Gid") == [str(user.pw_gid)] * 4
    groups = {int(group) for group in filter.status("Groups")}
    theirs = {group.gr_gid for group in grp.getgrall() if "nobody" in group.gr_mem} | {user.pw_gid}
    assert groups <= theirs
    assert 0 not in groups
    for capability in ("CapPrm", "CapEff", "CapInh", "CapAmb"):
        assert int(filter.status(capability)[0], 16) == 0
    desk = new_desk(filter)
    assert filter.send("kim@example.net", desk.address, mail()).accepted
    for path in filter.database.parent.iterdir():
        assert path.stat().st_uid == user.pw_uid, path
        assert path.stat().st_mode & 0o027 == 0, path


@pytest.mark.parametrize("umask, mode", [("007", 0o770), ("077", 0o700), ("000", 0o777)])
def test_umask_of_the_socket(site, umask, mode):
    site.write_conf(milter={"umask": umask})
    site.start()
    path = site.folder / "run" / "milter"
    assert path.stat().st_mode & 0o777 == mode
    site.kill()


def test_a_socket_that_was_left_behind(site):
    site.start()
    site.kill()
    assert (site.folder / "run" / "milter").exists()
    site.start()
    assert site.send("kim@example.net", "bob@example.test", mail()).accepted
    site.kill()


# The configuration


def test_no_configuration(site):
    site.conf.unlink()
    check_refused(site, CONFIG, site.conf)


def test_everything_that_is_wrong_at_once(site):
    site.write_conf(
        milter={"max_message": "much", "umask": "999", "speed": "high"},
        mail={"local_domains": "-", "trusted_networks": "192.0.2.0/99"},
        archive={"database": "relative.db"},
        log={"level": "loud"},
    )
    with open(site.conf, "a") as file:
        file.write("\n[more]\nkey = value\n")
    said = check_refused(
        site, CONFIG, "max_message", "umask", "speed", "trusted_networks", "database", "level", "[more]"
    )
    wrong = {
        "max_message": "[milter]",
        "umask": "[milter]",
        "speed": "[milter]",
        "trusted_networks": "[mail]",
        "database": "[archive]",
        "level": "[log]",
    }
    for key, section in wrong.items():
        lines = [line for line in said.splitlines() if key in line and section in line]
        assert lines and str(site.conf) in lines[0], f"{section} {key}:\n{said}"


def test_a_configuration_that_everybody_may_write(site):
    site.conf.chmod(0o666)
    check_refused(site, CONFIG, site.conf)


@pytest.mark.skipif(not IS_ROOT, reason="only root can become somebody else")
def test_unknown_user(site):
    site.write_conf(milter={"user": "nosuchuser"})
    check_refused(site, CONFIG, "[milter] user", "nosuchuser")


def test_pid_file_that_can_not_be_written(site):
    site.write_conf(milter={"pid_file": site.folder / "missing" / "pid"})
    check_refused(site, CONFIG, "[milter] pid_file", site.folder / "missing", check=False)


# The socket


def test_folder_of_the_socket_is_missing(site):
    site.socket = f"unix:{site.folder}/missing/milter"
    site.write_conf()
    check_refused(site, CONFIG, site.socket, check=False)


def test_something_else_is_where_the_socket_goes(site):
    (site.folder / "run" / "milter").write_text("precious")
    check_refused(site, CONFIG, site.socket, check=False)


def test_port_in_use(site):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        site.socket = f"inet:{other.getsockname()[1]}@127.0.0.1"
        site.write_conf()
        check_refused(site, CONFIG, site.socket, check=False)


def test_another_filter_is_there(shared, site):
    """It keeps its socket, and its pid file."""
    site.socket = shared.socket
    site.write_conf()
    check_refused(site, CONFIG, shared.socket, check=False)
    assert shared.send("kim@example.net", "bob@example.test", mail()).accepted


# Key and database


def test_no_key(site):
    (site.folder / "data" / "key").unlink()
    check_refused(site, CONFIG, site.folder / "data" / "key")


@pytest.mark.parametrize("size", [0, 31, 33, 5000])
def test_key_of_a_wrong_size(site, size):
    (site.folder / "data" / "key").write_bytes(bytes(size))
    check_refused(site, CONFIG, site.folder / "data" / "key")


def test_key_of_another_site(site):
    (site.folder / "data" / "key").write_bytes(os.urandom(32))
    check_refused(site, CONFIG, "key")


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o660, 0o622], ids=oct)
def test_key_that_others_may_read_or_change(site, mode):
    key = site.folder / "data" / "key"
    key.chmod(mode)
    check_refused(site, CONFIG, key, "chmod 0600")


@pytest.mark.skipif(not IS_ROOT, reason="root's files are the test")
def test_key_that_the_user_may_not_read(site):
    key = site.folder / "data" / "key"
    shutil.chown(key, "root", "root")
    key.chmod(0o600)
    check_refused(site, CONFIG, key)


def test_no_database(site):
    site.database.unlink()
    for name in ("-wal", "-shm"):
        site.database.with_name(site.database.name + name).unlink(missing_ok=True)
    check_refused(site, CONFIG, site.database, "counterfoil init")


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o660, 0o641], ids=oct)
def test_database_that_others_may_read_or_change(site, mode):
    site.database.chmod(mode)
    check_refused(site, CONFIG, site.database, f"{mode:04o}")


def test_newer_schema(site):
    with site.opened() as database:
        database.execute("PRAGMA user_version = 9999")
    without_log(site)
    check_refused(site, CONFIG, site.database, "newer")


def test_not_a_database(site):
    without_log(site)
    site.database.write_bytes(b"This is no database, but it is long enough to look at. " * 100)
    check_refused(site, CONFIG, site.database)


def test_somebody_elses_database(site):
    for path in list(site.database.parent.glob("counterfoil.db*")):
        path.unlink()
    with sqlite3.connect(site.database) as database:
        database.execute("CREATE TABLE precious (x)")
    database.close()
    site.database.chmod(0o640)
    site.give(site.database)
    check_refused(site, CONFIG, site.database)


def test_database_that_is_busy(site):
    with site.opened() as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        done = milter("--config", site.conf)
        assert done.returncode == BUSY, done.stderr
        assert str(site.database) in done.stderr
        assert not os.listdir(site.folder / "run")
    wait_for(lambda: milter("--config", site.conf, "--check").returncode == 0, "it is free again")
