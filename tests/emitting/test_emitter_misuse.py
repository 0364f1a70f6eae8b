# SPDX-License-Identifier: Apache-2.0

"""What a caller says wrongly in, a valid event and a warning out."""

import pytest

from cadf_audit.emitting import measurement
from cadf_audit.emitting import resource
from tests.emitting.emitters import emitted
from tests.emitting.emitters import NODE


@pytest.mark.parametrize(
    ('arguments', 'problem', 'part'),
    [
        (
            {'action': 'destroy'},
            "'destroy' is no CADF action",
            lambda event: event['action'],
        ),
        (
            {'action': 7.5},
            'the action is no text',
            lambda event: event['action'],
        ),
        (
            {'target': resource('n', 'colour')},
            "'colour' is no CADF typeURI",
            lambda event: event['target']['typeURI'],
        ),
        (
            {'target': None},
            'the target has no id',
            lambda event: event['target']['id'],
        ),
        (
            {'outcome': 'pending'},
            'outcome is one of success, failure, unknown',
            lambda event: event['outcome'],
        ),
        (
            {'kind': 'monitor'},
            'a monitor event needs a measurement',
            lambda event: event['measurements'][0]['metric']['name'],
        ),
        *(
            (
                {
                    'kind': 'monitor',
                    'measurements': [measurement('bytes', result, 'B')],
                },
                'a result that is a whole number',
                lambda event: event['measurements'][0]['metric']['name'],
            )
            for result in (2**63, True, 1.0, '1')
        ),
        (
            {'kind': 'control'},
            'a control event needs a reason',
            lambda event: event['reason']['reasonCode'],
        ),
        (
            {'reason': {'reasonType': 'HTTP'}},
            'the reason has no reasonCode',
            lambda event: event['reason']['reasonCode'],
        ),
    ],
)
def test_what_cannot_be_valid_is_unknown(caplog, arguments, problem, part):
    """The event is sent, and a warning names the problem and the caller."""
    event = emitted(**{'action': 'update', 'target': NODE, **arguments})

    assert 'unknown' == part(event)
    assert problem in caplog.text
    # Who called is the helper of the tests.
    assert 'emitters.py, line ' in caplog.text


@pytest.mark.parametrize(
    ('arguments', 'problem'),
    [
        ({'kind': 'colour'}, 'kind is one of activity, monitor, control'),
        ({'endpoint': 'TTY'}, 'endpoint is one of API, UI, CLI'),
        ({'colour': 'red'}, "'colour' is no fact of an event"),
        ({'tags': {'a?b': 'c'}}, 'a name without a question mark'),
        ({'tags': {'a': 1.5}}, 'and a value, both of them texts'),
        ({'tags': 'a'}, 'tags are a mapping, not str'),
        ({'attachments': {'a': object()}}, 'cannot be written as JSON'),
        ({'attachments': {str(n): n for n in range(99)}}, 'the first 64'),
        ({'request_id': 1.5}, 'request_id is no text'),
        ({'reason': 1.5}, 'neither a text nor a mapping'),
        (
            {'measurements': [measurement('a', 1, 'b')]},
            'measurements belong into monitor events',
        ),
    ],
)
def test_misuse_is_a_warning(caplog, arguments, problem):
    """What makes no sense is left out, and the event says the rest."""
    event = emitted('update', NODE, **arguments)

    assert 'update' == event['action']
    assert 'activity' == event['eventType']
    assert ['endpoint?value=API'] == event['tags']
    assert len(event.get('attachments', [])) <= 64
    assert problem in caplog.text
