# SPDX-License-Identifier: Apache-2.0

"""A trail and requests in, what Prometheus reads of them out."""

from prometheus_client.parser import text_string_to_metric_families

from cadf_audit.trail.engine import open_engine
from tests.trail.api.asking import make_client
from tests.trail.parts import begun
from tests.trail.parts import ended
from tests.trail.parts import ingest


def samples(client):
    """Return the value of each metric, by its name and labels."""
    answer = client.get('/metrics')

    assert 200 == answer.status
    assert answer.headers['content-type'].startswith('text/plain')
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.body.decode())
        for sample in family.samples
    }


def test_facts_of_the_trail(client, store):
    """How many there are, what is open, and how late a source is."""
    ingest(store, ended('a'), ended('b'), begun('c'), b'nonsense')
    found = samples(client)
    names = {
        'up': 1,
        'last_sequence': 2,
        'events': 2,
        'pending_events': 1,
        'dead_letters': 1,
    }

    assert names == {
        name: found[f'cadf_audit_trail_{name}',] for name in names
    }
    source = ('source', 'tests')
    assert found['cadf_audit_trail_source_lag_seconds', source] != 0
    assert (
        2
        == (
            found[
                'cadf_audit_trail_source_received_total',
                source,
                ('what', 'events'),
            ]
        )
    )


def test_requests_are_counted_by_path_and_status(sqlite_client):
    """Nothing that a client makes up becomes a label."""
    for path in ('/v1/events', '/v1/events/x', '/v1/events/y', '/x', '/y'):
        sqlite_client.get(path)
    sqlite_client.get('/v1/events', 'POST')
    sqlite_client.get('/v1/events', token='')
    sqlite_client.get('/%ff')
    found = {
        (dict(labels)['path'], dict(labels)['status']): value
        for (name, *labels), value in samples(sqlite_client).items()
        if name == 'cadf_audit_trail_api_requests_total'
    }

    assert {
        ('/v1/events', '200'): 1,
        ('/v1/events', '401'): 1,
        ('/v1/events', '405'): 1,
        ('/v1/events/{event_id}', '404'): 2,
        ('other', '404'): 2,
        ('other', '400'): 1,
    } == found


def test_without_a_database_that_is_what_they_say(tmp_path):
    """Who watches the API learns it from the metrics as well."""
    engine = open_engine('postgresql://me@127.0.0.1:1/trail')
    found = samples(make_client(engine, tmp_path))

    assert 0 == found['cadf_audit_trail_up',]
    assert ('cadf_audit_trail_events',) not in found
