# SPDX-License-Identifier: Apache-2.0

"""The name of a service in, the observer of its events out."""

import uuid

# What the ids of services are derived from, so that a service has the same
# on each host.
_SERVICES = uuid.uuid5(
    uuid.NAMESPACE_URL, 'http://schemas.dmtf.org/cloud/audit/1.0/service'
)


def service_observer(name: str, type_uri: str) -> dict[str, str]:
    """Return a service as the observer of what is done to its resources.

    :param name: the name of the service
    :param type_uri: its typeURI
    """
    return {
        'id': str(uuid.uuid5(_SERVICES, name)),
        'typeURI': type_uri,
        'name': name,
    }
