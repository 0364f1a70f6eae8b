# SPDX-License-Identifier: Apache-2.0

"""A forwarder and its spool in, metrics for Prometheus out.

Labels have no other values than the names of the drivers and the reasons of
losses. What is counted from the files of a spool does not fall when they are
deleted; it begins with what is not forwarded, or not told of, at the start.
"""

from collections.abc import Iterator
import contextlib
import logging
from pathlib import Path
import threading

import prometheus_client
from prometheus_client.core import CounterMetricFamily
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from cadf_audit.cli.source import CommandError
from cadf_audit.delivery.forwarder import Forwarder
from cadf_audit.delivery.spool.counters import read_counters
from cadf_audit.delivery.spool.counters import REASONS
from cadf_audit.delivery.spool.counters import SEQ
from cadf_audit.delivery.spool import layout
from cadf_audit.delivery.spool.survey import oldest
from cadf_audit.delivery.spool.survey import set_aside_names
from cadf_audit.delivery.spool.survey import survey
from cadf_audit.delivery.spool.survey import survey_writer

LOG = logging.getLogger('cadf_audit.cli')

PREFIX = 'cadf_audit_spool'

#: where metrics are served; nobody else is to know who uses an API how much
ADDRESS = '127.0.0.1'

# Seconds. A driver that hangs is given up after 30.
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30)


class Totals:
    """What all writers have recorded and lost, of those deleted as well.

    :param forwarder: the forwarder, which has not begun yet
    """

    def __init__(self, forwarder: Forwarder) -> None:
        self._consumers = {lane.consumer for lane in forwarder.lanes}
        self._lock = threading.Lock()
        self._counted: dict[Path, dict[str, int]] = {}
        self._sums = dict.fromkeys((SEQ, *REASONS), 0)
        for folder in layout.writers(forwarder.directory):
            with contextlib.suppress(FileNotFoundError):
                self._counted[folder] = self._known(folder)

    def look(self, folder: Path) -> None:
        """Count what a writer has done since the last look.

        :param folder: its folder
        """
        found = read_counters(folder / layout.COUNTERS)
        with self._lock:
            counted = self._counted.setdefault(folder, {})
            for name in self._sums:
                # A damaged file says 0.
                more = max(0, found[name] - counted.get(name, 0))
                self._sums[name] += more
                counted[name] = counted.get(name, 0) + more

    def look_at_all(self, directory: Path) -> dict[str, int]:
        """Return the sums over all writers.

        :param directory: the spool directory
        """
        folders = list(layout.writers(directory))
        for folder in folders:
            self.look(folder)
        with self._lock:
            for gone in self._counted.keys() - set(folders):
                if not gone.exists():
                    del self._counted[gone]
            return dict(self._sums)

    def _known(self, folder: Path) -> dict[str, int]:
        """Return what of a writer was forwarded or told of before."""
        writer = survey_writer(folder)
        known = read_counters(folder / layout.COUNTERS)
        passed = [
            each.passed
            for each in writer.waiting
            if each.consumer in self._consumers
        ]
        first = writer.last - writer.records
        return {
            SEQ: min(passed, default=first),
            **{reason: known[f'{reason}, reported'] for reason in REASONS},
        }


class SpoolCollector(Collector):
    """Answers Prometheus with what the spool says at that moment.

    :param forwarder: the forwarder
    :param totals: what the writers have done
    """

    def __init__(self, forwarder: Forwarder, totals: Totals) -> None:
        self._forwarder = forwarder
        self._totals = totals

    def describe(self) -> list[Metric]:
        """Return nothing: the spool is read when somebody asks."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics."""
        directory = self._forwarder.directory
        sums = self._totals.look_at_all(directory)
        recorded = CounterMetricFamily(
            f'{PREFIX}_recorded', 'Records that the writers have written.'
        )
        recorded.add_metric([], sums[SEQ])
        yield recorded
        dropped = CounterMetricFamily(
            f'{PREFIX}_dropped',
            'Interactions that were not recorded.',
            labels=['reason'],
        )
        for reason in REASONS:
            dropped.add_metric([reason], sums[reason])
        yield dropped
        yield from self._drivers()
        yield from self._backlog()
        yield GaugeMetricFamily(
            f'{PREFIX}_size_bytes',
            'Bytes that the spool takes on the disk.',
            layout.usage(directory),
        )
        yield GaugeMetricFamily(
            f'{PREFIX}_set_aside_files',
            'Damaged or refused pieces that were set aside.',
            len(set_aside_names(directory)),
        )

    def _drivers(self) -> Iterator[Metric]:
        families = {
            'forwarded': 'Records that a driver has accepted.',
            'refused': 'Records that a driver will never accept.',
            'failures': 'Tries after which a driver had accepted nothing.',
        }
        for name, text in families.items():
            family = CounterMetricFamily(
                f'{PREFIX}_{name}', text, labels=['driver']
            )
            for lane in self._forwarder.lanes:
                family.add_metric([lane.name], getattr(lane.numbers, name))
            yield family

    def _backlog(self) -> Iterator[Metric]:
        records, size, age = (
            GaugeMetricFamily(f'{PREFIX}_{name}', text, labels=['driver'])
            for name, text in (
                ('backlog_records', 'Records that wait for a driver.'),
                ('backlog_bytes', 'Bytes that wait for a driver.'),
                (
                    'backlog_age_seconds',
                    'Age of the oldest record that waits for a driver.',
                ),
            )
        )
        writers = list(survey(self._forwarder.directory))
        for lane in self._forwarder.lanes:
            waiting = [
                each
                for writer in writers
                for each in writer.waiting
                if each.consumer == lane.consumer
            ]
            labels = [lane.name]
            records.add_metric(labels, sum(w.records for w in waiting))
            size.add_metric(labels, sum(w.size for w in waiting))
            age.add_metric(labels, oldest(waiting) or 0)
        yield from (records, size, age)


class Metrics:
    """The metrics of a forwarder that has not begun yet.

    :param forwarder: the forwarder
    """

    def __init__(self, forwarder: Forwarder) -> None:
        # When a counter began is nothing that anybody plots.
        prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = prometheus_client.CollectorRegistry()
        totals = Totals(forwarder)
        forwarder.look = totals.look
        self.registry.register(SpoolCollector(forwarder, totals))
        latency = prometheus_client.Histogram(
            f'{PREFIX}_forward_seconds',
            'How long a driver took to accept a record.',
            ['driver'],
            registry=self.registry,
            buckets=_BUCKETS,
        )
        for lane in forwarder.lanes:
            lane.numbers.observe = latency.labels(lane.name).observe

    def serve(self, port: int) -> None:
        """Answer Prometheus on a loopback port.

        :param port: the port
        :raises CommandError: it cannot be had
        """
        try:
            prometheus_client.start_http_server(
                port, ADDRESS, registry=self.registry
            )
        except OSError as exc:
            raise CommandError(
                f'--metrics-port {port}: {exc.strerror} on {ADDRESS}'
            ) from exc

    def write(self, path: Path) -> None:
        """Write the metrics to a file for the node exporter, at once.

        :param path: the file
        :raises CommandError: it cannot be written
        """
        try:
            prometheus_client.write_to_textfile(str(path), self.registry)
        except OSError as exc:
            raise CommandError(
                f'--metrics-textfile {path}: {exc.strerror}'
            ) from exc
