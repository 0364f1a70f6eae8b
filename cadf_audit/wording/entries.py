# SPDX-License-Identifier: Apache-2.0

"""A YAML file of words in, its entries with the line of each out."""

from pathlib import Path

import yaml

from cadf_audit.exceptions import CategoriesError

# More than any table of words has; a list of aliases of lists has more.
_MOST_ENTRIES = 20_000


class _Count:
    """How many entries of a file were looked at."""

    def __init__(self) -> None:
        self.entries = 0


class Entry:
    """A value of the file.

    :param path: the file
    :param node: what the YAML library read
    :param key: the keys that lead to it
    :param count: of the file
    """

    def __init__(
        self, path: str, node: yaml.Node, key: str, count: _Count
    ) -> None:
        self._path = path
        self._node = node
        self._count = count
        self.key = key
        self.line: int = node.start_mark.line + 1

    def error(self, problem: str) -> CategoriesError:
        """Return the error that this value cannot be used.

        :param problem: what is wrong, and what is allowed
        """
        return CategoriesError(
            self._path, problem, self.line, self.key or None
        )

    @property
    def is_list(self) -> bool:
        """Whether it is a list."""
        return isinstance(self._node, yaml.SequenceNode)

    def text(self) -> str:
        """Return a scalar as it is written.

        :raises CategoriesError: it is none, or has something in it that
            nobody sees
        """
        node = self._node
        if not isinstance(node, yaml.ScalarNode) or not node.value.strip():
            raise self.error(f'has to be a text, not {self._kind()}')
        text = str(node.value)
        if not text.isprintable():
            raise self.error(
                f'{text!a} has a character that cannot be printed; a text is '
                'one line of printable characters'
            )
        return text

    def texts(self) -> list['Entry']:
        """Return the texts of a list; a text is a list of itself."""
        if not isinstance(self._node, yaml.SequenceNode):
            return [self]
        entries = self.entries()
        if not entries:
            raise self.error('the list is empty; leave the key out')
        return entries

    def entries(self) -> list['Entry']:
        """Return what stands in a list.

        :raises CategoriesError: it is none
        """
        if not isinstance(self._node, yaml.SequenceNode):
            raise self.error(f'has to be a list, not {self._kind()}')
        return [
            self._child(node, f'{self.key}[{index}]')
            for index, node in enumerate(self._node.value)
        ]

    def items(self) -> dict[str, 'Entry']:
        """Return the values of a mapping by their keys.

        :raises CategoriesError: it is none, or a key stands there twice
        """
        if not isinstance(self._node, yaml.MappingNode):
            raise self.error(
                f'has to be a mapping (key: value), not {self._kind()}'
            )
        result: dict[str, Entry] = {}
        for key_node, node in self._node.value:
            name = self._child(key_node, self.key).text()
            below = f'{self.key}.{name}' if self.key else name
            entry = self._child(node, below)
            # An alias stands far from its anchor.
            entry.line = key_node.start_mark.line + 1
            if name in result:
                raise entry.error('the key stands there twice; keep one')
            result[name] = entry
        return result

    def _child(self, node: yaml.Node, key: str) -> 'Entry':
        self._count.entries += 1
        if self._count.entries > _MOST_ENTRIES:
            raise self.error(
                f'the file has more than {_MOST_ENTRIES} entries, those '
                'counted again that an alias stands for'
            )
        return Entry(self._path, node, key, self._count)

    def _kind(self) -> str:
        if isinstance(self._node, yaml.MappingNode):
            return 'a mapping'
        if self.is_list:
            return 'a list'
        return 'nothing' if not self._node.value else repr(self._node.value)


def read_entries(path: str) -> Entry:
    """Return the one document of a YAML file.

    :param path: the file
    :raises CategoriesError: it cannot be read, or is no YAML
    """
    try:
        text = Path(path).read_text(encoding='utf-8')
    except OSError as exc:
        raise CategoriesError(
            path, f'cannot be read: {exc.strerror or exc}'
        ) from exc
    except ValueError as exc:
        raise CategoriesError(path, 'is not encoded in UTF-8') from exc
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as exc:
        mark = getattr(exc, 'problem_mark', None)
        problem = str(getattr(exc, 'problem', None) or exc).split('\n')[0]
        line = None if mark is None else mark.line + 1
        raise CategoriesError(path, f'is no YAML: {problem}', line) from exc
    except RecursionError as exc:
        raise CategoriesError(path, 'is nested too deeply') from exc
    if node is None:
        raise CategoriesError(path, 'the file is empty')
    return Entry(path, node, '', _Count())
