# SPDX-License-Identifier: BSD-2-Clause
"""contrib/postfix/configure: what it refuses, with the cure and nothing changed, and what it has to
say to an administrator."""

import re
import shutil
import socket
import subprocess

import pytest

from lab import CONFIGURE
from setup import refused


# ---- Refusals: said with the cure, and nothing is changed


@pytest.mark.parametrize(
    "arguments, word",
    [
        ([], "apply, show or undo?"),
        (["aply"], "'aply'"),
        (["apply", "undo"], "not two"),
        (["apply", "--config"], "needs a value"),
        (["apply", "--second-door-port", "0"], "1 to 65535"),
        (["apply", "--second-door-port", "65536"], "65535"),
        (["apply", "--second-door-port", "25x"], "25x"),
    ],
)
def test_wrong_usage(arguments, word):
    done = subprocess.run([CONFIGURE, *arguments], capture_output=True, text=True)
    assert done.returncode == 2
    assert word in done.stderr
    assert "usage: configure" in done.stderr


def test_help():
    done = subprocess.run([CONFIGURE, "--help"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    for word in ("apply", "show", "undo", "--config-dir", "--config FILE", "--second-door-port"):
        assert word in done.stdout


WRONG_CONF = {
    "no role map": ({"role_map": ""}, "role_map = postfix:/var/lib/counterfoil/postfix/roles"),
    "role map of another server": ({"role_map": "sendmail:/x"}, "postfix:/PATH"),
    "role map with suffix": ({"role_map": "postfix:/var/x/roles.db"}, "leave out .db"),
    "role map nowhere": ({"role_map": "postfix:/nowhere/map/roles"}, "install -d"),
    "role map with a space": ({"role_map": "postfix:/var/my map/roles"}, "white space"),
    "socket without host": ({"socket": "inet:8899"}, "inet:PORT@HOST"),
    "socket of no kind": ({"socket": "/run/x"}, "unix:/PATH"),
}


@pytest.mark.parametrize("name", WRONG_CONF)
def test_wrong_conf(setup, name):
    keys, word = WRONG_CONF[name]
    setup.write_conf(**keys)
    before = setup.files()
    refused(setup.configure("apply"), str(setup.conf) if "nowhere" not in name else "", word)
    assert setup.files() == before


def test_no_conf(setup):
    setup.conf.unlink()
    before = setup.files()
    refused(setup.configure("apply"), f"cannot read {setup.conf}")
    assert setup.files() == before


def test_defaults_of_the_conf(setup):
    setup.conf.write_text("[milter]\n#socket = inet:1@127.0.0.1\n")
    out = setup.configure("show").stdout
    assert "{ unix:/run/counterfoil/milter.sock, " in out
    assert "hash:/var/lib/counterfoil/postfix/roles" in out


def test_a_part_that_is_missing_and_a_link(setup):
    copy = setup.folder / "contrib"
    shutil.copytree(CONFIGURE.parent, copy)
    link = setup.folder / "configure"
    link.symlink_to(copy / "configure")
    command = [link, "show", "--config-dir", setup.etc, "--config", setup.conf]
    done = subprocess.run(command, capture_output=True, text=True)
    assert "main.cf: virtual_alias_maps" in done.stdout
    (copy / "lists.awk").unlink()
    refused(subprocess.run(command, capture_output=True, text=True), "lists.awk is missing")


def test_no_postfix_there(setup):
    done = subprocess.run(
        [CONFIGURE, "apply", "--config-dir", setup.folder, "--config", setup.conf],
        capture_output=True,
        text=True,
    )
    refused(done, "main.cf")
    done = subprocess.run(
        [CONFIGURE, "apply", "--config-dir", "/nowhere"], capture_output=True, text=True
    )
    refused(done, "/nowhere")


def test_port_that_master_cf_has(setup):
    setup.append("127.0.0.1:2777 inet n - n - - smtpd\n", "master.cf")
    before = setup.files()
    refused(setup.configure("apply", "--second-door-port", "2777"), "2777", "--second-door-port")
    assert setup.files() == before


def test_port_that_somebody_listens_on(setup):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        before = setup.files()
        refused(setup.configure("apply", "--second-door-port", port), port, "listens")
        assert setup.files() == before


def test_chrooted_services_cannot_see_the_socket(setup):
    setup.jail("cleanup")
    before = setup.files()
    refused(setup.configure("apply"), "chrooted", " cleanup", "inet:8899@127.0.0.1")
    assert setup.files() == before
    setup.write_conf(socket="inet:8899@127.0.0.1")
    setup.do("apply")


def test_socket_below_the_queue_is_written_relative(setup):
    setup.jail("cleanup")
    setup.write_conf(socket=f"unix:{setup.postfix.spool}/counterfoil/milter.sock")
    setup.do("apply")
    setup.socket = "unix:counterfoil/milter.sock"
    assert setup.value("smtpd_milters") == setup.milter()
    assert "-o smtpd_milters=unix:counterfoil/milter.sock " in setup.postfix.postconf("-M")


RIVALS = {
    "transport": ("transport_maps", "/./ lmtp:elsewhere\n"),
    "virtual alias": ("virtual_alias_maps", "/./ everybody@example.test\n"),
    "extensions": ("virtual_alias_maps", "/^support\\+/ jane@example.test\n"),
    "canonical": ("recipient_canonical_maps", "/^support@/ jane@example.test\n"),
}


@pytest.mark.parametrize("name", RIVALS)
def test_a_map_that_would_take_role_mail_away(setup, name):
    setup.has_role()
    parameter, line = RIVALS[name]
    setup.write("rival", line)
    setup.postfix.set(**{parameter: f"regexp:{setup.etc}/rival"})
    before = setup.files()
    refused(setup.configure("apply"), f"{parameter}: regexp:{setup.etc}/rival", "role mail")
    assert setup.files() == before
    assert "wrong    " + parameter in setup.configure("show").stdout


def test_a_role_in_other_alias_maps_is_named(setup):
    setup.has_role()
    setup.write("old", "support@example.test jane@example.test\n")
    setup.write("local", "support jane\n")
    setup.postfix.set(
        virtual_alias_maps=f"texthash:{setup.etc}/old", alias_maps=f"texthash:{setup.etc}/local"
    )
    out = setup.do("apply")
    assert f"texthash:{setup.etc}/old has a line for support@example.test" in out
    assert f"alias_maps: texthash:{setup.etc}/local has a line for support;" in out
    assert "roles.db: 1 role addresses" in setup.do("show")


# ---- Notes


def test_services_that_go_their_own_way_are_named(setup):
    setup.append(
        "2588 inet n - n - - smtpd\n  -o smtpd_milters=inet:127.0.0.1:7\n"
        "127.0.0.1:2589 inet n - n - - smtpd\n  -o content_filter=\n"
        "2590 inet n - n - - smtpd\n  -o content_filter=lmtp:[127.0.0.1]:7\n",
        "master.cf",
    )
    out = setup.do("apply")
    assert re.search("note: master.cf: 2588 has smtpd_milters of its own", out), out
    assert re.search("note: master.cf: 127.0.0.1:2589 .*no_milters", out), out
    assert "2590" not in out
    setup.postfix.postconf(
        "-P",
        "127.0.0.1:2589/inet/receive_override_options=no_milters",
        f"2588/inet/smtpd_milters={setup.socket}",
    )
    out = setup.do("show")
    assert "2588" not in out and "2589" not in out


NOTES = {
    "smtpd_milter_maps": "environ:x",
    "smtpd_proxy_filter": "127.0.0.1:7",
    "propagate_unmatched_extensions": "canonical",
    "smtpd_milters": "inet:127.0.0.1:7",
}


@pytest.mark.parametrize("name", NOTES)
def test_settings_worth_a_note(setup, name):
    assert name not in setup.do("apply")
    setup.postfix.set(**{name: NOTES[name]})
    assert f"{name}" in setup.do("apply").partition("note:")[2]
