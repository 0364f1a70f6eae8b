# SPDX-License-Identifier: Apache-2.0

"""What no consumer can read in, a file of its own for it out.

The files in ``set-aside`` are for people: nothing reads them again, and
nothing deletes them. They count for the size of the spool.
"""

import logging
from pathlib import Path

from cadf_audit.delivery.spool import layout
from cadf_audit.delivery.spool.process import read_writer

LOG = logging.getLogger(__name__)

#: the service of a writer whose file is damaged
UNKNOWN = 'unknown'


def service_of(folder: Path) -> str:
    """Return the service that a writer belongs to.

    :param folder: the folder of the writer
    """
    return str(read_writer(folder).get('service') or UNKNOWN)


def set_aside(folder: Path, name: str, content: bytes) -> None:
    """Keep bytes that cannot be delivered, unless they are kept already.

    :param folder: the folder of the writer that they come from
    :param name: what tells them from others of this writer
    :param content: the bytes
    """
    mode = folder.stat().st_mode & 0o777
    path = _directory(folder, mode) / f'{folder.name}.{name}'
    if path.exists():
        return
    try:
        layout.write_file(path, content, layout.file_mode(mode))
    except OSError as exc:
        LOG.error(
            'a piece of %s bytes of the audit spool is damaged, and cannot '
            'be set aside (%s)',
            len(content),
            exc.strerror,
        )
        return
    LOG.error(
        'a piece of %s bytes of the audit spool could not be used: %s',
        len(content),
        path,
    )


def set_aside_files(folder: Path) -> int:
    """Move the files away that do not belong into the folder of a writer.

    :param folder: the folder
    :returns: how many there were
    """
    names = layout.foreign_files(folder)
    for name in names:
        mode = folder.stat().st_mode & 0o777
        path = _directory(folder, mode) / f'{folder.name}.{name}'
        (folder / name).rename(path)
        LOG.error('a file does not belong into the audit spool: %s', path)
    return len(names)


def _directory(folder: Path, mode: int) -> Path:
    directory = folder.parent / layout.SET_ASIDE
    if not directory.exists():
        layout.make_directory(directory, mode)
    return directory
