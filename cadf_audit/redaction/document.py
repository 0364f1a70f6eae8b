# SPDX-License-Identifier: Apache-2.0

"""A value of JSON in, the same without secrets out.

It is followed without recursion, so that a body may be nested as deeply as its
client likes. What a text of it holds is looked at as well: JSON, base64, free
text.
"""

from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterable
import json
import re
from typing import Any
from typing import NamedTuple

from cadf_audit.redaction.free_text import FreeText
from cadf_audit.redaction.hiding import DROPPED
from cadf_audit.redaction.hiding import Hider
from cadf_audit.redaction.names import plain
from cadf_audit.redaction.names import WORDS
from cadf_audit.redaction.opened import CLOSED
from cadf_audit.redaction.opened import opened
from cadf_audit.redaction.opened import OPENED
from cadf_audit.redaction.pairs import ACCESS
from cadf_audit.redaction.pairs import BESIDE_ACCESS
from cadf_audit.redaction.pairs import names_secret
from cadf_audit.redaction.pairs import Role
from cadf_audit.redaction.pairs import role_of
from cadf_audit.redaction.paths import Whole
from cadf_audit.redaction.paths import Wholes
from cadf_audit.redaction.shapes import is_public_key

#: in how many encodings a secret may be: JSON in JSON in base64 ...
MOST_ENCODINGS = 4

_VALUES = Role.NAMED | Role.VALUE

# Most texts of most bodies: words that are too short for a token, ids, times.
# Nothing here says a name and a value, is an option, or a credential of HTTP.
is_harmless = re.compile(
    r"""(?:
        (?!-[\w-]|(?i:basic|bearer|negotiate|ntlm|login)[ ])
        [\w.,;()/!?*@\#+-]{1,15}+(?:[ ]|\Z)
    )*+
    |[0-9a-fA-F-]{32,36}
    |\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[\d.:Z+-]{0,20}""",
    re.VERBOSE,
).fullmatch
_begins_json = re.compile(r'\s*["\[{\ufeff]').match

# What Heat and CloudFormation take for true, in whatever case.
_YES = frozenset({'1', 'on', 't', 'true', 'y', 'yes'})

# No longer name is remembered, so that memory stays bounded.
_REMEMBERED_LENGTH = 64
_REMEMBERED_NAMES = 1024
_MOST_DIGITS = 100


class _Member(NamedTuple):
    """What is known of the members of a name.

    :param shown: the name without secrets
    :param hides: whether it is that of a secret
    :param role: what it may be in an object that names something
    """

    shown: str
    hides: bool
    role: int


class Documents:
    """Takes secrets out of values of JSON.

    :param hides: says which names are those of secrets
    :param hides_parameter: says which names of parameters are
    :param hider: what becomes of secrets
    :param always: names whose values are hidden whatever they are
    """

    def __init__(
        self,
        hides: Callable[[str], bool],
        hides_parameter: Callable[[str], bool],
        hider: Hider,
        always: Iterable[str] = (),
    ) -> None:
        self._hides = hides
        self._hider = hider
        self._free = FreeText(hides, hides_parameter, hider, self._holds)
        self._always = frozenset(map(plain, always))
        self._known: dict[str, _Member] = {}

    def clean(
        self, value: Any, depth: int = 0, wholes: Wholes | None = None
    ) -> Any:
        """Return a value without its secrets.

        What was left out of it before may say that the rest is a secret.

        :param value: what JSON holds
        :param depth: how many encodings it was in
        :param wholes: what its objects and lists were before
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
                self._members(source, target, waiting, depth, wholes)
            else:
                self._items(source, target, waiting, depth, wholes)
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
        wholes: Wholes | None,
    ) -> None:
        chosen = source
        if wholes and id(source) in wholes:
            source = wholes[id(source)].source
        known = self._known
        members = []
        roles = 0
        for name in source:
            member = known.get(name) or self._member(name, depth)
            members.append(member)
            roles |= member[2]
        hidden: Collection[str] = ()
        names: Collection[str] = ()
        if roles & _VALUES:
            hidden, names = self._pairs(source, members, roles)
        if ACCESS in source and BESIDE_ACCESS in source:
            hidden = {*hidden, ACCESS}
        for (name, each), (shown, hides, _) in zip(
            source.items(), members, strict=True
        ):
            if chosen is not source:
                if name not in chosen:
                    continue
                each = chosen[name]
            kind = type(each)
            if (hides and name not in names) or name in hidden:
                each = self._hidden(name, each, waiting, depth)
                if each is DROPPED:
                    continue
            elif kind is str:
                each = self.string(each, depth)
            elif kind is dict or kind is list:
                each = _later(each, waiting)
            target[shown] = each

    def _pairs(
        self, source: dict[str, Any], members: list[_Member], roles: int
    ) -> tuple[set[str], set[str]]:
        """Return which members hold the value of a name, if it is a secret's.

        :param source: the object
        :param members: what is known of its members
        :param roles: the roles of all of them
        :returns: their names; and those of members that are no keys but names
        """
        secret = False
        values, keys = set(), set()
        for (name, each), member in zip(source.items(), members, strict=True):
            if member.role & _VALUES:
                values.add(name)
            elif member.role == Role.HIDDEN:
                secret = secret or _is_yes(each)
            elif member.role:
                secret = secret or names_secret(each, self._hides)
                if member.role == Role.KEY and roles & Role.VALUE:
                    keys.add(name)
        keys = {name for name in keys if plain(name) not in self._always}
        return values if secret else set(), keys

    def _hidden(
        self,
        name: str,
        value: Any,
        waiting: list[tuple[Any, Any]],
        depth: int,
    ) -> Any:
        """Return what a secret becomes, and what is none all the same.

        :param name: what it is called
        :param value: the secret, or what holds it
        :param waiting: takes what is to be looked into
        :param depth: how many encodings it was in
        """
        letters = plain(name)
        if letters not in self._always:
            if value is None or type(value) is bool or value == '':
                return value
            if type(value) in (dict, list) and letters in OPENED:

                def clean(each: Any) -> Any:
                    if type(each) in (dict, list):
                        return _later(each, waiting)
                    return self.clean(each, depth)

                shown = opened(
                    value, OPENED[letters], clean, self._hider.value
                )
                if shown is not CLOSED:
                    return shown
            elif (
                type(value) is str
                and letters.endswith('key')
                and is_public_key(value)
            ):
                return self.string(value, depth)
        return self._hider.value(value)

    def _items(
        self,
        source: list[Any],
        target: list[Any],
        waiting: list[tuple[Any, Any]],
        depth: int,
        wholes: Wholes | None,
    ) -> None:
        chosen = source
        if wholes and id(source) in wholes:
            source, keys = wholes[id(source)]
            items = dict(zip(keys, chosen, strict=True))
            chosen = [items.get(key, DROPPED) for key in range(len(source))]
        before = None
        for said, each in zip(source, chosen, strict=True):
            kind = type(said)
            if kind is str:
                # The words of a command: --password, hunter2.
                is_secret = before is not None and self._hides(before)
                before = said if said[:1] == '-' and not is_secret else None
                if each is not DROPPED:
                    each = (
                        self._hider.value(each)
                        if is_secret
                        else self.string(each, depth)
                    )
            elif each is DROPPED:
                continue
            elif kind is dict:
                each = _later(each, waiting)
            elif kind is list:
                each = self._inner(each, waiting, depth, wholes)
            if each is not DROPPED:
                target.append(each)

    def _inner(
        self,
        source: list[Any],
        waiting: list[tuple[Any, Any]],
        depth: int,
        wholes: Wholes | None,
    ) -> Any:
        """Return what a list in a list becomes."""
        whole = Whole(source, (0, 1))
        if wholes:
            whole = wholes.get(id(source), whole)
        if not self._is_pair(whole.source):
            return _later(source, waiting)
        shown = [
            self._hider.value(each) if key else self.string(each, depth)
            for key, each in zip(whole.keys, source, strict=True)
        ]
        return [each for each in shown if each is not DROPPED]

    def _is_pair(self, value: list[Any]) -> bool:
        """Say whether a list is the name of a secret and its value.

        As in a list of headers. Two words that name secrets are none.
        """
        return (
            len(value) == 2
            and names_secret(value[0], self._hides)
            and not (type(value[1]) is str and plain(value[1]) in WORDS)
        )

    def _member(self, name: str, depth: int) -> _Member:
        """Find out about the members of a name."""
        member = _Member(
            self.string(name, depth), self._hides(name), role_of(name)
        )
        if len(name) <= _REMEMBERED_LENGTH:
            if len(self._known) >= _REMEMBERED_NAMES:
                self._known.clear()
            self._known[name] = member
        return member


def _later(value: Any, waiting: list[tuple[Any, Any]]) -> Any:
    """Return what a list or an object becomes, once it was looked into.

    :param value: the list, or the object
    :param waiting: takes both
    """
    copy = type(value)()
    waiting.append((value, copy))
    return copy


def _is_yes(value: Any) -> bool:
    if type(value) is str:
        return value.strip().lower() in _YES
    # One is as good as true.
    return bool(value == 1)


def _number(digits: str) -> int | str:
    # Beyond, Python refuses to turn it back into text, or takes long.
    return int(digits) if len(digits) < _MOST_DIGITS else digits
