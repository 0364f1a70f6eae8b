# SPDX-License-Identifier: Apache-2.0

"""Messages as a bus delivers them, and what a trail holds of them."""

import json

from hypothesis import strategies as st
from sqlalchemy import delete
from sqlalchemy import select
from sqlalchemy import update

from cadf_audit.notification import build_message
from cadf_audit.notification import EVENT_TYPE_URI
from cadf_audit.notification import REQUEST_EVENT
from cadf_audit.notification import RESPONSE_EVENT
from cadf_audit.trail.collector import sort
from cadf_audit.trail.engine import writing
from cadf_audit.trail.schema import EVENTS
from cadf_audit.trail.schema import METADATA
from cadf_audit.trail.schema import PENDING
from cadf_audit.trail.schema import SEQUENCE

TIME = '2026-11-20T04:49:35.184211+00:00'

#: Any JSON, with the characters and numbers that databases dislike
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(), max_size=20),
    lambda children: (
        st.lists(children, max_size=4)
        | st.dictionaries(st.text(st.characters(), max_size=10), children)
    ),
    max_leaves=10,
)


def event(event_id, outcome='success', **changes):
    """Return a CADF event; a change to None leaves the field out."""
    fields = {
        'typeURI': EVENT_TYPE_URI,
        'eventType': 'activity',
        'id': event_id,
        'eventTime': TIME,
        'action': 'update',
        'outcome': outcome,
        'observer': {'id': 'target'},
        'initiator': {
            'id': 'u-1',
            'typeURI': 'service/security/account/user',
            'name': 'admin',
            'project_id': 'p-1',
            'request_id': 'req-1',
            'host': {'address': '192.0.2.7', 'agent': 'tests'},
        },
        'target': {
            'id': 'n-1',
            'typeURI': 'compute/baremetal/node',
            'name': 'n1',
        },
        'requestPath': '/v1/nodes/n-1',
        'tags': ['correlation_id?value=c-1', 'endpoint?value=API'],
        **changes,
    }
    return {name: value for name, value in fields.items() if value is not None}


def notification(payload, event_type, publisher='svc'):
    """Return the text of a notification around a payload."""
    return json.dumps(build_message(publisher, event_type, payload))


def wrapped(text):
    """Return a notification as messagingv2 sends it."""
    return json.dumps({'oslo.version': '2.0', 'oslo.message': text}).encode()


def message(payload, event_type=RESPONSE_EVENT, publisher='svc'):
    """Return what a bus delivers."""
    return wrapped(notification(payload, event_type, publisher))


def begun(event_id, **changes):
    """Return the request of an interaction."""
    return message(event(event_id, 'pending', **changes), REQUEST_EVENT)


def ended(event_id, **changes):
    """Return the response of an interaction."""
    return message(event(event_id, **changes))


def pair(event_id):
    """Return both messages of an interaction."""
    return [begun(event_id), ended(event_id)]


def ingest(store, *messages, source='tests'):
    """Keep messages as one batch."""
    return store.ingest(sort(source, list(messages)))


def rows(store, table=EVENTS):
    """Return all of a table, in the order of its key."""
    statement = select(table).order_by(*table.primary_key)
    with store.engine.connect() as connection:
        return list(connection.execute(statement).mappings())


def ids(store, table=EVENTS):
    """Return the ids of the events in a table, in the order of its key."""
    return [row['id'] for row in rows(store, table)]


def trail(store):
    """Return the numbers and ids of the trail, and the ids that wait."""
    numbered = [(row['sequence'], row['id']) for row in rows(store)]
    return numbered, ids(store, PENDING)


def empty(store):
    """Take everything out of a trail."""
    with writing(store.engine) as connection:
        for table in METADATA.tables.values():
            if table is not SEQUENCE:
                connection.execute(delete(table))
        connection.execute(update(SEQUENCE).values(value=0))
