# SPDX-License-Identifier: Apache-2.0

"""The resource map: method and path in, resource, id and action out.

A request walks down the tree, one look into a table for each segment of its
path, and leaves nothing behind.
"""

from collections.abc import Callable
import dataclasses
import re

from cadf_audit.audit_map.document import Value
from cadf_audit.audit_map.resource_actions import fill_in
from cadf_audit.audit_map.resource_actions import find_rule
from cadf_audit.audit_map.resource_actions import is_named_for_others
from cadf_audit.audit_map.resource_actions import MISSING
from cadf_audit.audit_map.resource_actions import on_key
from cadf_audit.audit_map.resource_actions import on_rest
from cadf_audit.audit_map.resource_actions import plain_action
from cadf_audit.audit_map.resources import Branches
from cadf_audit.audit_map.resources import Match
from cadf_audit.audit_map.resources import Resource
from cadf_audit.text import MASK

# Told of each step of a walk: what was seen, and what it means.
Trace = Callable[[str, str], None]


def _untold(seen: str, meaning: str) -> None:
    """Tell nobody."""


@dataclasses.dataclass(frozen=True, slots=True)
class ResourceMap:
    """A resource map, compiled.

    :param service_name: the name of the service
    :param service_type_uri: the typeURI of the service
    :param prefixes: each matches the start of a path, at a slash
    :param resources: the tree
    :param strict: whether the map is of version 2
    :param drops_json: whether ``.json`` at the end of a path is dropped
    :param method_parameter: the parameter of a query that stands in for the
        method of a GET or POST, as Pecan has it; an empty text for none
    :param policy: what the map says of how much is recorded, as it is written
    """

    service_name: str
    service_type_uri: str
    prefixes: tuple[re.Pattern[str], ...]
    resources: Branches
    strict: bool = True
    drops_json: bool = True
    method_parameter: str = ''
    policy: Value | None = None

    def match(self, method: str, path: str, trace: Trace = _untold) -> Match:
        """Return what a request means.

        :param method: the HTTP method
        :param path: the whole path, decoded
        :param trace: told of each step
        """
        end = len(path)
        if self.drops_json and '.json' in path:
            bare = path.rstrip('/')
            if bare.endswith('.json'):
                end = len(bare) - len('.json')
        for prefix in self.prefixes:
            found = prefix.match(path, 0, end)
            if found is not None:
                position = found.end()
                groups = found.groupdict()
                match = Match(groups.get('project_id'))
                if trace is not _untold:
                    trace(path[:position], f'prefix {prefix.pattern}')
                break
        else:
            match = Match(None)
            trace(path, 'no prefix of the map matches')
            match.rest = path.strip('/') or '/'
            match.action = on_rest(method)
            return match
        walk = _Walk(self.resources, match, method, path, position, end)
        walk.trace = trace
        walk.run()
        return match


class _Walk:
    """Goes down the tree as far as a path leads.

    :param branches: the tree
    :param match: takes what was found
    :param method: the HTTP method
    :param path: the path
    :param position: where it begins, behind the prefix
    :param end: where it ends
    """

    __slots__ = (
        'begun',
        'branches',
        'end',
        'match',
        'method',
        'path',
        'position',
        'resource',
        'trace',
    )

    def __init__(
        self,
        branches: Branches,
        match: Match,
        method: str,
        path: str,
        position: int,
        end: int,
    ) -> None:
        self.branches = branches
        self.match = match
        self.method = method
        self.path = path
        self.position = position
        self.end = end
        self.resource: Resource | None = None
        # Where a name of several segments began that is not complete.
        self.begun = -1
        self.trace: Trace = _untold

    def run(self) -> None:
        """Set what the path means."""
        if self._descend():
            return
        self.match.resource = self.resource
        if self.begun >= 0:
            self.position = self.begun
        if self.position >= self.end:
            self._set_plain_action()
        else:
            self._set_action_on_rest()

    def _descend(self) -> bool:
        """Go down; say whether a rule for the rest of the path was found."""
        path, end = self.path, self.end
        while True:
            position = self.position
            while position < end and path[position] == '/':
                position += 1
            self.position = position
            if position >= end and self.begun < 0:
                return False
            stop = path.find('/', position, end)
            if stop < 0:
                stop = end
            branch = self.branches.get(path[position:stop])
            if isinstance(branch, Resource):
                self._enter(branch, stop)
            elif branch is not None:
                if self.begun < 0:
                    self.begun = position
                self.branches = branch
                self.position = stop
            elif self.resource is None:
                return False
            elif self.begun >= 0:
                # No name of several segments after all. What its first one
                # means is left to try, and that it is no child is known.
                self.position, self.begun = self.begun, -1
                self.branches = {}
            elif self._ends(self.resource):
                self.match.resource = self.resource
                return True
            elif not self._take_id(self.resource, stop):
                return False

    def _enter(self, resource: Resource, stop: int) -> None:
        """Go on with the resource that the segment names."""
        match = self.match
        if match.id is not None and self.resource is not None:
            match.parents += ((self.resource, match.id),)
            match.id = None
        if self.trace is not _untold:
            self.trace(
                self.path[self.position : stop],
                f'resource {resource.name}, line {resource.line}',
            )
        self.resource = resource
        self.branches = resource.here
        self.begun = -1
        self.position = stop

    def _take_id(self, resource: Resource, stop: int) -> bool:
        """Say whether an id follows, which is then set."""
        match = self.match
        if resource.singleton or match.id is not None:
            return False
        if resource.id is not None:
            found = resource.id.match(self.path, self.position, self.end)
            if found is not None and found.end() > self.position:
                stop = found.end()
                if found.re.groups:
                    self._take_groups(found, resource.secret_id)
            elif not resource.secret_id:
                # A secret that is misspelt is one all the same.
                return False
        match.id = match.id or self.path[self.position : stop]
        if resource.secret_id:
            # The id may be a part of what stands in the path, as in .json.
            behind = self.path.find('/', stop)
            whole = behind if behind >= 0 else len(self.path)
            match.secrets += (match.id, self.path[self.position : whole])
            match.id = MASK
        self.trace(match.id, f'id of {resource.name}')
        self.branches = resource.beneath
        self.position = stop
        return True

    def _take_groups(self, found: re.Match[str], secret: bool) -> None:
        """Take an id apart whose pattern names its parts.

        :param found: the parts
        :param secret: whether none of them may be told
        """
        groups = found.groupdict()
        self.match.id = groups.pop('id', None)
        if not secret:
            self.match.named += tuple(
                (name, text) for name, text in groups.items() if text
            )

    def _ends(self, resource: Resource) -> bool:
        """Say whether the rest of the path is an action, which is then set."""
        match, method = self.match, self.method
        rest = self.path[self.position : self.end].rstrip('/')
        if resource.actions:
            action = find_rule(resource, method, rest)
            if action is not MISSING:
                self._end_with(rest, action, 'custom_actions')
                return True
        if rest == 'action' and method == 'POST':
            match.from_body = True
            self._end_with(rest, 'update', 'the body names the action of')
            return True
        if resource.wildcards and '/' not in rest:
            action = resource.wildcards.get(method, MISSING)
            if action is MISSING and method == 'HEAD':
                action = resource.wildcards.get('GET', MISSING)
            if action is not MISSING and not self._could_be_id(resource, rest):
                self._end_with(rest, fill_in(action, rest), f'{method}:*')
                return True
        return False

    def _end_with(self, rest: str, action: str | None, rule: str) -> None:
        self.match.action = action
        self.match.ending = rest
        if self.trace is not _untold:
            name = self.resource.name if self.resource else ''
            self.trace(rest, f'{rule} {name}: {action or "not audited"}')

    def _could_be_id(self, resource: Resource, segment: str) -> bool:
        if resource.singleton or self.match.id is not None:
            return False
        return (
            resource.id is None
            or resource.secret_id
            or resource.id.match(segment) is not None
        )

    def _set_plain_action(self) -> None:
        """Set the action on a resource itself."""
        resource = self.resource
        on_one = (
            resource is None or resource.singleton or self.match.id is not None
        )
        methods = resource.methods if resource is not None else {}
        action = methods.get(self.method, MISSING)
        if action is MISSING and self.method == 'HEAD':
            action = methods.get('GET', MISSING)
        rule = 'method_actions'
        if action is MISSING:
            action = plain_action(self.method, on_one)
            rule = 'by the method'
        self.match.action = action
        if self.trace is not _untold:
            self.trace(self.method, f'{action or "not audited"}, {rule}')

    def _set_action_on_rest(self) -> None:
        """Set the action of a path that goes on where the map does not."""
        match, resource = self.match, self.resource
        rest = self.path[self.position : self.end].rstrip('/')
        if resource is not None and is_named_for_others(resource, rest):
            match.ending = rest
            match.action = on_rest(self.method)
            self.trace(rest, f'custom_actions of {resource.name}: not for it')
            return
        if resource is None or not resource.keys or '/' in rest:
            match.rest = rest
            match.action = on_rest(self.method)
            self.trace(rest, 'declared nowhere: attached to what is known')
            return
        match.key = rest
        on_one = resource.singleton or match.id is not None
        match.action = on_key(self.method, on_one)
        if self.trace is not _untold:
            self.trace(rest, f'a key of {resource.name}: {match.action}')
