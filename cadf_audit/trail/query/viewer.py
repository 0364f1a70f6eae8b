# SPDX-License-Identifier: Apache-2.0

"""Who asks in, what they may see of the trail out.

There is one rule, and it is part of each statement: lists, single events,
counts, values and exports cannot differ in it.
"""

import dataclasses

from sqlalchemy import ColumnElement
from sqlalchemy import false

from cadf_audit.exceptions import AuditError
from cadf_audit.taxonomy import distinct_id
from cadf_audit.taxonomy import UNKNOWN
from cadf_audit.trail.query.event_query import EventQuery
from cadf_audit.trail.reading import is_as_stored
from cadf_audit.trail.schema import EVENTS


class NotAllowedError(AuditError):
    """Somebody asks for what they may not see."""


@dataclasses.dataclass(frozen=True)
class Viewer:
    """Somebody who asks.

    :param user_id: their id; None for whoever reads the database anyway
    :param user_name: their name, for the record of their reading
    :param project_id: the project whose events they may see
    :param sees_all: whether they may see everything
    :param address: where they ask from
    """

    user_id: str | None = None
    user_name: str | None = None
    project_id: str | None = None
    sees_all: bool = False
    address: str | None = None

    @classmethod
    def auditor(cls) -> 'Viewer':
        """Return whoever may read the database: they see all of it."""
        return cls(sees_all=True)

    def alternatives(self) -> list[ColumnElement[bool]]:
        """Return the conditions of which a row has to meet one, or nothing.

        :returns: empty for who sees everything
        """
        if self.sees_all:
            return []
        row = EVENTS.c
        if self.project_id:
            own = self.project_id
            columns = [row.initiator_project_id, row.target_project_id]
        else:
            own = distinct_id(self.user_id or '', 'user')
            columns = [row.initiator_id]
        if own in ('', UNKNOWN) or not is_as_stored(own):
            # What nobody is known to have caused is not theirs, nor is that
            # of somebody whose id became the same text in a column.
            return [false()]
        return [column == own for column in columns]

    def check(self, query: EventQuery) -> None:
        """See that a question is about nobody else.

        What is asked in vain is answered with nothing; but who asks for
        somebody else by name is told that they may not.

        :param query: the question
        :raises NotAllowedError: it is about others
        """
        if self.sees_all:
            return
        if self.project_id:
            self._check(query, 'project', (self.project_id,))
        else:
            self._check(query, 'owner', (self.user_id, self.user_name))

    def _check(
        self, query: EventQuery, name: str, own: tuple[str | None, ...]
    ) -> None:
        asked = query.filter(name)
        for value in asked.wanted if asked else ():
            if value not in own:
                raise NotAllowedError(
                    f'{name}: you may see your own events only'
                    if name == 'owner'
                    else f'{name}: you may see the events of your own only'
                )
