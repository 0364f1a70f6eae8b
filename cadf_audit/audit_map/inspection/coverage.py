# SPDX-License-Identifier: Apache-2.0

"""A map and the routes of an API in, what the map says of each out."""

from collections.abc import Iterable
from collections.abc import Iterator
import dataclasses

from cadf_audit.audit_map.inspection.examples import Examples
from cadf_audit.audit_map.inspection.opened import OpenedMap
from cadf_audit.audit_map.inspection.routes import Route
from cadf_audit.audit_map.inspection.verdict import DEFAULT
from cadf_audit.audit_map.inspection.verdict import NOTHING
from cadf_audit.audit_map.inspection.verdict import Verdict

# Methods of requests that change nothing.
_READS = frozenset({'GET', 'HEAD', 'OPTIONS'})


@dataclasses.dataclass(frozen=True)
class Covered:
    """A route, and what the map says of it.

    :param route: the route
    :param path: a path that it stands for
    :param verdict: what the map says of such a request
    """

    route: Route
    path: str
    verdict: Verdict

    @property
    def ruled(self) -> bool:
        """Whether a rule of the map is about it."""
        return self.verdict.by not in (DEFAULT, NOTHING)

    @property
    def missing(self) -> bool:
        """Whether it changes something, and no rule is about it."""
        return not self.ruled and self.route.method not in _READS


def cover(opened: OpenedMap, routes: Iterable[Route]) -> Iterator[Covered]:
    """Yield what a map says of each route.

    :param opened: the map
    :param routes: the routes
    """
    examples = Examples(opened.map)
    for route in routes:
        path = examples.path(route)
        yield Covered(route, path, opened.judge.judge(route.method, path))
