# SPDX-License-Identifier: Apache-2.0

"""Requests with real tokens go in; what the trail says of them comes out.

Nothing between is a fake: Keystone, gunicorn with the filter and auth_token,
the spool, the forwarder, a quorum queue of RabbitMQ, the collector,
PostgreSQL.
"""

from concurrent.futures import ThreadPoolExecutor
import contextlib
import json

import pytest

from tests.faults.rig import wait_for
from tests.judge import assert_valid
from tests.servers.process import temporary_directory
from tests.services.chain import Api
from tests.services.chain import Trail
from tests.services.client import send

REQUESTS = 240
AT_A_TIME = 8

# Each with the action, and with the status that the API is asked for.
CALLS = [
    ('GET', '/nodes/7', 'read', 200),
    ('POST', '/nodes', 'create', 201),
    ('PATCH', '/nodes/7', 'update', 200),
    ('DELETE', '/nodes/7', 'delete', 204),
    ('GET', '/nodes/8', 'read', 404),
    ('GET', '/nodes', 'read/list', 200),
    ('PUT', '/nodes/9', 'update', 500),
]

# Who has no good token gets the answer of auth_token.
STRANGERS = ('forged', 'revoked', 'nobody')


@pytest.fixture
def tokens(keystone, users):
    """A token of each user, and what strangers have instead."""
    tokens = {name: keystone.token(user) for name, user in users.items()}
    tokens['forged'] = f'{tokens["alice"][:-8]}deadbeef'
    tokens['revoked'] = keystone.token(users['bob'])
    keystone.revoke(tokens['revoked'])
    return tokens | {'nobody': None}


@pytest.fixture(params=['thread', 'external'])
def forwarder(request):
    """Who sends what is in the spool."""
    return request.param


@pytest.fixture
def chain(keystone, rabbitmq, postgresql, forwarder):
    """An API and the trail that its events end in."""
    transport_url = rabbitmq.url(rabbitmq.add_vhost())
    database_url = postgresql.url(postgresql.add_database())
    with contextlib.ExitStack() as stack:
        directory = stack.enter_context(temporary_directory('trail'))
        trail = Trail(directory, transport_url, database_url)
        stack.callback(trail.stop)
        trail.wait()
        directory = stack.enter_context(temporary_directory('api'))
        api = Api(directory, keystone, transport_url, forwarder)
        stack.callback(api.stop)
        api.wait()
        yield api, trail


def requests():
    """Return all requests, as agent, who sends it, and the call."""
    people = ['alice', 'bob', 'admin', *STRANGERS]
    # Seven calls and six people: each does everything.
    return [
        (
            f'request {number}',
            people[number % len(people)],
            CALLS[number % len(CALLS)],
        )
        for number in range(REQUESTS)
    ]


def ask(api, tokens, request):
    """Send a request; return what its row should say."""
    agent, who, (method, path, action, status) = request
    answer = send(
        api.url,
        method,
        f'{path}?status={status}',
        headers={'User-Agent': agent},
        token=tokens[who],
    )
    if who in STRANGERS:
        status = 401

    assert status == answer.status
    return {
        'initiator_agent': agent,
        'action': action,
        'outcome': 'success' if status < 400 else 'failure',
        'reason_code': str(status),
        'request_id': answer.header('x-openstack-request-id'),
    }


def identity(users, who):
    """Return what a row should say of who it was."""
    user = users.get(who)
    return {
        'initiator_id': user.id if user else 'unknown',
        'initiator_name': user.name if user else 'unknown',
        'initiator_project_id': user.project_id if user else 'unknown',
    }


def test_every_answered_request_is_one_final_row(chain, users, tokens):
    """It says who asked for what, and with which result; nothing else is in.

    The numbers have no gap, nothing waits, and the queue is empty.
    """
    api, trail = chain
    sent = requests()
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        answered = list(pool.map(lambda each: ask(api, tokens, each), sent))
    expected = {
        row['initiator_agent']: row | identity(users, who)
        for row, (_, who, _) in zip(answered, sent, strict=True)
    }
    api.wait_until_forwarded()
    wait_for(lambda: len(trail.rows()) >= REQUESTS, 'the rows')
    left = trail.collect_rest()
    rows = trail.rows()
    names = expected['request 0'].keys()
    actual = {
        row['initiator_agent']: {name: row[name] for name in names}
        for row in rows
    }

    assert 0 == left
    assert [] == trail.pending()
    assert list(range(1, REQUESTS + 1)) == [row['sequence'] for row in rows]
    assert REQUESTS == len({row['id'] for row in rows})
    assert expected == actual
    for row in rows:
        assert_valid(json.loads(row['event']))
