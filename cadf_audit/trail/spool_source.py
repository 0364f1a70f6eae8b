# SPDX-License-Identifier: Apache-2.0

"""A spool directory in, the messages of all its writers out.

The collector is one more consumer: it has a cursor in the folder of each
writer, and a segment is deleted when all have passed it.
"""

from collections import deque
import logging
from pathlib import Path
import time

from cadf_audit.delivery.spool import adoption
from cadf_audit.delivery.spool.drain import Drain
from cadf_audit.delivery.spool.drain import Due
from cadf_audit.delivery.spool.drain import register
from cadf_audit.delivery.spool import layout
from cadf_audit.delivery.spool.survey import survey
from cadf_audit.delivery.spool.survey import WriterSurvey
from cadf_audit.trail.sources import SourceError

LOG = logging.getLogger(__name__)

#: seconds between two looks for writers
SCAN_EVERY = 1.0

#: seconds between two looks for records, while there are none
SHORTEST_NAP = 0.02
LONGEST_NAP = 0.5

#: folders that are read in turn; each needs a few files open
MOST_DRAINS = 64

_CONSUMER = 'collect'


class SpoolSource:
    """Reads a spool directory.

    :param directory: the spool directory
    :param consumer: the name of the collector among the consumers
    """

    def __init__(self, directory: Path, consumer: str = _CONSUMER) -> None:
        self.name = f'spool:{directory}'
        self._directory = directory
        self._consumer = consumer
        self._drains: dict[Path, Drain] = {}
        self._read: dict[Path, deque[Due]] = {}
        self._delivered: list[tuple[Path, Due]] = []
        self._scanned = float('-inf')
        self._crowded = False
        self._turn = 0
        self._told: set[str] = set()

    def receive(self, most: int, seconds: float) -> list[bytes]:
        """Return the next records of each writer, in its order.

        :param most: how many at most
        :param seconds: how long to wait for the first one
        :raises SourceError: the directory cannot be read
        """
        deadline = time.monotonic() + seconds
        nap = SHORTEST_NAP
        while True:
            try:
                self._scan()
                messages = self._take(most)
            except OSError as exc:
                raise SourceError(
                    f'{exc.filename or self._directory}: {exc.strerror}'
                ) from exc
            left = deadline - time.monotonic()
            if messages or left <= 0:
                return messages
            time.sleep(min(nap, left))
            nap = min(2 * nap, LONGEST_NAP)

    def acknowledge(self) -> None:
        """Advance the cursors over what was delivered.

        :raises SourceError: a cursor cannot be written
        """
        touched = set()
        try:
            for folder, due in self._delivered:
                drain = self._drains.get(folder)
                if drain is not None:
                    drain.advance(due.after)
                    touched.add(folder)
            self._delivered.clear()
            for folder in touched:
                drain = self._drains[folder]
                drain.save()
                if drain.finished:
                    self._leave(folder)
        except OSError as exc:
            raise SourceError(f'{exc.filename}: {exc.strerror}') from exc

    def give_back(self) -> None:
        """Read again what was delivered."""
        for drain in self._drains.values():
            drain.rewind()
        self._read.clear()
        self._delivered.clear()

    def close(self) -> None:
        """Let go of all folders."""
        for folder in list(self._drains):
            self._leave(folder)

    def waiting(self) -> int:
        """Return how many records the cursor has not passed.

        :raises SourceError: the directory cannot be read
        """
        try:
            return sum(map(self._waiting, survey(self._directory)))
        except OSError as exc:
            raise SourceError(
                f'{exc.filename or self._directory}: {exc.strerror}'
            ) from exc

    def _waiting(self, writer: WriterSurvey) -> int:
        for each in writer.waiting:
            if each.consumer == self._consumer:
                return each.records
        # It gets a cursor before the first of them.
        return writer.records

    def _leave(self, folder: Path) -> None:
        drain = self._drains.pop(folder)
        self._read.pop(folder, None)
        try:
            drain.close()
        except OSError as exc:
            self._tell(f'cannot close {folder}', exc)

    def _scan(self) -> None:
        """Find the writers, and end what dead ones began."""
        if time.monotonic() - self._scanned < SCAN_EVERY:
            return
        self._scanned = time.monotonic()
        self._register()
        adoption.clear(self._directory)
        folders = list(layout.writers(self._directory))
        # Each time after those that were begun last: all get their turn.
        begin = self._turn % len(folders) if folders else 0
        self._crowded = False
        for folder in folders[begin:] + folders[:begin]:
            try:
                self._begin(folder)
            except FileNotFoundError:
                # Another process had the last of it at this moment.
                continue
            except OSError as exc:
                self._tell(f'cannot read the spool of {folder.name}', exc)

    def _register(self) -> None:
        mode = self._directory.stat().st_mode & 0o777
        try:
            register(self._directory, self._consumer, mode)
        except OSError as exc:
            # On a full disk what is registered goes on, and makes room.
            self._tell(f'cannot register {self._consumer}', exc)

    def _begin(self, folder: Path) -> None:
        """Read the folder of a writer, if there is something to do."""
        try:
            adoption.adopt(folder)
        except FileNotFoundError:
            raise
        except OSError as exc:
            # What it recorded can be read all the same, and makes room.
            self._tell(f'cannot end what {folder.name} began', exc)
        if folder in self._drains:
            return
        if len(self._drains) >= MOST_DRAINS:
            self._crowded = True
            return
        drain = Drain.begin(folder, self._consumer)
        if drain is not None:
            self._drains[folder] = drain
            self._turn += 1

    def _take(self, most: int) -> list[bytes]:
        messages: list[bytes] = []
        if self._drains:
            # Who has much to say is not always the first.
            first = next(iter(self._drains))
            self._drains[first] = self._drains.pop(first)
        for folder, drain in list(self._drains.items()):
            queue = self._read.setdefault(folder, deque())
            if not queue:
                try:
                    queue.extend(drain.read())
                except OSError as exc:
                    if not folder.exists():
                        self._leave(folder)
                        continue
                    self._tell(f'cannot read the spool of {folder.name}', exc)
                    drain.rewind()
                    continue
                # Where others wait, who has nothing to say lets one in.
                if not queue and (drain.finished or self._crowded):
                    self._leave(folder)
                    continue
            while queue and len(messages) < most:
                due = queue.popleft()
                self._delivered.append((folder, due))
                messages.append(due.message)
        return messages

    def _tell(self, problem: str, exc: OSError) -> None:
        """Log a problem once; it is met again at each look."""
        if problem not in self._told:
            self._told.add(problem)
            LOG.error('%s yet (%s)', problem, exc.strerror)
