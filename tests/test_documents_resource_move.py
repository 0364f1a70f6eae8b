# SPDX-License-Identifier: Apache-2.0

"""A row about openstack-audit-middleware in, what the filter makes of it out.

What stands here about that program was seen with its code, which these tests
do not have. What stands here about the filter is played.
"""

import io
import logging

import pytest

from cadf_audit.exceptions import OptionError
from tests.harness import answer
from tests.harness import audit
from tests.harness import audited
from tests.harness import call
from tests.harness import environ
from tests.harness import event_log
from tests.pages import find_block
from tests.pages import find_rows
from tests.plays import parse_short
from tests.plays import summaries
from tests.plays import write_map
from tests.test_documents import ALL_OPTIONS

PAGE = 'migration_openstack_audit_middleware.rst'

MAP = find_block(PAGE, 'move-map')


@pytest.fixture
def audit_map(tmp_path):
    """The map of the page."""
    return write_map(tmp_path, MAP)


# What a request means


@pytest.mark.parametrize(
    ('request_', 'ours'),
    [
        pytest.param(row[0], row[2], id=row[0])
        for row in find_rows(PAGE, 'move-requests')
    ],
)
def test_request(request_, ours, audit_map):
    """The map as it is gives what stands in the third column."""
    ((play, expected),) = parse_short(f'{request_}\n  {ours}')

    assert expected == summaries(play.events(audit_map))


@pytest.mark.parametrize(
    ('request_', 'ours'),
    [
        pytest.param(row[0], row[2], id=row[0])
        for row in find_rows(PAGE, 'move-strict')
    ],
)
def test_request_with_version_2(request_, ours, tmp_path):
    """So does the map with one line more; without it the answer differs."""
    ((play, expected),) = parse_short(f'{request_}\n  {ours}')
    strict = write_map(tmp_path, 'version: 2\n' + MAP)
    told = summaries(play.events(strict))
    lax = write_map(tmp_path, MAP)

    assert expected == told
    assert told != summaries(play.events(lax))


def test_null_where_the_path_tells(audit_map):
    """``null`` leaves no event for an action that the path names."""
    ((play, _),) = parse_short('GET /v1/orders/a1/watch')

    assert [] == play.events(audit_map)


# What a consumer sees


def final(audit_map, app=None, **keys):
    """Return the final event of a list of orders."""
    request = environ(path='/v1/orders', **keys)
    return audit(app or answer(), request, audit_map_file=audit_map)[2]


def outcomes(audit_map):
    """Tell the outcomes of a request."""
    request = environ(path='/v1/orders')
    _, pending, last = audit(answer(), request, audit_map_file=audit_map)
    return f'{pending["outcome"]}, then {last["outcome"]}'


def tags(audit_map):
    """Tell the names of the tags."""
    return ', '.join(tag.partition('?')[0] for tag in final(audit_map)['tags'])


def observer_of_a_service(audit_map):
    """Tell the typeURI of an observer whose type begins with service."""
    with open(audit_map, encoding='utf-8') as file:
        text = file.read().replace('type: compute', 'type: service/dns')
    with open(audit_map, 'w', encoding='utf-8') as file:
        file.write(text)
    return final(audit_map)['observer']['typeURI']


def base_exception(audit_map):
    """Tell the outcome where a worker is told to stop."""

    def app(environ, start_response):
        raise SystemExit

    return final(audit_map, app)['outcome']


def broken_stream(audit_map):
    """Tell the outcome of a stream that fails."""

    def app(environ, start_response):
        start_response('200 OK', [])
        yield b'half'
        raise OSError

    return final(audit_map, app)['outcome']


def client_that_leaves(audit_map):
    """Tell the outcome of a stream that nobody reads to its end."""

    def app(environ, start_response):
        start_response('200 OK', [])
        return iter([b'half', b'whole'])

    with event_log() as log:
        request = environ(path='/v1/orders')
        body = audited(app, audit_map_file=audit_map)(request, lambda *a: None)
        next(iter(body))
        body.close()
        return log.pair()[1]['outcome']


def who_reads(audit_map):
    """Tell who reads the body of a request that only the filter could."""
    body = io.BytesIO(b'{"ship": {}}')
    request = environ('POST', '/v1/orders/a1/action', CONTENT_LENGTH='12')
    request['wsgi.input'] = body
    call(audited(audit_map_file=audit_map), request)
    return 'the filter' if body.tell() else 'the application'


def answer_to_a_get(audit_map):
    """Tell how many chunks are fetched before the first one is sent."""
    fetched = []

    def app(environ, start_response):
        start_response('200 OK', [('Content-Type', 'application/json')])
        for chunk in (b'[', b'1', b']'):
            fetched.append(chunk)
            yield chunk

    request = environ(path='/v1/orders')
    filtered = audited(app, audit_map_file=audit_map)
    with event_log():
        body = filtered(request, lambda *args: None)
        next(iter(body))
        count = len(fetched)
        body.close()
    return 'is sent as it comes' if count == 1 else 'is read whole'


# Each row of the table, in its order.
SEEN = [
    outcomes,
    tags,
    lambda path: final(path)['reporterchain'][0]['role'],
    lambda path: final(path)['observer']['id'],
    observer_of_a_service,
    lambda path: final(path, HTTP_X_AUTH_TOKEN='secret')['initiator'][
        'credential'
    ]['token'],
    lambda path: final(path, HTTP_X_USER_ID='')['initiator']['id'],
    lambda path: final(path, HTTP_X_FORWARDED_FOR='203.0.113.9')['initiator'][
        'host'
    ]['address'],
    lambda path: final(path, QUERY_STRING='temp_url_sig=s3cret')[
        'requestPath'
    ],
    base_exception,
    broken_stream,
    client_that_leaves,
    who_reads,
    answer_to_a_get,
]


@pytest.mark.parametrize(
    ('ours', 'tell'),
    [
        pytest.param(row[2], tell, id=row[0])
        for row, tell in zip(find_rows(PAGE, 'move-events'), SEEN, strict=True)
    ],
)
def test_event(ours, tell, audit_map):
    """An event has what stands in the column of the filter."""
    assert ours == tell(audit_map)


# The map file

# What is in the map, in the order of the table.
WRONG = [
    ('custom_actions:', 'custom_acions:'),
    ('  flavors:', '  orders:'),
    ('start/shipment', 'ship/order'),
    ('service_type: compute', 'service_type: loadbalancer'),
    ('  flavors:', '  f:\n    api_name: orders'),
    ('ship: start', 'lines: start'),
]

PATHS = ['ship', '', 'ship', '', '', 'lines']


@pytest.mark.parametrize(
    ('wrong', 'path', 'says', 'means'),
    [
        pytest.param(wrong, path, row[2], row[3], id=row[0])
        for wrong, path, row in zip(
            WRONG, PATHS, find_rows(PAGE, 'move-file'), strict=True
        )
    ],
)
def test_map_file(wrong, path, says, means, tmp_path, caplog):
    """A map that is wrong warns as the row says, and means what it says."""
    file = tmp_path / 'map.yaml'
    assert MAP.count(wrong[0]) == 1
    file.write_text(MAP.replace(*wrong))
    ((play, _),) = parse_short(f'POST /v1/orders/a1/{path}'.rstrip('/'))

    (told,) = summaries(play.events(str(file)))

    warnings = [
        record.getMessage()
        for record in caplog.records
        if record.name == 'cadf_audit.audit_map'
        and record.levelno == logging.WARNING
    ]
    assert [line for line in warnings if says in line], warnings
    expected = {
        'nothing': 'update/set',
        'the last one': 'update',
        'the child': 'create',
        'unknown/ship/order': 'unknown/ship/order',
        'service/loadbalancer/orders': 'update service/loadbalancer/order',
    }
    assert told.startswith(f'-> {expected[means]} ')


# The options


@pytest.mark.parametrize(
    ('theirs', 'ours'),
    [row[:2] for row in find_rows(PAGE, 'move-options')],
)
def test_option(theirs, ours, audit_map):
    """What is named is an option; what has none is refused in the section."""
    if ours in ALL_OPTIONS or ours == 'log_name':
        assert theirs in (ours, 'mem_queue_size')
    else:
        assert ours.startswith('nothing')
    if ours == theirs or theirs.startswith('STATSD'):
        return
    with pytest.raises(OptionError, match=f'option {theirs}: unknown'):
        audited(audit_map_file=audit_map, **{theirs: 'False'})
