# SPDX-License-Identifier: Apache-2.0

"""A claim of the pages about security and caveats in, tried out.

What other tests prove for each module is not repeated; here stands what the
pages say of the filter among its neighbours.
"""

import json
import logging

from oslo_config import cfg
from oslo_middleware import healthcheck
from oslo_middleware import http_proxy_to_wsgi
from oslo_middleware import request_id
from oslo_middleware import sizelimit
import pytest

from cadf_audit.middleware.skip import SkipRules
from tests.harness import answer
from tests.harness import audit
from tests.harness import audited
from tests.harness import call
from tests.harness import environ
from tests.harness import event_log
from tests.harness import EVENTS
from tests.pages import example_map
from tests.pages import find_rows
from tests.pages import read

GLOBAL_ID = 'req-4051b64f-b42a-4574-b5c4-bacdbe6e65bc'


def events_behind(middleware, request, **options):
    """Return the events of a request that passes another filter first."""
    with event_log() as log:
        call(middleware(audited(**options)), request)
    return log.events


def believing_proxies(app):
    """Return an application behind http_proxy_to_wsgi, switched on."""
    conf = cfg.ConfigOpts()
    conf([], default_config_files=[], default_config_dirs=[])
    middleware = http_proxy_to_wsgi.HTTPProxyToWSGI(app, conf)
    conf.set_override(
        'enable_proxy_headers_parsing', True, group='oslo_middleware'
    )
    return middleware


# Security


@pytest.mark.parametrize(
    ('header', 'value', 'address'),
    [
        ('HTTP_FORWARDED', 'for=9.9.9.9, for=203.0.113.9', '9.9.9.9'),
        ('HTTP_X_FORWARDED_FOR', '9.9.9.9, 203.0.113.9', '203.0.113.9'),
    ],
)
def test_http_proxy_to_wsgi_before_the_filter(header, value, address):
    """The first of Forwarded, the last of X-Forwarded-For is the address."""
    pending, final = events_behind(
        believing_proxies, environ(**{header: value})
    )

    assert address == pending['initiator']['host']['address']
    assert address == final['initiator']['host']['address']


@pytest.mark.parametrize('header', ['HTTP_FORWARDED', 'HTTP_X_FORWARDED_FOR'])
def test_http_proxy_to_wsgi_behind_the_filter(header):
    """With the filter before it, the peer is the address."""
    app = believing_proxies(answer())

    _, _, final = audit(app, environ(**{header: 'for=9.9.9.9'}))

    assert '192.0.2.7' == final['initiator']['host']['address']


def test_host_chooses_among_the_services():
    """A client chooses which service of the catalogue is the target."""
    catalog = [
        {
            'type': name,
            'name': name,
            'endpoints': [{'publicURL': f'http://{name}'}],
        }
        for name in ('compute', 'image')
    ]

    names = [
        audit(
            answer(),
            environ(
                HTTP_HOST=host, HTTP_X_SERVICE_CATALOG=json.dumps(catalog)
            ),
        )[2]['target']['name']
        for host in ('compute', 'image', 'elsewhere')
    ]

    assert ['compute', 'image', 'unknown'] == names


@pytest.mark.parametrize('sent', [GLOBAL_ID, 'req-1'])
def test_global_request_id_is_a_claim(sent):
    """It is the client's to choose, if it has the form; request_id is not."""
    request = environ(HTTP_X_OPENSTACK_REQUEST_ID=sent)

    _, final = events_behind(request_id.RequestId, request)

    claimed = sent if sent == GLOBAL_ID else None
    assert claimed == final['initiator'].get('global_request_id')
    assert sent != final['initiator']['request_id']


def test_line_of_the_log_cannot_be_broken():
    """Whatever a client sends, an event is one line of plain ASCII."""
    records = []

    class Keep(logging.Handler):
        """Keep what is logged."""

        def emit(self, record):
            """Keep a record."""
            records.append(record.getMessage())

    handler = Keep()
    EVENTS.addHandler(handler)
    EVENTS.setLevel(logging.INFO)
    try:
        call(
            audited(),
            environ(
                'G\nT',
                '/a\r\nb\x85\u2028',
                QUERY_STRING='a\nb=\x1b[31m',
                HTTP_USER_AGENT='x\r\n{"forged": 1}\x00\x7f',
            ),
        )
    finally:
        EVENTS.removeHandler(handler)
        EVENTS.setLevel(logging.NOTSET)

    assert 2 == len(records)
    for line in records:
        assert line.isascii()
        assert [line] == line.splitlines()
        assert '\x1b' not in line


def test_no_header_but_those_that_are_documented():
    """A service token, roles and cookies leave no trace."""
    request = environ(
        HTTP_X_SERVICE_TOKEN='trace-1',
        HTTP_X_SERVICE_USER_ID='trace-2',
        HTTP_X_ROLES='trace-3',
        HTTP_COOKIE='trace-4',
        HTTP_AUTHORIZATION='trace-5',
        HTTP_X_AUTH_TOKEN='trace-6',
        HTTP_REFERER='trace-7',
    )

    _, pending, final = audit(answer(), request)

    assert 'trace' not in json.dumps([pending, final])


def test_tables_name_what_is_and_is_not_possible():
    """Both tables about clients have rows with an answer each."""
    for table in ('trust', 'client-cannot', 'client-can'):
        rows = find_rows('security.rst', table)
        assert len(rows) > 5
        assert all(all(row) for row in rows)


# Caveats


def test_prefix_that_a_proxy_strips_is_not_there():
    """X-Forwarded-Prefix alone changes nothing, a mount point does."""
    header = {'HTTP_X_FORWARDED_PREFIX': '/compute'}
    request = environ(path='/v2.1/servers', **header)

    _, _, stripped = audit(answer(), dict(request))
    _, mounted = events_behind(believing_proxies, dict(request))

    assert '/v2.1/servers' == stripped['requestPath']
    assert '/compute/v2.1/servers' == mounted['requestPath']


def test_head_is_a_read():
    """HEAD has the action and the outcome of a GET of one thing."""
    _, _, final = audit(answer(b'', '404 Not Found'), environ('HEAD', '/x'))

    assert ('read', 'failure') == (final['action'], final['outcome'])


class Stream:
    """An answer that a server drops."""

    def __iter__(self):
        return self

    def __next__(self):
        return b'chunk'


def test_server_that_does_not_close():
    """A stream that is dropped has its final event when it is collected."""

    def app(environ, start_response):
        start_response('200 OK', [])
        return Stream()

    with event_log() as log:
        body = audited(app)(environ(), lambda *args: None)
        next(iter(body))
        before = len(log.events)
        del body

    assert (1, 2) == (before, len(log.events))
    assert 'unknown' == log.events[1]['outcome']


def test_mapped_word_is_a_word(tmp_path):
    """An object that is called like a keyword is taken for the keyword."""
    _, _, final = audit(
        answer(),
        environ(path='/nodes/disks'),
        audit_map_file=example_map(tmp_path),
    )

    assert 'read/list' == final['action']
    assert final['target']['typeURI'].endswith('/nodes/disks')


# Troubleshooting


@pytest.mark.parametrize(
    ('middleware', 'request_'),
    [
        (healthcheck.Healthcheck, environ(path='/healthcheck')),
        (
            sizelimit.RequestBodySizeLimiter,
            environ('POST', CONTENT_LENGTH='999999999'),
        ),
    ],
    ids=['healthcheck', 'sizelimit'],
)
def test_request_that_does_not_reach_the_filter(middleware, request_):
    """What a filter before it answers itself leaves no event."""
    assert [] == events_behind(middleware, request_)


def test_prefix_that_leaves_out_everything():
    """``/*`` among the paths to leave out fits every path."""
    rules = SkipRules([], ['/*'])
    page = ' '.join(read('troubleshooting.rst').split())

    assert '``/*`` leaves out everything' in page
    assert rules.match(environ(path='/v2.1/servers'))


def test_pages_of_the_operator_are_in_the_index():
    """The index leads to each page."""
    for page in (
        'getting_started',
        'openstack',
        'migration',
        'spool',
        'security',
        'caveats',
        'troubleshooting',
    ):
        assert f'\n   {page}\n' in read('index.rst')
