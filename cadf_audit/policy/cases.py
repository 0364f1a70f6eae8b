# SPDX-License-Identifier: Apache-2.0

"""A table of requests in, each with the level that is expected of it, out."""

import dataclasses
import re

from cadf_audit.audit_map.document import read_yaml
from cadf_audit.audit_map.document import Value
from cadf_audit.audit_map.files import read_text
from cadf_audit.audit_map.findings import Findings
from cadf_audit.audit_map.findings import or_allowed
from cadf_audit.exceptions import CasesError
from cadf_audit.policy.document import level_of
from cadf_audit.policy.level import Level

_KEYS = (
    'request',
    'level',
    'user',
    'project',
    'role',
    'address',
    'action',
    'target_type',
)
_REQUEST = re.compile(r'(\S+) +(/\S*)')


@dataclasses.dataclass(frozen=True)
class Case:
    """A request, and what is expected of it.

    :param line: the line of the file in which it stands
    :param method: the method
    :param url: the path, and perhaps a query, as in a URL
    :param level: the level that is expected
    :param users: the id of who asks, their name, or both
    :param project: the id of the project, or None
    :param roles: the roles
    :param address: the address of the client, or None
    :param action: the action, or None for what the map says
    :param target_type: the typeURI of the target, or None for the same
    """

    line: int
    method: str
    url: str
    level: Level
    users: tuple[str, ...] = ()
    project: str | None = None
    roles: tuple[str, ...] = ()
    address: str | None = None
    action: str | None = None
    target_type: str | None = None


def read_cases(path: str) -> list[Case]:
    """Return the cases of a file.

    :param path: the file
    :raises CasesError: it cannot be read, or a case is wrong
    """
    findings = Findings()
    findings.error = CasesError
    root = read_yaml(path, read_text(path, CasesError), findings)
    if not root.is_list:
        raise root.error(
            'has to be a list of cases such as '
            '{request: GET /v1/nodes, level: none}'
        )
    cases = [_case(each) for each in root.values()]
    if findings:
        first = findings[0]
        raise CasesError(path, first.problem, first.line, first.key)
    if not cases:
        raise root.error('has no case')
    return cases


def _case(value: Value) -> Case:
    values = value.items()
    for name, each in values.items():
        if name not in _KEYS:
            raise each.error(f'unknown key{or_allowed(name, _KEYS)}')
    if 'request' not in values:
        raise value.error('the key request is missing: METHOD /path')
    request = _REQUEST.fullmatch(values['request'].text())
    if request is None:
        raise values['request'].error(
            'has to be METHOD /path, such as GET /v1/nodes'
        )

    def texts(name: str) -> tuple[str, ...]:
        if name not in values:
            return ()
        return tuple(each.text() for each in values[name].values())

    def text(name: str) -> str | None:
        return values[name].text() if name in values else None

    return Case(
        line=value.line,
        method=request[1],
        url=request[2],
        level=level_of(value, values),
        users=texts('user'),
        project=text('project'),
        roles=tuple(role.lower() for role in texts('role')),
        address=text('address'),
        action=text('action'),
        target_type=text('target_type'),
    )
