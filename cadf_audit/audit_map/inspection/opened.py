# SPDX-License-Identifier: Apache-2.0

"""The name of a map in; out comes what the tools want to know of it."""

import dataclasses

from cadf_audit.audit_map import AuditMap
from cadf_audit.audit_map.document import read_yaml
from cadf_audit.audit_map.files import find_map
from cadf_audit.audit_map.files import read_text
from cadf_audit.audit_map.findings import Findings
from cadf_audit.audit_map.ini import read_ini
from cadf_audit.audit_map.inspection.keyword_verdicts import KeywordJudge
from cadf_audit.audit_map.inspection.resource_verdicts import ResourceJudge
from cadf_audit.audit_map import load_audit_map
from cadf_audit.audit_map.walk import ResourceMap


@dataclasses.dataclass(frozen=True)
class OpenedMap:
    """A map that loads.

    :param path: its file
    :param map: the compiled map
    :param judge: names the rules that decide
    """

    path: str
    map: AuditMap
    judge: ResourceJudge | KeywordJudge


def open_map(name: str) -> OpenedMap:
    """Return a map as a service loads it, and its rules as they are written.

    :param name: the file, or the bare name of a map of this package
    :raises AuditMapError: a service could not start with it
    """
    path = find_map(name)
    text = read_text(path)
    audit_map = load_audit_map(path)
    if isinstance(audit_map, ResourceMap):
        root = read_yaml(path, text, Findings())
        return OpenedMap(path, audit_map, ResourceJudge(audit_map, root))
    return OpenedMap(
        path, audit_map, KeywordJudge(audit_map, read_ini(path, text))
    )
