# SPDX-License-Identifier: Apache-2.0

"""A row of the trail in, what people and programs are shown of it out."""

from collections.abc import Mapping
import json
import logging
import math
from typing import Any

from cadf_audit.trail.query.kind_names import Kind
from cadf_audit.trail.query.spoilt import text
from cadf_audit.wording.sentence import sentence
from cadf_audit.wording.words import Words

LOG = logging.getLogger(__name__)

#: The fields of an event that is shown, with the column that has each; those
#: without a column are made
FIELDS: dict[str, str] = {
    'id': 'id',
    'sequence': 'sequence',
    'created': 'event_time',
    'updated': 'end_time',
    'received': 'received_time',
    'type': '',
    'level': '',
    'description': '',
    'action': 'action',
    'outcome': 'outcome',
    'status': 'reason_code',
    'username': 'initiator_name',
    'user_id': 'initiator_id',
    'project_id': 'initiator_project_id',
    'domain_id': 'initiator_domain_id',
    'ip_address': 'initiator_address',
    'user_agent': 'initiator_agent',
    'node': 'target_id',
    'hostname': 'target_name',
    'target_type': 'target_type_uri',
    'target_project_id': 'target_project_id',
    'observer': 'observer_name',
    'kind': 'kind',
    'endpoint': 'endpoint',
    'path': 'request_path',
    'request_id': 'request_id',
    'global_request_id': 'global_request_id',
}

#: What holds the event as it came, where that is wanted
EVENT = 'event'

_TIMES = frozenset({'created', 'updated', 'received'})


def show(
    row: Mapping[str, Any], kind: Kind | None, words: Words | None = None
) -> dict[str, Any]:
    """Return an event as it is shown.

    :param row: its row
    :param kind: its kind; None if that is not known
    :param words: what its description is made of
    :returns: the fields, with None for what the event does not say; times as
        ISO 8601 has them
    """
    shown: dict[str, Any] = {}
    for name, column in FIELDS.items():
        value = row[column] if column else None
        if name in _TIMES and value is not None:
            value = value.isoformat()
        elif type(value) is bytes:
            value = text(value)
        shown[name] = value
    # What never ended later than it began was never updated.
    shown['updated'] = shown['updated'] or shown['created']
    if kind is not None:
        shown['type'] = kind.category.name
        shown['level'] = kind.category.level
    shown['description'] = _sentence(row, words)
    if EVENT in row:
        shown[EVENT] = _event(row[EVENT])
    return shown


def _sentence(row: Mapping[str, Any], words: Words | None) -> str:
    try:
        return sentence(row, words)
    except Exception:
        # One odd row does not hide the others.
        LOG.exception('event %s cannot be put into words', row['sequence'])
        return ''


def _event(stored: Any) -> Any:
    """Return an event as it came; its text where that cannot be read."""
    try:
        return json.loads(stored, parse_float=_number, parse_constant=_refuse)
    except (TypeError, ValueError, RecursionError):
        found = text(stored)
        return found if isinstance(found, str) else None


def _number(digits: str) -> float | str:
    """Return a number, or its digits where JSON could not say it."""
    number = float(digits)
    return number if math.isfinite(number) else digits


def _refuse(name: str) -> Any:
    raise ValueError(f'{name} is no JSON')
