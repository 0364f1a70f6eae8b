# SPDX-License-Identifier: Apache-2.0

"""A value of any type in, what an event may hold of it out."""

from collections.abc import Callable
from collections.abc import Mapping
import datetime
import json
from typing import Any
import uuid

from cadf_audit.middleware.attachment import attachment
from cadf_audit.redaction import Redactor
from cadf_audit.text import clean
from cadf_audit.text import cut
from cadf_audit.text import encodable
from cadf_audit.text import MASK

# Told what is wrong with a value, in one clause.
Complain = Callable[[str], None]

#: how many attachments, tags and the like a part of an event may have
MOST = 64

# So that the value of a tag has room as well.
TAG_NAME_LIMIT = 256

# Longer ones are written nowhere in full, and Python refuses to.
_MOST_BITS = 4096

_encode = json.JSONEncoder(
    separators=(',', ':'), default=lambda value: _plain(value)
).encode


def text_of(value: Any) -> str | None:
    """Return a value as text; None if it is none, or an empty one.

    :param value: a text, a whole number, a UUID; anything else is no text
    """
    if isinstance(value, str):
        # Without the ideas that a class derived from str has of itself.
        return clean(str.__str__(value))
    if type(value) is int and value.bit_length() < _MOST_BITS:
        return cut(str(value))
    if type(value) is uuid.UUID:
        return str(value)
    return None


def attachments_of(
    given: Any, redactor: Redactor, complain: Complain
) -> list[dict[str, str]]:
    """Return CADF attachments.

    :param given: a mapping of names and contents
    :param redactor: takes the secrets out of the contents
    :param complain: is told what was left out
    """
    result = []
    for name, content in _items('attachments', given, complain):
        shown = text_of(name)
        if shown is None:
            complain('the name of an attachment is no text')
            continue
        try:
            text = _content(shown, content, redactor)
        except Exception as exc:
            complain(
                f'the attachment {shown!r:.80} cannot be written as JSON '
                f'({type(exc).__name__})'
            )
            continue
        result.append(attachment(shown, text))
    return result


def tags_of(given: Any, redactor: Redactor, complain: Complain) -> list[str]:
    """Return tags of the form ``name?value=value``.

    :param given: a mapping of names and values
    :param redactor: knows which names are those of secrets
    :param complain: is told what was left out
    """
    result = []
    for name, value in _items('tags', given, complain):
        shown, text = text_of(name), text_of(value)
        if shown is None or text is None or '?' in shown:
            complain(
                f'the tag {shown!r:.80} needs a name without a question '
                'mark, and a value, both of them texts'
            )
            continue
        shown = cut(shown, TAG_NAME_LIMIT)
        text = str(redactor.redact(shown, text)) or MASK
        result.append(cut(f'{shown}?value={text}'))
    return result


def _items(what: str, given: Any, complain: Complain) -> list[tuple[Any, Any]]:
    if given is None:
        return []
    if not isinstance(given, Mapping):
        complain(f'{what} are a mapping, not {type(given).__name__}')
        return []
    items = list(given.items())
    if len(items) > MOST:
        complain(f'of {len(items)} {what} the first {MOST} are taken')
    return items[:MOST]


def _content(name: str, value: Any, redactor: Redactor) -> str:
    """Return what an attachment says: a text, or the JSON of anything else.

    :raises ValueError: JSON cannot say it
    :raises TypeError: JSON cannot say it
    :raises RecursionError: it is too deep
    """
    if isinstance(value, str):
        plain = str.__str__(value)
    else:
        plain = json.loads(_encode(value))
    shown = redactor.redact(name, plain)
    if isinstance(shown, str) and shown:
        return encodable(shown)
    return _encode(shown)


def _plain(value: Any) -> Any:
    """Return a value that JSON does not know as one that it does."""
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, set | frozenset):
        return sorted(value, key=repr)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(type(value).__name__)
