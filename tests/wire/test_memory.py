# SPDX-License-Identifier: BSD-2-Clause
"""However large the messages are, the filter stays small."""

import random

import pytest

from filter import BUILD, mail, together

MIB = 1024 * 1024
SESSIONS = 10
SIZE = 20 * MIB
BOUND_MIB = 150


def test_large_messages_at_once(new_filter, new_desk, record_property):
    if any(word in (BUILD / "counterfoil-milter").read_bytes() for word in (b"__asan_init", b"__tsan_init")):
        pytest.skip("a sanitizer's own memory would be measured")
    filter = new_filter()
    desk = new_desk(filter)
    assert filter.send("kim@example.net", desk.address, mail()).accepted
    before = int(filter.status("VmHWM")[0]) / 1024
    # Text, since that is what is read: 20 MiB of it, in lines.
    line = random.Random(0).randbytes(36).hex().encode() + b"\r\n"
    body = line * (SIZE // len(line))

    def work(i):
        return filter.send("kim@example.net", desk.address, mail(f"Large {i}") + body)

    results = together(SESSIONS, work)
    assert all(result.accepted for result in results)
    after = int(filter.status("VmHWM")[0]) / 1024
    record_property("peak_mib", after)
    print(f"{SESSIONS} messages of {SIZE // MIB} MiB at once: {before:.0f} MiB before, {after:.0f} MiB at most")
    assert after < BOUND_MIB
    assert {row["size"] > SIZE - 1000 for row in filter.rows("SELECT size FROM message WHERE number > 1")} == {True}
