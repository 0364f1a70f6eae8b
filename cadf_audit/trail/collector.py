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
from cadf_audit.trail.keeping import Keeping
from cadf_audit.trail.reading import Foreign
from cadf_audit.trail.reading import Invalid
from cadf_audit.trail.reading import is_pending
from cadf_audit.trail.reading import pending_id
from cadf_audit.trail.reading import read
from cadf_audit.trail.sources import Source
from cadf_audit.trail.sources import SourceError
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
    :param keeping: decides which of them are; None for all
    """

    def __init__(
        self, source: Source, store: Store, keeping: Keeping | None = None
    ) -> None:
        self.source = source
        self._store = store
        self._keeping = keeping
        #: whether it ended because of an error
        self.failed = False
        #: what became of all that it has moved
        self.stored = Stored(0, 0, 0, 0)
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
        self.stored = _sum(self.stored, stored)
        self.source.acknowledge()
        return stored

    def _keep(self, messages: list[bytes]) -> Stored:
        """Store messages; those that the database refuses are dead letters.

        :raises SQLAlchemyError: it is not the messages that are refused
        """
        name = self.source.name
        try:
            return self._store.ingest(sort(name, messages, self._keeping))
        except (DataError, IntegrityError) as exc:
            if len(messages) == 1:
                letter = DeadLetter(messages[0], refusal(exc))
                return self._store.ingest(Batch(name, dead_letters=[letter]))
        # One of them is the reason; none of the others has to wait for it.
        half = len(messages) // 2
        first = self._keep(messages[:half])
        second = self._keep(messages[half:])
        return _sum(first, second)

    def stop(self) -> None:
        """Have it end after the batch in hand."""
        self._stopping.set()

    def _complain(self, exc: Exception) -> None:
        # Without its parameters: they hold the events.
        problem = str(exc.orig if isinstance(exc, DBAPIError) else exc)
        problem = ' '.join(problem.split())
        if isinstance(exc, SourceError):
            problem = problem.removeprefix(f'{self.source.name}: ')
        else:
            problem = f'{type(exc).__name__}: {problem}'
        if problem != self._troubled:
            self._troubled = problem
            LOG.error('%s waits: %s', self.source.name, problem)


def _sum(first: Stored, second: Stored) -> Stored:
    return Stored(
        first.events + second.events,
        first.pending + second.pending,
        first.duplicates + second.duplicates,
        first.dead_letters + second.dead_letters,
        first.left_out + second.left_out,
    )


def refusal(exc: DBAPIError) -> str:
    """Return why a database does not take an event, without that event.

    :param exc: what it said
    """
    return f'the database refuses it: {type(exc.orig).__name__}'


def sort(
    source: str, messages: list[bytes], keeping: Keeping | None = None
) -> Batch:
    """Return what messages are.

    :param source: the name of the source
    :param messages: as they were delivered
    :param keeping: decides which events are kept; None for all
    """
    batch = Batch(source)
    begun: dict[str, list[tuple[bytes, Notification]]] = {}
    for message in messages:
        try:
            notification = decode(message)
            event_id = pending_id(notification)
        except Undecodable as exc:
            batch.dead_letters.append(DeadLetter(message, str(exc)))
            continue
        except Exception as exc:
            batch.dead_letters.append(_unread(message, exc))
            continue
        if event_id is not None:
            begun.setdefault(event_id, []).append((message, notification))
            continue
        ended = _keep(batch, message, notification, keeping)
        if ended in begun:
            # All that is kept of it is that it came: half of what a pair
            # costs is to read both of its events.
            batch.paired += len(begun.pop(ended)) * [ended]
    all_ended = {row['id'] for row in (*batch.rows, *batch.left_out)}
    for event_id, those in begun.items():
        if event_id in all_ended:
            batch.paired += len(those) * [event_id]
        else:
            for message, notification in those:
                _keep(batch, message, notification, None)
    return batch


def _keep(
    batch: Batch,
    message: bytes,
    notification: Notification,
    keeping: Keeping | None,
) -> str | None:
    """Read an event into a batch; return its id, or None if it is none."""
    try:
        row = read(notification)
    except Foreign:
        batch.foreign += 1
    except Invalid as exc:
        batch.dead_letters.append(DeadLetter(message, str(exc)))
    except Exception as exc:
        batch.dead_letters.append(_unread(message, exc))
    else:
        if (
            keeping is None
            or is_pending(row)
            or keeping.keeps(notification, row)
        ):
            batch.rows.append(row)
        else:
            batch.left_out.append(row)
        return str(row['id'])
    return None


def _unread(message: bytes, exc: Exception) -> DeadLetter:
    """Return what becomes of a message that we fail over.

    It would come again for ever, and keep back whatever comes after it.
    """
    # Without its text, which may hold what the message says.
    return DeadLetter(message, f'it cannot be read: {type(exc).__name__}')
