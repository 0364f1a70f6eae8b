# SPDX-License-Identifier: Apache-2.0

"""What a caller says in, the event that says it out."""

import datetime
import enum
import json
import logging
import socket
import uuid

from oslo_config import cfg
import pytest

from cadf_audit import AuditMiddleware
from cadf_audit import Emitter
from cadf_audit.emitting import measurement
from cadf_audit.emitting import resource
from cadf_audit.exceptions import AuditMapError
from cadf_audit.exceptions import OptionError
from tests.emitting.emitters import emitted
from tests.emitting.emitters import emitter
from tests.emitting.emitters import emitting
from tests.emitting.emitters import NODE
from tests.harness import answer
from tests.harness import audit
from tests.harness import environ

USER = resource('u-1', 'service/security/account/user', 'ann')


def contents(part):
    """Return the attachments of an event, or a part of it, by name."""
    return {each['name']: each['content'] for each in part['attachments']}


def test_event_says_what_the_caller_said():
    """Action, target, initiator, outcome, kind and facts have their place."""
    event = emitted(
        'update',
        NODE,
        USER | {'project_id': 'p-1', 'host': {'address': '192.0.2.7'}},
        'failure',
        reason='quota exceeded',
        attachments={'before': 1, 'after': None},
        tags={'change': 'CHG-7'},
        endpoint='CLI',
        request_id='req-1',
    )

    assert ('update', 'failure') == (event['action'], event['outcome'])
    assert 'activity' == event['eventType']
    assert {
        'id': 'n-1',
        'typeURI': 'compute/node',
        'name': 'rack 3',
    } == event['target']
    assert {
        'id': 'u-1',
        'typeURI': 'service/security/account/user',
        'name': 'ann',
        'project_id': 'p-1',
        'request_id': 'req-1',
        'host': {'address': '192.0.2.7'},
    } == event['initiator']
    assert 'quota exceeded' == event['reason']['reasonCode']
    assert {'before': '1', 'after': 'null'} == contents(event)
    assert ['endpoint?value=CLI', 'change?value=CHG-7'] == event['tags']


def test_nobody_in_particular_is_the_system():
    """Without an initiator it was the system, on this machine."""
    event = emitted('create', NODE)

    assert {
        'id': 'system',
        'typeURI': 'service',
        'name': 'system',
        'host': {'address': socket.gethostname()},
    } == event['initiator']


def test_each_event_has_an_id_of_its_own():
    """Emit returns the id, and no two events share one."""
    with emitting() as (each, events):
        ids = [each.emit('read', NODE) for _ in range(100)]

    assert ids == [event['id'] for event in events]
    assert 100 == len(set(ids))


def test_observer_is_the_service_by_its_name():
    """The observer has the same id on each host, and may be said."""
    with emitting(service_name='compute') as (each, events):
        each.emit('read', NODE)
        each.emit('read', NODE, observer=resource('o', 'service/oss'))
    first, second = (event['observer'] for event in events)

    assert 'compute' == first['name']
    assert 5 == uuid.UUID(first['id']).version
    assert {'id': 'o', 'typeURI': 'service/oss'} == second


def test_observer_is_that_of_the_requests():
    """With a resource map, requests and emitted events share an observer."""
    _, _, final = audit(answer(), environ(), audit_map_file='nova')
    with emitting(audit_map_file='nova') as (each, events):
        each.emit('read', NODE)

    assert final['observer'] == events[0]['observer']


def test_what_is_no_field_of_cadf_is_an_attachment():
    """Further facts of a resource stand in attachments of it."""
    event = emitted(
        'update', resource('d', 'storage/volume', serial='S1', size=[1, 2])
    )

    assert {'serial': 'S1', 'size': '[1,2]'} == contents(event['target'])


def test_secrets_do_not_enter():
    """What has a telling name is masked, at any depth, and in tags."""
    with emitting(redact_names='colour') as (each, events):
        each.emit(
            'update',
            resource('n', 'compute/node', password='hunter2'),
            attachments={
                'api_key': 'hunter2',
                'bmc': {'user': 'a', 'deep': [{'password': 'hunter2'}]},
                'url': 'https://a:hunter2@h/p?token=hunter2',
                'colour': 'hunter2',
            },
            tags={'token': 'hunter2'},
        )

    assert 'hunter2' not in json.dumps(events)
    assert '***' == contents(events[0])['api_key']


def test_caller_may_change_what_it_gave():
    """What becomes of an argument afterwards is not in the event."""
    before = {'id': 'n', 'typeURI': 'compute/node', 'name': 'before'}
    with emitting() as (each, events):
        activity = each.activity('update', before)
        before['name'] = 'after'
        with activity:
            pass

    assert 'before' == events[1]['target']['name']


def test_long_and_odd_texts_are_cut_and_cleaned():
    """A text has 1024 characters, and no lone surrogate."""
    event = emitted(
        'update',
        resource('x' * 5000, 'compute/node', 'a\ud800b'),
        attachments={'n' * 5000: 'c' * 5000, 'odd': 'a\ud800b'},
        tags={'t' * 5000: 'v' * 5000},
    )

    assert 1024 == len(event['target']['id'])
    assert 'a?b' == event['target']['name'] == contents(event)['odd']


class Verb(enum.StrEnum):
    """What a service may call its actions."""

    UPDATE = 'update'

    def __eq__(self, other):
        raise ArithmeticError

    def isascii(self):
        """Have an idea of its own."""
        raise ArithmeticError

    __hash__ = str.__hash__


def test_text_is_what_it_holds():
    """A text with ideas of its own costs no other part of the event."""
    event = emitted(Verb.UPDATE, resource(Verb.UPDATE, 'compute/node'))

    assert ('update', 'update') == (event['action'], event['target']['id'])


def test_ids_that_are_references_of_cadf():
    """A user or a node that is called so does not become a reference."""
    event = emitted(
        'update',
        resource('target', 'compute/node'),
        resource('initiator', 'service'),
    )

    assert 'target:target' == event['target']['id']
    assert 'user:initiator' == event['initiator']['id']


def test_number_that_nobody_can_write_is_none():
    """A number of thousands of digits costs no other part of the event."""
    event = emitted('update', resource(10**5000, 'compute/node'))

    assert ('unknown', 'compute/node') == (
        event['target']['id'],
        event['target']['typeURI'],
    )


def test_values_that_json_does_not_know():
    """Times, UUIDs and sets are attached as people write them."""
    event = emitted(
        'update',
        NODE,
        attachments={
            'when': [datetime.datetime(2026, 11, 20, 4, 49, 35)],
            'which': {'id': uuid.UUID(int=7)},
            'zones': {'b', 'a'},
        },
    )

    assert {
        'when': '["2026-11-20T04:49:35"]',
        'which': '{"id":"00000000-0000-0000-0000-000000000007"}',
        'zones': '["a","b"]',
    } == contents(event)


def test_monitor_event_has_its_measurement():
    """A measurement has a metric, a unit and a signed result."""
    event = emitted(
        'update',
        NODE,
        kind='monitor',
        measurements=[measurement('memory', -512, 'MiB')],
    )
    (measured,) = event['measurements']

    assert 'monitor' == event['eventType']
    assert -512 == measured['result']
    assert ('memory', 'MiB') == (
        measured['metric']['name'],
        measured['metric']['unit'],
    )


def test_proper_use_is_silent(caplog):
    """Nobody is warned of what is right."""
    with caplog.at_level(logging.WARNING), emitting() as (each, _):
        caplog.clear()
        each.emit('update', NODE, USER, reason='r', attachments={'a': 1})
        with each.activity('update', NODE):
            pass

    assert '' == caplog.text


class Broken:
    """A way out that takes nothing."""

    def send(self, event_type, event, ends=False):
        """Fail in a way that nobody thought of."""
        raise ZeroDivisionError


def test_broken_delivery_does_not_fail_the_caller(caplog):
    """The caller gets an id and goes on; the error is logged and counted."""
    each = emitter()
    each._delivery = Broken()

    assert each.emit('update', NODE)
    with each.activity('update', NODE):
        pass

    assert 3 == each.errors
    assert 'ZeroDivisionError' in caplog.text


@pytest.mark.parametrize('kind', [AuditMiddleware, Emitter])
def test_wrong_options_are_refused_alike(kind):
    """Emitter and filter take the same options, and refuse the same."""
    first = [answer()] if kind is AuditMiddleware else []
    with pytest.raises(OptionError, match='did you mean spool_dir'):
        kind(*first, spool_dirr='/tmp')
    with pytest.raises(OptionError, match='endpoint'):
        kind(*first, endpoint='TTY')
    with pytest.raises(AuditMapError, match='/no/such'):
        kind(*first, audit_map_file='/no/such')


def test_configuration_of_the_service_is_read(tmp_path):
    """What stands in the given ConfigOpts counts, and an option wins."""
    file = tmp_path / 'service.conf'
    file.write_text(
        '[audit]\nservice_name = rack\nendpoint = UI\n'
        '[audit_middleware_notifications]\nuse_oslo_messaging = false\n'
    )
    conf = cfg.ConfigOpts()
    conf([], default_config_files=[str(file)])
    with emitting(service_name=None) as (_, events):
        Emitter(conf).emit('read', NODE)
        Emitter(conf, endpoint='CLI').emit('read', NODE)

    assert ['endpoint?value=UI'] == events[0]['tags']
    assert ['endpoint?value=CLI'] == events[1]['tags']
    assert 'rack' == events[0]['observer']['name']


def test_disabled_audit_emits_nothing():
    """With enabled = false there is an id and no event."""
    with emitting(enabled=False) as (each, events):
        assert each.emit('update', NODE)
        with each.activity('update', NODE) as activity:
            activity.set_target(NODE)

    assert [] == events
