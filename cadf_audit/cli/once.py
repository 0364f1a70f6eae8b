# SPDX-License-Identifier: Apache-2.0

"""A forwarder that has just begun in, when it has done enough out."""

from pathlib import Path
import time

from cadf_audit.cli.command import counted
from cadf_audit.delivery.forwarder import Forwarder
from cadf_audit.delivery.lane import Lane
from cadf_audit.delivery.spool import layout
from cadf_audit.delivery.spool.survey import ALIVE
from cadf_audit.delivery.spool.survey import ENDED
from cadf_audit.delivery.spool.survey import survey
from cadf_audit.delivery.spool.survey import survey_writer
from cadf_audit.delivery.spool.survey import WriterSurvey

#: failures of a driver without a success between them; then it is given up
MOST_FAILURES = 3

#: seconds in which at least one record has to go
PATIENCE = 60.0


class Once:
    """What was in a spool at the start, and what has become of it.

    :param forwarder: the forwarder, which has not begun yet
    """

    def __init__(self, forwarder: Forwarder) -> None:
        self._forwarder = forwarder
        # A living writer goes on, so only what it has recorded up to now
        # counts; of all others, all does.
        self._targets: dict[Path, int | None] = {
            forwarder.directory / writer.id: (
                writer.last if writer.state == ALIVE else None
            )
            for writer in survey(forwarder.directory)
        }
        self._passed = 0
        self._moved_at = time.monotonic()
        self._took = {lane.name: (0, 0) for lane in forwarder.lanes}

    def verdict(self) -> str | None:
        """Return why this has to end; empty if all has gone, None if not."""
        if self._gone():
            return '; '.join(
                f'the driver {lane.name} refused '
                f'{counted(lane.numbers.refused, "record")}, now in '
                f'{self._forwarder.directory / layout.SET_ASIDE}'
                for lane in self._forwarder.lanes
                if lane.numbers.refused
            )
        for lane in self._forwarder.lanes:
            if self._failures(lane) >= MOST_FAILURES:
                return self._left(f'the driver {lane.name} takes no records')
        if time.monotonic() - self._moved_at > PATIENCE:
            return self._left(
                f'no record has gone for {PATIENCE:.0f} seconds, since a '
                'driver hangs, or another process is at it'
            )
        return None

    def _gone(self) -> bool:
        """Say whether all has gone, and remember when something went."""
        total = 0
        for folder, target in list(self._targets.items()):
            try:
                writer = survey_writer(folder)
            except FileNotFoundError:
                # Everybody had all of it, and it was deleted.
                del self._targets[folder]
                self._moved_at = time.monotonic()
                continue
            numbers = self._numbers(writer)
            total += sum(numbers)
            goal = _goal(writer, target)
            if goal is not None and min(numbers) >= goal:
                del self._targets[folder]
        if total != self._passed:
            self._moved_at = time.monotonic()
            self._passed = total
        return not self._targets

    def _numbers(self, writer: WriterSurvey) -> list[int]:
        """Return up to where each of our drivers has come."""
        passed = {each.consumer: each.passed for each in writer.waiting}
        return [
            passed.get(lane.consumer, -1) for lane in self._forwarder.lanes
        ]

    def _failures(self, lane: Lane) -> int:
        """Return how often a driver has failed since it took something."""
        numbers = lane.numbers
        took, failures = self._took[lane.name]
        if numbers.forwarded + numbers.refused > took:
            took = numbers.forwarded + numbers.refused
            failures = numbers.failures
            self._took[lane.name] = took, failures
        return numbers.failures - failures

    def _left(self, why: str) -> str:
        ours = {lane.consumer for lane in self._forwarder.lanes}
        waits = (
            max(
                (w.records for w in each.waiting if w.consumer in ours),
                default=0,
            )
            for each in survey(self._forwarder.directory)
        )
        left = [records for records in waits if records]
        return (
            f'{why}: {counted(sum(left), "record")} of '
            f'{counted(len(left), "writer")} left in '
            f'{self._forwarder.directory}'
        )


def _goal(writer: WriterSurvey, target: int | None) -> int | None:
    """Return the number that has to be passed; None if that is not known."""
    if target is not None:
        return target
    # A dead one is adopted first, which adds what it began.
    return None if writer.state != ENDED else writer.last
