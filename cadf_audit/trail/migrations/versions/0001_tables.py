# SPDX-License-Identifier: Apache-2.0

"""The first tables of the trail.

They are written out, and not taken from the schema of the day, since a trail
that was made with this has them for ever.
"""

from typing import Any

from alembic import op
import sqlalchemy as sa

revision = '0001'
down_revision = None

_TEXTS = (
    'event_type',
    'publisher_id',
    'kind',
    'action',
    'outcome',
    'reason_code',
    'initiator_id',
    'initiator_name',
    'initiator_project_id',
    'initiator_domain_id',
    'initiator_address',
    'initiator_agent',
    'request_id',
    'global_request_id',
    'target_id',
    'target_name',
    'target_type_uri',
    'target_project_id',
    'observer_id',
    'observer_name',
    'observer_type_uri',
    'request_path',
    'endpoint',
    'correlation_id',
)
_INDEXES = {
    'event_time': ('event_time',),
    'received_time': ('received_time',),
    'initiator_id': ('initiator_id', 'sequence'),
    'initiator_project_id': ('initiator_project_id', 'sequence'),
    'target_id': ('target_id', 'sequence'),
    'target_project_id': ('target_project_id', 'sequence'),
    'request_id': ('request_id',),
}

_TIME = sa.DateTime(timezone=True)
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    """Make the tables."""
    is_postgresql = op.get_bind().dialect.name == 'postgresql'
    event = sa.JSON() if is_postgresql else sa.Text()
    op.create_table(
        'events',
        sa.Column('sequence', _NUMBER, primary_key=True, autoincrement=False),
        sa.Column('id', sa.Text, nullable=False, unique=True),
        *_columns(),
        sa.Column('pending_received_time', _TIME),
        sa.Column('received_time', _TIME, nullable=False),
        sa.Column('source', sa.Text, nullable=False),
        sa.Column('event', event, nullable=False),
    )
    for name, columns in _INDEXES.items():
        op.create_index(f'events_{name}', 'events', list(columns))
    op.create_table(
        'pending',
        sa.Column('id', sa.Text, primary_key=True),
        *_columns(),
        sa.Column('received_time', _TIME, nullable=False),
        sa.Column('source', sa.Text, nullable=False),
        sa.Column('event', event, nullable=False),
    )
    op.create_index('pending_received_time', 'pending', ['received_time'])
    op.create_table(
        'dead_letters',
        sa.Column('number', _NUMBER, primary_key=True, autoincrement=True),
        sa.Column('received_time', _TIME, nullable=False),
        sa.Column('source', sa.Text, nullable=False),
        sa.Column('reason', sa.Text, nullable=False),
        sa.Column('message', sa.LargeBinary, nullable=False),
        sa.Column('digest', sa.Text, nullable=False, unique=True),
    )
    op.create_table(
        'sources',
        sa.Column('source', sa.Text, primary_key=True),
        sa.Column('received_time', _TIME),
        sa.Column('event_time', _TIME),
        *(
            sa.Column(name, _NUMBER, nullable=False)
            for name in (
                'events',
                'pending',
                'duplicates',
                'dead_letters',
                'foreign',
            )
        ),
    )
    op.create_table(
        'observers',
        sa.Column('publisher_id', sa.Text, primary_key=True),
        sa.Column('observer_name', sa.Text, primary_key=True),
        sa.Column('event_time', _TIME, nullable=False),
        sa.Column('received_time', _TIME, nullable=False),
    )
    sequence = op.create_table(
        'sequence',
        sa.Column('name', sa.Text, primary_key=True),
        sa.Column('value', _NUMBER, nullable=False),
    )
    op.bulk_insert(sequence, [{'name': 'events', 'value': 0}])


def _columns() -> list[sa.Column[Any]]:
    return [
        sa.Column('event_time', _TIME, nullable=False),
        sa.Column('end_time', _TIME),
        *(
            sa.Column(
                name, sa.Text, nullable=name not in ('action', 'outcome')
            )
            for name in _TEXTS
        ),
    ]
