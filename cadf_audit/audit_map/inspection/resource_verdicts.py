# SPDX-License-Identifier: Apache-2.0

"""A resource map and a request in, the rule that decides out."""

import re

from cadf_audit.audit_map.document import Value
from cadf_audit.audit_map.inspection.declared import Declared
from cadf_audit.audit_map.inspection.declared import declared
from cadf_audit.audit_map.inspection.verdict import DEFAULT
from cadf_audit.audit_map.inspection.verdict import EXPLICIT
from cadf_audit.audit_map.inspection.verdict import NOTHING
from cadf_audit.audit_map.inspection.verdict import Rule
from cadf_audit.audit_map.inspection.verdict import SUPPRESSED
from cadf_audit.audit_map.inspection.verdict import Verdict
from cadf_audit.audit_map.resources import Match
from cadf_audit.audit_map.resources import Resource
from cadf_audit.audit_map.walk import ResourceMap
from cadf_audit.taxonomy import UNKNOWN


class ResourceJudge:
    """Names the rules of a resource map that decide.

    :param audit_map: the map
    :param root: the map as it is written
    """

    def __init__(self, audit_map: ResourceMap, root: Value) -> None:
        self.map = audit_map
        self._prefix = root.items()['prefix']
        self._declared: dict[tuple[str, int], Declared] = {
            each.key: each for each in declared(root)
        }

    def judge(self, method: str, path: str) -> Verdict:
        """Return what the map says of a request.

        :param method: the HTTP method
        :param path: its path, decoded
        """
        match = self.map.match(method, path)
        return Verdict(
            self._by(match),
            match.action or '',
            self.type_uri(match),
            self.rule(match, method),
        )

    def prefixes(self) -> list[tuple[re.Pattern[str], Value]]:
        """Return the prefixes, compiled and as they are written."""
        return list(zip(self.map.prefixes, self._prefix.values(), strict=True))

    def type_uri(self, match: Match) -> str:
        """Return the typeURI of the target of a request."""
        resource = match.resource
        if resource is None:
            return self.map.service_type_uri
        if match.id is not None or match.creates:
            return resource.el_type_uri
        return resource.type_uri

    def rule(self, match: Match, method: str) -> Rule:
        """Return the rule that decides about a request.

        :param match: what the map says of it
        :param method: the HTTP method
        """
        resource = match.resource
        if resource is None:
            return Rule() if match.rest else Rule('prefix', self._prefix.line)
        if match.rest:
            return Rule(resource.name, resource.line)
        if match.ending:
            return self._action_rule(resource, match, method)
        if match.key is not None:
            return self.named(resource, 'keys')
        if method in resource.methods:
            return self.named(resource, 'method_actions', method)
        return Rule(resource.name, resource.line)

    def named(self, resource: Resource, key: str, name: str = '') -> Rule:
        """Return the rule of a resource that stands below a key.

        :param resource: the resource
        :param key: the key
        :param name: the rule, where there are several below the key
        """
        one = self._declared.get((resource.name, resource.line))
        value = None
        if one is not None:
            value = one.rule(key, name) if name else one.rules.get(key)
        return Rule(
            f'{resource.name}: {f"{key} {name}" if name else key}',
            value.line if value is not None else resource.line,
        )

    def written(self, resource: Resource) -> dict[str, Value]:
        """Return the keys of a resource as they are written in the map."""
        one = self._declared.get((resource.name, resource.line))
        return one.rules if one is not None else {}

    def bulk_rules(self, resource: Resource) -> list[str]:
        """Return the rules for bulk requests that the map has written."""
        value = self.written(resource).get('bulk')
        return [
            rule
            for rule, each in (value.items() if value else {}).items()
            if not each.is_null
        ]

    def _action_rule(
        self, resource: Resource, match: Match, method: str
    ) -> Rule:
        if match.from_body:
            return Rule(f'{resource.name}: named by the body', resource.line)
        for name in (f'{method}:{match.ending}', match.ending):
            if name in resource.actions:
                return self.named(resource, 'custom_actions', name)
        return self.named(resource, 'custom_actions', f'{method}:*')

    def _by(self, match: Match) -> str:
        if match.action is None:
            return SUPPRESSED
        if match.rest:
            return NOTHING
        if match.resource is None or match.action == UNKNOWN:
            return DEFAULT
        if match.key is not None and (
            'keys' not in self.written(match.resource)
        ):
            return DEFAULT
        return EXPLICIT
