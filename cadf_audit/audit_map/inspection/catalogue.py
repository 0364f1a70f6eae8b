# SPDX-License-Identifier: Apache-2.0

"""An audit map in, all kinds of requests that it tells apart out.

What stands in a row is asked of the map itself, by a request that the row
stands for. With the routes of the API only what really exists is listed.
"""

from collections.abc import Iterable
from collections.abc import Iterator

from cadf_audit.audit_map.inspection.examples import Examples
from cadf_audit.audit_map.inspection.keyword_catalogue import keyword_rows
from cadf_audit.audit_map.inspection.listed import Listed
from cadf_audit.audit_map.inspection.listed import told_by_bodies
from cadf_audit.audit_map.inspection.opened import OpenedMap
from cadf_audit.audit_map.inspection.resource_catalogue import Tree
from cadf_audit.audit_map.inspection.resource_verdicts import ResourceJudge
from cadf_audit.audit_map.inspection.routes import Route


def catalogue(
    opened: OpenedMap, routes: Iterable[Route] | None = None
) -> Iterator[Listed]:
    """Yield the kinds of requests that are audited.

    :param opened: the map
    :param routes: the routes that there are; without them, what the map
        tells apart
    """
    judge = opened.judge
    if routes is not None:
        yield from _of_routes(opened, routes)
    elif isinstance(judge, ResourceJudge):
        yield from Tree(judge).rows()
    else:
        yield from keyword_rows(judge)


def _of_routes(opened: OpenedMap, routes: Iterable[Route]) -> Iterator[Listed]:
    examples = Examples(opened.map)
    judge = opened.judge
    for route in routes:
        path = examples.path(route)
        verdict = judge.judge(route.method, path)
        if not verdict.action:
            continue
        row = Listed(
            route.method,
            route.path,
            tuple(route.names),
            verdict.action,
            verdict.type_uri,
        )
        if isinstance(judge, ResourceJudge):
            match = judge.map.match(route.method, path)
            yield from told_by_bodies(row, match, judge)
        else:
            yield row
