# SPDX-License-Identifier: Apache-2.0

"""What a writer recorded and lost, in a file that was made in advance.

The file takes no more room when the disk is full, and the kernel keeps it
when the process is killed. It is text: one ``name value`` a line, each of
fixed width.
"""

import contextlib
import mmap
import os
from pathlib import Path
import re

from cadf_audit.delivery.spool.layout import create_file

#: the number of the last record
SEQ = 'recorded'

#: why an interaction was not recorded
SPOOL_FULL = 'spool full'
DISK_FULL = 'disk full'
WRITE_ERROR = 'write error'
SHED = 'shed'
#: one that was answered with 503 instead
REFUSED = 'refused'

REASONS = (SPOOL_FULL, DISK_FULL, WRITE_ERROR, SHED, REFUSED)

_NAMES = (
    SEQ,
    *REASONS,
    # How many of them an event has told of, and when the others began, in
    # seconds since 1970.
    *(f'{reason}, reported' for reason in REASONS),
    *(f'{reason}, since' for reason in REASONS),
)
_TEXT = 64
# No process counts further; a damaged number may.
_LARGEST = 10**15
_number = re.compile(rb'(?P<name>[^:\n]{1,40}): *(?P<value>\d{1,20})\n')


class Counters:
    """The counters of a living writer.

    :param path: where the file is to be
    :param mode: its mode
    """

    def __init__(self, path: Path, mode: int) -> None:
        content = b''.join(self._padded(name, 0) for name in _NAMES)
        self._file = create_file(path, mode)
        try:
            # Blocks of its own: a full disk has no others to give.
            os.posix_fallocate(self._file, 0, mmap.PAGESIZE)
            os.pwrite(self._file, content.ljust(mmap.PAGESIZE, b'\n'), 0)
        except OSError:
            self.close()
            raise
        self._values = dict.fromkeys(_NAMES, 0)
        self._places = {
            name: index * (_TEXT + 1) for index, name in enumerate(_NAMES)
        }

    def __getitem__(self, name: str) -> int:
        return self._values[name]

    def __setitem__(self, name: str, value: int) -> None:
        self._values[name] = value
        begin = self._places[name] + _TEXT - 20
        # Not through a map of the file: a disk that fails, or a file that
        # somebody cut, would end the process.
        with contextlib.suppress(OSError):
            os.pwrite(self._file, b'%20d' % value, begin)

    def close(self) -> None:
        """Let go of the file; the numbers can still be read."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    @staticmethod
    def _padded(name: str, value: int) -> bytes:
        return f'{name}:{value:>{_TEXT - len(name) - 1}}\n'.encode()


def read_counters(path: Path) -> dict[str, int]:
    """Return what a file of counters says; 0 for what it does not.

    :param path: the file; it may be damaged
    """
    try:
        content = path.read_bytes()
    except OSError:
        content = b''
    found = {
        match['name'].decode(errors='replace'): min(
            int(match['value']), _LARGEST
        )
        for match in _number.finditer(content)
    }
    return {name: found.get(name, 0) for name in _NAMES}
