# SPDX-License-Identifier: Apache-2.0

"""Which actions and typeURIs CADF knows (DSP0262, as pycadf lists them).

pycadf itself accepts whatever merely begins like an entry (``computer``,
``startle``). An extension hangs below an entry, behind a slash.
"""

from collections.abc import Collection
import difflib

from pycadf import cadftaxonomy

ACTIONS = frozenset(cadftaxonomy.ACTION_TAXONOMY)
RESOURCES = frozenset(cadftaxonomy.RESOURCE_TAXONOMY)
UNKNOWN = 'unknown'

_REFERENCES = frozenset({'initiator', 'target'})


def is_action(value: str) -> bool:
    """Say whether a value is an action of CADF or extends one."""
    return _belongs(value, ACTIONS)


def is_resource(value: str) -> bool:
    """Say whether a value is a resource typeURI of CADF or extends one."""
    return _belongs(value, RESOURCES)


def distinct_id(value: str, kind: str) -> str:
    """Return an id that names something itself.

    CADF reads the ids ``initiator`` and ``target`` as references to those
    parts of the event, and pycadf drops everything beside them.

    :param value: the id as it was found
    :param kind: what it is the id of: user, service, target
    """
    return f'{kind}:{value}' if value in _REFERENCES else value


def allowed_actions(value: str, brief: bool = False) -> str:
    """Return the sentence that tells which actions are allowed.

    :param value: what was written
    :param brief: whether the nearest one is enough, if there is one
    """
    return _allowed(value, ACTIONS, 'action', brief)


def allowed_resources(value: str, brief: bool = False) -> str:
    """Return the sentence that tells which typeURIs are allowed.

    :param value: what was written
    :param brief: whether the nearest one is enough, if there is one
    """
    return _allowed(value, RESOURCES, 'typeURI', brief)


def _belongs(value: str, taxonomy: Collection[str]) -> bool:
    head = value
    while head not in taxonomy:
        head, slash, _ = head.rpartition('/')
        if not slash:
            return False
    # "update/" and "update//x" name no extension.
    return '' not in value[len(head) + 1 :].split('/') or head == value


def _allowed(
    value: str, taxonomy: Collection[str], kind: str, brief: bool
) -> str:
    near = difflib.get_close_matches(value, taxonomy, 1)
    hint = f' (did you mean {near[0]!r}?)' if near else ''
    problem = f'{value!r} is no CADF {kind}{hint}'
    if near and brief:
        return problem
    roots = ', '.join(sorted({entry.split('/')[0] for entry in taxonomy}))
    return (
        f'{problem}; allowed are the entries of the taxonomy, which begin '
        f'with {roots}, and what extends one of them behind a slash'
    )
