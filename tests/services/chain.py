# SPDX-License-Identifier: Apache-2.0

"""Requests in, rows of a trail out, and between them all that is real.

Each part runs, and is configured, as the documents say for many machines.
"""

import contextlib
import subprocess
import sys

from amqp.exceptions import NotFound
import kombu
from sqlalchemy import select

from cadf_audit.trail.engine import open_engine
from cadf_audit.trail.schema import EVENTS
from cadf_audit.trail.schema import PENDING
from tests.faults.rig import ExternalForwarder
from tests.faults.rig import is_drained
from tests.faults.rig import wait_for
from tests.servers.process import free_ports
from tests.servers.process import Process
from tests.servers.wsgi import GUNICORN
from tests.servers.wsgi import ROOT

TOPIC = 'audit'
QUEUE = 'audit.info'

AUDIT_MAP = """\
[path_keywords]
nodes = node
"""

PASTE = """\
[pipeline:main]
pipeline = request_id audit authtoken api

[filter:request_id]
paste.filter_factory = oslo_middleware:RequestId.factory

[filter:audit]
paste.filter_factory = cadf_audit:filter_factory
oslo_config_file = {directory}/api.conf
audit_map_file = {directory}/map.conf

[filter:authtoken]
paste.filter_factory = keystonemiddleware.auth_token:filter_factory
oslo_config_project = api
oslo_config_file = {directory}/api.conf

[app:api]
paste.app_factory = tests.services.trail_api:api_factory
"""

CONFIGURATION = """\
[audit]
enabled = true
service_name = baremetal
spool_dir = {spool}
forwarder = {forwarder}
[audit_middleware_notifications]
driver = messagingv2
topics = {topic}
transport_url = {transport_url}
[oslo_messaging_rabbit]
amqp_durable_queues = true
rabbit_quorum_queue = true
"""

# The server itself refuses it, so that it is no request of the trail.
HELLO = b'?\r\n\r\n'

COMMAND = (sys.executable, '-m', 'cadf_audit.cli')


class Api:
    """An API on gunicorn, behind the filter and auth_token.

    :param directory: an empty directory for all that is written
    :param keystone: a :class:`~tests.services.keystone.Keystone`
    :param transport_url: the bus
    :param forwarder: the option of that name
    """

    def __init__(self, directory, keystone, transport_url, forwarder):
        # Keystone notes on which day a user was last there. Its SQLite refuses
        # two processes of ours that are there for the first time at once.
        keystone.token(keystone.service)
        [port] = free_ports(1)
        self.url = f'http://127.0.0.1:{port}'
        self.directory = directory
        self.spool = directory / 'spool'
        self.config = directory / 'api.conf'
        self.config.write_text(
            CONFIGURATION.format(
                spool=self.spool,
                forwarder=forwarder,
                topic=TOPIC,
                transport_url=transport_url,
            )
            + keystone.authtoken_section()
        )
        (directory / 'map.conf').write_text(AUDIT_MAP)
        paste = directory / 'paste.ini'
        paste.write_text(PASTE.format(directory=directory))
        self.environ = {
            'PYTHONPATH': str(ROOT),
            'CADF_AUDIT_TEST_PASTE': str(paste),
        }
        self._process = Process(
            [
                *(*GUNICORN, '--bind', f'127.0.0.1:{port}', '--workers=2'),
                *('--worker-class=gthread', '--threads=4'),
                'tests.services.trail_api:application',
            ],
            directory,
            self.environ,
        )
        self._port = port
        self._forwarder = ExternalForwarder(self, command=True)
        self._is_external = forwarder == 'external'

    def wait(self):
        """Return when it answers."""
        self._process.wait_for(self._port, HELLO, b'HTTP/1')
        if self._is_external:
            self._forwarder.start()

    def wait_until_forwarded(self):
        """Return when the bus has all that is in the spool."""
        wait_for(
            lambda: is_drained(self.spool, 'forward-messagingv2'),
            'an empty spool',
        )

    def stop(self):
        """Return when all of it has ended."""
        self._forwarder.stop()
        self._process.stop()


class Trail:
    """A collector, and the tables that it fills.

    :param directory: where it runs
    :param transport_url: the bus
    :param database_url: the database, without tables
    """

    def __init__(self, directory, transport_url, database_url):
        self._bus = transport_url.replace('rabbit://', 'amqp://')
        self._collect = [
            *(*COMMAND, 'collect', '--connection', database_url, '--from'),
            f'{transport_url}?topic={TOPIC}&queue={QUEUE}'
            '&durable_exchange=true',
        ]
        self._directory = directory
        self._run([*COMMAND, 'db', 'upgrade', '--connection', database_url])
        self._engine = open_engine(database_url)
        self._process = Process(self._collect, directory)

    def wait(self):
        """Return when the collector takes messages.

        What is sent before that is nowhere.
        """
        wait_for(self._is_consumed, 'the collector')

    def rows(self):
        """Return the final rows."""
        return self._select(EVENTS.c.sequence, EVENTS)

    def pending(self):
        """Return the events that wait for their end."""
        return self._select(PENDING.c.id, PENDING)

    def collect_rest(self):
        """End the collector, and let another one take what there still is.

        :returns: how many messages it left in the queue
        """
        self._process.stop()
        self._run([*self._collect, '--once'])
        return self._queue(kind='quorum').message_count

    def stop(self):
        """Return when all of it has ended."""
        self._process.stop()
        self._engine.dispose()

    def _select(self, order, table):
        with self._engine.connect() as connection:
            rows = connection.execute(select(table).order_by(order))
            return list(rows.mappings())

    def _is_consumed(self):
        with contextlib.suppress(NotFound):
            return self._queue().consumer_count
        return 0

    def _queue(self, kind=None):
        """Ask for the queue; with a kind, insist on that."""
        with kombu.Connection(self._bus) as connection:
            return connection.default_channel.queue_declare(
                QUEUE,
                passive=kind is None,
                durable=True,
                auto_delete=False,
                arguments={'x-queue-type': kind},
            )

    def _run(self, command):
        subprocess.run(command, cwd=self._directory, check=True, timeout=120)
