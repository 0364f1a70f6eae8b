# SPDX-License-Identifier: Apache-2.0

"""The path of a key file in, the key out, or what is wrong with the file."""

import os
import stat

from cadf_audit.exceptions import OptionError

OPTION = 'redact_key_file'

#: how many bytes a key has at least
LEAST = 32
# More than any key; a wrong path may lead to a large file.
_MOST = 64 * 1024

_MAKE = 'make one with: (umask 077; openssl rand -hex 32 >'


def load_key(path: str, where: str) -> bytes:
    """Return the key that a file holds; blanks around it do not count.

    :param path: the file
    :param where: where its path stands, for messages
    :raises OptionError: it cannot be read, belongs to somebody else, others
        can read it, or it holds no key
    """
    try:
        return _read(path)
    except OSError as exc:
        raise OptionError(
            OPTION,
            f'{path}: {exc.strerror}; {_MAKE} {path})',
            where,
        ) from exc
    except ValueError as exc:
        raise OptionError(OPTION, f'{path}: {exc}', where) from exc


def _read(path: str) -> bytes:
    # Without a writer a FIFO would be waited for.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, 'rb') as file:
        # Of what was opened, and not of what is there a moment later.
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise ValueError('is no file')
        if status.st_uid != os.geteuid():
            raise ValueError(
                f'belongs to the user {status.st_uid}, but this process is '
                f'{os.geteuid()}; it has to belong to that one: chown '
                f'{os.geteuid()} {path}'
            )
        mode = stat.S_IMODE(status.st_mode)
        if mode & ~0o600:
            raise ValueError(
                f'its mode is {mode:04o}; allowed is 0600, so that nobody '
                f'else reads it: chmod 600 {path}'
            )
        key = file.read(_MOST + 1).strip()
    if not LEAST <= len(key) <= _MOST:
        raise ValueError(
            f'holds a key of {len(key)} bytes; allowed are {LEAST} to '
            f'{_MOST}; {_MAKE} {path})'
        )
    return key
