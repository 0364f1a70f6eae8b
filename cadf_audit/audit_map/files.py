# SPDX-License-Identifier: Apache-2.0

"""The path of an audit map in, its text out."""

import os

from cadf_audit.audit_map.findings import did_you_mean
from cadf_audit.exceptions import AuditMapError
from cadf_audit.exceptions import FileError

_SHIPPED = os.path.join(os.path.dirname(os.path.dirname(__file__)), 'maps')
_SUFFIX = '.yaml'
_ENDINGS = ('.yaml', '.yml', '.conf', '.ini', '.json')

# Thousands of resources need less than one MiB.
_MOST_BYTES = 16 * 1024 * 1024


def read_text(path: str, error: type[FileError] = AuditMapError) -> str:
    """Return the text of an audit map, its lines ended by ``\\n``.

    :param path: the file
    :param error: the error of the kind of file that it is
    :raises FileError: it cannot be read or is not UTF-8
    """
    try:
        with open(path, 'rb') as file:
            raw = file.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as exc:
        problem = getattr(exc, 'strerror', None) or str(exc)
        stem, ending = os.path.splitext(path)
        is_map = error is AuditMapError
        if is_map and ending in _ENDINGS and stem in shipped_maps():
            problem += f'; the map of this package is called {stem}'
        raise error(
            os.path.abspath(path), f'cannot be read: {problem}'
        ) from exc
    if len(raw) > _MOST_BYTES:
        raise error(path, f'is longer than 16 MiB; is it {error.ONE}?')
    try:
        text = raw.decode('utf-8-sig')
    except UnicodeDecodeError as exc:
        raise error(
            path,
            f'byte {raw[exc.start : exc.start + 1]!r} is not UTF-8, the only '
            f'encoding of {error.ONE}',
            raw.count(b'\n', 0, exc.start) + 1,
        ) from exc
    return text.replace('\r\n', '\n').replace('\r', '\n')


def find_map(name: str) -> str:
    """Return the path of an audit map.

    :param name: a path, or the bare name of a map that comes with this
        package, where no file of that name is here
    :raises AuditMapError: there is no such map
    """
    if os.path.dirname(name) or '.' in name or os.path.isfile(name):
        return name
    names = shipped_maps()
    if name not in names:
        raise AuditMapError(
            name,
            'there is neither a file nor a map of this name'
            f'{did_you_mean(name, names)}; the maps that come with this '
            f'package are {", ".join(names)}',
        )
    return os.path.join(_SHIPPED, f'{name}{_SUFFIX}')


def shipped_maps() -> list[str]:
    """Return the names of the maps that come with this package."""
    return sorted(
        name.removesuffix(_SUFFIX)
        for name in os.listdir(_SHIPPED)
        if name.endswith(_SUFFIX)
    )


def is_yaml(path: str, text: str) -> bool:
    """Say whether a map is YAML, and so a map of resources.

    :param path: the file, whose ending tells
    :param text: what it holds, where the ending does not
    """
    ending = os.path.splitext(path)[1].lower()
    if ending in ('.yaml', '.yml', '.json'):
        return True
    if ending in ('.conf', '.ini'):
        return False
    return looks_like_yaml(text)


def looks_like_yaml(text: str) -> bool:
    """Say whether a map begins like YAML.

    :param text: what the file holds
    """
    for line in text.split('\n'):
        line = line.strip()
        # --- and %YAML are of YAML, and tell nothing else.
        if line and line[0] not in '#;%' and line != '---':
            return line[0] != '[' and ':' in line.partition('=')[0]
    return False
