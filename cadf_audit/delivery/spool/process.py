# SPDX-License-Identifier: Apache-2.0

"""The files of a writer in, whether its process lives out.

A writer lives as long as its lock is held and its process is there. The lock
alone is not enough: a child that the process forked may hold it still. The
process id alone is not enough either: another process may have it by now, or
the writer may run in another container.
"""

import contextlib
import fcntl
import functools
import json
import os
from pathlib import Path
from typing import Any
import zlib

from cadf_audit.delivery.spool.layout import WRITER_FILE
from cadf_audit.delivery.spool.layout import WRITER_LOCK


def identity() -> dict[str, Any]:
    """Return what tells this process from all others, before and after."""
    pid = os.getpid()
    return {
        'pid': pid,
        'started': _start_time(pid),
        'boot_id': _boot_id(),
        'pid_namespace': _pid_namespace(),
    }


def encode_writer(known: dict[str, Any]) -> bytes:
    """Return the content of the file in which a writer says who it is."""
    return json.dumps({**known, 'crc': _checksum(known)}).encode()


def read_writer(folder: Path) -> dict[str, Any]:
    """Return what a writer says of itself; nothing if that is damaged."""
    try:
        known = json.loads((folder / WRITER_FILE).read_bytes())
    except (OSError, ValueError):
        return {}
    if not isinstance(known, dict):
        return {}
    # A wrong digit would make a living writer a dead one.
    crc = known.pop('crc', None)
    return known if crc == _checksum(known) else {}


def _checksum(known: dict[str, Any]) -> str:
    return f'{zlib.crc32(json.dumps(known, sort_keys=True).encode()):08x}'


def is_alive(folder: Path) -> bool:
    """Say whether the process that writes to a folder lives.

    :param folder: the folder of a writer
    """
    if not is_locked(folder / WRITER_LOCK):
        return False
    known = read_writer(folder)
    if None in (_boot_id(), _start_time(os.getpid())):
        # A sandbox hides what would tell.
        return True
    if known.get('pid_namespace') != _pid_namespace():
        # Its process id means nothing here.
        return True
    if known.get('boot_id') != _boot_id():
        return False
    pid = known.get('pid')
    return known.get('started') == _start_time(pid) or _is_hidden(pid)


def is_own(folder: Path) -> bool:
    """Say whether a writer is in this very process."""
    known = read_writer(folder)
    return identity().items() <= known.items()


def lock(path: Path) -> int | None:
    """Return a descriptor that holds a lock; None if somebody else has it.

    :param path: a file that is there for this
    """
    try:
        file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return None
    return file


def is_locked(path: Path) -> bool:
    """Say whether anybody holds a lock, without writing to anything.

    :param path: a file that is there for this
    """
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        # Shared: those who ask are not in each other's way.
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False


def _is_hidden(pid: Any) -> bool:
    """Say whether this is a process that another user may not look at."""
    try:
        os.kill(pid, 0)
    except PermissionError:
        return _start_time(pid) is None
    except (OSError, TypeError, OverflowError):
        pass
    return False


def _start_time(pid: Any) -> str | None:
    """Return when a process started, in ticks since boot; None for none."""
    with contextlib.suppress(OSError, IndexError):
        text = Path(f'/proc/{pid}/stat').read_text('latin-1')
        # The name before it may hold blanks and brackets.
        state, *fields = text.rpartition(')')[2].split()
        return None if state in 'ZX' else fields[18]
    return None


@functools.cache
def _boot_id() -> str | None:
    with contextlib.suppress(OSError):
        return Path('/proc/sys/kernel/random/boot_id').read_text().strip()
    return None


def _pid_namespace() -> str | None:
    with contextlib.suppress(OSError):
        return os.readlink('/proc/self/ns/pid')
    return None
