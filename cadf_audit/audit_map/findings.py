# SPDX-License-Identifier: Apache-2.0

"""What is wrong with a file of ours: one sentence for each, and its place."""

from collections.abc import Iterable
import dataclasses
import difflib

from cadf_audit.exceptions import AuditMapError
from cadf_audit.exceptions import FileError


@dataclasses.dataclass(frozen=True)
class Finding:
    """Something in a file that is not as it should be.

    :param line: the line it stands in, counted from 1
    :param key: the keys that lead to it
    :param problem: what is wrong, and what is allowed
    """

    line: int | None
    key: str
    problem: str

    def __str__(self) -> str:
        line = f'line {self.line}, ' if self.line is not None else ''
        return f'{line}{self.key}: {self.problem}'


class Findings(list[Finding]):
    """What was found in one file, in the order in which it was looked at."""

    #: how many values of the file were looked at
    values = 0
    #: whether they stop the start, as with version 2
    strict = False

    #: the error that the file cannot be used
    error: type[FileError] = AuditMapError

    def add(self, line: int | None, key: str, problem: str) -> None:
        """Note a finding.

        :param line: the line it stands in
        :param key: the keys that lead to it
        :param problem: what is wrong, and what is allowed
        """
        self.append(Finding(line, key, problem))


def did_you_mean(word: str, allowed: Iterable[str]) -> str:
    """Return a hint at the nearest of the words that are allowed.

    :param word: what was written
    :param allowed: what may stand there
    :returns: an empty text where none is near
    """
    words = list(allowed)
    near = [each for each in words if each.lower() == word.lower()]
    near = near or difflib.get_close_matches(word, words, 1)
    return f' (did you mean {near[0]}?)' if near else ''


def or_allowed(word: str, allowed: Iterable[str]) -> str:
    """Return a hint at the nearest word, or at all where none is near.

    :param word: what was written
    :param allowed: what may stand there
    """
    words = list(allowed)
    return did_you_mean(word, words) or f'; allowed are {", ".join(words)}'
