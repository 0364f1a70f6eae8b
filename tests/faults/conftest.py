# SPDX-License-Identifier: Apache-2.0

"""What the tests of faults ask for."""

import importlib.metadata
import sqlite3

import pytest

from cadf_audit.trail.engine import open_engine
from cadf_audit.trail.upgrade import upgrade
from tests.faults.bus import Bus
from tests.faults.bus import FileBus
from tests.faults.record import LONG
from tests.faults.record import record
from tests.servers.process import temporary_directory


@pytest.fixture
def promise(request):
    """Write down how a promise was kept, before the test judges it."""

    def tell(text, tries, lost, **versions):
        record(text, request.node.name, tries, lost, **versions)

    return tell


@pytest.fixture
def directory():
    """An empty directory that servers may write to."""
    with temporary_directory('faults') as path:
        yield path


@pytest.fixture(params=['sqlite', 'postgresql'])
def url(request, directory):
    """Lead to a trail that is empty."""
    if request.param == 'sqlite':
        url = f'sqlite:///{directory}/trail.db'
    else:
        server = request.getfixturevalue('postgresql')
        url = server.url(server.add_database())
    engine = open_engine(url)
    upgrade(engine)
    engine.dispose()
    return url


@pytest.fixture(scope='session')
def durable_url(rabbitmq):
    """Lead to a virtual host in which all queues are durable."""
    return rabbitmq.url(rabbitmq.add_vhost())


@pytest.fixture
def queue(request, durable_url):
    """A durable queue of this test's own."""
    return _queue(request, durable_url)


@pytest.fixture(scope='session')
def versions(request):
    """The versions that a promise about servers depends on."""
    versions = {
        name: importlib.metadata.version(name)
        for name in ('oslo.messaging', 'gunicorn')
    }
    if LONG:
        versions['RabbitMQ'] = request.getfixturevalue('rabbitmq').version
    return versions


@pytest.fixture
def trail_versions(request):
    """From a database to the versions that a promise about it depends on."""

    def tell(engine):
        versions = {
            name: importlib.metadata.version(name)
            for name in ('SQLAlchemy', 'kombu')
        }
        if LONG and 'rabbitmq' in request.fixturenames:
            versions['RabbitMQ'] = request.getfixturevalue('rabbitmq').version
        if engine.dialect.name == 'sqlite':
            return versions | {'SQLite': sqlite3.sqlite_version}
        with engine.connect() as connection:
            version = connection.exec_driver_sql('SHOW server_version')
            return versions | {'PostgreSQL': version.scalar().split()[0]}

    return tell


@pytest.fixture
def bus(request, directory):
    """A bus of this test's own.

    The real broker where there is time for it. Else a file, so that these
    tests run beside those of the broker.
    """
    if not LONG:
        return FileBus(directory)
    return _queue(request, request.getfixturevalue('durable_url'))


def _queue(request, url):
    bus = Bus(url, request.node.name.replace('[', '-').strip(']'))
    bus.declare()
    return bus
