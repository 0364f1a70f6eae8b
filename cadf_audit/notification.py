# SPDX-License-Identifier: Apache-2.0

"""What crosses the message bus: event types and the message around an event.

Whoever sends writes these values and whoever collects reads them. They are
the only thing that the two agree on, so a change here needs a release note.
"""

from typing import Any

from cadf_audit.clock import oslo_timestamp
from cadf_audit.identifier import new_id

# A CADF event in the form of JSON: no object of ours or of pycadf in it.
Event = dict[str, Any]

# A notification: an event and what Oslo puts around it.
Message = dict[str, Any]

REQUEST_EVENT = 'audit.http.request'
RESPONSE_EVENT = 'audit.http.response'

# Every event of ours that is not one of the two of an HTTP interaction.
OTHER_EVENT = 'audit.event'

#: the outcome of what has only begun; another event of the same id ends it
PENDING = 'pending'

EVENT_TYPE_URI = 'http://schemas.dmtf.org/cloud/audit/1.0/event'

PRIORITY = 'INFO'


def build_message(
    publisher_id: str, event_type: str, payload: Event
) -> Message:
    """Return a notification as oslo.messaging's Notifier builds it.

    :param publisher_id: who sends it
    :param event_type: one of the event types above
    :param payload: the CADF event
    :returns: the message; its timestamp is UTC and, as on Oslo's wire, says
        no zone
    """
    return {
        'message_id': new_id(),
        'publisher_id': publisher_id,
        'event_type': event_type,
        'priority': PRIORITY,
        'payload': payload,
        'timestamp': oslo_timestamp(),
    }
