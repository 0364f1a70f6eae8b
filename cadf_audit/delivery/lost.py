# SPDX-License-Identifier: Apache-2.0

"""A number of lost events in, the event that says so out.

What could not be recorded is an event itself (``audit.event``, eventType
monitor): how many, since when, and why. Its measurement is the number, its
reason the why, and its tag ``since`` the when.
"""

import uuid

from cadf_audit.clock import timestamp
from cadf_audit.identifier import new_id
from cadf_audit.notification import build_message
from cadf_audit.notification import Event
from cadf_audit.notification import EVENT_TYPE_URI
from cadf_audit.notification import Message
from cadf_audit.notification import OTHER_EVENT

REASON_TYPE = 'cadf_audit'

_TYPE_URI = 'service/oss/monitoring'
_NAMESPACE = uuid.UUID('5f1f6a5e-6a0b-5a0e-9d8e-5f0d3f0c9a11')


def derived_id(source: str, what: str) -> str:
    """Return the same UUID for the same source and purpose, always.

    Whoever has to say something a second time, because nobody knows whether
    the first time was heard, says it with the same id.

    :param source: what it is about
    :param what: what is said of it
    """
    return str(uuid.uuid5(_NAMESPACE, f'{source}\n{what}'))


def is_loss(event: Event) -> bool:
    """Say whether an event tells of a loss.

    :param event: the event
    """
    reason = event.get('reason')
    return (
        event.get('eventType') == 'monitor'
        and isinstance(reason, dict)
        and reason.get('reasonType') == REASON_TYPE
    )


def build_loss(
    publisher_id: str,
    count: int,
    unit: str,
    reason: str,
    since: str,
    known_as: str | None = None,
) -> Message:
    """Return the notification of a loss.

    :param publisher_id: the service whose events were lost
    :param count: how many were
    :param unit: what was counted: interactions, events, records
    :param reason: why
    :param since: the timestamp of the first of them
    :param known_as: what it is about, if it may be said more than once
    """
    service = {'id': publisher_id, 'typeURI': _TYPE_URI, 'name': publisher_id}
    event_id = derived_id(known_as, 'event') if known_as else new_id()
    message = build_message(
        publisher_id,
        OTHER_EVENT,
        {
            'typeURI': EVENT_TYPE_URI,
            'eventType': 'monitor',
            'id': event_id,
            'eventTime': timestamp(),
            'action': 'monitor',
            'outcome': 'failure',
            'reason': {'reasonType': REASON_TYPE, 'reasonCode': reason},
            'observer': {'id': 'target'},
            'initiator': service,
            'target': service,
            'measurements': [
                {
                    'result': count,
                    'metric': {
                        'metricId': derived_id(unit, 'metric'),
                        'unit': unit,
                        'name': 'lost',
                    },
                }
            ],
            'tags': [f'since?value={since}'],
        },
    )
    if known_as:
        message['message_id'] = derived_id(known_as, 'message')
    return message
