# SPDX-License-Identifier: Apache-2.0

"""A table of categories in, the category of each kind of event out.

The table is the package's own or the operator's. Its rules stand in an order,
and the first one that fits counts. A category is only what an event is called:
it changes with the table, and no event changes with it.
"""

from collections.abc import Iterator
from pathlib import Path
import re
from typing import NamedTuple

from cadf_audit.taxonomy import allowed_actions
from cadf_audit.taxonomy import allowed_resources
from cadf_audit.taxonomy import is_action
from cadf_audit.taxonomy import is_resource
from cadf_audit.wording.entries import Entry
from cadf_audit.wording.entries import read_entries
from cadf_audit.wording.words import KEYS
from cadf_audit.wording.words import load_words
from cadf_audit.wording.words import package_words
from cadf_audit.wording.words import Words

#: the levels of MAAS, by name
LEVELS = {
    'AUDIT': 0,
    'DEBUG': 10,
    'INFO': 20,
    'WARNING': 30,
    'ERROR': 40,
    'CRITICAL': 50,
}

#: the table that comes with the package
TABLE = str(Path(__file__).parent / 'categories.yaml')

#: what begins a target of which the other segments may stand anywhere
ANYWHERE = '**/'

KINDS = ('activity', 'monitor', 'control')

_KEYS = ('category', 'level', 'label', 'kind', 'action', 'target')
_name = re.compile('[A-Z][A-Z0-9_]*')

# There are a few hundred kinds of events; whoever makes up more costs time.
_MOST_KNOWN = 4096


class Category(NamedTuple):
    """What an event is called.

    :param name: for programs, in capitals
    :param level: one of :data:`LEVELS`
    :param label: for people
    """

    name: str
    level: str
    label: str


class _Rule(NamedTuple):
    """What an event has to be for a category; empty for anything.

    :param kind: its eventType
    :param actions: what its action begins with, each with a slash behind it
    :param targets: what the typeURI of its target begins with, likewise
    :param anywhere: what is in that typeURI, each between two slashes
    """

    category: Category
    kind: str
    actions: tuple[str, ...]
    targets: tuple[str, ...]
    anywhere: tuple[str, ...]

    def fits(self, kind: str, action: str, type_uri: str) -> bool:
        if self.kind and self.kind != kind:
            return False
        if self.actions and not f'{action}/'.startswith(self.actions):
            return False
        if not self.targets and not self.anywhere:
            return True
        if f'{type_uri}/'.startswith(self.targets):
            return True
        framed = f'/{type_uri}/'
        return any(part in framed for part in self.anywhere)


class Categories:
    """Knows the category of each kind of event.

    :param rules: in their order; the last one fits everything
    :param words: the words that sentences are made of
    """

    def __init__(self, rules: list[_Rule], words: Words) -> None:
        self.words = words
        self._rules = rules
        self._known: dict[tuple[str, str, str], Category] = {}
        #: each category once, in the order of the table
        self.all: tuple[Category, ...] = tuple(
            dict.fromkeys(rule.category for rule in rules)
        )
        #: their names
        self.names: tuple[str, ...] = tuple(each.name for each in self.all)

    def of(
        self, kind: str | None, action: str | None, type_uri: str | None
    ) -> Category:
        """Return the category of an event.

        :param kind: its eventType
        :param action: its action
        :param type_uri: the typeURI of its target
        """
        key = (kind or '', action or '', type_uri or '')
        found = self._known.get(key)
        if found is None:
            found = self._find(*key)
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[key] = found
        return found

    def _find(self, kind: str, action: str, type_uri: str) -> Category:
        for rule in self._rules:
            if rule.fits(kind, action, type_uri):
                return rule.category
        return self._rules[-1].category


def load_categories(path: str | None = None) -> Categories:
    """Read a table of categories, once, at start.

    :param path: the file; None or an empty text for the table of the package
    :raises CategoriesError: the file cannot be read, or breaks a rule
    """
    root = read_entries(path or TABLE)
    items = root.items()
    for name, entry in items.items():
        if name not in ('categories', *KEYS):
            raise entry.error(
                f'is unknown; allowed are categories, {", ".join(KEYS)}'
            )
    if 'categories' not in items:
        raise root.error('categories is missing: the list of rules')
    table = items['categories']
    entries = table.entries()
    rules: list[_Rule] = []
    for entry in entries:
        if rules and not any(rules[-1][1:]):
            raise entry.error(
                'no event comes here: the rule in front fits everything, and '
                'has to be the last'
            )
        rules.append(
            _rule(entry, {rule.category.name: rule for rule in rules})
        )
    if not rules or any(rules[-1][1:]):
        raise table.error(
            'the last rule has to fit everything: a category without kind, '
            'action and target'
        )
    del items['categories']
    return Categories(rules, load_words(items) if items else package_words())


def _rule(entry: Entry, known: dict[str, _Rule]) -> _Rule:
    items = entry.items()
    for name, item in items.items():
        if name not in _KEYS:
            raise item.error(f'is unknown; allowed are {", ".join(_KEYS)}')
    targets = tuple(_targets(items.get('target')))
    return _Rule(
        _category(entry, items, known),
        _one_of(items.get('kind'), KINDS),
        tuple(_actions(items.get('action'))),
        tuple(each for each in targets if each[0] != '/'),
        tuple(each for each in targets if each[0] == '/'),
    )


def _category(
    entry: Entry, items: dict[str, Entry], known: dict[str, _Rule]
) -> Category:
    if 'category' not in items:
        raise entry.error('category is missing: its name in capitals')
    name = items['category'].text()
    if not _name.fullmatch(name):
        raise items['category'].error(
            f'{name!r} is no name of a category; it begins with a capital '
            'letter and has only capital letters, digits and _'
        )
    before = known[name].category if name in known else None
    for key in ('level', 'label'):
        if before is None and key not in items:
            raise entry.error(
                f'{key} is missing; the first rule of a category has it'
            )
    level = _one_of(items.get('level'), tuple(LEVELS))
    label = items['label'].text() if 'label' in items else ''
    if before is None:
        return Category(name, level, label)
    for key, value in (('level', level), ('label', label)):
        if value and value != getattr(before, key):
            raise items[key].error(
                f'{name} has {getattr(before, key)!r} above; leave it out'
            )
    return before


def _one_of(entry: Entry | None, allowed: tuple[str, ...]) -> str:
    if entry is None:
        return ''
    text = entry.text()
    if text not in allowed:
        raise entry.error(f'{text!r} is not one of {", ".join(allowed)}')
    return text


def _actions(entry: Entry | None) -> Iterator[str]:
    for each in entry.texts() if entry else ():
        text = each.text()
        if not is_action(text):
            raise each.error(allowed_actions(text))
        yield f'{text}/'


def _targets(entry: Entry | None) -> Iterator[str]:
    for each in entry.texts() if entry else ():
        text = each.text()
        part = text.removeprefix(ANYWHERE)
        if '' in part.split('/') or '*' in part:
            raise each.error(
                f'{text!r} is no beginning of a typeURI, such as '
                f'compute/server, nor a part of one, such as {ANYWHERE}server'
            )
        if part == text and not is_resource(text):
            raise each.error(
                f'{allowed_resources(text)}; behind {ANYWHERE} may stand '
                'whatever is in it'
            )
        yield f'{text}/' if part == text else f'/{part}/'
