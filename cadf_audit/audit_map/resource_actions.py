# SPDX-License-Identifier: Apache-2.0

"""A method, and what it is done to, in; the CADF action out."""

import re
from typing import Any
from typing import Final

from cadf_audit.audit_map.resources import Resource
from cadf_audit.taxonomy import UNKNOWN

MISSING: Final[Any] = object()

METHODS = ('DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'TRACE')

# Characters of a client that an action may contain, and how many.
_unsafe = re.compile(r'[^A-Za-z0-9_.:-]')
NAME_LIMIT = 64

_ON_COLLECTION = {
    'POST': 'create',
    'GET': 'read/list',
    'HEAD': 'read/list',
    'PUT': 'update',
    'PATCH': 'update',
    'DELETE': 'delete',
}
_ON_ONE = _ON_COLLECTION | {'POST': 'update', 'GET': 'read', 'HEAD': 'read'}
# What an operation on a key of a resource adds.
_ON_KEY = {
    'read': 'read/get',
    'update': 'update/set',
    'create': 'create/put',
    'delete': 'delete/unset',
}


def plain_action(method: str, on_one: bool) -> str:
    """Return the action on a resource itself.

    :param method: the HTTP method
    :param on_one: whether it is one element, or a singleton
    """
    return (_ON_ONE if on_one else _ON_COLLECTION).get(method, UNKNOWN)


def on_key(method: str, on_one: bool) -> str:
    """Return the action on a key of a resource.

    :param method: the HTTP method
    :param on_one: whether the resource is one element, or a singleton
    """
    action = plain_action(method, on_one)
    return _ON_KEY.get(action, action)


def on_rest(method: str) -> str:
    """Return the action on something that the map does not declare.

    :param method: the HTTP method
    """
    return _ON_ONE.get(method, UNKNOWN)


def fill_in(template: str | None, name: str) -> str | None:
    """Return the action of a rule in which ``*`` stands for a name.

    :param template: the action of the rule
    :param name: what a client wrote
    """
    if template is None or '*' not in template:
        return template
    return template.replace('*', safe_name(name) or UNKNOWN)


def safe_name(name: str) -> str:
    """Return a name that a client wrote as a part of an action."""
    return _unsafe.sub('_', name[:NAME_LIMIT])


def find_rule(resource: Resource, method: str, name: str) -> Any:
    """Return what a rule says of a named action, or MISSING.

    :param resource: what it is done to
    :param method: the HTTP method
    :param name: the name, which a client wrote
    """
    action = MISSING
    if method in METHODS:
        action = resource.actions.get(f'{method}:{name}', MISSING)
        if action is MISSING and method == 'HEAD':
            # What GET answers, HEAD announces (RFC 9110, section 9.3.2).
            action = resource.actions.get(f'GET:{name}', MISSING)
    if action is MISSING and name.partition(':')[0] not in METHODS:
        # A name that reads like a rule of a method is none: a client could
        # hide behind one that says null.
        action = resource.actions.get(name, MISSING)
    return action


def body_action(resource: Resource, method: str, name: str) -> str:
    """Return the action that a body names.

    A rule that says null is for paths: here the pending event is sent.

    :param resource: what it is done to
    :param method: the HTTP method
    :param name: the name in the body
    """
    action = find_rule(resource, method, name)
    if action is None:
        # Null for this method; there may be a rule for all.
        action = resource.actions.get(name)
    if action is not MISSING and action is not None:
        return str(action)
    if resource.body_wildcards:
        action = fill_in(resource.wildcards.get(method), name)
        if action is not None:
            return action
    name = safe_name(name)
    return f'update/{name}' if name else 'update'


def named_action(
    resource: Resource, method: str, ending: str, action: str, name: str
) -> str:
    """Return the action of a request whose body says more than its path.

    :param resource: what it is done to
    :param method: the HTTP method
    :param ending: the named action at the end of the path, or an empty text
    :param action: what the path tells
    :param name: the name in the body
    """
    told = find_rule(resource, method, f'{ending}/{name}' if ending else name)
    if told is not MISSING and told is not None:
        return str(told)
    name = safe_name(name)
    return f'{action}/{name}' if name else action


def is_named_for_others(resource: Resource, name: str) -> bool:
    """Say whether there are rules for a named action with other methods.

    :param resource: what it is done to
    :param name: the name, which a client wrote
    """
    return any(f'{method}:{name}' in resource.actions for method in METHODS)
