# SPDX-License-Identifier: Apache-2.0

"""A secret in, what stands in its place out: nothing, ``***`` or a hash.

The hash is an HMAC-SHA256 under a key of the operator's. Who has the key can
ask whether a value that they know was used; nobody can guess a value without.
"""

from collections.abc import Iterator
import hashlib
import hmac
import json
import re
from typing import Any
from typing import Final

from cadf_audit.text import MASK

#: what a secret becomes
MODES = ('mask', 'drop', 'hash')
#: what a hash begins with
PREFIX = 'hmac-sha256:'

#: stands for what is to be left out
DROPPED: Final[Any] = object()

#: Whether a text is what we put in the place of a secret
is_hidden = re.compile(rf'{re.escape(MASK)}|{PREFIX}[0-9a-f]{{64}}').fullmatch

# A small body of many short texts would else become a large one.
_MOST_HASHES = 64

# What says how a credential is encoded, and is none.
_scheme = re.compile(r'\s*(?:basic|bearer|negotiate|ntlm)\s+(?=\S)', re.I)


def fingerprint(key: bytes, value: str) -> str:
    """Return the hash of a value as it stands in an event.

    :param key: the key
    :param value: the value; ``Bearer`` and the like in front do not count
    """
    text = _scheme.sub('', value, 1) if ' ' in value else value
    content = text.strip().encode('utf-8', 'surrogatepass')
    return PREFIX + hmac.new(key, content, hashlib.sha256).hexdigest()


class Hider:
    """Knows what stands in the place of a secret.

    :param mode: one of :data:`MODES`
    :param key: the key of the hashes
    """

    def __init__(self, mode: str = 'mask', key: bytes | None = None) -> None:
        self.drops = mode == 'drop'
        self._key = key if mode == 'hash' else None

    def value(self, value: Any) -> Any:
        """Return what a value of JSON becomes; DROPPED where nothing stays.

        :param value: the secret, or what holds secrets
        """
        if self.drops:
            return DROPPED
        return self.shown(value)

    def shown(self, value: Any) -> Any:
        """Return what a value becomes where something has to stand.

        :param value: the secret, or what holds secrets
        """
        key = self._key
        if key is None:
            return MASK
        if type(value) in (dict, list):
            hashes = dict.fromkeys(
                fingerprint(key, text) for text in _texts(value)
            )
            return [*hashes] if hashes else MASK
        text = _text(value)
        return fingerprint(key, text) if text else MASK

    def text(self, secret: str) -> str:
        """Return what a part of a text becomes.

        :param secret: the part
        """
        if self.drops:
            return ''
        if self._key is None or not secret:
            return MASK
        return fingerprint(self._key, secret)


def _texts(value: Any) -> Iterator[str]:
    """Yield the texts and numbers that a value holds, not too many."""
    waiting = [value]
    count = 0
    while waiting and count < _MOST_HASHES:
        each = waiting.pop()
        if type(each) is dict:
            waiting.extend(reversed(each.values()))
        elif type(each) is list:
            waiting.extend(reversed(each))
        elif text := _text(each):
            count += 1
            yield text


def _text(value: Any) -> str:
    """Return a scalar as text; an empty one where there is nothing to hash."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool | dict | list):
        return ''
    return json.dumps(value)
