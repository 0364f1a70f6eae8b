# SPDX-License-Identifier: Apache-2.0

"""An INI file in, its sections with the line of each key out.

The grammar is that of :mod:`configparser`, without what surprises in an
audit map: ``%`` is an ordinary character, keys keep their case, [DEFAULT] is
a section like any other, a byte order mark is passed over, and a value stands
on one line.
"""

from collections.abc import Iterator
import configparser
import dataclasses
import io

from cadf_audit.audit_map.files import looks_like_yaml
from cadf_audit.exceptions import AuditMapError


@dataclasses.dataclass(frozen=True)
class Entry:
    """One ``key = value`` of a section, and the line it stands in."""

    key: str
    value: str
    line: int


@dataclasses.dataclass(frozen=True)
class Section:
    """The keys of a section in their order, and the line of its header."""

    line: int
    entries: tuple[Entry, ...]


Sections = dict[str, Section]


class _Parser(configparser.RawConfigParser):
    """A parser that remembers in which line each section and key stands."""

    def __init__(self) -> None:
        # No header can be empty, so no section is the magic default one.
        super().__init__(default_section='', strict=True)
        self.line = 0
        self.header = ''
        self.header_lines: dict[str, int] = {}
        self.key_lines: dict[tuple[str, str], int] = {}

    def numbered(self, text: str) -> Iterator[str]:
        """Hand over line by line, noting the place."""
        for self.line, line in enumerate(io.StringIO(text), start=1):
            header = self.SECTCRE.match(line.strip())
            if header:
                self.header = header['header']
                self.header_lines[self.header] = self.line
            yield line

    def optionxform(self, optionstr: str) -> str:
        """Keep a key as it is written."""
        self.key_lines.setdefault((self.header, optionstr), self.line)
        return optionstr


def read_ini(path: str, text: str) -> Sections:
    """Return the sections of a file in the order they stand in it.

    :param path: the file, for messages
    :param text: what it holds
    :raises AuditMapError: it cannot be read, is not UTF-8, is no INI file, or
        has a section or a key twice
    """
    parser = _Parser()
    try:
        parser.read_file(parser.numbered(text), source=path)
    except configparser.DuplicateSectionError as exc:
        raise AuditMapError(
            path,
            'the section stands there twice; put its keys together',
            exc.lineno,
            f'[{exc.section}]',
        ) from exc
    except configparser.DuplicateOptionError as exc:
        raise AuditMapError(
            path,
            'the key stands there twice; keep one',
            exc.lineno,
            f'[{exc.section}] {exc.option}',
        ) from exc
    except configparser.MissingSectionHeaderError as exc:
        problem = f'{exc.line.strip()!r} stands before the first [section]'
        if looks_like_yaml(text):
            problem += '; this looks like a resource map: call it .yaml'
        raise AuditMapError(path, problem, exc.lineno) from exc
    except configparser.ParsingError as exc:
        line = exc.errors[0][0]
        source = text.split('\n')[line - 1].strip()
        raise AuditMapError(
            path, f'{source!r} is not of the form key = value', line
        ) from exc
    return {
        name: Section(
            parser.header_lines[name],
            tuple(
                _entry(path, name, key, value, parser.key_lines[name, key])
                for key, value in parser.items(name, raw=True)
            ),
        )
        for name in parser.sections()
    }


def _entry(path: str, section: str, key: str, value: str, line: int) -> Entry:
    if '\n' in value:
        raise AuditMapError(
            path,
            'the value goes on in the next line, which is indented; begin '
            'each key at the start of a line',
            line,
            f'[{section}] {key}',
        )
    return Entry(key, value, line)
