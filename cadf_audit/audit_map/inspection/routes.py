# SPDX-License-Identifier: Apache-2.0

"""A list of routes, or an OpenAPI document, in; the routes of an API out."""

from collections.abc import Iterator
import dataclasses
import json
import re
from typing import Any
import urllib.parse

import yaml

from cadf_audit.audit_map.yaml_problem import yaml_problem
from cadf_audit.exceptions import AuditError

# What stands in braces: a name, and perhaps what it may be.
_PLACEHOLDER = re.compile(r'\{([^{}:]*)(?::([^{}]*))?\}')

# How other frameworks write it: <name> and <int:name>, or :name.
_POINTED = re.compile(r'<(?:([A-Za-z_]\w*)(?:\([^()<>]*\))?:)?([A-Za-z_]\w*)>')
_COLON = re.compile(r'(?<=/):([A-Za-z_]\w*)(?=/|\Z)')

_ODD_BRACES = (
    'has a brace or a < that encloses no name; what stands for a part of a '
    'path is {name}, or {name:path} where it may have slashes'
)

# Documents of OpenAPI of large clouds have some ten MiB.
_MOST_CHARACTERS = 64 * 1024 * 1024

_METHOD = re.compile(r'[A-Z][A-Z_-]*')

# The keys of a path of OpenAPI that are methods; others describe it.
_OPERATIONS = (
    'get',
    'put',
    'post',
    'delete',
    'options',
    'head',
    'patch',
    'trace',
)

_Loader = getattr(yaml, 'CSafeLoader', yaml.SafeLoader)


class RoutesError(AuditError):
    """A file of routes cannot be read as one.

    :param path: the file
    :param problem: what is wrong, and what is allowed
    :param line: the line it stands in, counted from 1
    """

    def __init__(
        self, path: str, problem: str, line: int | None = None
    ) -> None:
        where = f', line {line}' if line is not None else ''
        super().__init__(f'routes {path}{where}: {problem}')
        self.line = line


@dataclasses.dataclass(frozen=True)
class Placeholder:
    """What stands for a part of a path.

    :param name: its name
    :param whole: whether it may have slashes in it
    """

    name: str
    whole: bool = False


@dataclasses.dataclass(frozen=True)
class Route:
    """A method and the form of a path: ``PUT /shops/{shop_id}``.

    :param method: the HTTP method
    :param path: the path, with placeholders in braces
    """

    method: str
    path: str

    def parts(self) -> list[str | Placeholder]:
        """Return the path in parts, of which no text is empty."""
        parts: list[str | Placeholder] = []
        position = 0
        for found in _PLACEHOLDER.finditer(self.path):
            parts.append(self.path[position : found.start()])
            parts.append(Placeholder(found[1], found[2] == 'path'))
            position = found.end()
        parts.append(self.path[position:])
        return [part for part in parts if part]

    @property
    def names(self) -> list[str]:
        """The names of its placeholders."""
        return [
            part.name for part in self.parts() if isinstance(part, Placeholder)
        ]


def read_routes(path: str) -> list[Route]:
    """Return the routes of a list: ``METHOD /path/{id}``, one a line.

    :param path: the file; empty lines and lines with ``#`` are passed over
    :raises RoutesError: it cannot be read, or a line is something else
    """
    routes = []
    for number, line in enumerate(_read(path).split('\n'), start=1):
        words = line.partition('#')[0].split()
        if words:
            routes.append(_route_of(path, number, words))
    if not routes:
        raise RoutesError(
            path, 'there is no route; one looks like PUT /shops/{shop_id}'
        )
    return list(dict.fromkeys(routes))


def _route_of(path: str, line: int, words: list[str]) -> Route:
    if len(words) != 2 or not words[1].startswith('/'):
        raise RoutesError(
            path,
            f'{" ".join(words)!r} is no route; one is a method and a path '
            'that begins with a slash: PUT /shops/{shop_id}',
            line,
        )
    method, template = words
    if not _METHOD.fullmatch(method):
        raise RoutesError(
            path,
            f'{method!r} is no method; one is written in capitals: PUT',
            line,
        )
    template = _POINTED.sub(_in_braces, template)
    template = _COLON.sub(r'{\1}', template)
    if _is_odd(template):
        raise RoutesError(path, f'{template!r} {_ODD_BRACES}', line)
    return Route(method, template)


def _in_braces(found: re.Match[str]) -> str:
    return f'{{{found[2]}:path}}' if found[1] == 'path' else f'{{{found[2]}}}'


def _is_odd(template: str) -> bool:
    """Say whether a path has braces that stand for nothing."""
    named = [found[1] for found in _PLACEHOLDER.finditer(template)]
    rest = _PLACEHOLDER.sub('', template)
    return '' in named or any(each in rest for each in '{}<>')


def read_openapi(path: str, base_path: str | None = None) -> list[Route]:
    """Return the routes of an OpenAPI document, JSON or YAML.

    :param path: the file
    :param base_path: what stands in front of each path; the path of the
        first server that the document names, if not given
    :raises RoutesError: it cannot be read, or is something else
    """
    text = _read(path)
    document = _document(path, text)
    version = document.get('openapi')
    if not isinstance(version, str) or not version.startswith('3.'):
        found = version or document.get('swagger')
        what = f'this is version {found}' if found else 'it has no "openapi"'
        raise RoutesError(
            path, f'no document of OpenAPI 3: {what}; allowed is 3.0 or later'
        )
    paths = document.get('paths')
    if not isinstance(paths, dict) or not paths:
        raise RoutesError(
            path,
            'there is no path below "paths", which is a mapping of paths',
            _line_of(text, 'paths'),
        )
    routes: list[Route] = []
    for template, item in paths.items():
        try:
            routes += _of_path(document, base_path, str(template), item)
        except ValueError as exc:
            raise RoutesError(
                path,
                f'paths, {template}: {exc}',
                _line_of(text, 'paths', str(template)),
            ) from exc
    return list(dict.fromkeys(routes))


def _of_path(
    document: dict[str, Any], base: str | None, template: str, item: Any
) -> Iterator[Route]:
    """Yield the routes of one path of a document.

    :raises ValueError: there is something else
    """
    item = _resolved(document, item)
    if base is None:
        base = _base_of(item) or _base_of(document) or ''
    whole = f'{base.rstrip("/")}{template}'
    if not whole.startswith('/'):
        whole = f'/{whole}'
    for name in item:
        if name in _OPERATIONS:
            if _is_odd(whole):
                raise ValueError(f'{whole!r} {_ODD_BRACES}')
            yield Route(name.upper(), whole)
        elif str(name).lower() in _OPERATIONS:
            raise ValueError(
                f'the method {name!r} has to be written in small letters'
            )


def _resolved(document: dict[str, Any], item: Any) -> dict[str, Any]:
    """Return a path of a document, be it there or elsewhere in it.

    :raises ValueError: it is no path
    """
    seen = set()
    # What stands beside a reference counts as well.
    beside: dict[str, Any] = {}
    while isinstance(item, dict) and isinstance(item.get('$ref'), str):
        beside = item | beside
        reference = item['$ref']
        if not reference.startswith('#/') or reference in seen:
            raise ValueError(
                f'the reference {reference!r} leads out of the file or in '
                'circles; put the document together first'
            )
        seen.add(reference)
        item = _at(document, reference)
        if item is None:
            raise ValueError(f'the reference {reference!r} leads nowhere')
    if not isinstance(item, dict):
        raise ValueError('has to be a mapping of its methods')
    return item | beside


def _at(document: Any, reference: str) -> Any:
    """Return what a reference leads to, or None."""
    for name in reference[2:].split('/'):
        name = urllib.parse.unquote(name)
        name = name.replace('~1', '/').replace('~0', '~')
        if isinstance(document, list) and name.isdecimal():
            index = int(name)
            document = document[index] if index < len(document) else None
        else:
            document = (
                document.get(name) if isinstance(document, dict) else None
            )
    return document


def _line_of(text: str, *keys: str) -> int | None:
    """Return the line in which a key of a document stands, if known."""
    try:
        node = yaml.compose(text, _Loader)
    except yaml.YAMLError:
        # JSON that is no YAML.
        return None
    line = None
    for key in keys:
        pairs = node.value if isinstance(node, yaml.MappingNode) else ()
        for key_node, value in pairs:
            if key_node.value == key:
                node, line = value, key_node.start_mark.line + 1
                break
        else:
            return line
    return line


def _base_of(item: dict[str, Any]) -> str:
    """Return the path of the first server that is named there."""
    servers = item.get('servers')
    server = servers[0] if isinstance(servers, list) and servers else {}
    if not isinstance(server, dict) or not isinstance(server.get('url'), str):
        return ''
    url: str = server['url']
    variables = server.get('variables')
    for name, each in variables.items() if isinstance(variables, dict) else ():
        if isinstance(each, dict) and 'default' in each:
            url = url.replace(f'{{{name}}}', str(each['default']))
    # A host may still be a placeholder, which urllib takes for an error.
    _, slashes, rest = url.partition('://')
    return '/' + rest.partition('/')[2] if slashes else url


def _document(path: str, text: str) -> dict[str, Any]:
    try:
        if text.lstrip().startswith('{'):
            document = json.loads(text)
        else:
            document = yaml.load(text, _Loader)  # noqa: S506
    except yaml.YAMLError as exc:
        raise RoutesError(path, *yaml_problem(exc, text)) from exc
    except json.JSONDecodeError as exc:
        raise RoutesError(
            path, f'this is no JSON: {exc.msg}', exc.lineno
        ) from exc
    except (RecursionError, ValueError) as exc:
        raise RoutesError(path, f'cannot be read: {exc}') from exc
    if not isinstance(document, dict):
        raise RoutesError(path, 'no document of OpenAPI 3: it is no mapping')
    return document


def _read(path: str) -> str:
    try:
        with open(path, encoding='utf-8-sig') as file:
            text = file.read(_MOST_CHARACTERS + 1)
    except OSError as exc:
        raise RoutesError(path, f'cannot be read: {exc.strerror}') from exc
    except UnicodeDecodeError as exc:
        raise RoutesError(path, 'is not UTF-8') from exc
    if len(text) > _MOST_CHARACTERS:
        raise RoutesError(path, 'is longer than 64 MiB')
    return text
