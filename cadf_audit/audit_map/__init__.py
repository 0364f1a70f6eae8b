# SPDX-License-Identifier: Apache-2.0

"""What a request means: the path of an audit map in, the map out."""

from cadf_audit.audit_map.ini import read_ini
from cadf_audit.audit_map.keywords import build_keyword_map
from cadf_audit.audit_map.keywords import KeywordMap


def load_audit_map(path: str | None) -> KeywordMap:
    """Read an audit map, once, at start.

    :param path: the file; None or an empty text for no map, with which an
        event says what HTTP alone can say
    :returns: the compiled map
    :raises AuditMapError: the file cannot be read or breaks a rule of the
        format
    """
    if not path:
        return KeywordMap()
    return build_keyword_map(path, read_ini(path))


__all__ = ['KeywordMap', 'load_audit_map']
