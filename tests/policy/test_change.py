# SPDX-License-Identifier: Apache-2.0

"""A policy goes into a filter; an event that it is another one comes out."""

import fcntl
import json
import os
import stat
import threading

import pytest

from cadf_audit.middleware import policy_change
from tests.harness import audited
from tests.harness import call
from tests.harness import environ
from tests.harness import event_log
from tests.judge import assert_valid


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


def test_lists_alone_are_remembered_in_the_spool(spooled):
    """What they leave out is told of where there are no rules."""
    [enabled] = spooled(None, ignore_path_list='/a')
    assert ('enable', '0') == (enabled['action'], facts(enabled)['rules'])
    assert 'ignore_req_list, ignore_path_list' == enabled['target']['name']
    assert [] == spooled(None, ignore_path_list='/a')

    [updated] = spooled(None, ignore_path_list='/a', ignore_req_list='GET')
    assert 'update' == updated['action']

    [disabled] = spooled(None, ignore_path_list=' ,')
    assert 'disable' == disabled['action']


def test_lists_alone_are_no_event_without_a_spool():
    """Each start of each process would tell of them."""
    with event_log() as log:
        call(audited(ignore_path_list='/a'), environ())

    assert [] == control(log)


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


def test_requests_do_not_pay_for_a_delivery_that_is_away(policed):
    """After a try that failed, the next one waits for some seconds."""
    made = policed('- level: none\n')
    events = start(made)
    events.error = RuntimeError('away')
    for _ in range(3):
        call(made, environ())

    assert 1 == made.errors


def test_mode_of_the_memory(spooled, tmp_path):
    """Who may read the spool may read it, whatever the umask says."""
    before = os.umask(0o077)
    try:
        spooled('- level: none\n', spool_mode='0750')
    finally:
        os.umask(before)

    mode = (tmp_path / 'spool' / 'policies.json').stat().st_mode
    assert 0o640 == stat.S_IMODE(mode)


def test_another_process_tells(policed, tmp_path, monkeypatch):
    """Processes that start together tell once, and none waits for another.

    One that dies before it has told leaves that to the next request.
    """
    monkeypatch.setattr(policy_change, 'RETRY', 0)
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

    call(made, environ())

    assert 1 == len(events.sent)


@pytest.mark.parametrize(
    'options',
    [
        {'ignore_path_list': '*'},
        {'ignore_req_list': 'GET'},
        {'delivery': 'memory', 'driver': 'log'},
        {'delivery': 'direct', 'driver': 'log'},
    ],
)
def test_nothing_switches_it_off(policed, options):
    """No rule, no list, and no way of delivery."""
    made = policed('- level: none\n', **options)
    events = start(made)
    call(made, environ())
    call(made, environ())

    assert ['control'] == [event['eventType'] for _, event in events.sent]


def test_hash_is_of_what_the_lists_say(spooled):
    """Case, blanks and words that stand there twice do not matter."""
    rules = '- level: none\n'
    assert 1 == len(
        spooled(rules, ignore_req_list='HEAD,GET', ignore_path_list='/a,/b')
    )
    assert [] == spooled(
        rules, ignore_req_list='get, head,HEAD,', ignore_path_list=' /b, /a'
    )
    assert 1 == len(
        spooled(rules, ignore_req_list='HEAD,GET', ignore_path_list='/A,/b')
    )


def test_delivery_that_fails_is_no_memory_that_fails(
    policed, tmp_path, monkeypatch
):
    """What went wrong on the way is tried again, and then remembered."""
    monkeypatch.setattr(policy_change, 'RETRY', 0)
    made = policed(
        '- level: none\n',
        spool_dir=str(tmp_path / 'spool'),
        forwarder='none',
        service_name='shop',
    )
    events = start(made)
    events.error = ConnectionError('away')
    call(made, environ())
    assert [] == events.sent
    events.error = None
    call(made, environ())

    [(_, event)] = events.sent
    assert 'none' == facts(event)['last_policy']
    known = json.loads((tmp_path / 'spool' / 'policies.json').read_text())
    assert {'shop': event['reason']['policyId']} == known


def test_process_that_dies_in_between(spooled, monkeypatch):
    """It is told once more rather than never."""

    class Killed(BaseException):
        """The end of a process."""

    def die(self, event_type, event, ends=False):
        raise Killed

    rules = '- level: none\n'
    with monkeypatch.context() as patch:
        patch.setattr(Events, 'send', die)
        assert [] == spooled(rules)

    assert 1 == len(spooled(rules))
    assert [] == spooled(rules)


def test_disk_that_is_full(spooled, tmp_path, monkeypatch, caplog):
    """What other services have remembered stays; ours is told, and logged."""
    rules = '- level: none\n'
    spooled(rules, service_name='other')

    def full(*arguments):
        raise OSError(28, 'No space left on device')

    with monkeypatch.context() as patch:
        patch.setattr('os.pwrite', full)
        assert 1 == len(spooled(rules))

    assert 'could not tell of the policy' in caplog.text
    assert [] == spooled(rules, service_name='other')
    assert 1 == len(spooled(rules))


def test_shorter_memory_has_no_old_end(spooled, tmp_path):
    """What is remembered is JSON, whatever was remembered before."""
    long = 'a-name-that-is-much-longer'
    spooled('- level: none\n', service_name=long)
    spooled('- level: none\n')
    spooled(None, service_name=long)

    known = json.loads((tmp_path / 'spool' / 'policies.json').read_text())
    assert ['shop'] == list(known)


def test_threads_tell_once(policed, monkeypatch):
    """Of many first requests at a time, one tells, and no other waits."""
    monkeypatch.setattr(policy_change, 'RETRY', 0)
    made = policed('- level: none\n')
    telling, go = threading.Event(), threading.Event()

    class Slow(Events):
        """A delivery that takes its time."""

        def send(self, event_type, event, ends=False):
            """Take an event, once that is allowed."""
            telling.set()
            go.wait(30)
            super().send(event_type, event)

    events = start(made, Slow())
    first = threading.Thread(target=call, args=(made, environ()))
    first.start()
    assert telling.wait(30)
    for _ in range(5):
        call(made, environ())
    assert [] == events.sent
    go.set()
    first.join()
    call(made, environ())

    assert 1 == len(events.sent)
