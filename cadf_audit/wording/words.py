# SPDX-License-Identifier: Apache-2.0

"""A table of verbs and nouns in, the words for actions and typeURIs out."""

from collections.abc import Callable
from collections.abc import Mapping
import functools
from pathlib import Path
import re
from typing import NamedTuple
from typing import TypeVar

from cadf_audit.wording import english
from cadf_audit.wording.entries import Entry
from cadf_audit.wording.entries import read_entries
from cadf_audit.wording.shown import name_shown

_T = TypeVar('_T')

#: the table that comes with the package
TABLE = str(Path(__file__).parent / 'words.yaml')

#: what of these tables an operator may add to
KEYS = ('verbs', 'nouns', 'spelling')

_ALL_KEYS = (*KEYS, 'complete', 'silent', 'parts')

_THE = 'the '
# Where the rest of an action goes.
_REST = '{}'
_LISTING = 'read/list'

# How many of them are remembered, and how much of a long one is looked at.
_MOST_KNOWN = 4096
_DEEPEST = 8

# A name of more words than these is quoted, lest it reads like a sentence.
_MOST_WORDS = 4
_words = re.compile('[a-zA-Z0-9]{1,32}( [a-zA-Z0-9]{1,32})*|[*]')


class Verb(NamedTuple):
    """What is done.

    :param base: ``delete``
    :param past: ``deleted``
    """

    base: str
    past: str


class Noun(NamedTuple):
    """What it is done to.

    :param one: ``server``
    :param many: ``servers``; the same where there is no more than one
    :param is_many: whether the typeURI is that of a collection
    """

    one: str
    many: str
    is_many: bool = False

    @property
    def is_definite(self) -> bool:
        """Whether everybody knows which one it is."""
        return self.one.startswith(_THE)

    @property
    def any(self) -> str:
        """One of it, without saying which."""
        if self.is_many:
            return self.many
        if self.is_definite or self.one in (self.many, SOMETHING.one):
            return self.one
        return english.article(self.one)


SOMETHING = Noun('something', 'things')


class _Tables(NamedTuple):
    verbs: Mapping[str, Verb]
    nouns: Mapping[str, Noun]
    spelling: Mapping[str, str]
    complete: tuple[str, ...]
    silent: frozenset[str]
    parts: Mapping[str, str]


class Words:
    """Knows the words for actions and typeURIs.

    :param tables: the words
    """

    def __init__(self, tables: _Tables) -> None:
        self._tables = tables
        self._by_past = {
            verb.past: verb
            for key, verb in tables.verbs.items()
            if '/' not in key
        }
        remember = functools.lru_cache(_MOST_KNOWN)
        #: the verb of an action
        self.verb: Callable[[str], Verb] = remember(self._verb)
        #: the noun of a typeURI
        self.noun: Callable[[str], Noun] = remember(self._noun)

    def is_complete(self, action: str) -> bool:
        """Say whether an action needs nothing that it is done to.

        :param action: the action
        """
        return f'{action}/'.startswith(self._tables.complete)

    def part_of(self, type_uri: str) -> str:
        """Return what it is whose id a part has; nothing for most.

        :param type_uri: the typeURI of the part
        """
        return self._tables.parts.get(type_uri, '')

    def _verb(self, action: str) -> Verb:
        verbs = self._tables.verbs
        if action not in verbs and is_listing(action):
            action = _LISTING
        if action in verbs:
            return verbs[action]
        head, _, rest = action.partition('/')
        words = english.split(action.rpartition('/')[2]) if rest else []
        phrase = ' '.join(words).lower()
        found = (
            self._pattern(action, '/')
            or (rest and verbs.get(phrase))
            or self._first_word(words)
            or self._pattern(action, '')
            # Keystone's own notifications say created.user.
            or (not rest and self._by_past.get(head.partition('.')[0]))
        )
        if found:
            return found
        text = name_shown(action) or SOMETHING.one
        return Verb(f'do {text} to', f'did {text} to')

    def _pattern(self, action: str, inside: str) -> Verb | None:
        """Return the verb of an action and whatever stands behind it.

        :param action: the action
        :param inside: what has to be in what stands before the star
        """
        above, slash, _ = action.rpartition('/')
        while slash and inside in above:
            pattern = self._tables.verbs.get(f'{above}/*')
            if pattern:
                rest = english.split(action[len(above) + 1 :])
                return self._filled(pattern, rest)
            above, slash, _ = above.rpartition('/')
        return None

    def _first_word(self, words: list[str]) -> Verb | None:
        if len(words) < len(('add', 'host')):
            return None
        pattern = self._tables.verbs.get(f'{words[0]} *')
        return pattern and self._filled(pattern, words[1:])

    def _filled(self, pattern: Verb, words: list[str]) -> Verb:
        text = self._spelled(words)
        return Verb(*(each.replace(_REST, text) for each in pattern))

    def _noun(self, type_uri: str) -> Noun:
        segments = [each for each in type_uri.split('/') if each]
        while segments and segments[-1] in self._tables.silent:
            segments.pop()
        segments = segments[-_DEEPEST:]
        if not segments:
            return SOMETHING
        found = self._listed(segments)
        if found:
            return found
        one = english.singular(segments[-1])
        if one:
            found = self._listed([*segments[:-1], one])
            if found is None:
                text = self._spelled(english.split(one))
                found = Noun(text, english.plural(text))
            return found._replace(is_many=True)
        text = self._spelled(english.split(segments[-1]))
        return Noun(text, english.plural(text))

    def _listed(self, segments: list[str]) -> Noun | None:
        for start in range(len(segments)):
            found = self._tables.nouns.get('/'.join(segments[start:]))
            if found:
                return found
        return None

    def _spelled(self, words: list[str]) -> str:
        spelling = self._tables.spelling
        text = ' '.join(spelling.get(each.lower(), each) for each in words)
        if len(words) <= _MOST_WORDS and _words.fullmatch(text):
            return text
        return name_shown(text) or SOMETHING.one


def is_listing(action: str) -> bool:
    """Say whether an action reads what there is of something.

    :param action: the action
    """
    return f'{action}/'.startswith(f'{_LISTING}/')


def load_words(extra: Mapping[str, Entry] | None = None) -> Words:
    """Read the table of the package, once, at start.

    :param extra: entries of another file under some of :data:`KEYS`, which
        count more than those of the package
    :raises CategoriesError: an entry breaks a rule
    """
    root = read_entries(TABLE)
    items = root.items()
    for name, entry in items.items():
        if name not in _ALL_KEYS:
            raise entry.error(
                f'is unknown; allowed are {", ".join(_ALL_KEYS)}'
            )
    extra = extra or {}
    verbs: dict[str, Verb] = {}
    nouns: dict[str, Noun] = {}
    spelling: dict[str, str] = {}
    for tables in (items, extra):
        if 'verbs' in tables:
            verbs |= _each(tables['verbs'], _verb)
        if 'nouns' in tables:
            nouns |= _each(tables['nouns'], _noun)
        if 'spelling' in tables:
            spelling |= _each(tables['spelling'], Entry.text)
    return Words(
        _Tables(
            verbs,
            nouns,
            spelling,
            tuple(f'{each.text()}/' for each in items['complete'].texts()),
            frozenset(each.text() for each in items['silent'].texts()),
            _each(items['parts'], Entry.text),
        )
    )


@functools.cache
def package_words() -> Words:
    """Return the words of the package."""
    return load_words()


def _each(entry: Entry, build: Callable[[Entry], _T]) -> dict[str, _T]:
    return {name: build(item) for name, item in entry.items().items()}


def _verb(entry: Entry) -> Verb:
    texts = [each.text() for each in entry.texts()]
    if len(texts) != len(Verb._fields):
        raise entry.error(
            'has to be a list of the verb and its past, such as [send, sent]'
        )
    return Verb(*texts)


def _noun(entry: Entry) -> Noun:
    texts = [each.text() for each in entry.texts()]
    if len(texts) == 1 and not entry.is_list:
        return Noun(texts[0], english.plural(texts[0]))
    if len(texts) != len(('one', 'many')):
        raise entry.error(
            'has to be one of it, such as server, or a list of one and many, '
            'such as [chassis, chassis]'
        )
    one, many = texts
    return Noun(one, many)
