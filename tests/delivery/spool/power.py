# SPDX-License-Identifier: Apache-2.0

"""Syncs in, what would be there after a power cut out."""

import errno
import os
import threading

from cadf_audit.delivery.spool.record import parse_record
from tests.delivery.spool.parts import Disk
from tests.delivery.spool.parts import once
from tests.delivery.spool.parts import segment_paths


class PowerDisk(Disk):
    """A disk that knows what would be there after a power cut.

    As Linux does, it tells one caller of an error, and then forgets it: the
    pages that it could not write are lost, and the next sync succeeds.
    """

    def __init__(self):
        super().__init__()
        self.kept = {}
        self.dirty_lost = set()
        self.syncs = 0
        self.error = None
        self.gate = None
        self._lock = threading.Lock()

    def open(self, path, flags, mode=0o777):
        """Know nothing of a file that had the same inode before."""
        file = os.open(path, flags, mode)
        if flags & os.O_CREAT:
            inode = os.fstat(file).st_ino
            with self._lock:
                self.dirty_lost.discard(inode)
                self.kept.pop(inode, None)
        return file

    def fdatasync(self, file):
        """Keep what is in the file, or lose what was not kept before."""
        inode = os.fstat(file).st_ino
        with self._lock:
            self.syncs += 1
            content = os.pread(file, 10**8, 0)
            gate, self.gate = self.gate, None
            error = self.error
            if error:
                self.error = (
                    None if error[1] == 1 else (error[0], error[1] - 1)
                )
                self.dirty_lost.add(inode)
        if gate is not None:
            gate[0].set()
            assert gate[1].wait(60)
        if error:
            raise OSError(error[0], os.strerror(error[0]))
        with self._lock:
            if inode not in self.dirty_lost:
                self.kept[inode] = content

    def break_syncs(self, times=10**9):
        """Let the next syncs fail."""
        self.error = (errno.EIO, times)

    def mend(self):
        """Let syncs succeed, for what is written from now on."""
        self.error = None

    def hold_next(self):
        """Hold the next sync; return when it is there, and what lets it go."""
        self.gate = threading.Event(), threading.Event()
        return self.gate

    def after_power_cut(self, folder):
        """Return the ids of the messages that would be there."""
        found = []
        for path in segment_paths(folder):
            content = self.kept.get(path.stat().st_ino, b'')
            for line in content.rstrip(b'\0').splitlines():
                found.append(parse_record(line).message)
        return once(found)
