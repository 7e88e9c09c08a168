# SPDX-License-Identifier: BSD-2-Clause
"""Others use the database at the same moment."""
from concurrent.futures import ThreadPoolExecutor

import pytest


@pytest.fixture
def busy(office):
    """Somebody holds the database, for as long as the test runs."""
    office.ticket()
    connection = office.connect()
    connection.execute("BEGIN EXCLUSIVE")
    connection.execute("UPDATE ticket SET subject = 'not committed'")
    yield office
    connection.execute("ROLLBACK")
    connection.close()


@pytest.mark.parametrize(
    "line",
    [
        ["department", "add", "sales", "--address", "sales@example.com"],
        ["ticket", "close", "1"],
        ["member", "edit", "support"],
    ],
)
def test_busy(busy, line, folder):
    editor = folder / "editor"
    editor.write_text('#!/bin/sh\necho max@example.com >>"$1"\n')
    editor.chmod(0o755)
    result = busy.run(*line, env={"EDITOR": str(editor), "TMPDIR": str(folder)})
    assert (result.code, result.out) == (75, ""), result
    assert result.err.startswith("counterfoil: ") and "locked" in result.err


def test_reading_goes_on(busy):
    (row,) = busy.ok("ticket", "list").rows
    assert row[-1] == "Printer on fire"
    busy.ok("ticket", "show", "1")
    assert busy.run("check").rows[3][0] == "ok"


def test_a_lock_that_is_given_back_in_time(office):
    number = office.ticket()
    connection = office.connect()
    connection.execute("BEGIN EXCLUSIVE")
    with ThreadPoolExecutor(1) as pool:
        closing = pool.submit(office.ok, "ticket", "close", str(number))
        assert not closing.done()
        connection.execute("COMMIT")
        assert closing.result().code == 0
    connection.close()


def test_only_one_of_two_wins(office):
    number = str(office.ticket())
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda _: office.run("ticket", "close", number), range(2)))
    assert sorted(one.code for one in done) == [0, 1], done
    assert "is closed already" in done[0].err + done[1].err
    assert len(office.events("closed")) == 1


def test_the_same_department_twice(site):
    line = ["department", "add", "support", "--address", "support@example.com"]
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: site.run(*line), range(4)))
    assert sorted(one.code for one in done) == [0, 1, 1, 1], done
    assert len(site.ok("department", "list").rows) == 1


def test_many_commands_at_once(office):
    numbers = [office.ticket() for _ in range(12)]
    with ThreadPoolExecutor(6) as pool:
        done = list(
            pool.map(lambda n: office.run("ticket", "take", str(n), "--as", "jane"), numbers)
        )
    assert [one.code for one in done] == [0] * 12, done
    assert len(office.events("assigned")) == 12


def test_init_twice_at_once(bare):
    line = ["init", "--tag", "Example", "--postmaster", "postmaster@example.com"]
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: bare.run(*line), range(4)))
    assert sorted(one.code for one in done) == [0, 1, 1, 1], done
    bare.ok("department", "list")
