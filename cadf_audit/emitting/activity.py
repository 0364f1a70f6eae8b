# SPDX-License-Identifier: Apache-2.0

"""A block of code in, a pending event and its final one out.

However the block ends, one final event follows; that of a process which was
killed is written by whoever adopts its spool. What the block raises is passed
on.
"""

from collections.abc import Callable
import os
from types import TracebackType
from typing import Any
from typing import Protocol

from cadf_audit.clock import timestamp
from cadf_audit.emitting.custom_event import checked_outcome
from cadf_audit.emitting.custom_event import CustomEvents
from cadf_audit.emitting.values import Complain
from cadf_audit.emitting.values import MOST
from cadf_audit.emitting.values import text_of
from cadf_audit.notification import Event
from cadf_audit.taxonomy import UNKNOWN

_EXCEPTION = 'exception'


class Sender(Protocol):
    """What an activity needs of an emitter."""

    events: CustomEvents

    def send(self, event: Event, ends: bool = False) -> None:
        """Send an event; raise nothing."""

    def guarded(
        self, what: str, step: Callable[[Complain], Any], event_id: str = ''
    ) -> Any:
        """Call a function with where to complain; raise nothing."""


class Activity:
    """What happens within a block of code.

    No method raises: misuse is a warning in the log.

    :param sender: takes its events
    :param pending: its pending event
    """

    def __init__(self, sender: Sender, pending: Event) -> None:
        #: the CADF id that both events carry
        self.id: str = pending['id']
        self._sender = sender
        self._pending = pending
        self._changes: Event = {}
        self._added: dict[str, list[Any]] = {'attachments': [], 'tags': []}
        self._outcome: str | None = None
        self._state = 'new'
        self._pid = os.getpid()

    def __enter__(self) -> 'Activity':
        if self._state != 'new':
            self._guarded('begin twice', _refuse)
        else:
            self._state = 'open'
            self._pid = os.getpid()
            self._sender.send(self._pending)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._guarded(
            'end the block',
            lambda complain: self._finish(*self._ending(kind, error)),
        )

    def _ending(
        self, kind: type[BaseException] | None, error: BaseException | None
    ) -> tuple[str, type[BaseException] | None]:
        """Return the outcome of the block, and what is the reason of it."""
        if kind is None:
            return self._outcome or 'success', None
        if issubclass(kind, GeneratorExit):
            # Whoever ran the generator wants no more of it.
            return self._outcome or UNKNOWN, kind
        # Of an odd class, the code may be anything.
        if isinstance(error, SystemExit) and (
            error.code is None or _is_zero(error.code)
        ):
            # How a command ends that did its work.
            return self._outcome or 'success', None
        return 'failure', kind

    def set_target(self, target: Any) -> None:
        """Say what it was really about.

        :param target: what :func:`resource` returns
        """

        def step(complain: Complain) -> None:
            built = self._sender.events.target(target, complain)
            if built['id'] != UNKNOWN:
                self._changes['target'] = built

        self._say('set the target', step)

    def set_outcome(self, outcome: str) -> None:
        """Say how it ends, if no exception says that it failed.

        :param outcome: success, failure or unknown
        """

        def step(complain: Complain) -> None:
            self._outcome = checked_outcome(outcome, complain)

        self._say('set the outcome', step)

    def set_reason(self, reason: Any) -> None:
        """Give the reason of the outcome.

        :param reason: a text, or a mapping with CADF's names
        """

        def step(complain: Complain) -> None:
            built = self._sender.events.reason(reason, complain)
            if built is not None:
                self._changes['reason'] = built

        self._say('set the reason', step)

    def add_attachment(self, name: str, content: Any) -> None:
        """Attach a fact.

        :param name: what it is called
        :param content: a text; anything else is attached as its JSON
        """

        def step(complain: Complain) -> None:
            found = self._sender.events.attachments({name: content}, complain)
            self._add('attachments', found, complain)

        self._say('attach a fact', step)

    def add_tag(self, name: str, value: str) -> None:
        """Add the tag ``name?value=value``.

        :param name: a name without a question mark
        :param value: its value
        """

        def step(complain: Complain) -> None:
            found = self._sender.events.tags({name: value}, complain)
            self._add('tags', found, complain)

        self._say('add a tag', step)

    def _say(self, what: str, step: Callable[[Complain], None]) -> None:
        if self._state == 'ended':
            self._guarded(f'{what} after its end', _refuse)
        else:
            self._guarded(what, step)

    def _guarded(self, what: str, step: Callable[[Complain], None]) -> None:
        self._sender.guarded(f'{what} of the activity', step, self.id)

    def _add(self, part: str, found: list[Any], complain: Complain) -> None:
        if len(self._added[part]) >= MOST:
            complain(f'an activity adds at most {MOST} {part}')
        else:
            self._added[part] += found

    def _finish(
        self, outcome: str, error: type[BaseException] | None = None
    ) -> None:
        if self._state != 'open':
            return
        self._state = 'ended'
        if os.getpid() != self._pid:
            # A child that the block forked; its parent goes on.
            return
        event = self._pending | self._changes | {'outcome': outcome}
        if error is not None and 'reason' not in self._changes:
            # Without its text, which may hold anything.
            event['reason'] = {
                'reasonType': _EXCEPTION,
                'reasonCode': _name_of(error),
            }
        observer = event['observer']
        event['reporterchain'] = [
            {
                'role': 'modifier',
                # What more is said of it stands there, and pycadf writes no
                # host of a reporter.
                'reporter': {
                    name: observer[name]
                    for name in ('id', 'typeURI', 'name')
                    if name in observer
                },
                'reporterTime': timestamp(),
            }
        ]
        for part, added in self._added.items():
            if added:
                event[part] = [*event.get(part, ()), *added]
        self._sender.send(event, ends=True)


def _is_zero(code: Any) -> bool:
    # As Python takes it: a False is one as well.
    return isinstance(code, int) and int.__eq__(code, 0)


def _refuse(complain: Complain) -> None:
    complain('nothing is recorded')


def _name_of(error: type[BaseException]) -> str:
    try:
        name = str(error.__qualname__)
        if error.__module__ not in ('builtins', '__main__'):
            name = f'{error.__module__}.{name}'
    except Exception:
        # A class with ideas of its own; how the block ended is known.
        return UNKNOWN
    return text_of(name) or UNKNOWN
