# SPDX-License-Identifier: Apache-2.0

"""What the trail does to itself in, an event of it out."""

import json
from typing import Any

from cadf_audit.clock import timestamp
from cadf_audit.identifier import new_id
from cadf_audit.notification import EVENT_TYPE_URI
from cadf_audit.notification import OTHER_EVENT
from cadf_audit.observer import service_observer
from cadf_audit.trail.decoding import Notification
from cadf_audit.trail.reading import read
from cadf_audit.trail.reading import Row

#: the name of the trail among publishers, observers and sources
NAME = 'cadf_audit trail'

_TYPE_URI = 'service/security/audit/filter'

#: the typeURI of the trail where it is the target
TRAIL_TYPE_URI = 'data/file/log/trail'

_STRING = 'xs:string'


def own_event(
    action: str,
    facts: dict[str, Any],
    initiator: dict[str, Any] | None = None,
    outcome: str = 'success',
    **more: Any,
) -> Row:
    """Return the columns of an event about the trail.

    :param action: what was done to it, an action of CADF
    :param facts: what is attached, by name
    :param initiator: who did it; by default the trail itself
    :param outcome: how it ended
    :param more: what else the event says, or says instead
    """
    observer = service_observer(NAME, _TYPE_URI)
    event = {
        'typeURI': EVENT_TYPE_URI,
        'eventType': 'activity',
        'id': new_id(),
        'eventTime': timestamp(),
        'action': action,
        'outcome': outcome,
        'observer': observer,
        'initiator': initiator or observer,
        'target': {
            'id': observer['id'],
            'typeURI': TRAIL_TYPE_URI,
            'name': NAME,
        },
        'attachments': [
            {'typeURI': _STRING, 'content': str(content), 'name': name}
            for name, content in facts.items()
        ],
        **more,
    }
    return read(Notification(OTHER_EVENT, NAME, event, json.dumps(event)))
