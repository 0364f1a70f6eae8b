# SPDX-License-Identifier: Apache-2.0

"""A store and how long it keeps in, what is older purged and told of out."""

import dataclasses

from cadf_audit.trail.own_event import NAME
from cadf_audit.trail.own_event import own_event
from cadf_audit.trail.purge import forget_left_out
from cadf_audit.trail.purge import purge
from cadf_audit.trail.purge import Purged
from cadf_audit.trail.store import Batch
from cadf_audit.trail.store import Store


def retain(store: Store, retention_days: int) -> Purged:
    """Purge what is too old; what was purged is an event of the trail.

    :param store: the store
    :param retention_days: how many days everything is kept; 0 for ever
    :returns: how much went
    """
    forget_left_out(store)
    if not retention_days:
        return Purged()
    purged = purge(store, retention_days)
    if purged:
        facts = dataclasses.asdict(purged) | {'retention_days': retention_days}
        store.ingest(Batch(NAME, [own_event('delete', facts)]))
    return purged
