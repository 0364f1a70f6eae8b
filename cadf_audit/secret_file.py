# SPDX-License-Identifier: Apache-2.0

"""The path of a file of secrets in, what it holds out, if it is safe there.

Whoever else could read it would know the secrets, and who could write it
would choose them.
"""

import os
import stat


def read_secret(path: str, most: int) -> bytes:
    """Return what is in a file that is its owner's alone.

    :param path: the file
    :param most: how many bytes of it are read
    :raises OSError: it cannot be read
    :raises ValueError: it is no plain file, belongs to somebody else, or
        others may use it; the text says what to do
    """
    # Without a writer a FIFO would be waited for.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        with open(descriptor, 'rb', closefd=False) as file:
            # Of what was opened, and not of what is there a moment later.
            _check(os.fstat(descriptor), path)
            return file.read(most)
    finally:
        os.close(descriptor)


def _check(status: os.stat_result, path: str) -> None:
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
            f'its mode is {mode:04o}; allowed is 0600, so that nobody else '
            f'reads it: chmod 600 {path}'
        )
