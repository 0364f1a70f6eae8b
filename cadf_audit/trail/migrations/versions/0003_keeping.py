# SPDX-License-Identifier: Apache-2.0

"""What the store does not keep: its ids, how much it was, and who says so."""

from alembic import op
import sqlalchemy as sa

revision = '0003'
down_revision = '0002'

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the tables and the column; until now, everything was kept."""
    op.create_table(
        'left_out',
        sa.Column('id', sa.Text, primary_key=True),
        sa.Column('received_time', _TIME, nullable=False),
    )
    op.create_index('left_out_received_time', 'left_out', ['received_time'])
    op.create_table(
        'policies',
        sa.Column('name', sa.Text, primary_key=True),
        sa.Column('digest', sa.Text),
        sa.Column('changed_time', _TIME, nullable=False),
    )
    op.add_column(
        'sources',
        sa.Column('left_out', _NUMBER, nullable=False, server_default='0'),
    )
