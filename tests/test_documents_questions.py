# SPDX-License-Identifier: Apache-2.0

"""The questions of a page in, whether exactly the right events come out."""

import datetime
import re
import shlex

import pytest

from cadf_audit.cli.asked import operator
from cadf_audit.cli.trail_command import DEFAULT_FILE
from cadf_audit.clock import utc_now
from cadf_audit.trail.query.viewer import Viewer
from cadf_audit.trail.readings import record_reading
from tests.cli.events import run
from tests.pages import find_block
from tests.pages import read
from tests.trail.api.asking import make_client
from tests.trail.conftest import engine
from tests.trail.conftest import postgresql_template
from tests.trail.conftest import sqlite_template
from tests.trail.conftest import store
from tests.trail.conftest import url
from tests.trail.parts import ended
from tests.trail.parts import event
from tests.trail.parts import ingest

__all__ = (
    'engine',
    'postgresql_template',
    'sqlite_template',
    'store',
    'url',
)

PAGE = 'questions.rst'

QUESTIONS = re.findall(r'^   :name: question-(\w+)$', read(PAGE), re.M)

REQUEST = 'req-4051b64f-b42a-4574-b5c4-bacdbe6e65bc'

SERVER = 'compute/server'
SETTING = 'data/config'
USER = 'data/security/account/user'
LOGIN = 'authenticate/login'
TAG = 'data/tag'


def of(id_, name=None, type_uri=SERVER, **more):
    """Return a target."""
    return {'id': id_, 'typeURI': type_uri, 'name': name or id_, **more}


def by(name, address='192.0.2.7', **more):
    """Return an initiator."""
    host = {'address': address, 'agent': 'tests'}
    initiator = {**event('x')['initiator'], 'request_id': 'req-other'}
    return initiator | {'id': f'u-{name}', 'name': name, 'host': host} | more


#: What happened, in this order: how many minutes ago, and what
EVENTS = {
    # About a server, and things that are called nearly like it
    'create-web1': (90, {'action': 'create', 'target': of('s-1', 'web1')}),
    'deploy-web1': (80, {'action': 'deploy', 'target': of('s-1', 'web1')}),
    'deploy-web10': (80, {'action': 'deploy', 'target': of('s-10', 'web10')}),
    'undeploy-web1': (70, {'action': 'undeploy', 'target': of('s-1', 'web1')}),
    'delete-web1': (60, {'action': 'delete', 'target': of('s-1', 'old')}),
    'delete-s-1': (60, {'action': 'delete', 'target': of('s-7', 's-1')}),
    # About a setting
    'set-ntp': (50, {'target': of('c-1', 'ntp_servers', SETTING)}),
    'set-dns': (50, {'target': of('c-2', 'dns_servers', SETTING)}),
    'tag-ntp': (50, {'target': of('t-1', 'ntp_servers', TAG)}),
    'read-ntp': (
        50,
        {
            'action': 'read',
            'target': of('c-1', 'ntp_servers', SETTING),
            'initiator': by('ben'),
        },
    ),
    # Logins
    'refused-long-ago': (
        61,
        {'action': LOGIN, 'outcome': 'failure', 'target': of('a', None, USER)},
    ),
    'refused-by-keystone': (
        59,
        {
            'action': 'authenticate',
            'outcome': 'failure',
            'target': of('a', None, USER),
        },
    ),
    'nobody-knows': (
        30,
        {'action': LOGIN, 'outcome': 'unknown', 'target': of('a', None, USER)},
    ),
    'logged-in': (30, {'action': LOGIN, 'target': of('a', None, USER)}),
    'refused-deletion': (30, {'action': 'delete', 'outcome': 'failure'}),
    'refused': (
        1,
        {'action': LOGIN, 'outcome': 'failure', 'target': of('a', None, USER)},
    ),
    # Addresses
    'from-there': (40, {'initiator': by('eve', '203.0.113.9')}),
    'from-near-there': (40, {'initiator': by('eve', '203.0.113.90')}),
    'from-there-by-ipv6': (
        40,
        {'initiator': by('eve', '::ffff:203.0.113.9')},
    ),
    # Users and projects
    'ann-in-p-1': (40, {'initiator': by('ann', project_id='p-1')}),
    'ann-in-p-2': (40, {'initiator': by('ann', project_id='p-2')}),
    'ben-in-p-1': (40, {'initiator': by('ben', project_id='p-1')}),
    'ann-from-p-2-to-p-1': (
        40,
        {
            'initiator': by('ann', project_id='p-2'),
            'target': of('s-9', project_id='p-1'),
        },
    ),
    # Who reads
    'list-by-cat': (
        40,
        {'action': 'read/list', 'initiator': by('cat')},
    ),
    'read-by-cat': (40, {'action': 'read', 'initiator': by('cat')}),
    'read-by-dan-long-ago': (
        24 * 60 + 1,
        {'action': 'read', 'initiator': by('dan')},
    ),
    # What one request did
    'in-nova': (30, {'initiator': by('fay', request_id=REQUEST)}),
    'in-neutron': (30, {'initiator': by('fay', global_request_id=REQUEST)}),
    'at-the-same-time': (30, {'initiator': by('fay', request_id='req-2')}),
    'in-glance': (29, {'initiator': by('fay', global_request_id=REQUEST)}),
}

#: Which of them are the answer, as the page has it: from the newest to the
#: oldest, unless it asks otherwise
ANSWERS = {
    'deployed': ['deploy-web1'],
    'happened': ['create-web1', 'deploy-web1', 'undeploy-web1', 'delete-web1'],
    'setting': ['set-ntp'],
    'logins': ['refused', 'refused-by-keystone'],
    'address': ['from-there-by-ipv6', 'from-there'],
    'user': ['ann-from-p-2-to-p-1', 'ann-in-p-1'],
    'readers': [('cat', 2), ('ben', 1)],
    'watchers': [('wes', 3), ('xia', 1)],
    'request': ['in-nova', 'in-neutron', 'in-glance'],
}


@pytest.fixture
def trail(store, url, tmp_path):
    """A trail in which all of this happened; the file that names it."""
    now = utc_now()
    ingest(
        store,
        *(
            ended(
                key,
                eventTime=(
                    now - datetime.timedelta(minutes=minutes)
                ).isoformat(),
                **{'target': of('other'), 'initiator': by('admin')} | changes,
            )
            for key, (minutes, changes) in EVENTS.items()
        ),
    )
    for name, many in (('wes', 3), ('xia', 1)):
        for number in range(many):
            viewer = Viewer(f'u-{name}', name, sees_all=True)
            record_reading(store, viewer, 'list', [('owner', str(number))])
    path = tmp_path / 'cadf-audit.conf'
    path.write_text(f'[audit_trail]\nconnection = {url}\n')
    return str(path)


def counted(rows):
    """Return who did how much, but for those who just ask."""
    askers = ('u-auditor', operator().user_name)
    return [
        (row['owner'], row['count'])
        for row in rows
        if row['owner'] not in askers
    ]


@pytest.mark.parametrize('question', QUESTIONS)
def test_question_is_answered(question, trail, engine, tmp_path):
    """The command and the URL find exactly the events that answer it."""
    program, *words = shlex.split(find_block(PAGE, f'question-{question}'))
    done = run('--config-file', trail, *words, '-f', 'json')
    path = find_block(PAGE, f'question-{question}-url').strip()
    answer = make_client(engine, tmp_path).json(path)

    assert 'cadf-audit' == program
    if 'counts' in answer:
        assert ANSWERS[question] == counted(done.json)
        assert ANSWERS[question] == counted(answer['counts'])
    else:
        assert ANSWERS[question] == [row['id'] for row in done.json]
        assert ANSWERS[question] == [row['id'] for row in answer['events']]
        assert '' == done.err


def test_each_question_has_an_answer():
    """The page has those that are tried here, and each with a URL."""
    assert list(ANSWERS) == QUESTIONS
    for question in QUESTIONS:
        assert find_block(PAGE, f'question-{question}-url').startswith('/v1/')


def test_history_begins_with_any_event(trail):
    """The history of an event is that of its target."""
    done = run(
        *('--config-file', trail, 'event', 'history', 'delete-web1'),
        *('-f', 'json'),
    )

    assert ANSWERS['happened'] == [row['id'] for row in done.json]


def test_lines_are_short_with_a_file(store, url, tmp_path, monkeypatch):
    """The variable that the page sets says where the trail is."""
    ingest(store, ended('e-1'))
    line = find_block(PAGE, 'questions-file')
    (export, defined) = shlex.split(line)
    name, _, _ = defined.partition('=')
    file = tmp_path / 'trail.conf'
    file.write_text(f'[audit_trail]\nconnection = {url}\n')
    monkeypatch.setenv(name, str(file))

    assert 'export' == export
    assert ['e-1'] == [
        row['id'] for row in run('event', 'list', '-f', 'json').json
    ]
    assert str(DEFAULT_FILE) in read(PAGE)
