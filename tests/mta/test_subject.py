# SPDX-License-Identifier: BSD-2-Clause
"""Subjects of every kind, as they come out at the other end: the ID first and in plain sight, the rest
to the letter, lines as short as mail wants them."""

import email.header

import pytest

from desk import ID, decoded, mail

JAPANESE = "プリンターから煙が出ています。至急ご確認をお願いいたします。"
LONG_JAPANESE = (JAPANESE * 11)[:300]
assert len(LONG_JAPANESE) == 300


def encoded(text, charset="utf-8"):
    """As a mail program writes it, folded."""
    return email.header.Header(text, charset, maxlinelen=76, header_name="Subject").encode("\r\n")


# name: (the header's value as it is sent, what it says)
SUBJECTS = {
    "plain": ("Printer on fire", "Printer on fire"),
    "folded": ("Printer\r\n on\r\n\tfire", "Printer on\tfire"),
    "folded at once": ("\r\n Printer on fire", "Printer on fire"),
    "raw UTF-8": ("Drucker brännt – löschen!", "Drucker brännt – löschen!"),
    "raw Latin-1": ("Drucker brännt".encode("latin-1"), "Drucker brännt"),
    "raw UTF-8, folded": ("Drucker\r\n brännt", "Drucker brännt"),
    "encoded, Q": ("=?utf-8?q?Drucker_br=C3=A4nnt?=", "Drucker brännt"),
    "encoded, B": ("=?UTF-8?B?RHJ1Y2tlciBicsOkbm50?=", "Drucker brännt"),
    "encoded, Latin-1": ("=?iso-8859-1?Q?Drucker_br=E4nnt?=", "Drucker brännt"),
    "encoded in pieces": ("=?utf-8?q?Drucker_br=C3?=\r\n =?utf-8?q?=A4nnt?=", "Drucker brännt"),
    "encoded in the middle": ("The =?utf-8?q?br=C3=A4nnt?= word", "The brännt word"),
    "Shift-JIS": (encoded("煙が出ています", "shift_jis"), "煙が出ています"),
    "ISO-2022-JP": (encoded("煙が出ています", "iso-2022-jp"), "煙が出ています"),
    "KOI8-R": (encoded("Принтер горит", "koi8-r"), "Принтер горит"),
    "emoji": (encoded("🔥🖨️ fire"), "🔥🖨️ fire"),
    "right to left": (encoded("المدفأة تحترق"), "المدفأة تحترق"),
    "300 Japanese characters": (encoded(LONG_JAPANESE), LONG_JAPANESE),
    "300 Japanese characters, raw": (LONG_JAPANESE, LONG_JAPANESE),
    "many words": ("word " * 150 + "end", "word " * 150 + "end"),
    "foreign ticket": ("[Other #77] Printer", "[Other #77] Printer"),
    "brackets": ("[URGENT] [2 of 3] Printer", "[URGENT] [2 of 3] Printer"),
    "percent, quotes, backslash": ('50 % "of\\us" %s <b>', '50 % "of\\us" %s <b>'),
    "forward": ("Fwd: Printer", "Fwd: Printer"),
    "looks encoded": ("=?utf-8?q?half", "=?utf-8?q?half"),
    "a colon": ("Printer: on fire: again", "Printer: on fire: again"),
}


@pytest.mark.parametrize("name", SUBJECTS)
def test_a_subject_comes_out_to_the_letter(desk, name):
    sent, says = SUBJECTS[name]
    desk.customer_writes(desk.from_kim(Subject=sent))
    copy = desk.last(desk.jane)
    ticket = desk.ticket_of(copy)
    value = copy.header("Subject")
    assert value.startswith(ticket.id + " ")
    assert decoded(value).replace("\t", " ") == f"{ticket.id} {says}".replace("\t", " ")
    assert value.isascii()
    assert ticket.state["subject"] == says.replace("\t", " ")
    assert lines_of(copy, b"Subject") <= 78


def lines_of(delivery, name):
    """The length of a header's longest line."""
    value = next(value for key, value in delivery.fields() if key == name)
    return max(len(line) for line in (name + b":" + value).split(b"\r\n"))


@pytest.mark.parametrize("size", [60, 79, 500, 997, 3000, 16000])
def test_a_word_without_end(desk, size):
    """What can't be folded: whole where a line may be so long, never over 998."""
    word = "x" * size
    desk.customer_writes(desk.from_kim(Subject=word))
    copy = desk.last(desk.jane)
    ticket = desk.ticket_of(copy)
    assert lines_of(copy, b"Subject") <= 998
    assert decoded(copy.header("Subject")) == f"{ticket.id} {word}"


def test_no_subject(desk):
    desk.customer_writes(desk.from_kim())
    copy = desk.last(desk.jane)
    assert copy.header("Subject") == f"{desk.ticket_of(copy).id} (no subject)"


@pytest.mark.parametrize("empty", ["", " ", "\r\n ", "Re:", "Re: "])
def test_an_empty_subject(desk, empty):
    desk.customer_writes(desk.from_kim(Subject=empty))
    copy = desk.last(desk.jane)
    ticket = desk.ticket_of(copy)
    assert copy.header("Subject").startswith("Re: " * empty.startswith("Re") + ticket.id)
    assert len(copy.headers("Subject")) == 1


def test_several_subjects(desk):
    """One is written, the others go: a mail program shows whichever it likes."""
    desk.customer_writes(desk.from_kim(Subject=["First", "Second", "Third"]))
    copy = desk.last(desk.jane)
    assert copy.headers("Subject") == [f"{desk.ticket_of(copy).id} First"]


REPLIES = [
    "Re: {id} Printer on fire",
    "RE: {id} Printer on fire",
    "AW: {id} Printer on fire",
    "回复: {id} Printer on fire",
    "Re: AW: Re: {id} Printer on fire",
    "Re: {id} Re: {id} Printer on fire",
    "Re: Printer on fire {id}",
    "re:{id}Printer on fire",
    "=?utf-8?q?Re:_{quoted}_Printer_on_fire?=",
    "Re: [\r\n {inner}\r\n ] Printer on fire",
]


@pytest.mark.parametrize("form", REPLIES)
def test_a_reply_bears_the_id_once(desk, form):
    ticket = desk.ask()
    quoted = ticket.id.replace(" ", "_")
    subject = form.format(id=ticket.id, quoted=quoted, inner=ticket.id[1:-1])
    desk.customer_writes(desk.from_kim(Subject=subject))
    value = desk.last(desk.jane, 2).header("Subject")
    assert value == f"Re: {ticket.id} Printer on fire"


def test_the_id_stays_where_it_is(desk):
    """A Subject that reads as it should is not touched: not even its folds."""
    ticket = desk.ask()
    subject = f"Re: {ticket.id}\r\n\tPrinter   on fire"
    desk.customer_writes(desk.from_kim(Subject=subject))
    value = dict(desk.last(desk.jane, 2).fields())[b"Subject"]
    assert value == b" " + subject.encode()


def test_the_customers_answer_has_the_whole_subject(desk):
    """Also the customer, who gets it from the operator's mail program, reads it to the letter."""
    ticket = desk.ask(desk.from_kim(Subject=encoded(LONG_JAPANESE)))
    subject = encoded(f"Re: {ticket.id} {LONG_JAPANESE}")
    desk.operator_writes(desk.from_jane(Subject=subject))
    got = desk.last(desk.kim)
    assert decoded(got.header("Subject")) == f"Re: {ticket.id} {LONG_JAPANESE}"
    assert lines_of(got, b"Subject") <= 78


def test_what_a_subject_says_makes_no_header(desk):
    """An encoded line break stays in the Subject."""
    evil = "=?utf-8?q?Hello=0D=0ABcc:_eve@example.org=0D=0A=0D=0Aevil?="
    desk.customer_writes(desk.from_kim(Subject=evil))
    copy = desk.last(desk.jane)
    assert copy.header("Bcc") is None
    assert copy.body == b"It burns.\r\n"
    assert len(ID.findall(copy.header("Subject"))) == 1


def test_a_name_in_every_charset(desk):
    sender = '=?iso-8859-1?Q?J=FCrgen?= =?utf-8?q?_=E6=BC=A2?= <jk@example.net>'
    desk.customer_writes(mail(From=sender, To=desk.role, Subject="Hello"), sender="jk@example.net")
    copy = desk.last(desk.jane)
    assert decoded(copy.header("From")) == f"Jürgen 漢 via {desk.title} <{desk.role}>"
    assert lines_of(copy, b"From") <= 78
