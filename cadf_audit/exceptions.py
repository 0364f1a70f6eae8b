# SPDX-License-Identifier: Apache-2.0

"""Every error that this package raises, all of them at start.

::

    AuditError
    └── ConfigurationError     something that the operator wrote is wrong
        ├── AuditMapError      in the audit map: file, line, key
        ├── CategoriesError    in the table of categories: file, line, key
        └── OptionError        in an option: where it stands, its name
"""


class AuditError(Exception):
    """The root: catch this to catch everything of ours."""


class ConfigurationError(AuditError):
    """The filter cannot start with what it was told."""


class AuditMapError(ConfigurationError):
    """The audit map cannot be used.

    :param path: the file as named in ``audit_map_file``
    :param problem: what is wrong, and what is allowed
    :param line: the line it stands in, counted from 1
    :param key: the section and key it concerns
    """

    def __init__(
        self,
        path: str,
        problem: str,
        line: int | None = None,
        key: str | None = None,
    ) -> None:
        where = f'audit map {path}'
        if line is not None:
            where += f', line {line}'
        if key is not None:
            where += f', {key}'
        super().__init__(f'{where}: {problem}')
        self.path = path
        self.problem = problem
        self.line = line
        self.key = key


class CategoriesError(ConfigurationError):
    """The table of categories cannot be used.

    :param path: the file as named in ``categories_file``
    :param problem: what is wrong, and what is allowed
    :param line: the line it stands in, counted from 1
    :param key: the key it concerns
    """

    def __init__(
        self,
        path: str,
        problem: str,
        line: int | None = None,
        key: str | None = None,
    ) -> None:
        where = f'categories {path}'
        if line is not None:
            where += f', line {line}'
        if key is not None:
            where += f', {key}'
        super().__init__(f'{where}: {problem}')
        self.path = path
        self.problem = problem
        self.line = line
        self.key = key


class OptionError(ConfigurationError):
    """An option is unknown or has a value that it cannot have.

    :param option: its name
    :param problem: what is wrong, and what is allowed
    :param where: where the value stands: filter section, file, keyword
    """

    def __init__(self, option: str, problem: str, where: str) -> None:
        super().__init__(f'{where}: option {option}: {problem}')
        self.option = option
        self.problem = problem
        self.where = where
