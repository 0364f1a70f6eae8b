# SPDX-License-Identifier: Apache-2.0

"""A row about notifications and code goes in, tried with two filters.

As in the rows about events, what each filter tells has to stand in its cell.
"""

import logging
import os
import re
import subprocess
import sys

from keystonemiddleware import audit as their_audit
from oslo_messaging.notify import _impl_test
import pytest

import cadf_audit
from tests.harness import answer
from tests.harness import call
from tests.harness import environ
from tests.migration.side_by_side import said
from tests.migration.side_by_side import see_ours
from tests.migration.side_by_side import see_theirs
from tests.pages import find_rows
from tests.pages import ROOT

PAGE = 'migration.rst'

# pycadf warns of each id that is no UUID.
pytestmark = pytest.mark.filterwarnings('ignore::UserWarning:pycadf')

MODULES = (their_audit, cadf_audit)

GONE = (
    'Service',
    'AuditMap',
    'OpenStackAuditApi',
    'ClientResource',
    'KeystoneCredential',
)


class Bench:
    """Where a row is tried.

    :param directory: for files
    :param caplog: what was logged
    """

    def __init__(self, directory, caplog):
        self.caplog = caplog
        self._conf = directory / 'service.conf'
        self._conf.write_text('')

    def serve(self, module, app=None, **options):
        """Send a request through a filter, without any configuration."""
        self.caplog.clear()
        options |= {
            'oslo_config_project': 'service',
            'oslo_config_file': str(self._conf),
        }
        call(
            module.AuditMiddleware(app or answer(), **options),
            environ(),
        )

    def notified(self, module, **options):
        """Return message and retry of what Oslo's test driver was given."""
        _impl_test.reset()
        self.serve(module, driver='test', **options)
        _, message, _, retry = _impl_test.NOTIFICATIONS[0]
        return message, retry

    def records(self, text):
        """Return the log records whose message has a text."""
        return [
            record
            for record in self.caplog.records
            if text in record.getMessage()
        ]


@pytest.fixture
def bench(tmp_path, caplog):
    """A place to try a row."""
    caplog.set_level(logging.INFO)
    return Bench(tmp_path, caplog)


def no_driver(bench):
    """Tell where events go without any configuration."""
    for module in MODULES:
        bench.serve(module)
        sent = bench.records('audit.http')
        yield 'the log' if sent else 'nothing is sent'


def publisher_id(bench):
    """Tell the publisher id of a service with a name."""
    argv, sys.argv = sys.argv, ['/usr/bin/program']
    try:
        for module in MODULES:
            message, _ = bench.notified(module, service_name='compute-api')
            yield message['publisher_id']
    finally:
        sys.argv = argv


def retry(bench):
    """Tell how often the notifier tries again."""
    for module in MODULES:
        yield str(bench.notified(module)[1])


def line(bench):
    """Tell how a line of the log begins."""
    for module in MODULES:
        bench.serve(module, use_oslo_messaging=False)
        text = bench.records('audit.http.request')[0].getMessage()
        text = re.sub(r'"message_id":".*', '"message_id": ...}', text)
        yield re.sub(r'Context: .*', 'Context: ...', text, flags=re.DOTALL)


def logger(bench):
    """Tell the logger of the events."""
    for module in MODULES:
        bench.serve(module, use_oslo_messaging=False)
        yield bench.records('audit.http.request')[0].name


def no_catalogue(bench):
    """Tell whether a missing catalogue is worth a line."""
    for module in MODULES:
        bench.serve(module, use_oslo_messaging=False)
        yield 'a warning' if bench.records('catalog') else 'no line'


def environ_entry(key):
    """Return what tells what the application finds in its environ."""

    def tell(bench):
        found = []

        def app(request, start_response):
            found.append(request.get(key))
            return answer()(request, start_response)

        for module in MODULES:
            bench.serve(module, app, use_oslo_messaging=False)
            kind = type(found[-1])
            if kind.__module__.startswith('pycadf'):
                yield f'an {kind.__name__} of pycadf'
            else:
                yield 'absent' if found[-1] is None else f'a {kind.__name__}'

    return tell


def gone(bench):
    """Tell whether the inside of the other filter is there."""
    for module in MODULES:
        present = {hasattr(module, name) for name in GONE}
        assert len(present) == 1
        yield 'there' if present.pop() else 'absent'


def options(bench):
    """Tell how many groups of options are listed."""
    for module in MODULES:
        groups = len(module.list_opts())
        yield {1: 'one group', 3: 'three groups'}[groups]


def registered(bench):
    """Tell whether the import of a filter registers its options."""
    for module in MODULES:
        code = (
            f'import {module.__name__} as it; it.AuditMiddleware;'
            'from oslo_config import cfg;'
            'print("audit_middleware_notifications" in cfg.CONF)'
        )
        done = subprocess.run(
            [sys.executable, '-W', 'ignore', '-c', code],
            env=os.environ | {'PYTHONPATH': str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        )
        yield {
            'True': 'registered at import',
            'False': 'not registered',
        }[done.stdout.strip()]


class Broken:
    """Something that no filter can read."""

    def __getitem__(self, key):
        raise ValueError('broken')


def own_error(bench):
    """Tell what an error of the filter costs."""
    for see in (see_theirs, see_ours):
        request = environ(
            HTTP_X_SERVICE_CATALOG='7', **{'keystone.token_info': Broken()}
        )
        seen = see(answer(), request)
        assert seen.lines
        yield {0: 'both events are lost', 2: 'both events are sent'}[
            len(seen.events)
        ]


ROWS = {
    'delivery-differences': {
        'no driver anywhere': no_driver,
        'publisher_id': publisher_id,
        'tries, unless retry is configured': retry,
        'use_oslo_messaging = false': line,
        'logger of these lines': logger,
        'a request without a catalogue': no_catalogue,
    },
    'code-differences': {
        "environ['cadf_event']": environ_entry('cadf_event'),
        "environ['audit.context']": environ_entry('audit.context'),
        ', '.join(GONE): gone,
        'list_opts()': options,
        'options on the global CONF': registered,
        'an error of the filter in a request': own_error,
    },
}


@pytest.mark.parametrize('table', ROWS)
def test_every_row_is_tried(table):
    """A table of the page has the rows that are tested, and no other."""
    assert [row[0] for row in find_rows(PAGE, table)] == list(ROWS[table])


@pytest.mark.parametrize(
    ('table', 'what', 'theirs', 'ours'),
    [(table, *row[:3]) for table in ROWS for row in find_rows(PAGE, table)],
)
def test_filters_differ_as_the_page_says(table, what, theirs, ours, bench):
    """Each filter does what stands in its cell of the row."""
    told = list(ROWS[table][what](bench))

    assert told[0] != told[1]
    assert said(told[0], theirs), told
    assert said(told[1], ours), told


@pytest.mark.parametrize(
    'name',
    [
        'AuditMiddleware',
        'filter_factory',
        'list_opts',
        'PycadfAuditApiConfigError',
    ],
)
def test_names_that_stay(name):
    """What a service takes from the other package is in ours as well."""
    assert hasattr(their_audit, name)
    assert hasattr(cadf_audit, name)


def test_context_that_is_gone_never_arrived():
    """Oslo gives its driver an empty context, whatever the filter gave it."""
    _impl_test.reset()

    for module in MODULES:
        call(module.AuditMiddleware(answer(), driver='test'), environ())

    assert [{}] * 4 == [sent[0] for sent in _impl_test.NOTIFICATIONS]
