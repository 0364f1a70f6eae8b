# SPDX-License-Identifier: Apache-2.0

"""The events of one process in, records in its folder out.

Admitting a pending event reserves room for its final one, so that what was
begun can be ended on a full disk. Request events that are still open at a
rotation are written again at the head of the new segment: an older segment
holds nothing that is needed once it was read.
"""

from collections.abc import Callable
import contextlib
import errno
import json
import logging
import os
import threading

from cadf_audit.delivery.lost import is_loss
from cadf_audit.delivery.spool import counters
from cadf_audit.delivery.spool.folder import make_folder
from cadf_audit.delivery.spool.folder import SpoolConfig
from cadf_audit.delivery.spool.journal import FolderGoneError
from cadf_audit.delivery.spool.journal import Journal
from cadf_audit.delivery.spool.journal import Place
from cadf_audit.delivery.spool import layout
from cadf_audit.delivery.spool.losses import Losses
from cadf_audit.delivery.spool.record import LONGEST_MESSAGE
from cadf_audit.delivery.spool.room import FULL_ERRORS
from cadf_audit.delivery.spool.room import Room
from cadf_audit.delivery.spool.room import SpoolFullError
from cadf_audit.notification import Message
from cadf_audit.notification import OTHER_EVENT
from cadf_audit.notification import REQUEST_EVENT

LOG = logging.getLogger(__name__)

#: bytes that a record takes beside its message, at most
FRAME = 64

#: bytes by which a final event may be longer than its pending one
FINAL_ROOM = 1024

#: bytes that are kept for saying what was lost
LOSS_ROOM = 4096


class Writer:
    """Records the events of one process.

    :param config: what the operator decided
    :raises OSError: its folder cannot be made
    """

    def __init__(self, config: SpoolConfig) -> None:
        self._config = config
        self._room = Room(config.directory, config.max_size)
        self._lock = threading.Lock()
        self._open: dict[str, bytes] = {}
        # Final events that the disk refused, and how to make them shorter.
        self._late: dict[str, tuple[bytes, Callable[[bytes], bytes]]] = {}
        self._reserved = LOSS_ROOM
        self._closed = self._gone = False
        self._unsafe = False
        self._room.check_folder()
        folder = make_folder(config)
        self.folder = folder.path
        self._lock_file = folder.lock
        self._counters = folder.counters
        self._losses = Losses(
            str(config.directory),
            config.service,
            folder.path.name,
            folder.counters,
        )
        self._journal = Journal(
            folder.path,
            layout.file_mode(config.mode),
            self._room,
            folder.counters,
            self._lock,
            config.power,
            config.segment_size,
            config.segment_age,
            carried=self._open.values,
            reserved=lambda: self._reserved,
        )

    def begin(self, event_id: str, message: bytes, only_reads: bool) -> bool:
        """Record the pending event of an interaction.

        :param event_id: the id of the event
        :param message: its message as JSON
        :param only_reads: whether it may be left out when room runs short
        :returns: false if it was left out; its final event will be, too
        :raises OSError: it could not be recorded, which is counted
        """
        if only_reads and not self._config.deny and self._room.shedding():
            # Told of before it is counted, or it would never be quiet.
            self.report_losses()
            with self._lock:
                self._losses.count(counters.SHED)
            return False
        with self._lock:
            try:
                place = self._journal.join(self._admit(event_id, message))
            except FolderGoneError:
                # Nothing of this writer is there any more.
                raise
            except OSError as exc:
                self._lose_interaction(why_lost(exc))
                raise
        synced = self._commit(place)
        if self._losses.pending:
            self.report_losses()
        if not synced and self._config.deny:
            with self._lock:
                self._lose_interaction(counters.WRITE_ERROR)
            # It stays open, for whoever adopts it: its record may be there.
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return True

    def end(
        self, event_id: str, message: bytes, shorten: Callable[[bytes], bytes]
    ) -> None:
        """Record the final event of an interaction, if it was begun.

        :param event_id: the id of the event
        :param message: its message as JSON
        :param shorten: makes a message of the pending one, at most
            ``FINAL_ROOM`` longer, that stands in where room is short
        :raises OSError: it could not be recorded; the interaction stays open
        """
        with self._lock:
            pending = self._open.get(event_id)
            if pending is None:
                return
            self._check_open()
            self._late[event_id] = message, shorten
            place = self._journal.join(self._catch_up())
        self._commit(place)

    def add(self, message: bytes) -> None:
        """Record a message that stands for itself.

        :param message: the message as JSON
        :raises OSError: it could not be recorded, which is counted
        """
        with self._lock:
            try:
                place = self._journal.join(self._append(message))
            except OSError as exc:
                self._losses.count(why_lost(exc))
                raise
        self._commit(place)

    def lost_before(self, number: int, why: str, since: int) -> None:
        """Count interactions that were lost before there was this writer.

        :param number: how many
        :param why: a reason of :mod:`counters`
        :param since: since when, in seconds since 1970
        """
        with self._lock:
            self._lose_interaction(why, number, since)

    def report_losses(self) -> None:
        """Record what was lost, if the burst is over."""
        if self._losses.due():
            place = None
            with self._lock, contextlib.suppress(OSError):
                place = self._journal.join(self._record_losses())
            if place is not None:
                self._commit(place)

    def close(self) -> None:
        """End in good order; what is open is ended by whoever adopts it."""
        with self._lock:
            if self._closed:
                return
            with contextlib.suppress(OSError):
                self._catch_up()
                self._record_losses()
            self._closed = True
            for message in self._journal.close():
                # The disk never took it, and now there is no other try.
                if _is_missed(message):
                    self._lose_interaction(counters.WRITE_ERROR)
            self._counters.close()
            os.close(self._lock_file)

    def leave(self) -> int:
        """Let go of a folder that somebody has deleted.

        :returns: how many interactions will have no end
        """
        with self._lock:
            if self._gone:
                return 0
            self._gone = self._closed = True
            self._counters.close()
            os.close(self._lock_file)
            # The segment closes when no thread uses it any more.
            return len(self._open)

    def abandon(self) -> None:
        """Let go of what a forked child has inherited, and touch nothing."""
        if not self._closed:
            self._closed = True
            os.close(self._lock_file)
            self._counters.close()
            self._journal.abandon()

    def _admit(self, event_id: str, message: bytes) -> int:
        self._check_open()
        self._catch_up()
        if self._config.deny:
            # Better than to write it first and refuse the request then.
            self._journal.recover()
        self._journal.rotate()
        reserve = _reserve(message)
        seq = self._append(message, reserve)
        self._open[event_id] = message
        self._reserved += reserve
        return seq

    def _append(self, message: bytes, reserve: int = 0) -> int:
        self._check_open()
        _check_length(message)
        size = len(message) + FRAME + reserve
        self._journal.make_room(self._reserved + size)
        return self._journal.append(message, size)

    def _check_open(self) -> None:
        if self._gone:
            raise FolderGoneError(errno.ENOENT, os.strerror(errno.ENOENT))
        if self._closed:
            # Whoever adopts it ends what is open.
            raise OSError(errno.ESHUTDOWN, 'the process ends')

    def _catch_up(self) -> int:
        """Record the final events that are due; return the last number.

        :raises OSError: the disk does not take one; it stays due
        """
        seq = 0
        for event_id, (message, shorten) in list(self._late.items()):
            pending = self._open[event_id]
            kept = _reserve(pending)
            try:
                _check_length(message)
                size = len(message) + FRAME
                self._journal.make_room(self._reserved - kept + size)
            except OSError:
                message = shorten(pending)
            # Its room is spoken for, up to that of a shortened one.
            more = max(0, len(message) + FRAME - kept)
            seq = self._journal.append(message, more)
            del self._open[event_id], self._late[event_id]
            self._reserved -= kept
        return seq

    def _record_losses(self) -> int:
        """Record what was lost; return the last number."""
        seq = 0
        for message in self._losses.messages():
            # The room for this is kept, and may be all that there is.
            self._reserved -= LOSS_ROOM
            try:
                seq = self._append(message)
            finally:
                self._reserved += LOSS_ROOM
        return seq

    def _commit(self, place: Place) -> bool:
        """Say whether a record survives a power cut, if it has to."""
        try:
            self._journal.commit(place)
        except OSError:
            if not self._unsafe:
                self._unsafe = True
                LOG.error(
                    'the audit spool %s cannot sync: events are recorded, '
                    'but a power cut would lose them',
                    self._config.directory,
                )
            return False
        self._unsafe = False
        return True

    def _lose_interaction(
        self, why: str, number: int = 1, since: int | None = None
    ) -> None:
        # A request that is refused does not run, so nothing of it is lost.
        reason = counters.REFUSED if self._config.deny else why
        self._losses.count(reason, why, number, since, told=since is not None)


def _check_length(message: bytes) -> None:
    if len(message) > LONGEST_MESSAGE:
        raise OSError(errno.EMSGSIZE, os.strerror(errno.EMSGSIZE))


def _is_missed(text: bytes) -> bool:
    """Say whether nothing else tells of what a message was about.

    Of a final event its pending one does, of a loss the counters.
    """
    message: Message = json.loads(text)
    event = message['payload']
    if message['event_type'] == OTHER_EVENT:
        return 'reporterchain' not in event and not is_loss(event)
    return bool(message['event_type'] == REQUEST_EVENT)


def _reserve(pending: bytes) -> int:
    return len(pending) + FRAME + FINAL_ROOM


def why_lost(exc: OSError) -> str:
    """Return the reason of a loss, one of :mod:`counters`."""
    if isinstance(exc, SpoolFullError):
        return counters.SPOOL_FULL
    if exc.errno in FULL_ERRORS:
        return counters.DISK_FULL
    return counters.WRITE_ERROR
