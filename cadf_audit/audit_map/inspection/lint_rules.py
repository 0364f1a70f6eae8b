# SPDX-License-Identifier: Apache-2.0

"""A resource of a map in, those of its keys out that have no effect."""

from collections.abc import Callable
from collections.abc import Iterator

from cadf_audit.audit_map.document import Value
from cadf_audit.audit_map.findings import did_you_mean
from cadf_audit.audit_map.inspection.declared import Declared
from cadf_audit.audit_map.resource_actions import METHODS
from cadf_audit.audit_map.resources import Resource
from cadf_audit.audit_map.walk import ResourceMap

_Found = Iterator[tuple[Value, str]]

# Methods whose responses are lists of what was done, where no rule says else.
_BULK_METHODS = ('PATCH', 'POST', 'PUT')

# A segment that stands for all that the map does not name.
_ANY = '\N{REPLACEMENT CHARACTER}'


def useless_rules(
    one: Declared, resource: Resource, audit_map: ResourceMap
) -> _Found:
    """Yield the values that have no effect, and why.

    :param one: the resource as it is written
    :param resource: the resource, compiled
    :param audit_map: its map
    """
    for check in _CHECKS:
        yield from check(one, resource, audit_map)


def _unread(
    one: Declared, resource: Resource, audit_map: ResourceMap
) -> _Found:
    """Find what is to be looked for in a response that nobody reads."""
    if resource.reads or any(resource.bulks.values()):
        return
    for key in (
        'custom_attributes',
        'custom_id',
        'custom_name',
        'custom_project',
    ):
        if key in one.rules:
            yield (
                one.rules[key],
                'has no effect: read_response names no method, so no '
                'response is read',
            )


def _wrappers(
    one: Declared, resource: Resource, audit_map: ResourceMap
) -> _Found:
    """Find names of wrappers in a response that nobody looks for."""
    if resource.singleton:
        if 'type_name' in one.rules:
            yield (
                one.rules['type_name'],
                'has no effect: a singleton has no list',
            )
        return
    names_parent = audit_map.strict and bool(resource.beneath)
    item_counts = bool(resource.reads) or names_parent
    if 'el_type_name' in one.rules and not item_counts:
        yield (
            one.rules['el_type_name'],
            'has no effect: read_response names no method, and there is no '
            'child whose event would carry it',
        )
    told = one.rules['bulk'].items() if 'bulk' in one.rules else {}
    lists = any(method not in told for method in _BULK_METHODS)
    derives = item_counts and 'el_type_name' not in one.rules
    if 'type_name' in one.rules and not lists and not derives:
        yield (
            one.rules['type_name'],
            'has no effect: bulk says where the items are, and nothing else '
            'is read by this name',
        )


def _upsert(
    one: Declared, resource: Resource, audit_map: ResourceMap
) -> _Found:
    if not resource.upsert or resource.singleton:
        return
    if resource.methods.get('PUT', 'update') != 'update' and not any(
        action == 'update' for action in resource.actions.values()
    ):
        yield (
            one.rules['upsert'],
            'has no effect: by method_actions, no PUT is an update',
        )


def _by_request(
    one: Declared, resource: Resource, audit_map: ResourceMap
) -> _Found:
    """Find rules for requests that there are none of."""
    for key in ('bulk', 'action_from'):
        rules = one.rules[key].items() if key in one.rules else {}
        for rule, value in rules.items():
            method, colon, ending = rule.partition(':')
            if not colon:
                if resource.methods.get(method, '') is None:
                    yield (
                        value,
                        f'has no effect: method_actions says that {method} '
                        'is not audited',
                    )
            elif not _is_named(resource, method, ending):
                yield (
                    value,
                    f'has no effect: custom_actions has no {ending!r}, so no '
                    f'path ends in it{did_you_mean(ending, resource.actions)}',
                )


def _is_named(resource: Resource, method: str, ending: str) -> bool:
    """Say whether an ending of a path is one of a named action."""
    return (
        f'{method}:{ending}' in resource.actions
        or ending in resource.actions
        or (method in resource.wildcards and '/' not in ending)
        or (method == 'POST' and ending == 'action')
    )


def _payloads(
    one: Declared, resource: Resource, audit_map: ResourceMap
) -> _Found:
    value = one.rules.get('payloads')
    rules = value.items() if value is not None else {}
    if 'enabled' not in rules or rules['enabled'].flag():
        return
    for key in ('include', 'exclude'):
        if key in rules:
            yield rules[key], 'has no effect beside enabled: false'


def _actions(
    one: Declared, resource: Resource, audit_map: ResourceMap
) -> _Found:
    """Find named actions that no path ends in."""
    if 'custom_actions' not in one.rules:
        return
    for rule, value in one.rules['custom_actions'].items().items():
        method, colon, ending = rule.partition(':')
        if colon and method in METHODS:
            if ending == '*':
                yield from _wildcard(value, method, resource)
                continue
        else:
            near = did_you_mean(method, METHODS)
            # In small letters it was found when the map was compiled.
            if colon and near and method.upper() not in METHODS:
                yield (
                    value,
                    f'{method!r} is no method{near}, so this is an action of '
                    f'the name {rule!r}',
                )
            ending = rule
        problem = _never_ends(ending, audit_map)
        if problem:
            yield value, problem


def _never_ends(ending: str, audit_map: ResourceMap) -> str:
    """Return why no path ends in the name of an action, or an empty text."""
    if '*' in ending:
        return (
            f'{ending!r} is a name like any other; what stands for any name '
            'is METHOD:*, such as POST:*'
        )
    if '' in ending.split('/'):
        return f'never matches: {ending!r} has an empty segment'
    if audit_map.drops_json and ending.endswith('.json'):
        return (
            'never matches: .json at the end of a path is dropped; leave it '
            'out, or set json_suffix: false'
        )
    return ''


def _wildcard(value: Value, method: str, resource: Resource) -> _Found:
    """Find a wildcard for which the ids of a resource leave nothing."""
    if resource.singleton or resource.id is None:
        return
    if method == 'POST' and resource.body_wildcards:
        return
    takes_all = resource.id.match(f'{_ANY}/{_ANY}')
    if takes_all is not None and takes_all.end() > 1:
        yield (
            value,
            'has no effect: an id of this resource takes the rest of a path '
            'with it',
        )


def _hides_elements(
    one: Declared, resource: Resource, audit_map: ResourceMap
) -> _Found:
    """Find actions that are not audited, whose name an element may have."""
    if 'custom_actions' not in one.rules or resource.singleton:
        return
    for rule, value in one.rules['custom_actions'].items().items():
        if not value.is_null or rule.partition(':')[0] in METHODS:
            continue
        found = resource.id.fullmatch(rule) if resource.id else '/' not in rule
        if found or (resource.secret_id and '/' not in rule):
            yield (
                value,
                f'keeps an element of the name {rule!r} from being audited, '
                'whatever is done to it: name the method that is meant, '
                f'such as GET:{rule}',
            )


def _keys(one: Declared, resource: Resource, audit_map: ResourceMap) -> _Found:
    if not resource.keys or 'keys' not in one.rules or resource.singleton:
        return
    if resource.id is None:
        return
    takes_all = resource.id.match(f'{_ANY}/{_ANY}')
    if takes_all is not None and takes_all.end() > 1:
        yield (
            one.rules['keys'],
            'has no effect: an id of this resource takes the rest of a path '
            'with it',
        )


_CHECKS: tuple[Callable[[Declared, Resource, ResourceMap], _Found], ...] = (
    _unread,
    _wrappers,
    _upsert,
    _by_request,
    _payloads,
    _actions,
    _hides_elements,
    _keys,
)
