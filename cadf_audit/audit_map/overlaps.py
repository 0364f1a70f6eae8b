# SPDX-License-Identifier: Apache-2.0

"""The resources of a map in; their actions noted that a child hides."""

from cadf_audit.audit_map.document import Value
from cadf_audit.audit_map.resource_actions import METHODS
from cadf_audit.audit_map.resources import Branches
from cadf_audit.audit_map.resources import Resource


def check_overlaps(built: list[tuple[Resource, dict[str, Value]]]) -> None:
    """Note the actions that lead to a resource instead.

    :param built: all resources, each with what its named actions say
    """
    for resource, named in built:
        for rule, value in named.items():
            method, colon, ending = rule.partition(':')
            if not colon or method not in METHODS:
                ending = rule
            for branches in (resource.here, resource.beneath):
                child = _reached(branches, ending)
                if child is not None:
                    value.note(
                        f'the action {rule!r} overlaps the child {child.name} '
                        f'(line {child.line}), which wins; give one of them '
                        'another name'
                    )
                    break


def _reached(branches: Branches, path: str) -> Resource | None:
    """Return the resource that a path leads to, or leads through."""
    for segment in path.split('/'):
        branch = branches.get(segment)
        if isinstance(branch, Resource):
            return branch
        if branch is None:
            return None
        branches = branch
    return None
