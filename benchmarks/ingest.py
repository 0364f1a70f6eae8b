# SPDX-License-Identifier: Apache-2.0

"""Messages of a bus in; how many a second the trail keeps out.

Held against a bare loop in the same run that decodes the same messages and
inserts them with ``executemany``: id, outcome and event, nothing looked up.
"""

import json
from pathlib import Path
import statistics
import sys
import tempfile
import time
import uuid

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
from cadf_audit.trail.store import Store
from cadf_audit.trail.upgrade import upgrade
from tests.servers.postgresql import PostgreSQL
from tests.servers.process import temporary_directory

PAIRS = 5000
ROUNDS = 5
# The least share of the bare loop.
PROMISE = 0.5


def messages(pairs):
    """Return what a bus delivers of so many interactions."""
    result = []
    for _ in range(pairs):
        event = {
            'typeURI': EVENT_TYPE_URI,
            'eventType': 'activity',
            'id': str(uuid.uuid4()),
            'eventTime': '2026-11-20T04:49:35.184211+00:00',
            'action': 'update',
            'observer': {
                'id': 'f8a0b1c2-0000-5000-8000-000000000001',
                'typeURI': 'service/compute/baremetal',
                'name': 'ironic',
            },
            'initiator': {
                'id': '5d1e0b7c93a84f26b8e2d47a6c0f9135',
                'typeURI': 'service/security/account/user',
                'name': 'admin',
                'credential': {
                    'token': '***',
                    'identity_status': 'Confirmed',
                },
                'host': {
                    'address': '10.1.200.129',
                    'agent': 'python-ironicclient',
                },
                'project_id': '9f2c4d1e6b8a47d0a5c3e1f20b7d8c64',
                'request_id': 'req-4051b64f-b42a-4574-b5c4-bacdbe6e65bc',
            },
            'target': {
                'id': '11111111-1111-4111-8111-111111111111',
                'typeURI': 'compute/baremetal/node',
                'name': 'n1',
            },
            'requestPath': '/v1/nodes/11111111-1111-4111-8111-111111111111',
            'tags': [f'correlation_id?value={uuid.uuid4()}'],
        }
        for event_type, outcome in (
            (REQUEST_EVENT, 'pending'),
            (RESPONSE_EVENT, 'success'),
        ):
            message = build_message(
                'ironic', event_type, event | {'outcome': outcome}
            )
            result.append(
                json.dumps(
                    {
                        'oslo.version': '2.0',
                        'oslo.message': json.dumps(message),
                    }
                ).encode()
            )
    return result


def batches(waiting):
    """Yield the messages as a source delivers them."""
    for begin in range(0, len(waiting), BATCH):
        yield waiting[begin : begin + BATCH]


def collect(engine, waiting):
    """Keep the messages as the collector does."""
    store = Store(engine)
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


def rate(way, engine):
    """Return how many messages a second one way keeps."""
    waiting = messages(PAIRS)
    begin = time.perf_counter()
    way(engine, waiting)
    return len(waiting) / (time.perf_counter() - begin)


def measure(url):
    """Return the rates of both ways, the medians of rounds in turn."""
    engine = open_engine(url)
    upgrade(engine)
    with writing(engine) as connection:
        connection.exec_driver_sql(
            'CREATE TABLE bare (id TEXT, outcome TEXT, event TEXT)'
        )
    rates = {collect: [], bare: []}
    for _ in range(ROUNDS):
        for way, found in rates.items():
            found.append(rate(way, engine))
    engine.dispose()
    return [statistics.median(found) for found in rates.values()]


def report():
    """Return the Markdown, and whether the promise is kept."""
    lines = [
        '| store | collector, messages/s | bare loop | share |',
        '|---|--:|--:|--:|',
    ]
    promises, kept = [], True
    with (
        tempfile.TemporaryDirectory() as files,
        temporary_directory('benchmark') as directory,
    ):
        server = PostgreSQL(directory)
        for name, url in (
            ('SQLite', f'sqlite:///{files}/trail.db'),
            ('PostgreSQL', server.url(server.add_database())),
        ):
            ours, theirs = measure(url)
            share = ours / theirs
            kept = kept and share >= PROMISE
            lines.append(
                f'| {name} | {ours:,.0f} | {theirs:,.0f} | {share:.0%} |'
            )
            promises.append(
                f'* {name}: {share:.0%} of the bare loop (at least '
                f'{PROMISE:.0%}: {"kept" if share >= PROMISE else "NOT"})'
            )
        server.stop()
    return '\n'.join([*lines, '', *promises]), kept


if __name__ == '__main__':
    print(report()[0])
