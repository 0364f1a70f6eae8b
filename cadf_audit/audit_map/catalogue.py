# SPDX-License-Identifier: Apache-2.0

"""An audit map in, all kinds of requests that it tells apart out.

What stands in a row is asked of the map itself, by a request that the row
stands for. With the routes of the API only what really exists is listed.
"""

from collections.abc import Iterable
from collections.abc import Iterator
import dataclasses

from cadf_audit.audit_map.examples import Examples
from cadf_audit.audit_map.keyword_verdicts import KeywordJudge
from cadf_audit.audit_map.opened import OpenedMap
from cadf_audit.audit_map.resource_actions import body_action
from cadf_audit.audit_map.resource_actions import METHODS
from cadf_audit.audit_map.resource_actions import named_action
from cadf_audit.audit_map.resource_verdicts import ResourceJudge
from cadf_audit.audit_map.resources import Branches
from cadf_audit.audit_map.resources import Resource
from cadf_audit.audit_map.routes import Route
from cadf_audit.audit_map.shown_prefix import shown_prefix

#: any method
ANY_METHOD = '*'

_ORDER = ('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE')
_ON_COLLECTION = frozenset({'GET', 'POST'})
_ON_ELEMENT = frozenset({'GET', 'PUT', 'PATCH', 'DELETE'})
_ON_SINGLETON = _ON_COLLECTION | _ON_ELEMENT
_ON_KEY = frozenset({'GET', 'PUT', 'DELETE'})

# What stands in front of a keyword, which may stand anywhere.
_ANYWHERE = '…'


@dataclasses.dataclass(frozen=True)
class Listed:
    """A kind of request.

    :param method: the HTTP method, or ``*``
    :param route: the form of the path; what may be left out is in brackets,
        and what the body has to name in parentheses
    :param ids: the placeholders that cannot be left out
    :param action: the CADF action; ``*`` in it stands for a name
    :param type_uri: the typeURI of the target
    """

    method: str
    route: str
    ids: tuple[str, ...]
    action: str
    type_uri: str


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
        yield from _Tree(judge).rows()
    else:
        yield from _of_keywords(judge)


def _of_routes(opened: OpenedMap, routes: Iterable[Route]) -> Iterator[Listed]:
    examples = Examples(opened.map)
    judge = opened.judge
    for route in routes:
        path = examples.path(route)
        verdict = judge.judge(route.method, path)
        if not verdict.action:
            continue
        names = tuple(route.names)
        if isinstance(judge, ResourceJudge):
            match = judge.map.match(route.method, path)
            if match.from_body and match.resource is not None:
                yield from _named_by_body(
                    route.path, names, match.resource, verdict.type_uri
                )
                continue
            if match.resource is not None and not match.rest:
                row = Listed(
                    route.method,
                    route.path,
                    names,
                    verdict.action,
                    verdict.type_uri,
                )
                yield from _told_by_body(row, match.resource, match.ending)
                continue
        yield Listed(
            route.method, route.path, names, verdict.action, verdict.type_uri
        )


def _named_by_body(
    route: str, ids: tuple[str, ...], resource: Resource, type_uri: str
) -> Iterator[Listed]:
    """Yield the actions that the body of a POST can name."""
    named = {}
    for rule in resource.actions:
        method, ending = _split(rule)
        if method in (ANY_METHOD, 'POST') and '/' not in ending:
            action = body_action(resource, 'POST', ending)
            if not action.startswith('read/list'):
                named[ending] = action
    any_action = 'update/*'
    if resource.body_wildcards:
        any_action = resource.wildcards.get('POST') or any_action
    for name, action in named.items():
        yield Listed('POST', f'{route} (body: {name})', ids, action, type_uri)
    yield Listed(
        'POST', f'{route} (body: any other name)', ids, any_action, type_uri
    )


def _told_by_body(
    row: Listed, resource: Resource, ending: str
) -> Iterator[Listed]:
    """Yield a row, and before it those of actions that its body can name."""
    rule = f'{row.method}:{ending}' if ending else row.method
    if rule in resource.named_by:
        for name in _names_behind(resource, row.method, ending):
            action = named_action(
                resource, row.method, ending, row.action, name
            )
            yield dataclasses.replace(
                row, route=f'{row.route} (body: {name})', action=action
            )
        row = dataclasses.replace(
            row,
            route=f'{row.route} (body: any other name)',
            action=f'{row.action}/*',
        )
    yield row


def _names_behind(
    resource: Resource, method: str, ending: str
) -> Iterator[str]:
    """Yield the names that rules have behind the ending of a path."""
    for rule in resource.actions:
        known, name = _split(rule)
        if known in (ANY_METHOD, method):
            if not ending and '/' not in name:
                yield name
            elif ending and name.startswith(f'{ending}/'):
                yield name.removeprefix(f'{ending}/')


def _split(rule: str) -> tuple[str, str]:
    """Return the method and the ending of a rule for a named action."""
    method, colon, ending = rule.partition(':')
    return (method, ending) if colon and method in METHODS else ('*', rule)


class _Tree:
    """Lists the resources of a map.

    :param judge: says what the map makes of a request
    """

    def __init__(self, judge: ResourceJudge) -> None:
        self._judge = judge
        self._examples = Examples(judge.map)
        self._shown, self._sample, self._ids = shown_prefix(
            judge.map.prefixes[0]
        )

    def rows(self) -> Iterator[Listed]:
        """Yield the kinds of requests that the map tells apart."""
        yield from self._level(self._judge.map.resources, '', self._ids)

    def _level(
        self, level: Branches, route: str, ids: tuple[str, ...]
    ) -> Iterator[Listed]:
        seen: set[int] = set()
        for segment, branch in level.items():
            # Of several spellings, the first one stands for all.
            if id(branch) in seen:
                continue
            seen.add(id(branch))
            below = f'{route}/{segment}'
            if isinstance(branch, Resource):
                yield from self._resource(branch, below, ids)
            else:
                yield from self._level(branch, below, ids)

    def _resource(
        self, resource: Resource, route: str, ids: tuple[str, ...]
    ) -> Iterator[Listed]:
        written = self._judge.written(resource)
        own = frozenset(resource.methods)
        one, one_ids, named = route, ids, route
        if resource.singleton:
            yield from self._plain(route, ids, _ON_SINGLETON | own)
        else:
            bulk = written['bulk'].items() if 'bulk' in written else {}
            methods = {method for method in bulk if method in METHODS}
            yield from self._plain(route, ids, _ON_COLLECTION | own | methods)
            name = _placeholder(resource.id_name)
            one, one_ids = f'{route}/{{{name}}}', (*ids, name)
            named = f'{route}[/{{{name}}}]'
            yield from self._plain(one, one_ids, _ON_ELEMENT | own)
        yield from self._actions(resource, route, named, ids)
        if resource.keys and 'keys' in written:
            yield from self._plain(
                f'{one}/{{key}}', (*one_ids, 'key'), _ON_KEY
            )
        if not resource.singleton:
            yield from self._level(resource.beneath, one, one_ids)
        beneath = {id(each) for each in resource.beneath.values()}
        here = {
            segment: branch
            for segment, branch in resource.here.items()
            if id(branch) not in beneath
        }
        yield from self._level(here, route, ids)

    def _plain(
        self, route: str, ids: tuple[str, ...], methods: Iterable[str]
    ) -> Iterator[Listed]:
        for method in sorted(methods, key=_place_of):
            path = self._examples.path(Route(method, self._sample + route))
            verdict = self._judge.judge(method, path)
            if not verdict.action:
                continue
            row = Listed(
                method,
                self._shown + route,
                ids,
                verdict.action,
                verdict.type_uri,
            )
            resource = self._judge.map.match(method, path).resource
            if resource is None or route.endswith('/{key}'):
                yield row
            else:
                yield from _told_by_body(row, resource, '')

    def _actions(
        self,
        resource: Resource,
        route: str,
        named: str,
        ids: tuple[str, ...],
    ) -> Iterator[Listed]:
        by_body = False
        for rule, action in resource.actions.items():
            method, ending = _split(rule)
            lists = action is not None and action.startswith('read/list')
            by_body |= method in (ANY_METHOD, 'POST') and not lists
            if action is None or _is_told(resource, method, ending):
                continue
            row = Listed(
                method,
                f'{self._shown}{route if lists else named}/{ending}',
                ids,
                action,
                resource.type_uri if lists else resource.el_type_uri,
            )
            yield from _told_by_body(row, resource, ending)
        for method, template in resource.wildcards.items():
            if template is not None:
                yield Listed(
                    method,
                    f'{self._shown}{named}/{{name}}',
                    (*ids, 'name'),
                    template,
                    resource.el_type_uri,
                )
        if by_body or (
            resource.body_wildcards and resource.wildcards.get('POST')
        ):
            yield from _named_by_body(
                f'{self._shown}{named}/action',
                ids,
                resource,
                resource.el_type_uri,
            )


def _is_told(resource: Resource, method: str, ending: str) -> bool:
    """Say whether a rule is for what a body names, not a path."""
    return any(
        rule.startswith(f'{method}:')
        and ending.startswith(f'{rule.partition(":")[2]}/')
        for rule in resource.named_by
    )


def _of_keywords(judge: KeywordJudge) -> Iterator[Listed]:
    sections = judge.sections
    examples = Examples(judge.map)
    if 'path_keywords' in sections:
        for entry in sections['path_keywords'].entries:
            yield from _of_keyword(judge, examples, entry.key)
    if 'custom_actions' in sections:
        for entry in sections['custom_actions'].entries:
            yield _of_action(judge, entry.key)


def _of_keyword(
    judge: KeywordJudge, examples: Examples, keyword: str
) -> Iterator[Listed]:
    name = _placeholder(judge.map.keywords[keyword])
    route, element = f'/{keyword}', f'/{keyword}/{{{name}}}'
    actions = judge.map.custom_actions
    for methods, form, ids in (
        (_ON_COLLECTION, route, ()),
        (_ON_ELEMENT if name else (), element, (name,)),
    ):
        for method in sorted(methods, key=_place_of):
            if form == route and (
                keyword in actions or f'{keyword}/{method.lower()}' in actions
            ):
                # It has a row as an action.
                continue
            path = examples.path(Route(method, form))
            verdict = judge.judge(method, path)
            yield Listed(
                method,
                f'{_ANYWHERE}{form}',
                ids,
                verdict.action,
                verdict.type_uri,
            )


def _of_action(judge: KeywordJudge, key: str) -> Listed:
    ending, _, method = key.partition('/')
    verdict = judge.judge(method.upper() or 'POST', f'/{ending}')
    return Listed(
        method.upper() or ANY_METHOD,
        f'{_ANYWHERE}/{ending}',
        (),
        verdict.action,
        verdict.type_uri,
    )


def _placeholder(name: str) -> str:
    """Return a name as it may stand in braces."""
    return ''.join('_' if each in '{}:' else each for each in name)


def _place_of(method: str) -> tuple[int, str]:
    place = _ORDER.index(method) if method in _ORDER else len(_ORDER)
    return place, method
