# SPDX-License-Identifier: Apache-2.0

"""A list of routes, or an OpenAPI document, in; the routes of an API out."""

from collections.abc import Iterator
import dataclasses
import json
import re
from typing import Any
import urllib.parse

import yaml

from cadf_audit.exceptions import AuditError

# What stands in braces: a name, and perhaps what it may be.
_PLACEHOLDER = re.compile(r'\{([^{}:]*)(?::([^{}]*))?\}')

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
    _check_braces(path, template, line)
    return Route(method, template)


def _check_braces(path: str, template: str, line: int | None) -> None:
    """Refuse a path whose braces stand for nothing."""
    named = [found[1] for found in _PLACEHOLDER.finditer(template)]
    rest = _PLACEHOLDER.sub('', template)
    if '' in named or '{' in rest or '}' in rest:
        raise RoutesError(
            path,
            f'{template!r} has a brace that encloses no name; what stands '
            'for a part of a path is {name}, or {name:path} where it may '
            'have slashes',
            line,
        )


def read_openapi(path: str, base_path: str | None = None) -> list[Route]:
    """Return the routes of an OpenAPI document, JSON or YAML.

    :param path: the file
    :param base_path: what stands in front of each path; the path of the
        first server that the document names, if not given
    :raises RoutesError: it cannot be read, or is something else
    """
    document = _document(path)
    version = document.get('openapi')
    if not isinstance(version, str) or not version.startswith('3.'):
        found = version or document.get('swagger')
        what = f'this is version {found}' if found else 'it has no "openapi"'
        raise RoutesError(
            path, f'no document of OpenAPI 3: {what}; allowed is 3.0 or later'
        )
    paths = document.get('paths')
    if not isinstance(paths, dict) or not paths:
        raise RoutesError(path, 'there is no path below "paths"')
    routes = []
    for template, item in paths.items():
        item = _resolved(path, document, item)
        base = base_path
        if base is None:
            base = _base_of(item) or _base_of(document) or ''
        for name in _operations(path, str(template), item):
            whole = f'{base.rstrip("/")}{template}'
            if not whole.startswith('/'):
                whole = f'/{whole}'
            _check_braces(path, whole, None)
            routes.append(Route(name.upper(), whole))
    return list(dict.fromkeys(routes))


def _operations(
    path: str, template: str, item: dict[str, Any]
) -> Iterator[str]:
    for name in item:
        if name in _OPERATIONS:
            yield name
        elif str(name).lower() in _OPERATIONS:
            raise RoutesError(
                path,
                f'{template}: the method {name!r} has to be written in '
                'small letters',
            )


def _resolved(path: str, document: Any, item: Any) -> dict[str, Any]:
    """Return a path of a document, be it there or elsewhere in it."""
    seen = set()
    while isinstance(item, dict) and isinstance(item.get('$ref'), str):
        reference = item['$ref']
        if not reference.startswith('#/') or reference in seen:
            raise RoutesError(
                path,
                f'the reference {reference!r} leads out of the file or in '
                'circles; put the document together first',
            )
        seen.add(reference)
        item = document
        for name in reference[2:].split('/'):
            name = urllib.parse.unquote(name)
            name = name.replace('~1', '/').replace('~0', '~')
            item = item.get(name) if isinstance(item, dict) else None
    if not isinstance(item, dict):
        raise RoutesError(path, 'a path has to be a mapping of its methods')
    return item


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


def _document(path: str) -> dict[str, Any]:
    text = _read(path)
    try:
        if text.lstrip().startswith('{'):
            document = json.loads(text)
        else:
            document = yaml.load(text, _Loader)  # noqa: S506
    except yaml.YAMLError as exc:
        mark = getattr(exc, 'problem_mark', None)
        problem = getattr(exc, 'problem', None) or str(exc).split('\n')[0]
        raise RoutesError(
            path,
            f'this is no YAML: {problem}',
            mark.line + 1 if mark is not None else None,
        ) from exc
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
            return file.read()
    except OSError as exc:
        raise RoutesError(path, f'cannot be read: {exc.strerror}') from exc
    except UnicodeDecodeError as exc:
        raise RoutesError(path, 'is not UTF-8') from exc
