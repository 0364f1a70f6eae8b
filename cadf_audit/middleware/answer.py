# SPDX-License-Identifier: Apache-2.0

"""The bodies of a request in, what they tell of its resource out.

The id and name of what was created, its project, the attributes that the map
names, and the items of a bulk request, each with an event of its own.
"""

from collections.abc import Iterable
import json
from typing import Any
import urllib.parse

from cadf_audit.audit_map.json_path import value_at
from cadf_audit.audit_map.resources import Match
from cadf_audit.audit_map.resources import Place
from cadf_audit.audit_map.resources import Resource
from cadf_audit.middleware.attachment import attachment
from cadf_audit.middleware.evidence import Evidence
from cadf_audit.middleware.meaning import Findings
from cadf_audit.middleware.resource_target import ResourceTargets
from cadf_audit.notification import Event
from cadf_audit.taxonomy import UNKNOWN
from cadf_audit.text import clean
from cadf_audit.text import encodable
from cadf_audit.text import PATH_LIMIT

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
    """

    __slots__ = (
        '_evidence',
        '_match',
        '_method',
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
    ) -> None:
        self._targets = targets
        self._match = match
        self._resource = resource
        self._method = method
        self._evidence = evidence
        self._succeeded = succeeded

    def tell(self, event: Event, findings: Findings) -> None:
        """Add what is known to what was found.

        :param event: the final event so far
        :param findings: takes it
        """
        items = self._items()
        if items is not None:
            self._tell_items(items, findings)
        elif self._method in self._resource.reads and (
            self._succeeded or self._resource.reads_request
        ):
            self._tell_one(event, findings)

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

    def _tell_one(self, event: Event, findings: Findings) -> None:
        match, resource = self._match, self._resource
        item = document = self._response()
        if isinstance(document, dict) and resource.item_name in document:
            wrapped = document[resource.item_name]
            item = wrapped if isinstance(wrapped, dict) else document
        target = event['target'].copy()
        if match.id is None:
            new_id = self._first_id(item, document)
            if new_id is not None:
                target = self._targets.build(match, new_id)
        self._describe(target, item, document)
        findings.parts['target'] = target
        if resource.attributes:
            attachments = self._attributes(item, document)
            if attachments:
                findings.parts['attachments'] = attachments

    def _tell_items(self, items: list[Any], findings: Findings) -> None:
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
        findings.parts['target'] = whole
        for item in items[:MOST_ITEMS]:
            if isinstance(item, dict):
                item_id = self._first_id(item, None)
            else:
                item_id = _id_of(_text(item))
            target = self._targets.build(self._match, item_id or UNKNOWN)
            self._describe(target, item, None)
            parts: dict[str, Any] = {'target': target}
            attachments = self._attributes(item, None)
            if attachments:
                parts['attachments'] = attachments
            findings.items.append(parts)

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
        for name, place, type_uri in self._resource.attributes:
            value = self._value(place, item, document)
            # Existing maps attach no number 0 and no empty list.
            if value is None or value == '' or not (value or strict):
                continue
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
            text = _text(self._value(place, item, document))
            if text is not None:
                return text
        return None

    def _first_id(self, item: Any, document: Any) -> str | None:
        """Return an id; a reference to something ends in its id."""
        return _id_of(self._first(self._resource.ids, item, document))

    def _value(self, place: Place, item: Any, document: Any) -> Any:
        if place.header:
            if not self._succeeded:
                return None
            if document is None and item is not None:
                # Of a bulk response, which has no header for each item.
                return None
            value = self._evidence.header(place.header).strip()
            if place.header in _URL_HEADERS or value.startswith('/'):
                return _last_segment(value) or value
            return value
        if place.of_request:
            return value_at(self._evidence.request_document(), place.steps)
        return value_at(item if place.of_item else document, place.steps)


def _text(value: Any) -> str | None:
    """Return a scalar as text for an event; anything else is None."""
    if type(value) is not str:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        value = str(value)
    return clean(value)


def _id_of(text: str | None) -> str | None:
    """Return the id at the end of a reference; any other text is an id."""
    if text is not None and '://' in text:
        return _last_segment(text) or text
    return text


def _last_segment(url: str) -> str:
    try:
        path = urllib.parse.urlsplit(url).path.rstrip('/')
    except ValueError:
        return ''
    return urllib.parse.unquote(path.rpartition('/')[2], errors='replace')
