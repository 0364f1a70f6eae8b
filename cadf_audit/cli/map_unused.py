# SPDX-License-Identifier: Apache-2.0

"""A request and its answer in, what the filter could not use of them out.

Whoever wonders why an event lacks something is told where it was looked for.
"""

from collections.abc import Iterator
from collections.abc import Sequence

from cadf_audit.audit_map.inspection.resource_verdicts import ResourceJudge
from cadf_audit.audit_map.json_path import Steps
from cadf_audit.audit_map.json_path import value_at
from cadf_audit.audit_map.resources import Match
from cadf_audit.audit_map.resources import Place
from cadf_audit.audit_map.resources import Resource
from cadf_audit.middleware.evidence import Evidence
from cadf_audit.middleware.resource_target import ResourceTargets
from cadf_audit.notification import Event

Step = tuple[str, str]


def unused(
    judge: ResourceJudge,
    match: Match,
    method: str,
    evidence: Evidence,
    events: Sequence[tuple[str, Event]],
) -> Iterator[Step]:
    """Yield what was of no use, each with the reason.

    :param judge: knows how the map is written
    :param match: what the map says of the request
    :param method: its method
    :param evidence: what was sent and answered
    :param events: what came of it
    """
    resource = match.resource
    if resource is None or match.rest or not events:
        return
    final = events[-1][1]
    succeeded = final['outcome'] == 'success'
    yield from _unnamed(resource, match, method, evidence)
    rule = match.rule(method)
    bulk = match.bulk(method)
    reads = method in resource.reads or (
        bulk is not None and not bulk.of_request
    )
    yield from _unread(reads, succeeded, method, evidence)
    written = rule in judge.bulk_rules(resource)
    if bulk is not None and written:
        whole = (
            evidence.request_document()
            if bulk.of_request
            else evidence.response_document()
        )
        if not isinstance(value_at(whole, bulk.steps), list):
            where = 'request' if bulk.of_request else 'response'
            yield (
                where,
                f'no list at {_path(bulk.steps)}: no item has an event',
            )
    target = final['target']
    counted = any(
        each['name'] == 'count' for each in target.get('attachments', ())
    )
    if match.creates and succeeded and not counted:
        untold = ResourceTargets(judge.map).build(match)['id']
        if target['id'] == untold:
            yield 'id', f'none found: {_looked_for(resource, method)}'


def _unnamed(
    resource: Resource, match: Match, method: str, evidence: Evidence
) -> Iterator[Step]:
    """Yield why a body names no action, where it could."""
    document = evidence.request_document()
    place = resource.named_by.get(match.rule(method))
    if place is not None:
        if not isinstance(value_at(document, place.steps), str):
            yield (
                'request',
                f'names no action: no text at {_path(place.steps)}'
                f'{_why(document, evidence)}',
            )
    elif match.from_body and not (isinstance(document, dict) and document):
        yield (
            'request',
            'names no action: its body has to be a JSON object, whose first '
            f'key is the name{_why(document, evidence)}',
        )


def _why(document: object, evidence: Evidence) -> str:
    recording = evidence.request
    if recording is None or not (recording.content() or recording.overflows):
        return ' (there is no --body)'
    if recording.overflows:
        return f' (it is longer than {recording.limit} bytes)'
    return ' (this is no JSON)' if document is None else ''


def _unread(
    reads: bool, succeeded: bool, method: str, evidence: Evidence
) -> Iterator[Step]:
    """Yield why an answer that was given tells nothing."""
    response = evidence.response
    if response is None:
        return
    kind = evidence.header('content-type')
    if not reads:
        problem = f'no rule needs it: read_response does not name {method}'
    elif not succeeded:
        problem = 'it is about a failure'
    elif response.overflows:
        problem = f'it is longer than {response.limit} bytes'
    elif not response.content():
        encoding = evidence.header('content-encoding')
        problem = f'its content type is {kind}, not application/json'
        if encoding not in ('', 'identity'):
            problem = f'its content-encoding is {encoding}'
    elif evidence.response_document() is None:
        problem = 'it is no JSON'
    else:
        return
    yield 'response', f'is not read: {problem}'


def _looked_for(resource: Resource, method: str) -> str:
    """Return where the id of something new was looked for."""
    if method not in resource.reads and not resource.reads_headers:
        return f'read_response does not name {method}'
    places = [_place(place, resource.item_name) for place in resource.ids]
    return f'looked for {", then for ".join(places) or "nothing"}'


def _place(place: Place, item_name: str | None) -> str:
    if place.header:
        return f'the header {place.header} of the response'
    if place.of_request:
        return f'{_path(place.steps)} in the request'
    if not place.of_item:
        return f'{_path(place.steps)} in the response'
    name = '.'.join(str(step) for step in place.steps)
    if item_name is None:
        return f'{name!r} in the response'
    return f'{name!r} in {item_name!r} of the response, else in all of it'


def _path(steps: Steps) -> str:
    """Return steps as the map has them."""
    return '$' + ''.join(
        f'[{step}]' if isinstance(step, int) else _name(step) for step in steps
    )


def _name(step: str) -> str:
    if step.replace('_', '').replace('-', '').isalnum():
        return f'.{step}'
    return f"['{step}']"
