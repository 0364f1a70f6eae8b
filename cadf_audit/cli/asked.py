# SPDX-License-Identifier: Apache-2.0

"""Names and values in, the answers of a trail out, wherever it is.

A command does not know whether it asks the store or, with ``--url``, the HTTP
API: :mod:`cadf_audit.cli.asked_url` has the other one.
"""

from collections.abc import Callable
from collections.abc import Iterator
import contextlib
import logging
import os
from pathlib import Path
from typing import Protocol
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

from cadf_audit.delivery.spool.layout import user_name
from cadf_audit.trail.query.answers import Answer
from cadf_audit.trail.query.answers import Answers
from cadf_audit.trail.query.reader import TrailReader
from cadf_audit.trail.query.viewer import Viewer
from cadf_audit.trail.readings import Pairs
from cadf_audit.trail.store import Store

LOG = logging.getLogger('cadf_audit.cli')

_T = TypeVar('_T')

# insufficient_privilege, read_only_sql_transaction
_MAY_NOT = ('42501', '25006')
_READ_ONLY = 'SQLITE_READONLY'

_LOGIN = Path('/proc/self/loginuid')
# What Linux says where nobody has logged in.
_NOBODY = 0xFFFFFFFF


class Asked(Protocol):
    """Whoever answers, as :class:`Answers` does."""

    def events(self, pairs: Pairs) -> Answer:
        """Return a page of events."""
        ...

    def event(self, name: str) -> Answer:
        """Return one event, whole."""
        ...

    def history(self, name: str, pairs: Pairs) -> Answer:
        """Return what else happened to the target of an event."""
        ...

    def attribute(self, name: str, pairs: Pairs) -> Answer:
        """Return the values that events have of something."""
        ...

    def counts(self, pairs: Pairs) -> Answer:
        """Return how many events there are of what."""
        ...

    def types(self, pairs: Pairs) -> Answer:
        """Return what kinds of events there are."""
        ...

    def export(self, pairs: Pairs) -> tuple[str, Iterator[str]]:
        """Return the format of an export, and its lines."""
        ...


def operator(login: Path = _LOGIN) -> Viewer:
    """Return who asks the store: whoever is logged in sees all of it.

    Who they are is said by the system, and by nothing that they can set:
    behind ``sudo`` it is still who has logged in, where Linux knows that.

    :param login: the file in which Linux says it
    """
    user = os.getuid()
    with contextlib.suppress(OSError, ValueError):
        logged_in = int(login.read_text(encoding='ascii'))
        if logged_in != _NOBODY:
            user = logged_in
    return Viewer(f'uid:{user}', user_name(user), sees_all=True)


class LocalAsked:
    """Asks a store.

    Each reading is recorded there. Where this user may only read, that is
    said, and the question answered.

    :param store: the store
    :param reader: asks it
    :param asker: who asks
    """

    def __init__(
        self, store: Store, reader: TrailReader, asker: Viewer
    ) -> None:
        self._store = store
        self._reader = reader
        self._asker = asker if asker != reader.viewer else None
        self._answers = self._make(True)
        self._records = True

    def _make(self, records: bool) -> Answers:
        return Answers(self._store, self._reader, records, self._asker)

    def _ask(self, ask: Callable[[Answers], _T]) -> _T:
        try:
            return ask(self._answers)
        except DBAPIError as exc:
            if not self._records or not _may_only_read(exc):
                raise
            text = ' '.join(str(exc.orig).split())
            LOG.warning('this reading is not recorded: %s', text)
        self._records = False
        self._answers = self._make(False)
        return ask(self._answers)

    def events(self, pairs: Pairs) -> Answer:
        """Return a page of events."""
        return self._ask(lambda answers: answers.events(pairs))

    def event(self, name: str) -> Answer:
        """Return one event, whole."""
        return self._ask(lambda answers: answers.event(name))

    def history(self, name: str, pairs: Pairs) -> Answer:
        """Return what else happened to the target of an event."""
        return self._ask(lambda answers: answers.history(name, pairs))

    def attribute(self, name: str, pairs: Pairs) -> Answer:
        """Return the values that events have of something."""
        return self._ask(lambda answers: answers.attribute(name, pairs))

    def counts(self, pairs: Pairs) -> Answer:
        """Return how many events there are of what."""
        return self._ask(lambda answers: answers.counts(pairs))

    def types(self, pairs: Pairs) -> Answer:
        """Return what kinds of events there are."""
        return self._ask(lambda answers: answers.types(pairs))

    def export(self, pairs: Pairs) -> tuple[str, Iterator[str]]:
        """Return the format of an export, and its lines."""
        return self._ask(lambda answers: answers.export(pairs))


def _may_only_read(exc: DBAPIError) -> bool:
    if getattr(exc.orig, 'sqlstate', None) in _MAY_NOT:
        return True
    name = getattr(exc.orig, 'sqlite_errorname', None) or ''
    return bool(name.startswith(_READ_ONLY))
