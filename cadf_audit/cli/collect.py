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
from cadf_audit.trail.purge import forget_left_out
from cadf_audit.trail.retention import retain
from cadf_audit.trail.settings import open_source
from cadf_audit.trail.settings import TrailSettings
from cadf_audit.trail.store import Store
from cadf_audit.trail.store import Stored

LOG = logging.getLogger('cadf_audit.cli')

#: seconds between two looks for events that are old enough to go, and for
#: what the events have become like
PURGE_EVERY = 3600.0

#: seconds until it is tried again to record which rules there are
TELL_AGAIN = 60.0


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
        keeping = Keeping(policy) if policy else None
        days = None if parsed_args.once else settings.retention_days
        upkeep = _Upkeep(store, policy, days)
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
        while any(thread.is_alive() for thread in threads):
            for thread in threads:
                thread.join(0.5)
            upkeep.tend()
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
        if parsed_args.once:
            # Where it runs from time to time, nothing else does.
            forget_left_out(store)
        return 0


class _Upkeep:
    """What is to be done beside collecting.

    :param store: the store
    :param policy: which rules say what is kept, if there are any
    :param days: how long events are kept; None where nobody asks for it
    """

    def __init__(
        self, store: Store, policy: KeepPolicy | None, days: int | None
    ) -> None:
        self._store = store
        self._policy = policy
        self._days = days
        self._told = _tell(store, policy)
        self._at = time.monotonic()

    def tend(self) -> None:
        """Do it, if it is time for it."""
        if time.monotonic() < self._at:
            return
        self._told = self._told or _tell(self._store, self._policy)
        if self._days is not None:
            _purge(self._store, self._days)
        pause = PURGE_EVERY if self._told else TELL_AGAIN
        self._at = time.monotonic() + pause


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


def _tell(store: Store, policy: KeepPolicy | None) -> bool:
    """Have an event tell of other rules; say whether all is told."""
    try:
        is_other = tell_change(store, policy)
    except SQLAlchemyError as exc:
        # The collectors wait for the database, and so does this.
        LOG.error(
            'cannot record yet which rules say what is kept: %s',
            type(exc).__name__,
        )
        return False
    if is_other:
        LOG.info(
            'the rules that say what is kept are others than at the last '
            'start; an event tells of it'
        )
    return True


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


def _purge(store: Store, days: int) -> None:
    """Delete what is old, and look what the events have become like."""
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
