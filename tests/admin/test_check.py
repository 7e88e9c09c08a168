# SPDX-License-Identifier: BSD-2-Clause
"""`counterfoil check`: each thing that can be wrong is found, and the cure is named."""
import os
import socket
import struct
import subprocess
import threading
import time

import pytest

from conftest import BUILD, DEADLINE_S, environment


class Filter:
    """Listens where the filter should, and does what `answer` says with each connection."""

    def __init__(self, listener, answer):
        self.listener = listener
        self.answer = answer
        self.got = []
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(DEADLINE_S)
                self.answer(self, connection)

    def stop(self):
        """Ends when the last connection has."""
        if self.thread.is_alive():
            self.listener.shutdown(socket.SHUT_RDWR)
            self.thread.join(DEADLINE_S)
        self.listener.close()


def packet(command, data=b""):
    return struct.pack(">I", 1 + len(data)) + command + data


def receive(connection):
    def exactly(size):
        data = b""
        while len(data) < size:
            more = connection.recv(size - len(data))
            if not more:
                return data
            data += more
        return data

    head = exactly(4)
    return exactly(struct.unpack(">I", head)[0]) if len(head) == 4 else b""


def milter(self, connection):
    self.got.append(receive(connection))
    connection.sendall(packet(b"O", struct.pack(">III", 6, 0x11, 0)))
    self.got.append(receive(connection))


@pytest.fixture
def listen(office):
    """Starts a filter at the office's socket."""
    running = []

    def start(answer=milter, listener=None):
        if listener is None:
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(str(office.socket))
            os.chmod(office.socket, 0o777)
        listener.listen()
        running.append(Filter(listener, answer))
        return running[-1]

    yield start
    for one in running:
        one.stop()


def findings(result):
    return {(row[0], row[1]): row[2] for row in result.rows}


def only(result, kind):
    return {what: text for (found, what), text in findings(result).items() if found == kind}


def test_all_is_well(office, listen):
    filter_ = listen()
    result = office.ok("check")
    assert only(result, "error") == {}
    assert list(only(result, "warning")) == ["role map"], "none is configured"
    assert only(result, "ok") == {
        "configuration": str(office.conf),
        "folder": str(office.database.parent),
        "key": str(office.key),
        "database": f"{office.database}, tag Example",
        "postmaster": "postmaster@example.com",
        "department": "support: support@example.com, 2 members",
        "filter": f"answers at unix:{office.socket}",
    }
    filter_.stop()
    assert filter_.got == [b"O" + struct.pack(">III", 6, 0x1FF, 0x1FFFFF), b"Q"]


def test_json(office, listen):
    listen()
    objects = office.ok("check", "--json").objects
    assert all(list(one) == ["type", "result", "what", "text"] for one in objects)
    assert {one["type"] for one in objects} == {"check"}
    assert {one["result"] for one in objects} == {"ok", "warning"}


def test_the_real_filter(office):
    """As built beside the command line."""
    office.configure(archive="[log]\nto = stderr")
    daemon = subprocess.Popen(
        [BUILD / "counterfoil-milter", "--config", office.conf],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    try:
        deadline = time.monotonic() + DEADLINE_S
        while not office.socket.exists() and daemon.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        result = office.ok("check")
        assert only(result, "ok")["filter"] == f"answers at unix:{office.socket}"
    finally:
        daemon.terminate()
        daemon.communicate(timeout=DEADLINE_S)


def test_inet(office, listen):
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    office.conf.write_text(
        office.conf.read_text().replace(f"unix:{office.socket}", f"inet:{port}@127.0.0.1")
    )
    listen(listener=listener)
    assert only(office.ok("check"), "ok")["filter"] == f"answers at inet:{port}@127.0.0.1"


def error_of(office, what):
    result = office.run("check")
    assert result.code == 1, result
    errors = only(result, "error")
    assert what in errors, result
    assert result.err == f"counterfoil: {len(errors)} error{'s were' if len(errors) > 1 else ' was'} found\n"
    return errors[what]


def test_no_filter(office):
    error = error_of(office, "filter")
    assert "does not answer" in error and "is counterfoil-milter running?" in error
    assert "No such file or directory" in error


def test_nobody_listens(office):
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(office.socket))
    assert "Connection refused" in error_of(office, "filter")


def test_a_filter_that_hangs(office, listen):
    listen(lambda self, connection: connection.recv(1000) and connection.recv(1000))
    assert "it takes connections, but does not answer" in error_of(office, "filter")


def test_a_filter_that_hangs_up(office, listen):
    listen(lambda self, connection: receive(connection))
    assert "it hung up without an answer" in error_of(office, "filter")


@pytest.mark.parametrize(
    "answer",
    [
        b"220 mail.example.com ESMTP\r\n" + b"x" * 20,
        packet(b"O", struct.pack(">III", 99, 0, 0)),
        packet(b"X", struct.pack(">III", 6, 0, 0)),
        packet(b"O", b"") + b"\0" * 20,
    ],
)
def test_something_else_answers(office, listen, answer):
    listen(lambda self, connection: (receive(connection), connection.sendall(answer)))
    assert "something else than a mail filter" in error_of(office, "filter")


def test_before_init(bare):
    result = bare.run("check")
    assert result.code == 1
    errors = only(result, "error")
    assert set(errors) == {"folder", "key", "database", "filter"}
    assert "counterfoil init" in errors["key"] and "counterfoil init" in errors["database"]
    assert not bare.database.exists()


def test_wrong_configuration(office):
    office.configure(milter="sockt = x")
    result = office.run("check")
    assert (result.code, result.out) == (78, ""), result
    assert "did you mean socket?" in result.err


def test_another_key(office, listen):
    listen()
    office.key.write_bytes(os.urandom(32))
    assert "not the one that the database was made with" in error_of(office, "key")


@pytest.mark.parametrize(
    "damage, said",
    [
        (lambda key: key.unlink(), "bring it back"),
        (lambda key: key.write_bytes(b"short"), "32 bytes"),
        (lambda key: key.chmod(0o644), "chmod 0600"),
    ],
)
def test_a_key_that_is_unfit(office, listen, damage, said):
    listen()
    damage(office.key)
    assert said in error_of(office, "key")
    result = office.run("ticket", "list")
    assert result.code in (1, 78) and said.split()[-1] in result.err + said, result


def test_a_database_open_to_others(office, listen):
    listen()
    office.database.chmod(0o644)
    assert "chmod 0640" in error_of(office, "database")
    assert office.run("department", "list").code == 78


def test_a_folder_open_to_others(office, listen):
    listen()
    office.database.parent.chmod(0o755)
    result = office.ok("check")
    assert f"chmod 0750 {office.database.parent}" in only(result, "warning")["folder"]


def test_no_database_of_ours(office, listen):
    listen()
    for path in office.database.parent.glob("archive.db*"):
        path.unlink()
    office.database.write_bytes(b"not a database at all" * 100)
    office.database.chmod(0o640)
    assert str(office.database) in error_of(office, "database")
    assert office.run("department", "list").code == 78


def test_a_newer_schema(office, listen):
    listen()
    office.sql("PRAGMA user_version = 999")
    assert "newer Counterfoil" in error_of(office, "database")
    assert office.run("department", "list").code == 78


def test_a_damaged_database(office, listen):
    listen()
    number = office.ticket()
    for n in range(50):
        office.message(number, raw=os.urandom(20_000))
    office.sql("PRAGMA wal_checkpoint(TRUNCATE)")
    size = office.database.stat().st_size
    with open(office.database, "r+b") as file:
        for page in range(40, size // 4096, 3):
            file.seek(page * 4096)
            file.write(b"\xff" * 64)
    assert "damaged" in error_of(office, "database")


def test_init_that_was_not_finished(office, listen):
    listen()
    office.sql("DELETE FROM site")
    assert "`counterfoil init` was not finished" in error_of(office, "database")


def test_postmaster_that_is_a_role(office, listen):
    listen()
    office.sql("UPDATE site SET postmaster = 'support@example.com'")
    error = error_of(office, "postmaster")
    assert "mail would go round" in error
    assert "counterfoil department address support remove support@example.com" in error


def test_departments(site):
    warnings = only(site.run("check"), "warning")
    assert "counterfoil department add" in warnings["department"]
    site.ok("department", "add", "support", "--address", "support@example.com")
    warnings = only(site.run("check"), "warning")
    assert warnings["department"].startswith("support: nobody is in it")
    assert "`counterfoil member add support ADDRESS`" in warnings["department"]


def test_hours_that_can_not_be_read_any_more(office, listen):
    listen()
    office.sql("UPDATE department SET hours = 'Mon-Fri 09:00-17:30 Gone/City' WHERE name = 'support'")
    assert error_of(office, "department") == (
        "support: hours: no time zone `Gone/City` is known here; "
        "they are called `Europe/Berlin` or `UTC`"
    )


def test_nobody_is_answered_within_a_year(office, listen):
    listen()
    office.sql("UPDATE department SET hours = 'Mon 09:00-09:01 UTC' WHERE name = 'support'")
    assert "department" not in only(office.ok("check"), "warning"), "nothing is promised"
    office.sql("UPDATE department SET expected = '1h' WHERE name = 'support'")
    assert only(office.ok("check"), "warning")["department"] == (
        "support: by its hours, nobody would be answered within a year; "
        "`counterfoil department set support hours HOURS`"
    )


@pytest.fixture
def mapped(office, folder, listen):
    postfix = folder / "postfix"
    postfix.mkdir()
    (postfix / "main.cf").write_text("default_database_type = hash\ncompatibility_level = 3.6\n")
    (postfix / "master.cf").touch()
    office.configure(role_map=f"postfix:{office.map}")
    office.ok("map", "postfix", "--write", env={"MAIL_CONFIG": str(postfix)})
    listen()
    return office


def test_role_map(mapped):
    result = mapped.ok("check")
    assert only(result, "warning") == {}
    assert only(result, "ok")["role map"] == f"{mapped.map}, 2 addresses"


@pytest.mark.parametrize(
    "damage, said",
    [
        (lambda path: path.unlink(), "No such file"),
        (lambda path: path.write_text("support@example.com elsewhere\n"), "does not say what"),
        (lambda path: path.with_name("roles.db").unlink(), "missing or too old"),
        (lambda path: os.utime(path.with_name("roles.db"), (1, 1)), "missing or too old"),
    ],
)
def test_role_map_that_is_wrong(mapped, damage, said):
    damage(mapped.map)
    error = error_of(mapped, "role map")
    assert said in error and error.endswith("`counterfoil map postfix --write`")


def test_role_map_behind_the_database(mapped):
    mapped.sql("INSERT INTO role_address (address, department_id) VALUES ('x@example.com', 1)")
    assert "does not say what the database says" in error_of(mapped, "role map")
