# SPDX-License-Identifier: Apache-2.0

"""Keeps events: a spool directory in, the rows of a trail in SQLite out."""

from pathlib import Path

from sqlalchemy import select

from cadf_audit.trail.collector import Collector
from cadf_audit.trail.engine import open_engine
from cadf_audit.trail.schema import EVENTS
from cadf_audit.trail.spool_source import SpoolSource
from cadf_audit.trail.store import Store
from cadf_audit.trail.upgrade import upgrade


def keep(directory):
    """Collect what is in the spool; return the rows of the trail.

    It does what ``cadf-audit db upgrade`` and ``cadf-audit collect --once``
    do.

    :param directory: where the spool is, and where the trail is made
    """
    engine = open_engine(f'sqlite:///{Path(directory, "trail.db")}')
    upgrade(engine)
    source = SpoolSource(Path(directory, 'spool'))
    Collector(source, Store(engine)).run(once=True)
    with engine.connect() as connection:
        rows = connection.execute(select(EVENTS).order_by('sequence')).all()
    engine.dispose()
    return rows


def tell(row):
    """Return a row of the trail in one line."""
    return (
        f'  {row.sequence}  {row.event_time:%H:%M:%S}  {row.initiator_name} '
        f'{row.action} {row.target_type_uri} {row.target_name or "-"} '
        f'({row.target_id}): {row.outcome} {row.reason_code}'
    )
