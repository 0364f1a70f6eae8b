# SPDX-License-Identifier: Apache-2.0

"""A notification in, what the trail keeps of it out.

All CADF notifications of the field are read: those of this package, of
keystonemiddleware, of openstack-audit-middleware, and those that Keystone
sends of itself. What is no CADF event is none of ours.
"""

import datetime
import hashlib
import json
import re
from typing import Any

from cadf_audit.notification import EVENT_TYPE_URI
from cadf_audit.notification import OTHER_EVENT
from cadf_audit.notification import REQUEST_EVENT
from cadf_audit.notification import RESPONSE_EVENT
from cadf_audit.trail.addresses import address_key
from cadf_audit.trail.decoding import Notification

#: characters of a column, so that each can have an index in PostgreSQL
COLUMN_LIMIT = 512

# Whoever sends one of these says that it is a CADF event.
_OURS = frozenset({REQUEST_EVENT, RESPONSE_EVENT, OTHER_EVENT, 'audit.cadf'})

_PENDING = 'pending'

# Tags of an event that have no column; who sends more wants to be a burden.
_MOST_TAGS = 100
#: The tags that have a column, with what stands before their value
TAG_COLUMNS = {
    'endpoint': 'endpoint?value=',
    'correlation_id': 'correlation_id?value=',
}

# What neither PostgreSQL nor SQLite takes in a text.
_unstorable = re.compile('[\0\ud800-\udfff]')
_surrogate = re.compile('[\ud800-\udfff]')

_PARTS = ('initiator', 'target', 'observer')

Row = dict[str, Any]


class Invalid(Exception):  # noqa: N818
    """What says that it is a CADF event is none; the reason is for people."""


class Foreign(Exception):  # noqa: N818
    """A notification is no CADF event, and does not say so."""


def read(notification: Notification) -> Row:
    """Return the columns of a CADF event.

    :param notification: the notification
    :raises Foreign: it is no CADF event
    :raises Invalid: it should be one and is not
    """
    payload = notification.payload
    is_cadf = (
        isinstance(payload, dict) and payload.get('typeURI') == EVENT_TYPE_URI
    )
    if not is_cadf and notification.event_type not in _OURS:
        raise Foreign
    if not isinstance(payload, dict):
        raise Invalid('the payload is no object')
    for name in ('id', 'action', 'outcome', 'eventTime'):
        value = payload.get(name)
        if not isinstance(value, str) or not value:
            raise Invalid(f'{name} is no text, or is empty')
    parts: dict[str, Any] = {name: payload.get(name) for name in _PARTS}
    for name, part in parts.items():
        if part is None and isinstance(payload.get(f'{name}Id'), str):
            parts[name] = {'id': payload[f'{name}Id']}
        elif not isinstance(part, dict):
            raise Invalid(f'{name} is no object')
    initiator, target, observer = parts.values()
    host = _object(initiator, 'host')
    address = host.get('address')
    tags, other_tags = _tags(payload.get('tags'))
    row: Row = {
        'event_type': notification.event_type,
        'publisher_id': notification.publisher_id,
        'kind': payload.get('eventType'),
        'action': payload['action'],
        'outcome': payload['outcome'],
        'reason_code': _object(payload, 'reason').get('reasonCode'),
        'initiator_id': initiator.get('id'),
        'initiator_name': initiator.get('name'),
        'initiator_project_id': initiator.get('project_id'),
        'initiator_domain_id': initiator.get('domain_id'),
        'initiator_address': address,
        'initiator_agent': host.get('agent'),
        'request_id': initiator.get('request_id'),
        'global_request_id': initiator.get('global_request_id'),
        'target_id': target.get('id'),
        'target_name': target.get('name'),
        'target_type_uri': target.get('typeURI'),
        'target_project_id': target.get('project_id'),
        'observer_id': observer.get('id'),
        'observer_name': observer.get('name'),
        'observer_type_uri': observer.get('typeURI'),
        'request_path': payload.get('requestPath'),
        'endpoint': tags.get('endpoint'),
        'correlation_id': tags.get('correlation_id'),
    }
    for name, value in row.items():
        # Most are what a column takes: that is seen here, without a call.
        if value is not None and not (
            type(value) is str
            and value.isascii()
            and '\0' not in value
            and 0 < len(value) <= COLUMN_LIMIT
        ):
            row[name] = _column(value)
    row['id'] = _key(payload['id'])
    row['event_time'] = _time('eventTime', payload['eventTime'])
    row['end_time'] = _end_time(payload.get('reporterchain'))
    row['address_key'] = address_key(address)
    row['tags'] = other_tags
    row['event'] = storable_json(notification.text)
    return row


def pending_id(notification: Notification) -> str | None:
    """Return the id of an event that waits for its outcome, as a row has it.

    :param notification: the notification
    :returns: None for any other notification, and for an id that a row does
        not have as it is
    """
    payload = notification.payload
    if type(payload) is not dict or payload.get('outcome') != _PENDING:
        return None
    event_id = payload.get('id')
    if (
        type(event_id) is str
        and event_id.isascii()
        and '\0' not in event_id
        and 0 < len(event_id) <= COLUMN_LIMIT
    ):
        return event_id
    return None


def is_pending(row: Row) -> bool:
    """Say whether an event waits for its outcome.

    :param row: its columns
    """
    return bool(row['outcome'] == _PENDING)


def storable_json(text: str) -> str:
    """Return a JSON text that any database takes, and that says the same.

    :param text: a JSON text, which may hold lone surrogates as they are
    """
    if text.isascii():
        return text
    return _surrogate.sub(_escaped, text)


def storable(text: str) -> str:
    r"""Return a text that any database takes.

    A NUL and a lone surrogate become what they are in JSON: ``\u0000``.

    :param text: any text
    """
    return _unstorable.sub(_escaped, text)


def is_as_stored(text: str) -> bool:
    """Say whether nothing but this text is stored as it.

    :param text: any text
    """
    return len(text) < COLUMN_LIMIT and storable(text) == text


def _escaped(match: re.Match[str]) -> str:
    return f'\\u{ord(match[0]):04x}'


def _key(event_id: str) -> str:
    """Return an id for a column, which no other one becomes as well."""
    key = _column(event_id)
    if key == event_id:
        return event_id
    digest = hashlib.sha256(event_id.encode(errors='surrogatepass'))
    start = storable(event_id)[: COLUMN_LIMIT - 65]
    return f'{start}…{digest.hexdigest()}'


def _column(value: Any) -> str | None:
    """Return a value as a text for a column; None where there is none."""
    if value is None:
        return None
    if type(value) is not str:
        value = json.dumps(value, ensure_ascii=False)
    if not value:
        return None
    if not value.isascii() or '\0' in value:
        value = storable(value)
    if len(value) > COLUMN_LIMIT:
        value = value[: COLUMN_LIMIT - 1] + '…'
    text: str = value
    return text


def _object(parent: dict[str, Any], name: str) -> dict[str, Any]:
    value = parent.get(name)
    return value if isinstance(value, dict) else {}


def _tags(value: Any) -> tuple[dict[str, str], list[str]]:
    """Return the values of the tags that have a column, and other tags.

    Each of them once, and the first one if there are several values.
    """
    known: dict[str, str] = {}
    other: dict[str, None] = {}
    for tag in value if isinstance(value, list) else ():
        if not isinstance(tag, str) or not tag:
            continue
        name, found, content = tag.partition('?value=')
        if found and name in TAG_COLUMNS:
            known.setdefault(name, content)
        elif len(other) < _MOST_TAGS:
            other[str(_column(tag))] = None
    return known, list(other)


def _time(name: str, value: Any) -> datetime.datetime:
    """Return a time of CADF, also one without the colon in its offset.

    :raises Invalid: it is no time
    """
    try:
        time = datetime.datetime.fromisoformat(value)
        if time.tzinfo is None:
            return time.replace(tzinfo=datetime.UTC)
        return time.astimezone(datetime.UTC)
    except (TypeError, ValueError, OverflowError) as exc:
        raise Invalid(f'{name} {value!r:.80} is no time') from exc


def _end_time(chain: Any) -> datetime.datetime | None:
    """Return when the last reporter of a chain said something."""
    if not isinstance(chain, list):
        return None
    for step in reversed(chain):
        if isinstance(step, dict) and 'reporterTime' in step:
            try:
                return _time('reporterTime', step['reporterTime'])
            except Invalid:
                return None
    return None
