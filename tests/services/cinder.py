# SPDX-License-Identifier: Apache-2.0

"""A Cinder from PyPI, set up as an operator does, with or without the filter.

Nothing of the API is replaced: its own paste file, sqlite, and a real
Keystone. No scheduler and no volume service listens on the other side of the
bus, so what is created stays in creation.
"""

import shutil

from tests.services import environment
from tests.services.logs import write_logging
from tests.services.paste import insert_filter

CONFIGURATION = """\
[DEFAULT]
log_config_append = {logging_conf}
state_path = {directory}
api_paste_config = {directory}/api-paste.ini
auth_strategy = keystone
transport_url = fake:/
# Nobody answers a call over this bus.
rpc_response_timeout = 1
[database]
connection = sqlite:///{directory}/cinder.sqlite
[oslo_concurrency]
lock_path = {directory}
[oslo_messaging_notifications]
driver = noop
[audit_middleware_notifications]
use_oslo_messaging = false
"""


class Cinder:
    """A Block Storage API behind a Keystone, ready when constructed.

    :param directory: an empty directory for all it writes
    :param keystone: a :class:`~tests.services.keystone.Keystone`
    :param database: what :meth:`make_database` made
    :param port: the loopback port to listen on
    :param audit_behind: the filter behind which the audit stands; None to do
        without
    """

    def __init__(
        self,
        directory,
        keystone,
        database,
        port,
        audit_behind='keystonecontext',
    ):
        self.url = f'http://127.0.0.1:{port}'
        self.directory = directory
        self.is_audited = audit_behind is not None
        logging_conf, self.trail = write_logging(directory)
        shutil.copy(database, directory / 'cinder.sqlite')
        paste = environment.shipped('cinder/api-paste.ini')
        if audit_behind:
            paste = insert_filter(paste, audit_behind, 'cinder')
        (directory / 'api-paste.ini').write_text(paste)
        config = directory / 'cinder.conf'
        config.write_text(
            CONFIGURATION.format(
                directory=directory, logging_conf=logging_conf
            )
            + keystone.authtoken_section()
        )
        self._process = environment.serve(
            'cinder.wsgi.api',
            directory,
            port,
            arguments=['--config-file', str(config)],
        )

    @staticmethod
    def make_database(directory):
        """Return an empty database, to be copied."""
        config = directory / 'cinder.conf'
        config.write_text(
            f'[DEFAULT]\nstate_path = {directory}\n'
            f'[database]\nconnection = sqlite:///{directory}/cinder.sqlite\n'
        )
        environment.run(
            'cinder-manage', '--config-file', str(config), 'db', 'sync'
        )
        return directory / 'cinder.sqlite'

    @staticmethod
    def endpoint(port):
        """Return type, name and URL for the service catalogue."""
        url = f'http://127.0.0.1:{port}/v3/%(project_id)s'
        return 'volumev3', 'cinder', url

    def stop(self):
        """Return when Cinder has ended."""
        self._process.stop()
