# SPDX-License-Identifier: Apache-2.0
"""Found by asking the extensions of Neutron for their resources.

A request meets the mapper of the filter ``extensions`` first, then the Pecan
controllers, where what is below a resource has the prefix of that resource.
A method is listed if a plugin in the tree of Neutron has it. The resources of
bgpvpn, dynamic routing, fwaas, sfc, taas and vpnaas come from neutron_lib.

Pecan takes hyphens for underscores in the name of a collection, and the other
way round, and before it any known prefix (qos, log ...) or none. Of these
spellings, only those that clients and the API reference use are listed. The
suffix .json works everywhere.
"""

import importlib.metadata

from neutron.api import extensions
from neutron.api.v2 import base
from neutron.api.v2 import resource_helper
from neutron.common import config
from neutron import extensions as in_tree
from neutron.pecan_wsgi import startup
from neutron.plugins.ml2 import plugin as ml2
from neutron_lib.api.definitions import bgp
from neutron_lib.api.definitions import bgp_dragentscheduler
from neutron_lib.api.definitions import bgpvpn
from neutron_lib.api.definitions import bgpvpn_routes_control
from neutron_lib.api.definitions import firewall_v2
from neutron_lib.api.definitions import flowclassifier
from neutron_lib.api.definitions import sfc
from neutron_lib.api.definitions import taas
from neutron_lib.api.definitions import tap_mirror
from neutron_lib.api.definitions import vpn
from neutron_lib.api.definitions import vpn_endpoint_groups
from neutron_lib.plugins import constants
from neutron_lib.plugins import directory
from neutron_lib import rpc
from oslo_config import cfg

DISTRIBUTION = 'neutron'

UNMAPPED = [
    ('GET', '/'),
    ('GET', '/healthcheck'),
    ('GET', '/v2.0/'),
    ('GET', '/v2.0/extensions'),
    ('GET', '/v2.0/extensions/{id}'),
]

# Method of a controller: HTTP method, what stands behind the collection, and
# the method of the plugin.
METHODS = {
    'index': ('GET', '', 'list'),
    'create': ('POST', '', 'create'),
    'show': ('GET', '/{id}', 'show'),
    'update': ('PUT', '/{id}', 'update'),
    'delete': ('DELETE', '/{id}', 'delete'),
}

# Definition of what is not in the tree: prefix, and what the underscores of
# its collections become.
BESIDE = {
    bgp: ('', '-'),
    bgpvpn: ('/bgpvpn', '-'),
    bgpvpn_routes_control: ('/bgpvpn', '-'),
    firewall_v2: ('/fwaas', '_'),
    flowclassifier: ('/sfc', '_'),
    sfc: ('/sfc', '_'),
    taas: ('/taas', '_'),
    tap_mirror: ('/taas', '_'),
    vpn: ('/vpn', '-'),
    vpn_endpoint_groups: ('/vpn', '-'),
}

# Of the scheduler of dynamic routing, neutron_lib has the names only.
DRINSTANCES = f'/agents/{{agent_id}}/{bgp_dragentscheduler.BGP_DRINSTANCES}'
DRAGENTS = f'/{{bgp_speaker_id}}/{bgp_dragentscheduler.BGP_DRAGENTS}'
SCHEDULER = [
    ('GET', DRINSTANCES),
    ('POST', DRINSTANCES),
    ('DELETE', f'{DRINSTANCES}/{{id}}'),
    ('GET', f'/bgp-speakers{DRAGENTS}'),
]

# Collections that are mapped with hyphens, and asked for with underscores.
UNDERSCORED = {
    'alias-bandwidth-limit-rules',
    'alias-dscp-marking-rules',
    'alias-minimum-bandwidth-rules',
    'alias-minimum-packet-rate-rules',
    'floatingip-pools',
    'local-ips',
    'minimum-packet-rate-rules',
    'ndp-proxies',
    'network-segment-ranges',
}

# The directory of plugins refers to them weakly.
PLUGINS = []


def routes():
    """Yield the method and path of each route."""
    yield from UNMAPPED
    for method, path in [*core(), *extended(), *beside(), *SCHEDULER]:
        for spelling in spellings(path):
            yield method, f'/v2.0{spelling}'


def core():
    """Yield the routes of the core resources."""
    for collection in startup.RESOURCES.values():
        for method, behind, _ in METHODS.values():
            yield method, f'/{collection}{behind}'


def extended():
    """Yield the routes of the extensions in the tree."""
    load_plugins()
    manager = extensions.ExtensionManager(in_tree.__path__[0])
    # The first is the list of extensions itself.
    resources = manager.get_resources()[1:]
    prefixes = {
        resource.collection: resource.path_prefix
        for resource in resources
        if not resource.parent and any(methods(resource))
    }
    for resource in resources:
        for path in paths(resource, prefixes):
            for method, behind in methods(resource):
                yield method, path + behind


def load_plugins():
    """Make the plugins of the tree known, without what they would start."""
    config.register_common_config_options()
    cfg.CONF([], project='neutron', default_config_files=[])
    rpc.init(cfg.CONF)
    group = importlib.metadata.entry_points(group='neutron.service_plugins')
    kinds = [
        point.load()
        for point in sorted(group)
        if not point.module.startswith('neutron.tests')
    ]
    for kind in [ml2.Ml2Plugin, *kinds]:
        plugin = object.__new__(kind)
        core = kind is ml2.Ml2Plugin
        name = constants.CORE if core else plugin.get_plugin_type()
        directory.add_plugin(name, plugin)
        PLUGINS.append(plugin)


def paths(resource, prefixes):
    """Yield each path of the collection of a resource.

    :param resource: the extensions.ResourceExtension
    :param prefixes: prefix of each collection that is below nothing
    """
    path = f'/{resource.collection}'
    if resource.parent:
        above = resource.parent['collection_name']
        path = f'/{above}/{{{resource.parent["member_name"]}_id}}{path}'
        yield prefixes.get(above, '') + path
    yield resource.path_prefix + path


def methods(resource):
    """Yield each method of a resource and what stands behind its path.

    :param resource: the extensions.ResourceExtension
    """
    controller = resource.controller.controller
    for name, (method, behind, handler) in METHODS.items():
        if isinstance(controller, base.Controller):
            handler = controller._plugin_handlers[handler]
            there = hasattr(controller.plugin, handler)
        else:
            there = hasattr(controller, name)
        if there:
            yield method, behind
    for method in resource.collection_methods.values():
        yield method, ''
    for name, method in resource.collection_actions.items():
        yield method, f'/{name}'
    for name, method in resource.member_actions.items():
        yield method, f'/{{id}}/{name}'


def beside():
    """Yield the routes of what is not in the tree."""
    for definition, (prefix, joint) in BESIDE.items():
        above = definition.RESOURCE_ATTRIBUTE_MAP
        below = definition.SUB_RESOURCE_ATTRIBUTE_MAP or {}
        singular = resource_helper.build_plural_mappings({}, above)
        for collection in above:
            path = f'{prefix}/{collection.replace("_", joint)}'
            for method, behind, _ in METHODS.values():
                yield method, path + behind
            actions = definition.ACTION_MAP.get(singular[collection], {})
            for name, method in actions.items():
                yield method, f'{path}/{{id}}/{name}'
        for collection, content in below.items():
            parent = content.get('parent')
            if not parent:
                continue
            member = f'{{{parent["member_name"]}_id}}'
            path = f'{prefix}/{parent["collection_name"]}/{member}'
            for method, behind, _ in METHODS.values():
                yield method, f'{path}/{collection}{behind}'


def spellings(path):
    """Yield each way a path is written.

    :param path: path of a route, as it is mapped
    """
    yield path
    parts = path.split('/')
    if UNDERSCORED.intersection(parts):
        yield '/'.join(
            part.replace('-', '_') if part in UNDERSCORED else part
            for part in parts
        )
