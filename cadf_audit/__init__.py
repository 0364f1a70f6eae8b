# SPDX-License-Identifier: Apache-2.0

"""A trustworthy audit trail in the open CADF format for any WSGI API.

The names below are handed on at their first use, so that importing the
package loads none of its rooms. They also stand in for the names that a
service takes from ``keystonemiddleware.audit``.
"""

import importlib
from typing import Any
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cadf_audit.emitting.emitter import emit
    from cadf_audit.emitting.emitter import Emitter
    from cadf_audit import exceptions
    from cadf_audit.middleware.factory import AuditMiddleware
    from cadf_audit.middleware.factory import filter_factory
    from cadf_audit.opts import list_opts

    PycadfAuditApiConfigError = exceptions.AuditMapError

__all__ = [
    'AuditMiddleware',
    'Emitter',
    'PycadfAuditApiConfigError',
    'emit',
    'filter_factory',
    'list_opts',
]

_HOMES = {
    'AuditMiddleware': ('cadf_audit.middleware.factory', 'AuditMiddleware'),
    'Emitter': ('cadf_audit.emitting.emitter', 'Emitter'),
    'PycadfAuditApiConfigError': ('cadf_audit.exceptions', 'AuditMapError'),
    'emit': ('cadf_audit.emitting.emitter', 'emit'),
    'filter_factory': ('cadf_audit.middleware.factory', 'filter_factory'),
    'list_opts': ('cadf_audit.opts', 'list_opts'),
}


def __getattr__(name: str) -> Any:
    """Return a public name from the module that defines it.

    :raises AttributeError: the package has no such name
    """
    try:
        module, attribute = _HOMES[name]
    except KeyError:
        raise AttributeError(
            f'module {__name__!r} has no attribute {name!r}'
        ) from None
    value = getattr(importlib.import_module(module), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted({*globals(), *_HOMES})
