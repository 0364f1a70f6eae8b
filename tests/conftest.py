# SPDX-License-Identifier: Apache-2.0

"""The servers that tests ask for, and what no test may let out.

A test that needs something this machine lacks skips with the sentence
``needs SERVER: how to get it``. Where nothing may be skipped, as in CI, set
``CADF_AUDIT_NO_SKIP=1``: then each skip, whatever its reason, is a failure.

The requests of all tests hold secrets: see :mod:`tests.canaries`. A test that
lets one out fails: see :mod:`tests.canary_watch`.
"""

import collections
import logging
import os

import hypothesis
import pytest

from tests.canaries import leave_out
from tests.canary_watch import look_at_files
from tests.canary_watch import WATCH
from tests.canary_watch import watching
from tests.servers.postgresql import PostgreSQL
from tests.servers.process import temporary_directory
from tests.servers.rabbitmq import RabbitMQ

# So that a comparison which fails says what differs.
pytest.register_assert_rewrite('tests.services.trial')

# How long an example takes says how busy the machine is.
hypothesis.settings.register_profile('unhurried', deadline=None)
hypothesis.settings.load_profile('unhurried')


@pytest.fixture(scope='session', autouse=True)
def watched(tmp_path_factory):
    """Look for canaries in all that the package lets out in this run.

    :returns: the directories that were looked through
    """
    known = set()
    with watching():
        yield known
    # What tests share, and what its end has let out.
    for path in tmp_path_factory.getbasetemp().iterdir():
        if path not in known and not path.is_symlink():
            look_at_files(WATCH, path)
    _refuse_canaries()


@pytest.fixture(autouse=True)
def no_canary(request, watched):
    """Fail a test that lets out a secret of its requests."""
    yield
    path = request.node.funcargs.get('tmp_path')
    if path is not None:
        watched.add(path)
        look_at_files(WATCH, path)
    _refuse_canaries()


def _refuse_canaries():
    seen = WATCH.take()
    assert [] == seen, 'secrets of requests came out'


# First, because fixtures send requests as well.
@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """Let a test say what its requests are not to hold."""
    leave_out(item.nodeid)


@pytest.fixture(scope='session')
def rabbitmq():
    """A broker of this test run's own."""
    if not RabbitMQ.is_installed():
        pytest.skip('needs RabbitMQ: apt-get install rabbitmq-server')
    with temporary_directory('rabbitmq') as directory:
        broker = RabbitMQ(directory)
        yield broker
        # Notifiers outlive their tests, and would write to stderr from now on
        # that the broker is gone.
        logging.getLogger('oslo.messaging').addHandler(logging.NullHandler())
        broker.stop()


@pytest.fixture(scope='session')
def postgresql():
    """A PostgreSQL of this test run's own; who kills it starts it again."""
    if not PostgreSQL.is_installed():
        pytest.skip('needs PostgreSQL: apt-get install postgresql')
    with temporary_directory('postgresql') as directory:
        server = PostgreSQL(directory)
        yield server
        server.stop()


@pytest.fixture(scope='session')
def bus_url(rabbitmq):
    """Lead to a virtual host that is nobody else's.

    The tests keep apart by topic: a virtual host costs most of a second.
    """
    return rabbitmq.url(rabbitmq.add_vhost())


@pytest.fixture
def topic(request):
    """Name a topic that only this test uses."""
    return request.node.name


def pytest_configure(config):
    """Let a connection to the broker go when its test has been forgotten.

    A notifier keeps its connections as long as it lives, and leaves one that
    broke to the garbage collector, in whichever test that runs.
    """
    config.addinivalue_line(
        'filterwarnings', 'ignore:unclosed <socket:ResourceWarning'
    )


# First, because pytest-xdist reads the groups in the same hook.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Let one worker of pytest-xdist have the broker and all its tests."""
    if not config.pluginmanager.hasplugin('xdist'):
        return
    for item in items:
        if 'rabbitmq' in getattr(item, 'fixturenames', ()):
            item.add_marker(pytest.mark.xdist_group('rabbitmq'))


# Both hooks run where the test runs, so a worker of pytest-xdist reports the
# failure like any other.
@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    """Refuse a test that skipped, where nothing may be skipped."""
    report = yield
    # A test that fails as expected is reported as skipped too.
    return report if hasattr(report, 'wasxfail') else _refuse_skip(report)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report():
    """Refuse a file that skipped, where nothing may be skipped."""
    report = yield
    return _refuse_skip(report)


def _refuse_skip(report):
    if report.skipped and os.environ.get('CADF_AUDIT_NO_SKIP') == '1':
        report.outcome = 'failed'
        report.longrepr = (
            f'{_reason(report)}; CADF_AUDIT_NO_SKIP=1 allows no skip'
        )
    return report


def _reason(report):
    _path, _line, message = report.longrepr
    return message.removeprefix('Skipped: ')


def pytest_terminal_summary(terminalreporter):
    """Tell which servers are missing, how to get them, what that cost."""
    reasons = collections.Counter(
        _reason(report) for report in terminalreporter.stats.get('skipped', ())
    )
    missing = [reason for reason in reasons if reason.startswith('needs ')]
    if not missing:
        return
    terminalreporter.section('skipped for lack of a server')
    for reason in sorted(missing):
        terminalreporter.line(f'{reasons[reason]} skipped: {reason}')
