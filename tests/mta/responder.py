#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A mailbox that answers everything, as Postfix's pipe(8) runs it: the message on standard input.

    responder.py KIND LMTP-PORT SMTP-PORT SENDER RECIPIENT [COMMAND...]

The message is kept in the mailbox (LMTP-PORT). Then, by KIND:
polite  answers as RFC 3834 wants it: to the envelope sender, from the null sender, marked as what it
        is; and not at all to the null sender, nor to what is marked so itself
rude    answers whatever it is to Reply-To or From, in its own name, and says nothing of a machine
run     COMMAND has the message on standard input; it is a program that answers by itself
"""

import email
import email.message
import email.policy
import re
import smtplib
import subprocess
import sys


def reply_to(message, kind, sender, own):
    """Sender, recipient and headers of the answer to a message; None: there is none."""
    answer = email.message.EmailMessage(policy=email.policy.SMTP)
    if kind == "polite":
        silent = message.get("Auto-Submitted", "no").lower() != "no" or message.get("List-Id")
        if not sender or silent:
            return None
        to, back = sender, ""
        answer["Auto-Submitted"] = "auto-replied"
        answer["References"] = answer["In-Reply-To"] = message["Message-ID"]
    else:
        from_header = message.get("Reply-To") or message.get("From") or sender
        to, back = email.utils.parseaddr(from_header)[1], own
    answer["From"], answer["To"] = own, to
    answer["Subject"] = f"Re: {message.get('Subject', '')}"
    answer["Date"] = email.utils.formatdate()
    answer["Message-ID"] = email.utils.make_msgid(domain="away.test")
    answer.set_content("I am not here.\n")
    return back, to, answer


def main(kind, mailbox, server, sender, own, *command):
    data = re.sub(rb"\r?\n", b"\r\n", sys.stdin.buffer.read())
    with smtplib.LMTP("127.0.0.1", int(mailbox)) as lmtp:
        lmtp.sendmail(sender, [own], data)
    if kind == "run":
        return subprocess.run(command, input=data, check=False).returncode
    reply = reply_to(email.message_from_bytes(data, policy=email.policy.SMTP), kind, sender, own)
    if reply:
        with smtplib.SMTP("127.0.0.1", int(server)) as smtp:
            smtp.send_message(reply[2], reply[0], [reply[1]])
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
