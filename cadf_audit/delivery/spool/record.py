# SPDX-License-Identifier: Apache-2.0

"""A message in, one line of a segment out, and the way back.

A line is ``{"seq":N,"crc":"8 hex digits","message":{...}}``: the number of
the record among those of its writer, and the CRC-32 of the bytes of the
message.
"""

from collections.abc import Iterator
import re
from typing import NamedTuple
import zlib

#: bytes that a message may have; nothing that we record comes near it
LONGEST_MESSAGE = 4 * 1024 * 1024

_header = re.compile(rb'\{"seq":(\d{1,19}),"crc":"([0-9a-f]{8})","message":')
_line = re.compile(
    rb'\{"seq":(\d{1,19}),"crc":"([0-9a-f]{8})","message":(.*)\}', re.DOTALL
)


class Record(NamedTuple):
    """What a line says.

    :param seq: the number of the record, from 1
    :param message: the message as JSON
    """

    seq: int
    message: bytes


def encode_record(seq: int, message: bytes) -> bytes:
    """Return the line of a record, with its newline.

    :param seq: the number of the record
    :param message: the message as JSON in ASCII, without a line break
    """
    return b'{"seq":%d,"crc":"%08x","message":%b}\n' % (
        seq,
        zlib.crc32(message),
        message,
    )


def parse_record(line: bytes) -> Record | None:
    """Return the record of a line; None if the line is not what was written.

    :param line: the line without its newline
    """
    found = _line.fullmatch(line)
    if found is None:
        return None
    seq, crc, message = found.groups()
    if zlib.crc32(message) != int(crc, 16):
        return None
    return Record(int(seq), message)


def salvage(line: bytes) -> Iterator[Record]:
    """Yield the intact records in a line that is none.

    A damaged newline joins two lines, and what somebody wrote in between
    belongs to neither; none of them is to be lost for it.

    :param line: the line without its newline
    """
    header = _header.search(line)
    while header is not None:
        following = _header.search(line, header.end())
        end = following.start() if following else len(line)
        message = _find_message(line[header.end() : end], int(header[2], 16))
        if message is not None:
            yield Record(int(header[1]), message)
        header = following


def _find_message(text: bytes, wanted: int) -> bytes | None:
    """Return what stands before a bracket and has a check sum."""
    crc, done = 0, 0
    brace = text.find(b'}', 1)
    while brace >= 0:
        crc, done = zlib.crc32(text[done:brace], crc), brace
        if crc == wanted:
            return text[:brace]
        brace = text.find(b'}', brace + 1)
    return None
