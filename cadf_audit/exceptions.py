# SPDX-License-Identifier: Apache-2.0

"""Every error that this package raises, all of them at start.

::

    AuditError
    └── ConfigurationError     something that the operator wrote is wrong
        ├── FileError          in a file of ours: file, line, key
        │   ├── AuditMapError      the audit map
        │   ├── CasesError         the cases that a policy is tried with
        │   ├── CategoriesError    the table of categories
        │   └── PolicyError        the policy
        └── OptionError        in an option: where it stands, its name
"""


class AuditError(Exception):
    """The root: catch this to catch everything of ours."""


class ConfigurationError(AuditError):
    """The filter cannot start with what it was told."""


class FileError(ConfigurationError):
    """A file that the operator wrote cannot be used.

    :param path: the file as the option names it
    :param problem: what is wrong, and what is allowed
    :param line: the line it stands in, counted from 1
    :param key: the section and key it concerns
    """

    #: what the file is called in messages, and what one of them is
    KIND = 'file'
    ONE = 'a file'

    def __init__(
        self,
        path: str,
        problem: str,
        line: int | None = None,
        key: str | None = None,
    ) -> None:
        where = f'{self.KIND} {path}'
        if line is not None:
            where += f', line {line}'
        if key is not None:
            where += f', {key}'
        super().__init__(f'{where}: {problem}')
        self.path = path
        self.problem = problem
        self.line = line
        self.key = key


class AuditMapError(FileError):
    """The audit map cannot be used (``audit_map_file``)."""

    KIND = 'audit map'
    ONE = 'an audit map'


class CasesError(FileError):
    """The cases that a policy is tried with cannot be used."""

    KIND = 'cases'
    ONE = 'a list of cases'


class CategoriesError(FileError):
    """The table of categories cannot be used (``categories_file``)."""

    KIND = 'categories'
    ONE = 'a table of categories'


class PolicyError(FileError):
    """The policy cannot be used (``audit_policy_file``)."""

    KIND = 'policy'
    ONE = 'a policy'


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
