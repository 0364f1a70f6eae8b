# SPDX-License-Identifier: Apache-2.0

"""A JSON path of an audit map in, the value at it out.

The part of RFC 9535 that names one place: ``$.server.id``, ``$['a b'][0]``.
"""

from collections.abc import Sequence
import re
from typing import Any

_STEP = re.compile(
    r"""\.(?P<name>[^.\[\]'"]+)|\[(?P<index>\d{1,9})\]"""
    r"""|\['(?P<quoted>[^']+)'\]|\["(?P<double>[^"]+)"\]"""
)

Steps = tuple[str | int, ...]


def parse_json_path(text: str) -> Steps:
    """Return the steps of a JSON path.

    :param text: the path, which begins with ``$``
    :raises ValueError: it is none
    """
    steps: list[str | int] = []
    position = 1
    while position < len(text):
        step = _STEP.match(text, position)
        if step is None:
            break
        index = step['index']
        steps.append(
            int(index)
            if index
            else step['name'] or step['quoted'] or step['double']
        )
        position = step.end()
    if not text.startswith('$') or position < len(text):
        raise ValueError(
            f'{text!r} is no JSON path; one looks like $.server.id or '
            "$['a name'][0]"
        )
    return tuple(steps)


def value_at(document: Any, steps: Sequence[str | int]) -> Any:
    """Return what stands at the end of a path, or None.

    :param document: what a JSON text holds
    :param steps: the names and indices to follow
    """
    for step in steps:
        if isinstance(step, str):
            if not isinstance(document, dict):
                return None
            document = document.get(step)
        else:
            if not isinstance(document, list) or step >= len(document):
                return None
            document = document[step]
    return document
