# SPDX-License-Identifier: BSD-2-Clause
"""All that a test with real mail servers needs, under one name.

    with Postfix() as postfix, Counterfoil(to=postfix) as site:
        site.department("support", "jane@example.test")
        postfix.configure("apply", site.conf)
        postfix.send("kim@example.net", "support@example.test", b"Subject: Help\\r\\n\\r\\n")
        copy = postfix.wait_mailbox("jane@example.test")[0]

Both end what they started, by its process id, and complain about what is left. With
COUNTERFOIL_KEEP set their folders stay, to be looked at; COUNTERFOIL_BUILD says where the programs
are if not at the top of the tree.
"""

from counterfoil import BUILD, CommandError, Counterfoil
from postfix import CONFIGURE, DOMAINS, KNOWN, Postfix, postconf, write_role_map
from process import Unready, answers, free_port, new_folder, wait_for
from sink import Delivery, Sink
from smtp import Client, Reply, Sent

__all__ = [
    "BUILD",
    "CONFIGURE",
    "DOMAINS",
    "KNOWN",
    "Client",
    "CommandError",
    "Counterfoil",
    "Delivery",
    "Postfix",
    "Reply",
    "Sent",
    "Sink",
    "Unready",
    "answers",
    "free_port",
    "new_folder",
    "postconf",
    "wait_for",
    "write_role_map",
]
