# SPDX-License-Identifier: Apache-2.0

"""A resource map in, a row for each kind of request that it tells apart."""

from collections.abc import Iterable
from collections.abc import Iterator

from cadf_audit.audit_map.inspection.examples import Examples
from cadf_audit.audit_map.inspection.listed import ANY_METHOD
from cadf_audit.audit_map.inspection.listed import items_of
from cadf_audit.audit_map.inspection.listed import Listed
from cadf_audit.audit_map.inspection.listed import named_behind
from cadf_audit.audit_map.inspection.listed import named_by_body
from cadf_audit.audit_map.inspection.listed import ON_COLLECTION
from cadf_audit.audit_map.inspection.listed import ON_ELEMENT
from cadf_audit.audit_map.inspection.listed import place_of
from cadf_audit.audit_map.inspection.listed import placeholder
from cadf_audit.audit_map.inspection.listed import split
from cadf_audit.audit_map.inspection.listed import told_by_bodies
from cadf_audit.audit_map.inspection.resource_verdicts import ResourceJudge
from cadf_audit.audit_map.inspection.routes import Route
from cadf_audit.audit_map.inspection.shown_prefix import shown_prefixes
from cadf_audit.audit_map.resource_actions import METHODS
from cadf_audit.audit_map.resources import Branches
from cadf_audit.audit_map.resources import Resource

_ON_SINGLETON = ON_COLLECTION | ON_ELEMENT
_ON_KEY = frozenset({'GET', 'PUT', 'DELETE'})


class Tree:
    """Lists the resources of a map.

    :param judge: says what the map makes of a request
    """

    def __init__(self, judge: ResourceJudge) -> None:
        self._judge = judge
        self._examples = Examples(judge.map)
        self._shown, self._sample, self._ids = shown_prefixes(
            judge.map.prefixes
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
        one, one_ids = route, ids
        if resource.singleton:
            yield from self._plain(route, ids, _ON_SINGLETON | own)
        else:
            bulk = written['bulk'].items() if 'bulk' in written else {}
            methods = {method for method in bulk if method in METHODS}
            yield from self._plain(route, ids, ON_COLLECTION | own | methods)
            name = placeholder(resource.id_name)
            one, one_ids = f'{route}/{{{name}}}', (*ids, name)
            yield from self._plain(one, one_ids, ON_ELEMENT | own)
        if not resource.singleton:
            yield from self._actions(resource, route, ids, on_one=False)
        yield from self._actions(resource, one, one_ids, on_one=True)
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
        for method in sorted(methods, key=place_of):
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
            match = self._judge.map.match(method, path)
            yield from told_by_bodies(row, match, self._judge)

    def _actions(
        self,
        resource: Resource,
        route: str,
        ids: tuple[str, ...],
        on_one: bool,
    ) -> Iterator[Listed]:
        """Yield the named actions on a collection, or on an element."""
        type_uri = resource.el_type_uri if on_one else resource.type_uri
        by_body = False
        for rule, action in resource.actions.items():
            method, ending = split(rule)
            lists = action is not None and action.startswith('read/list')
            by_body |= method in (ANY_METHOD, 'POST') and not lists
            if action is None or _is_told(resource, method, ending):
                continue
            if lists and on_one and not resource.singleton:
                continue
            row = Listed(
                method,
                f'{self._shown}{route}/{ending}',
                ids,
                action,
                resource.el_type_uri if action == 'create' else type_uri,
            )
            yield from named_behind(row, resource, ending)
            yield from items_of(row, resource, ending, self._judge)
        for method, template in resource.wildcards.items():
            if template is not None:
                yield Listed(
                    method,
                    f'{self._shown}{route}/{{name}}',
                    (*ids, 'name'),
                    template,
                    type_uri,
                )
        if by_body or (
            resource.body_wildcards and resource.wildcards.get('POST')
        ):
            yield from named_by_body(
                f'{self._shown}{route}/action', ids, resource, type_uri
            )


def _is_told(resource: Resource, method: str, ending: str) -> bool:
    """Say whether a rule is for what a body names, not a path."""
    return any(
        rule.startswith(f'{method}:')
        and ending.startswith(f'{rule.partition(":")[2]}/')
        for rule in resource.named_by
    )
