# SPDX-License-Identifier: Apache-2.0

"""A spool directory in, all that is wrong with it out; nothing changes."""

from collections.abc import Iterator
import json
import os
from pathlib import Path
import re
from typing import NamedTuple

from cadf_audit.delivery.spool.adoption import last_record
from cadf_audit.delivery.spool.counters import REASONS
from cadf_audit.delivery.spool.counters import SEQ
from cadf_audit.delivery.spool.cursor import read_progress
from cadf_audit.delivery.spool import layout
from cadf_audit.delivery.spool.process import read_writer
from cadf_audit.delivery.spool.reader import Damage
from cadf_audit.delivery.spool.reader import Found
from cadf_audit.delivery.spool.reader import Item
from cadf_audit.delivery.spool.walk import folders
from cadf_audit.delivery.spool.walk import read_all

# A file system puts it at its top.
_NOT_OURS = 'lost+found'


class Problem(NamedTuple):
    """Something that is not as it was written.

    :param writer: the id of the writer; empty for what belongs to none
    :param file: the file that it concerns
    :param text: what is wrong
    """

    writer: str
    file: str
    text: str


class Verification:
    """Reads everything in a spool directory, once.

    :param directory: the spool directory
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        #: how many writers were read, and how many good records they have
        self.writers = 0
        self.records = 0

    def run(self) -> Iterator[Problem]:
        """Yield what is wrong."""
        yield from self._around()
        for folder in folders(self._directory):
            try:
                yield from self._folder(folder)
            except FileNotFoundError:
                # Everybody had all of it, and it was deleted.
                if folder.exists():
                    raise
            except OSError as exc:
                yield Problem(
                    folder.name,
                    os.path.basename(str(exc.filename or '')),
                    f'cannot be read: {exc.strerror}',
                )

    def _around(self) -> Iterator[Problem]:
        """Yield what lies beside the folders of the writers."""
        writers = {each.name for each in folders(self._directory)}
        ours = {layout.CONSUMERS, layout.SET_ASIDE, _NOT_OURS, *writers}
        for entry in os.scandir(self._directory):
            name = entry.name
            if name in ours or name.endswith(layout.UNFINISHED):
                continue
            path = self._directory / name
            if not path.exists():
                continue
            if entry.is_dir(follow_symlinks=False) and layout.segments(path):
                text = f'nobody reads it without its {layout.WRITER_LOCK}'
                yield Problem(name, '', text)
            else:
                yield Problem('', name, 'does not belong here')

    def _folder(self, folder: Path) -> Iterator[Problem]:
        yield from self._files(folder)
        for item in read_all(folder, patient=True):
            text, file = '', layout.segment_name(segment_of(item))
            if isinstance(item, Found):
                self.records += 1
                if not _is_message(item.message):
                    text = f'record {item.seq} holds no message'
            else:
                text = describe(item)
            if text:
                yield Problem(folder.name, file, text)
        self.writers += 1

    def _files(self, folder: Path) -> Iterator[Problem]:
        def problem(name: str, text: str) -> Problem:
            return Problem(folder.name, name, text)

        for name in layout.foreign_files(folder):
            yield problem(name, 'does not belong here')
        if not read_writer(folder):
            yield problem(layout.WRITER_FILE, 'is damaged or not there')
        if not _counts(folder / layout.COUNTERS):
            yield problem(layout.COUNTERS, 'is damaged or not there')
        adopted = folder / layout.ADOPTED
        if adopted.exists() and last_record(folder) is None:
            yield problem(layout.ADOPTED, 'is damaged')
        for name in layout.consumers(folder / layout.CURSORS):
            path = folder / layout.CURSORS / layout.consumer_file(name)
            if path.exists() and read_progress(path) is None:
                yield problem(
                    f'{layout.CURSORS}/{path.name}',
                    'is damaged: this consumer will get again what it has got',
                )


def _counts(path: Path) -> bool:
    """Say whether each number of a file of counters can be read."""
    try:
        content = path.read_bytes()
    except OSError:
        return False
    return all(
        re.search(rb'^%b: *\d{1,20}$' % name.encode(), content, re.MULTILINE)
        for name in (SEQ, *REASONS)
    )


def describe(item: Item) -> str:
    """Return what is wrong with an item that is no record."""
    if isinstance(item, Damage):
        size, offset = len(item.content), item.at.offset
        return f'{size} bytes at {offset} are no record'
    if isinstance(item, Found):
        return ''
    if item.number == 1:
        return '1 record is missing'
    return f'{item.number} records are missing'


def segment_of(item: Item) -> int:
    """Return the segment that an item belongs into."""
    if isinstance(item, Found):
        return item.after.segment
    return item.at.segment if isinstance(item, Damage) else item.segment


def _is_message(message: bytes) -> bool:
    try:
        known = json.loads(message)
        return bool(known['event_type'] and known['payload'])
    except (ValueError, TypeError, LookupError):
        return False
