# SPDX-License-Identifier: Apache-2.0

"""How far a consumer has come in, a file that tells it after a crash out.

The file keeps its size, so that it can be written on a full disk. A damaged
one counts as none: the consumer begins again with the oldest record that is
there, and gets records twice rather than never.
"""

import contextlib
import json
import os
from pathlib import Path
from typing import Any
from typing import NamedTuple

from cadf_audit.delivery.spool.record import encode_record
from cadf_audit.delivery.spool.record import parse_record

_SIZE = 1024


class Position(NamedTuple):
    """A place between two records of a writer.

    :param segment: the first record of the segment; 0 stands for the oldest
        segment there is
    :param offset: how many bytes of it have been passed
    :param seen: how many good records were in them
    """

    segment: int = 0
    offset: int = 0
    seen: int = 0


START = Position()

#: behind all that an ended writer recorded
END = Position(10**18)


class Progress(NamedTuple):
    """What the file of a cursor says.

    :param position: up to where the consumer has passed
    :param error: what keeps it from going on; empty if nothing does
    :param error_time: since when
    """

    position: Position = START
    error: str = ''
    error_time: str = ''


def encode_progress(progress: Progress) -> bytes:
    """Return the content of the file of a cursor."""
    text = json.dumps(
        {
            **progress.position._asdict(),
            'error': ascii(progress.error)[1:-1][:200],
            'error_time': progress.error_time,
        }
    )
    # The check sum of a record keeps a flipped bit from skipping events.
    return encode_record(1, text.encode()).rstrip().ljust(_SIZE - 1) + b'\n'


def read_progress(path: Path) -> Progress | None:
    """Return how far a consumer has come; None if that cannot be told.

    :param path: the file of its cursor
    """
    try:
        record = parse_record(path.read_bytes().rstrip())
    except OSError:
        return None
    if record is None:
        return None
    known: dict[str, Any] = json.loads(record.message)
    error, time = known.pop('error'), known.pop('error_time')
    return Progress(Position(**known), error, time)


def sync_file(path: Path) -> None:
    """Return when a cursor survives a power cut, if the disk can do that.

    :param path: its file
    """
    with contextlib.suppress(OSError):
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fdatasync(file)
        finally:
            os.close(file)


class Cursor:
    """The cursor of a consumer that is at work.

    :param path: its file
    :param file: a descriptor of the file, locked; it is closed in the end
    """

    def __init__(self, path: Path, file: int) -> None:
        self._file = file
        known = read_progress(path)
        if known is None:
            # What is longer would stay damaged behind all that is written.
            os.ftruncate(file, _SIZE)
        self.progress = known or Progress()

    def save(self) -> None:
        """Write down how far the consumer has come."""
        os.pwrite(self._file, encode_progress(self.progress), 0)

    def close(self) -> None:
        """Let another process go on."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
