# SPDX-License-Identifier: Apache-2.0

"""The pages about the trail in, whether the commands and tables do it out."""

import configparser
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys

import pytest

from tests.pages import find_block
from tests.pages import find_rows
from tests.pages import ROOT
from tests.servers.process import free_ports
from tests.servers.process import Process
from tests.servers.trail import wait_until
from tests.test_documents import OPTIONS

PAGE = 'trail.rst'

UNIT = ROOT / 'etc' / 'cadf-audit-collect.service'

COMMAND = f'{shlex.quote(sys.executable)} -m cadf_audit.cli'

for name in ('alembic', 'cliff', 'kombu', 'sqlalchemy'):
    pytest.importorskip(
        name, reason=f"needs {name}: pip install 'cadf_audit[trail]'"
    )


class Reader:
    """Somebody who follows the pages, in a directory instead of ``/srv/shop``.

    :param directory: the directory
    """

    def __init__(self, directory):
        self._directory = directory
        self._environ = os.environ | {'PYTHONPATH': str(ROOT)}
        self.port = free_ports(1)[0]

    def text(self, page, block):
        """Return a block of a page, with the places of this test run."""
        text = find_block(page, block)
        for place in ('/srv/shop', '/etc/cadf-audit'):
            text = text.replace(place, str(self._directory))
        return re.sub(r'\b5000\b', str(self.port), text)

    def save(self, name, block):
        """Save a block of the page as a file."""
        (self._directory / name).write_text(self.text(PAGE, block))

    def commands(self, page, block):
        """Return a block, with the programs of this test run."""
        text = re.sub(
            '/opt/audit/bin/python',
            shlex.quote(sys.executable),
            self.text(page, block),
        )
        text = text.replace(
            '/opt/audit/bin/flask', f'{shlex.quote(sys.executable)} -m flask'
        )
        return re.sub(r'(?m)^(/opt/audit/bin/)?cadf-audit', COMMAND, text)

    def run(self, page, block, status=0):
        """Run a block of a page; return what it prints, and says."""
        done = subprocess.run(
            ['sh', '-e', '-c', self.commands(page, block)],
            cwd=self._directory,
            env=self._environ,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert status == done.returncode, done.stderr
        return done.stdout, done.stderr

    def serve(self, block):
        """Run the block of the page that serves; return the process."""
        process = Process(
            ['sh', '-e', '-c', self.commands(PAGE, block)],
            self._directory,
            self._environ,
        )
        # A request would leave an event.
        assert wait_until(self._listens)
        return process

    def _listens(self):
        try:
            socket.create_connection(('127.0.0.1', self.port)).close()
        except OSError:
            return False
        return True


@pytest.fixture
def reader(tmp_path):
    """Somebody who follows the pages."""
    return Reader(tmp_path)


def filled(directory):
    """Return a trail with a pair, what has no end, and a dead letter."""
    from cadf_audit.trail.engine import open_engine
    from cadf_audit.trail.store import Store
    from cadf_audit.trail.upgrade import upgrade
    from tests.trail import parts

    url = f'sqlite:///{directory}/trail.db'
    (directory / 'cadf-audit.conf').write_text(
        f'[audit_trail]\nconnection = {url}\n'
    )
    engine = open_engine(url)
    upgrade(engine)
    store = Store(engine)
    parts.ingest(
        store,
        *parts.pair('a'),
        parts.ended(
            's',
            action='delete',
            reason={'reasonType': 'HTTP', 'reasonCode': '403'},
            target={'id': 's-1', 'typeURI': 'compute/server'},
        ),
        parts.begun('32327a3c-d4d0-4320-a14a-416ea27717c7'),
        b'{"event_type": "audit.http.request", "payload":',
    )
    return store


@pytest.fixture
def store(tmp_path):
    """A trail that is not empty."""
    store = filled(tmp_path)
    yield store
    store.engine.dispose()


def cells(table, directory='/srv/shop'):
    """Return the rows of a printed table, without what differs each time."""
    text = table.replace(str(directory), '/srv/shop')
    text = re.sub(r'\d{4}-\d\d-\d\dT[\d:.]+\+00:00', 'TIME', text)
    text = re.sub(r'\b\d+ s\b', 'AGE', text)
    return [
        [cell.strip() for cell in line.strip('|').split('|')]
        for line in text.splitlines()
        if line.startswith('|')
    ]


# The trail


def test_from_a_request_to_a_row(reader, tmp_path):
    """Who follows the page on one machine has the rows that it shows."""
    pytest.importorskip('flask', reason='needs flask: pip install Flask')
    if shutil.which('curl') is None:
        pytest.skip('needs curl: apt-get install curl')
    reader.save('shop.py', 'shop')
    reader.save('trail.conf', 'conf-one')
    process = reader.serve('run')
    try:
        reader.run(PAGE, 'ask')
        reader.run(PAGE, 'collect')
        status, _ = reader.run(PAGE, 'status')
        printed, _ = reader.run(PAGE, 'read')
    finally:
        process.stop()

    assert find_block(PAGE, 'rows') == printed
    assert cells(find_block(PAGE, 'status-shown')) == cells(status, tmp_path)


@pytest.mark.parametrize('block', ['conf-one', 'conf-service', 'conf-many'])
def test_configurations_have_real_options(block):
    """The configurations of the page have options that exist."""
    parser = configparser.RawConfigParser()
    parser.read_string(find_block(PAGE, block))

    for section in set(parser.sections()) - {'oslo_messaging_rabbit'}:
        assert set(parser[section]) <= OPTIONS[section]


def test_both_ends_of_the_bus_fit():
    """The collector reads the topic of the service, from a durable queue."""
    from oslo_messaging._drivers.amqp import amqp_opts
    from oslo_messaging._drivers.impl_rabbit import rabbit_opts

    service = configparser.RawConfigParser()
    service.read_string(find_block(PAGE, 'conf-service'))
    collector = configparser.RawConfigParser()
    collector.read_string(find_block(PAGE, 'conf-many'))
    rabbit = service['oslo_messaging_rabbit']
    topic = service['audit_middleware_notifications']['topics']
    source = collector['audit_trail']['sources']

    known = {option.name for option in [*amqp_opts, *rabbit_opts]}
    assert set(rabbit) <= known
    assert {'true'} == set(rabbit.values())
    assert f'?topic={topic}&queue={topic}.info&durable_exchange=true' in source


NOTIFY = """
import sys
from oslo_config import cfg
from oslo_messaging import get_notification_transport
from oslo_messaging import Notifier
from tests.trail.parts import event
conf = cfg.ConfigOpts()
conf([], default_config_files=[sys.argv[1]])
notifier = Notifier(
    get_notification_transport(conf),
    publisher_id='shop',
    driver='messagingv2',
    topics=['audit'],
    retry=3,
)
notifier.info({}, 'audit.http.response', event('a'))
"""


@pytest.mark.parametrize('first', ['service', 'collector'])
def test_one_queue_whoever_comes_first(first, rabbitmq, store, tmp_path):
    """With both configurations of the page an event waits in one queue."""
    vhost = rabbitmq.add_vhost()
    url = rabbitmq.url(vhost)
    service = find_block(PAGE, 'conf-service').partition('[oslo')
    conf = tmp_path / 'service.conf'
    conf.write_text(
        f'[DEFAULT]\ntransport_url = {url}\n{service[1]}{service[2]}'
    )
    parser = configparser.RawConfigParser()
    parser.read_string(find_block(PAGE, 'conf-many'))
    _, _, query = parser['audit_trail']['sources'].partition('?')
    notify = [sys.executable, '-W', 'ignore', '-c', NOTIFY, conf]
    collect = [
        *(sys.executable, '-m', 'cadf_audit.cli', 'collect', '--once'),
        *('--connection', str(store.engine.url), '--from', f'{url}?{query}'),
    ]
    sides = {'service': [notify], 'collector': [collect, notify]}
    environment = os.environ | {'PYTHONPATH': str(ROOT)}
    for command in [*sides[first], collect]:
        done = subprocess.run(
            command,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert not done.returncode, done.stderr

    assert {'audit.info': 'quorum'} == rabbitmq.queues(vhost)
    with store.engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT duplicates FROM sources WHERE source LIKE 'rabbit%'"
        ).all()
    # The event is that of the fixture.
    assert [(1,)] == rows


def set_policy(rabbitmq, vhost, block):
    """Set a policy of the page, for a virtual host of this test."""
    command = find_block(PAGE, block).replace('\\\n', ' ')
    _program, _command, *arguments = shlex.split(command)
    rabbitmq.set_policy(vhost, *arguments)


def test_queue_that_nobody_reads_stays_short(rabbitmq):
    """With the policy of the page it keeps one message, and no more."""
    from tests.trail.bus import Publisher

    vhost = rabbitmq.add_vhost()
    publisher = Publisher(rabbitmq.url(vhost))
    publisher.declare('audit.info', 'audit')
    set_policy(rabbitmq, vhost, 'policy')
    for _ in range(3):
        publisher.publish(b'1', b'2', topic='audit')

    assert wait_until(lambda: publisher.queue_length('audit.info') == 1)
    publisher.close()


def test_queue_that_is_read_keeps_what_it_delivers(rabbitmq):
    """With the policy of the page the limit of its queue is another one."""
    from tests.trail.bus import Publisher

    vhost = rabbitmq.add_vhost()
    publisher = Publisher(rabbitmq.url(vhost))
    publisher.declare_limited('audit.info', 'audit')
    set_policy(rabbitmq, vhost, 'policy-deliveries')
    publisher.close()

    assert {'audit.info': 'audit-keep'} == rabbitmq.queues(vhost, 'policy')


def test_sources_of_the_page_are_some():
    """Each source of the page can be opened, and each word is explained."""
    from cadf_audit.trail import rabbit_source
    from cadf_audit.trail.settings import open_source

    for block in ('conf-one', 'conf-many'):
        parser = configparser.RawConfigParser()
        parser.read_string(find_block(PAGE, block))
        open_source(parser['audit_trail']['sources'], PAGE).close()
    explained = {row[0]: row[1] for row in find_rows(PAGE, 'source-options')}
    assert rabbit_source._DEFAULTS == explained


def test_extras_of_the_page_are_some():
    """What the page installs is an extra of the package."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / 'setup.cfg')

    extras = set(re.findall(r'\[(\w+)\]', find_block(PAGE, 'install')))
    extras |= set(re.findall(r'\[(\w+)\]', find_block(PAGE, 'postgresql')))
    assert {'trail', 'postgresql'} == extras
    assert extras <= set(setup['options.extras_require'])


# The unit


def test_unit_is_one(tmp_path):
    """Systemd has nothing to say about the unit."""
    if shutil.which('systemd-analyze') is None:
        pytest.skip('needs systemd-analyze: apt-get install systemd')
    unit = tmp_path / UNIT.name
    unit.write_text(
        UNIT.read_text().replace('/usr/local/bin/cadf-audit', '/bin/true')
    )
    done = subprocess.run(
        ['systemd-analyze', 'verify', unit], capture_output=True, text=True
    )

    assert (0, '') == (done.returncode, done.stderr)


def test_unit_runs_commands_that_work(tmp_path):
    """What systemd runs makes the tables, and then collects."""
    (tmp_path / 'cadf-audit.conf').write_text(
        '[audit_trail]\n'
        f'connection = sqlite:///{tmp_path}/trail.db\n'
        f'sources = spool:{tmp_path}\n'
    )
    commands = re.findall(
        r'^ExecStart(?:Pre)?=((?:.*\\\n)*.*)$', UNIT.read_text(), re.M
    )
    for command, more in zip(commands, ([], ['--once']), strict=True):
        words = command.replace('\\\n', ' ').split()
        words = [
            word.replace('/etc/cadf-audit/', f'{tmp_path}/') for word in words
        ]
        done = subprocess.run(
            [sys.executable, '-m', 'cadf_audit.cli', *words[1:], *more],
            capture_output=True,
            text=True,
            timeout=120,
        )

        assert words[0] == '/usr/local/bin/cadf-audit'
        assert not done.returncode, done.stderr
