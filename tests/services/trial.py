# SPDX-License-Identifier: Apache-2.0

"""A service and its calls in, what came of each with and without filter out.

The two instances differ in nothing but the filter, and get the same calls.
"""

from concurrent.futures import ThreadPoolExecutor
import dataclasses
import functools
import json
import uuid

from tests.servers.process import free_ports
from tests.servers.process import temporary_directory
from tests.servers.trail import Trail
from tests.servers.trail import wait_until
from tests.services.catalogue import Comparison
from tests.services.catalogue import play
from tests.services.client import Answer
from tests.services.keystone import User


@dataclasses.dataclass(frozen=True)
class Run:
    """What came of the calls to one instance.

    :param answers: the answer to each call, by its name
    :param comparable: the same without what differs between two instances
    :param trail: the events
    """

    answers: dict[str, Answer]
    comparable: dict[str, tuple]
    trail: Trail


@dataclasses.dataclass(frozen=True)
class Trial:
    """What came of a catalogue of calls.

    :param users: the users by name
    :param tokens: the tokens that were sent
    :param target: name and URL of the service in the service catalogue
    :param audited: the instance with the filter
    :param plain: the instance without
    :param output: what the audited instance said on its console
    """

    # What is not shown would fill pages where a test fails.
    users: dict[str, User] = dataclasses.field(repr=False)
    tokens: dict[str, str] = dataclasses.field(repr=False)
    target: tuple[str, str]
    audited: Run = dataclasses.field(repr=False)
    plain: Run = dataclasses.field(repr=False)
    output: str = dataclasses.field(repr=False)


def hold(service, keystone, users, database, calls):
    """Start a service twice, with the filter and without; send the calls.

    :param service: the class of the service
    :param keystone: a :class:`~tests.services.keystone.Keystone`
    :param users: the users by name
    :param database: an empty database of the service
    :param calls: the catalogue
    :returns: a :class:`Trial`; both instances have ended
    """
    name = service.__name__.lower()
    with temporary_directory(name) as home, temporary_directory(name) as other:
        port, other_port = free_ports(2)
        url = add_to_catalog(service, keystone, port)
        tokens = make_tokens(keystone, users)
        start = functools.partial(
            service, keystone=keystone, database=database
        )
        runs = (
            functools.partial(start, home, port=port),
            functools.partial(
                start, other, port=other_port, audit_behind=None
            ),
        )
        with ThreadPoolExecutor() as pool:
            audited, plain = pool.map(
                lambda each: run(each, calls, tokens, users), runs
            )
        output = (home / 'output.log').read_text()
    return Trial(users, tokens, (name, url), audited, plain, output)


def add_to_catalog(service, keystone, port):
    """Tell Keystone of an instance; return its URL in the catalogue."""
    kind, name, url = service.endpoint(port)
    keystone.add_endpoints(kind, name, public=url, internal=url)
    return url


def make_tokens(keystone, users):
    """Return a token for each user, and one that mallory has forged."""
    tokens = {name: keystone.token(user) for name, user in users.items()}
    return tokens | {'mallory': f'{tokens["alice"][:-8]}deadbeef'}


def run(start, calls, tokens, users):
    """Start an instance, send it the calls, stop it.

    :param start: starts it
    :param calls: the catalogue, where the name of a user means its project
    :param tokens: a token by the name of who has it
    :param users: the users by name
    :returns: a :class:`Run`
    """
    names = {name: user.project_id for name, user in users.items()}
    names['nowhere'] = str(uuid.UUID(int=0))
    instance = start()
    try:
        answers = play(calls, instance.url, tokens, names)
        if instance.is_audited:
            # A final event may come a moment after the answer.
            count = 2 * sum(call.action is not None for call in calls)
            wait_until(lambda: len(instance.trail.messages) >= count)
    finally:
        instance.stop()
    comparison = Comparison(instance.url, instance.directory)
    comparable = {
        name: comparison.comparable(answer) for name, answer in answers.items()
    }
    return Run(answers, comparable, instance.trail)


def check_events(trial, call):
    """Fail unless a call left the events that the catalogue says."""
    answer = trial.audited.answers[call.name]
    assert call.status == answer.status, answer.body
    trail = trial.audited.trail
    if call.action is None:
        assert [] == trail.of(call.name)
        return
    assert 2 == len(trail.of(call.name))
    pending, final = trail.pair(call.name)
    name, url = trial.target
    user = trial.users[call.who]
    assert call.outcome == final['outcome']
    assert (None if call.outcome == 'unknown' else str(call.status)) == (
        final.get('reason', {}).get('reasonCode')
    )
    for event in (pending, final):
        initiator = event['initiator']
        assert call.action == event['action']
        assert call.type_uri == event['target']['typeURI']
        assert name == event['target']['name']
        urls = [each['url'] for each in event['target']['addresses']]
        assert [url % {'project_id': user.project_id}] * 2 == urls
        assert user.id == initiator['id']
        assert user.name == initiator['name']
        assert user.project_id == initiator['project_id']
        assert user.domain_id == initiator['domain_id']
        assert 'Confirmed' == initiator['credential']['identity_status']
        assert '127.0.0.1' == initiator['host']['address']


def check_answer(trial, call):
    """Fail unless a call got the answer that it gets without the filter."""
    plain = trial.plain.comparable[call.name]

    assert plain == trial.audited.comparable[call.name]


def check_secrets(trial, *secrets):
    """Fail if a token, or another secret of a call, is in the trail."""
    trail = json.dumps(trial.audited.trail.messages)

    assert trail
    for secret in (*trial.tokens.values(), *secrets):
        assert secret not in trail
        assert secret[:32] not in trail
