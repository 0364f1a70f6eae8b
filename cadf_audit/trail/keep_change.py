# SPDX-License-Identifier: Apache-2.0

"""The policy of a collector in, an event out if it is another than before."""

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy import insert
from sqlalchemy import select

from cadf_audit.clock import utc_now
from cadf_audit.delivery.lost import derived_id
from cadf_audit.policy.change import policy_change
from cadf_audit.trail.engine import writing
from cadf_audit.trail.keeping import KeepPolicy
from cadf_audit.trail.own_event import NAME
from cadf_audit.trail.own_event import own_event
from cadf_audit.trail.schema import POLICIES
from cadf_audit.trail.store import Batch
from cadf_audit.trail.store import Store

# Of whom the policy is: all collectors of a trail have one.
_COLLECTOR = 'collector'


def tell_change(store: Store, policy: KeepPolicy | None) -> bool:
    """Record that a policy is not the one of the last start, if it is not.

    :param store: the store
    :param policy: what the operator wrote, if anything
    :returns: whether it is another one
    :raises sqlalchemy.exc.SQLAlchemyError: the database did not take it
    """
    digest = policy.digest if policy else None
    with store.engine.connect() as connection:
        known = connection.execute(
            select(POLICIES).where(POLICIES.c.name == _COLLECTOR)
        ).first()
    last = known.digest if known else None
    if digest == last:
        return False
    change = policy_change(
        NAME,
        policy.path if policy else '',
        len(policy.rules) if policy else 0,
        digest,
        last,
    )
    since = known.changed_time.isoformat() if known else ''
    # Two collectors that start at once say the same, and so does one that is
    # stopped before it remembers what it has said.
    event_id = derived_id(f'{last} {since}', digest or 'none')
    event = own_event(change.action, change.facts, id=event_id, **change.parts)
    store.ingest(Batch(NAME, [event]))
    _remember(store, digest)
    return True


def _remember(store: Store, digest: str | None) -> None:
    try:
        with writing(store.engine) as connection:
            connection.execute(
                delete(POLICIES).where(POLICIES.c.name == _COLLECTOR)
            )
            connection.execute(
                insert(POLICIES).values(
                    name=_COLLECTOR, digest=digest, changed_time=utc_now()
                )
            )
    except IntegrityError:
        # Another collector starts at the same moment, and remembers it.
        pass
