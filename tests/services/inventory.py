# SPDX-License-Identifier: Apache-2.0

"""A small API behind a real auth_token: a request in, its two events out.

Each path below the root is a pipeline of its own, which places the filter
differently.
"""

import itertools

from tests.servers.process import free_ports
from tests.services.client import send
from tests.services import environment
from tests.services.logs import write_logging

AUDIT_MAP = """\
[path_keywords]
nodes = node
[service_endpoints]
baremetal = service/compute/baremetal
storage = service/storage
"""

PIPELINES = {
    'inner': 'request_id authtoken audit api',
    'outer': 'request_id audit authtoken api',
    'outermost': 'audit proxied request_id authtoken api',
    'delayed': 'request_id delayed audit api',
    'delayed_keystone': 'request_id delayed audit_keystone api',
    'inner_keystone': 'request_id authtoken audit_keystone api',
    'outer_keystone': 'request_id audit_keystone authtoken api',
    'open': 'request_id audit api',
    'open_keystone': 'request_id audit_keystone api',
    'proxied': 'proxied request_id authtoken audit api',
    'proxied_trusting': 'proxied request_id authtoken audit_trusting api',
    'trusting': 'request_id authtoken audit_trusting api',
}

FILTERS = """\
[filter:request_id]
paste.filter_factory = oslo_middleware:RequestId.factory

[filter:authtoken]
paste.filter_factory = keystonemiddleware.auth_token:filter_factory
oslo_config_project = inventory
oslo_config_file = {config}

[filter:delayed]
paste.filter_factory = keystonemiddleware.auth_token:filter_factory
oslo_config_project = inventory
oslo_config_file = {config}
delay_auth_decision = true

[filter:proxied]
paste.filter_factory = oslo_middleware:HTTPProxyToWSGI.factory
oslo_config_project = inventory
oslo_config_file = {config}

[filter:audit]
paste.filter_factory = cadf_audit:filter_factory
audit_map_file = {audit_map}
use_oslo_messaging = false

[filter:audit_keystone]
use = audit
identity_source = keystone

[filter:audit_trusting]
use = audit
trusted_proxies = 127.0.0.0/8, 10.0.0.0/8

[app:api]
paste.app_factory = tests.services.inventory_app:api_factory

[composite:main]
use = egg:Paste#urlmap
/ = api
"""

CONFIGURATION = """\
[oslo_middleware]
enable_proxy_headers_parsing = true
"""


class Inventory:
    """The API, served behind a Keystone, ready when constructed.

    :param directory: an empty directory for all it writes
    :param keystone: a :class:`~tests.services.keystone.Keystone`
    """

    def __init__(self, directory, keystone):
        (port,) = free_ports(1)
        self.url = f'http://127.0.0.1:{port}'
        self.public_netloc = 'inventory.example:8443'
        self.public_url = f'https://{self.public_netloc}'
        keystone.add_endpoints(
            'baremetal',
            'inventory',
            public=self.public_url,
            internal=self.url,
        )
        logging_conf, self._trail = write_logging(directory)
        self._requests = itertools.count(1)
        config = directory / 'inventory.conf'
        config.write_text(CONFIGURATION + keystone.authtoken_section())
        audit_map = directory / 'map.conf'
        audit_map.write_text(AUDIT_MAP)
        paste = directory / 'paste.ini'
        paste.write_text(
            FILTERS.format(config=config, audit_map=audit_map)
            + ''.join(f'/{name} = {name}\n' for name in PIPELINES)
            + ''.join(
                f'[pipeline:{name}]\npipeline = {pipeline}\n'
                for name, pipeline in PIPELINES.items()
            )
        )
        self._process = environment.serve(
            'tests.services.inventory_app',
            directory,
            port,
            arguments=[str(paste), str(logging_conf)],
        )

    def get(self, pipeline, token=None, headers=None):
        """Send a request to a pipeline.

        :returns: the answer, the pending and the final event, if it left any
        """
        agent = f'request {next(self._requests)}'
        answer = send(
            self.url,
            'GET',
            f'/{pipeline}/nodes/7',
            headers={'User-Agent': agent} | (headers or {}),
            token=token,
        )
        # The API returns a list, so its events are there before its answer.
        events = self._trail.pair(agent) if self._trail.of(agent) else ()
        return answer, *events

    def stop(self):
        """Return when the API has ended."""
        self._process.stop()
