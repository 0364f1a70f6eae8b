# SPDX-License-Identifier: Apache-2.0

"""The rows of the catalogue of a map, and what a body makes of one."""

from collections.abc import Iterator
import dataclasses

from cadf_audit.audit_map.inspection.resource_verdicts import ResourceJudge
from cadf_audit.audit_map.resource_actions import body_action
from cadf_audit.audit_map.resource_actions import METHODS
from cadf_audit.audit_map.resource_actions import named_action
from cadf_audit.audit_map.resources import Match
from cadf_audit.audit_map.resources import Resource

#: any method
ANY_METHOD = '*'

_ORDER = ('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE')

#: the methods that an API usually has for a collection, and for an element
ON_COLLECTION = frozenset({'GET', 'POST'})
ON_ELEMENT = frozenset({'GET', 'PUT', 'PATCH', 'DELETE'})


@dataclasses.dataclass(frozen=True)
class Listed:
    """A kind of request.

    :param method: the HTTP method, or ``*``
    :param route: the form of the path; what may be left out is in brackets,
        and what bodies tell in parentheses
    :param ids: the placeholders that cannot be left out
    :param action: the CADF action; ``*`` in it stands for a name
    :param type_uri: the typeURI of the target
    """

    method: str
    route: str
    ids: tuple[str, ...]
    action: str
    type_uri: str


def named_by_body(
    route: str, ids: tuple[str, ...], resource: Resource, type_uri: str
) -> Iterator[Listed]:
    """Yield the actions that the body of a POST can name."""
    named = {}
    for rule in resource.actions:
        method, ending = split(rule)
        if method in (ANY_METHOD, 'POST') and '/' not in ending:
            action = body_action(resource, 'POST', ending)
            if not action.startswith('read/list'):
                named[ending] = action
    any_action = 'update/*'
    if resource.body_wildcards:
        any_action = resource.wildcards.get('POST') or any_action
    for name, action in named.items():
        yield Listed('POST', f'{route} (body: {name})', ids, action, type_uri)
    yield Listed(
        'POST', f'{route} (body: any other name)', ids, any_action, type_uri
    )


def told_by_bodies(
    row: Listed, match: Match, judge: ResourceJudge
) -> Iterator[Listed]:
    """Yield the rows of a request, of which bodies may tell more.

    :param row: its row
    :param match: what the map says of the request
    :param judge: knows how the map is written
    """
    resource = match.resource
    if resource is None or match.rest:
        yield row
        return
    if match.from_body:
        yield from named_by_body(row.route, row.ids, resource, row.type_uri)
    else:
        yield from named_behind(row, resource, match.ending)
        if resource.upsert and (row.method, row.action) == ('PUT', 'update'):
            yield dataclasses.replace(
                row, route=f'{row.route} (answer: 201)', action='create'
            )
    if match.ending or match.id is None:
        yield from items_of(row, resource, match.ending, judge)


def items_of(
    row: Listed, resource: Resource, ending: str, judge: ResourceJudge
) -> Iterator[Listed]:
    """Yield a row for the items of a bulk request, if the map names them.

    :param row: the row of the request
    :param resource: what it is about
    :param ending: the named action at the end of the path, or an empty text
    :param judge: knows how the map is written
    """
    for rule in judge.bulk_rules(resource):
        method, _, name = rule.partition(':')
        if name == ending and row.method in (method, ANY_METHOD):
            yield dataclasses.replace(
                row,
                method=method,
                route=f'{row.route} (each item)',
                type_uri=resource.el_type_uri,
            )


def named_behind(
    row: Listed, resource: Resource, ending: str
) -> Iterator[Listed]:
    """Yield the row of a path, once for each action that a body can name.

    :param row: the row
    :param resource: what the request is about
    :param ending: the named action at the end of the path, or an empty text
    """
    rule = f'{row.method}:{ending}' if ending else row.method
    if rule not in resource.named_by:
        yield row
        return
    for name in _names_behind(resource, row.method, ending):
        yield dataclasses.replace(
            row,
            route=f'{row.route} (body: {name})',
            action=named_action(
                resource, row.method, ending, row.action, name
            ),
        )
    yield dataclasses.replace(
        row,
        route=f'{row.route} (body: any other name)',
        action=f'{row.action}/*',
    )


def _names_behind(
    resource: Resource, method: str, ending: str
) -> Iterator[str]:
    """Yield the names that rules have behind the ending of a path."""
    for rule in resource.actions:
        known, name = split(rule)
        if known in (ANY_METHOD, method):
            if not ending and '/' not in name:
                yield name
            elif ending and name.startswith(f'{ending}/'):
                yield name.removeprefix(f'{ending}/')


def split(rule: str) -> tuple[str, str]:
    """Return the method and the ending of a rule for a named action."""
    method, colon, ending = rule.partition(':')
    return (method, ending) if colon and method in METHODS else ('*', rule)


def placeholder(name: str) -> str:
    """Return a name as it may stand in braces."""
    return ''.join('_' if each in '{}:' else each for each in name)


def place_of(method: str) -> tuple[int, str]:
    """Return what methods are sorted by."""
    place = _ORDER.index(method) if method in _ORDER else len(_ORDER)
    return place, method
