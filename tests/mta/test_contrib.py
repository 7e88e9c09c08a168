# SPDX-License-Identifier: BSD-2-Clause
"""contrib/postfix/configure, as far as settings go: what it changes in Postfix's files, what it
leaves alone, and that undo gives everything back."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from lab import CONFIGURE, postconf
from setup import refused

HAND = CONFIGURE.parent / "counterfoil.cf"
LISTS = ("virtual_alias_maps", "transport_maps", "smtpd_milters", "non_smtpd_milters")


# ---- What apply does, and undo takes back


def test_apply_sets_everything(setup):
    out = setup.do("apply")
    assert setup.value("virtual_alias_maps").startswith(setup.map() + ", regexp:")
    assert setup.value("transport_maps") == setup.route()
    assert setup.value("smtpd_milters") == setup.milter()
    assert setup.value("non_smtpd_milters") == setup.milter()
    port = setup.postfix.second_door_port
    assert f".counterfoil.invalid    counterfoil:[127.0.0.1]:{port}\n" in setup.read(
        "counterfoil.transport"
    )
    services = setup.postfix.postconf("-M")
    for service in ("counterfoil ", "counterfoil-cleanup ", f"127.0.0.1:{port} "):
        assert re.search(f"(?m)^{re.escape(service)}", services), services
    assert "Postfix is not running" in out


def test_apply_makes_an_empty_role_map(setup):
    shutil.chown(setup.folder, "nobody")
    setup.folder.chmod(0o755)
    setup.do("apply")
    made = setup.folder / "roles.db"
    assert made.owner() == "nobody"
    assert made.stat().st_mode & 0o777 == 0o644
    assert sorted(os.listdir(setup.folder)) == ["counterfoil.conf", "roles.db"]
    listing = setup.postfix.run("postmap", "-s", setup.map())
    assert (listing.returncode, listing.stdout) == (0, "")


def test_apply_keeps_the_role_map_that_is_there(setup):
    setup.has_role()
    before = (setup.folder / "roles.db").read_bytes()
    setup.do("apply")
    assert (setup.folder / "roles.db").read_bytes() == before


def test_apply_makes_the_last_folder_of_the_role_map(setup):
    shutil.chown(setup.folder, "nobody")
    setup.write_conf(role_map=f"postfix:{setup.folder}/map/roles")
    setup.do("apply")
    assert (setup.folder / "map" / "roles.db").owner() == "nobody"
    assert (setup.folder / "map").owner() == "nobody"


# What may stand in main.cf before apply. Each is appended to the usual settings.
BEFORE = {
    "nothing of the sort": "",
    "one value each": "transport_maps = environ:t\nsmtpd_milters = inet:127.0.0.1:1\n",
    "no space around the sign": "transport_maps=environ:t\nsmtpd_milters=inet:127.0.0.1:1\n",
    "empty": "transport_maps =\nsmtpd_milters = \nnon_smtpd_milters=\nrecipient_delimiter =\n",
    "several lines with comments": (
        "smtpd_milters =\n    inet:127.0.0.1:1,\n# a comment, with a comma\n"
        "  # an indented one\n\n    { inet:127.0.0.1:2,\n      default_action=accept }\n"
        "# behind it\ntransport_maps = environ:t,\n\tenviron:u\n"
    ),
    "set twice, the last one counts": (
        "transport_maps = environ:t\nbiff = no\ntransport_maps = environ:u\n"
    ),
    "a trailing comma": "transport_maps = environ:t,\nnon_smtpd_milters = inet:127.0.0.1:1 ,\n",
    "variables": "mine = environ:t\ntransport_maps = $mine ${mine}\n",
    "a name that begins alike": "transport_maps_of_mine = x\nsmtpd_milters2 = y\n",
    "no final line end": "transport_maps = environ:t",
    "bytes that are no UTF-8": "# caf\udce9\ntransport_maps = environ:t\n",
    "a virtual_maps of old": "virtual_maps = environ:v\n",
    "no virtual aliases": "DROP virtual_alias_maps",
}


def put_before(setup, text):
    drop = re.fullmatch(r"DROP (\w+)", text)
    if drop:
        setup.write("main.cf", re.sub(rf"(?m)^{drop[1]} =.*\n", "", setup.read()))
    else:
        setup.append(text)


@pytest.mark.parametrize("name", BEFORE)
def test_apply_keeps_what_was_there_and_undo_gives_it_back(setup, name):
    put_before(setup, BEFORE[name])
    setup.write("master.cf", setup.read("master.cf").rstrip("\n"))
    files, settings, noted = setup.files(), other_settings(setup), comments(setup)
    values = {name: setup.value(name) for name in LISTS}
    setup.do("apply")
    ours = dict(zip(LISTS, (setup.map(), setup.route(), setup.milter(), setup.milter())))
    for name in LISTS:
        old = elements(values[name])
        want = [*old, ours[name]] if name == "smtpd_milters" else [ours[name], *old]
        assert elements(setup.value(name)) == want
    assert (other_settings(setup), comments(setup)) == (settings, noted)
    setup.do("undo")
    assert setup.files() == files


def test_the_configuration_that_postfix_comes_with(setup):
    """Debian's, with all its comments and chrooted services."""
    own = re.findall(r"(?m)^(?:queue|data)_directory = .*\n", setup.read())
    for name in ("main.cf", "master.cf"):
        stock = Path("/usr/share/postfix") / f"{name}.dist"
        setup.write(name, stock.read_bytes().decode("utf-8", "surrogateescape"))
    setup.append("".join(own) + "mail_owner = postfix\nsetgid_group = postdrop\n")
    before = setup.files()
    refused(setup.configure("apply"), "chrooted", " smtp/inet", " cleanup/unix")
    setup.write_conf(socket="inet:8899@127.0.0.1")
    setup.do("apply")
    setup.do("show")
    setup.do("undo")
    assert setup.files() == before


def elements(value):
    return re.findall(r"\{[^{}]*\}|[^\s,]+", value)


def comments(setup):
    return [line for line in setup.read().split("\n") if line.lstrip().startswith("#")]


def other_settings(setup):
    setup.postfix.age("main.cf")
    mine = (*LISTS, "recipient_delimiter")
    lines = setup.postfix.postconf("-n").split("\n")
    return [line for line in lines if line.partition(" =")[0] not in mine]


def test_apply_twice_is_apply_once(setup):
    setup.do("apply")
    before = setup.files()
    inodes = {file.name: file.stat().st_ino for file in setup.etc.iterdir()}
    assert "nothing was changed" in setup.do("apply")
    assert setup.files() == before
    assert {file.name: file.stat().st_ino for file in setup.etc.iterdir()} == inodes


def test_apply_again_keeps_the_port(setup):
    setup.do("apply")
    before = setup.files()
    done = subprocess.run(
        [CONFIGURE, "apply", "--config-dir", setup.etc, "--config", setup.conf],
        capture_output=True,
        text=True,
    )
    assert "nothing was changed" in done.stdout, done.stderr
    assert setup.files() == before


def test_apply_after_another_socket_and_port(setup):
    before = setup.files()
    setup.do("apply")
    setup.write_conf(socket="inet:8899@127.0.0.1")
    setup.do("apply", "--second-door-port", "2999")
    setup.socket = "inet:127.0.0.1:8899"
    assert setup.value("smtpd_milters") == setup.milter()
    assert setup.value("non_smtpd_milters") == setup.milter()
    services = setup.postfix.postconf("-M")
    assert services.count("milter_macro_daemon_name=second-door") == 1
    assert "\n127.0.0.1:2999 " in services
    assert "-o smtpd_milters=inet:127.0.0.1:8899 " in services
    setup.do("undo")
    assert setup.files() == before


def test_apply_puts_a_map_first_again(setup):
    setup.do("apply")
    setup.postfix.set(virtual_alias_maps=f"environ:other, {setup.map()}")
    done = setup.configure("show")
    assert done.returncode == 1
    assert "missing  main.cf: virtual_alias_maps" in done.stdout
    setup.do("apply")
    assert setup.value("virtual_alias_maps") == f"{setup.map()}, environ:other"


def test_apply_mends_a_service(setup):
    setup.do("apply")
    good = setup.postfix.postconf("-M")
    setup.postfix.postconf("-P", "counterfoil/unix/smtp_bind_address=192.0.2.1")
    assert "differs  master.cf: counterfoil/unix" in setup.configure("show").stdout
    setup.do("apply")
    assert setup.postfix.postconf("-M") == good


def test_a_milter_keeps_its_place_and_its_settings(setup):
    setup.do("apply")
    mine = f"{{ {setup.socket}, default_action=accept }}, inet:127.0.0.1:7"
    setup.postfix.set(smtpd_milters=mine)
    setup.postfix.age("main.cf")
    assert "nothing was changed" in setup.do("apply")
    assert setup.value("smtpd_milters") == mine
    setup.do("undo")
    assert setup.value("smtpd_milters") == "inet:127.0.0.1:7"


def test_undo_leaves_what_was_added_since(setup):
    setup.append("transport_maps = environ:t\n")
    before = setup.read()
    setup.do("apply")
    text = setup.read().replace("environ:t", "environ:t,\n  # of Tuesday\n  environ:new")
    text = text.replace("non_smtpd_milters = ", "non_smtpd_milters = inet:127.0.0.1:5, ")
    setup.write("main.cf", text + "# at the end\nhopcount_limit = 40\n")
    setup.append("extra unix - - n - - smtp\n  -o smtp_helo_name=x\n", "master.cf")
    setup.do("undo")
    want = before.replace("environ:t", "environ:t,\n  # of Tuesday\n  environ:new")
    want += "non_smtpd_milters = inet:127.0.0.1:5\n# at the end\nhopcount_limit = 40\n"
    assert setup.read() == want
    assert setup.read("master.cf").endswith("extra unix - - n - - smtp\n  -o smtp_helo_name=x\n")
    assert "counterfoil" not in setup.postfix.postconf("-M")


def test_undo_without_the_configuration(setup):
    before = setup.files()
    setup.do("apply")
    setup.conf.unlink()
    setup.do("undo")
    assert setup.files() == before


def test_undo_without_the_state(setup):
    before = setup.postfix.postconf("-n"), setup.postfix.postconf("-M")
    setup.do("apply")
    (setup.etc / "counterfoil.undo").unlink()
    setup.do("undo")
    setup.postfix.age("main.cf")
    for name in LISTS[1:]:
        assert setup.value(name) == ""
    assert setup.postfix.postconf("-M") == before[1]


def test_undo_twice(setup):
    before = setup.files()
    setup.do("apply")
    setup.do("undo")
    assert "there was nothing" in setup.do("undo")
    assert setup.files() == before


def test_undo_when_nothing_is_there(setup):
    setup.conf.unlink()
    refused(setup.configure("undo"), "nothing of Counterfoil's")


def test_undo_refuses_what_it_cannot_take_out(setup):
    setup.do("apply")
    setup.write("main.cf", setup.read().replace(setup.map(), "$mine") + f"mine = {setup.map()}\n")
    before = setup.files()
    refused(setup.configure("undo"), "virtual_alias_maps", "nothing was changed")
    assert setup.files() == before


def test_a_link_stays_a_link(setup):
    real = setup.folder / "main.cf"
    shutil.move(setup.etc / "main.cf", real)
    (setup.etc / "main.cf").symlink_to(real)
    before = real.read_bytes()
    setup.do("apply")
    assert (setup.etc / "main.cf").is_symlink()
    assert real.read_bytes() != before
    setup.do("undo")
    assert (setup.etc / "main.cf").is_symlink()
    assert real.read_bytes() == before


def test_mode_and_owner_stay(setup):
    shutil.chown(setup.etc / "main.cf", "nobody", "postfix")
    (setup.etc / "main.cf").chmod(0o640)
    before = setup.files()
    setup.do("apply")
    status = (setup.etc / "main.cf").stat()
    assert (status.st_mode & 0o777, (setup.etc / "main.cf").owner()) == (0o640, "nobody")
    setup.do("undo")
    assert setup.files() == before


# ---- recipient_delimiter


def test_an_empty_delimiter_is_set_and_undone(setup):
    setup.write("main.cf", setup.read().replace("recipient_delimiter = +\n", ""))
    before = setup.files()
    assert "missing  main.cf: recipient_delimiter = +" in setup.configure("show").stdout
    setup.do("apply")
    assert setup.value("recipient_delimiter") == "+"
    setup.do("undo")
    assert setup.files() == before


def test_another_delimiter_is_named_and_kept(setup):
    setup.write("main.cf", setup.read().replace("delimiter = +", "delimiter = -"))
    out = setup.do("apply")
    assert "set recipient_delimiter = -" in out
    assert setup.value("recipient_delimiter") == "-"
    assert setup.configure("show").returncode == 1
    setup.write_conf(delimiter="-")
    assert "set recipient_delimiter" not in setup.do("apply")
    setup.do("show")


# ---- show


def test_show_before_and_after(setup):
    before = setup.files()
    done = setup.configure("show")
    assert done.returncode == 1
    assert not re.search(r"(?m)^ok .*(maps|milters|master.cf|roles)", done.stdout), done.stdout
    assert setup.files() == before
    setup.do("apply")
    out = setup.do("show")
    assert "missing" not in out
    assert "roles.db: 0 role addresses" in out
    assert "\x1b" not in out


def test_show_needs_no_root(setup):
    setup.do("apply")
    copy = setup.postfix.folder / "contrib"
    shutil.copytree(CONFIGURE.parent, copy)
    command = [copy / "configure", "show", "--config-dir", setup.etc, "--config", setup.conf]
    command = ["runuser", "-u", "nobody", "--", *command]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


# ---- The file for those who edit by hand


def adapted(setup, text):
    """counterfoil.cf with the places of this setup."""
    text = text.replace("unix:/run/counterfoil/milter.sock", setup.socket)
    text = text.replace("hash:/var/lib/counterfoil/postfix/roles", setup.map())
    text = text.replace("texthash:/etc/postfix/counterfoil.transport", setup.route())
    return text.replace(":2561", f":{setup.postfix.second_door_port}")


def test_the_hand_made_way_is_the_same(setup):
    main, master = re.split(r"(?m)^# ---- master\.cf.*$", adapted(setup, HAND.read_text()))
    plain = {
        name: re.sub(rf"(?m)^({'|'.join(LISTS)}|recipient_delimiter) =.*\n", "", setup.read(name))
        for name in ("main.cf", "master.cf")
    }

    def result():
        setup.postfix.age("main.cf")
        return setup.postfix.postconf("-n"), sorted(setup.postfix.postconf("-M").split("\n"))

    setup.write("main.cf", plain["main.cf"] + main)
    setup.write("master.cf", plain["master.cf"] + master)
    by_hand = result()
    assert "counterfoil-cleanup" in str(by_hand)
    out = setup.configure("show").stdout
    assert out.count("missing") == 2 and "roles.db" in out and "counterfoil.transport:" in out, out

    setup.write("main.cf", plain["main.cf"])
    setup.write("master.cf", plain["master.cf"])
    setup.do("apply")
    assert result() == by_hand


def test_the_hand_made_table_is_the_same(setup):
    setup.do("apply")
    lines = re.findall(r"(?m)^# +(\.?counterfoil\.invalid .*)$", adapted(setup, HAND.read_text()))
    made = [line for line in setup.read("counterfoil.transport").split("\n") if line[:1] != "#"]
    assert [line.split() for line in lines] == [line.split() for line in made if line]


def test_the_scripts_are_clean():
    if not shutil.which("shellcheck"):
        pytest.fail("shellcheck is not installed (Debian: apt-get install shellcheck)")
    scripts = [CONFIGURE, CONFIGURE.parent / "checks.sh", CONFIGURE.parent / "results.sh"]
    done = subprocess.run(["shellcheck", "-x", *scripts], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_version_of_postfix_is_new_enough():
    assert tuple(map(int, postconf("-d", "-h", "mail_version").split(".")[:2])) >= (3, 4)
