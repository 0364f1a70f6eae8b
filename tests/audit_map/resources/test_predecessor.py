# SPDX-License-Identifier: Apache-2.0

"""A map of openstack-audit-middleware goes in; what it gave there comes out.

The maps beside this file are of invented services, written for these tests in
the format of that project. The facts in ``predecessor_cases.json`` were
recorded with its code at commit c710e6a4a20714b3b2ed2747282eb17d04a56f2f. In
the cases marked ``later`` they follow what its pull requests 106, 110, 115,
116 and 132 say of themselves, and that the operation ``read/list`` on a key
has no suffix; these were not run. What it is known to do wrongly is left out.

A case tells the request, the answer of the application, and what is
``expected``: an event each, with these marks:

* ``SERVICE`` for an id is that of the service itself.
* ``untold``: nothing tells the id of what was to be created, nor that of a
  parent. There it was that of the service; here it is ``unknown``.
* ``bulk``: an event for each item, and none for the request. Here the request
  has its pair as well.
* ``suppressed``: no event. Here the pair stays where only the body tells.
"""

import json
import pathlib

import pytest

from tests.harness import audited
from tests.harness import call
from tests.harness import environ
from tests.harness import event_log
from tests.judge import assert_valid

HERE = pathlib.Path(__file__).parent
CASES = json.loads((HERE / 'predecessor_cases.json').read_text())
PAIR = ['audit.http.request', 'audit.http.response']
MARKS = {'bulk', 'suppressed'}


def cases_of(mark=None):
    """Return the cases with a mark, or those of one event."""
    return [
        pytest.param(case, id=case['name'])
        for case in CASES
        if mark in case or (mark is None and not MARKS & case.keys())
    ]


def named_cases():
    """Return the cases of one event in which the target has a name."""
    return [
        param
        for param in cases_of()
        for case in param.values
        if 'name' in case['expected'][0]['target'] and 'untold' not in case
    ]


def application(case):
    """Return an application that reads the body and gives the answer."""
    response = case['response']
    body = response.get('body', '').encode()
    headers = [('Content-Length', str(len(body)))]
    if 'type' in response:
        headers.append(('Content-Type', response['type']))

    def app(environ, start_response):
        environ['wsgi.input'].read(int(environ.get('CONTENT_LENGTH') or 0))
        start_response(response['status'], headers)
        return [body]

    return app


def play(case):
    """Send the request of a case; return its events by type, in order."""
    path, _, query = case['path'].partition('?')
    request = environ(
        case['method'],
        path,
        case.get('body', '').encode(),
        QUERY_STRING=query,
        **case['environ'],
    )
    app = audited(application(case), audit_map_file=str(HERE / case['map']))
    with event_log() as log:
        response = call(app, request)
    assert response.error is None
    assert case['response']['status'] == response.status
    assert case['response'].get('body', '') == response.body.decode()
    for event in log.events:
        assert_valid(event)
    return [
        (message['event_type'], message['payload']) for message in log.messages
    ]


def attachments(holder):
    """Return the attachments of a target or of an event, by their name."""
    return sorted(
        holder.get('attachments', []), key=lambda attached: attached['name']
    )


def facts(event):
    """Return of an event what a map decides."""
    target = event['target']
    return {
        'action': event['action'],
        'typeURI': target['typeURI'],
        'id': target['id'],
        'project_id': target.get('project_id'),
        'target': attachments(target),
        'event': attachments(event),
    }


def recorded(case, event, index=0):
    """Return the same of a recorded event.

    :param event: ours, whose observer is the service
    """
    told = facts(case['expected'][index])
    if 'untold' in case:
        told['id'] = 'unknown'
    elif told['id'] == 'SERVICE':
        told['id'] = event['observer']['id']
    return told


def test_cases_are_told_apart():
    """A name stands for one case, and each of the maps has some."""
    maps = {path.name for path in HERE.glob('predecessor_*.yaml')}

    assert len(CASES) == len({case['name'] for case in CASES})
    assert maps == {case['map'] for case in CASES}
    assert 90 <= len(CASES)


@pytest.mark.parametrize('case', cases_of())
def test_request_has_the_facts_it_had_there(case):
    """The final event of a pair names the same action and target."""
    events = play(case)
    final = events[-1][1]

    assert PAIR == [event_type for event_type, _ in events]
    assert recorded(case, final) == facts(final)


@pytest.mark.parametrize('case', named_cases())
def test_target_has_the_name_it_had_there(case):
    """The name of an element comes from the answer, else the service's."""
    final = play(case)[-1][1]

    assert case['expected'][0]['target']['name'] == final['target']['name']


@pytest.mark.parametrize('case', cases_of('bulk'))
def test_each_item_has_the_facts_it_had_there(case):
    """A list in the answer gives an event an item, before the final one."""
    events = play(case)
    items = [event for _, event in events[1:-1]]

    assert [
        PAIR[0],
        *['audit.event'] * len(case['expected']),
        PAIR[1],
    ] == [event_type for event_type, _ in events]
    assert [
        recorded(case, item, index) for index, item in enumerate(items)
    ] == [facts(item) for item in items]


@pytest.mark.parametrize('case', cases_of('suppressed'))
def test_null_suppresses_the_pair_where_the_path_tells(case):
    """A pair that only the body would have suppressed stays."""
    expected = [] if case['suppressed'] == 'path' else PAIR

    assert expected == [event_type for event_type, _ in play(case)]
