# SPDX-License-Identifier: Apache-2.0

"""Requests and a trail in, metrics for Prometheus out.

Labels have no other values than the paths of this API, statuses, and the
names of sources; nothing of them is chosen by who asks.
"""

from collections.abc import Iterator
import logging
import time
from typing import Any

import falcon
import prometheus_client
from prometheus_client.core import CounterMetricFamily
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.core import Metric
from prometheus_client.registry import Collector
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy import func
from sqlalchemy import select

from cadf_audit.trail.api.errors import told
from cadf_audit.trail.schema import EVENTS
from cadf_audit.trail.survey import Fact
from cadf_audit.trail.survey import survey

LOG = logging.getLogger(__name__)

PREFIX = 'cadf_audit_trail'

# What has no path of this API.
_ELSEWHERE = 'other'

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Measure:
    """Counts requests; a middleware of falcon.

    :param registry: where the numbers are kept
    """

    def __init__(self, registry: prometheus_client.CollectorRegistry) -> None:
        self._requests = prometheus_client.Counter(
            f'{PREFIX}_api_requests',
            'Requests that were answered.',
            ['path', 'status'],
            registry=registry,
        )
        self._seconds = prometheus_client.Histogram(
            f'{PREFIX}_api_request_seconds',
            'How long it took until the answer, or its first line, was there.',
            ['path'],
            registry=registry,
            buckets=_BUCKETS,
        )

    def process_request(
        self, req: falcon.Request, resp: falcon.Response
    ) -> None:
        """Note when a request came.

        :param req: the request
        :param resp: the answer
        """
        req.context.began = time.perf_counter()

    def process_response(
        self,
        req: falcon.Request,
        resp: falcon.Response,
        resource: object,
        req_succeeded: bool,
    ) -> None:
        """Note how it was answered.

        :param req: the request
        :param resp: the answer
        :param resource: what made the answer
        :param req_succeeded: whether it raised nothing
        """
        path = req.uri_template or _ELSEWHERE
        self._requests.labels(path, str(resp.status_code)).inc()
        taken = time.perf_counter() - req.context.began
        self._seconds.labels(path).observe(taken)


class TrailCollector(Collector):
    """Numbers of a trail, read when somebody asks.

    :param engine: the database
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def describe(self) -> list[Metric]:
        """Return nothing: the trail is read when somebody asks."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics; without the database, that it is not there."""
        try:
            with self._engine.connect() as connection:
                last = connection.scalar(select(func.max(EVENTS.c.sequence)))
            facts = survey(self._engine)
        except SQLAlchemyError as exc:
            LOG.error('the database of the trail: %s', told(exc))
            yield _gauge('up', 'Whether the database answers.', 0)
            return
        yield _gauge('up', 'Whether the database answers.', 1)
        yield _gauge(
            'last_sequence', 'The sequence of the newest event.', last or 0
        )
        for fact in facts:
            if fact.what in ('trail', 'open'):
                yield from _state(fact)
        yield from _sources(
            [fact for fact in facts if fact.what.startswith('source, ')]
        )


def make_registry(engine: Engine) -> prometheus_client.CollectorRegistry:
    """Return where the metrics of one API are kept.

    :param engine: the database
    """
    # When a counter began is nothing that anybody plots.
    prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]
    registry = prometheus_client.CollectorRegistry()
    registry.register(TrailCollector(engine))
    return registry


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f'{PREFIX}_{name}', text, value)


def _state(fact: Fact) -> Iterator[Metric]:
    name, text = {
        'events': ('events', 'Events of the trail, and gaps between them.'),
        'pending': ('pending_events', 'Events that have no end yet.'),
        'dead letters': ('dead_letters', 'Messages that are no events.'),
    }[fact.name]
    yield _gauge(name, text, fact.number or 0)
    if fact.time is not None:
        which = 'newest' if fact.what == 'trail' else 'oldest'
        yield _gauge(
            f'{name}_{which}_timestamp_seconds',
            f'When the {which} of them came.',
            fact.time.timestamp(),
        )


def _sources(facts: list[Fact]) -> Iterator[Metric]:
    received = CounterMetricFamily(
        f'{PREFIX}_source_received',
        'What came from a source, by what became of it.',
        labels=['source', 'what'],
    )
    lag, newest = (
        GaugeMetricFamily(f'{PREFIX}_source_{name}', text, labels=['source'])
        for name, text in (
            (
                'lag_seconds',
                'How old the newest event of a source was when it came.',
            ),
            (
                'newest_timestamp_seconds',
                'When the newest message of a source came.',
            ),
        )
    )
    told_of: set[Any] = set()
    for fact in facts:
        what = fact.what.removeprefix('source, ')
        received.add_metric([fact.name, what], fact.number or 0)
        if fact.name in told_of:
            continue
        told_of.add(fact.name)
        if fact.lag is not None:
            lag.add_metric([fact.name], fact.lag)
        if fact.time is not None:
            newest.add_metric([fact.name], fact.time.timestamp())
    yield from (received, lag, newest)
