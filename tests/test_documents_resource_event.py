# SPDX-License-Identifier: Apache-2.0

"""What the pages say of events of resource maps in, whether it is so out."""

import io
import json
from wsgiref.util import FileWrapper

import pytest

from tests.harness import audit
from tests.harness import environ
from tests.pages import find_blocks
from tests.pages import find_rows
from tests.pages import parse_rows
from tests.pages import read
from tests.plays import Play
from tests.plays import write_map
from tests.test_documents_event import paths_of

PAGE = 'event.rst'

MAP = """\
version: 2
service_type: service/shop
service_name: shop
prefix:
  - /v1/shops/(?P<project_id>[^/]+)
  - /v1
resources:
  orders:
    custom_attributes:
      total: xs:string
    children:
      labels:
        singleton: true
        keys: true
  racks:
    id: (?P<aisle>[a-z]+)-(?P<id>[0-9]+)
"""

CREATED = '{"order": {"id": 7, "name": "Tea", "total": 12}}'


@pytest.fixture
def audit_map(tmp_path):
    """A map with what an event may have."""
    return write_map(tmp_path, MAP)


def plays():
    """Return requests whose events have all that there is."""
    items = json.dumps({'orders': [{'id': each} for each in range(101)]})
    return [
        Play('GET', '/v1/shops/north/orders/7/labels/gift'),
        Play('POST', '/v1/orders', status='201 Created', answer=CREATED),
        Play('POST', '/v1/orders', status='201 Created', answer=items),
        Play(
            'POST', '/v1/orders', status='201 Made', answer=f'"{"x" * 65536}"'
        ),
        Play('POST', '/v1/orders/7/action', f'{{"pack": "{"x" * 65536}"}}'),
        Play('GET', '/v1/orders/7/what/is/this'),
        Play('GET', '/v1/racks/tea-3'),
    ]


def final_events(audit_map):
    """Return the final event of each request."""
    return [play.events(audit_map)[-1][1] for play in plays()]


def test_fields(audit_map):
    """The page has each field that a resource map gives, and no other."""
    parts = ('observer.', 'target.', 'attachments[')
    found = {
        path
        for event in final_events(audit_map)
        for path in paths_of(event)
        if path.startswith(parts)
    }
    (table,) = find_blocks(PAGE, 'class: resource-fields')

    assert sorted(found) == sorted(row[0] for row in parse_rows(table))


def test_reporter_is_the_observer(audit_map):
    """The reporter of the final event is what its observer is."""
    for event in final_events(audit_map):
        assert event['observer'] == event['reporterchain'][0]['reporter']


def test_attachments_of_the_target(audit_map):
    """The page has each attachment that a target may have."""
    found = {
        attached['name']
        for event in final_events(audit_map)
        for attached in event['target'].get('attachments', [])
    }

    assert found == {row[0] for row in find_rows(PAGE, 'target-attachments')}


def test_tags(audit_map):
    """The page has each tag that a resource map adds."""
    found = {
        tag for event in final_events(audit_map) for tag in event['tags'][2:]
    }

    assert found == {row[0] for row in find_rows(PAGE, 'resource-tags')}


def test_what_an_item_shares_with_its_request(audit_map):
    """An item has the parts of the final event that the page names."""
    messages = plays()[2].events(audit_map)
    final = messages[-1][1]

    for kind, item in messages[1:-1]:
        assert 'audit.event' == kind
        assert final['id'] != item['id']
        for part in (
            'outcome',
            'reason',
            'initiator',
            'reporterchain',
            'tags',
        ):
            assert final[part] == item[part]


# Caveats


@pytest.mark.parametrize(
    ('headers', 'wrap', 'told'),
    [
        ([('Content-Type', 'application/json')], False, '7'),
        ([('Content-Type', 'application/json')], True, 'unknown'),
        ([('Content-Type', 'text/plain')], False, 'unknown'),
        (
            [
                ('Content-Type', 'application/json'),
                ('Content-Encoding', 'gzip'),
            ],
            False,
            'unknown',
        ),
    ],
    ids=['json', 'file-wrapper', 'text', 'compressed'],
)
def test_answers_that_are_not_looked_at(headers, wrap, told, audit_map):
    """The answers that the page names tell nothing."""

    def app(environ, start_response):
        start_response('201 Created', headers)
        body = CREATED.encode()
        if wrap:
            return environ['wsgi.file_wrapper'](io.BytesIO(body))
        return [body]

    request = environ('POST', '/v1/orders')
    request['wsgi.file_wrapper'] = FileWrapper

    _, _, final = audit(app, request, audit_map_file=audit_map)

    assert told == final['target']['id']


def test_body_that_nobody_reads(audit_map):
    """The body of an action that the application leaves alone says nothing."""

    def app(environ, start_response):
        start_response('404 Not Found', [])
        return [b'']

    request = environ('POST', '/v1/orders/7/action', b'{"ship": {}}')

    _, _, final = audit(app, request, audit_map_file=audit_map)

    assert 'update' == final['action']
    assert 'A body that the application does not read tells nothing' in read(
        'caveats.rst'
    )
