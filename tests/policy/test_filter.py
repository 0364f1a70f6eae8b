# SPDX-License-Identifier: Apache-2.0

"""A policy and requests go into the filter; the events come out."""

import logging

import pytest

from cadf_audit.exceptions import AuditMapError
from cadf_audit.exceptions import OptionError
from cadf_audit.exceptions import PolicyError
from cadf_audit.middleware.request import HANDLE_KEY
from tests.harness import answer
from tests.harness import audited
from tests.harness import call
from tests.harness import environ
from tests.harness import event_log
from tests.judge import assert_valid
from tests.policy.requests import write

MAP = """\
version: 2
service_type: compute
prefix: /v1
{}resources:
  servers:
    custom_actions: {{start: update/start}}
"""


def levels(app, *requests):
    """Return for each request how many events it leaves."""
    with event_log() as log:
        counts = []
        for request in requests:
            before = len(log.events)
            call(app, request)
            counts.append(
                sum(
                    message['event_type'].startswith('audit.http')
                    for message in log.messages[before:]
                )
            )
    return counts


@pytest.fixture
def policed(tmp_path):
    """Return a function that puts an application behind rules."""

    def build(rules, app=None, **options):
        path = str(write(tmp_path, rules))
        return audited(app, audit_policy_file=path, **options)

    return build


def test_none_leaves_no_event(policed):
    """What is left out passes as if there was no filter, without a handle."""
    seen = []

    def app(environ, start_response):
        seen.append(HANDLE_KEY in environ)
        return answer()(environ, start_response)

    made = policed('- {level: none, method: GET}\n', app)

    assert [0, 2] == levels(made, environ(), environ('PUT'))
    assert [False, True] == seen


def test_no_rule_is_metadata(policed):
    """A policy of which no rule matches changes nothing."""
    made = policed('- {level: none, path: /status}\n')

    assert [2, 2, 0] == levels(
        made, environ(), environ(path='/x'), environ(path='/status')
    )


@pytest.mark.parametrize(
    ('rule', 'keys', 'left_out'),
    [
        ('user: alice', {'HTTP_X_USER_ID': 'alice'}, True),
        ('user: alice', {'HTTP_X_USER_NAME': 'alice'}, True),
        ('user: alice', {}, False),
        ('user: {not: alice}', {}, True),
        ('project: p1', {'HTTP_X_PROJECT_ID': 'p1'}, True),
        ('role: reader', {'HTTP_X_ROLES': 'member, Reader'}, True),
        ('role: reader', {'HTTP_X_ROLES': 'readers'}, False),
        ('role: "r\xe4te"', {'HTTP_X_ROLES': 'r\xc3\xa4te'}, True),
        ('network: 192.0.2.0/24', {}, True),
        ('network: 192.0.2.0/24', {'REMOTE_ADDR': '10.0.0.1'}, False),
        ('network: 10.0.0.0/8', {'HTTP_X_FORWARDED_FOR': '10.1.1.1'}, False),
        ('path: /api/x', {'SCRIPT_NAME': '/api', 'PATH_INFO': '/x'}, True),
        ('path: /x', {'SCRIPT_NAME': '/api', 'PATH_INFO': '/x'}, False),
        ('action: read', {}, True),
        ('action: read/list', {}, False),
        ('target_type: unknown', {}, True),
    ],
)
def test_what_a_rule_sees(rule, keys, left_out, policed):
    """Each key looks at the fact that the event would hold."""
    made = policed(f'- {{level: none, {rule}}}\n')

    assert [0 if left_out else 2] == levels(made, environ(**keys))


def test_forwarded_address_counts_behind_a_trusted_proxy(policed):
    """The network is that of the address that the event would name."""
    made = policed(
        '- {level: none, network: 10.0.0.0/8}\n', trusted_proxies='192.0.2.7'
    )

    assert [0] == levels(made, environ(HTTP_X_FORWARDED_FOR='10.1.1.1'))


def test_identity_that_nobody_vouches_for_counts_for_nothing(policed):
    """With identity_source = keystone, no header of a client is believed."""
    made = policed(
        '- {level: none, user: alice}\n- {level: none, role: admin}\n',
        identity_source='keystone',
    )
    claimed = {'HTTP_X_USER_ID': 'alice', 'HTTP_X_ROLES': 'admin'}
    known = {'keystone.token_info': {'token': {}}}

    assert [2, 0] == levels(
        made, environ(**claimed), environ(**claimed, **known)
    )


def test_headers_that_a_client_may_write_are_warned_of(policed, caplog):
    """Who asks decides that nothing is recorded: that is said at start."""
    rules = '- {level: request, user: a}\n- {level: none, role: b}\n'

    policed(rules, identity_source='keystone')
    assert [] == [r for r in caplog.records if 'who asks' in r.getMessage()]
    policed(rules)
    [record] = [r for r in caplog.records if 'who asks' in r.getMessage()]
    assert 'line 4: who asks decides' in record.getMessage()


def test_event_names_who_the_rules_asked_for(policed):
    """What a rule has looked at stands in the events as without a rule."""
    made = policed(
        '- {level: none, user: b, network: 10.0.0.0/8}\n'
        '- {level: none, network: 10.0.0.0/8}\n'
        '- {level: none, action: create}\n'
        '- {level: none, target_type: storage}\n'
    )
    request = environ(path='/v1', HTTP_X_USER_ID='a', HTTP_X_USER_NAME='n')

    def app(environ, start_response):
        environ['HTTP_X_USER_ID'] = 'later'
        return answer()(environ, start_response)

    made._audited._app = app
    with event_log() as log:
        call(made, request)

    pending, final = log.events[-2:]
    assert ('a', 'n') == (
        pending['initiator']['id'],
        pending['initiator']['name'],
    )
    assert '192.0.2.7' == pending['initiator']['host']['address']
    assert 'later' == final['initiator']['id']
    assert 'read' == pending['action']
    assert 'unknown' == pending['target']['typeURI']


def test_ignore_lists_win(policed):
    """No rule brings back what the options leave out."""
    made = policed(
        '- level: response\n',
        ignore_req_list='HEAD',
        ignore_path_list='/status',
    )

    assert [0, 0, 2] == levels(
        made, environ('HEAD'), environ(path='/status'), environ()
    )


def test_rule_that_fails_leaves_nothing_out(policed, caplog):
    """An error of ours is logged and counted, and the request is recorded."""

    class Odd(dict):
        """An environ of a server that breaks PEP 3333."""

        def get(self, key, default=None):
            if key == 'HTTP_X_ROLES':
                raise RuntimeError('odd')
            return super().get(key, default)

    made = policed('- {level: none, role: {not: x}}\n')

    assert [2] == levels(made, Odd(environ()))
    assert 1 == made.errors
    assert 'could not decide by the policy of GET' in caplog.text


@pytest.mark.parametrize(
    'keys',
    [
        {'PATH_INFO': None},
        {'PATH_INFO': '/\udcff'},
        {'PATH_INFO': '/' * 5000 + 'x'},
        {'REQUEST_METHOD': 'X' * 5000},
        {'HTTP_X_ROLES': ',' * 5000},
        {'HTTP_X_USER_ID': '\xff\x00'},
        {'REMOTE_ADDR': '\x00'},
        {'REMOTE_ADDR': '\u0661.1.1.1'},
        {'REMOTE_ADDR': '1' * 5000},
    ],
)
def test_odd_request_is_recorded(keys, policed):
    """Nothing that a client sends fails a rule."""
    rules = ''.join(
        f'- {{level: none, {rule}}}\n'
        for rule in (
            'method: POST',
            'path: /**/a/**/b',
            'user: alice',
            'role: admin',
            'project: p',
            'network: 10.0.0.0/8',
            'action: create',
            'target_type: storage',
        )
    )
    made = policed(rules)

    assert [2] == levels(made, environ(**keys))
    assert 0 == made.errors


# The policy of a map


def test_policy_in_a_map(tmp_path):
    """A resource map holds a policy, whose rules see what the map says."""
    path = tmp_path / 'map.yaml'
    path.write_text(
        MAP.format(
            'policy:\n  rules:\n'
            '  - {level: none, action: update/start}\n'
            '  - {level: none, target_type: compute/servers, method: GET}\n'
        )
    )
    made = audited(audit_map_file=str(path))

    assert [0, 0, 2, 2] == levels(
        made,
        environ('POST', '/v1/servers/1/start'),
        environ('GET', '/v1/servers'),
        environ('POST', '/v1/servers'),
        environ('GET', '/v1/servers/1'),
    )


def test_policy_of_a_map_is_checked(tmp_path):
    """An error in it is one of the map, with its line and key."""
    path = tmp_path / 'map.yaml'
    path.write_text(MAP.format('policy:\n  rules:\n  - {level: x}\n'))

    with pytest.raises(AuditMapError) as caught:
        audited(audit_map_file=str(path))

    assert f'audit map {path}, line 6, policy.rules[0].level' in str(
        caught.value
    )


def test_two_policies(tmp_path):
    """A map with a policy and a file of its own are an error."""
    path = tmp_path / 'map.yaml'
    path.write_text(MAP.format('policy: {rules: []}\n'))
    rules = str(write(tmp_path, '- level: none\n'))

    with pytest.raises(
        OptionError, match=r'audit_policy_file.*line 4.*one of'
    ):
        audited(audit_map_file=str(path), audit_policy_file=rules)


def test_map_without_a_version_has_no_policy(tmp_path):
    """A key that was read over would be a policy that does nothing."""
    path = tmp_path / 'map.yaml'
    text = MAP.format('policy: {rules: []}\n').replace('version: 2\n', '')
    path.write_text(text)

    with pytest.raises(AuditMapError, match=r'policy: .*write version: 2'):
        audited(audit_map_file=str(path))


def test_wrong_policy_stops_the_start(policed):
    """No service starts with a policy that nobody understands."""
    with pytest.raises(PolicyError):
        policed('- {level: nothing}\n')


def test_method_that_a_query_names(tmp_path):
    """A parameter that stands in for the method does so for a rule."""
    path = tmp_path / 'map.yaml'
    path.write_text(
        MAP.format(
            'method_parameter: _method\n'
            'policy:\n  rules: [{level: none, method: GET}]\n'
        )
    )
    made = audited(audit_map_file=str(path))

    assert [0, 2] == levels(
        made,
        environ(path='/v1/servers/1'),
        environ(path='/v1/servers/1', QUERY_STRING='_method=delete'),
    )


# That there is another policy


def control(log):
    """Return the events that tell of a policy, each of them valid."""
    found = [
        message
        for message in log.messages
        if message['payload']['eventType'] == 'control'
    ]
    for message in found:
        assert 'audit.event' == message['event_type']
        assert_valid(message['payload'])
    return [message['payload'] for message in found]


def facts(event):
    """Return what is attached to an event."""
    return {each['name']: each['content'] for each in event['attachments']}


def test_policy_is_told_of_with_the_first_request(policed):
    """Each start tells of its policy where nobody remembers the last one."""
    made = policed('- level: none\n', ignore_path_list='/')
    with event_log() as log:
        call(made, environ())
        call(made, environ())

    [event] = control(log)
    assert 1 == len(log.events)
    assert 'enable' == event['action']
    assert event['target']['name'].endswith('policy.yaml')
    assert 64 == len(event['reason']['policyId'])
    assert {
        'rules': '1',
        'last_policy': 'not remembered',
    } == facts(event)


def test_no_policy_is_no_event():
    """Without a policy and a spool there is nothing to tell of."""
    with event_log() as log:
        call(audited(ignore_path_list='/'), environ())

    assert [] == log.events


class Events:
    """A delivery that keeps what it gets, or refuses it."""

    def __init__(self):
        self.sent = []
        self.error = None

    def send(self, event_type, event, ends=False):
        """Take an event."""
        if self.error is not None:
            raise self.error
        self.sent.append((event_type, event))


def start(app, events=None):
    """Let a filter send its events elsewhere."""
    events = events or Events()
    audit_filter = app._audited
    audit_filter._delivery = events
    if audit_filter._change is not None:
        audit_filter._change._delivery = events
    return events


@pytest.fixture
def spooled(policed, tmp_path):
    """Return a function that starts a service with a spool."""

    def build(rules, **options):
        options = {
            'spool_dir': str(tmp_path / 'spool'),
            'forwarder': 'none',
            'service_name': 'shop',
        } | options
        made = policed(rules, **options) if rules else audited(**options)
        events = start(made)
        call(made, environ())
        return [
            event
            for event_type, event in events.sent
            if event['eventType'] == 'control'
        ]

    return build


def test_policy_is_remembered_in_the_spool(spooled):
    """The next start tells of it only if it is another one."""
    first = '- {level: none, path: /x}\n'

    [enabled] = spooled(first)
    assert 'enable' == enabled['action']
    assert 'none' == facts(enabled)['last_policy']
    assert [] == spooled(first)
    assert [] == spooled(f'# a remark\n{first}')

    [updated] = spooled('- {level: none, path: /y}\n')
    assert 'update' == updated['action']
    assert enabled['reason']['policyId'] == facts(updated)['last_policy']
    assert enabled['target']['id'] == updated['target']['id']

    [widened] = spooled('- {level: none, path: /y}\n', ignore_req_list='GET')
    assert 'update' == widened['action']

    [disabled] = spooled(None)
    assert 'disable' == disabled['action']
    assert 'none' == disabled['reason']['policyId']
    assert_valid(disabled)
    assert [] == spooled(None)


def test_services_are_told_apart(spooled):
    """Each service in a spool has a policy of its own."""
    assert 1 == len(spooled('- level: none\n'))
    assert 1 == len(spooled('- level: none\n', service_name='other'))
    assert [] == spooled('- level: none\n')


def test_damaged_memory(spooled, tmp_path):
    """What cannot be read is not remembered, and written anew."""
    rules = '- level: none\n'
    spooled(rules)
    for text in ('', '{', '[]', '{"shop": 7}', '[' * 100_000):
        (tmp_path / 'spool' / 'policies.json').write_text(text)
        assert 1 == len(spooled(rules))
        assert [] == spooled(rules)


def test_memory_that_cannot_be_used(spooled, tmp_path, caplog):
    """The event is sent all the same, and says that nothing is remembered."""
    (tmp_path / 'spool' / 'policies.json').mkdir(parents=True)

    [event] = spooled('- level: none\n')

    assert 'not remembered' == facts(event)['last_policy']
    assert 'could not tell of the policy' in caplog.text


def test_event_that_is_not_taken_is_sent_again(policed, caplog, monkeypatch):
    """A policy is told of until the delivery takes the event."""
    from cadf_audit.middleware import policy_change

    monkeypatch.setattr(policy_change, 'RETRY', 0)
    made = policed('- {level: none}\n')
    events = start(made)
    events.error = RuntimeError('away')
    call(made, environ())
    assert [] == events.sent
    assert 1 == made.errors

    events.error = None
    call(made, environ())
    call(made, environ())

    assert ['control'] == [event['eventType'] for _, event in events.sent]
    assert 'could not tell of the policy' in caplog.text


def test_another_process_tells(policed, tmp_path):
    """Processes that start together tell once, and none waits for another."""
    import fcntl

    options = {
        'spool_dir': str(tmp_path / 'spool'),
        'forwarder': 'none',
        'service_name': 'shop',
    }
    made = policed('- level: none\n', **options)
    events = start(made)
    path = tmp_path / 'spool' / 'policies.json'
    with path.open('w') as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        call(made, environ())

    assert [] == events.sent
    assert 0 == made.errors


def test_log_of_a_start_has_no_rules(policed, caplog):
    """What a policy says is in its file, and not in a log."""
    caplog.set_level(logging.DEBUG)
    policed('- {level: none, user: very-secret}\n', identity_source='keystone')

    assert 'very-secret' not in caplog.text
