# SPDX-License-Identifier: Apache-2.0

"""Lines in, a file out that they survive a killed process in.

A segment gets its room on the disk before anything is written there: what was
promised room finds it on a full disk too. The room that is not written yet
holds NULs, which stand in no record; an orderly end cuts them off.
"""

import contextlib
import errno
import os
from pathlib import Path

from cadf_audit.delivery.spool.layout import create_file
from cadf_audit.delivery.spool.layout import segment_name
from cadf_audit.delivery.spool.layout import UNFINISHED


class Segment:
    """A segment that is written; it is closed when nobody uses it any more.

    :param folder: the folder of the writer
    :param first: the number of its first record
    :param head: what it begins with; it appears together with that
    :param room: how many bytes of room it has at first, the head's included
    :param mode: its mode
    :param sync: whether its beginning has to survive a power cut; its name
        does not yet
    """

    def __init__(
        self,
        folder: Path,
        first: int,
        head: bytes,
        room: int,
        mode: int,
        sync: bool,
    ) -> None:
        self.file = -1
        path = folder / segment_name(first)
        unfinished = path.with_name(path.name + UNFINISHED)
        unfinished.unlink(missing_ok=True)
        self.file = create_file(unfinished, mode)
        self.end = 0
        self.room = 0
        try:
            self.extend(max(room, len(head)))
            self.write(head)
            if sync:
                os.fdatasync(self.file)
            unfinished.rename(path)
        except OSError:
            with contextlib.suppress(OSError):
                unfinished.unlink()
            raise

    def __del__(self) -> None:
        # Not at a rotation: another thread may be syncing it at that moment.
        self.close()

    @classmethod
    def nowhere(cls) -> 'Segment':
        """Return a segment that has no room and no file."""
        self = cls.__new__(cls)
        self.file, self.end, self.room = -1, 0, 0
        return self

    def close(self) -> None:
        """Let go of the file as it is."""
        if self.file >= 0:
            os.close(self.file)
            self.file = -1

    @property
    def free(self) -> int:
        """How many bytes can be written without asking for more room."""
        return self.room - self.end

    def extend(self, size: int) -> None:
        """Take more room on the disk.

        :param size: how many bytes more
        :raises OSError: there is not so much
        """
        try:
            os.posix_fallocate(self.file, self.room, size)
        except OSError as exc:
            # A few file systems have no such call.
            if exc.errno not in (errno.EOPNOTSUPP, errno.EINVAL):
                raise
            self._fill(size)
        self.room += size

    def shrink(self, room: int) -> None:
        """Give room back that nothing is written to.

        :param room: how many bytes of room to keep
        """
        os.ftruncate(self.file, room)
        self.room = room

    def write(self, line: bytes) -> None:
        """Write a line whole, or nothing.

        :param line: the line with its newline
        :raises OSError: the disk did not take it
        """
        self.write_at(self.end, line)
        self.end += len(line)

    def write_at(self, offset: int, lines: bytes) -> None:
        """Write lines whole, or nothing, where the caller has kept room.

        :param offset: where they begin
        :param lines: the lines with their newlines
        :raises OSError: the disk did not take them
        """
        written = 0
        try:
            while written < len(lines):
                written += os.pwrite(
                    self.file, lines[written:], offset + written
                )
        except OSError:
            # Half a line would be read as a damaged one.
            with contextlib.suppress(OSError):
                os.pwrite(self.file, bytes(written), offset)
            raise

    def finish(self, end: int | None = None) -> None:
        """Cut off the room that was not used.

        :param end: where to cut instead of behind the last line
        """
        if self.file >= 0:
            with contextlib.suppress(OSError):
                os.ftruncate(self.file, self.end if end is None else end)

    def _fill(self, size: int) -> None:
        try:
            for begin in range(0, size, 65536):
                part = bytes(min(65536, size - begin))
                if os.pwrite(self.file, part, self.room + begin) < len(part):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(self.file, self.room)
            raise
