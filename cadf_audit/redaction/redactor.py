# SPDX-License-Identifier: Apache-2.0

"""What a client or an application says in, what an event may say of it out.

The one thing that the rest of the package needs of this room: made once, from
the options of the filter.
"""

from collections.abc import Iterable
import json
import re
from typing import Any

from cadf_audit.redaction.document import Documents
from cadf_audit.redaction.hiding import Hider
from cadf_audit.redaction.names import Names
from cadf_audit.redaction.names import plain
from cadf_audit.redaction.names import remembering
from cadf_audit.redaction.pairs import is_named
from cadf_audit.redaction.paths import choose
from cadf_audit.redaction.paths import JsonPaths
from cadf_audit.redaction.paths import Wholes
from cadf_audit.redaction.query import form_pairs
from cadf_audit.redaction.query import names_one
from cadf_audit.redaction.query import Queries
from cadf_audit.redaction.shapes import is_public_key

# Pairs as a form has them, also where somebody did not encode their blanks.
_is_form = re.compile(
    r'(?:&|[^\s"\\^`{}<>&=\ufeff]+(?:=[^\r\n"\\^`{}<>&\ufeff]*+)?(?:&|\Z))*+'
).fullmatch
# A text alone, or base64 with its padding.
_is_bare = re.compile(r'[^=&]*={2}|[^=&]{16,}=|[^=]*').fullmatch
_begins_json = re.compile(r'[\s\ufeff]*["\[{]').match
# A name of a form that holds nothing else.
_is_plain = re.compile(r'[\w.\[\]-]*').fullmatch


class Redactor:
    """Takes secrets out of values, texts, forms and query strings.

    :param extra_names: further names whose values are secrets
    :param mode: what secrets become: one of mask, drop and hash
    :param key: the key of the hashes, from ``redact_key_file``
    """

    def __init__(
        self,
        extra_names: Iterable[str] = (),
        mode: str = 'mask',
        key: bytes | None = None,
    ) -> None:
        #: the key of ``redact_key_file``, whatever the mode
        self.key = key
        extra = tuple(extra_names)
        hides = remembering(Names(extra).hide)
        self._hides_parameter = remembering(Names(extra, True).hide)
        self._hider = Hider(mode, key)
        self._documents = Documents(
            hides, self._hides_parameter, self._hider, extra
        )
        #: says whether a name is that of a secret
        self.hides = hides
        #: returns a query string without its secrets
        self.query = Queries(
            self._hides_parameter, self._documents.string, self._hider
        ).query

    def redact(self, name: str, value: Any) -> Any:
        """Return a value without its secrets; there is always one.

        :param name: what it is called
        :param value: what JSON holds
        """
        if self.hides(name):
            return self._hider.shown(value)
        return self._documents.clean(value)

    def document(
        self,
        value: Any,
        allow: JsonPaths | None = None,
        deny: JsonPaths | None = None,
    ) -> Any:
        """Return what may be recorded of a value.

        Whether it is a secret, that may say which is not recorded.

        :param value: what JSON holds
        :param allow: what of it may be; None for all
        :param deny: what of that may not be
        :returns: None where nothing stays
        """
        wholes: Wholes = {}
        if allow is not None or deny is not None:
            value = choose(value, allow, deny, wholes)
        return self._documents.clean(value, wholes=wholes)

    def form(
        self,
        text: str,
        allow: JsonPaths | None = None,
        deny: JsonPaths | None = None,
        is_cut: bool = False,
    ) -> list[tuple[str, str]]:
        """Return the names and values of a form that may be recorded.

        JSON that was sent as one is a value without a name. Anything else
        that is none may be a secret, and is hidden as a whole.

        :param text: the form (urlencoded)
        :param allow: what of it may be; None for all: ``$.name``
        :param deny: what of that may not be
        :param is_cut: whether there may be names of values behind its end
        """
        if not text:
            return []
        if _is_bare(text) or not _is_form(text):
            if allow is not None or deny is not None:
                return []
            if _begins_json(text):
                return [('', self.text(text))]
            return [('', self._hider.shown(text))]
        result = []
        pairs = [*form_pairs(text)]
        named = is_cut or names_one(
            ((name, value) for name, value, _ in pairs), self._hides_parameter
        )
        for name, value, part in pairs:
            if choose({name: value}, allow, deny) != {name: value}:
                continue
            hides = self._hides_parameter(name) or (named and is_named(name))
            if hides and self.text(name) == name:
                if plain(name).endswith('key') and is_public_key(value):
                    result.append((name, self.text(value)))
                elif not self._hider.drops:
                    result.append((name, self._hider.text(value)))
                continue
            shown, shown_value = self._pair(name, value, part)
            result.append((shown, shown_value))
            if shown != name:
                # No name of a form holds a secret: all of it is something
                # else, and the next ampersand may be a part of the secret.
                break
        return result

    def _pair(self, name: str, value: str, part: str) -> tuple[str, str]:
        if self.text(name) != name:
            return self._hider.text(name), self._hider.text(value)
        if part and self.text(part) != part:
            if not _is_plain(name):
                name = self._hider.text(name)
            return name, self._hider.text(value)
        return name, self.text(value)

    def bare(self, value: Any) -> Any:
        """Return what is shown of a value that has no name at all.

        Of a text or a number nobody can tell then whether it is a secret,
        unless the text is JSON that has names.

        :param value: what JSON holds
        """
        if type(value) is str and _holds_names(value):
            return self.text(value)
        if type(value) in (str, int, float):
            return self._hider.shown(value)
        return value

    def text(self, text: str) -> str:
        """Return a free text without its secrets: an error, a header.

        :param text: the text
        """
        return self._documents.string(text)


def _holds_names(text: str) -> bool:
    try:
        return type(json.loads(text)) in (dict, list)
    except (RecursionError, ValueError):
        return False
