# SPDX-License-Identifier: Apache-2.0

"""A RabbitMQ of the test run's own, and the URLs that lead to it."""

import contextlib
import itertools
import os
import pathlib
import signal
import subprocess

from tests.servers.process import free_ports
from tests.servers.process import Process

# Not those in /usr/sbin: they change to the user rabbitmq and forget our
# environment.
PROGRAMS = pathlib.Path('/usr/lib/rabbitmq/bin')

PROTOCOL_HEADER = b'AMQP\0\0\x09\x01'
METHOD_FRAME = b'\x01'

#: beyond which the broker blocks its publishers
MEMORY = '512MB'

CONFIGURATION = """\
listeners.tcp.1 = 127.0.0.1:{port}
# Below this a broker blocks its publishers without a word.
disk_free_limit.absolute = 10MB
vm_memory_high_watermark.absolute = {memory}
"""

LOOPBACK_ONLY = '[{kernel, [{inet_dist_use_interface, {127, 0, 0, 1}}]}].'


class RabbitMQ:
    """A broker that nobody else knows, ready when constructed.

    It shares neither port, cookie, epmd nor data with a RabbitMQ of this
    machine.

    :param directory: an empty directory for all it writes
    """

    def __init__(self, directory):
        self._directory = directory
        self.port, dist_port, epmd_port = free_ports(3)
        self._numbers = itertools.count(1)
        files = {
            'broker.conf': CONFIGURATION.format(port=self.port, memory=MEMORY),
            'advanced.config': LOOPBACK_ONLY,
            'plugins': '[].',
        }
        for name, text in files.items():
            (directory / name).write_text(text)
        self._environ = {
            # rabbitmqctl warns about any other encoding.
            'LC_ALL': 'C.UTF-8',
            # The cookie that lets rabbitmqctl in is kept here.
            'HOME': str(directory),
            'ERL_EPMD_ADDRESS': '127.0.0.1',
            'ERL_EPMD_PORT': str(epmd_port),
            'RABBITMQ_CONF_ENV_FILE': '/dev/null',
            'RABBITMQ_NODENAME': f'test{self.port}@localhost',
            'RABBITMQ_NODE_PORT': str(self.port),
            'RABBITMQ_DIST_PORT': str(dist_port),
            'RABBITMQ_CONFIG_FILE': str(directory / 'broker.conf'),
            'RABBITMQ_ADVANCED_CONFIG_FILE': str(
                directory / 'advanced.config'
            ),
            'RABBITMQ_ENABLED_PLUGINS_FILE': str(directory / 'plugins'),
            'RABBITMQ_GENERATED_CONFIG_DIR': str(directory / 'generated'),
            'RABBITMQ_MNESIA_BASE': str(directory / 'data'),
            'RABBITMQ_LOG_BASE': str(directory / 'log'),
            'RABBITMQ_PID_FILE': str(directory / 'pid'),
        }
        self.start()

    @staticmethod
    def is_installed():
        """Say whether this machine has a broker to start."""
        return (PROGRAMS / 'rabbitmq-server').exists()

    @property
    def version(self):
        """The version of the broker."""
        return self._control('version').strip()

    def url(self, vhost):
        """Return what oslo.messaging calls a transport URL."""
        return f'rabbit://guest:guest@127.0.0.1:{self.port}/{vhost}'

    def add_vhost(self):
        """Return the name of a virtual host that nobody has used yet."""
        vhost = f'vhost{next(self._numbers)}'
        self._control('add_vhost', vhost)
        self._control('set_permissions', '-p', vhost, 'guest', *['.*'] * 3)
        return vhost

    def queues(self, vhost, what='type'):
        """Return something about the queues of a virtual host, by name.

        :param vhost: the virtual host
        :param what: what RabbitMQ calls it
        """
        table = self._control('list_queues', '-p', vhost, 'name', what)
        _header, *lines = table.splitlines()
        return dict(line.split('\t') for line in lines)

    def set_policy(self, vhost, *arguments):
        """Have the broker treat queues as a policy says."""
        self._control('set_policy', '-p', vhost, *arguments)

    @contextlib.contextmanager
    def outage(self):
        """Cut all connections and take no new one for a while."""
        self._control('stop_app')
        try:
            yield
        finally:
            self._control('start_app')
            self._wait()

    @contextlib.contextmanager
    def killed(self):
        """Kill the broker; it comes back with what it has on the disk."""
        os.kill(self._pid, signal.SIGKILL)
        try:
            yield
        finally:
            self.stop()
            self.start()

    @contextlib.contextmanager
    def ended(self):
        """End the broker in good order, and start it again."""
        self._control('stop')
        try:
            yield
        finally:
            self.stop()
            self.start()

    @contextlib.contextmanager
    def frozen(self):
        """Let the broker keep its connections and say nothing for a while."""
        pid = self._pid
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    @contextlib.contextmanager
    def locked(self):
        """Cut all connections and refuse our password for a while."""
        self._control('change_password', 'guest', 'changed')
        try:
            self._control('close_all_connections', '--global', 'locked')
            yield
        finally:
            self._control('change_password', 'guest', 'guest')

    def alarmed(self):
        """Let the broker block its publishers for a while, short of memory."""
        return self.memory('1MB')

    @contextlib.contextmanager
    def memory(self, size):
        """Let the broker block its publishers beyond so much for a while.

        :param size: as RabbitMQ writes it, ``8GB``
        """
        self._limit_memory(size)
        try:
            yield
        finally:
            self._limit_memory(MEMORY)

    def start(self):
        """Return when the broker answers."""
        self._process = Process(
            [PROGRAMS / 'rabbitmq-server'], self._directory, self._environ
        )
        self._wait()

    def stop(self):
        """Return when the broker has ended."""
        self._process.stop()

    @property
    def _pid(self):
        return int((self._directory / 'pid').read_text())

    def _wait(self):
        self._process.wait_for(self.port, PROTOCOL_HEADER, METHOD_FRAME)

    def _limit_memory(self, size):
        self._control('set_vm_memory_high_watermark', 'absolute', size)

    def _control(self, *arguments):
        done = subprocess.run(
            [PROGRAMS / 'rabbitmqctl', '--quiet', *arguments],
            check=True,
            env={**os.environ, **self._environ},
            stdout=subprocess.PIPE,
            text=True,
            timeout=60,
        )
        return done.stdout
