# SPDX-License-Identifier: Apache-2.0

"""A Keystone of the test run's own, and the accounts that it holds."""

import base64
import dataclasses
import os
import secrets

from tests.servers.process import free_ports
from tests.services.client import send
from tests.services import environment

CONFIGURATION = """\
[DEFAULT]
use_stderr = true
[database]
connection = sqlite:///{directory}/keystone.db
[fernet_tokens]
key_repository = {directory}/fernet
[fernet_receipts]
key_repository = {directory}/fernet
[cache]
# Without a cache a token takes a quarter of a second.
enabled = true
backend = oslo_cache.dict
[identity]
# The least that Keystone takes: nobody attacks these passwords.
password_hash_algorithm = bcrypt
password_hash_rounds = 4
[oslo_messaging_notifications]
driver = noop
"""

AUTHTOKEN = """\
[keystone_authtoken]
www_authenticate_uri = {url}
auth_type = password
auth_url = {url}
username = {user.name}
password = {user.password}
user_domain_id = {user.domain_id}
project_name = {user.project_name}
project_domain_id = {user.domain_id}
# A revoked token is refused from the next request on.
token_cache_time = -1
"""


@dataclasses.dataclass(frozen=True)
class User:
    """A user, and the one project where it has a role."""

    id: str
    name: str
    password: str
    domain_id: str
    project_id: str
    project_name: str


class Keystone:
    """An Identity API that issues real tokens, ready when constructed.

    :param directory: an empty directory for all it writes
    """

    def __init__(self, directory):
        (port,) = free_ports(1)
        self.url = f'http://127.0.0.1:{port}/v3'
        config = directory / 'keystone.conf'
        config.write_text(CONFIGURATION.format(directory=directory))
        _write_keys(directory / 'fernet')
        password = secrets.token_hex()
        manage = ('keystone-manage', '--config-file', str(config))
        environment.run(*manage, 'db_sync')
        environment.run(
            *manage,
            'bootstrap',
            '--bootstrap-password',
            password,
            '--bootstrap-public-url',
            self.url,
            # auth_token looks for this one.
            '--bootstrap-internal-url',
            self.url,
            '--bootstrap-region-id',
            'RegionOne',
        )
        self._process = environment.serve(
            'keystone.wsgi.api',
            directory,
            port,
            environ={'OS_KEYSTONE_CONFIG_FILES': str(config)},
        )
        self._admin_token = self._authenticate(
            _password_identity('admin', password, 'default'),
            {'project': {'name': 'admin', 'domain': {'id': 'default'}}},
        )
        self._roles = {
            role['name']: role['id'] for role in self.get('/roles')['roles']
        }
        # auth_token speaks as this user.
        self.service = self.add_user('service', 'default', 'service')

    def get(self, path):
        """Return what the administrator reads."""
        return self._call('GET', path).json()

    def add_domain(self, name):
        """Return the id of a new domain."""
        return self._create('domain', name=name)['id']

    def add_role(self, name):
        """Let there be a role of that name."""
        self._roles[name] = self._create('role', name=name)['id']

    def add_user(self, name, domain_id, *roles):
        """Return a new user, with roles in a new project of its own."""
        project = self._create(
            'project', name=f'{name}-project', domain_id=domain_id
        )
        password = secrets.token_hex()
        user = self._create(
            'user', name=name, domain_id=domain_id, password=password
        )
        for role in roles:
            self._grant('projects', project['id'], user['id'], role)
        return User(
            user['id'],
            name,
            password,
            domain_id,
            project['id'],
            project['name'],
        )

    def grant_domain(self, user, role):
        """Give a user a role in its domain."""
        self._grant('domains', user.domain_id, user.id, role)

    def grant_system(self, user, role):
        """Give a user a role in the whole system."""
        self._call('PUT', f'/system/users/{user.id}/roles/{self._roles[role]}')

    def add_endpoints(self, service_type, name, **urls):
        """Put a service into the catalogue.

        :param service_type: what the audit map knows it by
        :param name: its name
        :param urls: URL by interface: public, internal, admin
        :returns: the id of each endpoint by interface
        """
        service = self._create('service', type=service_type, name=name)
        return {
            interface: self._create(
                'endpoint',
                service_id=service['id'],
                interface=interface,
                url=url,
                region_id='RegionOne',
            )['id']
            for interface, url in urls.items()
        }

    def token(self, user):
        """Return a new token for the project of a user."""
        return self._authenticate(
            _password_identity(user.name, user.password, user.domain_id),
            {'project': {'id': user.project_id}},
        )

    def domain_token(self, user):
        """Return a new token for the domain of a user."""
        return self._authenticate(
            _password_identity(user.name, user.password, user.domain_id),
            {'domain': {'id': user.domain_id}},
        )

    def system_token(self, user):
        """Return a new token for the whole system."""
        return self._authenticate(
            _password_identity(user.name, user.password, user.domain_id),
            {'system': {'all': True}},
        )

    def add_application_credential(self, user):
        """Return id and secret of a new application credential."""
        made = self._call(
            'POST',
            f'/users/{user.id}/application_credentials',
            {'application_credential': {'name': 'robot'}},
            self.token(user),
        ).json()['application_credential']
        return made['id'], made['secret']

    def application_credential_token(self, credential_id, secret):
        """Return a new token got with an application credential."""
        return self._authenticate(
            {
                'methods': ['application_credential'],
                'application_credential': {
                    'id': credential_id,
                    'secret': secret,
                },
            },
            None,
        )

    def revoke(self, token):
        """End a token before its time."""
        answer = send(
            self.url,
            'DELETE',
            '/auth/tokens',
            headers={'X-Subject-Token': token},
            token=self._admin_token,
        )
        assert answer.status == 204, answer

    def authtoken_section(self):
        """Return the configuration of an auth_token that asks here."""
        return AUTHTOKEN.format(url=self.url, user=self.service)

    def stop(self):
        """Return when Keystone has ended."""
        self._process.stop()

    def _authenticate(self, identity, scope):
        auth = {'identity': identity}
        if scope:
            auth['scope'] = scope
        answer = send(self.url, 'POST', '/auth/tokens', {'auth': auth})
        assert answer.status == 201, answer
        return answer.header('X-Subject-Token')

    def _create(self, kind, **fields):
        return self._call('POST', f'/{kind}s', {kind: fields}).json()[kind]

    def _grant(self, scope, scope_id, user_id, role):
        self._call(
            'PUT',
            f'/{scope}/{scope_id}/users/{user_id}/roles/{self._roles[role]}',
        )

    def _call(self, method, path, body=None, token=None):
        answer = send(
            self.url, method, path, body, token=token or self._admin_token
        )
        assert answer.status in (200, 201, 204), answer
        return answer


def _write_keys(directory):
    """Write two Fernet keys, as keystone-manage would in two seconds."""
    directory.mkdir(mode=0o700)
    for name in ('0', '1'):
        key = directory / name
        key.write_bytes(base64.urlsafe_b64encode(os.urandom(32)))
        key.chmod(0o600)


def _password_identity(name, password, domain_id):
    return {
        'methods': ['password'],
        'password': {
            'user': {
                'name': name,
                'password': password,
                'domain': {'id': domain_id},
            }
        },
    }
