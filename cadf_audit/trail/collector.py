# SPDX-License-Identifier: Apache-2.0

"""A source and a store in, every message kept out, until it is stopped.

A batch is stored in one transaction and acknowledged after the commit. What
goes wrong in between is delivered once more, and is one row all the same.
"""

import logging
import threading

from sqlalchemy.exc import DataError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import IntegrityError

from cadf_audit.delivery.pauses import pauses
from cadf_audit.trail.decoding import decode
from cadf_audit.trail.decoding import Notification
from cadf_audit.trail.decoding import Undecodable
from cadf_audit.trail.reading import Foreign
from cadf_audit.trail.reading import Invalid
from cadf_audit.trail.reading import pending_id
from cadf_audit.trail.reading import read
from cadf_audit.trail.sources import Source
from cadf_audit.trail.store import Batch
from cadf_audit.trail.store import DeadLetter
from cadf_audit.trail.store import Store
from cadf_audit.trail.store import Stored

LOG = logging.getLogger(__name__)

#: messages of a batch
BATCH = 1000

#: seconds to wait for a message before it is looked whether to stop
WAIT = 1.0


class Collector:
    """Moves the messages of one source into a store.

    :param source: where they wait
    :param store: where they are kept
    """

    def __init__(self, source: Source, store: Store) -> None:
        self.source = source
        self._store = store
        #: whether it ended because of an error
        self.failed = False
        self._stopping = threading.Event()
        self._troubled = ''

    def run(self, once: bool = False) -> None:
        """Collect until :meth:`stop` is called.

        :param once: whether to stop when nothing comes any more; a bus needs a
            moment to deliver what waits
        """
        pause = iter(pauses())
        try:
            while not self._stopping.is_set():
                try:
                    stored = self.step(WAIT)
                except Exception as exc:
                    # Also an error of ours: the next version may have none.
                    self._complain(exc)
                    if once:
                        self.failed = True
                        return
                    self._stopping.wait(next(pause))
                    continue
                if self._troubled:
                    LOG.warning('%s goes on', self.source.name)
                    self._troubled = ''
                pause = iter(pauses())
                if once and stored is None:
                    return
        except BaseException:
            self.failed = True
            raise
        finally:
            self.source.close()

    def step(self, seconds: float) -> Stored | None:
        """Move one batch; return what became of it, or None for no message.

        :param seconds: how long to wait for a message
        :raises SourceError: the source cannot be read
        :raises SQLAlchemyError: the store does not take it
        """
        messages = self.source.receive(BATCH, seconds)
        if not messages:
            return None
        try:
            stored = self._keep(messages)
        except BaseException:
            self.source.give_back()
            raise
        self.source.acknowledge()
        return stored

    def _keep(self, messages: list[bytes]) -> Stored:
        """Store messages; those that the database refuses are dead letters.

        :raises SQLAlchemyError: it is not the messages that are refused
        """
        name = self.source.name
        try:
            return self._store.ingest(sort(name, messages))
        except (DataError, IntegrityError) as exc:
            if len(messages) == 1:
                letter = DeadLetter(
                    messages[0],
                    f'the database refuses it: {type(exc.orig).__name__}',
                )
                return self._store.ingest(Batch(name, dead_letters=[letter]))
        # One of them is the reason; none of the others has to wait for it.
        half = len(messages) // 2
        first = self._keep(messages[:half])
        second = self._keep(messages[half:])
        return Stored(
            first.events + second.events,
            first.pending + second.pending,
            first.duplicates + second.duplicates,
            first.dead_letters + second.dead_letters,
        )

    def stop(self) -> None:
        """Have it end after the batch in hand."""
        self._stopping.set()

    def _complain(self, exc: Exception) -> None:
        # Without its parameters: they hold the events.
        problem = str(exc.orig if isinstance(exc, DBAPIError) else exc)
        problem = f'{type(exc).__name__}: {problem.strip()}'
        if problem != self._troubled:
            self._troubled = problem
            LOG.error('%s waits: %s', self.source.name, problem)


def sort(source: str, messages: list[bytes]) -> Batch:
    """Return what messages are.

    :param source: the name of the source
    :param messages: as they were delivered
    """
    batch = Batch(source)
    begun: list[tuple[str, bytes, Notification]] = []
    for message in messages:
        try:
            notification = decode(message)
        except Undecodable as exc:
            batch.dead_letters.append(DeadLetter(message, str(exc)))
            continue
        event_id = pending_id(notification)
        if event_id is None:
            _keep(batch, message, notification)
        else:
            begun.append((event_id, message, notification))
    ended = {row['id'] for row in batch.rows}
    for event_id, message, notification in begun:
        if event_id in ended:
            # All that is kept of it is that it came: half of what a pair
            # costs is to read both of its events.
            batch.paired.append(event_id)
        else:
            _keep(batch, message, notification)
    return batch


def _keep(batch: Batch, message: bytes, notification: Notification) -> None:
    try:
        batch.rows.append(read(notification))
    except Foreign:
        batch.foreign += 1
    except Invalid as exc:
        batch.dead_letters.append(DeadLetter(message, str(exc)))
