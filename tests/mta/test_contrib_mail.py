# SPDX-License-Identifier: BSD-2-Clause
"""contrib/postfix/configure with real mail: role addresses are valid in every kind of domain, and
role mail waits for the filter, whatever else Postfix is told to do with mail."""

import re
import subprocess

import pytest

from desk import is_notice
from lab import CONFIGURE, DOMAINS, Counterfoil, Postfix, free_port, wait_for, write_role_map

README = CONFIGURE.parent / "README"


def message(subject, sender="kim@example.net", body=b"Hello\r\n"):
    head = f"From: {sender}\r\nTo: undisclosed:;\r\nSubject: {subject}\r\n\r\n"
    return head.encode() + body


def open_front_door(postfix, milter):
    """Port 25 lets mail pass while the filter is away, as DESIGN allows with a second door."""
    postfix.set(smtpd_milters=f"{{ {milter}, default_action=accept }}")
    postfix.reload()


def wait_waiting(postfix, *addresses):
    """Returns when these recipients, and no others, wait in the queue."""

    def waiting():
        return [one["address"] for entry in postfix.queue() for one in entry["recipients"]]

    wait_for(lambda: waiting() == list(addresses), f"only {addresses} wait")


# ---- Without a filter


class Unfiltered:
    """A Postfix set up for a filter that is never there, and a role map made by hand."""

    def __init__(self, postfix):
        self.postfix = postfix
        self.folder = postfix.folder / "site"
        self.folder.mkdir()
        self.conf = self.folder / "counterfoil.conf"
        self.roles = self.folder / "roles"
        self.milter = f"unix:{self.folder}/milter"
        self.conf.write_text(
            f"[milter]\nsocket = {self.milter}\n[archive]\nrole_map = postfix:{self.roles}\n"
        )
        self.configure("apply")

    def configure(self, verb, *options):
        done = self.postfix.configure(verb, self.conf, *options)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def set_roles(self, *roles):
        write_role_map(self.postfix, self.roles, *roles)


@pytest.fixture(scope="module")
def unfiltered():
    with Postfix() as postfix:
        made = Unfiltered(postfix)
        made.set_roles(*(f"support@{domain}" for domain in DOMAINS.values()))
        open_front_door(postfix, made.milter)
        yield made
        subprocess.run(["postsuper", "-c", postfix.etc, "-d", "ALL"], capture_output=True)


@pytest.mark.parametrize("domain", DOMAINS.values(), ids=DOMAINS)
@pytest.mark.parametrize("local", ["support", "SUPPORT", "support+7-abcde", '"support"'])
def test_a_role_is_valid_and_waits(unfiltered, domain, local):
    postfix = unfiltered.postfix
    sent = postfix.send("kim@example.net", f"{local}@{domain}", message("Help"))
    assert sent.code == 250, sent
    target = local.lower().strip('"') + f"@{domain}.counterfoil.invalid"
    log = postfix.wait_log(rf"{sent.queue_id}: to=<(\S+)>.* relay=(\S+), .* status=(\w+)")
    door = f"127.0.0.1[127.0.0.1]:{postfix.second_door_port}"
    assert (log[1], log[2], log[3]) == (target, door, "deferred")


@pytest.mark.parametrize("domain", DOMAINS.values(), ids=DOMAINS)
def test_others_are_as_valid_as_before(unfiltered, domain):
    postfix = unfiltered.postfix
    rcpts = [f"kim-{domain}@{domain}", f"nobody@{domain}", f"supporter@{domain}", f"@{domain}"]
    sent = postfix.send("kim@example.net", rcpts, message("Hello"))
    assert [reply.code for reply in sent.rcpts][:3] == [250, 550, 550]
    home = DOMAINS["mailbox"] if domain == DOMAINS["alias"] else domain
    assert len(postfix.wait_mailbox(f"kim-{domain}@{home}")) == 1


def test_ordinary_recipients_get_theirs_while_the_role_waits(unfiltered):
    postfix = unfiltered.postfix
    sent = postfix.send(
        "kim@example.net", ["support@example.test", "kim-mixed@example.test"], message("Both")
    )
    assert sent.code == 250
    assert postfix.wait_mailbox("kim-mixed@example.test")
    postfix.wait_log(rf"{sent.queue_id}: to=<support@example.test.counterfoil.invalid>")
    assert not postfix.mailbox("support@example.test")


@pytest.mark.parametrize("domain", DOMAINS.values(), ids=DOMAINS)
def test_roles_come_and_go_without_reload(unfiltered, domain):
    postfix, role = unfiltered.postfix, f"sales@{domain}"
    everybody = [f"support@{each}" for each in DOMAINS.values()]

    def code(connection):
        return connection.send("kim@example.net", role, message("Buy")).code

    with postfix.client() as connection:
        assert code(connection) == 550
    unfiltered.set_roles(*everybody, role)
    with postfix.client() as connection:
        assert code(connection) == 250
    unfiltered.set_roles(*everybody)
    with postfix.client() as connection:
        assert code(connection) == 550
        assert connection.send("kim@example.net", f"support@{domain}", message("x")).code == 250


def test_with_tempfail_nothing_passes_the_front_door(new_postfix):
    postfix = new_postfix()
    made = Unfiltered(postfix)
    made.set_roles("support@example.test")
    for rcpt in ("support@example.test", "kim@example.test"):
        assert postfix.send("kim@example.net", rcpt, message("x")).code == 451
    auth = {"auth": "jane", "port": postfix.submission_port}
    assert postfix.send("jane@example.test", "kim@example.test", message("x"), **auth).code == 451
    assert not postfix.queue()
    postfix.sendmail(["support@example.test"], message("x"))
    postfix.wait_log("milter-reject: END-OF-MESSAGE|premature end-of-input|4.7.1")
    assert not postfix.sink.deliveries()
    assert postfix.queued() == 1


def test_ordinary_mail_may_go_on_at_port_25_alone(new_postfix):
    postfix = new_postfix()
    made = Unfiltered(postfix)
    made.set_roles("support@example.test")
    option = f"-o {{ smtpd_milters = {{ {made.milter}, default_action=accept }} }}"
    master = (postfix.etc / "master.cf").read_text()
    front = f"127.0.0.1:{postfix.port} inet n - n - - smtpd\n"
    assert front in master
    (postfix.etc / "master.cf").write_text(master.replace(front, f"{front}  {option}\n"))
    postfix.reload()
    rcpts = ["support@example.test", "kim@example.test"]
    assert postfix.send("kim@example.net", rcpts, message("x")).code == 250
    assert postfix.wait_mailbox("kim@example.test")
    wait_waiting(postfix, "support@example.test.counterfoil.invalid")
    auth = {"auth": "jane", "port": postfix.submission_port}
    assert postfix.send("jane@example.test", "kim@example.test", message("x"), **auth).code == 451
    assert "note: master.cf" not in made.configure("show")


def test_undo_holds_what_waits(new_postfix):
    postfix = new_postfix()
    made = Unfiltered(postfix)
    made.set_roles("support@example.test")
    open_front_door(postfix, made.milter)
    sent = postfix.send("kim@example.net", "support@example.test", message("x"))
    postfix.wait_log(rf"{sent.queue_id}: .*status=deferred")

    out = made.configure("undo")
    assert f"-H {sent.queue_id}" in out
    assert [entry["queue_name"] for entry in postfix.queue()] == ["hold"]
    postfix.flush()
    assert postfix.send("kim@example.net", "support@example.test", message("x")).code == 550
    assert postfix.send("kim@example.net", "kim@example.test", message("x")).code == 250
    postfix.wait_mailbox("kim@example.test")
    wait_waiting(postfix, "support@example.test.counterfoil.invalid")

    out = made.configure("apply")
    release = re.search(r"postsuper (-c \S+ -H \S+)", out)
    assert release[1].split()[-1] == sent.queue_id
    mark = postfix.log_size()
    subprocess.run(["postsuper", *release[1].split()], check=True, capture_output=True)
    postfix.flush()
    door = rf"127\.0\.0\.1\]:{postfix.second_door_port}"
    postfix.wait_log(rf"{sent.queue_id}: .*relay=\S+{door}, .*status=deferred", since=mark)
    assert not postfix.sink.mailbox("kim@example.net")


# ---- What README says to write by hand


def readme_lines(pattern):
    """The indented lines of README that match, without their indent."""
    found = [line.strip() for line in README.read_text().split("\n") if line.startswith("    ")]
    return [line for line in found if re.search(pattern, line)]


def test_an_order_for_submission(new_postfix):
    (option,) = readme_lines(r"inet:127\.0\.0\.1:8891 \}")
    port = free_port()
    postfix = new_postfix(master=f"127.0.0.1:{port} inet n - n - - smtpd\n  {option}\n")
    value = postfix.postconf("-h", "-P", f"127.0.0.1:{port}/inet/smtpd_milters")
    ours, theirs = re.fullmatch(r"(\{.*\}), (\S+)", value).groups()
    assert ours == "{ inet:127.0.0.1:8899, default_action=tempfail, protocol=6 }"
    assert theirs == "inet:127.0.0.1:8891"


def test_the_received_line_says_nothing_of_the_operator(new_postfix):
    (rule,) = readme_lines(r"^/\^Received")
    (use,) = readme_lines("^-o cleanup_service_name=submission-cleanup$")
    (service,) = readme_lines("^submission-cleanup unix")
    (checks,) = readme_lines("^-o header_checks=")
    postfix = new_postfix(master=f"{service.replace(' y ', ' n ')}\n  {checks}\n")
    name = "submission_header_checks"
    (postfix.etc / name).write_text(rule + "\n")
    postfix.age(name)
    submission = f"127.0.0.1:{postfix.submission_port}/inet"
    postfix.postconf(
        "-P",
        f"{submission}/{use[3:]}",
        f"{submission}/smtpd_sasl_authenticated_header=yes",
        f"submission-cleanup/unix/header_checks=regexp:{postfix.etc}/{name}",
    )
    postfix.reload()
    options = {"auth": "jane", "port": postfix.submission_port, "client": "192.0.2.77"}
    options["helo"] = "janes-laptop"
    rcpts = ["kim1@example.test", "kim2@example.test"]
    for to in (rcpts[:1], rcpts):
        sent = postfix.send("jane@example.test", to, message("x", sender="jane"), **options)
        assert sent.code == 250, sent
    for copy in postfix.wait_mailbox("kim1@example.test", 2):
        (received,) = copy.headers("Received")
        assert re.match(r"by mx\.example\.test \(Postfix\)\s+with ESMTPA id \w+", received)
        for word in (b"192.0.2.77", b"laptop", b"Authenticated", b"unknown"):
            assert word not in copy.data
        assert copy.header("Subject") == "x"


# ---- With the filter


@pytest.fixture(scope="module")
def both():
    """A Postfix and a Counterfoil that are set up for each other."""
    with Postfix() as postfix, Counterfoil(to=postfix) as site:
        apply(postfix, site)
        yield postfix, site


def apply(postfix, site):
    done = postfix.configure("apply", site.conf)
    assert done.returncode == 0, done.stderr
    assert "note:" not in done.stdout, done.stdout


def milter(site):
    kind, _, place = site.socket.partition(":")
    return site.socket if kind == "unix" else "inet:" + ":".join(reversed(place.split("@")))


def tickets(site, department):
    return site("ticket", "list", "--department", department)


def messages(site, ticket):
    """The raw messages of a ticket, in order."""
    lines = site("ticket", "show", ticket["number"])
    return [site.raw(line["number"]) for line in lines if line["type"] == "message"]


def test_mail_becomes_a_ticket(both):
    postfix, site = both
    role = site.department("desk", "op-desk1@example.test", "op-desk2@example.test")
    assert postfix.send("kim@example.net", role, message("Help")).code == 250
    for operator in ("op-desk1@example.test", "op-desk2@example.test"):
        (copy,) = postfix.wait_mailbox(operator)
        assert copy.header("Subject") == tickets(site, "desk")[0]["id"] + " Help"
    postfix.wait_empty()
    assert not postfix.mailbox(role)
    done = postfix.configure("show", site.conf)
    assert done.returncode == 0 and "note:" not in done.stdout, done.stdout


def test_role_mail_waits_for_the_filter_and_other_mail_does_not(both):
    postfix, site = both
    role = site.department("late", "op-late@example.test")
    usual = postfix.postconf("-h", "smtpd_milters")
    open_front_door(postfix, milter(site))
    site.kill()
    try:
        rcpts = [role, "kim-late@example.test"]
        assert postfix.send("kim@example.net", rcpts, message("Both")).code == 250
        postfix.wait_mailbox("kim-late@example.test")
        postfix.wait_log(r"to=<late@\S+\.counterfoil\.invalid>.* status=deferred")
    finally:
        site.start()
    postfix.flush()
    postfix.wait_empty()
    (ticket,) = tickets(site, "late")
    assert (ticket["subject"], ticket["requester"]) == ("Both", "kim@example.net")
    assert len(postfix.wait_mailbox("op-late@example.test")) == 1
    assert len(postfix.mailbox("kim-late@example.test")) == 1
    assert all(is_notice(one) for one in postfix.mailbox("kim@example.net"))
    postfix.set(smtpd_milters=usual)
    postfix.reload()


def test_local_mail_waits_and_comes(both):
    postfix, site = both
    role = site.department("inhouse", "op-inhouse@example.test")
    mark = postfix.log_size()
    site.kill()
    try:
        postfix.sendmail(["-f", "kim@example.test", role], message("From a program"))
        postfix.wait_log(r"cleanup\[\d+\]: warning: connect to Milter", since=mark)
        assert postfix.queued() == 1
    finally:
        site.start()
    assert len(postfix.wait_mailbox("op-inhouse@example.test")) == 1
    postfix.wait_empty()
    assert [ticket["subject"] for ticket in tickets(site, "inhouse")] == ["From a program"]


def test_a_bounce_that_postfix_makes_is_recorded(both):
    postfix, site = both
    role = site.department("unlucky", "bounce-op@example.test")
    assert postfix.send("kim@example.net", role, message("Help")).code == 250
    postfix.wait_log(r"to=<unlucky\+\d+-\w+@example.test.counterfoil.invalid>.*status=sent")
    postfix.wait_empty()
    (ticket,) = tickets(site, "unlucky")
    _, report = messages(site, ticket)
    assert b"Final-Recipient: rfc822; bounce-op@example.test" in report


# What main.cf may ask of other mail. None of it is for the way to the second door.
HOSTILE = {
    "smtpd_milters": "",
    "smtpd_milter_maps": "cidr:{etc}/no-milters",
    "milter_default_action": "accept",
    "milter_protocol": "2",
    "milter_header_checks": "regexp:{etc}/reject-all",
    "header_checks": "regexp:{etc}/reject-second",
    "smtp_header_checks": "regexp:{etc}/spoil-header",
    "smtp_mime_header_checks": "regexp:{etc}/spoil-header",
    "smtp_nested_header_checks": "regexp:{etc}/spoil-header",
    "smtp_body_checks": "regexp:{etc}/spoil-body",
    "smtp_generic_maps": "regexp:{etc}/generic",
    "smtp_tls_security_level": "encrypt",
    "smtp_tls_policy_maps": "static:encrypt",
    "smtp_tls_wrappermode": "yes",
    "smtp_sasl_auth_enable": "yes",
    "smtp_sasl_password_maps": "static:user:password",
    "smtp_bind_address": "192.0.2.1",
    "smtp_fallback_relay": "[127.0.0.1]:1",
    "smtp_discard_ehlo_keywords": "8bitmime, xforward",
    "smtpd_discard_ehlo_keywords": "xforward",
    "smtpd_helo_required": "yes",
    "smtpd_recipient_restrictions": "reject_unverified_recipient",
    "smtpd_end_of_data_restrictions": "check_client_access cidr:{etc}/reject-loopback",
    "smtpd_client_restrictions": "check_client_access cidr:{etc}/reject-loopback",
    "smtpd_helo_restrictions": "check_client_access cidr:{etc}/reject-loopback",
    "smtpd_data_restrictions": "check_client_access cidr:{etc}/reject-loopback",
    "smtpd_sender_restrictions": "check_client_access cidr:{etc}/reject-loopback",
    "smtpd_relay_restrictions": "reject_unauth_destination",
    "smtpd_client_message_rate_limit": "1",
    "smtpd_upstream_proxy_protocol": "haproxy",
    "smtpd_proxy_filter": "[127.0.0.1]:1",
    "smtpd_tls_security_level": "encrypt",
    "content_filter": "lmtp:[127.0.0.1]:1",
    "mynetworks": "198.51.100.0/24",
    "address_verify_map": "",
    "relayhost": "[192.0.2.1]",
    "always_bcc": "user-archive@example.test",
    "recipient_bcc_maps": "static:user-archive@example.test",
    "sender_bcc_maps": "static:user-archive@example.test",
    "hopcount_limit": "4",
    "parent_domain_matches_subdomains": "transport_maps",
}
# Of these, what would keep the test's own mail from coming in.
AT_THE_FRONT_DOOR = (
    "smtpd_upstream_proxy_protocol",
    "smtpd_proxy_filter",
    "smtpd_tls_security_level",
    "content_filter",
    "local_header_rewrite_clients",
)
FILES = {
    "no-milters": "127.0.0.0/8 DISABLE\n198.51.100.0/24 DISABLE\n",
    "reject-loopback": "127.0.0.0/8 REJECT not from here\n",
    "reject-all": "/./ REJECT not in this house\n",
    "reject-second": "/^Received:.*second-door/ REJECT not twice\n",
    "spoil-header": "/^(Subject|Content-Type|X-Part): / REPLACE X-Spoiled: yes\n",
    "spoil-body": "/./ REPLACE spoiled\n",
    "generic": "/./ generic@example.test\n",
}
BIG = (
    b"--part\r\nContent-Type: text/plain; charset=utf-8\r\nX-Part: 1\r\n"
    b"Content-Transfer-Encoding: 8bit\r\n\r\ncaf\xc3\xa9 \xe9\r\n..dots\r\n"
    + b"x" * 5000
    + b"\r\n--part\r\nContent-Type: message/rfc822\r\n\r\nSubject: inside\r\n\r\n"
    + b"filler\r\n" * 40000
    + b"--part--\r\n"
)


def test_the_second_door_stands_a_hostile_configuration(new_postfix, new_site):
    postfix = new_postfix()
    site = new_site(to=postfix)
    site.department("support", "jane@example.test")
    apply(postfix, site)
    for name, text in FILES.items():
        (postfix.etc / name).write_text(text)
        postfix.age(name)
    postfix.set(**{name: value.format(etc=postfix.etc) for name, value in HOSTILE.items()})
    front = f"127.0.0.1:{postfix.port}/inet"
    postfix.postconf("-P", *(f"{front}/{name}=" for name in AT_THE_FRONT_DOOR))
    postfix.reload()

    # A first one, that the address verification of the front door has its answer.
    client = {"client": "198.51.100.9", "mail": "BODY=8BITMIME"}
    probe = postfix.send("kim@example.net", "support@example.test", message("First"), **client)
    assert probe.code == 250, probe
    postfix.wait_mailbox("jane@example.test")
    site.kill()
    head = b"Subject: Big\r\nTo: support\r\nMIME-Version: 1.0\r\n"
    head += b"From: kim@example.net\r\nContent-Type: multipart/mixed; boundary=part\r\n"
    head += b"Received: by a.example\r\nReceived: by b.example\r\n"
    sent = postfix.send(
        "kim@example.net", "support@example.test", head + b"\r\n" + BIG, **client
    )
    assert sent.code == 250, sent
    postfix.wait_log(rf"{sent.queue_id}: to=<support@\S+invalid>.*status=deferred")
    # What was taken at the front door is never too large for the second one.
    postfix.set(message_size_limit="100000")
    postfix.reload()
    site.start()
    postfix.flush()
    postfix.wait_log(rf"{sent.queue_id}: to=<support@\S+invalid>.*status=sent", deadline=20)

    ticket = tickets(site, "support")[-1]
    assert (ticket["subject"], ticket["requester"]) == ("Big", "kim@example.net")
    (raw,) = messages(site, ticket)
    at = raw.index(b"Subject: Big")
    assert raw[at:] == head + b"\r\n" + BIG, raw[:3000]
    assert len(postfix.wait_mailbox("jane@example.test", 2)) == 2
    postfix.wait_empty()
    assert len(postfix.mailbox("user-archive@example.test")) == 2


def test_a_chrooted_postfix_finds_the_socket(new_postfix, new_site):
    postfix = new_postfix(chroot=True)
    folder = postfix.spool / "counterfoil"
    folder.mkdir()
    site = new_site(to=postfix, socket_folder=folder)
    site.department("support", "jane@example.test")
    apply(postfix, site)
    assert postfix.send("kim@example.net", "support@example.test", message("Help")).code == 250
    assert postfix.sendmail(["-f", "mia@example.test", "support@example.test"], message("Me"))
    assert len(postfix.wait_mailbox("jane@example.test", 2)) == 2
    assert len(tickets(site, "support")) == 2


def test_a_filter_on_a_port_comes_and_goes(new_postfix, new_site):
    postfix = new_postfix()
    site = new_site(to=postfix, socket="inet")
    site.department("support", "jane@example.test")
    apply(postfix, site)
    assert postfix.send("kim@example.net", "support@example.test", message("Help")).code == 250
    assert postfix.wait_mailbox("jane@example.test")

    done = postfix.configure("undo", site.conf)
    assert done.returncode == 0 and "hold" not in done.stdout, done.stdout
    assert postfix.send("kim@example.net", "support@example.test", message("x")).code == 550
    assert postfix.send("kim@example.net", "kim@example.test", message("x")).code == 250
    assert postfix.wait_mailbox("kim@example.test")
    assert len(tickets(site, "support")) == 1
