# SPDX-License-Identifier: Apache-2.0

"""What a request means: the path of an audit map in, the map out."""

import logging

from cadf_audit.audit_map.document import read_yaml
from cadf_audit.audit_map.files import find_map
from cadf_audit.audit_map.files import is_yaml
from cadf_audit.audit_map.files import read_text
from cadf_audit.audit_map.findings import Findings
from cadf_audit.audit_map.ini import read_ini
from cadf_audit.audit_map.keywords import build_keyword_map
from cadf_audit.audit_map.keywords import KeywordMap
from cadf_audit.audit_map.resource_rules import build_resource_map
from cadf_audit.audit_map.walk import ResourceMap
from cadf_audit.exceptions import AuditMapError

LOG = logging.getLogger(__name__)

AuditMap = KeywordMap | ResourceMap


def load_audit_map(name: str | None) -> AuditMap:
    """Read an audit map, once, at start.

    :param name: the file, or the bare name of a map that comes with this
        package; None or an empty text for no map, with which an event says
        what HTTP alone can say
    :returns: the compiled map
    :raises AuditMapError: the file cannot be read or breaks a rule of its
        format
    """
    if not name:
        return KeywordMap()
    path = find_map(name)
    text = read_text(path)
    if not is_yaml(path, text):
        return build_keyword_map(path, read_ini(path, text))
    audit_map, findings = read_resource_map(path, text)
    if findings and audit_map.strict:
        first, more = findings[0], len(findings) - 1
        also = f' (and {more} more: cadf-audit map lint shows all)'
        raise AuditMapError(
            path,
            first.problem + (also if more else ''),
            first.line,
            first.key,
        )
    for finding in findings:
        LOG.warning('audit map %s, %s', path, finding)
    return audit_map


def read_resource_map(path: str, text: str) -> tuple[ResourceMap, Findings]:
    """Return a map of resources, and what is wrong with it.

    :param path: the file, for messages
    :param text: what it holds
    :raises AuditMapError: it cannot be used at all
    """
    findings = Findings()
    root = read_yaml(path, text, findings)
    return build_resource_map(root, findings), findings


__all__ = ['AuditMap', 'KeywordMap', 'ResourceMap', 'load_audit_map']
