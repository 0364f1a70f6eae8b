# SPDX-License-Identifier: Apache-2.0

"""What makes it quick to ask: kinds, tags, hours, addresses as numbers."""

import hashlib
import ipaddress
import json
from typing import Any

from alembic import op
import sqlalchemy as sa

revision = '0002'
down_revision = '0001'

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
_TIME = sa.DateTime(timezone=True)
_INDEXES = (
    'initiator_name',
    'target_name',
    'global_request_id',
    'kind_id',
    'address_key',
)
_NOT_SUCCESS = sa.text("outcome <> 'success'")
_HOURS = ('hour', 'first', 'last')
_SLICE = 500
_COLUMN_LIMIT = 512
_MOST_TAGS = 100
_WITH_COLUMN = ('endpoint?value=', 'correlation_id?value=')


def upgrade() -> None:
    """Add the tables and columns, and fill them from the events."""
    op.add_column('events', sa.Column('kind_id', _NUMBER))
    op.add_column('events', sa.Column('address_key', sa.Text))
    _add_tables()
    for fill in (_fill_kinds, _fill_hours, _fill_rows):
        fill(op.get_bind())
    op.drop_index('events_request_id', 'events')
    op.create_index('events_request_id', 'events', ['request_id', 'sequence'])
    for name in _INDEXES:
        op.create_index(f'events_{name}', 'events', [name, 'sequence'])
    op.create_index(
        'events_not_success',
        'events',
        ['outcome', 'sequence'],
        sqlite_where=_NOT_SUCCESS,
        postgresql_where=_NOT_SUCCESS,
    )


def _add_tables() -> None:
    op.create_table(
        'kinds',
        sa.Column('id', _NUMBER, primary_key=True, autoincrement=False),
        sa.Column('kind', sa.Text, nullable=False),
        sa.Column('action', sa.Text, nullable=False),
        sa.Column('target_type_uri', sa.Text, nullable=False),
        sa.Column('digest', sa.Text, nullable=False, unique=True),
    )
    op.create_table(
        'ancestors',
        sa.Column('name', sa.Text, primary_key=True),
        sa.Column('ancestor', sa.Text, primary_key=True),
        sa.Column('kind_id', _NUMBER, primary_key=True, autoincrement=False),
    )
    op.create_table(
        'tags',
        sa.Column('tag', sa.Text, primary_key=True),
        sa.Column('sequence', _NUMBER, primary_key=True, autoincrement=False),
    )
    op.create_index('tags_sequence', 'tags', ['sequence'])
    op.create_table(
        'readings',
        sa.Column('digest', sa.Text, primary_key=True),
        sa.Column('recorded_time', _TIME, nullable=False),
    )
    op.create_table(
        'hours',
        sa.Column('hour', _TIME, primary_key=True),
        sa.Column('first', _NUMBER, nullable=False),
        sa.Column('last', _NUMBER, nullable=False),
    )


def _fill_kinds(connection: sa.Connection) -> None:
    found = connection.execute(
        sa.text(
            "SELECT DISTINCT coalesce(kind, '') AS kind, action, "
            "coalesce(target_type_uri, '') AS target_type_uri FROM events"
        )
    ).all()
    rows = [
        {
            'id': number,
            'kind': row.kind,
            'action': row.action,
            'type': row.target_type_uri,
            'digest': hashlib.sha256(
                json.dumps(tuple(row)).encode()
            ).hexdigest(),
        }
        for number, row in enumerate(found, 1)
    ]
    _insert(
        connection,
        'INSERT INTO kinds (id, kind, action, target_type_uri, digest) '
        'VALUES (:id, :kind, :action, :type, :digest)',
        rows,
    )
    connection.execute(
        sa.text(
            'UPDATE events SET kind_id = (SELECT id FROM kinds WHERE '
            "kinds.kind = coalesce(events.kind, '') "
            'AND kinds.action = events.action AND kinds.target_type_uri '
            "= coalesce(events.target_type_uri, ''))"
        )
    )
    above = {
        (name, ancestor, row['id'])
        for row in rows
        for name, value in (
            ('action', row['action']),
            ('target_type_uri', row['type']),
        )
        for ancestor in _ancestors(value)
    }
    _insert(
        connection,
        'INSERT INTO ancestors (name, ancestor, kind_id) VALUES (:a, :b, :c)',
        [dict(zip('abc', each, strict=True)) for each in sorted(above)],
    )


def _fill_hours(connection: sa.Connection) -> None:
    hours = {
        'sqlite': "strftime('%Y-%m-%d %H:00:00.000000', event_time)",
        'postgresql': "date_trunc('hour', event_time, 'UTC')",
    }
    hour: Any = sa.literal_column(hours[connection.dialect.name])
    sequence: Any = sa.column('sequence')
    connection.execute(
        sa.insert(sa.table('hours', *map(sa.column, _HOURS))).from_select(
            _HOURS,
            sa.select(hour, sa.func.min(sequence), sa.func.max(sequence))
            .select_from(sa.table('events'))
            .group_by(hour),
        )
    )


def _fill_rows(connection: sa.Connection) -> None:
    """Fill what has to be read from each event."""
    last = -1
    while True:
        rows = connection.execute(
            sa.text(
                'SELECT sequence, initiator_address, '
                'CAST(event AS TEXT) AS event FROM events '
                'WHERE sequence > :last ORDER BY sequence LIMIT :slice'
            ),
            {'last': last, 'slice': _SLICE},
        ).all()
        if not rows:
            return
        last = rows[-1].sequence
        addresses = [
            {'number': row.sequence, 'key': _address_key(row)} for row in rows
        ]
        _insert(
            connection,
            'UPDATE events SET address_key = :key WHERE sequence = :number',
            [each for each in addresses if each['key']],
        )
        _insert(
            connection,
            'INSERT INTO tags (tag, sequence) VALUES (:tag, :number)',
            [
                {'tag': tag, 'number': row.sequence}
                for row in rows
                for tag in _tags(row.event)
            ],
        )


def _insert(
    connection: sa.Connection, statement: str, rows: list[dict[str, Any]]
) -> None:
    if rows:
        connection.execute(sa.text(statement), rows)


def _ancestors(value: str) -> list[str]:
    parts = value.split('/')
    return [
        '/'.join(parts[:end])
        for end in range(1, len(parts) + 1)
        if '/'.join(parts[:end])
    ]


def _address_key(row: Any) -> str | None:
    try:
        address = ipaddress.ip_address(row.initiator_address or '')
    except ValueError:
        return None
    mapped = 0xFFFF << 32 if address.version == 4 else 0
    return f'{mapped | int(address):032x}'


def _tags(event: str) -> list[str]:
    try:
        tags = json.loads(event).get('tags')
    except (ValueError, RecursionError):
        return []
    if not isinstance(tags, list):
        return []
    found = dict.fromkeys(
        _storable(tag)
        for tag in tags
        if isinstance(tag, str) and tag and not tag.startswith(_WITH_COLUMN)
    )
    return list(found)[:_MOST_TAGS]


def _storable(tag: str) -> str:
    text = ''.join(
        f'\\u{ord(each):04x}'
        if each == '\0' or 0xD800 <= ord(each) <= 0xDFFF
        else each
        for each in tag
    )
    return text if len(text) <= _COLUMN_LIMIT else text[:511] + '…'
