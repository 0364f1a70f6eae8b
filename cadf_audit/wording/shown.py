# SPDX-License-Identifier: Apache-2.0

"""Stored text in, text that a person may be shown out.

Whoever sends a request chooses much of what is stored. What reaches a screen
is one line without anything that moves the cursor, turns the direction of
reading, or is not seen at all; and a name with a space in it stands in quotes,
lest it reads like the rest of a sentence.
"""

import functools
import re
from typing import Any

from cadf_audit.text import ELLIPSIS
from cadf_audit.wording.printable import printable

#: how many characters of a name are shown
NAME_LIMIT = 64

_MOST_KNOWN = 4096

# Letters and symbols without a shape, whatever Unicode calls them.
_BLANKS = frozenset('\u115f\u1160\u2800\u3164\uffa0')

_blank = re.compile(f'[{"".join(sorted(_BLANKS))}]')
_plain = re.compile(
    r'[\w.@:/+\\=*#%&?~!$|<>{}\[\]^;-]*[\w.@/+\\=*#%&?~$|<>{}\[\]-]'
)


def shown(value: Any, limit: int = NAME_LIMIT) -> str:
    """Return a text on one line, as it may be printed.

    :param value: anything; what is neither text nor number is nothing
    :param limit: how many characters may stay; a cut text ends in ``…``
    :returns: the text, in which what cannot be printed is an escape such as
        ``\\x1b``; an empty one where there is none
    """
    if isinstance(value, (int, float)):
        value = repr(value)
    if not isinstance(value, str) or not value:
        return ''
    if (
        len(value) <= limit
        and value.isprintable()
        and not _blank.search(value)
    ):
        return value
    room = limit - len(ELLIPSIS)
    parts = [_escape(each) for each in value[: limit + 1]]
    text = ''.join(parts)
    if len(value) <= limit and len(text) <= limit:
        return text
    # An escape is shown whole or not at all.
    used = 0
    for index, part in enumerate(parts):
        used += len(part)
        if used > room:
            return ''.join(parts[:index]) + ELLIPSIS
    return text


def name_shown(value: Any, limit: int = NAME_LIMIT) -> str:
    """Return a name for a sentence, in quotes unless it is one plain word.

    :param value: anything
    :param limit: how many characters of it may stay
    :returns: the name; an empty text where there is none
    """
    if isinstance(value, str):
        return _name_shown(value, limit)
    return shown(value, limit)


# The names of a page are few, and their sentences are many.
@functools.lru_cache(_MOST_KNOWN)
def _name_shown(value: str, limit: int) -> str:
    text = shown(value, limit)
    if not text or _plain.fullmatch(text.removesuffix(ELLIPSIS)):
        return text
    return '"' + text.replace('"', "'") + '"'


def _escape(character: str) -> str:
    if character in _BLANKS:
        return f'\\u{ord(character):04x}'
    return printable(character)
