# SPDX-License-Identifier: Apache-2.0

"""The values of a resource map in, its resources as they are written out.

For the tools that have to name the line of a rule, which a compiled map has
no use for.
"""

from collections.abc import Iterator
import dataclasses

from cadf_audit.audit_map.document import Value
from cadf_audit.audit_map.resources import Branches
from cadf_audit.audit_map.resources import Resource

# A resource by its names and its line: a name alone may stand there twice.
Key = tuple[str, int]


@dataclasses.dataclass(frozen=True)
class Declared:
    """A resource as it is written.

    :param name: the names that lead to it, with slashes between them
    :param value: its value
    :param rules: the values of its keys
    :param parent: the resource that it is a child of
    """

    name: str
    value: Value
    rules: dict[str, Value]
    parent: 'Declared | None' = None

    @property
    def key(self) -> Key:
        """What its compiled form is found by."""
        return self.name, self.value.line

    def rule(self, key: str, name: str) -> Value | None:
        """Return one of several rules that stand below a key."""
        value = self.rules.get(key)
        if value is None or not value.is_mapping:
            return None
        for written, each in value.items().items():
            if written.strip('/') == name:
                return each
        return None

    def spellings(self) -> list[tuple[Value, str]]:
        """Return the names that it has in a path, and where each stands."""
        value = self.rules.get('api_name')
        if value is not None:
            return [(each, each.text()) for each in value.values()]
        above = f'{self.parent.name}/' if self.parent is not None else ''
        return [(self.value, self.name.removeprefix(above))]


def declared(root: Value) -> Iterator[Declared]:
    """Yield the resources of a map, a parent before its children.

    :param root: the map; it was compiled before, so that nothing is wrong
        with its form
    """
    resources = root.items().get('resources')
    if resources is not None:
        yield from _level(resources, None)


def _level(value: Value, parent: Declared | None) -> Iterator[Declared]:
    for name, each in value.items().items():
        full_name = f'{parent.name}/{name}' if parent else name
        one = Declared(full_name, each, each.items(), parent)
        yield one
        if 'children' in one.rules:
            yield from _level(one.rules['children'], one)


def reachable(branches: Branches) -> dict[Key, Resource]:
    """Return the resources that a path can lead to.

    :param branches: a level of a compiled map
    """
    found: dict[Key, Resource] = {}
    seen: set[int] = set()
    waiting: list[Branches] = [branches]
    while waiting:
        level = waiting.pop()
        if id(level) in seen:
            continue
        seen.add(id(level))
        for branch in level.values():
            if isinstance(branch, Resource):
                found[branch.name, branch.line] = branch
                waiting += [branch.here, branch.beneath]
            else:
                waiting.append(branch)
    return found


def segments(branches: Branches) -> set[str]:
    """Return all segments of paths that a map has rules for."""
    found: set[str] = {'action'}
    waiting: list[Branches] = [branches]
    seen: set[int] = set()
    while waiting:
        level = waiting.pop()
        if id(level) in seen:
            continue
        seen.add(id(level))
        for segment, branch in level.items():
            found.add(segment)
            if isinstance(branch, Resource):
                waiting += [branch.here, branch.beneath]
                for rule in branch.actions:
                    found.update(rule.rpartition(':')[2].split('/'))
            else:
                waiting.append(branch)
    return found
