# SPDX-License-Identifier: Apache-2.0

"""A spool directory in, its records handed to the drivers by this process."""

import argparse
import logging
import os
from pathlib import Path
import signal
import time

from cadf_audit.cli.command import SpoolCommand
from cadf_audit.cli.metrics import ADDRESS
from cadf_audit.cli.metrics import Metrics
from cadf_audit.cli.once import Once
from cadf_audit.cli.source import CommandError
from cadf_audit.cli.source import spool_of
from cadf_audit.delivery.drivers import build_drivers
from cadf_audit.delivery.drivers import check_names
from cadf_audit.delivery.drivers import known_drivers
from cadf_audit.delivery.drivers import refuse_unconfirmed
from cadf_audit.delivery.forwarder import Forwarder
from cadf_audit.delivery.spool import layout
from cadf_audit.middleware.factory import driver_builders
from cadf_audit.middleware.factory import route_of
from cadf_audit.middleware.settings import Settings

LOG = logging.getLogger('cadf_audit.cli')

_STOP = frozenset({signal.SIGTERM, signal.SIGINT})

#: seconds between two writings of the textfile
WRITE_EVERY = 10.0


class Forward(SpoolCommand):
    """Forward the records of the spool to the drivers."""

    _description = (
        'Forward the records of the spool to the drivers of the service.\n\n'
        'Those of all writers, oldest first, until SIGTERM or Ctrl-C. A '
        'record is let go of when every driver has accepted it; as long as a '
        'driver does not, it waits in the spool. The command runs as the user '
        'of the service, who owns the directory.'
    )

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of what stands behind the name of the command."""
        parser = super().get_parser(prog_name)
        parser.add_argument(
            '--once',
            action='store_true',
            help='forward what is there now, and end; exit status 1 if a '
            'driver did not take it',
        )
        parser.add_argument(
            '--metrics-port',
            metavar='PORT',
            type=_port,
            help=f'serve metrics for Prometheus on this port of {ADDRESS}',
        )
        parser.add_argument(
            '--metrics-textfile',
            metavar='PATH',
            type=Path,
            help='write them to this file every 10 seconds, for the textfile '
            'collector of the node exporter, which reads *.prom',
        )
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> int:
        """Forward until the end; return the exit status."""
        settings = self.source().settings()
        directory = spool_of(settings)
        _check_owner(directory)
        _check_drivers(settings)
        # Before there is a thread: none of them is to have the signals.
        signal.pthread_sigmask(signal.SIG_BLOCK, _STOP)
        forwarder = Forwarder(directory, driver_builders(settings))
        run = _Run(forwarder, parsed_args)
        return run.until_the_end()


class _Run:
    """One run of the forwarder.

    :param forwarder: the forwarder
    :param arguments: the arguments of the command
    """

    def __init__(
        self, forwarder: Forwarder, arguments: argparse.Namespace
    ) -> None:
        self._forwarder = forwarder
        self._textfile: Path | None = arguments.metrics_textfile
        self._metrics: Metrics | None = None
        if arguments.metrics_port or self._textfile:
            self._metrics = Metrics(forwarder)
        if self._metrics and arguments.metrics_port:
            self._metrics.serve(arguments.metrics_port)
        # What cannot work fails at start.
        self._write_textfile()
        self._once = Once(forwarder) if arguments.once else None

    def until_the_end(self) -> int:
        """Forward; return the exit status."""
        drivers = ', '.join(lane.name for lane in self._forwarder.lanes)
        LOG.info(
            'forwarding %s to %s, as process %s',
            self._forwarder.directory,
            drivers,
            os.getpid(),
        )
        self._forwarder.start()
        problem = ''
        try:
            problem = self._watch()
        finally:
            self._forwarder.stop()
            self._write()
        if problem:
            LOG.error('%s', problem)
            return 1
        if self._once is not None:
            LOG.info(
                'forwarded %s records; nothing of what was there is left',
                sum(each.numbers.forwarded for each in self._forwarder.lanes),
            )
        return 0

    def _watch(self) -> str:
        """Return when the end has come, with what went wrong, if anything."""
        write_at = time.monotonic() + WRITE_EVERY
        while True:
            pause = 1.0 if self._once is None else 0.25
            if signal.sigtimedwait(_STOP, pause):
                LOG.info('stopping; what is left waits in the spool')
                return ''
            if not self._forwarder.directory.exists():
                return f'there is no {self._forwarder.directory} any more'
            if time.monotonic() >= write_at:
                self._write()
                write_at = time.monotonic() + WRITE_EVERY
            if self._once is not None:
                verdict = self._once.verdict()
                if verdict is not None:
                    return verdict

    def _write(self) -> None:
        try:
            self._write_textfile()
        except CommandError as exc:
            # It may be for want of room; events are more important.
            LOG.warning('%s', exc)

    def _write_textfile(self) -> None:
        if self._metrics and self._textfile:
            self._metrics.write(self._textfile)


def _check_owner(directory: Path) -> None:
    owner, process = directory.stat().st_uid, os.geteuid()
    if owner != process:
        name = layout.user_name(owner)
        raise CommandError(
            f'{directory} belongs to {name}, but this process runs as '
            f'{layout.user_name(process)}; run it as {name}, for example '
            f'with: sudo -u {name} cadf-audit ...'
        )


def _check_drivers(settings: Settings) -> None:
    """Refuse what cannot work.

    :raises AuditError: there is no driver, or one that does not work
    """
    drivers = settings.drivers
    if not drivers.value:
        raise CommandError(
            'no notification driver is configured, so there is nowhere to '
            'forward to: set driver in [audit_middleware_notifications]; '
            f'allowed are {", ".join(known_drivers())} (read: '
            f'{settings.host.files})'
        )
    check_names(drivers.value, drivers.where)
    # A route each: both register options on its ConfigOpts.
    refuse_unconfirmed(route_of(settings))
    build_drivers(route_of(settings))
    if settings.forwarder == 'thread':
        LOG.info(
            'forwarder = thread: the processes of the service forward as '
            'well; with forwarder = external they leave it to this one'
        )


def _port(text: str) -> int:
    port = int(text) if text.isdecimal() else 0
    if not 0 < port < 65536:
        raise argparse.ArgumentTypeError(
            f'{text!r} is no port; allowed are 1 to 65535'
        )
    return port
