# SPDX-License-Identifier: Apache-2.0

"""A map and a route in, a path out that the route may stand for.

What stands for a placeholder is an id that the map takes for one, and never a
word of the map itself.
"""

from collections.abc import Iterable
import itertools

from cadf_audit.audit_map import AuditMap
from cadf_audit.audit_map.inspection.declared import reachable
from cadf_audit.audit_map.inspection.declared import segments
from cadf_audit.audit_map.inspection.patterns import texts
from cadf_audit.audit_map.inspection.routes import Placeholder
from cadf_audit.audit_map.inspection.routes import Route
from cadf_audit.audit_map.resources import Match
from cadf_audit.audit_map.walk import ResourceMap

# What ids look like, the most common ones first.
_IDS = (
    '7d2f4c1e-3b58-4a6f-9c0d-5e81b2a4f637',
    '7d2f4c1e3b584a6f9c0d5e81b2a4f637',
    '4711',
    'a-name',
    'host.example.org',
)
_PATHS = ('a-folder/a-file.txt', *_IDS)

# How many ways to fill a path are tried.
_MOST_TRIES = 300


class Examples:
    """Fills the placeholders of routes.

    :param audit_map: the map
    """

    def __init__(self, audit_map: AuditMap) -> None:
        self._map = audit_map
        patterns: set[str] = set()
        if isinstance(audit_map, ResourceMap):
            self._words = segments(audit_map.resources)
            patterns.update(each.pattern for each in audit_map.prefixes)
            patterns.update(
                each.id.pattern
                for each in reachable(audit_map.resources).values()
                if each.id is not None
            )
        else:
            endings = audit_map.custom_actions
            self._words = {
                'action',
                *audit_map.keywords,
                *(ending.partition('/')[0] for ending in endings),
            }
        further = [
            text
            for pattern in sorted(patterns)
            for text in texts(pattern)
            if text and not text.startswith('/')
        ]
        self._ids = self._allowed((*_IDS, *further))
        self._paths = self._allowed((*_PATHS, *further))

    def path(self, route: Route) -> str:
        """Return a path that a route stands for.

        :param route: the route
        """
        parts = route.parts()
        if not isinstance(self._map, ResourceMap):
            return ''.join(
                part if isinstance(part, str) else self._choices(part)[0]
                for part in parts
            )
        path = ''
        for part in parts:
            if isinstance(part, str):
                path += part
            else:
                path += self._best(self._map, path, part)
        if not self._map.match(route.method, path).rest:
            return path
        return self._tried(self._map, route, parts) or path

    def _choices(self, placeholder: Placeholder) -> list[str]:
        return self._paths if placeholder.whole else self._ids

    def _best(
        self, audit_map: ResourceMap, path: str, placeholder: Placeholder
    ) -> str:
        """Return what the map takes for an id behind a path."""
        return min(
            self._choices(placeholder),
            key=lambda each: _badness(audit_map.match('GET', path + each)),
        )

    def _tried(
        self,
        audit_map: ResourceMap,
        route: Route,
        parts: list[str | Placeholder],
    ) -> str | None:
        """Return a path that the map knows whole, if there is any."""
        choices = [
            [part] if isinstance(part, str) else self._choices(part)
            for part in parts
        ]
        ways = itertools.islice(itertools.product(*choices), _MOST_TRIES)
        for way in ways:
            path = ''.join(way)
            if not audit_map.match(route.method, path).rest:
                return path
        return None

    def _allowed(self, candidates: Iterable[str]) -> list[str]:
        return [
            each
            for each in dict.fromkeys(candidates)
            if self._words.isdisjoint(each.split('/'))
        ]


def _badness(match: Match) -> int:
    """Return how far the end of a path is from being an id."""
    if match.rest:
        return 3
    if match.ending:
        return 2
    return int(match.key is not None)
