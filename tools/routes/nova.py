# SPDX-License-Identifier: Apache-2.0

"""nova.api.openstack.compute.routes.ROUTE_LIST, below /v2.1.

nova.api.openstack.ProjectMapper, which the list is fed to, answers each path
with and without a project in front. Actions, and what has gone and answers
410, are listed once, without it. /v2 answers the same routes as /v2.1. The
redirect from /v2.1 to /v2.1/ is left out.
"""

from nova.api import openstack
from nova.api.openstack.compute import routes as compute

from tools.routes import _mapper

DISTRIBUTION = 'nova'

ROOT = '/v2.1'


def entries():
    """Yield method, path and handler of each entry of the list."""
    for path, methods in compute.ROUTE_LIST:
        if isinstance(methods, dict):
            for method, handler in methods.items():
                yield method, path, handler


def routes():
    """Yield method and path of each route."""
    mapper = openstack.ProjectMapper()
    for method, path, (_, name) in entries():
        mapper.create_route(path, method, None, name)
    for route in mapper.matchlist:
        for method in route.conditions['method']:
            yield method, ROOT + _mapper.path_of(route)


def functions_of(factory):
    """Yield action and function of each action that a controller knows.

    :param factory: the partial call that makes the controller
    """
    main, others = factory.args
    for controller in (main, *others):
        for action, name in controller.wsgi_actions.items():
            yield action, getattr(controller, name)


def find():
    """Yield route or action, and the function that answers it."""
    for method, path, (factory, name) in entries():
        if name == 'action':
            for action, function in functions_of(factory):
                yield (method, ROOT + path, action), function
        else:
            yield (method, ROOT + path), getattr(factory.args[0], name)


def actions():
    """Yield method, path and action of each action."""
    return (found for found, _ in find() if len(found) == 3)


def gone():
    """Yield the routes and actions that nova has marked as removed."""
    return (
        found
        for found, function in find()
        if getattr(function, 'removed', False)
    )
