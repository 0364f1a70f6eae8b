# SPDX-License-Identifier: Apache-2.0

"""Who asks, and what they are told."""

import json

from cadf_audit.notification import OTHER_EVENT
from cadf_audit.trail.query.event_query import EventQuery
from cadf_audit.trail.query.kind_names import KindNames
from cadf_audit.trail.query.reader import TrailReader
from cadf_audit.trail.query.viewer import Viewer
from cadf_audit.trail.store import Store
from tests.trail.parts import empty
from tests.trail.parts import ingest
from tests.trail.parts import message
from tests.trail.query.naive import CATEGORIES

AUDITOR = Viewer.auditor()


def keep(store, events):
    """Have a trail consist of these events, in the order of their numbers.

    :returns: the store, which has forgotten what was in it before
    """
    empty(store)
    store = Store(store.engine)
    messages = [
        message(each, OTHER_EVENT) for _, each in sorted(events.items())
    ]
    stored = ingest(store, *messages)

    assert len(events) == stored.events
    return store


def reader(store, viewer=AUDITOR, **options):
    """Return what answers somebody."""
    return TrailReader(store.engine, viewer, KindNames(CATEGORIES), **options)


def ask(store, *pairs, viewer=AUDITOR):
    """Return a page."""
    return reader(store, viewer).page(EventQuery.parse(pairs))


def numbers(rows):
    """Return where rows are in the trail."""
    return [row['sequence'] for row in rows]


def exported(lines):
    """Return the numbers of exported lines, with their events."""
    found = [json.loads(line) for line in ''.join(lines).splitlines()]
    return [(each['sequence'], each['event']) for each in found]
