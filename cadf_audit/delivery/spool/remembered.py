# SPDX-License-Identifier: Apache-2.0

"""The policy of a service in, whether it has changed since the last start out.

A file in the spool directory holds the hash of the policy of each service
that has recorded there, as JSON.
"""

from collections.abc import Callable
import fcntl
import json
import os
from pathlib import Path

from cadf_audit.delivery.spool import layout

# Thousands of services have room in it; what is longer is none of ours.
_MOST_BYTES = 1024 * 1024


class RememberedPolicy:
    """What a spool directory remembers of the policy of one service.

    :param directory: the spool directory
    :param mode: its mode
    :param service: the name of the service
    """

    def __init__(self, directory: Path, mode: int, service: str) -> None:
        self._path = directory / layout.POLICIES
        self._mode = layout.file_mode(mode)
        self._service = service

    def replace(
        self, digest: str | None, tell: Callable[[str | None], None]
    ) -> bool:
        """Remember a policy, once somebody was told that it is another one.

        All processes of a service start with the same one, so one of them
        tells.

        :param digest: its hash, or None where there is no policy
        :param tell: called with the hash of the last one, or None; what it
            raises leaves all as it was
        :returns: whether it is remembered now; False while another process
            tells
        :raises OSError: the file cannot be used
        """
        if digest is None and not os.path.exists(self._path):
            return True
        file = os.open(
            self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, self._mode
        )
        try:
            # Its requests do not wait for one that may have been stopped.
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            known = _read(file)
            last = known.get(self._service)
            if digest != last:
                tell(last)
                if digest is None:
                    del known[self._service]
                else:
                    known[self._service] = digest
                os.fchmod(file, self._mode)
                # Before the rest goes: on a full disk, nothing is lost.
                written = os.pwrite(file, json.dumps(known).encode(), 0)
                os.ftruncate(file, written)
        finally:
            os.close(file)
        return True


def _read(file: int) -> dict[str, str]:
    """Return what a file holds; of a damaged one, nothing."""
    try:
        known = json.loads(os.pread(file, _MOST_BYTES, 0))
    except (ValueError, RecursionError):
        return {}
    if not isinstance(known, dict):
        return {}
    return {
        name: digest
        for name, digest in known.items()
        if isinstance(digest, str)
    }
