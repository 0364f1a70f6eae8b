# SPDX-License-Identifier: Apache-2.0

"""A number in, a trail with so many events out.

The database makes them, for a collector would take hours; the tables and
indexes are those of a trail, and the numbers in them spread as in an API that
a thousand users share.
"""

from sqlalchemy import text

from cadf_audit.trail.engine import open_engine
from cadf_audit.trail.engine import writing
from cadf_audit.trail.kinds import Kinds
from cadf_audit.trail.schema import EVENTS
from cadf_audit.trail.upgrade import upgrade

ACTIONS = ('read', 'read/list', 'update', 'update/resize', 'create', 'delete')
TYPES = (
    'compute/server',
    'compute/server/volume',
    'compute/keypair',
    'compute/baremetal/node',
    'network/port',
    'network/router',
    'storage/volume',
    'storage/snapshot',
    'data/image',
    'data/security/secret',
)
KINDS = len(ACTIONS) * len(TYPES)

# Of the number i of an event. A quarter is what one busy service account does.
USER = '(CASE WHEN i % 4 = 0 THEN 0 ELSE (i * 7919) % 1000 END)'
TARGET = '((i * 104729) % 5003)'
ADDRESS = '((i * 7919) % 4096)'
KIND = f'((i * 31) % {KINDS})'

_TIME = {
    'sqlite': "datetime('2026-01-01', '+' || i || ' seconds') || '.000000'",
    'postgresql': "timestamptz '2026-01-01+00' + i * interval '1 second'",
}
_NUMBERS = {
    'sqlite': '(WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL '
    'SELECT i + 1 FROM n WHERE i < {last}) SELECT i FROM n)',
    'postgresql': 'generate_series({first}::bigint, {last}) AS n(i)',
}
_HOUR = {
    'sqlite': "strftime('%Y-%m-%d %H:00:00.000000', event_time)",
    'postgresql': "date_trunc('hour', event_time, 'UTC')",
}
_SLICE = 250_000

# 10.0.0.0 within ::ffff:0:0/96
_NETWORK = (0xFFFF << 32) + (10 << 24)


def filled(url, events):
    """Return a trail of so many events.

    :param url: a database without tables
    :param events: how many
    """
    engine = open_engine(url)
    upgrade(engine)
    name = engine.dialect.name
    with writing(engine) as connection:
        # All at once is faster than one by one.
        for index in EVENTS.indexes:
            index.drop(connection)
        kinds = [
            {
                'kind': 'activity',
                'action': ACTIONS[number % len(ACTIONS)],
                'target_type_uri': TYPES[number // len(ACTIONS)],
            }
            for number in range(KINDS)
        ]
        Kinds().number(connection, kinds)
    for first in range(1, events + 1, _SLICE):
        last = min(events, first + _SLICE - 1)
        numbers = _NUMBERS[name].format(first=first, last=last)
        with writing(engine) as connection:
            connection.execute(text(_insert(kinds, name, numbers)))
    with writing(engine) as connection:
        for index in EVENTS.indexes:
            index.create(connection)
        connection.exec_driver_sql(
            f'INSERT INTO hours SELECT {_HOUR[name]}, min(sequence), '
            'max(sequence) FROM events GROUP BY 1'
        )
        connection.exec_driver_sql(f'UPDATE sequence SET value = {events}')
    with engine.connect().execution_options(
        isolation_level='AUTOCOMMIT'
    ) as connection:
        connection.exec_driver_sql(
            'ANALYZE' if name == 'sqlite' else 'VACUUM ANALYZE'
        )
    return engine


def _insert(kinds, name, numbers):
    time = _TIME[name]
    hexes = "printf('%032x', {})" if name == 'sqlite' else None
    key = (
        hexes.format(f'{_NETWORK} + {ADDRESS}')
        if hexes
        else f"lpad(to_hex({_NETWORK} + {ADDRESS}), 32, '0')"
    )
    columns = {
        'sequence': 'i',
        'id': "'e-' || i",
        'event_type': "'audit.http.response'",
        'publisher_id': "'api'",
        'kind': "'activity'",
        'event_time': time,
        'end_time': time,
        'action': _case('action', kinds),
        'outcome': "CASE WHEN i % 50 = 0 THEN 'failure' ELSE 'success' END",
        'reason_code': "CASE WHEN i % 50 = 0 THEN '403' ELSE '200' END",
        'initiator_id': f"'u-' || {USER}",
        'initiator_name': f"'user' || {USER}",
        'initiator_project_id': f"'p-' || ({USER} % 200)",
        'initiator_address': f"'10.0.' || {ADDRESS} / 256 || '.' || "
        f'{ADDRESS} % 256',
        'initiator_agent': "'python-client'",
        'request_id': "'req-' || i",
        'target_id': f"'t-' || {TARGET}",
        'target_name': f"'n' || {TARGET}",
        'target_type_uri': _case('target_type_uri', kinds),
        'target_project_id': f"'p-' || ({USER} % 200)",
        'observer_name': "'api'",
        'request_path': f"'/v1/things/' || {TARGET}",
        'endpoint': "'API'",
        'received_time': time,
        'source': "'benchmark'",
        'kind_id': _case('kind_id', kinds),
        'address_key': key,
        'event': """'{"id": "e-' || i || '", "name": "'"""
        f" || '{'x' * 600}' || '\"}}'",
    }
    if name == 'postgresql':
        columns['event'] = f'({columns["event"]})::json'
    return (
        f'INSERT INTO events ({", ".join(columns)}) '
        f'SELECT {", ".join(columns.values())} FROM {numbers}'
    )


def _case(column, kinds):
    """Return what a kind has in a column, by the number of the event."""
    values = ' '.join(
        f"WHEN {number} THEN '{kind[column]}'"
        if isinstance(kind[column], str)
        else f'WHEN {number} THEN {kind[column]}'
        for number, kind in enumerate(kinds)
    )
    return f'CASE {KIND} {values} END'
