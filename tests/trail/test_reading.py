# SPDX-License-Identifier: Apache-2.0

"""A notification becomes a row, or a reason why it is none."""

import datetime
import json

from hypothesis import given
from hypothesis import strategies as st
import pytest

from cadf_audit.trail.decoding import decode
from cadf_audit.trail.decoding import Undecodable
from cadf_audit.trail.reading import COLUMN_LIMIT
from cadf_audit.trail.reading import Foreign
from cadf_audit.trail.reading import Invalid
from cadf_audit.trail.reading import is_pending
from cadf_audit.trail.reading import read
from tests.trail.parts import event
from tests.trail.parts import json_values
from tests.trail.parts import message

# The time that an event of the field carries, and the one that is kept.
KEPT_TIME = datetime.datetime(
    2026, 11, 20, 4, 49, 35, 184211, tzinfo=datetime.UTC
)


def row_of(payload, event_type='audit.http.response'):
    """Return what is kept of a payload."""
    return read(decode(message(payload, event_type)))


def test_columns():
    """What people ask by has a column each."""
    payload = event(
        'e-1',
        reason={'reasonType': 'HTTP', 'reasonCode': '200'},
        reporterchain=[{'reporterTime': '2026-11-20T04:49:35.240353+00:00'}],
    )
    payload['initiator'] |= {'domain_id': 'd-1', 'global_request_id': 'g-1'}
    payload['target']['project_id'] = 'p-2'
    payload['observer'] |= {'name': 'ironic', 'typeURI': 'service/compute'}

    row = row_of(payload)

    assert payload == json.loads(row.pop('event'))
    assert {
        'id': 'e-1',
        'event_type': 'audit.http.response',
        'publisher_id': 'svc',
        'kind': 'activity',
        'event_time': KEPT_TIME,
        'end_time': KEPT_TIME.replace(microsecond=240353),
        'action': 'update',
        'outcome': 'success',
        'reason_code': '200',
        'initiator_id': 'u-1',
        'initiator_name': 'admin',
        'initiator_project_id': 'p-1',
        'initiator_domain_id': 'd-1',
        'initiator_address': '192.0.2.7',
        'initiator_agent': 'tests',
        'request_id': 'req-1',
        'global_request_id': 'g-1',
        'target_id': 'n-1',
        'target_name': 'n1',
        'target_type_uri': 'compute/baremetal/node',
        'target_project_id': 'p-2',
        'observer_id': 'target',
        'observer_name': 'ironic',
        'observer_type_uri': 'service/compute',
        'request_path': '/v1/nodes/n-1',
        'endpoint': 'API',
        'correlation_id': 'c-1',
        'address_key': '00000000000000000000ffffc0000207',
        'tags': [],
    } == row


@pytest.mark.parametrize(
    ('event_type', 'changes'),
    [
        ('audit.http.request', {'outcome': 'pending'}),
        ('audit.http.response', {'outcome': 'failure'}),
        ('audit.event', {'eventType': 'monitor'}),
        # keystonemiddleware
        (
            'audit.http.response',
            {'eventTime': '2026-11-20T04:49:35.184211+0000'},
        ),
        # openstack-audit-middleware
        ('audit.cadf', {'action': 'update/add/floatingip'}),
        ('audit.cadf', {'observer': {'id': 'o', 'name': 'nova'}}),
        # Keystone
        (
            'identity.project.created',
            {
                'action': 'created.project',
                'resource_info': 'p-1',
                'target': {'id': 'p-1', 'typeURI': 'data/security/project'},
                'requestPath': None,
                'tags': None,
            },
        ),
        (
            'identity.authenticate',
            {
                'action': 'authenticate',
                'outcome': 'failure',
                'target': {'id': 'openstack:1', 'typeURI': 'service/security'},
                'reason': {'reasonType': 'Unauthorized', 'reasonCode': 401},
            },
        ),
        # Whoever else sends CADF events
        ('', {}),
        ('compute.anything', {'tags': [7, 'plain', None, 'a?value=']}),
    ],
)
def test_accepted(event_type, changes):
    """The CADF notifications of the field are read, each to a row."""
    row = row_of(event('e-1', **changes), event_type)

    assert ('e-1', KEPT_TIME) == (row['id'], row['event_time'])
    assert (event_type or None) == row['event_type']
    assert ('pending' == row['outcome']) == is_pending(row)


@pytest.mark.parametrize(
    'event_type',
    ['audit.http.request', 'audit.http.response', 'audit.event', 'audit.cadf'],
)
def test_event_that_does_not_say_its_type(event_type):
    """A known event_type is enough to be an event."""
    payload = event('e-1', typeURI=None)

    assert 'e-1' == row_of(payload, event_type)['id']


@pytest.mark.parametrize('part', ['initiator', 'target', 'observer'])
def test_reference(part):
    """CADF's reference to a resource stands for the resource."""
    payload = event('e-1', **{part: None, f'{part}Id': 'x-1'})

    row = row_of(payload)

    assert 'x-1' == row[f'{part}_id']
    assert row[f'{part}_name'] is None


@pytest.mark.parametrize(
    ('event_type', 'payload'),
    [
        ('compute.instance.create.end', {'tenant_id': 'p', 'state': 'active'}),
        ('identity.project.created', {'resource_info': 'p-1'}),
        ('image.update', {'id': 'i', 'typeURI': 'other'}),
        ('image.update', {'typeURI': ['http://schemas.dmtf.org']}),
        ('image.update', None),
        ('image.update', [1]),
        ('', 'text'),
    ],
)
def test_foreign(event_type, payload):
    """An ordinary notification of a service is none of ours."""
    with pytest.raises(Foreign):
        row_of(payload, event_type)


@pytest.mark.parametrize(
    ('changes', 'reason'),
    [
        ({'id': None}, 'id is no text'),
        ({'id': ''}, 'id is no text, or is empty'),
        ({'id': 7}, 'id is no text'),
        ({'id': {'a': 1}}, 'id is no text'),
        ({'action': None}, 'action is no text'),
        ({'action': []}, 'action is no text'),
        ({'outcome': None}, 'outcome is no text'),
        ({'outcome': True}, 'outcome is no text'),
        ({'eventTime': None}, 'eventTime is no text'),
        ({'eventTime': 1700000000}, 'eventTime is no text'),
        ({'eventTime': 'yesterday'}, "eventTime 'yesterday' is no time"),
        ({'eventTime': '2026-13-20T00:00:00'}, 'is no time'),
        ({'eventTime': '0001-01-01T00:00:00+14:00'}, 'is no time'),
        ({'eventTime': '9999-12-31T23:59:59-14:00'}, 'is no time'),
        ({'eventTime': 'x' * 999}, 'eventTime .{75,85} is no time'),
        ({'initiator': None}, 'initiator is no object'),
        ({'initiator': 'admin'}, 'initiator is no object'),
        ({'target': None, 'targetId': 7}, 'target is no object'),
        ({'target': ['n-1']}, 'target is no object'),
        ({'observer': False}, 'observer is no object'),
    ],
)
@pytest.mark.parametrize('event_type', ['audit.http.response', 'other'])
def test_invalid(event_type, changes, reason):
    """What says that it is a CADF event and is none is refused with why."""
    with pytest.raises(Invalid, match=reason):
        row_of(event('e-1', **changes), event_type)


@pytest.mark.parametrize('payload', [None, 'text', [1], 7])
def test_event_that_is_no_object(payload):
    """An event_type of ours with something else behind it is refused."""
    with pytest.raises(Invalid, match='the payload is no object'):
        row_of(payload, 'audit.event')


@pytest.mark.parametrize(
    ('written', 'kept'),
    [
        ('2026-11-20T04:49:35.184211Z', KEPT_TIME),
        ('2026-11-20T04:49:35.184211', KEPT_TIME),
        ('2026-11-20 04:49:35.184211', KEPT_TIME),
        ('2026-11-20T07:49:35.184211+03:00', KEPT_TIME),
        ('2026-11-19T23:49:35.184211-0500', KEPT_TIME),
        ('2026-11-20T04:49:35Z', KEPT_TIME.replace(microsecond=0)),
    ],
)
def test_times(written, kept):
    """Times are kept in UTC, however they are written."""
    row = row_of(event('e-1', eventTime=written))

    assert kept == row['event_time']
    assert datetime.timedelta(0) == row['event_time'].utcoffset()


@pytest.mark.parametrize(
    'chain',
    [
        'text',
        [],
        [None, 7],
        [{'reporterTime': 'never'}],
        [{'reporterTime': [1]}],
        [{'role': 'modifier'}],
    ],
)
def test_chain_without_a_time(chain):
    """An event whose chain says no time is a row without an end time."""
    assert row_of(event('e-1', reporterchain=chain))['end_time'] is None


@pytest.mark.parametrize(
    ('value', 'kept'),
    [
        (None, None),
        ('', None),
        ('a\0b', r'a\u0000b'),
        ('a\ud800b', r'a\ud800b'),
        ('ü😀', 'ü😀'),
        (401, '401'),
        (False, 'false'),
        ({'a': ['ü\0']}, r'{"a": ["ü\u0000"]}'),
        ('x' * 512, 'x' * 512),
        ('x' * 513, 'x' * 511 + '…'),
        ('\0' * 100, r'\u0000' * 85 + '\\…'),
    ],
)
def test_any_value_in_a_column(value, kept):
    """A column holds a text that any database takes, cut at 512."""
    initiator = {'id': 'u', 'name': value}
    row = row_of(event('e-1', initiator=initiator))

    assert kept == row['initiator_name']


@pytest.mark.parametrize(
    ('tags', 'kept'),
    [
        (None, []),
        ('slow', []),
        (['slow', 7, None, '', 'slow', 'a?value=1'], ['slow', 'a?value=1']),
        (['endpoint', 'endpoint?value=', 'endpoint?value=UI'], ['endpoint']),
        # What a column makes the same is the same tag.
        (['a\0', r'a\u0000'], [r'a\u0000']),
        (['x' * 600, 'x' * 601], ['x' * 511 + '…']),
        ([f't-{n}' for n in range(200)], [f't-{n}' for n in range(100)]),
    ],
    ids=ascii,
)
def test_tags_without_a_column(tags, kept):
    """Each tag is kept once, and a hundred of them."""
    payload = event('e-1', tags=tags)

    assert kept == row_of(payload)['tags']


def test_tags_with_a_column():
    """The first of two values counts."""
    tags = [f'{name}?value={n}' for n in (1, 2) for name in ('endpoint', 'x')]

    row = row_of(event('e-1', tags=tags))

    assert ('1', None) == (row['endpoint'], row['correlation_id'])


@pytest.mark.parametrize('bracket', ['[]', '{}'])
def test_each_nesting_in_a_column(bracket):
    """No depth of a value in a column raises anything but a refusal."""
    begin = '[' if bracket == '[]' else '{"a":'
    payload = json.dumps(event('e-1', initiator={'id': 'DEEP'}))
    reasons, read_at_all = set(), 0
    for depth in (*range(0, 850, 50), *range(850, 1010)):
        deep = depth * begin + '0' + depth * bracket[1]
        text = payload.replace('"DEEP"', deep)
        try:
            row_of_text(text)
        except Undecodable as exc:
            reasons.add(str(exc))
        else:
            read_at_all += 1

    assert 20 < read_at_all
    assert {'its JSON is nested too deeply'} == reasons


def row_of_text(payload):
    """Return what is kept of the text of a payload."""
    return read(decode(f'{{"payload":{payload}}}'.encode()))


def test_ids_that_differ_behind_the_limit():
    """Two long ids are two events, also where a column would cut them."""
    long = 'x' * COLUMN_LIMIT

    kept = {
        row_of(event(each))['id'] for each in (long, long + 'a', long + 'b')
    }

    assert 3 == len(kept)
    assert COLUMN_LIMIT >= max(map(len, kept))


def test_ids_that_differ_in_how_they_are_spelled():
    """A NUL in an id is not the same as the text that it becomes."""
    kept = {row_of(event(each))['id'] for each in ('a\0', r'a\u0000')}

    assert 2 == len(kept)


FIELDS = sorted(event('e-1'))


@given(
    st.dictionaries(st.sampled_from(FIELDS), json_values, max_size=4),
    st.sampled_from(['audit.http.request', 'audit.event', 'other']),
)
def test_any_event(changes, event_type):
    """An event with anything in it is a row, or is refused."""
    try:
        row = row_of(event('e-1') | changes, event_type)
    except (Foreign, Invalid):
        return

    for name, value in row.items():
        if isinstance(value, str):
            assert '\0' not in value
            assert value.encode()
            assert name == 'event' or COLUMN_LIMIT >= len(value)


@given(json_values, st.sampled_from(['audit.event', 'other']))
def test_any_payload(payload, event_type):
    """A payload that is any JSON is none of ours, or is refused."""
    with pytest.raises((Foreign, Invalid)):
        row_of(payload, event_type)
