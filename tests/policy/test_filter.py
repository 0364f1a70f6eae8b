# SPDX-License-Identifier: Apache-2.0

"""A policy and requests go into the filter; the events come out."""

import logging

import pytest

from cadf_audit.exceptions import PolicyError
from cadf_audit.middleware.request import HANDLE_KEY
from tests.harness import answer
from tests.harness import call
from tests.harness import environ
from tests.harness import event_log
from tests.policy.requests import levels


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
        ('network: 0.0.0.0/0', {'REMOTE_ADDR': ''}, False),
        ('network: {not: 10.0.0.0/8}', {'REMOTE_ADDR': ''}, True),
        ('network: 10.0.0.0/8', {'REMOTE_ADDR': '::ffff:10.1.1.1'}, True),
        ('network: "fe80::/10"', {'REMOTE_ADDR': 'fe80::1%eth0'}, True),
        ('path: "/a b"', {'PATH_INFO': '/a b'}, True),
        ('path: /v1', {'PATH_INFO': '/v1/'}, True),
        ('path: /v1', {'PATH_INFO': '/v1.json'}, True),
        ('path: /v1', {'PATH_INFO': '/v1;a=b'}, False),
        ('path: /v1', {'SCRIPT_NAME': '/v1', 'PATH_INFO': ''}, True),
        ('path: /*', {'PATH_INFO': '*'}, True),
        ('path: /**', {'PATH_INFO': '/a/../b'}, False),
        ('path: /**', {'SCRIPT_NAME': '/..', 'PATH_INFO': '/b'}, False),
        ('method: GET', {'REQUEST_METHOD': 'HEAD'}, False),
        ('method: GET', {'HTTP_X_HTTP_METHOD_OVERRIDE': 'PUT'}, True),
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


@pytest.mark.parametrize(
    ('rule', 'left_out'),
    [('user: alice', True), ('project: p1', False), ('role: admin', False)],
)
def test_user_of_the_server_has_no_project(rule, left_out, policed):
    """With identity_source = remote_user, no header says who it is."""
    made = policed(
        f'- {{level: none, {rule}}}\n', identity_source='remote_user'
    )
    claimed = {
        'HTTP_X_USER_ID': 'alice',
        'HTTP_X_PROJECT_ID': 'p1',
        'HTTP_X_ROLES': 'admin',
    }

    assert [2, 0 if left_out else 2] == levels(
        made, environ(**claimed), environ(**claimed, REMOTE_USER='alice')
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


def test_log_of_a_start_has_no_rules(policed, caplog):
    """What a policy says is in its file, and not in a log."""
    caplog.set_level(logging.DEBUG)
    policed('- {level: none, user: very-secret}\n', identity_source='keystone')

    assert 'very-secret' not in caplog.text


# The policy of a map


def test_wrong_policy_stops_the_start(policed):
    """No service starts with a policy that nobody understands."""
    with pytest.raises(PolicyError):
        policed('- {level: nothing}\n')


@pytest.mark.parametrize(
    'rule',
    [
        'action: {not: [create]}',
        'action: unknown',
        'target_type: unknown',
        'method: GET',
    ],
)
def test_request_that_we_do_not_understand_is_recorded(rule, policed):
    """An error of ours over the meaning lets no rule leave it out."""

    class Broken:
        """An interpreter that fails."""

        def interpret(self, request):
            raise RuntimeError('odd')

    made = policed(f'- {{level: none, {rule}}}\n')
    made._audited._builder._interpreter = Broken()

    assert [2] == levels(made, environ())
    assert 1 == made.errors
