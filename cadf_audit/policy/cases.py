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
from cadf_audit.policy.conditions import fact_of
from cadf_audit.policy.conditions import is_method
from cadf_audit.policy.document import level_of
from cadf_audit.policy.index import read_address
from cadf_audit.policy.level import Level

_KEYS = (
    'request',
    'level',
    'keep',
    'user',
    'project',
    'role',
    'address',
    'action',
    'target_type',
    'outcome',
    'status',
    'observer',
)
_REQUEST = re.compile(r'(\S+) +(/\S*)')


@dataclasses.dataclass(frozen=True)
class Case:
    """A request, and what is expected of it.

    :param line: the line of the file in which it stands
    :param method: the method
    :param url: the path, and perhaps a query, as in a URL
    :param level: the level that is expected, or None
    :param keep: whether it is expected that a collector keeps it, or None
    :param users: the id of who asks, their name, or both
    :param project: the id of the project, or None
    :param roles: the roles
    :param address: the address of the client, or None
    :param action: the action, or None for what the map says
    :param target_type: the typeURI of the target, or None for the same
    :param outcome: how it ended
    :param status: the status code of the answer
    :param observers: the name of the service, its id, or both
    """

    line: int
    method: str
    url: str
    level: Level | None = None
    keep: bool | None = None
    users: tuple[str, ...] = ()
    project: str | None = None
    roles: tuple[str, ...] = ()
    address: str | None = None
    action: str | None = None
    target_type: str | None = None
    outcome: str = ''
    status: str = ''
    observers: tuple[str, ...] = ()


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


def _address(value: Value | None) -> str | None:
    if value is None:
        return None
    text = value.text()
    if read_address(text) is None:
        raise value.error(
            f'{text!r} is no address; leave the key out where there is none'
        )
    return text


def _status(value: Value | None) -> str:
    if value is None:
        return ''
    text = fact_of('status', value)
    if not text.isdigit():
        raise value.error(f'{text!r} is no status code; one looks like 404')
    return text


def _case(value: Value) -> Case:
    values = value.items()
    for name, each in values.items():
        if name not in _KEYS:
            raise each.error(f'unknown key{or_allowed(name, _KEYS)}')
    if 'request' not in values:
        raise value.error('the key request is missing: METHOD /path')
    request = _REQUEST.fullmatch(values['request'].text())
    if request is None or not is_method(request[1]):
        raise values['request'].error(
            'has to be METHOD /path, such as GET /v1/nodes'
        )

    if 'keep' in values:
        level = level_of(value, values) if 'level' in values else None
        keep = values['keep'].flag()
    else:
        level, keep = level_of(value, values), None

    def texts(name: str) -> tuple[str, ...]:
        if name not in values:
            return ()
        return tuple(fact_of(name, each) for each in values[name].values())

    def text(name: str) -> str | None:
        return fact_of(name, values[name]) if name in values else None

    users = texts('user')
    if len(users) > 2:
        raise values['user'].error('has to be the id, the name, or both')

    return Case(
        line=value.line,
        method=request[1],
        url=request[2],
        level=level,
        keep=keep,
        users=users,
        project=text('project'),
        roles=texts('role'),
        address=_address(values.get('address')),
        action=text('action'),
        target_type=text('target_type'),
        outcome=text('outcome') or '',
        status=_status(values.get('status')),
        observers=texts('observer'),
    )
