# SPDX-License-Identifier: Apache-2.0

"""A YAML file in, its values with the line of each out.

Values are not built by the YAML library, which forgets where they stood and
that a key stood there twice. Anchors, aliases and ``<<`` work as usual.
"""

from collections.abc import Iterator

import yaml

from cadf_audit.audit_map.findings import Findings
from cadf_audit.audit_map.yaml_problem import yaml_problem
from cadf_audit.exceptions import FileError
from cadf_audit.text import encodable

# Trees of resources are a few levels deep; a tree that contains itself is
# not.
_DEEPEST = 50

# How much of the key of a tree that contains itself is told.
_KEYS_TOLD = 4

# An alias of aliases of aliases is a map that no memory holds.
_MOST_VALUES = 200_000

# Whatever of a map stands in an event has room there.
_LONGEST_TEXT = 512

_STR = 'tag:yaml.org,2002:str'
_NULL = 'tag:yaml.org,2002:null'
_BOOL = 'tag:yaml.org,2002:bool'

_TRUE = ('true', 'yes', 'on')
_FALSE = ('false', 'no', 'off')


class Value:
    """A value of a YAML file.

    :param path: the file
    :param node: what the YAML library read
    :param key: the keys that lead to it
    :param findings: takes what is wrong but can be lived with
    """

    def __init__(
        self,
        path: str,
        node: yaml.Node,
        key: str,
        findings: Findings,
        depth: int = 0,
    ) -> None:
        self._path = path
        self._node = node
        self._findings = findings
        self._depth = depth
        self.key = key
        self.line: int = node.start_mark.line + 1

    def error(self, problem: str) -> FileError:
        """Return the error that this value cannot be used.

        :param problem: what is wrong, and what is allowed
        """
        return self._findings.error(
            self._path, problem, self.line, self.key or None
        )

    def note(self, problem: str) -> None:
        """Note that something is wrong with this value.

        :param problem: what is wrong, and what is allowed
        """
        self._findings.add(self.line, self.key, problem)

    def lenient(self, text: str) -> str:
        """Return what is to be said only where findings are warnings."""
        return '' if self._findings.strict else text

    @property
    def findings(self) -> Findings:
        """What is wrong in its file and can be lived with."""
        return self._findings

    @property
    def is_null(self) -> bool:
        """Whether there is nothing."""
        return self._node.tag == _NULL

    @property
    def is_scalar(self) -> bool:
        """Whether it is a text, a number or the like."""
        return isinstance(self._node, yaml.ScalarNode) and not self.is_null

    @property
    def is_mapping(self) -> bool:
        """Whether it has keys."""
        return isinstance(self._node, yaml.MappingNode)

    @property
    def is_list(self) -> bool:
        """Whether it is a list."""
        return isinstance(self._node, yaml.SequenceNode)

    def text(self) -> str:
        """Return a scalar as it is written, be it a number or a word.

        :raises FileError: it is none
        """
        if not isinstance(self._node, yaml.ScalarNode) or self.is_null:
            raise self.error(f'has to be a text, not {self._kind()}')
        text = str(self._node.value)
        if len(text) > _LONGEST_TEXT:
            raise self.error(f'has more than {_LONGEST_TEXT} characters')
        if encodable(text) != text:
            raise self.error(f'{text!r} has a half of a surrogate pair in it')
        return text

    def flag(self) -> bool:
        """Return true or false.

        :raises FileError: it is neither
        """
        if self._node.tag != _BOOL:
            problem = f'has to be true or false, not {self._kind()}'
            if str(self._node.value).lower() in (*_TRUE, *_FALSE):
                problem += ' (a text; take the quotes away)'
            raise self.error(problem)
        return str(self._node.value).lower() in _TRUE

    def values(self) -> list['Value']:
        """Return the values of a list; any other value is a list of itself."""
        if not isinstance(self._node, yaml.SequenceNode):
            return [self]
        return [
            self._child(node, f'{self.key}[{index}]')
            for index, node in enumerate(self._node.value)
        ]

    def items(self) -> dict[str, 'Value']:
        """Return the values of a mapping by their keys; nothing has none.

        A key that stands there twice has its last value.

        :raises FileError: it is no mapping, or a key is no text
        """
        if self.is_null:
            return {}
        if not isinstance(self._node, yaml.MappingNode):
            raise self.error(
                f'has to be a mapping (key: value), not {self._kind()}'
            )
        result: dict[str, Value] = {}
        for name, key_node, node in self._pairs(self._node):
            if name in result:
                self._findings.add(
                    key_node.start_mark.line + 1,
                    self._below(name),
                    'the key stands there twice; keep one'
                    + self.lenient(' (the last one counts)'),
                )
            result[name] = self._child(
                node, self._below(name), key_node.start_mark.line + 1
            )
        return result

    def replace(self, key: str, text: str | None = None) -> bool:
        """Put a text in the place of a value below this one.

        :param key: the keys that lead to the value; of an item of a list,
            the whole list is meant. A key of the file that is not there is
            added
        :param text: the text; None takes key and value away
        :returns: whether the value was found
        """
        if not isinstance(self._node, yaml.MappingNode):
            return False
        pairs = self._node.value
        for index, (key_node, node) in enumerate(pairs):
            below = self._below(str(key_node.value))
            if key == below or key.startswith(f'{below}['):
                if text is None:
                    del pairs[index]
                else:
                    scalar = yaml.ScalarNode(
                        _STR, text, node.start_mark, node.end_mark
                    )
                    pairs[index] = (key_node, scalar)
                return True
            if key.startswith(f'{below}.'):
                child = Value(self._path, node, below, self._findings)
                if child.replace(key, text):
                    return True
        if self.key or text is None:
            return False
        mark = self._node.start_mark
        pairs.append(
            (
                yaml.ScalarNode(_STR, key, mark, mark),
                yaml.ScalarNode(_STR, text, mark, mark),
            )
        )
        return True

    def _pairs(
        self, node: yaml.MappingNode
    ) -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
        merged: list[tuple[str, yaml.Node, yaml.Node]] = []
        own: list[tuple[str, yaml.Node, yaml.Node]] = []
        for key_node, value_node in node.value:
            if key_node.tag == 'tag:yaml.org,2002:merge':
                for each in Value(
                    self._path, value_node, self.key, self._findings
                ).values():
                    merged.extend(self._merged(each))
                continue
            if not isinstance(key_node, yaml.ScalarNode):
                raise self._findings.error(
                    self._path,
                    'a key has to be a text',
                    key_node.start_mark.line + 1,
                    self.key or None,
                )
            name = str(key_node.value)
            if encodable(name) != name:
                raise self._findings.error(
                    self._path,
                    f'{name!r} has a half of a surrogate pair in it',
                    key_node.start_mark.line + 1,
                    self.key or None,
                )
            own.append((name, key_node, value_node))
        names = {name for name, _, _ in own}
        taken: set[str] = set()
        for pair in merged:
            # The first of several maps wins, and what stands here over all.
            if pair[0] not in names and pair[0] not in taken:
                taken.add(pair[0])
                yield pair
        yield from own

    def _merged(
        self, value: 'Value'
    ) -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
        if not isinstance(value._node, yaml.MappingNode):
            raise value.error('<< takes a mapping, or a list of mappings')
        self._check_depth()
        below = Value(
            self._path,
            value._node,
            self.key,
            self._findings,
            self._depth + 1,
        )
        return below._pairs(value._node)

    def _child(
        self, node: yaml.Node, key: str, line: int | None = None
    ) -> 'Value':
        self._check_depth()
        child = Value(self._path, node, key, self._findings, self._depth + 1)
        if line is not None:
            # Where its key stands; an alias stands far from its anchor.
            child.line = line
        return child

    def _check_depth(self) -> None:
        self._findings.values += 1
        if self._findings.values > _MOST_VALUES:
            raise self.error(
                f'the file has more than {_MOST_VALUES} values, those counted '
                'again that an alias stands for'
            )
        if self._depth > _DEEPEST:
            # The whole key has dozens of the same words.
            raise self._findings.error(
                self._path,
                f'the tree is deeper than {_DEEPEST} levels; does it contain '
                'itself?',
                self.line,
                '.'.join(self.key.split('.')[:_KEYS_TOLD]) or None,
            )

    def _below(self, name: str) -> str:
        return f'{self.key}.{name}' if self.key else name

    def _kind(self) -> str:
        if self.is_mapping:
            return 'a mapping'
        if self.is_list:
            return 'a list'
        return 'nothing' if self.is_null else repr(self._node.value)


def read_yaml(path: str, text: str, findings: Findings) -> Value:
    """Return the one document of a YAML file.

    :param path: the file, for messages
    :param text: what it holds
    :param findings: takes what is wrong but can be lived with
    :raises FileError: it is no YAML
    """
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as exc:
        problem, line = yaml_problem(exc, text)
        raise findings.error(path, problem, line) from exc
    except RecursionError as exc:
        raise findings.error(path, 'the YAML is nested too deeply') from exc
    if node is None:
        raise findings.error(path, 'the file is empty')
    findings.strict = _says_version(node)
    return Value(path, node, '', findings)


def _says_version(node: yaml.Node) -> bool:
    return isinstance(node, yaml.MappingNode) and any(
        key.value == 'version' and value.value == '2'
        for key, value in node.value
    )
