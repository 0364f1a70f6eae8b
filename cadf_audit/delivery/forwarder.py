# SPDX-License-Identifier: Apache-2.0

"""A spool directory in, its records handed to the drivers out.

A thread looks for writers, adopts those that died, and watches one more
thread for each driver. Nothing is kept in memory but a slice of each folder.
"""

from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
import logging
from pathlib import Path
import threading
import time

from cadf_audit.delivery.drivers import Driver
from cadf_audit.delivery.lane import Lane
from cadf_audit.delivery.spool import adoption
from cadf_audit.delivery.spool.drain import Drain
from cadf_audit.delivery.spool.drain import register
from cadf_audit.delivery.spool import layout
from cadf_audit.delivery.spool.process import is_alive
from cadf_audit.delivery.spool.process import is_own
from cadf_audit.delivery.spool.set_aside import service_of
from cadf_audit.delivery.spool.set_aside import UNKNOWN

LOG = logging.getLogger(__name__)

_PREFIX = 'forward-'

#: seconds between two looks for writers, and the share of the time that
#: looking may take where there are very many
SCAN_EVERY = 1.0
SCAN_SHARE = 0.05

#: seconds that a stop waits for the records in hand
STOP_DEADLINE = 5.0


def consumer_name(driver: str) -> str:
    """Return the name of the cursors of a driver."""
    return f'{_PREFIX}{driver}'


def is_driver(consumer: str) -> bool:
    """Say whether a consumer is a driver, and not a collector."""
    return consumer.startswith(_PREFIX)


class Forwarder:
    """Forwards the records of a spool directory.

    :param directory: the spool directory
    :param builders: functions that return a new driver, by its name
    :param service: whose records; None for those of all writers, which are
        then kept for these drivers, whether they were meant for them or not
    :param tick: called about once a second
    """

    def __init__(
        self,
        directory: Path,
        builders: Mapping[str, Callable[[], Driver]],
        service: str | None = None,
        tick: Callable[[], None] = lambda: None,
    ) -> None:
        self.directory = directory
        self.lanes: Sequence[Lane] = [
            Lane(name, consumer_name(name), build)
            for name, build in builders.items()
        ]
        #: called with the folder of each writer, before anybody else does
        #: something with it
        self.look: Callable[[Path], None] = lambda folder: None
        self._service = service
        self._tick = tick
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._told: set[str] = set()
        self._turn = 0

    def start(self) -> None:
        """Start the threads of this process.

        :raises RuntimeError: the system has no thread for it
        """
        if self._thread is None:
            thread = threading.Thread(
                target=self._run, name='cadf_audit forwarder', daemon=True
            )
            thread.start()
            self._thread = thread

    def stop(self, seconds: float = STOP_DEADLINE) -> None:
        """Finish or abandon the records in hand, save the cursors, and stop.

        :param seconds: how long to wait for the drivers
        """
        deadline = time.monotonic() + seconds
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(seconds)
        for lane in self.lanes:
            lane.stop(deadline)

    def abandon(self) -> None:
        """Let go of what a forked child has inherited, and touch nothing."""
        for lane in self.lanes:
            lane.abandon()

    def _run(self) -> None:
        while not self._stopping.is_set():
            begin = time.monotonic()
            for step in (
                self._scan,
                self._tick,
                *(lane.watch for lane in self.lanes),
            ):
                try:
                    step()
                except OSError as exc:
                    self._tell(
                        f'cannot look after the spool {self.directory}', exc
                    )
                except Exception:
                    LOG.exception('could not look after the audit spool')
            took = time.monotonic() - begin
            self._stopping.wait(max(SCAN_EVERY, took / SCAN_SHARE))

    def _scan(self) -> None:
        """Find what there is to do."""
        if self._service is None:
            self._register()
        adoption.clear(self.directory)
        for lane in self.lanes:
            lane.crowded = False
        folders = list(layout.writers(self.directory))
        # Where there are very many, all of them have to have their turn.
        begin = self._turn % len(folders) if folders else 0
        for folder in folders[begin:] + folders[:begin]:
            try:
                self._serve(folder)
            except FileNotFoundError:
                # Another process had the last of it at this moment.
                continue
            except OSError as exc:
                self._tell(
                    f'cannot use the folder of writer {folder.name}', exc
                )

    def _serve(self, folder: Path) -> None:
        """Have each driver drain the folder of a writer, if it is for us."""
        self.look(folder)
        if not self._wants(folder):
            return
        self._warn_of_strangers(folder)
        for lane in self.lanes:
            if lane.has(folder):
                continue
            if not lane.has_room:
                lane.crowded = True
                continue
            drain = Drain.begin(folder, lane.consumer)
            if drain is not None:
                lane.add(drain)
                self._turn += 1

    def _register(self) -> None:
        mode = self.directory.stat().st_mode & 0o777
        for lane in self.lanes:
            try:
                register(self.directory, lane.consumer, mode)
            except OSError as exc:
                # On a full disk what is registered already goes on, and
                # makes room.
                self._tell(f'cannot register {lane.consumer}', exc)

    def _wants(self, folder: Path) -> bool:
        """Adopt a writer if it died; say whether its records are for us."""
        if self._service is None:
            self._adopt(folder)
            return True
        if is_own(folder):
            return True
        # Services do not share a directory; a bit may be wrong in the name.
        service = service_of(folder)
        if service in (self._service, UNKNOWN):
            return self._adopt(folder)
        if service not in self._told and not is_alive(folder):
            self._told.add(service)
            LOG.warning(
                'what processes of %s have left in the spool is for nobody: '
                'this is %s; run cadf-audit spool forward, or set '
                'service_name',
                service,
                self._service,
            )
        return False

    def _adopt(self, folder: Path) -> bool:
        try:
            return adoption.adopt(folder)
        except OSError as exc:
            self._tell(f'cannot end what writer {folder.name} began', exc)
            return False

    def _warn_of_strangers(self, folder: Path) -> None:
        """Say once that records are kept for a driver nobody has."""
        served = {lane.consumer for lane in self.lanes}
        for consumer in layout.consumers(folder / layout.CURSORS):
            known = consumer in served or consumer in self._told
            if is_driver(consumer) and not known:
                self._told.add(consumer)
                LOG.warning(
                    'records are kept for %s, a driver that is not '
                    'configured, and never deleted; configure it, or give '
                    'them up: find %s -name %s -delete',
                    consumer,
                    self.directory,
                    layout.consumer_file(consumer),
                )

    def _tell(self, problem: str, exc: OSError) -> None:
        """Log a problem once; it is met again at each look."""
        if problem not in self._told:
            self._told.add(problem)
            LOG.error('%s yet (%s)', problem, exc.strerror)
