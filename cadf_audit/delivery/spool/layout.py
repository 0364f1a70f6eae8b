# SPDX-License-Identifier: Apache-2.0

"""The names of the files of a spool, and who may have them.

Everything that knows where something lies in a spool directory asks here.
"""

from collections.abc import Iterator
import contextlib
import os
from pathlib import Path
import pwd
import re
import stat
import threading
from urllib.parse import quote
from urllib.parse import unquote

from cadf_audit.exceptions import OptionError

WRITER_FILE = 'writer.json'
WRITER_LOCK = 'writer.lock'
ADOPTION_LOCK = 'adoption.lock'
ADOPTED = 'adopted'
COUNTERS = 'counters'
CURSORS = 'cursors'
CONSUMERS = 'consumers'
SET_ASIDE = 'set-aside'
POLICIES = 'policies.json'
POLICIES = 'policies.json'

# What a writer has not yet finished; nobody else looks at it.
UNFINISHED = '.new'

# What nobody needs any more, and somebody is about to delete.
GONE = '.gone'

_OURS = {
    WRITER_FILE,
    WRITER_LOCK,
    ADOPTION_LOCK,
    ADOPTED,
    COUNTERS,
    CURSORS,
}
# No number is larger, whatever a foreign file is called.
_segment = re.compile(r'00\d{18}\.jsonl').fullmatch


def segment_name(first: int) -> str:
    """Return the name of the segment that begins with this record."""
    return f'{first:020d}.jsonl'


def segments(folder: Path) -> list[int]:
    """Return the first records of the segments in a folder, in order."""
    with os.scandir(folder) as entries:
        return sorted(
            int(entry.name[:20]) for entry in entries if _is_segment(entry)
        )


def foreign_files(folder: Path) -> list[str]:
    """Return the names in the folder of a writer that nobody of us gave."""
    with os.scandir(folder) as entries:
        return sorted(
            entry.name
            for entry in entries
            if entry.name not in _OURS
            and not entry.name.endswith(UNFINISHED)
            and not _is_segment(entry)
        )


def _is_segment(entry: 'os.DirEntry[str]') -> bool:
    # To open a pipe that somebody gave such a name would wait for ever.
    return _segment(entry.name) is not None and entry.is_file(
        follow_symlinks=False
    )


def writers(directory: Path) -> Iterator[Path]:
    """Yield the folders of the writers in a spool directory."""
    with os.scandir(directory) as entries:
        for entry in entries:
            if entry.name in (CONSUMERS, SET_ASIDE):
                continue
            if entry.name.endswith((UNFINISHED, GONE)):
                continue
            # A directory of anybody else, such as lost+found, has no lock.
            if entry.is_dir(follow_symlinks=False):
                folder = directory / entry.name
                # os.path: also of one that may not be entered.
                if os.path.exists(folder / WRITER_LOCK):
                    yield folder


def looks_like_spool(directory: Path) -> bool:
    """Say whether a directory that is not empty is that of a spool."""
    with os.scandir(directory) as entries:
        for entry in entries:
            if entry.name in (CONSUMERS, SET_ASIDE, 'lost+found'):
                return True
            if entry.name.endswith((UNFINISHED, GONE)):
                return True
            # Something may be missing in the folder of a writer.
            if any(
                os.path.exists(Path(entry.path) / name)
                for name in (WRITER_LOCK, WRITER_FILE, CURSORS)
            ):
                return True
    return False


def consumer_file(consumer: str) -> str:
    """Return the name of the file of a consumer."""
    return quote(consumer, safe='')


def consumers(folder: Path) -> list[str]:
    """Return the consumers that have a file in a folder."""
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return []
    return sorted(unquote(n) for n in names if not n.endswith(UNFINISHED))


def usage(directory: Path) -> int:
    """Return how many bytes the files of a spool take together.

    :param directory: the spool directory; it may change meanwhile
    """
    size = 0
    try:
        with os.scandir(directory) as entries:
            for entry in entries:
                try:
                    if entry.is_dir(follow_symlinks=False):
                        size += usage(Path(entry.path))
                    else:
                        size += entry.stat(follow_symlinks=False).st_size
                except FileNotFoundError:
                    continue
    except (FileNotFoundError, PermissionError):
        # Gone at this moment; or of somebody else, such as lost+found.
        return 0
    return size


def file_mode(mode: int) -> int:
    """Return the mode of the files in directories of a mode."""
    return mode & 0o666


def make_directory(path: Path, mode: int) -> None:
    """Make a directory, unless it is there, whatever the umask is.

    A set-group-ID bit stays: it gives what is made there to the group that
    is meant to read it.

    :param path: where it is to be
    :param mode: its mode
    """
    path.mkdir(mode, exist_ok=True)
    present = stat.S_IMODE(path.stat().st_mode)
    wanted = mode | present & stat.S_ISGID
    # A sandbox (RestrictSUIDSGID of systemd) refuses to set that bit, even
    # where it is set already.
    if present != wanted:
        path.chmod(wanted)


def create_file(path: Path, mode: int) -> int:
    """Return a descriptor of a new file, whatever the umask is.

    :param path: where it is to be
    :param mode: its mode
    """
    file = os.open(
        path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode
    )
    os.fchmod(file, mode)
    return file


def write_file(
    path: Path, content: bytes, mode: int, sync: bool = True
) -> None:
    """Make a file appear with all of its content, or not at all.

    :param path: where it is to be
    :param content: what it is to hold
    :param mode: its mode
    :param sync: whether this holds after a power cut as well
    """
    # Of this thread alone: two drivers may set the same thing aside.
    own = f'{path.name}.{threading.get_native_id()}{UNFINISHED}'
    unfinished = path.with_name(own)
    unfinished.unlink(missing_ok=True)
    file = create_file(unfinished, mode)
    try:
        written = 0
        # A disk that is almost full takes a part, and says no error.
        while written < len(content):
            written += os.write(file, content[written:])
        if sync:
            os.fdatasync(file)
        unfinished.rename(path)
    except OSError:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        raise
    finally:
        os.close(file)


def sync_directory(path: Path) -> None:
    """Return when the names in a directory survive a power cut."""
    directory = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def prepare_directory(directory: Path, mode: int, where: str) -> None:
    """Make the spool directory ready, or say why it cannot be used.

    :param directory: the spool directory
    :param mode: its mode
    :param where: where the option stands, for messages
    :raises OptionError: somebody else could put files there, or read them
    """
    if not directory.is_absolute():
        raise OptionError(
            'spool_dir', f'{directory} has to be an absolute path', where
        )
    try:
        directory.mkdir(mode, exist_ok=True)
        _check_owner(directory, where)
        _check_parents(directory, where)
        # It may be reached by a link, which is no safer than what it is in.
        _check_parents(directory.resolve(strict=True), where)
        make_directory(directory, mode)
    except OSError as exc:
        raise OptionError(
            'spool_dir',
            f'{directory} cannot be used: {exc.strerror}; it has to be a '
            'directory of its own in a directory that exists',
            where,
        ) from exc


def _check_owner(directory: Path, where: str) -> None:
    owner, process = directory.stat().st_uid, os.geteuid()
    if owner != process:
        raise OptionError(
            'spool_dir',
            f'{directory} belongs to {user_name(owner)}, but this process '
            f'runs as {user_name(process)}, who has to own it',
            where,
        )


def _check_parents(directory: Path, where: str) -> None:
    for parent in directory.parents:
        mode = parent.stat().st_mode
        if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
            raise OptionError(
                'spool_dir',
                f'{parent} can be written by everybody and has no sticky '
                f'bit, so anybody could replace {directory}; chmod o-w or +t',
                where,
            )


def user_name(user: int) -> str:
    """Return what a user is called, or the number where it has no name."""
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f'user {user}'
