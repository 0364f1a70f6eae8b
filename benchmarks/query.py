# SPDX-License-Identifier: Apache-2.0

"""Trails of several sizes in; how long their answers take out.

Usage: ``python benchmarks/query.py [--events N ...] [--store NAME ...]``
"""

import argparse
import functools
import itertools
from pathlib import Path
import statistics
import sys
import tempfile
import time

# The tests have a PostgreSQL that nobody else on this machine knows.
sys.path.append(str(Path(__file__).resolve().parents[1]))

from filled import filled

from cadf_audit.trail.query.event_query import EventQuery
from cadf_audit.trail.query.export import json_lines
from cadf_audit.trail.query.reader import TrailReader
from cadf_audit.trail.query.viewer import Viewer
from tests.servers.postgresql import PostgreSQL
from tests.servers.process import temporary_directory

SIZES = (100_000, 1_000_000)
STORES = ('SQLite', 'PostgreSQL')
ROUNDS = 40
PAGE = 100
DEEP = 1000
# From that size on, ten times the events cost no more.
PROMISED = 1_000_000
# Rows of the window that is counted.
WINDOW = 50_000

# What is asked, by name. Of a page, the thousandth is asked as well.
# The network is one more than the ten that are promised: who asks for it pays
# for what it holds.
NETWORK = 'all from one network'
PAGES = {
    'latest': [],
    'who: all of one user': [('owner', 'user0')],
    'all of one project': [('project', 'p-7')],
    'what happened to one target': [('target_id', 't-4711')],
    'all updates': [('action', 'update')],
    'all of compute': [('target_type', 'compute')],
    'all from one address': [('address', '10.0.7.9')],
    NETWORK: [('address', '10.0.7.0/28')],
    'one request id': [('request_id', 'req-4711')],
    'all failures': [('outcome', 'failure')],
}
COUNT = 'counts by category, of a window'


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--events', type=int, nargs='+', default=SIZES)
    parser.add_argument('--store', nargs='+', default=STORES)
    args = parser.parse_args()
    print(report(args.events, args.store)[0])


def report(sizes=SIZES, stores=STORES):
    """Return the Markdown, and whether the promises are kept."""
    lines = [
        '| store | question | events | page 1, p50/p95 ms | '
        'page 1000, p50/p95 ms | ratio |',
        '|---|---|--:|--:|--:|--:|',
    ]
    found, shown = {}, {}
    with (
        tempfile.TemporaryDirectory() as files,
        temporary_directory('benchmark') as directory,
    ):
        server = PostgreSQL(directory) if 'PostgreSQL' in stores else None
        for store in stores:
            for events in sizes:
                url = (
                    f'sqlite:///{files}/{events}.db'
                    if store == 'SQLite'
                    else server.url(server.add_database())
                )
                engine = filled(url, events)
                for name, rows, row in _measure(engine, events):
                    found[store, name, events] = row
                    shown[store, name, events] = rows
                    lines.append(_line(store, name, events, row))
                engine.dispose()
        if server:
            server.stop()
    told, kept = _promises(found, shown, sizes, stores)
    return '\n'.join([*lines, '', *told]), kept


def _measure(engine, events):
    """Yield each question, the rows on a page, and the times of its pages."""
    # Nobody waits for a timeout here, and each answer is looked at.
    reader = TrailReader(engine, Viewer.auditor(), seconds=0)
    for name, pairs in PAGES.items():
        first = EventQuery.parse([*pairs, ('limit', str(PAGE))])
        deep = _deep(reader, first)
        pages = [first] if deep is None else [first, deep]
        times = [
            _times(functools.partial(reader.page, each)) for each in pages
        ]
        yield name, len(reader.page(first).rows), times
    begin = max(1, events - WINDOW)
    with reader.engine.connect() as connection:
        since = connection.exec_driver_sql(
            f'SELECT event_time FROM events WHERE sequence = {begin}'
        ).scalar()
    window = EventQuery.parse([('from', str(since))])
    yield COUNT, WINDOW, [_times(lambda: reader.counts(window, ['category']))]
    yield 'export', 0, [_export(reader)]


def _deep(reader, query):
    """Return the question for the thousandth page, or None for no such."""
    seen = 0
    walk = EventQuery(query.filters, limit=1, pairs=query.pairs)
    for rows in reader.export(walk, ()):
        seen += len(rows)
        if seen >= PAGE * (DEEP - 1):
            cursor = ('before', str(rows[-1].sequence))
            return EventQuery.parse([*query.pairs, cursor])
    return None


def _times(ask):
    """Return the median and the 95th percentile in milliseconds."""
    ask()
    times = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        ask()
        times.append(1000 * (time.perf_counter() - begin))
    return statistics.median(times), statistics.quantiles(times, n=20)[-1]


def _export(reader):
    """Return the share of a bare loop over a cursor, and what it gives."""
    query = EventQuery(oldest_first=True)
    begin = time.perf_counter()
    ours = sum(text.count('\n') for text in json_lines(reader, query))
    middle = time.perf_counter()
    bare = 0
    statement = (
        'SELECT sequence, received_time, CAST(event AS TEXT) FROM events '
        'ORDER BY sequence'
    )
    with (
        reader.engine.connect() as connection,
        Path('/dev/null').open('w') as out,
    ):
        streamed = connection.execution_options(stream_results=True)
        rows = streamed.exec_driver_sql(statement)
        for sequence, received, event in rows:
            out.write(
                f'{{"sequence": {sequence}, "received": "{received}", '
                f'"event": {event}}}\n'
            )
            bare += 1
    end = time.perf_counter()
    return (bare / (end - middle)), (ours / (middle - begin))


def _line(store, name, events, row):
    if name == 'export':
        [(bare, ours)] = row
        return (
            f'| {store} | export, lines/s; a bare cursor loop | {events:,} '
            f'| {ours:,.0f} | {bare:,.0f} | {ours / bare:.0%} |'
        )
    cells = [f'{median:.1f} / {most:.1f}' for median, most in row]
    ratio = f'{row[1][0] / row[0][0]:.2f}' if len(row) > 1 else ''
    cells += [''] * (2 - len(cells))
    return f'| {store} | {name} | {events:,} | {" | ".join(cells)} | {ratio} |'


def _promises(found, shown, sizes, stores):
    """Return a line for each promise, and whether all of them hold."""
    lines, kept = [], True
    for store in stores:
        mine = {key[1:]: row for key, row in found.items() if key[0] == store}
        deep = {
            key: row[1][0] / row[0][0]
            for key, row in mine.items()
            if len(row) > 1
        }
        growth = {
            name: mine[name, large][0][0] / mine[name, small][0][0]
            for name in (*PAGES, COUNT)
            for small, large in itertools.pairwise(sizes)
            # Of smaller ones, the last walk down an index is the shorter one.
            if small >= PROMISED
            # A page with more on it takes longer, and of a network nothing
            # is promised.
            and name != NETWORK
            and shown[store, name, small] == shown[store, name, large]
        }
        shares = [
            row[0][1] / row[0][0]
            for (name, _), row in mine.items()
            if name == 'export'
        ]
        for what, worst, bound, holds in (
            ('page 1000 against page 1', max(deep.values(), default=0), 2, 1),
            ('ten times the events', max(growth.values(), default=0), 1.5, 1),
            ('export against a bare loop', min(shares), 0.3, -1),
        ):
            if not worst:
                continue
            good = worst * holds <= bound * holds
            kept = kept and good
            word = 'at most' if holds > 0 else 'at least'
            lines.append(
                f'* {store}: {what}: {worst:.2f} ({word} {bound}: '
                f'{"kept" if good else "NOT"})'
            )
    return lines, kept


if __name__ == '__main__':
    main()
