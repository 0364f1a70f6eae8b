# SPDX-License-Identifier: Apache-2.0

"""A query string, or a form, in; the same without secrets out."""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
import re
import urllib.parse

from cadf_audit.redaction.hiding import Hider
from cadf_audit.redaction.names import remembering
from cadf_audit.redaction.pairs import is_named
from cadf_audit.redaction.pairs import names_secret
from cadf_audit.redaction.pairs import Role
from cadf_audit.redaction.pairs import role_of

# No shorter value holds more than its name says, unless it is encoded.
_short = re.compile(r'[\w.,*!~-]{0,15}').fullmatch
# Some servers split at a semicolon as well.
_split = re.compile('[&;]').split


class Queries:
    """Takes secrets out of query strings, pair by pair.

    :param hides: says which names of parameters are those of secrets
    :param clean: takes secrets out of a text
    :param hider: what becomes of secrets
    """

    def __init__(
        self,
        hides: Callable[[str], bool],
        clean: Callable[[str], str],
        hider: Hider,
    ) -> None:
        self._hides = hides
        self._clean = clean
        self._hider = hider
        self._is_named = remembering(
            lambda name: is_named(urllib.parse.unquote_plus(name))
        )

    def query(self, query: str) -> str:
        """Return a query string without its secrets, else byte for byte."""
        pairs = []
        parts = query.split('&')
        hides = self._hides
        read = [part.partition('=')[::2] for part in parts]
        if ';' in query:
            read += [part.partition('=')[::2] for part in _split(query)]
        if any(self._is_named(name) for name, _ in read) and names_one(
            read, hides
        ):
            hides = self._hides_all
        for pair in parts:
            shown = self._pair(pair, hides)
            if shown is not None:
                pairs.append(shown)
        return '&'.join(pairs)

    def _hides_all(self, name: str) -> bool:
        return self._hides(name) or self._is_named(name)

    def _pair(self, pair: str, hides: Callable[[str], bool]) -> str | None:
        # A semicolon may also be a part of the value, so everything behind the
        # first secret name goes.
        parts = pair.split(';')
        for index, part in enumerate(parts):
            name, equals, value = part.partition('=')
            if not equals:
                if self._holds(part):
                    return self._cut(parts[:index], '', part)
            elif hides(name) or self._holds(value) or self._holds(name):
                if not _short(name) and self._holds(name):
                    name = self._hider.text(name)
                return self._cut(parts[:index], f'{name}=', value)
        return pair

    def _cut(self, before: list[str], name: str, value: str) -> str | None:
        if self._hider.drops:
            return ';'.join(before) if before else None
        shown = self._hider.text(urllib.parse.unquote_plus(value))
        return ';'.join([*before, f'{name}{shown}'])

    def _holds(self, text: str) -> bool:
        """Say whether a text holds a secret, decoded as often as it can be.

        A URL whose own query holds one, for instance.
        """
        if _short(text):
            return False
        if self._clean(text) != text:
            return True
        if '+' not in text:
            return False
        # An encoded blank, or a letter of base64.
        plain = text.replace('+', ' ')
        return self._clean(plain) != plain


def names_one(
    pairs: Iterable[tuple[str, str]], hides: Callable[[str], bool]
) -> bool:
    """Say whether one parameter says that another one holds a secret.

    ``name=password&value=hunter2``

    :param pairs: their names and values, encoded or not
    :param hides: says which names of parameters are those of secrets
    """
    for name, value in pairs:
        role = role_of(urllib.parse.unquote_plus(name))
        if role & (Role.NAMING | Role.KEY) and names_secret(
            urllib.parse.unquote_plus(value), hides
        ):
            return True
    return False


def form_pairs(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield the names and values of a form (urlencoded).

    :param text: the form
    :returns: name, value, and both as they were, where a plus sign may be
        one of base64 and no blank
    """
    for part in text.split('&'):
        if part:
            name, _, value = part.partition('=')
            yield (
                urllib.parse.unquote_plus(name),
                urllib.parse.unquote_plus(value),
                part if '+' in part else '',
            )
