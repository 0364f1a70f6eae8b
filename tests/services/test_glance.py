# SPDX-License-Identifier: Apache-2.0

"""Calls go to a real Glance; its answers and their events come out."""

import pytest

from tests.services.calls_glance import CALLS
from tests.services.calls_glance import LARGE
from tests.services.trial import check_answer
from tests.services.trial import check_events
from tests.services.trial import check_secrets

each_call = pytest.mark.parametrize('call', CALLS, ids=lambda call: call.name)


@each_call
def test_call_leaves_its_events(glance, call):
    """Glance gives the status, and the trail the events, of the catalogue."""
    check_events(glance, call)


@each_call
def test_answer_is_that_of_glance(glance, call):
    """Status, headers and body are what they are without the filter."""
    check_answer(glance, call)


def test_catalogue_is_large_enough():
    """At least 40 of the calls to Glance reach the filter."""
    assert 40 <= sum(call.action is not None for call in CALLS)


def test_no_other_request_left_an_event(glance):
    """The calls of the catalogue that reach the filter are the whole trail."""
    reaching = [call for call in CALLS if call.action]

    assert 2 * len(reaching) == len(glance.audited.trail.messages)


def test_large_image_arrives_whole(glance):
    """What went up in chunks comes down byte for byte."""
    assert LARGE == glance.audited.answers['download much'].body


def test_trail_of_glance_holds_no_secret(glance):
    """No token and no signature of a query is in any event."""
    check_secrets(glance, 's3cr3t')


def test_filter_had_nothing_to_report(glance):
    """The filter met no error in Glance: its logger is silent."""
    assert ' cadf_audit' not in glance.output
