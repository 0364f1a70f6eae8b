# SPDX-License-Identifier: Apache-2.0

"""A value of JSON in, the same without secrets out.

It is followed without recursion, so that a body may be nested as deeply as its
client likes. What a text of it holds is looked at as well: JSON, base64, free
text.
"""

from collections.abc import Callable
import json
import re
from typing import Any

from cadf_audit.redaction.free_text import FreeText
from cadf_audit.redaction.hiding import DROPPED
from cadf_audit.redaction.hiding import Hider
from cadf_audit.redaction.names import NAMED
from cadf_audit.redaction.names import names_secret
from cadf_audit.redaction.names import NAMING

#: in how many encodings a secret may be: JSON in JSON in base64 ...
MOST_ENCODINGS = 4

# The access key of EC2 has no telling name, but stands beside its secret.
_ACCESS = frozenset({'access', 'secret'})

# Most texts of most bodies: words that are too short for a token, ids, times.
# Nothing here says a name and a value, is an option, or a credential of HTTP.
is_harmless = re.compile(
    r"""(?:
        (?!-[\w-]|(?i:basic|bearer|negotiate|ntlm)[ ])
        [\w.,;()/'!?*@\#+-]{1,15}+(?:[ ]|\Z)
    )*+
    |[0-9a-fA-F-]{32,36}
    |\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[\d.:Z+-]{0,20}""",
    re.VERBOSE,
).fullmatch
_begins_json = re.compile(r'\s*["\[{\ufeff]').match

# No longer name is remembered, so that memory stays bounded.
_REMEMBERED_LENGTH = 64
_REMEMBERED_NAMES = 1024
_MOST_DIGITS = 100


class Documents:
    """Takes secrets out of values of JSON.

    :param hides: says which names are those of secrets
    :param hides_parameter: says which names of parameters are
    :param hider: what becomes of secrets
    """

    def __init__(
        self,
        hides: Callable[[str], bool],
        hides_parameter: Callable[[str], bool],
        hider: Hider,
    ) -> None:
        self._hides = hides
        self._hider = hider
        self._free = FreeText(hides, hides_parameter, hider, self._holds)
        # The names of members, and what becomes of them: None for a secret.
        self._known: dict[str, str | None] = {}

    def clean(self, value: Any, depth: int = 0) -> Any:
        """Return a value without its secrets.

        :param value: what JSON holds
        :param depth: how many encodings it was in
        """
        if isinstance(value, str):
            return self.string(value, depth)
        if type(value) not in (dict, list):
            return value
        result: Any = type(value)()
        waiting = [(value, result)]
        while waiting:
            source, target = waiting.pop()
            if type(source) is dict:
                self._members(source, target, waiting, depth)
            else:
                self._items(source, target, waiting, depth)
        return result

    def string(self, text: str, depth: int = 0) -> str:
        """Return a text without its secrets.

        :param text: the text
        :param depth: how many encodings it was in
        """
        if is_harmless(text):
            return text
        if depth >= MOST_ENCODINGS:
            cleaned = self._free.clean(text, depth)
            if _begins_json(text) and cleaned == text:
                return self._hider.text(text)
            return cleaned
        if _begins_json(text):
            cleaned_json = self._json(text, depth)
            if cleaned_json is not None:
                return cleaned_json
        return self._free.clean(text, depth)

    def _json(self, text: str, depth: int) -> str | None:
        """Return JSON without its secrets; None if it is none."""
        twice = []

        def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
            result = dict(pairs)
            if len(result) != len(pairs):
                twice.append(True)
            return result

        try:
            value = json.loads(
                text.removeprefix('\ufeff'),
                object_pairs_hook=members,
                parse_int=_number,
            )
            cleaned = self.clean(value, depth + 1)
            if cleaned == value and not twice:
                return text
            return json.dumps(cleaned, separators=(',', ':'))
        except (ValueError, RecursionError):
            return None

    def _holds(self, text: str, depth: int) -> bool:
        if depth >= MOST_ENCODINGS:
            return True
        return self.string(text, depth + 1) != text

    def _members(
        self,
        source: dict[str, Any],
        target: dict[str, Any],
        waiting: list[tuple[Any, Any]],
        depth: int,
    ) -> None:
        known = self._known
        named = source.keys() & NAMED
        if named and not self._names_secret(source):
            named.clear()
        if source.keys() >= _ACCESS:
            named.add('access')
        for name, each in source.items():
            shown = known.get(name, '')
            if shown == '':
                shown = self._name(name, depth)
            if shown is None or name in named:
                hidden = self._hider.value(each)
                if hidden is not DROPPED:
                    target[name] = hidden
                continue
            kind = type(each)
            if kind is str:
                each = self.string(each, depth)
            elif kind is dict or kind is list:
                copy: Any = kind()
                waiting.append((each, copy))
                each = copy
            target[shown] = each

    def _items(
        self,
        source: list[Any],
        target: list[Any],
        waiting: list[tuple[Any, Any]],
        depth: int,
    ) -> None:
        before = None
        for each in source:
            kind = type(each)
            if kind is str:
                if before is not None and self._hides(before):
                    before = None
                    each = self._hider.value(each)
                    if each is not DROPPED:
                        target.append(each)
                    continue
                # The words of a command: --password, hunter2.
                before = each if each[:1] == '-' else None
                each = self.string(each, depth)
            elif kind is dict:
                copy: Any = {}
                waiting.append((each, copy))
                each = copy
            elif kind is list:
                copy = []
                if len(each) == 2 and self._is_secret_name(each[0]):
                    # A list of pairs, such as headers.
                    copy.append(each[0])
                    hidden = self._hider.value(each[1])
                    if hidden is not DROPPED:
                        copy.append(hidden)
                else:
                    waiting.append((each, copy))
                each = copy
            target.append(each)

    def _names_secret(self, source: dict[str, Any]) -> bool:
        for key in NAMING:
            if key in source and self._is_secret_name(source[key]):
                return True
        return False

    def _is_secret_name(self, name: Any) -> bool:
        return type(name) is str and names_secret(name, self._hides)

    def _name(self, name: str, depth: int) -> str | None:
        """Return what becomes of a name; None if its value is a secret."""
        shown = None
        if not self._hides(name):
            shown = self.string(name, depth)
            if len(name) <= _REMEMBERED_LENGTH and shown:
                self._remember(name, shown)
        elif len(name) <= _REMEMBERED_LENGTH:
            self._remember(name, None)
        return shown

    def _remember(self, name: str, shown: str | None) -> None:
        if len(self._known) >= _REMEMBERED_NAMES:
            self._known.clear()
        self._known[name] = shown


def _number(digits: str) -> int | str:
    # Beyond, Python refuses to turn it back into text, or takes long.
    return int(digits) if len(digits) < _MOST_DIGITS else digits
