# SPDX-License-Identifier: BSD-2-Clause
"""Fixtures that start filters, end them whatever happens, and show their logs when a test fails."""

import dataclasses
import itertools
import os
import sys
from pathlib import Path

import pytest

from filter import Filter
from outbox import Outbox
from peer import Peer

alive = []
leaving = []

# Whatever a sanitizer finds goes to the log, where stop() looks for it.
os.environ.setdefault("TSAN_OPTIONS", f"suppressions={Path(__file__).parent}/tsan.supp")
# GLib's own allocator hands memory from thread to thread in a way that no sanitizer sees.
os.environ.setdefault("G_SLICE", "always-malloc")


@dataclasses.dataclass(frozen=True)
class Desk:
    """A department of a test's own, with two members."""

    name: str
    address: str
    jane: str
    joe: str

    def __str__(self):
        return self.address


@pytest.fixture(autouse=True, scope="session")
def goodbye(request):
    """All filters stop at the same time; those that did not stop well are told of at the end."""
    yield
    problems = []
    for filter in leaving:
        try:
            filter.left()
        except AssertionError as error:
            problems.append(str(error))
    if problems and request.session.shouldfail:
        # A run that ends at the first failure has nowhere to put another one.
        print("\n\n".join(problems), file=sys.stderr)
    elif problems:
        pytest.fail("\n\n".join(problems), pytrace=False)


def end(filter):
    alive.remove(filter)
    filter.leave()
    leaving.append(filter)


@pytest.fixture
def new_filter(request):
    """Call it with Filter's arguments: a running filter, for this test alone."""
    made = []

    def make(start=True, kind=Filter, **options):
        filter = kind(name=request.node.nodeid, **options)
        made.append(filter)
        alive.append(filter)
        return filter.start() if start else filter.prepare()

    yield make
    for filter in made:
        end(filter)


@pytest.fixture(scope="session")
def shared():
    """A running filter for many tests with departments of their own."""
    filter = Filter(name="many tests")
    alive.append(filter)
    yield filter.start()
    end(filter)


numbers = itertools.count(1)


@pytest.fixture(scope="session")
def new_desk():
    """Call it with a filter: a department there, with two members."""

    def make(filter):
        name = f"desk{next(numbers)}"
        jane, joe = f"jane.{name}@example.test", f"joe.{name}@example.test"
        return Desk(name, filter.department(name, jane, joe), jane, joe)

    return make


@pytest.fixture(scope="session")
def common_desk(shared, new_desk):
    """For tests to which it makes no difference what else is there."""
    return new_desk(shared)


@pytest.fixture
def desk(shared, new_desk):
    return new_desk(shared)


@pytest.fixture
def peer():
    """A mail server of a test's own; see peer.Peer."""
    with Peer() as peer:
        yield peer


@pytest.fixture
def new_courier(new_filter):
    """Call it with a peer: a filter whose courier hands its mail over there; filter.outbox."""

    def make(peer, url=None, start=True, **mail):
        settings = {"mail": {"submit": url or peer.url, **mail}}
        filter = new_filter(start=start, settings=settings)
        filter.outbox = Outbox(filter.database)
        return filter

    return make


@pytest.fixture(scope="session")
def courier():
    """Both for many tests, which only look at what arrives: filter, peer."""
    with Peer() as peer:
        filter = Filter(name="many tests of the courier", settings={"mail": {"submit": peer.url}})
        filter.outbox = Outbox(filter.database)
        alive.append(filter)
        yield filter.start(), peer
        end(filter)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.failed and call.when != "teardown":
        for filter in alive:
            report.sections.append((f"the filter of {filter.name}, end of its log", filter.log()[-6000:]))
