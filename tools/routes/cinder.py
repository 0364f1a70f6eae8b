# SPDX-License-Identifier: Apache-2.0

"""The mapper of cinder.api.v3.router.APIRouter, with its extensions.

It answers each path with and without a project in front, save /v3/. Actions
are listed once, without it. A route counts when its controller has a handler
that takes what the path names; many that the mapper makes of a resource have
none. The routes that end in .json are left out: they are the same again.
Cinder registers update of a type as an action, too, but no body that names
it passes its schema.
"""

import functools
import inspect

from cinder.common import config
from cinder.db import api as db
from cinder.db import models
from cinder import objects
from cinder import rpc

from tools.routes import _handlers
from tools.routes import _mapper

DISTRIBUTION = 'cinder'

ROOT = '/v3'

WITHOUT_BODY = frozenset()
WITH_BODY = frozenset({'body'})


@functools.cache
def make_mapper():
    """Return the mapper of the API.

    Its controllers ask the database for the versions of the other services:
    an empty one in memory will do.
    """
    objects.register_all()
    config.CONF([], project='cinder', default_config_files=[])
    config.CONF.set_override('connection', 'sqlite://', group='database')
    models.BASE.metadata.create_all(db.get_engine())
    rpc.init(config.CONF)
    # It can only be imported once the objects are registered.
    from cinder.api.v3 import router

    return router.APIRouter().map


def functions_of(controller, name):
    """Return the functions behind a method, one for each microversion.

    :param controller: the controller
    :param name: name of its method
    """
    versions = getattr(controller, 'versioned_methods', {})
    if name in versions:
        return [version.func for version in versions[name]]
    function = getattr(type(controller), name, None)
    return [function] if function else []


def functions_of_action(resource, action):
    """Return the functions behind an action of the body.

    :param resource: what holds the controller and its extensions
    :param action: name of the action
    """
    method = resource.wsgi_actions[action]
    if inspect.ismethod(method):
        return [method.__func__]
    # What chooses by microversion remembers the controller and the name.
    chosen = inspect.getclosurevars(method).nonlocals
    return functions_of(chosen['self'], chosen['key'])


def is_answered(route, functions, *bodies):
    """Return whether a function takes what a route calls it with.

    :param route: a route of the mapper
    :param functions: those it may lead to
    :param bodies: what a request's body adds to the names, each to be tried
    """
    names = {'self', 'req', *_mapper.names_of(route)} - {'project_id'}
    return any(
        _handlers.takes(function, names | body)
        for function in functions
        for body in bodies
    )


def handlers_of(route):
    """Return the functions that a route may lead to, its actions aside.

    :param route: a route of the mapper
    """
    resource = route.defaults['controller']
    name = route.defaults['action']
    found = functions_of(resource.controller or resource, name)
    # An extension adds what the controller itself lacks.
    if not found and name in resource.wsgi_actions:
        found = functions_of_action(resource, name)
    return found


def find():
    """Yield method, path and route, the first for each method and path."""
    seen = set()
    for route in make_mapper().matchlist:
        if route.redirect or 'format' in _mapper.names_of(route):
            continue
        for method in (route.conditions or {}).get('method', ['GET']):
            key = method, ROOT + _mapper.path_of(route)
            if key not in seen:
                seen.add(key)
                yield *key, route


def routes():
    """Yield method and path of each route."""
    for method, path, route in find():
        if route.defaults['action'] == 'action':
            answered = any(actions_of(route))
        else:
            answered = is_answered(
                route, handlers_of(route), WITHOUT_BODY, WITH_BODY
            )
        if answered:
            yield method, path


def actions_of(route):
    """Yield the actions that the body of a request for a route may name.

    :param route: a route of the mapper
    """
    resource = route.defaults['controller']
    for action in resource.wsgi_actions:
        functions = functions_of_action(resource, action)
        if is_answered(route, functions, WITH_BODY):
            yield action


def actions():
    """Yield method, path and action of each action."""
    for method, path, route in find():
        if route.defaults['action'] != 'action':
            continue
        if 'project_id' not in _mapper.names_of(route):
            for action in actions_of(route):
                yield method, path, action
