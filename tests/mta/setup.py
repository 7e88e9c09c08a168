# SPDX-License-Identifier: BSD-2-Clause
"""A Postfix that is not started, for tests of what contrib/postfix/configure writes."""

import re

from lab import Postfix, write_role_map


class Setup:
    """A Postfix that is not started, and a counterfoil.conf for it."""

    def __init__(self):
        self.postfix = Postfix()
        self.postfix.prepare()
        self.etc = self.postfix.etc
        self.folder = self.postfix.folder / "site"
        self.folder.mkdir()
        self.conf = self.folder / "counterfoil.conf"
        self.write_conf()

    def write_conf(self, socket=None, role_map=None, delimiter=None, authserv_id=None):
        self.socket = socket or f"unix:{self.folder}/milter"
        self.roles = self.folder / "roles"
        if role_map is None:
            role_map = f"postfix:{self.roles}"
        lines = ["# a comment", "[milter]", f"socket = {self.socket}"]
        lines += ["[archive]", f"role_map={role_map}"]
        mail = {"recipient_delimiter": delimiter, "authserv_id": authserv_id}
        lines += ["[mail]", *(f"{key} = {value}" for key, value in mail.items() if value)]
        self.conf.write_text("\n".join(lines) + "\n")

    def configure(self, verb, *options):
        return self.postfix.configure(verb, self.conf, *options)

    def do(self, verb, *options):
        done = self.configure(verb, *options)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def write(self, name, text):
        (self.etc / name).write_bytes(text.encode("utf-8", "surrogateescape"))
        self.postfix.age(name)

    def append(self, text, name="main.cf"):
        self.write(name, self.read(name) + text)

    def read(self, name="main.cf"):
        return (self.etc / name).read_bytes().decode("utf-8", "surrogateescape")

    def files(self):
        return {
            file.name: (file.read_bytes(), file.stat().st_mode, file.stat().st_uid)
            for file in self.etc.iterdir()
        }

    def value(self, name):
        self.postfix.age("main.cf")
        return self.postfix.postconf("-h", name)

    def milter(self):
        return f"{{ {self.socket}, default_action=tempfail, protocol=6 }}"

    def jail(self, service):
        text = re.sub(rf"(?m)^({service} +unix +n -) n", r"\1 y", self.read("master.cf"))
        self.write("master.cf", text)

    def has_role(self):
        write_role_map(self.postfix, self.roles, "support@example.test")

    def map(self):
        return f"hash:{self.roles}"

    def route(self):
        return f"texthash:{self.etc}/counterfoil.transport"


def refused(done, *words):
    assert done.returncode == 1, done.stdout + done.stderr
    for word in words:
        assert word in done.stderr, done.stderr
