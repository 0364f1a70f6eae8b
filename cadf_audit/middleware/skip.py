# SPDX-License-Identifier: Apache-2.0

"""A request in, whether the operator wants no event of it out."""

from collections.abc import Sequence
import logging

from cadf_audit.middleware.request import Environ
from cadf_audit.middleware.request import method_of
from cadf_audit.middleware.request import paths_of


LOG = logging.getLogger(__name__)


class SkipRules:
    """The methods and paths whose requests are not audited.

    :param methods: HTTP methods; case and blanks do not matter
    :param paths: exact paths, or prefixes that end in ``*``; compared with
        the path inside the mount point, as in keystonemiddleware, and with
        the whole path
    """

    def __init__(self, methods: Sequence[str], paths: Sequence[str]) -> None:
        self._methods = frozenset(
            method.strip().upper() for method in methods
        ) - {''}
        for method in methods:
            if ' ' in method.strip():
                LOG.warning(
                    'ignore_req_list: %r can match no method; commas stand '
                    'between methods',
                    method,
                )
        for path in filter(None, map(str.strip, paths)):
            if path[0] not in '/*' or '*' in path[:-1]:
                LOG.warning(
                    'ignore_path_list: %r can match no path; a path begins '
                    'with /, and a * stands at its end alone',
                    path,
                )
        # The environ holds bytes in the guise of latin-1 (PEP 3333).
        stripped = {
            path.strip().encode('utf-8').decode('latin-1') for path in paths
        } - {''}
        self._paths = frozenset(
            path for path in stripped if not path.endswith('*')
        )
        self._prefixes = tuple(
            path[:-1] for path in stripped if path.endswith('*')
        )
        self._any_path = bool(stripped)

    def match(self, environ: Environ) -> bool:
        """Say whether a request is not to be audited."""
        if self._methods and method_of(environ).upper() in self._methods:
            return True
        return self._any_path and any(map(self._match_path, paths_of(environ)))

    def _match_path(self, path: str) -> bool:
        if path in self._paths:
            return True
        # "/public/../admin" begins with "/public/" and leads elsewhere.
        return path.startswith(self._prefixes) and '/..' not in path
