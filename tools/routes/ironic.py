# SPDX-License-Identifier: Apache-2.0
"""Found by walking the controllers below ironic.api.controllers.v1.

A method of a REST controller is a route; its required arguments that name
something stand in the path, the others come from query and body. Controllers
hang at attributes, in maps, and at what IN_LOOKUP repeats of the code. Paths
work without /v1, too. Nodes of a chassis, ports of a node or port group, and
port groups and volumes of a node can be listed; other methods are refused.
"""

import inspect

from ironic.api.controllers import v1
from ironic.api.controllers.v1 import node
from ironic.api.controllers.v1 import runbook
from ironic.common import states
from pecan import rest
from pecan.util import iscontroller

DISTRIBUTION = 'ironic'

UNWALKED = [('GET', '/'), ('GET', '/healthcheck'), ('GET', '/v1')]

# Method of a controller: HTTP method.
METHODS = {
    'get': 'GET',
    'get_all': 'GET',
    'get_one': 'GET',
    'post': 'POST',
    'put': 'PUT',
    'patch': 'PATCH',
    'delete': 'DELETE',
}

# What vendor passthru can be called with.
PASSTHRU = ['DELETE', 'GET', 'PATCH', 'POST', 'PUT']

# Arguments that can stand in a path, and their name there.
IN_PATH = {
    'allocation_ident': 'allocation_ident',
    'chassis_uuid': 'chassis_uuid',
    'connector_uuid': 'connector_uuid',
    'driver_name': 'driver_name',
    'event': 'event',
    'hostname': 'hostname',
    'indicator': 'indicator',
    'inspection_rule_uuid': 'inspection_rule_uuid',
    'method': 'method',
    'node_ident': 'node_ident',
    'port_ident': 'port_ident',
    'port_uuid': 'port_ident',
    'portgroup_ident': 'portgroup_ident',
    'runbook_ident': 'runbook_ident',
    'setting_name': 'setting_name',
    'target_uuid': 'target_uuid',
    'template_ident': 'template_ident',
    'vif_id': 'vif_id',
    '_': 'shard',
}

# Optional arguments of methods that may stand in the path, and their name.
MAY_BE_IN_PATH = {
    ('delete', 'trait'): 'trait',
    ('put', 'trait'): 'trait',
    ('validate', 'node'): 'node_ident',
}

# Controllers that only the code of a _lookup names.
IN_LOOKUP = {
    runbook.RunbooksController: {'traits': runbook.RunbookTraitsController}
}


def routes():
    """Yield the method and path of each route."""
    yield from UNWALKED
    for name, controller in v1.Controller._subcontroller_map.items():
        yield from walk(type(controller), f'/v1/{name}')


def actions():
    """Yield each change of state that the body names as ``target``."""
    below = '/v1/nodes/{node_ident}/states'
    for verb in [*states.VERBS, states.REBUILD]:
        yield 'PUT', f'{below}/provision', verb
    for target in node.ALLOWED_TARGET_POWER_STATES:
        yield 'PUT', f'{below}/power', target
    for target in node.ALLOWED_TARGET_BOOT_MODES:
        yield 'PUT', f'{below}/boot_mode', target


def walk(controller, path):
    """Yield the routes of a controller and of those below it.

    :param controller: class of the controller
    :param path: where it is found
    """
    for name, method in METHODS.items():
        function = getattr(controller, name, None)
        if iscontroller(function):
            for arguments in in_path(function, path):
                yield method, path + arguments
    for name, methods in controller._custom_actions.items():
        function = getattr(controller, name)
        for method in methods:
            for arguments in in_path(function, path):
                yield method, f'{path}{arguments}/{name}'
    if iscontroller(getattr(controller, '_default', None)):
        for method in PASSTHRU:
            yield method, f'{path}/{{method}}'
    # A node below a chassis gets the id of the chassis where its own belongs.
    below = () if '{chassis_uuid}' in path else children(controller)
    for name, child in below:
        yield from walk(child, f'{item(controller, path)}/{name}')


def children(controller):
    """Yield the name and class of each controller below another.

    :param controller: class of the controller above
    """
    for name, value in vars(controller).items():
        if isinstance(value, rest.RestController):
            yield name, type(value)
    yield from getattr(controller, '_subcontroller_map', {}).items()
    yield from IN_LOOKUP.get(controller, {}).items()


def in_path(function, path):
    """Yield what the arguments of a method append to the path.

    :param function: the method
    :param path: path of its controller
    """
    required = ''
    for parameter in inspect.signature(function).parameters.values():
        if parameter.default is inspect.Parameter.empty:
            name = IN_PATH.get(parameter.name)
            if name and f'{{{name}}}' not in path:
                required += f'/{{{name}}}'
        elif name := MAY_BE_IN_PATH.get((function.__name__, parameter.name)):
            yield f'/{{{name}}}'
    yield required


def item(controller, path):
    """Return the path of one item of a controller, or its own.

    :param controller: class of the controller
    :param path: where it is found
    """
    function = getattr(controller, 'get_one', None)
    return path + next(in_path(function, path)) if function else path
