# SPDX-License-Identifier: BSD-2-Clause
"""Fixtures that start private mail servers and filters, end them whatever happens, and show their
logs when a test fails."""

import contextlib
import os
import types

import pytest

from desk import FORM, Desk
from lab import Counterfoil, Postfix
from neighbours import Neighbours
from setup import Setup

alive = []


@contextlib.contextmanager
def kept(server):
    """The started server; ends it, and knows it while it lives."""
    alive.append(server)
    try:
        with server:
            yield server
    finally:
        alive.remove(server)


@pytest.fixture(autouse=True, scope="session")
def must_be_root():
    """Postfix's master process runs as root only; without it nothing here can be tested."""
    if os.geteuid() != 0:
        pytest.fail("tests/mta start a Postfix of their own: run them as root", pytrace=False)


@pytest.fixture
def new_postfix():
    """Call it with Postfix's arguments: a running Postfix, for this test alone."""
    with contextlib.ExitStack() as stack:
        yield lambda **options: stack.enter_context(kept(Postfix(**options)))


@pytest.fixture
def new_site():
    """Call it with Counterfoil's arguments: a running filter, for this test alone."""
    with contextlib.ExitStack() as stack:
        yield lambda **options: stack.enter_context(kept(Counterfoil(**options)))


@pytest.fixture(scope="module")
def new_pair():
    """Call it with Counterfoil's arguments (and main, for Postfix): both, set up for each other and
    running, until the end of the test file."""
    with contextlib.ExitStack() as stack:

        def start(main=None, **options):
            postfix = stack.enter_context(kept(Postfix(main=main)))
            site = stack.enter_context(kept(Counterfoil(to=postfix, **options)))
            done = postfix.configure("apply", site.conf)
            assert done.returncode == 0, done.stderr
            return types.SimpleNamespace(postfix=postfix, site=site)

        yield start


@pytest.fixture(scope="session")
def shared():
    """A Postfix with a Counterfoil set up in it, for many tests with addresses of their own:
    shared.postfix and shared.site."""
    mail = {"trusted_networks": "192.0.2.0/24", "form_senders": FORM}
    settings = {"mail": mail}
    with kept(Postfix()) as postfix, kept(Counterfoil(to=postfix, settings=settings)) as site:
        done = postfix.configure("apply", site.conf)
        assert done.returncode == 0, done.stderr
        yield types.SimpleNamespace(postfix=postfix, site=site)


@pytest.fixture(scope="module")
def neighbours():
    """Two sites that write to each other; see neighbours.Neighbours."""
    with Neighbours() as both:
        servers = [both.home.postfix, both.home.site, both.away.postfix, both.away.site]
        alive.extend(servers)
        yield both
        for server in servers:
            alive.remove(server)


@pytest.fixture
def desk(shared):
    """A department of its own for one test, on the shared servers; see desk.Desk."""
    return Desk(shared)


@pytest.fixture
def setup():
    """A Postfix that is not started, with a counterfoil.conf for it."""
    made = Setup()
    yield made
    made.postfix.stop()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.failed and call.when != "teardown":
        for server in alive:
            name = type(server).__name__
            report.sections.append((f"{name}'s log, the end", server.log()[-6000:]))
