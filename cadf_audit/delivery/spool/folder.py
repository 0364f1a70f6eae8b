# SPDX-License-Identifier: Apache-2.0

"""A spool directory in, the folder of a new writer out."""

import contextlib
import dataclasses
import fcntl
import os
from pathlib import Path
import shutil

from cadf_audit.clock import timestamp
from cadf_audit.delivery.spool.counters import Counters
from cadf_audit.delivery.spool.cursor import encode_progress
from cadf_audit.delivery.spool.cursor import Position
from cadf_audit.delivery.spool.cursor import Progress
from cadf_audit.delivery.spool import layout
from cadf_audit.delivery.spool.process import encode_writer
from cadf_audit.delivery.spool.process import identity
from cadf_audit.identifier import new_id


#: what records survive
POWER = 'power'
PROCESS = 'process'


@dataclasses.dataclass(frozen=True)
class SpoolConfig:
    """What an operator decided about a spool.

    :param directory: the spool directory
    :param mode: its mode, and that of the folders in it
    :param max_size: how many bytes all of its files may take
    :param segment_size: from how many bytes on a segment is closed
    :param segment_age: after how many seconds it is
    :param power: whether records survive a power cut
    :param deny: whether a request that cannot be recorded is refused; then
        none is left out
    :param service: the publisher_id
    :param consumers: who has to have each record before it is deleted
    """

    directory: Path
    mode: int
    max_size: int
    segment_size: int
    segment_age: float
    power: bool
    deny: bool
    service: str
    consumers: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class WriterFolder:
    """The folder of the writer of this process.

    :param path: where it is
    :param lock: a descriptor that holds its lock
    :param counters: its counters
    """

    path: Path
    lock: int
    counters: Counters


def make_folder(config: SpoolConfig) -> WriterFolder:
    """Make the folder of a new writer; it appears with all that is in it.

    :param config: what the operator decided
    :raises OSError: it cannot be made
    """
    path = config.directory / new_id()
    unfinished = path.with_name(path.name + layout.UNFINISHED)
    try:
        return _fill(unfinished, path, config)
    except OSError:
        # A full disk would get one more with each try.
        for each in (unfinished, path):
            shutil.rmtree(each, ignore_errors=True)
        raise


def _fill(unfinished: Path, path: Path, config: SpoolConfig) -> WriterFolder:
    writer = path.name
    mode = layout.file_mode(config.mode)
    cursors = unfinished / layout.CURSORS
    for directory in (unfinished, cursors):
        layout.make_directory(directory, config.mode)
    registered = layout.consumers(config.directory / layout.CONSUMERS)
    consumers = sorted({*config.consumers, *registered})
    known = {
        'writer': writer,
        'service': config.service,
        'created': timestamp(),
        'consumers': consumers,
        'durability': POWER if config.power else PROCESS,
        **identity(),
    }
    files = {
        unfinished / layout.ADOPTION_LOCK: b'',
        unfinished / layout.WRITER_FILE: encode_writer(known),
    }
    for consumer in consumers:
        cursor = cursors / layout.consumer_file(consumer)
        # Not with the oldest record there is: the first one may be missing.
        files[cursor] = encode_progress(Progress(Position(1)))
    for file, content in files.items():
        # This happens within the first request.
        layout.write_file(file, content, mode, sync=config.power)
    with contextlib.ExitStack() as undo:
        counters = Counters(unfinished / layout.COUNTERS, mode)
        undo.callback(counters.close)
        held = layout.create_file(unfinished / layout.WRITER_LOCK, mode)
        undo.callback(os.close, held)
        fcntl.flock(held, fcntl.LOCK_EX)
        unfinished.rename(path)
        if config.power:
            layout.sync_directory(path)
            layout.sync_directory(config.directory)
        undo.pop_all()
    return WriterFolder(path, held, counters)
