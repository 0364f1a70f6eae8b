# SPDX-License-Identifier: Apache-2.0

"""Arguments in, the spool directory and the settings of its filter out."""

import argparse
from collections.abc import Iterator
import contextlib
import logging
import os
from pathlib import Path
from typing import Any

from oslo_config import cfg

from cadf_audit.cli.paste import read_section
from cadf_audit.cli.paste import Section
from cadf_audit.delivery.spool.layout import looks_like_spool
from cadf_audit.exceptions import AuditError
from cadf_audit.middleware import consistency
from cadf_audit.middleware import options
from cadf_audit.middleware.settings import load_settings
from cadf_audit.middleware.settings import Settings

_NOWHERE = (
    'name the spool with --spool-dir DIR, or the configuration of the '
    'service with --config-file FILE or --paste-file FILE'
)


class CommandError(AuditError):
    """What was asked for cannot be done."""


class UsageError(AuditError):
    """What was typed makes no sense."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Let a parser know how to name a spool.

    :param parser: the parser
    """
    group = parser.add_argument_group(
        'where the spool is',
        'The configuration is read as the audit filter reads it. These may '
        'stand behind the name of the command as well as before it.',
    )
    group.add_argument(
        '--spool-dir',
        metavar='DIR',
        help='the spool directory itself; wins over what files say',
    )
    group.add_argument(
        '--config-file',
        metavar='FILE',
        action='append',
        help='a configuration file of the service, with [audit] spool_dir; '
        'can be repeated, later ones win',
    )
    group.add_argument(
        '--paste-file',
        metavar='FILE',
        help='its paste file, whose filter section wins over the '
        'configuration files',
    )
    group.add_argument(
        '--filter-section',
        metavar='NAME',
        help='the filter of the paste file that audits (default: audit)',
    )


class Source:
    """Where the operator says that the spool is.

    :param options: the arguments
    :raises UsageError: they contradict each other
    """

    def __init__(self, options: argparse.Namespace) -> None:
        self._spool_dir: str | None = options.spool_dir
        self._config_files: list[str] = options.config_file or []
        self._paste_file: str | None = options.paste_file
        self._section: str | None = options.filter_section
        if self._section and not self._paste_file:
            raise UsageError('--filter-section needs --paste-file FILE')

    def directory(self) -> Path:
        """Return the spool directory, which can be read.

        :raises UsageError: nobody says where it is
        :raises AuditError: there is none
        """
        if self._spool_dir:
            return readable(Path(self._spool_dir), '--spool-dir')
        return spool_of(self.settings())

    def settings(self) -> Settings:
        """Return the settings of the filter.

        :raises UsageError: nobody says where they are
        :raises AuditError: they are wrong
        """
        if not self._config_files and not self._paste_file:
            raise UsageError(
                _NOWHERE
                if not self._spool_dir
                else 'where the events go is said by the configuration of '
                'the service: name it with --config-file FILE or '
                '--paste-file FILE'
            )
        section = Section({}, {}, 'cadf-audit')
        if self._paste_file:
            section = read_section(
                Path(self._paste_file), self._section or 'audit'
            )
        # Whether requests are audited now has nothing to do with what waits.
        local: dict[str, Any] = {**section.local, 'enabled': True}
        if self._spool_dir:
            local['spool_dir'] = os.path.abspath(self._spool_dir)
        if self._config_files:
            local['oslo_config_config'] = self._host_config()
        # What it warns of is said to the service, or said here as an error.
        with _silent(consistency.__name__, options.__name__):
            settings = load_settings(local, section.inherited, section.where)
        if settings is None:
            raise AssertionError('a filter that is enabled has settings')
        return settings

    def _host_config(self) -> cfg.ConfigOpts:
        conf = cfg.ConfigOpts()
        try:
            conf(
                [],
                default_config_files=self._config_files,
                default_config_dirs=[],
            )
        except cfg.ConfigFilesNotFoundError as exc:
            files = ', '.join(exc.config_files)
            raise CommandError(f'--config-file {files}: no such file') from exc
        except (cfg.Error, OSError, UnicodeDecodeError) as exc:
            files = ' '.join(self._config_files)
            text = ' '.join(str(exc).split())
            raise CommandError(f'--config-file {files}: {text}') from exc
        return conf


@contextlib.contextmanager
def _silent(*names: str) -> Iterator[None]:
    """Let loggers say nothing but errors for a while."""
    loggers = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def spool_of(settings: Settings) -> Path:
    """Return the spool directory that a filter has, which can be read.

    :param settings: the settings of the filter
    :raises CommandError: there is none
    """
    given = settings.spool_dir
    if not given.value:
        raise CommandError(
            f'{given.where}: option spool_dir is not set, so events of this '
            'service go through no spool; if it loads other files, name them '
            'with --config-file'
        )
    return readable(Path(given.value), given.where)


def readable(directory: Path, where: str) -> Path:
    """Return a directory, if it is one.

    :param directory: its path
    :param where: where it was named, for messages
    :raises CommandError: it is none, or is not to be read
    """
    try:
        names = os.listdir(directory)
        if names and not looks_like_spool(directory):
            raise CommandError(
                f'{directory} does not look like a spool ({where}): it holds '
                f'{len(names)} other files or directories, and no writer'
            )
    except FileNotFoundError as exc:
        raise CommandError(
            f'there is no spool directory {directory} ({where}); the service '
            'makes it when it starts with delivery = spool'
        ) from exc
    except OSError as exc:
        raise CommandError(
            f'the spool directory {directory} cannot be read ({where}): '
            f'{exc.strerror}'
        ) from exc
    return directory
