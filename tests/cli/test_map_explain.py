# SPDX-License-Identifier: Apache-2.0

"""``cadf-audit map explain``, as an operator types it."""

import json
import os
import pty
import subprocess

import pytest
import yaml

from tests.cli.spools import COMMAND
from tests.cli.spools import run
from tests.cli.spools import said
from tests.judge import assert_valid

MAP = """\
version: 2
service_type: compute
service_name: nova
prefix: /v2(?:/(?P<project_id>[0-9a-f]{32}))?
resources:
  servers:
    custom_actions:
      reboot: start/reboot
      hidden: null
      PUT:power: update/power
      PUT:power/off: stop
    action_from:
      PUT:power: request:$.target
    children:
      tags:
    bulk: {DELETE: "request:$['the ids'][0]"}
  keypairs:
    custom_id: header:Location
"""

KEYWORDS = """\
[custom_actions]
reboot/post = start/reboot
[path_keywords]
servers = server
limits = None
[service_endpoints]
compute = service/compute
"""


@pytest.fixture
def file(tmp_path):
    """The map, in a file."""
    path = tmp_path / 'map.yaml'
    path.write_text(MAP)
    return path


def explained(*arguments):
    """Return what is explained as JSON."""
    done = run('map', 'explain', *arguments, '-f', 'json')
    said(done)
    assert 0 == done.returncode
    document = json.loads(done.stdout)
    for event in document['events']:
        assert_valid(event['payload'])
    return document


def final(*arguments):
    """Return the last event of a request."""
    return explained(*arguments)['events'][-1]['payload']


def test_steps(file):
    """Each part of the path has its meaning, with the line of the rule."""
    found = explained(file, 'POST', '/v2/servers/S1/tags/x')

    assert [
        ('/v2', 'prefix /v2(?:/(?P<project_id>[0-9a-f]{32}))?, line 4'),
        ('servers', 'resource servers, line 6'),
        ('S1', 'id of servers'),
        ('tags', 'resource servers/tags, line 15'),
        ('x', 'id of servers/tags'),
        ('POST', 'update, by the method, line 15'),
    ] == [(step['part'], step['meaning']) for step in found['steps']]
    assert (str(file), 'servers/tags', 15) == (
        found['map'],
        found['rule'],
        found['line'],
    )


def test_action_in_the_path(file):
    """A named action is said by its own line."""
    found = explained(file, 'POST', '/v2/servers/S1/reboot')

    assert 'servers: custom_actions reboot' == found['rule']
    assert 8 == found['line']
    assert (
        'custom_actions servers: start/reboot, line 8'
        == (found['steps'][-1]['meaning'])
    )


@pytest.mark.parametrize(
    ('method', 'ending', 'body', 'action', 'rule', 'line'),
    [
        ('POST', 'action', '{"reboot": {}}', 'start/reboot', 'reboot', 8),
        ('POST', 'action', '{"x": {}}', 'update/x', 'named by the body', 6),
        ('PUT', 'power', '{"target": "off"}', 'stop', 'PUT:power/off', 11),
        ('PUT', 'power', '{"target": "x"}', 'update/power/x', 'PUT:power', 10),
    ],
)
def test_action_in_the_body(file, method, ending, body, action, rule, line):
    """The last step is what the body names, by the rule for that name."""
    found = explained(file, method, f'/v2/servers/S1/{ending}', '--body', body)

    assert found['steps'][-1]['meaning'].startswith(
        f'named by the body: {action}'
    )
    assert action == found['events'][-1]['payload']['action']
    assert action != found['events'][0]['payload']['action']
    assert found['rule'].endswith(rule)
    assert line == found['line']


def test_created(file, tmp_path):
    """Id and name come from the response, which may stand in a file."""
    response = tmp_path / 'response'
    response.write_text('{"server": {"id": "S7", "name": "seven"}}')

    event = final(
        file,
        *('POST', '/v2/servers', '--status', '202'),
        *('--response', f'@{response}'),
    )

    assert ('S7', 'seven') == (event['target']['id'], event['target']['name'])
    assert '202' == event['reason']['reasonCode']


def test_response_header(file):
    """An id may come from a header of the response."""
    event = final(
        file,
        *('POST', '/v2/keypairs', '--status', '201'),
        *('--response-header', 'Location: https://h/v2/keypairs/mine'),
    )

    assert 'mine' == event['target']['id']


def test_request_headers(file):
    """The identity is in headers of the request; a token stays secret."""
    event = final(
        file,
        *('GET', '/v2/servers?name=x'),
        *('--header', 'X-User-Id: u1', '--header', 'X-Project-Id:p1'),
        *('--header', 'X-User-Name: J\xfcrgen', '--header', 'X-Auth-Token: t'),
    )

    assert ('u1', 'p1', 'J\xfcrgen', '***') == (
        event['initiator']['id'],
        event['initiator']['project_id'],
        event['initiator']['name'],
        event['initiator']['credential']['token'],
    )
    assert '/v2/servers?name=x' == event['requestPath']


def test_items(file):
    """The events of a bulk request stand between the pair."""
    found = explained(
        file,
        *('PUT', '/v2/servers/S1/tags'),
        *('--response', '{"tags": ["a", "b"]}'),
    )

    assert [
        'audit.http.request',
        'audit.event',
        'audit.event',
        'audit.http.response',
    ] == [event['event_type'] for event in found['events']]


def test_suppressed(file):
    """A request that is not audited says so, and has no events."""
    arguments = (file, 'GET', '/v2/servers/hidden')

    done = run('map', 'explain', *arguments)

    assert [] == explained(*arguments)['events']
    assert 'This request is not audited: there is no event.' in done.stdout


def test_undeclared(file):
    """A path that no prefix matches is shown as such, and audited."""
    found = explained(file, 'PUT', '/v3/servers')

    assert [{'part': '/v3/servers', 'meaning': found['steps'][0]['meaning']}]
    assert 'no prefix of the map matches' == found['steps'][0]['meaning']
    assert (None, None) == (found['rule'], found['line'])
    assert (
        'undeclared_path?value=true' in found['events'][0]['payload']['tags']
    )


def test_url(file):
    """A whole URL stands for its path, and is decoded as a server does."""
    event = final(file, 'get', 'https://h:8774/v2/servers/%C3%A4?a=b')

    assert 'ä' == event['target']['id']
    assert '/v2/servers/%C3%A4?a=b' == event['requestPath']


def test_keywords(tmp_path):
    """A map of keywords shows which segment is one, and which rule decides."""
    file = tmp_path / 'map.conf'
    file.write_text(KEYWORDS)

    found = explained(file, 'POST', '/v2/servers/S1/reboot')

    assert [
        ('v2', 'no keyword: it says nothing'),
        ('servers', 'keyword, line 4: an id of server follows'),
        ('S1', 'id of server'),
        ('reboot', 'no keyword: it says nothing'),
        ('POST', 'by [custom_actions] reboot/post, line 2'),
    ] == [(step['part'], step['meaning']) for step in found['steps']]
    assert 'start/reboot' == found['events'][-1]['payload']['action']
    assert (
        'service/compute/servers/server'
        == (found['events'][-1]['payload']['target']['typeURI'])
    )


@pytest.mark.parametrize(
    ('method', 'path', 'meaning'),
    [
        ('GET', '/limits', 'by [path_keywords] limits, line 5'),
        ('GET', '/x', 'by the method alone'),
        ('POST', '/servers/1/action', 'the body names the action'),
    ],
)
def test_how_keywords_decide(tmp_path, method, path, meaning):
    """The last step says what decided about the action."""
    file = tmp_path / 'map.conf'
    file.write_text(KEYWORDS)

    found = explained(file, method, path)

    assert {'part': method, 'meaning': meaning} == found['steps'][-1]


def test_text(file):
    """For people there are steps, the rule, and a line above each event."""
    done = run('map', 'explain', file, 'DELETE', '/v2/servers/S1')

    assert done.stdout.startswith(f'DELETE /v2/servers/S1\nby {file}\n\n')
    assert '\n  servers  resource servers, line 6\n' in done.stdout
    assert '\nrule: servers, line 6\n' in done.stdout
    assert (
        '\naudit.http.response: success, delete of compute/server S1\n{\n'
        in done.stdout
    )
    assert '\x1b' not in done.stdout


def test_chosen_parts(file):
    """-c chooses parts, for people and for programs."""
    arguments = ('map', 'explain', file, 'GET', '/v2/servers', '-c', 'rule')

    assert 'rule: servers, line 6\n' == run(*arguments).stdout
    assert {'rule': 'servers'} == json.loads(
        run(*arguments, '-f', 'json').stdout
    )


def test_yaml(file):
    """YAML says the same as JSON, without references to what was said."""
    done = run('map', 'explain', file, 'GET', '/v2/servers', '-f', 'yaml')

    assert '&id' not in done.stdout
    assert 'servers' == yaml.safe_load(done.stdout)['rule']


@pytest.mark.parametrize(
    ('variables', 'coloured'),
    [({'TERM': 'xterm'}, True), ({'NO_COLOR': '1'}, False)],
)
def test_colours(file, variables, coloured):
    """Colours are for terminals whose owner has nothing against them."""
    environment = {k: v for k, v in os.environ.items() if k != 'NO_COLOR'}
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, 'wb') as terminal:
        subprocess.run(
            [*COMMAND, 'map', 'explain', file, 'GET', '/v2', '-c', 'rule'],
            check=True,
            env=environment | {'TERM': 'xterm'} | variables,
            stdout=terminal,
            timeout=120,
        )
    with os.fdopen(ours, 'rb', buffering=0) as screen:
        seen = screen.read(4096)

    assert b'rule: ' in seen
    assert coloured == (b'\x1b[1m' in seen)


@pytest.mark.parametrize(
    ('arguments', 'problem'),
    [
        (['GET', 'v2'], "'v2' is no path; one begins with a slash"),
        (['G T', '/'], "'G T' is no method"),
        (['GET', '/', '--status', '99'], "'99' is no status code"),
        (['GET', '/', '--status', 'x'], 'allowed are 100 to 599'),
        (['GET', '/', '--header', 'x'], "'x' is no header"),
        (['GET', '/', '--response-header', ': x'], 'is no header'),
        (['GET', '/', '--body', '@/no/such'], '/no/such: No such file'),
        (['GET'], 'arguments are required: PATH'),
    ],
)
def test_wrong_usage(file, arguments, problem):
    """A command line that makes no sense ends with status 2 and why."""
    done = run('map', 'explain', file, *arguments)

    assert problem in said(done)
    assert 2 == done.returncode


@pytest.mark.parametrize(
    ('name', 'problem'),
    [
        ('/no/such.yaml', '/no/such.yaml: cannot be read: No such file'),
        ('such', 'the maps that come with this package are'),
    ],
)
def test_no_map(name, problem):
    """A map that is not there is named, with those that are."""
    done = run('map', 'explain', name, 'GET', '/')

    assert problem in said(done)
    assert 1 == done.returncode


def test_a_map_that_does_not_load(file):
    """A map with which no service starts is refused here as well."""
    file.write_text(MAP.replace('reboot:', 'reboot: start\n      reboot:'))

    done = run('map', 'explain', file, 'GET', '/')

    assert 'line 9' in said(done)
    assert 'stands there twice' in done.stderr
    assert 1 == done.returncode
