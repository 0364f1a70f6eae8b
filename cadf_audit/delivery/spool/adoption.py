# SPDX-License-Identifier: Apache-2.0

"""The folder of a dead writer in, an end for all that it began out.

Whoever holds the adoption lock does it, once. It may be killed over it: who
comes next says the same again, with the same ids.
"""

from collections.abc import Iterable
from collections.abc import Iterator
import contextlib
import json
import logging
import os
from pathlib import Path
import shutil
import time
from typing import Any

from cadf_audit.clock import timestamp
from cadf_audit.delivery.encoding import encode
from cadf_audit.delivery.lost import build_loss
from cadf_audit.delivery.lost import derived_id
from cadf_audit.delivery.lost import REASON_TYPE
from cadf_audit.delivery.spool import counters
from cadf_audit.delivery.spool.counters import read_counters
from cadf_audit.delivery.spool.cursor import END
from cadf_audit.delivery.spool.cursor import Position
from cadf_audit.delivery.spool import layout
from cadf_audit.delivery.spool.losses import unreported_losses
from cadf_audit.delivery.spool.process import is_alive
from cadf_audit.delivery.spool.process import lock
from cadf_audit.delivery.spool.reader import Found
from cadf_audit.delivery.spool.reader import Reader
from cadf_audit.delivery.spool.record import encode_record
from cadf_audit.delivery.spool.set_aside import service_of
from cadf_audit.delivery.spool.set_aside import set_aside_files
from cadf_audit.notification import build_message
from cadf_audit.notification import Message
from cadf_audit.notification import OTHER_EVENT
from cadf_audit.notification import PENDING
from cadf_audit.notification import REQUEST_EVENT
from cadf_audit.notification import RESPONSE_EVENT

LOG = logging.getLogger(__name__)

WORKER_ENDED = 'worker ended'

#: seconds after which nobody will finish a folder that is unfinished
FORGOTTEN = 3600


def last_record(folder: Path) -> int | None:
    """Return the number of the last record; None before the adoption.

    :param folder: the folder of a writer
    """
    try:
        last = int((folder / layout.ADOPTED).read_bytes())
    except (OSError, ValueError):
        return None
    # A damaged one counts as none: to end a writer twice harms nobody.
    return last if 0 <= last < END.segment else None


def adopt(folder: Path) -> bool:
    """End what a dead writer began.

    :param folder: the folder of the writer
    :returns: whether the writer has ended now
    :raises OSError: the disk does not take the events
    """
    if last_record(folder) is not None:
        return True
    if is_alive(folder):
        return False
    path = folder / layout.ADOPTION_LOCK
    if not path.exists():
        layout.write_file(path, b'', layout.file_mode(folder.stat().st_mode))
    held = lock(path)
    if held is None:
        return False
    try:
        # Somebody else may have been quicker.
        if last_record(folder) is None:
            _end(folder)
    finally:
        os.close(held)
    return True


def remove(folder: Path) -> None:
    """Delete the folder of an ended writer that everybody has read.

    :param folder: the folder
    """
    held = lock(folder / layout.ADOPTION_LOCK)
    if held is None:
        return
    try:
        # Out of sight first, so that nobody finds half of it.
        grave = folder.with_name(folder.name + layout.GONE)
        folder.rename(grave)
        shutil.rmtree(grave, ignore_errors=True)
    except FileNotFoundError:
        pass
    finally:
        os.close(held)


def clear(directory: Path) -> None:
    """Delete what is left of folders that nobody has finished or removed.

    Who was about to do it was killed.

    :param directory: the spool directory
    """
    with os.scandir(directory) as entries:
        names = [entry.name for entry in entries]
    for name in names:
        path = directory / name
        if name.endswith(layout.GONE) or (
            name.endswith(layout.UNFINISHED) and _is_old(path)
        ):
            shutil.rmtree(path, ignore_errors=True)


def _is_old(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime > FORGOTTEN
    except FileNotFoundError:
        return False


def _end(folder: Path) -> None:
    mode = folder.stat().st_mode & 0o777
    known = read_counters(folder / layout.COUNTERS)
    still_open, position, data_end = _survey(folder)
    seq = max(known[counters.SEQ], position.segment + position.seen - 1)
    # The room that the writer did not use comes back first: a full disk may
    # have no other.
    if position.segment:
        segment = folder / layout.segment_name(position.segment)
        os.truncate(segment, data_end)
    messages = list(_unknown_ends(still_open.values()))
    service = service_of(folder)
    foreign = layout.foreign_files(folder)
    if foreign:
        loss = build_loss(
            service,
            len(foreign),
            'files',
            'foreign file',
            timestamp(),
            f'{folder.name} {foreign}',
        )
        messages.append(encode(loss).encode())
    messages += [
        message
        for _reason, message in unreported_losses(service, folder.name, known)
    ]
    if messages:
        content = b''.join(
            encode_record(number, message)
            for number, message in enumerate(messages, seq + 1)
        )
        layout.write_file(
            folder / layout.segment_name(seq + 1),
            content,
            layout.file_mode(mode),
        )
    set_aside_files(folder)
    if still_open:
        LOG.warning(
            'a process of %s ended within %s of its requests or activities; '
            'their outcome is unknown',
            service,
            len(still_open),
        )
    layout.write_file(
        folder / layout.ADOPTED,
        b'%d\n' % (seq + len(messages)),
        layout.file_mode(mode),
    )


def _survey(folder: Path) -> tuple[dict[str, Message], Position, int]:
    """Return the open requests, and where in the files the records end."""
    still_open: dict[str, Message] = {}
    position, end = Position(), 0
    reader = Reader(folder)
    try:
        # As if ended: nobody writes any more. No number is known to be the
        # last one, and none is too few.
        while items := reader.read(last=0):
            for item in items:
                if isinstance(item, Found):
                    _follow(still_open, item.message)
                if item.after != END:
                    position, end = item.after, item.after.offset
    finally:
        reader.close()
    return still_open, position, end


def _follow(still_open: dict[str, Message], text: bytes) -> None:
    # Whoever writes such a message is not us, and nobody to wait for.
    with contextlib.suppress(ValueError, TypeError, LookupError):
        message: Message = json.loads(text)
        event_type, event = message['event_type'], message['payload']
        if event_type == REQUEST_EVENT or (
            event_type == OTHER_EVENT and event.get('outcome') == PENDING
        ):
            still_open[event['id']] = message
        elif event_type in (RESPONSE_EVENT, OTHER_EVENT):
            still_open.pop(event['id'], None)


def _unknown_ends(still_open: Iterable[Message]) -> Iterator[bytes]:
    for message in still_open:
        # As above: a folder is not to be stuck for ever over it.
        with contextlib.suppress(ValueError, TypeError, LookupError):
            yield encode(_unknown_end(message)).encode()


def _unknown_end(pending: Message) -> Message:
    """Return the end of what its process did not survive."""
    event: dict[str, Any] = dict(pending['payload'])
    event['outcome'] = 'unknown'
    event['reason'] = {
        'reasonType': REASON_TYPE,
        'reasonCode': WORKER_ENDED,
    }
    event['reporterchain'] = [
        {
            'role': 'relay',
            'reporter': event['observer'],
            'reporterTime': timestamp(),
        }
    ]
    event_type = pending['event_type']
    if event_type == REQUEST_EVENT:
        event_type = RESPONSE_EVENT
    message = build_message(pending['publisher_id'], event_type, event)
    message['message_id'] = derived_id(pending['message_id'], WORKER_ENDED)
    return message
