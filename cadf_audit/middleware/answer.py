# SPDX-License-Identifier: Apache-2.0

"""Request and response in, what they tell of the resource out.

The id and name of what was created, its project, the attributes that the map
names, and the items of a bulk request, each with an event of its own.
"""

from collections.abc import Iterable
import json
import math
from typing import Any
from typing import Final
import urllib.parse

from cadf_audit.audit_map.json_path import value_at
from cadf_audit.audit_map.resources import Match
from cadf_audit.audit_map.resources import Place
from cadf_audit.audit_map.resources import Resource
from cadf_audit.middleware.attachment import attachment
from cadf_audit.middleware.evidence import Evidence
from cadf_audit.middleware.meaning import BulkItems
from cadf_audit.middleware.meaning import Told
from cadf_audit.middleware.resource_target import ResourceTargets
from cadf_audit.notification import Event
from cadf_audit.redaction import Redactor
from cadf_audit.taxonomy import UNKNOWN
from cadf_audit.text import clean
from cadf_audit.text import encodable
from cadf_audit.text import MASK
from cadf_audit.text import PATH_LIMIT

# The document, so to speak, of an item of a bulk request.
_OF_BULK: Final[Any] = object()

# How many items of a bulk request get an event of their own.
MOST_ITEMS = 100

# Headers that hold a reference, often a relative one (RFC 9110).
_URL_HEADERS = ('location', 'content-location')


class Answer:
    """Reads what bodies tell about one request.

    :param targets: makes targets
    :param match: what the map says of the request
    :param resource: the resource that it is about
    :param method: the HTTP method
    :param evidence: the bodies
    :param succeeded: whether the outcome is success
    :param redactor: takes the secrets out of values
    """

    __slots__ = (
        '_evidence',
        '_match',
        '_method',
        '_redactor',
        '_resource',
        '_succeeded',
        '_targets',
    )

    def __init__(
        self,
        targets: ResourceTargets,
        match: Match,
        resource: Resource,
        method: str,
        evidence: Evidence,
        succeeded: bool,
        redactor: Redactor,
    ) -> None:
        self._targets = targets
        self._match = match
        self._resource = resource
        self._method = method
        self._evidence = evidence
        self._succeeded = succeeded
        self._redactor = redactor

    def tell(self, event: Event, told: Told) -> None:
        """Add what is known to what was found.

        :param event: the final event so far
        :param told: takes it
        """
        items = self._items()
        if items is not None:
            self._tell_items(items, told)
            self._tell_bulk(items, told)
        elif self._tells_one():
            self._tell_one(event, told)

    def _tells_one(self) -> bool:
        resource = self._resource
        if self._method in resource.reads:
            return self._succeeded or resource.reads_request
        # A header costs no look at the body.
        return (
            self._match.creates and self._succeeded and resource.reads_headers
        )

    def _items(self) -> list[Any] | None:
        bulk = self._match.bulk(self._method)
        if bulk is None:
            return None
        if bulk.of_request:
            document = self._evidence.request_document()
        else:
            document = self._response()
        items = value_at(document, bulk.steps)
        return items if isinstance(items, list) else None

    def _tell_one(self, event: Event, told: Told) -> None:
        match, resource = self._match, self._resource
        item = document = None
        if self._method in resource.reads:
            item = document = self._response()
        if isinstance(document, dict) and resource.item_name in document:
            wrapped = document[resource.item_name]
            item = wrapped if isinstance(wrapped, dict) else document
        target = dict(told.parts.get('target') or event['target'])
        if match.id is None:
            new_id = self._first_id(item, document)
            if new_id is not None:
                target = self._targets.build(match, new_id)
        self._describe(target, item, document)
        told.parts['target'] = target
        if resource.attributes:
            attachments = self._attributes(item, document)
            if attachments:
                told.parts['attachments'] = attachments

    def _tell_items(self, items: list[Any], told: Told) -> None:
        facts = [('count', str(len(items)))]
        if len(items) > MOST_ITEMS:
            facts.append(('items_recorded', str(MOST_ITEMS)))
        if self._match.id is None:
            whole = self._targets.collection(self._match)
        else:
            whole = self._targets.build(self._match)
        whole['attachments'] = whole.get('attachments', []) + [
            attachment(name, content) for name, content in facts
        ]
        told.parts['target'] = whole
        for item in items[:MOST_ITEMS]:
            if isinstance(item, dict):
                item_id = self._first_id(item, _OF_BULK)
            else:
                item_id = _id_of(_text(item))
            target = self._targets.build(self._match, item_id or UNKNOWN)
            self._describe(target, item, _OF_BULK)
            parts: dict[str, Any] = {'target': target}
            attachments = self._attributes(item, _OF_BULK)
            if attachments:
                parts['attachments'] = attachments
            told.items.append(parts)

    def _tell_bulk(self, items: list[Any], told: Told) -> None:
        """Say how the items are found again in either body."""
        bulk, resource = self._match.bulk(self._method), self._resource
        if bulk is not None:
            told.bulk = BulkItems(
                'request' if bulk.of_request else 'response',
                bulk.steps,
                (bulk.steps, (resource.list_name,)),
                items,
                self._item_id,
            )

    def _item_id(self, item: Any) -> str | None:
        if not isinstance(item, dict):
            return _id_of(_text(item))
        item_id = self._first_id(item, _OF_BULK)
        # One that is a secret is like any other.
        return None if item_id == MASK else item_id

    def _response(self) -> Any:
        """Return the response; one of a failure is about the failure."""
        return self._evidence.response_document() if self._succeeded else None

    def _describe(
        self, target: dict[str, Any], item: Any, document: Any
    ) -> None:
        """Add to a target what an item tells about it."""
        name = self._first(self._resource.names, item, document)
        if name is not None:
            target['name'] = name
        if 'project_id' not in target:
            project_id = self._first(self._resource.projects, item, document)
            if project_id is not None:
                target['project_id'] = project_id

    def _attributes(self, item: Any, document: Any) -> list[dict[str, str]]:
        strict = self._targets.strict
        attachments = []
        for name, places, type_uri in self._resource.attributes:
            for place in places:
                value = self._value(place, item, document)
                # Existing maps attach no number 0 and no empty list.
                if value is not None and value != '' and (value or strict):
                    break
            else:
                continue
            value = self._redactor.redact(name, value)
            if not isinstance(value, str):
                value = json.dumps(value, separators=(',', ':'))
            attachments.append(
                attachment(name, encodable(value), type_uri, PATH_LIMIT)
            )
        return attachments

    def _first(
        self, places: Iterable[Place], item: Any, document: Any
    ) -> str | None:
        for place in places:
            if place.attribute and type(item) is dict:
                # What most places are, at a third of the price.
                value = item.get(place.attribute)
                if value is not None and self._redactor.hides(place.attribute):
                    value = MASK
            else:
                value = self._value(place, item, document)
            if value is not None:
                text = _text(value)
                if text is not None:
                    return text
        return None

    def _first_id(self, item: Any, document: Any) -> str | None:
        """Return an id; a reference to something ends in its id."""
        return _id_of(self._first(self._resource.ids, item, document))

    def _value(self, place: Place, item: Any, document: Any) -> Any:
        if place.header:
            # A bulk response has no header for each item.
            if not self._succeeded or document is _OF_BULK:
                return None
            value = self._evidence.header(place.header).strip()
            if place.header in _URL_HEADERS:
                # Of a redirect it leads to something else.
                created = (self._evidence.code or '').startswith('2')
                return _last_segment(value) if created else None
            return _last_segment(value) if value.startswith('/') else value
        if place.of_request:
            document = self._evidence.request_document()
        steps = place.steps
        value = value_at(item if place.of_item else document, steps)
        if value is None or not steps:
            return value
        return self._redactor.redact(str(steps[-1]), value)


def _text(value: Any) -> str | None:
    """Return a scalar as text for an event; anything else is None."""
    if type(value) is not str:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        if isinstance(value, float) and not math.isfinite(value):
            return None
        value = str(value)
    return clean(value)


def _id_of(text: str | None) -> str | None:
    """Return the id at the end of a reference; any other text is an id."""
    if text is not None and '://' in text:
        return _last_segment(text)
    return text


def _last_segment(url: str) -> str | None:
    """Return the last segment of the path of a URL; None where it has none.

    Nothing else of it is told: the rest may hold a password or a signature.
    """
    try:
        path = urllib.parse.urlsplit(url).path.rstrip('/')
    except ValueError:
        return None
    segment = path.rpartition('/')[2].partition(';')[0]
    return urllib.parse.unquote(segment, errors='replace') or None
