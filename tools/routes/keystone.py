# SPDX-License-Identifier: Apache-2.0

"""The URL map of keystone.server.flask.application.application_factory().

A method counts when the resource has a handler for it that takes what the
path names: the HEAD and OPTIONS that Flask adds to each route are left out.
So is /healthcheck, which keystone answers in front of the application.
"""

import re

import keystone.conf
from keystone.server.flask import application

from tools.routes import _handlers

DISTRIBUTION = 'keystone'


def path_of(rule):
    """Return the path of a rule, with braces around its names.

    :param rule: a rule of the URL map
    """
    path = re.sub(r'<path:(\w+)>', r'{\1:path}', rule.rule)
    return re.sub(r'<(?:\w+:)?(\w+)>', r'{\1}', path)


def methods_of(rule, view):
    """Yield the methods that a view has a handler for.

    :param rule: a rule of the URL map
    :param view: the view function it leads to
    """
    resource = getattr(view, 'view_class', None)
    if resource is None:
        yield from rule.methods - {'HEAD', 'OPTIONS'}
        return
    for method in rule.methods:
        handler = getattr(resource, method.lower(), None)
        if handler and _handlers.takes(handler, {'self', *rule.arguments}):
            yield method


def routes():
    """Yield method and path of each route."""
    keystone.conf.configure()
    app = application.application_factory()
    for rule in app.url_map.iter_rules():
        for method in methods_of(rule, app.view_functions[rule.endpoint]):
            yield method, path_of(rule)
