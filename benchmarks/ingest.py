# SPDX-License-Identifier: Apache-2.0

"""Messages of a bus in; how many a second the trail keeps out.

Held against a bare loop in the same run that decodes the same messages and
inserts them with ``executemany``: id, outcome and event, nothing looked up.
For information, a second one inserts only the final events, into a table with
the columns and the indexes that a trail has. And what the memory of the
process grows by while it collects a long queue.
"""

import datetime
import itertools
import json
import os
from pathlib import Path
import statistics
import sys
import tempfile
import time
import uuid

from sqlalchemy import MetaData

# The tests have a PostgreSQL that nobody else on this machine knows.
sys.path.append(str(Path(__file__).resolve().parents[1]))

from cadf_audit.notification import build_message
from cadf_audit.notification import EVENT_TYPE_URI
from cadf_audit.notification import REQUEST_EVENT
from cadf_audit.notification import RESPONSE_EVENT
from cadf_audit.trail.collector import BATCH
from cadf_audit.trail.collector import sort
from cadf_audit.trail.engine import open_engine
from cadf_audit.trail.engine import writing
from cadf_audit.trail.schema import EVENTS
from cadf_audit.trail.store import Store
from cadf_audit.trail.upgrade import upgrade
from interaction import take_priority
from measure import run
from tests.servers.postgresql import PostgreSQL
from tests.servers.process import temporary_directory

PAIRS = 5000
ROUNDS = 5
# The least share of the bare loop.
PROMISE = 0.5

# Interactions of a long queue, and those before memory is looked at.
LONG = 250_000
WARM = 10_000
# MiB that memory may grow by meanwhile: flat, but for what is measured in.
GROWTH = 16

USERS, NODES = 50, 1000
BEGIN = datetime.datetime(2026, 11, 20, 4, tzinfo=datetime.UTC)
_numbers = itertools.count()


def messages(pairs):
    """Return what a bus delivers of so many interactions."""
    return [each for _ in range(pairs) for each in interaction()]


def interaction():
    """Return the two messages of the next interaction."""
    number = next(_numbers)
    begin = BEGIN + datetime.timedelta(milliseconds=30 * number)
    end = begin + datetime.timedelta(microseconds=56142)
    user, node = f'{number % USERS:032x}', uuid.UUID(int=number % NODES)
    observer = {
        'id': 'f8a0b1c2-0000-5000-8000-000000000001',
        'typeURI': 'service/compute/baremetal',
        'name': 'ironic',
    }
    event = {
        'typeURI': EVENT_TYPE_URI,
        'eventType': 'activity',
        'id': str(uuid.uuid4()),
        'eventTime': begin.isoformat(timespec='microseconds'),
        'action': 'update',
        'observer': observer,
        'initiator': {
            'id': user,
            'typeURI': 'service/security/account/user',
            'name': f'user-{number % USERS}',
            'credential': {
                'token': '***',
                'identity_status': 'Confirmed',
            },
            'host': {
                'address': f'10.1.200.{number % USERS}',
                'agent': 'python-ironicclient',
            },
            'project_id': '9f2c4d1e6b8a47d0a5c3e1f20b7d8c64',
            'request_id': f'req-{uuid.uuid4()}',
        },
        'target': {
            'id': str(node),
            'typeURI': 'compute/baremetal/node',
            'name': f'node-{number % NODES}',
        },
        'requestPath': f'/v1/nodes/{node}',
        'tags': [
            f'correlation_id?value={uuid.uuid4()}',
            'endpoint?value=API',
        ],
        'outcome': 'pending',
    }
    final = event | {
        'outcome': 'success',
        'reason': {'reasonType': 'HTTP', 'reasonCode': '200'},
        'reporterchain': [
            {
                'role': 'modifier',
                'reporter': observer,
                'reporterTime': end.isoformat(timespec='microseconds'),
            }
        ],
    }
    return wrapped(REQUEST_EVENT, event), wrapped(RESPONSE_EVENT, final)


def wrapped(event_type, event):
    """Return an event as messagingv2 sends it."""
    text = json.dumps(build_message('ironic', event_type, event))
    return json.dumps({'oslo.version': '2.0', 'oslo.message': text}).encode()


def batches(waiting):
    """Yield the messages as a source delivers them."""
    for begin in range(0, len(waiting), BATCH):
        yield waiting[begin : begin + BATCH]


def collect(engine, waiting):
    """Keep the messages as the collector does."""
    collect_into(Store(engine), waiting)


def collect_into(store, waiting):
    """Keep the messages in a store that is at work."""
    for batch in batches(waiting):
        store.ingest(sort('benchmark', batch))


def bare(engine, waiting):
    """Keep the messages in the shortest way that keeps them."""
    mark = '?' if engine.dialect.name == 'sqlite' else '%s'
    statement = f'INSERT INTO bare VALUES ({mark}, {mark}, {mark})'
    for batch in batches(waiting):
        rows = []
        for message in batch:
            event = json.loads(json.loads(message)['oslo.message'])['payload']
            rows.append((event['id'], event['outcome'], json.dumps(event)))
        with writing(engine) as connection:
            connection.exec_driver_sql(statement, rows)


def indexed(engine, waiting):
    """Keep the final events with all columns, which the database indexes."""
    names = EVENTS.columns.keys()
    mark = '?' if engine.dialect.name == 'sqlite' else '%s'
    marks = ', '.join(mark for _ in names)
    statement = f'INSERT INTO indexed VALUES ({marks})'
    for batch in batches(waiting):
        rows = []
        for message in batch:
            event = json.loads(json.loads(message)['oslo.message'])['payload']
            if event['outcome'] != 'pending':
                row = columns(event)
                rows.append(tuple(row.get(name) for name in names))
        with writing(engine) as connection:
            connection.exec_driver_sql(statement, rows)


def columns(event):
    """Return what the columns hold, as the event writes it."""
    initiator, target = event['initiator'], event['target']
    observer, host = event['observer'], event['initiator']['host']
    return {
        'sequence': next(_numbers),
        'id': event['id'],
        'event_type': RESPONSE_EVENT,
        'publisher_id': 'ironic',
        'kind': event['eventType'],
        'event_time': event['eventTime'],
        'end_time': event['reporterchain'][0]['reporterTime'],
        'action': event['action'],
        'outcome': event['outcome'],
        'reason_code': event['reason']['reasonCode'],
        'initiator_id': initiator['id'],
        'initiator_name': initiator['name'],
        'initiator_project_id': initiator['project_id'],
        'initiator_address': host['address'],
        'initiator_agent': host['agent'],
        'request_id': initiator['request_id'],
        'target_id': target['id'],
        'target_name': target['name'],
        'target_type_uri': target['typeURI'],
        'observer_id': observer['id'],
        'observer_name': observer['name'],
        'observer_type_uri': observer['typeURI'],
        'request_path': event['requestPath'],
        'pending_received_time': event['eventTime'],
        'received_time': event['eventTime'],
        'source': 'benchmark',
        'kind_id': 1,
        'address_key': host['address'],
        'event': json.dumps(event),
    }


def rate(way, engine):
    """Return how many messages a second one way keeps."""
    waiting = messages(PAIRS)
    begin = time.perf_counter()
    way(engine, waiting)
    return len(waiting) / (time.perf_counter() - begin)


def prepare(engine):
    """Add the tables that are there in a trail, and those of the loops."""
    upgrade(engine)
    table = EVENTS.to_metadata(MetaData(), name='indexed')
    for index in table.indexes:
        index.name = f'indexed_{index.name}'
    with writing(engine) as connection:
        connection.exec_driver_sql(
            'CREATE TABLE bare (id TEXT, outcome TEXT, event TEXT)'
        )
        table.create(connection)


def measure(new_url):
    """Return the rate of each way, the median of rounds in turn."""
    # Each has a database of its own: what one has left in the log of SQLite,
    # the next one would have to put away.
    engines = {way: open_engine(new_url()) for way in (collect, bare, indexed)}
    for engine in engines.values():
        prepare(engine)
    rates = {way: [] for way in engines}
    for _ in range(ROUNDS):
        for way, engine in engines.items():
            rates[way].append(rate(way, engine))
    for engine in engines.values():
        engine.dispose()
    return [statistics.median(found) for found in rates.values()]


def memory():
    """Return how many MiB this process takes."""
    pages = int(Path('/proc/self/statm').read_text().split()[1])
    return pages * os.sysconf('SC_PAGE_SIZE') / 1024 / 1024


def collect_long_queue(url):
    """Return how many MiB this process has, and grows by at the most."""
    engine = open_engine(url)
    upgrade(engine)
    store = Store(engine)
    seen = []
    for done in range(0, LONG, BATCH):
        collect_into(store, messages(BATCH))
        if done >= WARM:
            seen.append(memory())
    engine.dispose()
    return seen[0], max(seen) - seen[0]


def measure_stores():
    """Yield store, the rate of each way, memory, and what it grows by."""
    with (
        tempfile.TemporaryDirectory() as files,
        temporary_directory('benchmark') as directory,
    ):
        server = PostgreSQL(directory)
        for name, new_url in (
            ('SQLite', lambda: f'sqlite:///{files}/{uuid.uuid4()}.db'),
            ('PostgreSQL', lambda: server.url(server.add_database())),
        ):
            rates = measure(new_url)
            # In a process that has grown by nothing else.
            grown = json.loads(run('ingest.py', new_url()).stdout)
            yield name, *rates, *grown
        server.stop()


def report():
    """Return the Markdown, and whether the promises are kept."""
    lines = [
        '| store | collector, messages/s | bare loop | share '
        '| bare loop with columns and indexes | share '
        '| memory, MiB | growth |',
        '|---|--:|--:|--:|--:|--:|--:|--:|',
    ]
    promises, all_kept = [], True
    # The server is started with it.
    take_priority()
    for name, ours, theirs, likewise, before, growth in measure_stores():
        share = ours / theirs
        lines.append(
            f'| {name} | {ours:,.0f} | {theirs:,.0f} | {share:.0%} '
            f'| {likewise:,.0f} | {ours / likewise:.0%} '
            f'| {before:.0f} | {growth:.1f} |'
        )
        for text, kept in (
            (
                f'{share:.0%} of the bare loop (at least {PROMISE:.0%}',
                share >= PROMISE,
            ),
            (
                f'memory grows by {growth:.1f} MiB over {2 * LONG:,} messages '
                f'(at most {GROWTH} MiB',
                growth <= GROWTH,
            ),
        ):
            promises.append(f'* {name}: {text}: {"kept" if kept else "NOT"})')
            all_kept = all_kept and kept
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    return '\n'.join([*lines, '', *promises]), all_kept


if __name__ == '__main__':
    print(json.dumps(collect_long_queue(sys.argv[1])))
