# SPDX-License-Identifier: BSD-2-Clause
"""A message in the hands of a mail server, which does to it what a filter asks.

Only what was seen on the real ones: Postfix counts headers anew after each that is deleted,
Sendmail does not, and makes a deleted one again when it is changed; an index past the last one
appends on Postfix, and stands before the others on Sendmail.
"""

from milter import path, split


class Mail:
    """sender, rcpts (without brackets) and headers (name, value) before and after apply()."""

    def __init__(self, sender, rcpts, message, mta="postfix"):
        self.sender = sender
        self.rcpts = [rcpts] if isinstance(rcpts, str) else list(rcpts)
        self.slots = [[name, value] for name, value in split(message)[0]]
        self.shifts = mta == "postfix"

    @property
    def headers(self):
        return [(name, value) for name, value in self.slots if value is not None]

    def values(self, name):
        return [value for found, value in self.headers if found.lower() == name.lower()]

    def value(self, name):
        """The value of a header that stands exactly once; None where it does not stand."""
        values = self.values(name)
        assert len(values) < 2, f"{len(values)} headers {name}"
        return values[0] if values else None

    def apply(self, edits):
        for edit in edits:
            getattr(self, "do_" + edit.kind)(edit)
        return self

    def _slots(self, name):
        return [
            slot
            for slot in self.slots
            if slot[0].lower() == name.lower() and (slot[1] is not None or not self.shifts)
        ]

    def do_add(self, edit):
        self.slots.append([edit.name, edit.value])

    def do_change(self, edit):
        slots = self._slots(edit.name)
        index = max(edit.index, 1)
        if index <= len(slots):
            slot = slots[index - 1]
            slot[:] = [edit.name if edit.value is not None else slot[0], edit.value]
        elif edit.value is not None:
            first = self.slots.index(slots[0]) if slots and not self.shifts else len(self.slots)
            self.slots.insert(first, [edit.name, edit.value])

    def do_sender(self, edit):
        self.sender = edit.name.strip("<>")

    def do_rcpt(self, edit):
        self.rcpts.append(edit.name.strip("<>"))

    def do_norcpt(self, edit):
        self.rcpts = [rcpt for rcpt in self.rcpts if path(rcpt) != path(edit.name)]


def check_form(edits):
    """What holds for every edit, whatever it says."""
    for edit in edits:
        if edit.value is not None:
            line = f"{edit.name}:{edit.value}"
            assert edit.value.startswith(" "), repr(edit)
            assert "\r" not in line and "\0" not in line, repr(edit)
            assert line.isascii(), repr(edit)
            lines = line.split("\n")
            assert all(part[:1] in (" ", "\t") and part.strip() for part in lines[1:]), repr(edit)
            assert max(map(len, lines)) < 998, repr(edit)
    kinds = [edit.kind for edit in edits]
    order = ["add", "change", "insert"], ["sender"], ["rcpt"], ["norcpt"]
    places = [next(i for i, group in enumerate(order) if kind in group) for kind in kinds]
    assert places == sorted(places), f"out of order: {kinds}"
    added = [edit.name.lower() for edit in edits if edit.kind == "rcpt"]
    assert len(added) == len(set(added)), f"added twice: {added}"


def check_deletions(edits, message):
    """Of several headers of one name the last is deleted first, and none that is not there."""
    counts = {}
    for name, _ in split(message)[0]:
        counts[name.lower()] = counts.get(name.lower(), 0) + 1
    for edit in edits:
        if edit.kind == "change":
            name = edit.name.lower()
            assert 1 <= edit.index <= counts.get(name, 0), f"no such header: {edit}"
            if edit.value is None:
                assert edit.index == counts[name], f"not the last one: {edit}"
                counts[name] -= 1
