# SPDX-License-Identifier: Apache-2.0

"""The tools, as somebody uses them who has an API and no OpenStack."""

import copy
import json
import pathlib
import re

import pytest

from tests.audit_map.newcomer.library import build
from tests.canaries import NO_CREDENTIAL
from tests.cli.spools import run
from tests.cli.spools import said
from tests.harness import audited
from tests.harness import call
from tests.harness import environ
from tests.harness import event_log

HERE = pathlib.Path(__file__).parent
MAP = HERE / 'map.yaml'
SPEC = HERE / 'openapi.yaml'

ISBN = '978-0261102385'
BOOKS = '/api/v1/books'
NEW = {'isbn': '978-0345339737', 'title': 'The Return of the King'}
LOAN = {'member': 'ada'}

# Method, path and body; each runs after the ones before it.
REQUESTS = [
    ('GET', BOOKS, None),
    ('POST', BOOKS, NEW),
    ('GET', f'{BOOKS}/{ISBN}', None),
    ('PUT', f'{BOOKS}/{NEW["isbn"]}', NEW | {'title': 'Return'}),
    ('PUT', f'{BOOKS}/0345339703', NEW | {'isbn': '0345339703'}),
    ('DELETE', f'{BOOKS}/0000000000', None),
    ('POST', f'{BOOKS}/{ISBN}/loans', LOAN),
    ('POST', f'{BOOKS}/{ISBN}/loans/1/return', None),
    ('GET', '/api/v1/members/ada/card', None),
    ('PATCH', '/api/v1/members/ada/card', {'card': 'lost'}),
    ('PUT', '/api/v1/covers/small/front.png', {'picture': 1}),
    ('GET', '/api/v1/health', None),
    ('POST', '/api/v1/shelves', {'name': 'a'}),
    ('GET', '/', None),
]


@pytest.fixture(scope='module')
def exchanges():
    """What the application answered, and the events of the filter."""
    app = build()
    made = audited(app, audit_map_file=str(MAP))
    seen = []
    for method, path, body in REQUESTS:
        content = b'' if body is None else json.dumps(body).encode()
        with event_log() as log:
            response = call(
                made,
                # As the requests that are explained.
                environ(
                    method,
                    path,
                    content,
                    CONTENT_TYPE='application/json',
                    **NO_CREDENTIAL,
                ),
            )
        seen.append((response, log.messages))
    return seen


def rows(*arguments):
    """Return the rows that a command shows, and its exit status."""
    done = run('map', *arguments, '-f', 'json')
    said(done)
    return json.loads(done.stdout), done.returncode


def told(message):
    """Return a message without what differs from time to time."""
    event = copy.deepcopy(message['payload'])
    for name in ('id', 'eventTime'):
        del event[name]
    del event['initiator']['host']
    for step in event.get('reporterchain', ()):
        del step['reporterTime']
    event['tags'] = [
        tag for tag in event['tags'] if not tag.startswith('correlation_id?')
    ]
    return message['event_type'], event


def test_the_document_is_that_of_the_application():
    """What the tools are told of the API is what Flask routes."""
    described, _ = rows('coverage', MAP, '--openapi', SPEC)
    routed = {
        (method, re.sub(r'<(?:\w+:)?(\w+)>', r'{\1}', rule.rule))
        for rule in build().url_map.iter_rules()
        for method in rule.methods - {'HEAD', 'OPTIONS'}
        if rule.endpoint != 'static'
    }

    assert routed == {(each['method'], each['route']) for each in described}


def test_lint():
    """The map has no fault."""
    assert ([], 0) == rows('lint', MAP)


def test_coverage():
    """Each route has a rule, but for one that is not to be audited."""
    found, status = rows('coverage', MAP, '--openapi', SPEC)

    by = {each['route']: each['by'] for each in found}
    assert 'suppressed' == by.pop('/api/v1/health')
    assert {'explicit'} == set(by.values())
    assert 0 == status


def test_coverage_of_an_api_that_grew(tmp_path):
    """A route that the map knows nothing of is shown, and fails."""
    grown = tmp_path / 'openapi.yaml'
    grown.write_text(
        SPEC.read_text().replace(
            'components:', '  /shelves:\n    post: {}\ncomponents:'
        )
    )

    found, status = rows('coverage', MAP, '--openapi', grown, '--only-missing')

    assert [('POST', '/api/v1/shelves', 'nothing')] == [
        (each['method'], each['route'], each['by']) for each in found
    ]
    assert 1 == status


def test_catalogue():
    """The table names what exists, and nothing that is not audited."""
    found, _ = rows('catalogue', MAP, '--openapi', SPEC, '--endpoint', 'UI')

    assert {
        'method': 'POST',
        'route': '/api/v1/books/{isbn}/loans/{number}/return',
        'required ids': ['isbn', 'number'],
        'action': 'delete/return',
        'target type': 'data/catalog/book/loan',
        'endpoint': 'UI',
        'category': 'DATA',
        'sentence': 'delete a loan',
    } in found
    assert '/api/v1/health' not in [each['route'] for each in found]


@pytest.mark.parametrize(
    'number',
    range(len(REQUESTS)),
    ids=[f'{method} {path}' for method, path, _ in REQUESTS],
)
def test_explain(number, exchanges):
    """What explain says is what the filter says around the application."""
    response, messages = exchanges[number]
    method, path, body = REQUESTS[number]
    options = [] if body is None else ['--body', json.dumps(body)]
    for name, value in response.headers:
        options += ['--response-header', f'{name}: {value}']

    found, _ = rows(
        'explain',
        MAP,
        method,
        path,
        '--status',
        response.status[:3],
        '--response',
        response.body.decode(),
        *options,
    )

    assert list(map(told, messages)) == list(map(told, found['events']))


def test_what_the_events_say(exchanges):
    """Action and target of the final events are what the auditors expect."""
    finals = [messages[-1]['payload'] for _, messages in exchanges if messages]

    assert [
        ('read/list', 'data/catalog/books', 'library'),
        ('create', 'data/catalog/book', 'The Return of the King'),
        ('read', 'data/catalog/book', None),
        ('update', 'data/catalog/book', 'Return'),
        ('create', 'data/catalog/book', 'The Return of the King'),
        ('delete', 'data/catalog/book', None),
        ('create', 'data/catalog/book/loan', None),
        ('delete/return', 'data/catalog/book/loan', None),
        ('read', 'data/security/account/user/card', None),
        ('update', 'data/security/account/user/card', None),
        ('update', 'data/catalog/cover', None),
        ('update', 'service/data/catalog', 'library'),
        ('read', 'service/data/catalog', 'library'),
    ] == [
        (
            event['action'],
            event['target']['typeURI'],
            event['target'].get('name'),
        )
        for event in finals
    ]
