# SPDX-License-Identifier: Apache-2.0

"""Messages as lines of JSON, the final one with what is known already."""

import json
import threading

from hypothesis import given
from hypothesis import strategies as st

from cadf_audit.delivery.encoding import LineEncoder

values = st.recursive(
    st.text() | st.integers() | st.just('"outcome":"pending"'),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
        | st.just({'outcome': 'pending'})
    ),
    max_leaves=6,
)
names = st.sampled_from(['id', 'action', 'target', 'tags', 'reason', 'x"y'])
parts = st.dictionaries(names, values, max_size=5)


def open_event(before, after):
    """Return a pending event."""
    return {'typeURI': 'event', **before, 'outcome': 'pending', **after}


@given(before=parts, after=parts, changes=parts, copied=st.booleans())
def test_line_says_what_the_event_says(before, after, changes, copied):
    """A line holds the event, whatever of its pending one was used again."""
    encoder = LineEncoder('the "service"')
    pending = open_event(before, after)
    final = {**pending, 'outcome': 'success', **changes}
    if copied:
        final = json.loads(json.dumps(final))

    lines = [
        encoder.line('audit.http.request', pending),
        encoder.line('audit.http.response', final),
    ]

    assert [pending, final] == [json.loads(each)['payload'] for each in lines]
    for line in lines:
        assert line.isascii()
        assert '\n' not in line


@given(first=parts, second=parts)
def test_final_event_of_another_request(first, second):
    """Requests that overlap in a thread do not mix."""
    encoder = LineEncoder('svc')
    one, other = open_event(first, {}), open_event(second, {})
    final = {**one, 'outcome': 'failure'}

    encoder.line('audit.http.request', one)
    encoder.line('audit.http.request', other)
    line = encoder.line('audit.http.response', final)

    assert final == json.loads(line)['payload']


def test_final_event_in_another_thread():
    """A server may end a request in another thread than it began."""
    encoder = LineEncoder('svc')
    pending = open_event({'id': '1'}, {'tags': ['a?value=b']})
    final = {**pending, 'outcome': 'success', 'reason': {'reasonCode': '200'}}
    lines = []

    encoder.line('audit.http.request', pending)
    thread = threading.Thread(
        target=lambda: lines.append(encoder.line('audit.http.response', final))
    )
    thread.start()
    thread.join()

    assert final == json.loads(lines[0])['payload']


def test_message_is_that_of_the_notifier():
    """A line has the keys of Oslo's notifier, in their order."""
    message = json.loads(LineEncoder('svc').line('audit.event', {'id': '1'}))

    assert [
        'message_id',
        'publisher_id',
        'event_type',
        'priority',
        'payload',
        'timestamp',
    ] == list(message)
    assert ('svc', 'audit.event', 'INFO') == (
        message['publisher_id'],
        message['event_type'],
        message['priority'],
    )
