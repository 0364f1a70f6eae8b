# SPDX-License-Identifier: Apache-2.0

"""A route of a routes.Mapper in, the path it answers out."""


def names_of(route):
    """Return the names in the path of a route.

    :param route: a route of a mapper
    """
    return [part['name'] for part in route.routelist if isinstance(part, dict)]


def path_of(route):
    """Return the path of a route, without what it demands of its names.

    :param route: a route of a mapper
    """
    return ''.join(
        part if isinstance(part, str) else f'{{{part["name"]}}}'
        for part in route.routelist
    )
