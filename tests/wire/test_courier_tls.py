# SPDX-License-Identifier: BSD-2-Clause
"""The courier with TLS and AUTH: what is encrypted and to whom, and that neither mail nor password
goes anywhere else."""

import subprocess

import pytest

from filter import BUILD, IS_ROOT, wait_for
from peer import Authority, Peer

NOTICE = b"Subject: Hello\r\n\r\nThis is a notice.\r\n"
NO_SERVER = "^error: mail server: "
LOGINS = {"helpdesk@example.test": "p@ss: 1"}
USER = "helpdesk%40example.test:p%40ss%3A%201@"


@pytest.fixture(scope="module")
def authority():
    with Authority("ours") as authority:
        yield authority


@pytest.fixture(scope="module")
def stranger():
    with Authority("somebody else's") as authority:
        yield authority


def courier(new_courier, peer, scheme, authority=None, user="", host="127.0.0.1"):
    options = {"submit_ca_file": authority.file} if authority else {}
    filter = new_courier(peer, f"{scheme}://{user}{host}:{peer.port}", **options)
    filter.expect(NO_SERVER)
    return filter


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
@pytest.mark.parametrize("user", ["", USER], ids=("open", "login"))
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_encrypted(new_courier, authority, scheme, user, host):
    kind = "tls" if scheme == "smtps" else "starttls"
    with Peer(**{kind: authority.server()}, logins=user and LOGINS) as peer:
        filter = courier(new_courier, peer, scheme, authority, user, host)
        numbers = filter.outbox.put_many([NOTICE] * 3, "kim@example.net")
        for number in numbers:
            filter.outbox.wait(number, "sent")
        assert peer.connections == 1
        assert {mail.login for mail in peer.taken} == {"helpdesk@example.test" if user else None}
        # Before the encryption, nothing but the wish for it.
        if kind == "starttls":
            assert [line.split()[0] for _, line in peer.lines[:3]] == ["EHLO", "STARTTLS", "EHLO"]
        assert not any("p@ss" in text for text in (filter.log(), str(peer.lines)))
        assert filter.complaints() == []


def waits(filter, peer, what):
    """Nothing was sent, nothing is blamed; the log says what is wrong."""
    number = filter.outbox.put(NOTICE, "kim@example.net")
    line = filter.wait_log(f"(?m)^error: mail server: {peer.place}: .*$")[0]
    assert what in line
    assert "p@ss" not in line and "p%40" not in line
    row = filter.outbox.recipient(number)
    assert (row["state"], row["tries"]) == ("waiting", 0)
    assert peer.count("MAIL") == 0
    return number


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
@pytest.mark.parametrize("case", ["another authority", "the system's", "another name"])
def test_a_certificate_that_is_not_good(new_courier, authority, stranger, scheme, case):
    kind = "tls" if scheme == "smtps" else "starttls"
    server = authority.server("DNS:mail.example.org" if case == "another name" else "IP:127.0.0.1")
    believed = {"another authority": stranger, "the system's": None, "another name": authority}[case]
    with Peer(**{kind: server}, logins=LOGINS) as peer:
        filter = courier(new_courier, peer, scheme, believed, USER)
        waits(filter, peer, "certificate")
        assert peer.count("AUTH") == 0


def test_no_encryption_where_it_is_wanted(new_courier, authority):
    with Peer(logins=LOGINS) as peer:
        filter = courier(new_courier, peer, "smtp+starttls", authority, USER)
        waits(filter, peer, "STARTTLS")
        assert peer.count("AUTH") == 0


def test_encryption_that_is_refused(new_courier, authority):
    with Peer(starttls=authority.server(), logins=LOGINS) as peer:
        peer.on("STARTTLS", "454 4.7.0 not now", times=1)
        filter = courier(new_courier, peer, "smtp+starttls", authority, USER)
        number = waits(filter, peer, "454 4.7.0 not now")
        assert peer.count("AUTH") == 0
        filter.outbox.wait(number, "sent")


def test_a_login_that_is_refused(new_courier):
    """Over the loopback address a password may go as it is."""
    with Peer(logins={"helpdesk@example.test": "another"}) as peer:
        filter = courier(new_courier, peer, "smtp", user=USER)
        number = waits(filter, peer, "535 5.7.8 wrong")
        peer.logins.update(LOGINS)
        filter.outbox.wait(number, "sent")
        assert peer.taken[0].login == "helpdesk@example.test"


def check(filter):
    done = subprocess.run(
        [BUILD / "counterfoil-milter", "--check", "--config", filter.conf],
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stderr


def test_a_password_that_everybody_can_read(new_courier, peer):
    filter = new_courier(peer, f"smtp://{USER}{peer.place}", start=False)
    assert check(filter) == (0, "")
    filter.conf.chmod(0o644)
    status, text = check(filter)
    assert status == 78
    assert "everybody may read it, and [mail] submit has a password; chmod o-r" in text


@pytest.mark.skipif(not IS_ROOT, reason="root becomes another user here")
def test_an_authority_that_cannot_be_read(new_courier, peer, stranger):
    filter = new_courier(peer, start=False, submit_ca_file="/nowhere/ca.pem")
    status, text = check(filter)
    assert status == 78
    assert "[mail] submit_ca_file: /nowhere/ca.pem: No such file" in text
    secret = stranger.folder / "secret.pem"
    secret.write_bytes(stranger.file.read_bytes())
    secret.chmod(0o600)
    filter.write_conf(mail={"submit_ca_file": secret})
    assert "[mail] submit_ca_file: " in check(filter)[1]
    filter.write_conf(mail={"submit_ca_file": ""})
    assert check(filter) == (0, "")
    filter.start()
    wait_for(filter.is_up, "it is up")
