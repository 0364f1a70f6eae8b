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


def own_event(action: str, facts: dict[str, Any]) -> Row:
    """Return the columns of an event about the trail.

    :param action: what was done to it, an action of CADF
    :param facts: what is attached, by name
    """
    observer = service_observer(NAME, _TYPE_URI)
    event = {
        'typeURI': EVENT_TYPE_URI,
        'eventType': 'activity',
        'id': new_id(),
        'eventTime': timestamp(),
        'action': action,
        'outcome': 'success',
        'observer': observer,
        'initiator': observer,
        'target': {
            'id': observer['id'],
            'typeURI': 'data/file/log',
            'name': NAME,
        },
        'attachments': [
            {'typeURI': 'xs:string', 'content': str(content), 'name': name}
            for name, content in facts.items()
        ],
    }
    return read(Notification(OTHER_EVENT, NAME, event, json.dumps(event)))
