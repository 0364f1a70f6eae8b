# SPDX-License-Identifier: Apache-2.0

"""The judge of the faults, on trails that somebody has tampered with."""

import pytest

from tests.faults.judge import FINAL
from tests.faults.judge import judge
from tests.faults.judge import PENDING
from tests.faults.load import Request
from tests.faults.promises import page


def message(event_type, number, message_id=None, process='p', **payload):
    """Return a message about a request."""
    return {
        'message_id': message_id or f'{event_type}{number}',
        'event_type': event_type,
        'payload': {
            'eventType': 'activity',
            'id': f'event{number}',
            'requestPath': f'/{number}',
            'initiator': {'host': {'agent': f'{process} {number}'}},
            **payload,
        },
    }


ONE = [message(PENDING, 1), message(FINAL, 1)]
TWO = [message(PENDING, 2), message(FINAL, 2)]


def requests(*statuses):
    """Return requests with these statuses; None for no answer."""
    return [Request(f'/{n}', s) for n, s in enumerate(statuses, 1)]


@pytest.mark.parametrize(
    ('statuses', 'messages', 'field', 'found'),
    [
        ((200, 200), [*ONE, *TWO], 'lost', []),
        ((200, 200), ONE, 'lost', ['/2']),
        ((200, 200), [*ONE, TWO[0]], 'lost', ['/2']),
        ((200, 200), [*ONE, TWO[1]], 'lost', ['/2']),
        ((200, None), ONE, 'lost', []),
        ((200, None), ONE, 'unfinished', []),
        ((200, None), [*ONE, TWO[0]], 'unfinished', ['/2']),
        ((200, None), [*ONE, *TWO], 'surplus', []),
        ((200,), [*ONE, message(FINAL, 1, 'new')], 'surplus', ['/1']),
        ((200,), [*ONE, *ONE], 'surplus', []),
        ((200,), [*ONE, *ONE], 'duplicates', 2),
        ((200, 503), ONE, 'refused', 1),
        ((200, 503), ONE, 'lost', []),
        ((200, 200), [*ONE, *TWO, *ONE], 'disordered', []),
        ((200, 200), [*TWO, *ONE], 'disordered', ['/1']),
        ((200,), ONE[::-1], 'disordered', ['/1']),
    ],
)
def test_verdict(statuses, messages, field, found):
    """The judge finds what is missing, too much, or too late; no more."""
    verdict = judge(requests(*statuses), messages)

    assert found == getattr(verdict, field)


def test_threads_of_a_process_may_overtake_each_other():
    """Only the two events of one request have an order in every process."""
    mixed = [ONE[0], TWO[0], ONE[1], TWO[1]]

    assert [] == judge(requests(200, 200), mixed, False).disordered
    assert judge(requests(200, 200), mixed).disordered


def test_losses_are_added_up():
    """Monitor events count once each, by reason."""
    loss = {
        'message_id': 'm',
        'event_type': 'audit.event',
        'payload': {
            'eventType': 'monitor',
            'reason': {'reasonCode': 'shed'},
            'measurements': [{'result': 3}],
        },
    }

    verdict = judge([], [loss, {**loss, 'message_id': 'n'}, loss])

    assert {'shed': 6} == verdict.reported


def test_promises_show_the_last_result_of_each():
    """The page has one line a promise, and says what is not promised."""
    result = {
        'promise': 'nothing is lost',
        'test': 'test_it[a]',
        'tries': '5 requests',
        'lost': 1,
        'seconds': 60.0,
        'date': '2030-01-01',
        'versions': {'Python': '3.11'},
    }

    text = page([result, {**result, 'lost': 0}])

    assert 1 == text.count('nothing is lost')
    assert (
        '| nothing is lost | `test_it[a]` | 5 requests | 0 | 2030-01-01 | '
        'Python 3.11 |\n'
    ) in text
    assert '## What is not promised' in text
