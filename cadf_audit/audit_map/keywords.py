# SPDX-License-Identifier: Apache-2.0

"""The INI audit map: path keywords in, action and typeURI of a request out.

The format is keystonemiddleware's. Its sections: ``[DEFAULT]``
target_endpoint_type; ``[custom_actions]`` ending or ending/method = action;
``[path_keywords]`` keyword = name of the id that follows it;
``[service_endpoints]`` service type = typeURI.
"""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
import dataclasses
import difflib
import logging
from typing import NoReturn

from cadf_audit.audit_map.ini import Entry
from cadf_audit.audit_map.ini import Sections
from cadf_audit.exceptions import AuditMapError
from cadf_audit import taxonomy
from cadf_audit.text import cut

LOG = logging.getLogger(__name__)

# Told of what can be lived with: the line, if known, the key, the problem.
Warn = Callable[[int | None, str, str], None]

# A keyword with this value has no id behind it.
NO_ID = 'None'

_SECTIONS = (
    'DEFAULT',
    'custom_actions',
    'path_keywords',
    'service_endpoints',
)

_METHODS = frozenset(
    {'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'TRACE'}
)

# Actions by method where the map says nothing: with a keyword at the end of
# the path, and without.
_ON_KEYWORD = {
    'POST': 'create',
    'GET': 'read/list',
    'PUT': 'update',
    'PATCH': 'update',
    'DELETE': 'delete',
    'HEAD': 'read',
}
_ON_OTHER = _ON_KEYWORD | {'POST': 'update', 'GET': 'read'}


@dataclasses.dataclass(frozen=True)
class KeywordMap:
    """An audit map of path keywords, compiled.

    Each table holds a key as it is written and, where nothing else stands
    there, in lower case, as keystonemiddleware reads it.

    :param keywords: path segment to the name of the id behind it; an empty
        name leaves no trace in the typeURI
    :param custom_actions: ending, or ending/method in lower case, to action
    :param service_endpoints: service type to typeURI
    :param target_endpoint_type: the service type to fall back to
    :param only_service: the service type of a map that names just one
    """

    keywords: dict[str, str] = dataclasses.field(default_factory=dict)
    custom_actions: dict[str, str] = dataclasses.field(default_factory=dict)
    service_endpoints: dict[str, str] = dataclasses.field(default_factory=dict)
    target_endpoint_type: str | None = None
    only_service: str | None = None

    def action(
        self,
        method: str,
        segments: Sequence[str],
        body_action: Callable[[], str],
    ) -> str:
        """Return the CADF action of a request; the first rule wins.

        :param method: the HTTP method
        :param segments: the path, without empty segments and ``.json``
        :param body_action: asked for the action of a POST to ``.../action``,
            which stands in its body
        """
        ending = segments[-1] if segments else ''
        custom = self.custom_actions
        if custom:
            action = custom.get(f'{ending}/{method.lower()}')
            if action is None:
                action = custom.get(ending)
            if action is not None:
                return action
        if method == 'POST' and ending == 'action':
            return body_action()
        table = _ON_KEYWORD if ending in self.keywords else _ON_OTHER
        return table.get(method, 'unknown')

    def type_uri(self, service_type: str, segments: Iterable[str]) -> str:
        """Return the typeURI of the target: the service, then its keywords.

        :param service_type: a type of the service catalogue
        :param segments: the path, without empty segments and ``.json``
        :returns: ``unknown`` for a service that the map does not name
        """
        base = self.service_endpoints.get(service_type)
        if base is None:
            return 'unknown'
        keywords = self.keywords
        parts = [base]
        id_name = ''
        for segment in segments:
            if segment in keywords:
                parts.append(segment)
                id_name = keywords[segment]
            elif id_name:
                parts.append(id_name)
                id_name = ''
        return cut('/'.join(parts))


def build_keyword_map(
    path: str, sections: Sections, warn: Warn | None = None
) -> KeywordMap:
    """Check the sections of a file and compile them.

    :param path: the file, for messages
    :param sections: what it holds
    :param warn: told of what does not do what it looks like; the log, if
        nobody
    :raises AuditMapError: a section or key is unknown, or an action or
        typeURI is outside the taxonomy
    """
    warn = warn or _log_of(path)
    for name, section in sections.items():
        if name not in _SECTIONS:
            _refuse_section(path, name, section.line)
    default_type = None
    for entry in _entries(sections, 'DEFAULT'):
        if entry.key.lower() != 'target_endpoint_type':
            raise AuditMapError(
                path,
                'unknown key; allowed is target_endpoint_type',
                entry.line,
                f'[DEFAULT] {entry.key}',
            )
        default_type = None if entry.value == NO_ID else entry.value
    endpoints = _entries(sections, 'service_endpoints')
    for entry in endpoints:
        _check_type_uri(path, entry)
    keywords = _entries(sections, 'path_keywords')
    for entry in keywords:
        _warn_of_keyword(warn, entry)
    if default_type and default_type not in _table(
        (entry.key, '') for entry in endpoints
    ):
        warn(
            None,
            'target_endpoint_type',
            f'{default_type} is no key of [service_endpoints], so such '
            'targets have no typeURI',
        )
    return KeywordMap(
        keywords=_table(
            (entry.key, '' if entry.value == NO_ID else entry.value)
            for entry in keywords
        ),
        custom_actions=_table(
            _custom_actions(path, _entries(sections, 'custom_actions'), warn)
        ),
        service_endpoints=_table(
            (entry.key, entry.value) for entry in endpoints
        ),
        target_endpoint_type=default_type or None,
        only_service=endpoints[0].key if len(endpoints) == 1 else None,
    )


def _entries(sections: Sections, name: str) -> tuple[Entry, ...]:
    return sections[name].entries if name in sections else ()


def _table(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    written = dict(pairs)
    lowered = {key.lower(): value for key, value in written.items()}
    return lowered | written


def _check_type_uri(path: str, entry: Entry) -> None:
    if not taxonomy.is_resource(entry.value):
        raise AuditMapError(
            path,
            taxonomy.allowed_resources(entry.value),
            entry.line,
            f'[service_endpoints] {entry.key}',
        )


def _custom_actions(
    path: str, entries: Iterable[Entry], warn: Warn
) -> Iterator[tuple[str, str]]:
    """Yield the key of each rule, its method in lower case, and its action."""
    seen = set()
    for entry in entries:
        key = _action_key(path, entry, warn)
        if key in seen:
            raise AuditMapError(
                path,
                'the rule stands there twice, since the case of a method '
                'does not matter; keep one',
                entry.line,
                f'[custom_actions] {entry.key}',
            )
        seen.add(key)
        yield key, entry.value


def _action_key(path: str, entry: Entry, warn: Warn) -> str:
    if not taxonomy.is_action(entry.value):
        raise AuditMapError(
            path,
            taxonomy.allowed_actions(entry.value),
            entry.line,
            f'[custom_actions] {entry.key}',
        )
    ending, slash, method = entry.key.partition('/')
    if not ending or '/' in method:
        warn(
            entry.line,
            entry.key,
            'never matches: the ending of a path is its last segment',
        )
    elif slash and method.upper() not in _METHODS:
        warn(
            entry.line,
            entry.key,
            f'matches only the odd HTTP method {method!r}',
        )
    _warn_of_comment(warn, entry)
    return ending + slash + method.lower()


def _warn_of_keyword(warn: Warn, entry: Entry) -> None:
    if '/' in entry.key or entry.key.endswith('.json'):
        warn(
            entry.line,
            entry.key,
            'never matches: a keyword is one segment of a path, without .json',
        )
    if entry.value.lower() == NO_ID.lower() and entry.value != NO_ID:
        warn(
            entry.line,
            entry.key,
            f'{entry.value!r} is the name of an id; where '
            f'none follows, write {NO_ID}',
        )
    _warn_of_comment(warn, entry)


def _warn_of_comment(warn: Warn, entry: Entry) -> None:
    if ' #' in entry.value or ' ;' in entry.value:
        warn(
            entry.line,
            entry.key,
            'what looks like a comment is a part of the '
            'value; a comment stands on a line of its own',
        )


def _log_of(path: str) -> Warn:
    """Return what writes warnings of a file to the log."""

    def warn(line: int | None, key: str, problem: str) -> None:
        where = '' if line is None else f', line {line}'
        LOG.warning('audit map %s%s: %s %s', path, where, key, problem)

    return warn


def _refuse_section(path: str, name: str, line: int) -> NoReturn:
    near = difflib.get_close_matches(name, _SECTIONS, 1)
    hint = f' (did you mean [{near[0]}]?)' if near else ''
    allowed = ', '.join(f'[{section}]' for section in _SECTIONS)
    raise AuditMapError(
        path,
        f'unknown section{hint}; allowed are {allowed}',
        line,
        f'[{name}]',
    )
