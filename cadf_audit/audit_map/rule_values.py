# SPDX-License-Identifier: Apache-2.0

"""One value of a resource map in, the rule that it is out, checked."""

import re

from cadf_audit.audit_map.document import Value
from cadf_audit.audit_map.findings import Findings
from cadf_audit.audit_map.findings import or_allowed
from cadf_audit.audit_map.json_path import parse_json_path
from cadf_audit.audit_map.resource_actions import METHODS
from cadf_audit.audit_map.resources import attribute_place
from cadf_audit.audit_map.resources import Bulk
from cadf_audit.audit_map.resources import Place
from cadf_audit import taxonomy

_WRITES = frozenset({'POST', 'PUT', 'PATCH'})

_ATTRIBUTE_KEYS = ('from', 'type_uri')

# A typeURI of an attachment may name a plain type as well.
_PLAIN_TYPES = ('xs:', 'mime:')
_XS_TYPES = ('string', 'boolean', 'integer', 'int', 'decimal', 'dateTime')

# Headers that carry what nobody may record.
_CREDENTIALS = frozenset(
    {
        'authentication-info',
        'authorization',
        'cookie',
        'proxy-authenticate',
        'proxy-authorization',
        'set-cookie',
        'www-authenticate',
        'x-auth-token',
        'x-service-token',
        'x-storage-token',
        'x-subject-token',
    }
)


_flags_of = re.compile(r'\(\?[aiLmsux]+\)').match


def _flags(text: str) -> str:
    found = _flags_of(text)
    return found[0] if found is not None else ''


def pattern(value: Value, text: str) -> re.Pattern[str]:
    """Return a pattern that ends where a segment ends."""
    try:
        # Flags of the whole stand at the beginning of the whole.
        flags = _flags(text)
        re.compile(text)
        # A line break is a character like any other.
        return re.compile(
            f'{flags}(?:{text[len(flags) :]})(?=/|\\Z)', re.DOTALL
        )
    except (re.error, RecursionError, OverflowError) as exc:
        raise value.error(f'{text!r} is no regular expression: {exc}') from exc


def check_keys(
    values: dict[str, Value], allowed: tuple[str, ...], findings: Findings
) -> None:
    """Note the keys that nobody reads.

    :param values: the values by their keys
    :param allowed: the keys that there are
    :param findings: takes what was found
    """
    for name, value in values.items():
        if name not in allowed:
            findings.add(
                value.line,
                value.key,
                f'unknown key{or_allowed(name, allowed)}',
            )


def own_type_uri(value: Value, own: Value | None, default: str) -> str:
    """Return a typeURI, checked.

    :param value: what it is the typeURI of
    :param own: what the map says, if it does
    :param default: what is taken else
    """
    if own is not None:
        return checked_type_uri(own, own.text())
    return checked_type_uri(value, default)


def checked_type_uri(value: Value, type_uri: str, also: str = '') -> str:
    """Return a typeURI that is in the taxonomy; note one that was not.

    :param value: where it comes from
    :param type_uri: the typeURI
    :param also: what else is allowed there
    """
    if taxonomy.is_resource(type_uri):
        return type_uri
    value.note(taxonomy.allowed_resources(type_uri, brief=True) + also)
    below = '/'.join(filter(None, type_uri.split('/')))
    return f'service/{below}' if below else taxonomy.UNKNOWN


def custom_actions(
    rules: dict[str, Value],
) -> tuple[dict[str, str | None], dict[str, str | None]]:
    """Return the named actions and those with a wildcard."""
    actions: dict[str, str | None] = {}
    wildcards: dict[str, str | None] = {}
    for rule, each in rules.items():
        action = _action(each)
        method, colon, ending = rule.partition(':')
        if colon and ending == '*' and method in METHODS:
            wildcards[method] = action
            continue
        if colon and method not in METHODS and method.upper() in METHODS:
            each.note(
                f'the method is written {method.upper()} in a rule; as it is '
                'written, this is an action of that name'
            )
        actions[rule] = _without_star(each, action)
    return actions, wildcards


def method_actions(value: Value | None) -> dict[str, str | None]:
    """Return the actions on a resource itself, by the method."""
    result = {}
    for method, each in value.items().items() if value is not None else ():
        if method not in METHODS:
            each.note(f'{method!r} is no method{or_allowed(method, METHODS)}')
        result[method] = _without_star(each, _action(each))
    return result


def _without_star(value: Value, action: str | None) -> str | None:
    if action is not None and '*' in action:
        value.note(
            f'{action!r} has a * that stands for nothing; it does so in a '
            'rule METHOD:* of custom_actions'
        )
        return action.replace('*', taxonomy.UNKNOWN)
    return action


def _action(value: Value) -> str | None:
    if value.is_null:
        return None
    action = value.text()
    if taxonomy.is_action(action.replace('*', 'x')):
        return action
    value.note(taxonomy.allowed_actions(action, brief=True))
    below = '/'.join(filter(None, action.split('/')))
    return f'{taxonomy.UNKNOWN}/{below}' if below else taxonomy.UNKNOWN


def methods(value: Value | None) -> frozenset[str]:
    """Return the methods whose response is read."""
    if value is None:
        return _WRITES
    names = []
    for each in value.values():
        name = each.text()
        if name not in METHODS:
            each.note(f'{name!r} is no method{or_allowed(name, METHODS)}')
        names.append(name)
    return frozenset(names)


def places(value: Value | None, *default: str) -> tuple[Place, ...]:
    """Return where a fact may stand, in the order to look."""
    if value is None:
        return tuple(attribute_place(name) for name in default)
    return tuple(_place_of(each, each.text()) for each in value.values())


def _place_of(value: Value, text: str) -> Place:
    kind, colon, rest = text.partition(':')
    if colon and kind == 'header':
        header = rest.strip().lower()
        if header in _CREDENTIALS:
            raise value.error(
                f'the header {header} carries a credential, which no event '
                'may contain'
            )
        return Place(header=header)
    of_request = bool(colon) and kind == 'request'
    steps = rest.strip() if of_request else text
    if of_request or text.startswith('$'):
        try:
            return Place(
                steps=parse_json_path(steps),
                of_item=False,
                of_request=of_request,
            )
        except ValueError as exc:
            raise value.error(str(exc)) from exc
    return attribute_place(text)


def attributes(
    value: Value | None,
) -> list[tuple[str, tuple[Place, ...], str]]:
    """Return what is attached: its name, its places and its typeURI."""
    result = []
    for name, each in value.items().items() if value is not None else ():
        if not name:
            raise each.error('an attribute has a name that is not empty')
        if each.is_mapping:
            rules = each.items()
            for key in _ATTRIBUTE_KEYS:
                if key not in rules:
                    raise each.error(f'the key {key} is missing')
            for key, other in rules.items():
                if key not in _ATTRIBUTE_KEYS:
                    other.note(
                        f'unknown key{or_allowed(key, _ATTRIBUTE_KEYS)}'
                    )
            found = places(rules['from'])
            if not found:
                raise rules['from'].error('has to be a place, or several')
            type_value = rules['type_uri']
        else:
            found, type_value = (_place_of(each, name),), each
        type_uri = type_value.text()
        if not type_uri.startswith(_PLAIN_TYPES):
            type_uri = checked_type_uri(
                type_value,
                type_uri,
                f'; did you mean xs:{type_uri}?'
                if type_uri in _XS_TYPES
                else '; xs: and mime: may begin it as well: xs:string is a '
                'text',
            )
        result.append((name, found, type_uri))
    return result


def action_names(value: Value | None) -> dict[str, Place]:
    """Return where a request names its action, by ``METHOD[:ending]``."""
    result = {}
    for rule, each in value.items().items() if value is not None else ():
        _check_rule(each, rule)
        place = _place_of(each, each.text())
        if not place.of_request:
            raise each.error(
                f'{each.text()!r} is no place in the request; one looks like '
                'request:$.target'
            )
        result[rule] = place
    return result


def bulks(
    value: Value | None, default: Bulk | None, reads: frozenset[str]
) -> dict[str, Bulk | None]:
    """Return where the items of a bulk request stand, by method.

    :param value: what the map says
    :param default: where they stand in what is read anyway, if anywhere
    :param reads: the methods whose response is read
    """
    result: dict[str, Bulk | None] = {}
    if default is not None:
        result = dict.fromkeys(sorted(_WRITES & reads), default)
    for rule, each in value.items().items() if value is not None else ():
        _check_rule(each, rule)
        if each.is_null:
            result[rule] = None
            continue
        text = each.text()
        where, _, path = text.partition(':')
        if where not in ('request', 'response'):
            raise each.error(
                f'{text!r} does not say where the items stand; allowed are '
                'request: and response: with a JSON path behind it, such as '
                'request:$.ids, and null'
            )
        try:
            steps = parse_json_path(path.strip())
        except ValueError as exc:
            raise each.error(str(exc)) from exc
        result[rule] = Bulk(where == 'request', steps)
    return result


def _check_rule(value: Value, rule: str) -> None:
    method = rule.partition(':')[0]
    if method not in METHODS:
        value.note(
            f'{rule!r} does not begin with a method'
            f'{or_allowed(method, METHODS)}; an action may stand behind it: '
            'POST:delete'
        )
