# SPDX-License-Identifier: Apache-2.0

"""Calls of nine public APIs, and what their public audit maps make of them.

Two lines for each call: the request, with its body if it has one; and the
action and the typeURI it has to get. The maps know nothing of what an API
means, so where a call gets an action that its documentation would not give
it, the map is why: ``detail`` is a keyword in Nova's map and is none in
Ironic's.
"""

import dataclasses

_CINDER = """
GET /v3/p1/volumes
  read/list service/storage/block/volumes
GET /v3/volumes
  read/list service/storage/block/volumes
GET /v3/p1/volumes/detail
  read/list service/storage/block/volumes/detail
POST /v3/p1/volumes {"volume":{"size":1}}
  create service/storage/block/volumes
GET /v3/p1/volumes/vol-1
  read service/storage/block/volumes/volume
PUT /v3/p1/volumes/vol-1
  update service/storage/block/volumes/volume
DELETE /v3/p1/volumes/vol-1
  delete service/storage/block/volumes/volume
POST /v3/p1/volumes/vol-1/action {"os-extend":{"new_size":2}}
  update/os-extend service/storage/block/volumes/volume
POST /v3/p1/volumes/vol-1/action
  create service/storage/block/volumes/volume
GET /v3/p1/qos-specs/q1/associations
  read/list/associations service/storage/block/qos-specs/qos-spec
GET /v3/p1/qos-specs/q1/associate
  update/associate service/storage/block/qos-specs/qos-spec
GET /v3/p1/qos-specs/q1/disassociate_all
  update/disassociate_all service/storage/block/qos-specs/qos-spec
GET /v3/p1/types/t1/extra_specs
  read service/storage/block/types/type
GET /v3/p1/os-quota-specs/p2/defaults
  read/list service/storage/block/os-quota-specs/project/defaults
POST /v3/p1/snapshots
  create service/storage/block/snapshots
GET /v3/p1/limits
  read/list service/storage/block/limits
GET /v3/attachments
  read service/storage/block
DELETE /v3/backups/deadbeef
  delete service/storage/block
"""

_GLANCE = """
GET /v2/images
  read/list service/storage/image/images
POST /v2/images
  create service/storage/image/images
GET /v2/images/i1
  read service/storage/image/images/image
PATCH /v2/images/i1
  update service/storage/image/images/image
DELETE /v2/images/i1
  delete service/storage/image/images/image
HEAD /v1/images/i1
  read service/storage/image/images/image
GET /v1/images/detail
  read/list service/storage/image/images/detail
PUT /v2/images/i1/file
  update service/storage/image/images/image/file
GET /v2/images/i1/file
  read/list service/storage/image/images/image/file
POST /v2/images/i1/members
  create service/storage/image/images/image/members
DELETE /v2/images/i1/members/p2
  delete service/storage/image/images/image/members/member
PUT /v2/images/i1/tags/gold
  update service/storage/image/images/image/tags/tag
POST /v2/images/i1/actions/deactivate
  update service/storage/image/images/image
"""

_GNOCCHI = """
GET /v1/metric
  read/list service/metric/metric
POST /v1/metric
  create service/metric/metric
GET /v1/metric/m1
  read service/metric/metric/metric_id
GET /v1/metric/m1/measures
  read/list service/metric/metric/metric_id/measures
POST /v1/metric/m1/measures
  create service/metric/metric/metric_id/measures
PATCH /v1/archive_policy/low
  update service/metric/archive_policy/archive_policy_name
DELETE /v1/archive_policy_rule/r1
  delete service/metric/archive_policy_rule/archive_policy_rule_name
GET /v1/resource/instance/r1/history
  read/list service/metric/instance/instance_id/history
DELETE /v1/resource/generic/r1
  delete service/metric/generic/generic_id
GET /v1/capabilities/
  read/list service/metric/capabilities
"""

_HEAT = """
GET /v1/p1/stacks
  read/list service/orchestration/stacks
POST /v1/p1/stacks
  create service/orchestration/stacks
POST /v1/p1/stacks/preview
  create service/orchestration/stacks/preview
GET /v1/p1/stacks/web/s1
  read service/orchestration/stacks/stack
PUT /v1/p1/stacks/web/s1
  update service/orchestration/stacks/stack
DELETE /v1/p1/stacks/web/s1/abandon
  delete service/orchestration/stacks/stack/abandon
GET /v1/p1/stacks/web/s1/resources
  read/list service/orchestration/stacks/stack/resources
POST /v1/p1/stacks/web/s1/resources/db/signal
  create service/orchestration/stacks/stack/resources/resource/signal
GET /v1/p1/stacks/web/s1/events
  read/list service/orchestration/stacks/stack/events
POST /v1/p1/stacks/web/s1/snapshots/n1/restore
  create service/orchestration/stacks/stack/snapshots/snapshot/restore
POST /v1/p1/stacks/web/s1/actions {"suspend":null}
  create service/orchestration/stacks/stack/actions
GET /v1/p1/resource_types/OS::Nova::Server/template
  read/list service/orchestration/resource_types/resource_type/template
POST /v1/p1/validate
  create service/orchestration/validate
GET /v1/p1/build_info
  read/list service/orchestration/build_info
"""

_IRONIC = """
GET /v1/nodes
  read/list service/compute/baremetal/nodes
GET /v1/nodes/
  read/list service/compute/baremetal/nodes
GET /v1/nodes.json
  read/list service/compute/baremetal/nodes
GET /v1/nodes/detail
  read service/compute/baremetal/nodes/node
POST /v1/nodes
  create service/compute/baremetal/nodes
PATCH /v1/nodes/11111111-1111-4111-8111-111111111111
  update service/compute/baremetal/nodes/node
DELETE /v1/nodes/node-01.example.org
  delete service/compute/baremetal/nodes/node
GET /v1/nodes/n1/states
  read/list service/compute/baremetal/nodes/node/states
PUT /v1/nodes/n1/states/power
  update service/compute/baremetal/nodes/node/states/power
PUT /v1/nodes/n1/states/provision
  update service/compute/baremetal/nodes/node/states/provision
DELETE /v1/nodes/n1/maintenance
  delete service/compute/baremetal/nodes/node/maintenance
GET /v1/nodes/n1/management/boot_device/supported
  read/list service/compute/baremetal/nodes/node/boot_device/supported
GET /v1/nodes/n1/validate
  read/list service/compute/baremetal/nodes/node/validate
POST /v1/nodes/n1/vendor_passthru
  update service/compute/baremetal/nodes/node
GET /v1/chassis/c1
  read service/compute/baremetal/chassis/chassis
GET /v1/drivers/ipmi/properties
  read service/compute/baremetal/drivers/driver
GET /
  read service/compute/baremetal
"""

_NEUTRON = """
GET /v2.0/networks.json
  read/list service/network/networks
GET /v2.0/networks/n1.json
  read service/network/networks/network
POST /v2.0/networks
  create service/network/networks
OPTIONS /v2.0/networks
  unknown service/network/networks
PUT /v2.0/routers/r1/add_router_interface
  update/add service/network/routers/router
PUT /v2.0/routers/r1/remove_router_interface.json
  update/remove service/network/routers/router
DELETE /v2.0/floatingips/f1
  delete service/network/floatingips/ip
POST /v2.0/security-group-rules
  create service/network/security-group-rules
GET /v2.0/security-groups/g1
  read service/network/security-groups/security-group
POST /v2.0/lb/pools/p1/health_monitors
  create service/network/lb/pools/pool/health_monitors
DELETE /v2.0/lb/pools/p1/health_monitors/h1
  delete service/network/lb/pools/pool/health_monitors/health_monitor
POST /v2.0/metering/metering-labels
  create service/network/metering-labels
PUT /v2.0/quotas/p2
  update service/network/quotas/quota
PUT /v2.0/ports/1234567890123456789012345678901234567890
  update service/network/ports/port
"""

_NOVA = """
GET /v2.1/servers
  read/list service/compute/servers
GET /v2.1/servers/detail
  read/list service/compute/servers/detail
POST /v2.1/servers
  create service/compute/servers
GET /v2.1/servers/s1
  read service/compute/servers/server
DELETE /v2.1/servers/A1B2C3D4-0000-4000-8000-00000000000F
  delete service/compute/servers/server
POST /v2.1/servers/s1/action {"reboot":{"type":"HARD"}}
  update/reboot service/compute/servers/server/action
POST /v2.1/servers/s1/action/ {"createImage":{}}
  update/createImage service/compute/servers/server/action
POST /v2.1/servers/s1/action []
  update service/compute/servers/server/action
POST /v2.1/servers/s1/action {"reboot
  create service/compute/servers/server/action
GET /v2.1/os-migrations
  read service/compute/os-migrations
POST /v2.1/servers/s1/os-server-password
  update service/compute/servers/server/os-server-password
DELETE /v2.1/servers/s1/os-server-password
  delete service/compute/servers/server/os-server-password
PUT /v2.1/os-services/enable
  enable service/compute/os-services/enable
PUT /v2.1/os-services/disable
  disable service/compute/os-services/disable
GET /v2.1/os-hosts/h1/reboot
  start/reboot service/compute/os-hosts/host/reboot
GET /v2.1/os-hosts/h1/shutdown
  stop/shutdown service/compute/os-hosts/host/shutdown
GET /v2.1/servers/s1/ips/public
  read service/compute/servers/server/ips/label
PUT /v2.1/servers/s1/metadata/rack
  update service/compute/servers/server/metadata/key
DELETE /v2.1/servers/s1/os-volume_attachments/a1
  delete service/compute/servers/server/os-volume_attachments/attachment
GET /v2.1/servers/s1/os-instance-actions/req-1
  read service/compute/servers/server/os-instance-actions/instance-action
GET /v2.1/flavors
  read/list service/compute/flavors
GET /v2.1/flavors/m1.small/os-extra_specs
  read/list service/compute/flavors/flavor/os-extra_specs
GET /v2.1/consoles
  read service/compute
DELETE /v2.1/os-keypairs/mykey
  delete service/compute/os-keypairs/keypair
DELETE /v2.1/os-keypairs/deadbeef
  delete service/compute/os-keypairs/keypair
GET /v2.1/os-quota-sets/p2/defaults
  read/list service/compute/os-quota-sets/tenant/defaults
GET /v2.1/os-hypervisors/statistics
  read/list service/compute/os-hypervisors/statistics
TRACE /v2.1/servers/s1
  unknown service/compute/servers/server
"""

_SWIFT = """
GET /v1/AUTH_p1
  read service/storage/object-store/v1/object-store
PUT /v1/AUTH_p1/photos
  update service/storage/object-store/v1/object-store
POST /v1/AUTH_p1/photos
  update service/storage/object-store/v1/object-store
GET /v1/AUTH_p1/photos/2026/11/cat.jpg
  read service/storage/object-store/v1/object-store
HEAD /v1/AUTH_p1/photos/cat.jpg
  read service/storage/object-store/v1/object-store
DELETE /v1/AUTH_p1/photos/cat.jpg
  delete service/storage/object-store/v1/object-store
COPY /v1/AUTH_p1/photos/cat.jpg
  unknown service/storage/object-store/v1/object-store
GET /info
  read/list service/storage/object-store/info
"""

_TROVE = """
GET /v1.0/p1/instances
  read/list service/database/instances
POST /v1.0/p1/instances
  create service/database/instances
DELETE /v1.0/p1/instances/i1
  delete service/database/instances/instance
POST /v1.0/p1/instances/i1/action {"restart":{}}
  update/restart service/database/instances/instance/action
POST /v1.0/p1/instances/i1/root
  create service/database/instances/instance/root
GET /v1.0/p1/instances/i1/configuration
  read/list service/database/instances/instance/configuration
POST /v1.0/p1/instances/i1/databases
  create service/database/instances/instance/databases
DELETE /v1.0/p1/instances/i1/databases/sales
  delete service/database/instances/instance/databases/database
DELETE /v1.0/p1/instances/i1/users/alice
  delete service/database/instances/instance/users/user
GET /v1.0/p1/datastores/mysql/versions/8.0/parameters
  read/list service/database/datastores/datastore/versions/version/parameters
PATCH /v1.0/p1/configurations/c1
  update service/database/configurations/configuration
GET /v1.0/p1/backups/b1
  read service/database/backups/backup
"""

# For each map: type, port and path of its service, and the calls.
_CALLS = {
    'cinder': ('volumev3', 8776, '/v3/p1', _CINDER),
    'glance': ('image', 9292, '', _GLANCE),
    'gnocchi': ('metric', 8041, '', _GNOCCHI),
    'heat': ('orchestration', 8004, '/v1/p1', _HEAT),
    'ironic': ('baremetal', 6385, '', _IRONIC),
    'neutron': ('network', 9696, '', _NEUTRON),
    'nova': ('compute', 8774, '/v2.1', _NOVA),
    'swift': ('object-store', 8080, '/v1/AUTH_p1', _SWIFT),
    'trove': ('database', 8779, '/v1.0/p1', _TROVE),
}


@dataclasses.dataclass(frozen=True)
class Call:
    """A call of a public API, and what its map has to make of it."""

    map_name: str
    port: int
    method: str
    path: str
    body: bytes
    action: str
    type_uri: str

    def __str__(self):
        return f'{self.map_name} {self.method} {self.path} {self.body!r}'


def public_calls():
    """Yield every call of the table."""
    for name, (_type, port, _path, text) in _CALLS.items():
        lines = [line.split() for line in text.strip().splitlines()]
        for request, expected in zip(lines[::2], lines[1::2], strict=True):
            method, path, *body = request
            action, type_uri = expected
            yield Call(
                name,
                port,
                method,
                path,
                ''.join(body).encode(),
                action,
                type_uri,
            )


def public_catalog():
    """Return a service catalogue with the services of all nine maps."""
    return [
        {
            'type': service_type,
            'name': name,
            'endpoints': [
                {'publicURL': f'http://api.example.org:{port}{path}'}
            ],
        }
        for name, (service_type, port, path, _) in _CALLS.items()
    ]
