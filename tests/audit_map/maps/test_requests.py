# SPDX-License-Identifier: Apache-2.0

"""Real requests of OpenStack in, the events that the shipped maps give out."""

import functools
from http import HTTPStatus
import pathlib
import urllib.parse

import pytest

from cadf_audit.audit_map.files import find_map
from cadf_audit.audit_map.files import shipped_maps
from cadf_audit.audit_map import load_audit_map
from cadf_audit.audit_map import read_resource_map
from tests.audit_map.maps.requests import NOT_AUDITED
from tests.audit_map.maps.requests import read_events
from tests.audit_map.maps.requests import read_message
from tests.audit_map.maps.requests import read_table
from tests.audit_map.maps.requests import summary
from tests.audit_map.maps.requests import tables
from tests import harness
from tests.judge import assert_valid

TABLES = {name: read_table(path) for name, path in tables().items()}
ROWS = [
    pytest.param(name, row, id=f'{name}.txt:{row.line} {row.title}')
    for name, rows in TABLES.items()
    for row in rows
]


def service(environ, start_response):
    """Answer as the row says that the real service does."""
    environ['wsgi.input'].read(int(environ.get('CONTENT_LENGTH') or 0))
    status, headers, body = read_message(environ['tests.answer'])
    names = {name.lower() for name, _ in headers}
    if body and 'content-type' not in names:
        headers.append(('Content-Type', 'application/json'))
    phrase = HTTPStatus(int(status)).phrase
    start_response(f'{status} {phrase}', headers)
    return [body]


@functools.cache
def filter_with(name):
    """Return the service behind the filter with a shipped map."""
    return harness.audited(service, audit_map_file=name)


def request_of(row):
    """Return the environ of the request of a row."""
    first, headers, body = read_message(row.request)
    method, url = first.split(' ', 1)
    path, _, query = url.partition('?')
    keys = {
        f'HTTP_{name.upper().replace("-", "_")}': value
        for name, value in headers
    }
    # What a server does with the bytes of a path (PEP 3333).
    path = urllib.parse.unquote_to_bytes(path).decode('latin-1')
    environ = harness.environ(method, path, body, QUERY_STRING=query, **keys)
    environ['CONTENT_TYPE'] = keys.get('HTTP_CONTENT_TYPE', 'application/json')
    environ['tests.answer'] = row.answer
    return environ


@pytest.mark.parametrize(('name', 'row'), ROWS)
def test_real_request_gives_the_event_of_its_row(name, row):
    """The final event says what was done to which resource of whom."""
    expected_items = read_events(row.items)

    with harness.event_log() as log:
        response = harness.call(filter_with(name), request_of(row))

    assert response.error is None
    for event in log.events:
        assert_valid(event)
        assert [] == [each for each in row.secrets if each in str(event)]
    if row.final == [NOT_AUDITED]:
        assert [] == log.events
        return
    pending, *items, final = log.events
    assert 'pending' == pending['outcome']
    assert read_events(row.final) == [summary(final)]
    assert expected_items == [summary(item) for item in items]


@pytest.mark.parametrize('name', shipped_maps())
def test_shipped_map_loads_without_a_finding(name):
    """A shipped map is of version 2 and breaks no rule of it."""
    path = find_map(name)
    text = pathlib.Path(path).read_text(encoding='utf-8')
    audit_map, findings = read_resource_map(path, text)

    assert [] == [str(finding) for finding in findings]
    assert audit_map.strict
    assert load_audit_map(name).strict


@pytest.mark.parametrize('name', shipped_maps())
def test_shipped_map_has_a_table_of_requests(name):
    """At least 15 real requests stand behind each shipped map."""
    assert 15 <= len(TABLES.get(name, ()))
