# SPDX-License-Identifier: Apache-2.0

"""A free text in, such as that of an error; the same without secrets out.

Secrets are told by the names in front of them, and by their shape.
"""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
import json
import re
import urllib.parse

from cadf_audit.redaction.assignments import Judge
from cadf_audit.redaction.assignments import pair_values
from cadf_audit.redaction.assignments import replace_values
from cadf_audit.redaction.hiding import Hider
from cadf_audit.redaction.hiding import is_hidden
from cadf_audit.redaction.pairs import HIDDEN
from cadf_audit.redaction.pairs import is_named
from cadf_audit.redaction.pairs import names_secret
from cadf_audit.redaction.pairs import NAMING
from cadf_audit.redaction.pairs import NAMING_LAST
from cadf_audit.redaction import shapes

_percent = re.compile(r'%[0-9A-Fa-f]{2}')
_word = re.compile(r'[^\s"<>]+')
# An option of a command line: --password hunter2.
_option = re.compile(
    r'(?<![\w.:\[\]-])--?([A-Za-z][\w.:\[\]-]*)[ \t]+(?=[^\s-])'
)
_argument = re.compile(r'"[^"]*"?|\'[^\']*\'?|\S+')
# {"name": "password", "value": ..., as free text, and what tells quickly that
# there is no such value.
_some_named = re.compile(
    r'(?:val|values?|default|\b(?:data|stringdata|contents?|text|v))'
    r'["\'\\\[\]\d._-]{0,9}\s*+[:=]'
).search
_naming = re.compile(
    rf'(?:\b(?:{"|".join(sorted(NAMING))})|{"|".join(sorted(NAMING_LAST))})'
    r'[\s"\'\\\[\]\d._-]{0,9}[:=][\s"\'\\]{0,9}([^\s"\'\\,;&}\]]{1,128})',
    re.I,
)
# hidden: true, as templates of Heat say of a parameter.
_hidden = re.compile(
    rf'\b(?:{"|".join(sorted(HIDDEN))})["\'\\]{{0,9}}\s{{0,9}}[:=]'
    r'[\s"\'\\]{0,9}(?:true|yes|on|1)\b',
    re.I,
)
# Bad password 'hunter2', IDENTIFIED BY 'hunter2', setPassword("hunter2").
_told = re.compile(
    r'(?:pass(?:word|wd|phrase)|secret|token|identified[ \t]+by)'
    r'(?:[ \t]*\([ \t]*|[ \t]+)(?=["\'])',
    re.I,
)
# XML, without looking for the end of what is no secret.
_element = re.compile(r'<([A-Za-z_][\w.:-]*)(?=[\s>])')


class FreeText:
    """Takes secrets out of texts that have no form.

    :param hides: says which names are those of secrets
    :param hides_parameter: says which names of parameters are
    :param hider: what becomes of secrets
    :param holds: says of a text that was decoded whether it holds a secret
    """

    def __init__(
        self,
        hides: Callable[[str], bool],
        hides_parameter: Callable[[str], bool],
        hider: Hider,
        holds: Callable[[str, int], bool],
    ) -> None:
        self._hides = hides
        self._hides_parameter = hides_parameter
        self._hider = hider
        self._holds = holds

    def clean(self, text: str, depth: int) -> str:
        """Return a text without its secrets.

        :param text: the text
        :param depth: how many encodings it was in
        """
        hide = self._hider.text
        if '\0' in text:
            # UTF-16 that was read as something else.
            plain = text.replace('\0', '')
            return text if self.clean(plain, depth) == plain else hide(text)
        text = _replaced(text, shapes.blocks(text), hide)
        if '</' in text:
            # Before the rest, which may take the end of an element away.
            text = _replaced(text, self._elements(text), hide)
        if '://' in text:
            text = _replaced(text, shapes.user_infos(text), self._user)
        if '=' in text or ':' in text or '\\u003' in text:
            text = replace_values(text, self._judge_of(text), self._assigned)
        if ',' in text and ('(' in text or '[' in text):
            text = _replaced(text, pair_values(text, self._hides), hide)
        if ' ' in text:
            text = _replaced(text, shapes.schemes(text), hide)
        if len(text) >= shapes.SHORTEST:
            text = self._runs(text, depth)
        if '%' in text and _percent.search(text):
            text = _replaced(text, self._encoded(text, depth), hide)
        if '-' in text and (' ' in text or '\t' in text):
            text = _replaced(text, self._options(text), hide)
        if '"' in text or "'" in text:
            text = _replaced(text, _words(text), hide)
        return text

    def _judge_of(self, text: str) -> Judge:
        """Return what says which names of a text are those of secrets.

        :param text: the text
        """
        if _some_named(text.lower()) is None:
            return self._judge
        for found in _naming.finditer(text):
            if names_secret(found[1], self._hides):
                return self._judge_all
        return self._judge_all if _hidden.search(text) else self._judge

    def _judge(self, name: str, in_query: bool) -> bool:
        return self._hides_parameter(name) if in_query else self._hides(name)

    def _judge_all(self, name: str, in_query: bool) -> bool:
        return is_named(name) or self._judge(name, in_query)

    def _assigned(self, value: str) -> str:
        if is_hidden(value):
            return value
        if '\\' in value:
            try:
                value = str(json.loads(f'"{value}"'))
            except ValueError:
                return self._hider.text(value)
        elif '%' in value:
            value = urllib.parse.unquote(value)
        return self._hider.text(value)

    def _user(self, user: str) -> str:
        if is_hidden(user):
            return user
        _, colon, password = user.partition(':')
        return self._hider.text(
            urllib.parse.unquote(password if colon else user)
        )

    def _runs(self, text: str, depth: int) -> str:
        whole = shapes.decoded(text)
        if whole and self._holds(whole, depth):
            return self._hider.text(text)
        return _replaced(
            text,
            (
                (begin, end)
                for begin, end in shapes.runs(text)
                if self._is_secret(text[begin:end], depth)
            ),
            self._hider.text,
        )

    def _is_secret(self, run: str, depth: int) -> bool:
        if shapes.is_token(run):
            return True
        text = shapes.decoded(run)
        return bool(text) and self._holds(text, depth)

    def _encoded(self, text: str, depth: int) -> Iterable[shapes.Span]:
        """Yield where what is percent-encoded holds a secret."""
        for found in _word.finditer(text):
            if _percent.search(found[0]):
                plain = urllib.parse.unquote_plus(found[0])
                if self._holds(plain, depth):
                    yield found.span()

    def _options(self, text: str) -> Iterable[shapes.Span]:
        for found in _option.finditer(text):
            if self._hides(found[1]):
                argument = _argument.match(text, found.end())
                if argument:
                    yield argument.span()

    def _elements(self, text: str) -> Iterable[shapes.Span]:
        found = _element.search(text)
        while found:
            position = found.end()
            if self._hides(found[1].rpartition(':')[2]):
                begin = text.find('>', position) + 1 or len(text)
                position = text.find(f'</{found[1]}', begin)
                if position < 0:
                    position = len(text)
                yield begin, position
            found = _element.search(text, position)


def _words(text: str) -> Iterator[shapes.Span]:
    """Yield where a word in quotes stands behind what it is.

    :param text: the text
    """
    for found in _told.finditer(text):
        argument = _argument.match(text, found.end())
        if argument:
            begin, end = argument.span()
            yield begin + 1, end - (text[begin] == text[end - 1])


def _replaced(
    text: str, spans: Iterable[shapes.Span], replace: Callable[[str], str]
) -> str:
    """Return a text with other texts in some places.

    :param text: the text
    :param spans: the places, in their order; what begins inside of one that
        came before is a part of it
    :param replace: returns what becomes of one
    """
    parts = []
    done = 0
    for begin, end in sorted(spans):
        if end <= done:
            continue
        begin = max(begin, done)
        if begin < end:
            parts += [text[done:begin], replace(text[begin:end])]
            done = end
    if not parts:
        return text
    parts.append(text[done:])
    return ''.join(parts)
