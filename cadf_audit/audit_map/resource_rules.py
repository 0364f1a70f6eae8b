# SPDX-License-Identifier: Apache-2.0

"""The values of a YAML file in, the tree of resources out, checked.

The format is that of openstack-audit-middleware, and more in the same style.
A map that says ``version: 2`` is held to the rules, and has the defaults that
an API of today needs; without it, findings are warnings, and the defaults are
those that existing maps are written for.
"""

import re

from cadf_audit.audit_map.document import Value
from cadf_audit.audit_map.findings import Findings
from cadf_audit.audit_map.names import one_of
from cadf_audit.audit_map.names import wrapper_of
from cadf_audit.audit_map.overlaps import check_overlaps
from cadf_audit.audit_map.payload_rules import payload_rules
from cadf_audit.audit_map.resources import Branches
from cadf_audit.audit_map.resources import Bulk
from cadf_audit.audit_map.resources import Resource
from cadf_audit.audit_map.rule_values import action_names
from cadf_audit.audit_map.rule_values import attributes
from cadf_audit.audit_map.rule_values import bulks
from cadf_audit.audit_map.rule_values import check_keys
from cadf_audit.audit_map.rule_values import checked_type_uri
from cadf_audit.audit_map.rule_values import custom_actions
from cadf_audit.audit_map.rule_values import method_actions
from cadf_audit.audit_map.rule_values import methods
from cadf_audit.audit_map.rule_values import own_type_uri
from cadf_audit.audit_map.rule_values import pattern
from cadf_audit.audit_map.rule_values import places
from cadf_audit.audit_map.walk import ResourceMap

MAP_KEYS = (
    'version',
    'service_type',
    'service_name',
    'observer_type_uri',
    'prefix',
    'json_suffix',
    'method_parameter',
    'policy',
    'resources',
)
RESOURCE_KEYS = (
    'api_name',
    'singleton',
    'type_uri',
    'el_type_uri',
    'id',
    'secret_id',
    'keys',
    'custom_id',
    'custom_name',
    'custom_project',
    'type_name',
    'el_type_name',
    'custom_actions',
    'method_actions',
    'action_from',
    'custom_attributes',
    'read_response',
    'upsert',
    'bulk',
    'payloads',
    'children',
)
_NEEDED = ('service_type', 'prefix', 'resources')

# An id where the map does not say what one looks like: in a map without a
# version what openstack-audit-middleware takes for one, in either case.
_HEX_ID = re.compile(r'[0-9A-Fa-f-]+(?=/|\Z)')


def build_resource_map(root: Value, findings: Findings) -> ResourceMap:
    """Return the map that a YAML file holds.

    :param root: the file
    :param findings: takes what is wrong but can be lived with
    :raises AuditMapError: there is something that cannot
    """
    values = root.items()
    strict = _is_strict(values)
    check_keys(values, MAP_KEYS, findings)
    missing = missing_keys(values)
    if missing:
        raise root.error(told_missing(missing))
    service_type = values['service_type'].text()
    observer = values.get('observer_type_uri')
    if observer is None:
        type_uri = service_type
        if type_uri.partition('/')[0] != 'service':
            type_uri = f'service/{service_type}'
    else:
        type_uri = observer.text()
    builder = _Builder(strict, findings)
    resources = builder.resources(values['resources'], service_type, '')
    check_overlaps(builder.built)
    return ResourceMap(
        service_name=_service_name(values),
        service_type_uri=checked_type_uri(
            observer or values['service_type'], type_uri
        ),
        prefixes=_prefixes(values['prefix']),
        resources=resources,
        strict=strict,
        method_parameter=(
            values['method_parameter'].text()
            if 'method_parameter' in values
            else ''
        ),
        drops_json=(
            values['json_suffix'].flag() if 'json_suffix' in values else True
        ),
        policy=_policy(values, strict),
    )


def missing_keys(values: dict[str, Value]) -> list[str]:
    """Return the keys that a map has to have, and does not.

    :param values: the keys of the map
    """
    return [name for name in _NEEDED if name not in values]


def told_missing(names: list[str]) -> str:
    """Return a sentence about the keys that are missing.

    :param names: one or several
    """
    if len(names) == 1:
        return f'the key {names[0]} is missing'
    return f'the keys {", ".join(names[:-1])} and {names[-1]} are missing'


def _policy(values: dict[str, Value], strict: bool) -> Value | None:
    """Return what stands there under ``policy``, which is read elsewhere."""
    value = values.get('policy')
    if value is not None and not strict:
        raise value.error(
            'a policy stands in a map of version 2; write version: 2 at its '
            'top, or name a file with audit_policy_file'
        )
    return value


def _service_name(values: dict[str, Value]) -> str:
    value = values.get('service_name', values['service_type'])
    if not value.text():
        raise value.error('has to be a text that is not empty')
    return value.text()


def _is_strict(values: dict[str, Value]) -> bool:
    """Say whether a map says that it is of version 2.

    :param values: the keys of the map
    :raises AuditMapError: it is of a version that nobody knows
    """
    version = values.get('version')
    if version is None:
        return False
    if version.text() != '2':
        raise version.error(
            f'{version.text()!r} is no version of the format; allowed is 2, '
            'or no version for a map of openstack-audit-middleware'
        )
    return True


class _Builder:
    """Builds the resources of one map.

    :param strict: whether the map is of version 2
    :param findings: takes what is wrong but can be lived with
    """

    def __init__(self, strict: bool, findings: Findings) -> None:
        self._strict = strict
        self._findings = findings
        #: all that was built, each with what its named actions say
        self.built: list[tuple[Resource, dict[str, Value]]] = []

    def resources(
        self, value: Value, parent_type_uri: str, parent_name: str
    ) -> Branches:
        """Return the resources of one level.

        :param value: the mapping that holds them
        :param parent_type_uri: what their typeURIs begin with
        :param parent_name: the names that lead to it
        """
        level: Branches = {}
        for name, each in value.items().items():
            rules = each.items()
            check_keys(rules, RESOURCE_KEYS, self._findings)
            api_names = [name]
            if 'api_name' in rules:
                api_names = [one.text() for one in rules['api_name'].values()]
            for one in api_names or ('',):
                if '' in one.strip('/').split('/'):
                    raise rules.get('api_name', each).error(
                        'a path has no empty segment that could name it; '
                        'api_name is a text, or several'
                    )
            resource = self._resource(
                name, api_names[0], each, rules, parent_type_uri, parent_name
            )
            paths = [api_name.strip('/') for api_name in api_names]
            for path in dict.fromkeys(paths):
                if paths.count(path) > 1:
                    rules['api_name'].note(
                        f'{path!r} stands there twice; keep one'
                    )
                _place(level, path.split('/'), resource, each)
        return level

    def _resource(
        self,
        name: str,
        api_name: str,
        value: Value,
        rules: dict[str, Value],
        parent_type_uri: str,
        parent_name: str,
    ) -> Resource:
        singleton = self._flag(rules, 'singleton')
        type_uri = own_type_uri(
            value, rules.get('type_uri'), f'{parent_type_uri}/{name}'
        )
        el_type_uri = type_uri
        if not singleton:
            el_type_uri = own_type_uri(
                value, rules.get('el_type_uri'), one_of(type_uri, self._strict)
            )
        list_name, item_name = self._wrappers(api_name, rules)
        full_name = f'{parent_name}/{name}' if parent_name else name
        named = (
            rules['custom_actions'].items()
            if 'custom_actions' in rules
            else {}
        )
        actions, wildcards = custom_actions(named)
        children = (
            self.resources(rules['children'], el_type_uri, full_name)
            if 'children' in rules
            else {}
        )
        ids = places(rules.get('custom_id'), 'id')
        names = places(rules.get('custom_name'), 'name')
        projects = places(
            rules.get('custom_project'), 'project_id', 'tenant_id'
        )
        attached = attributes(rules.get('custom_attributes'))
        told = [*ids, *names, *projects]
        for _, found, _ in attached:
            told += found
        identifier = rules.get('id')
        reads = methods(rules.get('read_response'))
        if singleton:
            for useless in (
                'id',
                'secret_id',
                'el_type_uri',
                'el_type_name',
                'upsert',
            ):
                if useless in rules:
                    rules[useless].note('a singleton has no elements')
        resource = Resource(
            name=full_name,
            line=value.line,
            type_uri=type_uri,
            el_type_uri=el_type_uri,
            singleton=singleton,
            id=self._id_pattern(identifier),
            secret_id=self._flag(rules, 'secret_id'),
            keys=self._flag(rules, 'keys', default=not self._strict),
            actions=actions,
            wildcards=wildcards,
            body_wildcards=self._strict,
            methods=method_actions(rules.get('method_actions')),
            reads=reads,
            ids=ids,
            names=names,
            projects=projects,
            item_name=None if singleton else item_name,
            list_name=list_name,
            attributes=tuple(attached),
            named_by=action_names(rules.get('action_from')),
            bulks=bulks(
                rules.get('bulk'),
                None if singleton else Bulk(False, (list_name,)),
                reads,
            ),
            reads_request=any(place.of_request for place in told),
            reads_headers=any(place.header for place in ids),
            upsert=self._flag(rules, 'upsert'),
            payloads=payload_rules(
                rules.get('payloads'), list_name, item_name, self._findings
            ),
            id_name=f'{item_name or name}_id',
            # Existing maps address a child without the id of its parent.
            here=dict(children) if singleton or not self._strict else {},
            beneath={} if singleton else children,
        )
        self.built.append((resource, named))
        return resource

    def _wrappers(
        self, api_name: str, rules: dict[str, Value]
    ) -> tuple[str, str]:
        """Return what wraps the list and what wraps one item in JSON."""
        if 'type_name' in rules:
            list_name = rules['type_name'].text()
        else:
            list_name = wrapper_of(api_name)
        if 'el_type_name' in rules:
            return list_name, rules['el_type_name'].text()
        return list_name, one_of(list_name, self._strict)

    def _id_pattern(self, value: Value | None) -> re.Pattern[str] | None:
        if value is None:
            return None if self._strict else _HEX_ID
        return pattern(value, value.text())

    def _flag(
        self, rules: dict[str, Value], name: str, default: bool = False
    ) -> bool:
        return rules[name].flag() if name in rules else default


def _place(
    level: Branches, segments: list[str], resource: Resource, value: Value
) -> None:
    """Hang a resource into its level, under each segment of its name."""
    for segment in segments[:-1]:
        below = level.get(segment)
        if below is resource:
            raise value.error(
                f'the api_name {"/".join(segments)!r} leads through the '
                'resource itself'
            )
        if isinstance(below, Resource):
            # What stands behind the name and before an id.
            level = below.here
            continue
        if below is None:
            below = level[segment] = {}
        level = below
    last = segments[-1]
    before = level.get(last)
    if isinstance(before, Resource):
        value.note(
            f'overlaps {before.name} (line {before.line}), which has the '
            f'same api_name {last!r}{value.lenient("; the last one counts")}: '
            'give one of them another'
        )
    elif before is not None:
        for name in sorted(before.keys() & resource.here.keys()):
            value.note(
                f'its child {name!r} overlaps another resource with the '
                f'api_name {"/".join(segments)}/{name}'
                f'{value.lenient("; the last one counts")}: give one of them '
                'another'
            )
        resource.here.update(before)
    level[last] = resource


def _prefixes(value: Value) -> tuple[re.Pattern[str], ...]:
    """Return the prefixes; what follows each begins with a slash."""
    prefixes = tuple(
        pattern(each, each.text().rstrip('/')) for each in value.values()
    )
    if not prefixes:
        raise value.error('has to be a regular expression, or several')
    return prefixes
