# SPDX-License-Identifier: Apache-2.0

"""Who asked what of the trail in, an event of the trail about it out.

One event for a question, and not for a page of its answer: who goes on from
page to page, or follows what is new, is recorded when they begin, and once an
hour while it lasts.
"""

import datetime
import hashlib
import json
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy import insert
from sqlalchemy import select

from cadf_audit.clock import utc_now
from cadf_audit.taxonomy import UNKNOWN
from cadf_audit.trail.engine import PATIENCE
from cadf_audit.trail.engine import writing
from cadf_audit.trail.own_event import NAME
from cadf_audit.trail.own_event import own_event
from cadf_audit.trail.query.event_query import CURSORS
from cadf_audit.trail.query.viewer import Viewer
from cadf_audit.trail.schema import READINGS
from cadf_audit.trail.store import Batch
from cadf_audit.trail.store import Store
from cadf_audit.trail.store import wait_at_most

#: how long a walk from page to page is the same reading
WALK = datetime.timedelta(hours=1)

#: what a page is recorded as
LIST = 'list'

# What changes nothing of what is asked.
_OF_A_PAGE = frozenset({*CURSORS, 'limit', 'total', 'order'})

Pairs = list[tuple[str, str]]


def record_reading(
    store: Store,
    viewer: Viewer,
    what: str,
    pairs: Pairs,
    outcome: str = 'success',
) -> bool:
    """Record that somebody read the trail; return whether that was new.

    :param store: the store
    :param viewer: who reads
    :param what: :data:`LIST`, ``show``, ``count`` and the like
    :param pairs: names and values of the question, with the cursors
    :param outcome: ``failure`` for what they were not allowed to see
    :raises sqlalchemy.exc.SQLAlchemyError: the database did not take it
    """
    # Of half a character, which an argument of a command may hold, its number.
    query = urlencode(
        sorted(pair for pair in pairs if pair[0] not in _OF_A_PAGE),
        errors='backslashreplace',
    )
    asked = json.dumps(
        [viewer.user_id, viewer.project_id, viewer.sees_all, what, query]
    )
    digest = hashlib.sha256(asked.encode()).hexdigest()
    now = utc_now()
    # What has pages. An export that begins somewhere is all of it again.
    goes_on = what == LIST and any(name in CURSORS for name, _ in pairs)
    if goes_on and _is_known(store, digest, now):
        return False
    facts = {'reading': what, 'query': query}
    event = own_event(
        'read',
        {name: fact for name, fact in facts.items() if fact},
        _initiator(viewer),
        outcome,
    )
    store.ingest(Batch(NAME, [event]), PATIENCE)
    _remember(store, digest, now)
    return True


def _initiator(viewer: Viewer) -> dict[str, Any]:
    initiator: dict[str, Any] = {
        'id': viewer.user_id or UNKNOWN,
        'typeURI': 'service/security/account/user',
        'name': viewer.user_name or viewer.user_id or UNKNOWN,
    }
    if viewer.project_id:
        initiator['project_id'] = viewer.project_id
    if viewer.address:
        initiator['host'] = {'address': viewer.address}
    return initiator


def _is_known(store: Store, digest: str, now: datetime.datetime) -> bool:
    statement = select(READINGS.c.recorded_time).where(
        READINGS.c.digest == digest
    )
    with store.engine.connect() as connection:
        wait_at_most(connection, PATIENCE)
        recorded = connection.scalar(statement)
    return recorded is not None and now - recorded < WALK


def _remember(store: Store, digest: str, now: datetime.datetime) -> None:
    known = READINGS.c
    old = (known.digest == digest) | (known.recorded_time <= now - WALK)
    try:
        with writing(store.engine) as connection:
            wait_at_most(connection, PATIENCE)
            connection.execute(delete(READINGS).where(old))
            connection.execute(
                insert(READINGS).values(digest=digest, recorded_time=now)
            )
    except IntegrityError:
        # Somebody asks the same at the same moment, and says so.
        pass
