# SPDX-License-Identifier: BSD-2-Clause
"""Mail as clients really send it: many messages on a connection, many connections, all extensions, and
clients that change their mind or go away."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from desk import ID, OUTSIDE, message_id
from shown import as_shown
from smtp import stuffed


def connect(desk, **options):
    return desk.postfix.client(client=OUTSIDE, **options)


def subjects(desk, address=None):
    """What stands behind the ID in the Subjects that an operator got, sorted."""
    return sorted(ID.split(copy.header("Subject"))[-1] for copy in desk.got(address or desk.jane))


@pytest.mark.parametrize("count", [2, 10])
def test_many_messages_on_one_connection(desk, count):
    with connect(desk) as client:
        sent = [
            client.send(desk.kim, desk.role, desk.from_kim(Subject=f"No {number}"))
            for number in range(count)
        ]
    assert [one.code for one in sent] == [250] * count
    desk.postfix.wait_mailbox(desk.jane, count)
    assert subjects(desk) == [f" No {number}" for number in range(count)]
    assert len(desk.tickets()) == count


def test_all_kinds_of_mail_on_one_connection(desk):
    """A refusal, ordinary mail and an aborted message leave nothing behind for the next one."""
    mia = f"mia-{desk.number}@example.test"
    with connect(desk) as client:
        assert client.send(desk.kim, desk.role, desk.from_kim(Subject="One")).code == 250
        assert client.send(desk.jane, desk.role, desk.from_jane(Subject="Forged")).code == 550
        assert client.send(desk.kim, mia, desk.from_kim(Subject="Ordinary")).code == 250
        client.expect(250, f"MAIL FROM:<{desk.kim}>")
        client.expect(250, f"RCPT TO:<{desk.role}>")
        client.expect(250, "RSET")
        assert client.send(desk.kim, desk.role, desk.from_kim(Subject="Two")).code == 250
    desk.postfix.wait_mailbox(desk.joe, 2)
    assert desk.postfix.wait_mailbox(mia)[0].header("Subject") == "Ordinary"
    assert subjects(desk, desk.joe) == [" One", " Two"]
    assert len(desk.tickets()) == 2


def test_a_client_that_goes_away_in_the_middle(desk):
    client = connect(desk)
    client.expect(250, f"MAIL FROM:<{desk.kim}>")
    client.expect(250, f"RCPT TO:<{desk.role}>")
    client.expect(354, "DATA")
    client.raw(desk.from_kim(Subject="Half"))
    client.close(quit_first=False)
    desk.customer_writes(desk.from_kim(Subject="Whole"))
    assert subjects(desk) == [" Whole"]
    assert len(desk.tickets()) == 1


def test_a_client_that_does_not_wait_for_the_answer(desk):
    """It comes again, since it heard no 250; if the first was recorded after all, that is seen."""
    data = desk.from_kim(Subject="Impatient")
    client = connect(desk)
    client.expect(250, f"MAIL FROM:<{desk.kim}>")
    client.expect(250, f"RCPT TO:<{desk.role}>")
    client.expect(354, "DATA")
    client.raw(stuffed(data))
    client.close(quit_first=False)
    desk.customer_writes(data)
    ticket = desk.ticket_of(desk.got(desk.jane)[-1])
    assert len(desk.tickets()) == 1
    assert ticket.kinds == ["request"]
    assert ticket.raw() == data


def test_twenty_senders_at_once(desk):
    each, senders = 5, 20
    ready = threading.Barrier(senders)

    def send(sender):
        with connect(desk, deadline=60) as client:
            ready.wait(30)
            for number in range(each):
                data = desk.from_kim(Subject=f"{sender} {number}", body=f"{sender} {number}\r\n" * 50)
                assert client.send(desk.kim, desk.role, data).code == 250
                yield data

    with ThreadPoolExecutor(senders) as pool:
        sent = [data for some in pool.map(lambda n: list(send(n)), range(senders)) for data in some]
    assert len(sent) == each * senders
    for operator in (desk.jane, desk.joe):
        desk.postfix.wait_mailbox(operator, len(sent), 60)
        assert len(set(subjects(desk, operator))) == len(desk.got(operator)) == len(sent)
    assert len(desk.tickets()) == len(sent)
    archive = {desk.ticket_of(copy).raw() for copy in desk.got(desk.jane)}
    assert archive == set(sent)


def test_one_message_ten_times_at_once(desk):
    """Whoever comes first records it; the others are its retries."""
    data = desk.from_kim(Subject="Echo")
    ready = threading.Barrier(10)

    def send(_):
        with connect(desk, deadline=60) as client:
            ready.wait(30)
            return client.send(desk.kim, desk.role, data)

    with ThreadPoolExecutor(10) as pool:
        assert {sent.code for sent in pool.map(send, range(10))} == {250}
    desk.postfix.wait_mailbox(desk.jane, 1)
    assert len(desk.tickets()) == 1
    assert desk.ticket_of(desk.got(desk.jane)[0]).kinds == ["request"]


def test_a_retry_without_end_makes_no_storm(desk):
    data = desk.from_kim(Subject="Echo")
    for _ in range(12):
        desk.customer_writes(data)
    assert 1 <= len(desk.got(desk.jane)) <= 6
    assert len(desk.got(desk.joe)) == len(desk.got(desk.jane))
    assert desk.got(desk.role) == []
    assert len(desk.tickets()) == 1


# ---- SMTP's extensions


def test_pipelining(desk):
    with connect(desk) as client:
        assert "PIPELINING" in client.ehlo.text
        mia = f"mia-{desk.number}@example.test"
        rcpts = [desk.role, mia, f"nobody.{desk.role}"]
        sent = client.send(desk.kim, rcpts, desk.from_kim(Subject="All at once"), pipelined=True)
        assert (sent.code, [reply.code for reply in sent.rcpts]) == (250, [250, 250, 550])
        sent = client.send(desk.kim, desk.role, desk.from_kim(Subject="Again"), pipelined=True)
        assert sent.code == 250
    desk.postfix.wait_mailbox(desk.jane, 2)
    assert subjects(desk) == [" Again", " All at once"]
    assert desk.ticket_of(desk.postfix.wait_mailbox(mia)[0]).kinds == ["request"]


def test_two_messages_in_one_packet(desk):
    """A client that pipelines across messages."""
    one, two = (desk.from_kim(Subject=name) for name in ("One", "Two"))
    begin = f"MAIL FROM:<{desk.kim}>\r\nRCPT TO:<{desk.role}>\r\nDATA\r\n".encode()
    with connect(desk) as client:
        client.raw(begin)
        assert [client.reply().code for _ in range(3)] == [250, 250, 354]
        client.raw(stuffed(one) + begin)
        assert [client.reply().code for _ in range(4)] == [250, 250, 250, 354]
        client.raw(stuffed(two))
        assert client.reply().code == 250
    desk.postfix.wait_mailbox(desk.jane, 2)
    assert len(desk.tickets()) == 2


@pytest.mark.parametrize("pieces", [1, 7])
def test_chunking(desk, pieces):
    data = desk.from_kim(Subject="In pieces", body=b".\r\n..\r\n\x00\xff bare\nlf\r\nthe end")
    size = len(data) // pieces + 1
    with connect(desk) as client:
        assert "CHUNKING" in client.ehlo.text
        client.expect(250, f"MAIL FROM:<{desk.kim}>")
        client.expect(250, f"RCPT TO:<{desk.role}>")
        for start in range(0, len(data), size):
            piece = data[start : start + size]
            last = " LAST" if start + size >= len(data) else ""
            client.raw(f"BDAT {len(piece)}{last}\r\n".encode() + piece)
            reply = client.reply()
            assert reply.code == 250, reply
    desk.postfix.wait_mailbox(desk.joe)
    assert desk.ticket_of(desk.got(desk.jane)[0]).raw() == as_shown(data)


def test_eight_bit_mime(desk):
    data = desk.from_kim(
        Subject="Hello",
        MIME_Version="1.0",
        Content_Type="text/plain; charset=utf-8",
        Content_Transfer_Encoding="8bit",
        body="Grüße\r\n",
    )
    desk.customer_writes(data, mail="BODY=8BITMIME")
    copy = desk.last(desk.jane)
    assert copy.body == "Grüße\r\n".encode()
    assert copy.mail_params.get("BODY") == "8BITMIME"
    assert desk.ticket_of(copy).raw() == data


def test_smtputf8(desk):
    """A customer with an address outside ASCII, and an operator who has one too."""
    sender = f"кім-{desk.number}@example.net"
    jane = f"jäne-{desk.number}@example.test"
    desk.site.run("operator", "add", jane, "--also", f"op-{desk.number}.jaene@example.test")
    desk.site.run("member", "add", desk.name, jane)
    data = desk.from_kim(From=f"Кім <{sender}>", Subject="Привіт")
    desk.customer_writes(data, sender=sender, mail="SMTPUTF8")
    ticket = desk.ticket_of(desk.last(desk.joe))
    assert ticket.raw() == data
    assert ticket.state["requester"] == sender
    assert desk.last(jane).header("Reply-To") == desk.role
    answer = desk.from_jane(Subject=f"Re: {ticket.id} ok")
    desk.operator_writes(answer, mail="SMTPUTF8")
    assert desk.last(sender).sender == ticket.address
    assert "SMTPUTF8" in desk.last(sender).mail_params


def test_an_operator_outside_ascii_gets_ordinary_mail_elsewhere(desk):
    jane, second = f"jäne-{desk.number}@example.test", f"op-{desk.number}.jaene@example.test"
    desk.site.run("operator", "add", jane, "--also", second)
    desk.site.run("member", "add", desk.name, jane)
    desk.customer_writes()
    assert desk.got(jane) == []
    assert desk.ticket_of(desk.last(second)).kinds == ["request"]


def test_an_answer_to_somebody_outside_ascii_needs_smtputf8(desk):
    sender = f"кім-{desk.number}@example.net"
    data = desk.from_kim(From=f"Кім <{sender}>", Subject="Привіт")
    ticket = desk.ask(data, sender=sender, mail="SMTPUTF8")
    sent = desk.operator_sends(desk.from_jane(Subject=f"Re: {ticket.id} ok"))
    assert (sent.code, sent.text[:5]) == (550, "5.6.7"), sent
    assert ticket.kinds == ["request"]


def test_delivery_status_parameters(desk):
    """They end with the role address; each copy has an original recipient of its own."""
    desk.customer_writes(mail="RET=HDRS ENVID=me1", rcpt=f"NOTIFY=FAILURE ORCPT=rfc822;{desk.role}")
    assert desk.last(desk.jane).rcpt_params.get("ORCPT") == f"rfc822;{desk.jane}"


def test_a_tab_a_comment_and_lower_case_commands(desk):
    data = desk.from_kim(Subject="Old client")
    with connect(desk) as client:
        client.expect(250, f"mail from: {desk.kim}")
        client.expect(250, f"rcpt to: {desk.role}")
        client.expect(354, "data")
        client.raw(stuffed(data))
        assert client.reply().code == 250
    desk.postfix.wait_mailbox(desk.jane)
    assert desk.tickets()[0]["requester"] == desk.kim
    assert message_id(desk.ticket_of(desk.got(desk.jane)[0]).raw()) == message_id(data)


def test_an_address_probe_leaves_nothing(desk):
    """MAIL, RCPT, QUIT: some servers ask so whether an address exists."""
    with connect(desk) as client:
        client.expect(250, "MAIL FROM:<>")
        client.expect(250, f"RCPT TO:<{desk.role}>")
    desk.customer_writes()
    assert len(desk.tickets()) == 1
