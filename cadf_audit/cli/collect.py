# SPDX-License-Identifier: Apache-2.0

"""Sources and a database in, every event of theirs in the trail out."""

import argparse
from collections.abc import Iterator
import logging
import os
from pathlib import Path
import signal
import threading
import time
from types import FrameType

from sqlalchemy.exc import SQLAlchemyError

from cadf_audit.cli.command import counted
from cadf_audit.cli.source import CommandError
from cadf_audit.cli.source import UsageError
from cadf_audit.cli.trail_command import TrailCommand
from cadf_audit.delivery.spool import layout
from cadf_audit.exceptions import PolicyError
from cadf_audit.policy.document import rules_digest
from cadf_audit.policy.inspection import open_policy
from cadf_audit.trail.collector import Collector
from cadf_audit.trail.engine import take_statistics
from cadf_audit.trail.keep_change import tell_change
from cadf_audit.trail.keeping import Keeping
from cadf_audit.trail.keeping import KeepPolicy
from cadf_audit.trail.retention import retain
from cadf_audit.trail.settings import open_source
from cadf_audit.trail.settings import TrailSettings
from cadf_audit.trail.store import Store
from cadf_audit.trail.store import Stored

LOG = logging.getLogger('cadf_audit.cli')

#: seconds between two looks for events that are old enough to go, and for
#: what the events have become like
PURGE_EVERY = 3600.0


class Collect(TrailCommand):
    """Collect events into the trail, until a signal."""

    _description = (
        'Collect events into the trail, until a signal.\n\n'
        'Each source has a thread. A batch is acknowledged after it was '
        'committed, so that a crash costs no event, and an event that is '
        'delivered twice is one row. Several collectors may share a source.'
    )

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of what stands behind the name of the command."""
        parser = super().get_parser(prog_name)
        parser.add_argument(
            '--from',
            dest='sources',
            metavar='SOURCE',
            action='append',
            help='spool:/absolute/path of a spool directory, or '
            'rabbit://user:password@host:5672/vhost?topic=notifications; can '
            'be repeated, and wins over [audit_trail] sources',
        )
        parser.add_argument(
            '--once',
            action='store_true',
            help='end when nothing has come for a second',
        )
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> int:
        """Collect; return the exit status."""
        settings = self.settings()
        names = parsed_args.sources or settings.sources
        where = '--from' if parsed_args.sources else settings.where
        if not names:
            raise UsageError(
                'name what to collect from with --from SOURCE, or a file '
                'that has [audit_trail] sources with --config-file FILE'
            )
        for name in names:
            _check_owner(name)
        # Before: a file that is wrong is no matter of the database.
        policy = _keep_policy(settings)
        store = self.store(parsed_args)
        keeping = _keeping(store, policy)
        collectors = [
            Collector(open_source(name, where), store, keeping)
            for name in names
        ]
        threads = [
            threading.Thread(
                target=collector.run,
                args=(parsed_args.once,),
                name=collector.source.name,
            )
            for collector in collectors
        ]

        def stop(number: int, frame: FrameType | None) -> None:
            for collector in collectors:
                collector.stop()

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, stop)
        for thread in threads:
            thread.start()
        purge_at = time.monotonic()
        while any(thread.is_alive() for thread in threads):
            for thread in threads:
                thread.join(0.5)
            if not parsed_args.once and time.monotonic() >= purge_at:
                purge_at = time.monotonic() + PURGE_EVERY
                _tend(store, settings.retention_days)
        for each in collectors:
            # Nothing at all may be the sign of a wrong name.
            LOG.info(
                '%s: %s',
                each.source.name,
                ', '.join(_told(each.stored, policy is not None)),
            )
        failed = [each.source.name for each in collectors if each.failed]
        if failed:
            raise CommandError(f'not collected: {", ".join(failed)}')
        return 0


def _keep_policy(settings: TrailSettings) -> KeepPolicy | None:
    """Return what the operator wrote about what is kept, if anything.

    :raises PolicyError: it is wrong, or says nothing
    """
    path = settings.audit_policy_file
    if not path:
        return None
    document = open_policy(path)
    if not document.keep:
        raise PolicyError(
            document.path,
            'has no rules under the key keep, and a collector has no use for '
            'others; [audit_trail] audit_policy_file names it',
        )
    return KeepPolicy(
        document.path, document.keep, rules_digest(document.keep)
    )


def _keeping(store: Store, policy: KeepPolicy | None) -> Keeping | None:
    """Return what decides about events, after a change of it was told."""
    if tell_change(store, policy):
        LOG.info(
            'the rules that say what is kept are others than at the last '
            'start; an event tells of it'
        )
    return Keeping(policy) if policy else None


def _told(stored: Stored, leaves_out: bool) -> Iterator[str]:
    yield counted(stored.events, 'event')
    yield counted(stored.pending, 'pending event')
    yield counted(stored.duplicates, 'duplicate')
    yield counted(stored.dead_letters, 'dead letter')
    if leaves_out:
        yield f'{stored.left_out} left out'


def _check_owner(name: str) -> None:
    """Refuse to leave files in a spool that its service cannot change.

    :param name: what the operator calls the source
    :raises CommandError: it is the spool of another user
    """
    kind, _, directory = name.partition(':')
    if kind != 'spool' or not os.path.isdir(directory):
        return
    owner, process = Path(directory).stat().st_uid, os.geteuid()
    if owner != process:
        user = layout.user_name(owner)
        raise CommandError(
            f'{directory} belongs to {user}, but this process runs as '
            f'{layout.user_name(process)}; run it as {user}, for example '
            f'with: sudo -u {user} cadf-audit ...'
        )


def _tend(store: Store, days: int) -> None:
    """Do what has to be done every hour."""
    try:
        purged = retain(store, days)
        take_statistics(store.engine)
    except SQLAlchemyError as exc:
        # The collectors say what it is, and wait for it.
        LOG.error('cannot purge yet: %s', type(exc).__name__)
        return
    if purged:
        LOG.info(
            'purged %s, %s and %s older than %s',
            counted(purged.events, 'event'),
            counted(purged.pending, 'pending event'),
            counted(purged.dead_letters, 'dead letter'),
            counted(days, 'day'),
        )
