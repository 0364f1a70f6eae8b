# SPDX-License-Identifier: Apache-2.0

"""Members that name something, and those beside them that hold its value.

``{"name": "password", "value": "hunter2"}``, and in other words: Key and
Value, output_key and output_value, the path and value of JSON Patch.
"""

from collections.abc import Callable
from typing import Any

from cadf_audit.redaction.names import last_words
from cadf_audit.redaction.names import plain

#: The members that hold a name, without dashes, underscores and capitals
NAMING = frozenset(
    {
        'attribute',
        'field',
        'header',
        'id',
        'k',
        'key',
        'kind',
        'label',
        'n',
        'name',
        'option',
        'parameter',
        'path',
        'property',
        'title',
        'type',
        'var',
        'variable',
    }
)
#: those that then hold its value
NAMED = frozenset(
    {
        'content',
        'contents',
        'data',
        'default',
        'stringdata',
        'text',
        'v',
        'val',
        'value',
        'values',
    }
)
#: which of them have a word in front as well
NAMING_LAST = frozenset({'key', 'name'})
NAMED_LAST = frozenset({'default', 'val', 'value', 'values'})

# Beside a value it is no key but a name.
_KEYS = frozenset({'key', 'outputkey', 'parameterkey', 'tagkey'})
_VALUES = frozenset({'val', 'value', 'values'})

#: says that what stands beside it is not to be seen: of Heat, CloudFormation
HIDDEN = frozenset({'hidden', 'noecho'})

#: The one of EC2 has no telling name, but stands beside its secret
ACCESS = 'access'
BESIDE_ACCESS = 'secret'


class Role:
    """What a member may be in an object that names something.

    A bit each: one looks at all members of an object at once.
    """

    NONE = 0
    NAMING = 1
    #: the same, and else a key
    KEY = 2
    NAMED = 4
    #: the same, and what stands beside it is a name
    VALUE = 8
    #: whether the value is to be seen
    HIDDEN = 16


_OF_SEVERAL = {Role.KEY: Role.NAMING, Role.VALUE: Role.NAMED}

# The number of one of several, and what stands around it.
_NUMBERS = '0123456789[]()._- '


def role_of(name: str) -> int:
    """Return what a member of this name may be.

    :param name: the name of the member, perhaps one of several: value1
    """
    role = _role_of(name)
    if role == Role.NONE and not name.isalpha():
        role = _role_of(name.rstrip(_NUMBERS))
        # Such a value shows no key: each of several is a secret of its own.
        return _OF_SEVERAL.get(role, role)
    return role


def _role_of(name: str) -> int:
    letters = plain(name)
    last = ''.join(last_words(name)[-1:])
    if letters in _KEYS:
        return Role.KEY
    if letters in NAMING or last in NAMING_LAST:
        return Role.NAMING
    if last in _VALUES or letters == 'v':
        return Role.VALUE
    if letters in NAMED or last in NAMED_LAST:
        return Role.NAMED
    return Role.HIDDEN if letters in HIDDEN else Role.NONE


def is_named(name: str) -> bool:
    """Say whether a member of this name holds the value of what is named.

    :param name: the name of the member
    """
    return bool(role_of(name) & (Role.NAMED | Role.VALUE))


def drop_values(source: dict[str, Any]) -> None:
    """Take the values out of an object whose names may be missing.

    Whatever they are: a list or an object may be the value of a password, too.

    :param source: the object
    """
    for name in [*source]:
        if is_named(name):
            del source[name]
    if BESIDE_ACCESS not in source:
        source.pop(ACCESS, None)


def names_secret(name: Any, hides: Callable[[str], bool]) -> bool:
    """Say whether a name, or a path that leads to it, is that of a secret.

    :param name: the name, or the path, with slashes
    :param hides: says so of a name
    """
    if type(name) is not str:
        return False
    return hides(name) or ('/' in name and any(map(hides, name.split('/'))))
