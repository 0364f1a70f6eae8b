# SPDX-License-Identifier: Apache-2.0

"""The path of a key file in, the key out, or what is wrong with the file."""

from cadf_audit.exceptions import OptionError
from cadf_audit.secret_file import read_secret

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
    key = read_secret(path, _MOST + 1).strip()
    if not LEAST <= len(key) <= _MOST:
        raise ValueError(
            f'holds a key of {len(key)} bytes; allowed are {LEAST} to '
            f'{_MOST}; {_MAKE} {path})'
        )
    return key
