# SPDX-License-Identifier: Apache-2.0

"""A Glance from PyPI, set up as an operator does, with or without the filter.

Nothing of it is replaced: its own paste file, sqlite, files as the store, and
a real Keystone.
"""

import shutil

from tests.services import environment
from tests.services.logs import write_logging
from tests.services.paste import insert_filter

CONFIGURATION = """\
[DEFAULT]
log_config_append = {logging_conf}
enabled_backends = local:file
[database]
connection = sqlite:///{directory}/glance.sqlite
[glance_store]
default_backend = local
[local]
filesystem_store_datadir = {directory}/images
[os_glance_staging_store]
filesystem_store_datadir = {directory}/staging
[os_glance_tasks_store]
filesystem_store_datadir = {directory}/tasks
[oslo_concurrency]
lock_path = {directory}
[paste_deploy]
flavor = keystone
config_file = {directory}/glance-api-paste.ini
[audit_middleware_notifications]
use_oslo_messaging = false
"""


class Glance:
    """An Image API behind a Keystone, ready when constructed.

    :param directory: an empty directory for all it writes
    :param keystone: a :class:`~tests.services.keystone.Keystone`
    :param database: what :meth:`make_database` made
    :param port: the loopback port to listen on
    :param audit_behind: the filter behind which the audit stands; None to do
        without
    """

    def __init__(
        self, directory, keystone, database, port, audit_behind='context'
    ):
        self.url = f'http://127.0.0.1:{port}'
        self.directory = directory
        self.is_audited = audit_behind is not None
        logging_conf, self.trail = write_logging(directory)
        shutil.copy(database, directory / 'glance.sqlite')
        paste = environment.shipped('glance/glance-api-paste.ini')
        if audit_behind:
            paste = insert_filter(paste, audit_behind, 'glance')
        (directory / 'glance-api-paste.ini').write_text(paste)
        (directory / 'glance-api.conf').write_text(
            CONFIGURATION.format(
                directory=directory, logging_conf=logging_conf
            )
            + keystone.authtoken_section()
        )
        for name in ('images', 'staging', 'tasks'):
            (directory / name).mkdir()
        self._process = environment.serve(
            'glance.wsgi.api',
            directory,
            port,
            environ={'OS_GLANCE_CONFIG_DIR': str(directory)},
        )

    @staticmethod
    def make_database(directory):
        """Return an empty database, to be copied."""
        config = directory / 'glance-api.conf'
        config.write_text(
            f'[database]\nconnection = sqlite:///{directory}/glance.sqlite\n'
        )
        environment.run(
            'glance-manage', '--config-file', str(config), 'db_sync'
        )
        return directory / 'glance.sqlite'

    @staticmethod
    def endpoint(port):
        """Return type, name and URL for the service catalogue."""
        return 'image', 'glance', f'http://127.0.0.1:{port}'

    def stop(self):
        """Return when Glance has ended."""
        self._process.stop()
