# SPDX-License-Identifier: Apache-2.0

"""What ``cadf-audit map explain`` says of what the events hold back."""

import json
import logging

import pytest

from cadf_audit.middleware import options
from tests.cli.events import run
from tests.judge import assert_valid

MAP = """\
version: 2
service_type: compute
prefix: /v2
policy:
  rules:
  - {level: metadata, path: /v2/quiet/**}
  - {level: request, method: PATCH}
  - {level: response, method: [POST, PUT]}
resources:
  servers:
    payloads: {exclude: [files, '$.tags[0]']}
  keypairs:
    payloads: {enabled: false}
  secrets: {secret_id: true, children: {parts: }}
  quiet:
"""

JSON = '{"server": {"name": "w", "adminPass": "hunter2", "files": ["x"]}}'
FORM = 'x-www-form-urlencoded'
LONG = 'longer than body_limit'
END = ('the end of it', LONG)
SECRET = ('password', 'a secret')
TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlX29mX2l0'


@pytest.fixture
def explain(tmp_path):
    """Return a function that explains a request by the map."""
    path = tmp_path / 'map.yaml'
    path.write_text(MAP)

    def explained(*arguments):
        done = run(
            *('map', 'explain', str(path)),
            *arguments,
            *('-f', 'json'),
        )
        for event in done.json['events']:
            assert_valid(event['payload'])
        assert 'hunter2' not in json.dumps(done.json)
        return done.json

    return explained


def held_back(found):
    """Return where, what and why."""
    return [
        (each['where'], each['part'], each['why'])
        for each in found['redacted']
    ]


def attached(found):
    """Return the payloads of the final event, by their names."""
    return {
        each['name']: json.loads(each['content'])
        for each in found['events'][-1]['payload'].get('attachments', ())
        if each['typeURI'].startswith('mime:')
    }


def test_query(explain):
    """Each parameter that is hidden, by its name or by what it holds."""
    url = '/v2/servers?token=hunter2&u=http://a:hunter2@h&k=pass1&v=hunter2'
    found = explain('GET', url)

    assert [
        ('query', name, 'a secret') for name in ('token', 'u', 'v')
    ] == held_back(found)


def test_header(explain):
    """A credential that the client sent."""
    found = explain('GET', '/v2/servers', '--header', 'X-Auth-Token: hunter2')

    assert [('header', 'X-Auth-Token', 'a credential')] == held_back(found)


def test_path(explain):
    """What the map calls a secret, in the path and in the target."""
    found = explain('GET', '/v2/secrets/hunter2')

    assert [
        ('path', 'segment 3', 'secret_id of the map'),
        ('event', 'target.id', 'a secret'),
    ] == held_back(found)


def test_secret_parent(explain):
    """The id of a parent stands in the target, and is hidden there."""
    found = explain('GET', '/v2/secrets/hunter2/parts/1')

    assert [
        ('path', 'segment 3', 'secret_id of the map'),
        ('event', 'target.attachments[0].content', 'a secret'),
    ] == held_back(found)


def test_names_and_lists(explain):
    """A name that is a secret is not shown; a shorter list is told."""
    body = json.dumps({'tags': ['a', 'b'], TOKEN: 1})

    found = explain('PATCH', '/v2/servers/1', '--body', body)

    assert TOKEN not in json.dumps(found)
    assert [
        ('request', '$.***', 'a secret'),
        ('request', '$.tags[*]', 'left out by payloads of the map'),
    ] == held_back(found)


def test_bodies(explain):
    """Both are attached as the filter attaches them, less what is hidden."""
    found = explain(
        *('POST', '/v2/servers', '--body', JSON),
        *('--response', '{"server": {"adminPass": "hunter2"}}'),
    )

    told = attached(found)
    assert {'server': {'name': 'w', 'adminPass': '***'}} == (
        told['request']['content']
    )
    assert {'server': {'adminPass': '***'}} == told['response']['content']
    assert [
        ('request', '$.server.adminPass', 'a secret'),
        ('request', '$.server.files', 'left out by payloads of the map'),
        ('response', '$.server.adminPass', 'a secret'),
    ] == held_back(found)


def test_form(explain):
    """A form is taken apart as well."""
    found = explain(
        *('PUT', '/v2/servers/1', '--body', 'a=1&password=hunter2&files=x'),
        *('--header', f'Content-Type: application/{FORM}'),
    )

    assert [['a', '1'], ['password', '***']] == (
        attached(found)['request']['content']
    )
    assert [
        ('request', '$.password', 'a secret'),
        ('request', '$.files', 'left out by payloads of the map'),
    ] == held_back(found)


@pytest.mark.parametrize(
    ('method', 'path', 'names'),
    [
        ('POST', '/v2/quiet', []),
        ('PATCH', '/v2/servers/1', ['request']),
        ('POST', '/v2/servers', ['request', 'response']),
        ('POST', '/v2/keypairs', []),
    ],
)
def test_level_and_map_say_what_is_attached(explain, method, path, names):
    """That the map keeps a body out is told; that the level does, is not."""
    found = explain(method, path, '--body', '{"a": 1}', '--response', '{}')

    assert names == sorted(attached(found))
    kept_out = [('request', '$', 'not attached')] * ('keypairs' in path)
    assert kept_out == held_back(found)[:1]


def test_what_is_not_read(explain):
    """Of a text, of broken JSON, and of what is packed, nothing is told."""
    for header, body in (
        ('Content-Type: text/plain', 'hunter2'),
        ('Content-Type: application/json', '{"hunter2'),
        ('Content-Encoding: gzip', '{"a": "hunter2"}'),
    ):
        found = explain(
            *('PATCH', '/v2/servers/1', '--body', body, '--header', header)
        )
        assert [('request', '$', 'not read: its type and length alone')] == (
            held_back(found)
        )


def test_options_of_the_service(explain, tmp_path):
    """Its names of secrets and its body_limit count."""
    file = tmp_path / 'a.conf'
    file.write_text('[audit]\nredact_names = pnr\nbody_limit = 20\n')
    body = '{"pnr": "hunter2", "b": [1, 2, 3, 4]}'

    found = explain(
        *('PATCH', '/v2/servers/1?pnr=hunter2', '--body', body),
        *('--config-file', str(file)),
    )

    assert {'content': {'pnr': '***'}, 'length': len(body), 'cut': True} == (
        attached(found)['request']
    )
    assert [
        ('query', 'pnr', 'a secret'),
        ('request', '$.pnr', 'a secret'),
        ('request', 'the end of it', 'longer than body_limit'),
    ] == held_back(found)


def test_body_that_has_no_name(explain):
    """Nobody can tell whether it is a secret, so that it is one."""
    found = explain('PATCH', '/v2/servers/1', '--body', '"hunter2"')

    assert '***' == attached(found)['request']['content']
    assert [('request', '$', 'a secret')] == held_back(found)


@pytest.mark.parametrize(
    ('media', 'body', 'part', 'why'),
    [
        ('json', '{"value": "hunter2", "more": "of it"}', 'value', LONG),
        # Names inside a secret are parts of it.
        ('json', '{"password":{"hunter2":{"v":1,"b":2}}}', *SECRET),
        (FORM, 'value=hunter2&more=of+it&and=so+on', 'value', LONG),
    ],
)
def test_value_whose_name_is_cut_off(
    explain, tmp_path, media, body, part, why
):
    """It may be that of a secret, which nobody knows because of the cut."""
    file = tmp_path / 'a.conf'
    file.write_text('[audit]\nbody_limit = 30\n')

    found = explain(
        *('PATCH', '/v2/servers/1', '--body', body),
        *('--header', f'Content-Type: application/{media}'),
        *('--config-file', str(file)),
    )

    assert [('request', f'$.{part}', why), ('request', *END)] == held_back(
        found
    )


def test_finished_part_of_a_long_body(explain):
    """Only the last object may have lost a name; the rest is as ever."""
    body = (
        '{"old": [{"name": "a", "value": "b"}, {"adminPass": "hunter2"}], '
        '"env": [{"name": "a", "value": "b", "more": "' + 'x' * 70_000
    )

    found = explain('PATCH', '/v2/servers/1', '--body', body)

    assert [{'name': 'a'}] == attached(found)['request']['content']['env']
    assert [
        ('request', '$.old[1].adminPass', 'a secret'),
        ('request', '$.env[0].value', LONG),
        ('request', *END),
    ] == held_back(found)


def test_body_that_was_not_sent_whole(explain):
    """No limit has cut it, but its client."""
    found = explain(
        *('PATCH', '/v2/servers/1', '--body', '{"value": "hunter2", "b": [1'),
        *('--header', 'Content-Length: 100'),
    )

    assert [
        ('request', '$.value', 'not all of it was sent'),
        ('request', 'the end of it', 'not all of it was sent'),
    ] == held_back(found)


@pytest.mark.parametrize(
    ('body', 'parts'),
    [
        ('hunter2s3cret', ['$']),
        ('hunter2 s3cret&x=1', ['$']),
        ('{"password": "hunter2"}', ['$']),
        ('{"a": "b"}', []),
        (f'a=1&password=hunter2&{TOKEN}=1&hunter2=1', ['$.password', '$.***']),
        ('u=http://a:hunter2@h&u=1', ['$.u']),
    ],
)
@pytest.mark.parametrize('mode', ['mask', 'drop'])
def test_what_is_no_form(explain, tmp_path, body, parts, mode):
    """It has no names, and what follows a secret may be more of it."""
    file = tmp_path / 'a.conf'
    file.write_text(f'[audit]\nredact_mode = {mode}\n')

    found = explain(
        *('PATCH', '/v2/keys/1', '--body', body, '--config-file', str(file)),
        *('--header', f'Content-Type: application/{FORM}'),
    )

    assert TOKEN not in json.dumps(found)
    assert [('request', part, 'a secret') for part in parts] == (
        held_back(found)
    )


@pytest.mark.parametrize(
    ('media', 'body'),
    [
        ('json', '{"name": "ü", "pwd": "x"}'.encode('utf-16')),
        ('json', b'\xef\xbb\xbf{"name": "\xc3\xbc", "pwd": "x"}'),
        ('json; charset=latin-1', b'{"name": "\xfc", "pwd": "x"}'),
        ('json', rb'{"\ud800": ["\ud800"], "pwd": "x"}'),
        ('json', b'{"a": %b"a"%b, "pwd": "x"}' % (b'[' * 800, b']' * 800)),
    ],
)
def test_bodies_of_every_kind(explain, tmp_path, media, body):
    """They are read as the filter reads them, and nothing else is hidden."""
    file = tmp_path / 'body'
    file.write_bytes(body)

    found = explain(
        *('PATCH', '/v2/keys/1', '--body', f'@{file}'),
        *('--header', f'Content-Type: application/{media}'),
    )

    assert [('request', '$.pwd', 'a secret')] == held_back(found)


@pytest.mark.parametrize('mode', ['mask', 'drop', 'hash'])
def test_each_mode(explain, tmp_path, mode):
    """Whatever stands in its place, it is told that something is hidden."""
    key = tmp_path / 'key'
    key.write_text('k' * 32)
    key.chmod(0o600)
    file = tmp_path / 'a.conf'
    file.write_text(
        f'[audit]\nredact_mode = {mode}\nredact_key_file = {key}\n'
    )

    found = explain(
        *('PATCH', '/v2/servers/1?token=hunter2', '--body', JSON),
        *('--config-file', str(file)),
    )

    assert [
        ('query', 'token', 'a secret'),
        ('request', '$.server.adminPass', 'a secret'),
        ('request', '$.server.files', 'left out by payloads of the map'),
    ] == held_back(found)


@pytest.mark.parametrize(
    ('option', 'value'),
    [('ignore_req_list', 'PUT'), ('ignore_path_list', '/v2/servers*')],
)
def test_what_the_options_leave_out(explain, tmp_path, option, value):
    """They win over the policy, and the level says which of them did."""
    file = tmp_path / 'a.conf'
    file.write_text(f'[audit]\n{option} = {value}\n')

    found = explain('PUT', '/v2/servers/1', '--config-file', str(file))

    assert [] == found['events'] == found['redacted']
    assert {
        'level': 'none',
        'file': None,
        'rule': None,
        'line': None,
        'option': option,
    } == found['policy']
    assert 'servers' == found['rule']


def test_text(tmp_path):
    """For people it stands below the level, a line for each part."""
    path = tmp_path / 'map.yaml'
    path.write_text(MAP)
    arguments = ('map', 'explain', str(path), 'POST', '/v2/servers?token=x')

    done = run(*arguments, '--body', JSON, '-c', 'redacted')
    conf = tmp_path / 'a.conf'
    conf.write_text('[audit]\nignore_req_list = POST\n')
    ignored = run(*arguments, '--config-file', str(conf), '-c', 'policy')

    assert [
        'redacted:',
        '  query     token: a secret',
        '  request   $.server.adminPass: a secret',
        '  request   $.server.files: left out by payloads of the map',
    ] == done.out.splitlines()
    assert 'level: none, by ignore_req_list\n' == ignored.out
    # That is for the service to be told, by loggers that say so again.
    assert 'notification driver' not in ignored.err
    assert logging.NOTSET == logging.getLogger(options.__name__).level
