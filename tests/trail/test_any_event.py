# SPDX-License-Identifier: Apache-2.0

"""Events with anything in them are kept by any database."""

import json
import random

from hypothesis import given
from hypothesis import HealthCheck
from hypothesis import settings
from hypothesis import strategies as st
import pytest

from cadf_audit.trail.reading import COLUMN_LIMIT
from cadf_audit.trail.schema import DEAD_LETTERS
from cadf_audit.trail.schema import OBSERVERS
from cadf_audit.trail.schema import PENDING
from tests.trail.parts import begun
from tests.trail.parts import empty
from tests.trail.parts import ended
from tests.trail.parts import event
from tests.trail.parts import ids
from tests.trail.parts import ingest
from tests.trail.parts import json_values
from tests.trail.parts import message
from tests.trail.parts import notification
from tests.trail.parts import rows
from tests.trail.parts import wrapped

# What databases stumble over in a text.
TEXTS = {
    'a NUL': '\0',
    'a lone surrogate': 'a\ud800',
    'surrogates in the wrong order': '\udc00\ud800',
    'a character of four bytes': '😀',
    'a backslash': '\\u0000\\',
    'quotes': '\'"`',
    'a placeholder': ':a %s %(id)s ? {}',
    'a line': 'a\r\n\t\x85\u2028b',
    'an end of data': '\\.',
}

# Long ones that no database can make shorter.
_random = random.Random(7)
LONG = {
    'long': ''.join(
        chr(_random.randint(0x10000, 0x2FFFF)) for _ in range(600)
    ),
    'long ascii': ''.join(chr(_random.randint(33, 126)) for _ in range(10**5)),
    'long escapes': '\0' * 1000,
}


def filled(text, event_id='e-1'):
    """Return an event with the same text in each of its fields."""
    part = {
        'id': text,
        'name': text,
        'typeURI': text,
        'project_id': text,
        'domain_id': text,
        'request_id': text,
        'global_request_id': text,
        'host': {'address': text, 'agent': text},
    }
    return event(
        event_id,
        eventType=text,
        action=text,
        requestPath=text,
        initiator=part,
        target=part,
        observer=part,
        reason={'reasonCode': text},
        tags=[f'endpoint?value={text}', f'correlation_id?value={text}'],
    )


ALL = TEXTS | LONG


@pytest.mark.parametrize('text', ALL.values(), ids=ALL.keys())
@pytest.mark.parametrize('ascii_only', [True, False])
def test_text_in_every_field(store, text, ascii_only):
    """An event with any text in all of its fields is kept, and says it."""
    payload = filled(text, f'e-1{text}')
    built = {
        'event_type': f'audit.event{text}',
        'publisher_id': text,
        'payload': payload,
    }
    pending = {**built, 'payload': filled(text, text) | {'outcome': 'pending'}}
    texts = [
        json.dumps(each, ensure_ascii=ascii_only) for each in (built, pending)
    ]

    ingest(store, *map(wrapped, texts))

    for table, expected in ((None, payload), (PENDING, pending['payload'])):
        (row,) = rows(store, table) if table is not None else rows(store)
        assert expected == json.loads(row['event'])
        columns = [
            value
            for name, value in row.items()
            if isinstance(value, str) and name not in ('event', 'source')
        ]
        assert 25 == len(columns)
        assert COLUMN_LIMIT >= max(map(len, columns))


def test_observers_with_long_names(store):
    """Observers whose names are too long for an index are noted all the same.

    PostgreSQL has room for 2704 bytes in one.
    """
    publisher, name = LONG['long'][:512], LONG['long'][::-1][:512]
    payload = event('a', observer={'id': 'o', 'name': name})

    ingest(store, message(payload, publisher=publisher))

    (row,) = rows(store, OBSERVERS)
    assert publisher.startswith(row['publisher_id'])
    assert name.startswith(row['observer_name'])


@pytest.mark.parametrize(
    'time',
    [
        '0001-01-01T00:00:00+00:00',
        '9999-12-31T23:59:59.999999+00:00',
        '1969-12-31T23:59:59.000001+00:00',
        '2026-11-20T00:00:00+00:00',
        '2026-03-29T02:30:00+01:00',
    ],
)
def test_any_time(store, time):
    """A time is kept to the microsecond, in whichever year it is."""
    ingest(store, ended('a', eventTime=time), begun('b', eventTime=time))

    for (row,) in (rows(store), rows(store, PENDING)):
        kept = row['event_time']
        assert time in (kept.isoformat(), '2026-03-29T02:30:00+01:00')
        assert 0 == kept.utcoffset().total_seconds()


def test_event_of_megabytes(store):
    """An event of 3 MB is a row, one of 5 MB is a dead letter."""
    large = {'typeURI': 'data', 'content': 'x' * 3 * 1024 * 1024}
    larger = {'typeURI': 'data', 'content': 'x' * 5 * 1024 * 1024}

    ingest(
        store,
        ended('a', attachments=[large]),
        ended('b', attachments=[larger]),
        ended('c'),
    )

    assert ['a', 'c'] == ids(store)
    (letter,) = rows(store, DEAD_LETTERS)
    assert 5 * 1024 * 1024 < len(letter['message'])


@pytest.mark.parametrize('bracket', ['[]', '{}'])
def test_each_nesting(store, bracket):
    """An event is kept or is a dead letter, however deep it is nested."""
    begin = '[' if bracket == '[]' else '{"a":'
    depths = [*range(1, 900, 100), *range(900, 1010, 5), 10_000, 100_000]
    text = notification(event('DEPTH', attachments='DEEP'), 'audit.event')
    messages = [
        wrapped(
            text.replace(
                '"DEEP"', depth * begin + '0' + depth * bracket[1]
            ).replace('DEPTH', f'e-{depth}')
        )
        for depth in depths
    ]

    stored = ingest(store, *messages)

    assert len(depths) == stored.events + stored.dead_letters
    assert stored.events == len(ids(store))
    assert 8 < stored.events < len(depths)


@settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    changes=st.dictionaries(
        st.sampled_from([*event('e-1'), 'more', 'reporterchain']),
        json_values,
        max_size=4,
    ),
    ascii_only=st.booleans(),
)
def test_any_event(store, changes, ascii_only):
    """Any event is a row that says the same, or is told apart before."""
    empty(store)
    built = {'event_type': 'a', 'payload': event('e-1') | changes}
    text = json.dumps(built, ensure_ascii=ascii_only)

    stored = ingest(store, wrapped(text), ended('other'))

    kept = [json.loads(row['event']) for row in rows(store)]
    if stored.events == 2:
        assert json.loads(text)['payload'] in kept
    else:
        assert ['other'] == ids(store)
