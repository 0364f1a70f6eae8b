# SPDX-License-Identifier: Apache-2.0

"""A paste file and the name of a filter in, the options of its section out.

As paste.deploy hands them to the filter, but without loading anything that
the file names.
"""

import configparser
from pathlib import Path
from typing import NamedTuple

from cadf_audit.exceptions import ConfigurationError

# What tells paste.deploy which filter it is, and is no option of it.
_LOADING = frozenset({'use', 'paste.filter_factory', 'require', 'filter-with'})


class Section(NamedTuple):
    """What paste.deploy would hand to a filter factory.

    :param local: the options of the section itself
    :param inherited: what it inherits from [DEFAULT]
    :param where: where the section stands, for messages
    """

    local: dict[str, str]
    inherited: dict[str, str]
    where: str


class PasteFileError(ConfigurationError):
    """A paste file cannot be used."""


def read_section(file: Path, name: str) -> Section:
    """Return the options of the section ``[filter:NAME]``.

    :param file: the paste file
    :param name: the name of the filter
    :raises PasteFileError: there is no such section, or it cannot be read
    """
    path = file.absolute()
    parser = configparser.ConfigParser(
        {'here': str(path.parent), '__file__': str(path)}
    )
    # Names keep their case.
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        with path.open(encoding='utf-8') as lines:
            parser.read_file(lines)
        section = _find(parser, name, path)
        return _options(parser, section, path)
    except OSError as exc:
        raise PasteFileError(f'paste file {path}: {exc.strerror}') from exc
    except (configparser.Error, UnicodeDecodeError) as exc:
        text = ' '.join(str(exc).split())
        raise PasteFileError(f'paste file {path}: {text}') from exc


def _find(parser: configparser.ConfigParser, name: str, path: Path) -> str:
    name = name.removeprefix('filter:')
    filters = {
        section.removeprefix('filter:').strip(): section
        for section in parser.sections()
        if section.startswith('filter:')
    }
    if name not in filters:
        raise PasteFileError(
            f'paste file {path}: there is no section [filter:{name}]; its '
            f'filters are {", ".join(sorted(filters)) or "none"}: name the '
            'one that audits with --filter-section'
        )
    return filters[name]


def _options(
    parser: configparser.ConfigParser, section: str, path: Path
) -> Section:
    defaults = parser['DEFAULT']
    inherited = {key: defaults[key] for key in defaults}
    local: dict[str, str] = {}
    copied: dict[str, str] = {}
    for key in parser.options(section):
        kind, _blank, name = key.partition(' ')
        if kind == 'set' and name:
            inherited[name.strip()] = parser.get(section, key)
        elif kind == 'get' and name:
            copied[name.strip()] = parser.get(section, key)
        elif key not in defaults:
            # What [DEFAULT] holds is not overridden without "set".
            local[key] = parser.get(section, key)
    use = local.get('use', '')
    if use and not use.startswith(('egg:', 'call:')):
        raise PasteFileError(
            f'paste file {path}, [{section}]: it takes its options from '
            f'{use!r}; name that filter with --filter-section, and its file '
            'with --paste-file'
        )
    for key, name in copied.items():
        if name not in inherited:
            raise PasteFileError(
                f'paste file {path}, [{section}]: there is no {name!r} in '
                f'[DEFAULT] for "get {key}"'
            )
        local[key] = inherited[name]
    for key in _LOADING:
        local.pop(key, None)
    return Section(local, inherited, f'{path}, [{section}]')
