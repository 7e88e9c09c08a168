# SPDX-License-Identifier: BSD-2-Clause
"""A department of its own for one test, and how its people and its customer write.

Everything here has names that no other test uses, so that many tests share one Postfix and one
filter. What is sent with customer_writes() or operator_writes() has been delivered when they
return: what a mailbox holds then is all that it gets.
"""

import email.header
import hashlib
import hmac
import itertools
import re

from postfix import DOMAINS

TAG = "Example"
ID = re.compile(rf"\[{TAG} #(\d+)-([0-9A-Z]{{5}})\]")

# Where customers and trusted clients connect from: no networks of Postfix's own (TEST-NET-2 and -1).
OUTSIDE = "198.51.100.7"
TRUSTED = "192.0.2.7"
# The web form that mails in its visitors' names.
FORM = "form@web.example.net"

_numbers = itertools.count(1)


def mail(body="It burns.\r\n", **fields):
    """A message, as bytes: the fields in their order, "_" for "-" in a name. Date and Message-ID
    are made unless given; a field that is None is left out; a list is one field for each."""
    fields.setdefault("Date", "Mon, 23 Nov 2026 09:00:00 +0000")
    fields.setdefault("Message_ID", f"<{next(_numbers)}.{id(fields):x}@client.example.net>")
    lines = []
    for name, value in fields.items():
        for one in value if isinstance(value, list) else [value]:
            if one is not None:
                one = one if isinstance(one, bytes) else one.encode()
                lines.append(name.replace("_", "-").encode() + b": " + one + b"\r\n")
    body = body if isinstance(body, bytes) else body.encode()
    return b"".join(lines) + b"\r\n" + body


def message_id(data):
    """The Message-ID of a message, with its brackets."""
    return re.search(rb"(?mi)^Message-ID: *(\S+)", data)[1].decode()


def decoded(value):
    """What a header's value says, by Python's email package."""
    return str(email.header.make_header(email.header.decode_header(value)))


def check_letters(key, number):
    """The five letters behind a ticket's number: 25 bits of an HMAC, in Crockford's base32."""
    digest = hmac.new(key, f"ticket:{number}".encode(), hashlib.sha256).digest()
    bits = int.from_bytes(digest[:4], "big") >> 7
    letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    return "".join(letters[bits >> shift & 31] for shift in (20, 15, 10, 5, 0))


def is_notice(delivery):
    """Whether Counterfoil itself wrote it."""
    return bool(re.match(r"<notice\.\d+\.", delivery.header("Message-ID") or ""))


class Ticket:
    """A ticket of a desk, by its number."""

    def __init__(self, desk, number, copy=None):
        self.desk = desk
        self.number = number
        self.copy = copy  # of its first message, as the first operator got it
        self.check = check_letters(desk.key, number)

    @property
    def id(self):
        """As a Subject has it."""
        return f"[{self.desk.site.tag} #{self.number}-{self.check}]"

    @property
    def address(self):
        """The bounce and reply form of the role address."""
        local, _, domain = self.desk.role.partition("@")
        return f"{local}+{self.number}-{self.check.lower()}@{domain}"

    def _lines(self, kind):
        lines = self.desk.site("ticket", "show", self.number)
        return [line for line in lines if line["type"] == kind]

    @property
    def state(self):
        return self._lines("ticket")[0]

    @property
    def messages(self):
        return self._lines("message")

    @property
    def kinds(self):
        return [message["kind"] for message in self.messages]

    def events(self, kind=None):
        return [event for event in self._lines("event") if kind in (None, event["kind"])]

    def raw(self, index=-1):
        """The archived bytes of its first, second, … message; the last unless told otherwise."""
        return self.desk.site.raw(self.messages[index]["number"])


class Desk:
    """A department with its role address, operators jane and joe, and a customer kim.

    domain: the kind of domain of the role address, or home: the domain of all of them.
    """

    def __init__(self, servers, members=("jane", "joe"), domain="mailbox", home=None):
        self.postfix, self.site = servers.postfix, servers.site
        self.number = number = next(_numbers)
        self.name = f"desk{number}"
        self.title = f"Desk {number}"
        self.jane = f"jane-{number}@{home or DOMAINS['mailbox']}"
        self.joe = f"joe-{number}@{home or DOMAINS['mailbox']}"
        self.kim = f"kim-{number}@example.net"
        self._seen = len(self.postfix.sink.deliveries())
        self.key = (self.site.folder / "data" / "key").read_bytes()
        self.role = self.site.department(
            self.name,
            *(getattr(self, member) for member in members),
            address=f"{self.name}@{home or DOMAINS[domain]}",
            title=self.title,
        )

    # Mail in

    def from_kim(self, **fields):
        """A message of the customer to the role address; fields as mail() has them."""
        return mail(**{"From": f"Kim Customer <{self.kim}>", "To": self.role, **fields})

    def from_jane(self, **fields):
        """A message of the operator to the role address; fields as mail() has them."""
        return mail(**{"From": f"Jane Doe <{self.jane}>", "To": self.role, **fields})

    def by(self, who, ticket=None, subject="Printer on fire", **fields):
        """A message of an operator, by their address, that answers a ticket if one is named."""
        subject = f"Re: {ticket.id} {subject}" if ticket else subject
        return mail(**{"From": who, "To": self.role, "Subject": subject, **fields})

    def at(self, word):
        """The role address with an extension: role+word@."""
        return self.role.replace("@", f"+{word}@")

    def customer_sends(self, data, rcpts=None, sender=None, **options):
        """What the server answers to a message from outside; smtp.Sent."""
        sender = self.kim if sender is None else sender
        options.setdefault("client", OUTSIDE)
        return self.postfix.send(sender, rcpts or self.role, data, **options)

    def operator_sends(self, data, rcpts=None, sender=None, **options):
        """What the server answers to a message on the submission port, jane being logged in."""
        options = {"auth": self.jane, "port": self.postfix.submission_port, **options}
        return self.postfix.send(sender or self.jane, rcpts or self.role, data, **options)

    def customer_writes(self, data=None, rcpts=None, sender=None, deadline=20, **options):
        """customer_sends(); it was accepted, and has been delivered."""
        data = self.from_kim(Subject="Printer on fire") if data is None else data
        return self._delivered(self.customer_sends, data, rcpts, sender, deadline, options)

    def operator_writes(self, data, rcpts=None, sender=None, deadline=20, **options):
        """operator_sends(); it was accepted, and has been delivered."""
        return self._delivered(self.operator_sends, data, rcpts, sender, deadline, options)

    def _delivered(self, send, data, rcpts, sender, deadline, options):
        mark = self.postfix.log_size()
        sent = send(data, rcpts, sender, **options)
        assert sent.code == 250, sent
        self.postfix.wait_log(f"{sent.queue_id}: removed", mark, deadline)
        self.site.wait_sent(self.postfix, mark)
        return sent

    def orders(self, ticket, *words, who=None, body="", **fields):
        """What the server answers to an operator, jane unless told otherwise, who writes to role+WORD
        for each of words, about a ticket or none. Without body there are no words of their own."""
        who, rcpts = who or self.jane, [self.at(word) if word else self.role for word in words]
        data = self.by(who, ticket, **{"To": ", ".join(rcpts), "body": body, **fields})
        return self.operator_sends(data, rcpts, sender=who, auth=who)

    def does(self, ticket, *words, **options):
        """orders(); it was accepted, and has been delivered. Returns news()."""
        mark = self.postfix.log_size()
        sent = self.orders(ticket, *words, **options)
        assert sent.code == 250, sent
        self.postfix.wait_log(f"{sent.queue_id}: removed", mark, 20)
        self.site.wait_sent(self.postfix, mark)
        return self.news()

    # Tickets

    def ask(self, data=None, rcpts=None, **options):
        """The customer opens a ticket; jane has got her copy of it."""
        before = len(self.got(self.jane))
        self.customer_writes(data, rcpts, **options)
        return self.ticket_of(self.got(self.jane)[before])

    def ticket_of(self, delivery):
        """The ticket that a delivered message bears in its Subject."""
        form = ID.pattern.replace(TAG, self.site.tag)
        found = re.search(form, delivery.header("Subject"))
        assert found, delivery.header("Subject")
        return Ticket(self, int(found[1]), delivery)

    def tickets(self):
        """The department's tickets, open and closed: what `ticket list` says, oldest first."""
        lines = self.site("ticket", "list", "--department", self.name)
        return sorted(lines, key=lambda line: line["number"])

    # Mail out

    def got(self, address):
        """What people wrote that an address got so far: sink.Delivery, in order."""
        return [one for one in self.postfix.mailbox(address) if not is_notice(one)]

    def notices(self, address):
        """What Counterfoil itself wrote to an address so far."""
        return [one for one in self.postfix.mailbox(address) if is_notice(one)]

    def last(self, address, count=1):
        """The last thing that an address got, which is the count-th."""
        box = self.got(address)
        assert len(box) == count, f"{address} got {len(box)} messages, not {count}"
        return box[-1]

    def news(self):
        """What people wrote that came since the last call, to people of this desk: for each their
        Delivery's, by what stands before -NUMBER@ in their address ("jane"); by the address for the
        role address."""
        fresh = self.postfix.sink.deliveries()[self._seen :]
        self._seen += len(fresh)
        came = {}
        for copy in filter(lambda copy: not is_notice(copy), fresh):
            name, _, number = copy.rcpt.partition("@")[0].rpartition("-")
            if number == str(self.number):
                came.setdefault(name, []).append(copy)
            elif copy.rcpt.startswith(self.role.replace("@", "+")) or copy.rcpt == self.role:
                came.setdefault(copy.rcpt, []).append(copy)
        return came
