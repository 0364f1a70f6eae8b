# SPDX-License-Identifier: Apache-2.0

"""Calls go to a real Cinder; its answers and their events come out."""

import functools

import pytest

from tests.servers.process import free_ports
from tests.servers.process import temporary_directory
from tests.services.calls_cinder import blanks
from tests.services.calls_cinder import CALLS
from tests.services.catalogue import parse
from tests.services.cinder import Cinder
from tests.services.trial import add_to_catalog
from tests.services.trial import check_answer
from tests.services.trial import check_events
from tests.services.trial import check_secrets
from tests.services.trial import make_tokens
from tests.services.trial import run

# The same API with the filter in front of all that answers in its place.
OUTER_CALLS = parse(
    """
no token
  - GET /v3/$alice/volumes
  401 failure: read/list volumes

bad token
  mallory GET /v3/$alice/volumes
  401 failure: read/list volumes

too large
  - POST /v3/$alice/volumes
  @blanks
  413 failure: create volumes

create more than the quota
  alice POST /v3/$alice/volumes
  {"volume": {"size": 5000}}
  413 failure: create volumes

pools
  admin GET /v3/$admin/scheduler-stats/get_pools
  500 failure: read .

list types
  alice GET /v3/$alice/types
  200 success: read/list types
""",
    type_uri='service/storage/block',
    bodies={'blanks': blanks},
)

each_call = pytest.mark.parametrize('call', CALLS, ids=lambda call: call.name)


@pytest.fixture(scope='module')
def outer_cinder(keystone, users, cinder_database):
    """The events of a Cinder with the filter in front of faultwrap."""
    (port,) = free_ports(1)
    add_to_catalog(Cinder, keystone, port)
    with temporary_directory('cinder') as directory:
        start = functools.partial(
            Cinder, directory, keystone, cinder_database, port, 'request_id'
        )
        tokens = make_tokens(keystone, users)
        return run(start, OUTER_CALLS, tokens, users).trail


@each_call
def test_call_leaves_its_events(cinder, call):
    """Cinder gives the status, and the trail the events, of the catalogue."""
    check_events(cinder, call)


@each_call
def test_answer_is_that_of_cinder(cinder, call):
    """Status, headers and body are what they are without the filter."""
    check_answer(cinder, call)


@pytest.mark.parametrize(
    'call', OUTER_CALLS, ids=lambda call: f'outer {call.name}'
)
def test_outer_placement_sees_what_the_client_gets(outer_cinder, users, call):
    """Refusals and faults have their codes where the filter is outermost."""
    _, final = outer_cinder.pair(call.name)
    user = users.get(call.who)

    assert call.outcome == final['outcome']
    assert str(call.status) == final['reason']['reasonCode']
    assert call.action == final['action']
    assert call.type_uri == final['target']['typeURI']
    assert (user.id if user else 'unknown') == final['initiator']['id']


@each_call
def test_event_has_the_request_id_of_the_answer(cinder, call):
    """Who has the answer of Cinder finds its events by the request id."""
    answer = cinder.audited.answers[call.name]
    request_id = answer.header('x-openstack-request-id')

    for message in cinder.audited.trail.of(call.name):
        assert request_id == message['payload']['initiator']['request_id']


def test_catalogue_is_large_enough():
    """At least 40 of the calls to Cinder reach the filter."""
    assert 40 <= sum(call.action is not None for call in CALLS)


def test_no_other_request_left_an_event(cinder):
    """The calls of the catalogue that reach the filter are the whole trail."""
    reaching = [call for call in CALLS if call.action]

    assert 2 * len(reaching) == len(cinder.audited.trail.messages)


def test_trail_of_cinder_holds_no_secret(cinder):
    """No token is in any event."""
    check_secrets(cinder)


def test_filter_had_nothing_to_report(cinder):
    """The filter met no error in Cinder: its logger is silent."""
    assert ' cadf_audit' not in cinder.output
