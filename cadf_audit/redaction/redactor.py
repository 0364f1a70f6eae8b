# SPDX-License-Identifier: Apache-2.0

"""What a client or an application says in, what an event may say of it out.

The one thing that the rest of the package needs of this room: made once, from
the options of the filter.
"""

from collections.abc import Iterable
import re
from typing import Any

from cadf_audit.redaction.document import Documents
from cadf_audit.redaction.hiding import Hider
from cadf_audit.redaction.names import Names
from cadf_audit.redaction.names import remembering
from cadf_audit.redaction.paths import choose
from cadf_audit.redaction.paths import JsonPaths
from cadf_audit.redaction.query import form_pairs
from cadf_audit.redaction.query import Queries

# What is encoded in each form. Where it is not, something else was sent as
# one, and nobody knows what an ampersand means there.
_no_form = re.compile(r'[\s"\\^`{}<>\ufeff]|-----').search
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
        self._documents = Documents(hides, self._hides_parameter, self._hider)
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

        :param value: what JSON holds
        :param allow: what of it may be; None for all
        :param deny: what of that may not be
        :returns: None where nothing stays
        """
        if allow is not None or deny is not None:
            value = choose(value, allow, deny)
        return self._documents.clean(value)

    def form(
        self,
        text: str,
        allow: JsonPaths | None = None,
        deny: JsonPaths | None = None,
    ) -> list[tuple[str, str]]:
        """Return the names and values of a form that may be recorded.

        What is no form is one value without a name.

        :param text: the form (urlencoded)
        :param allow: what of it may be; None for all: ``$.name``
        :param deny: what of that may not be
        """
        if _no_form(text):
            if allow is not None or deny is not None:
                return []
            return [('', self.text(text))]
        result = []
        for name, value, part in form_pairs(text):
            if choose({name: value}, allow, deny) != {name: value}:
                continue
            if self._hides_parameter(name) and self.text(name) == name:
                if not self._hider.drops:
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

    def text(self, text: str) -> str:
        """Return a free text without its secrets: an error, a header.

        :param text: the text
        """
        return self._documents.string(text)
