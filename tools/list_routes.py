# SPDX-License-Identifier: Apache-2.0

"""Print the routes of an OpenStack service installed beside this script."""

import argparse
import contextlib
import importlib
import importlib.metadata
import inspect
import pathlib
import sys

TOOLS = pathlib.Path(__file__).resolve().parent

# The word of a comment line, and the function of the module that fills it.
REMARKS = {'action': 'actions', 'gone': 'gone'}


def services():
    """Return the names of the services there is a module for."""
    modules = (TOOLS / 'routes').glob('[!_]*.py')
    return sorted(module.stem for module in modules)


def header(service, module):
    """Yield what the list is of, and how it was found.

    :param service: name of the service
    :param module: module of ``tools.routes`` that finds the routes
    """
    version = importlib.metadata.version(module.DISTRIBUTION)
    yield f'# Routes of {service}: {module.DISTRIBUTION} {version}'
    for line in inspect.getdoc(module).splitlines():
        yield f'# {line}'.rstrip()


def by_path(route):
    """Return the sort key of a route: its path first, then its method.

    :param route: method and path, perhaps followed by an action
    """
    method, path, *action = route
    return path, method, action


def written(route):
    """Return a route as a line has it.

    :param route: method and path, perhaps followed by an action
    """
    method, path, *action = route
    return ': '.join([f'{method} {path}', *action])


def listing(service):
    """Yield the lines of the list.

    :param service: name of the service
    """
    module = importlib.import_module(f'tools.routes.{service}')
    yield from header(service, module)
    for route in sorted(set(module.routes()), key=by_path):
        yield written(route)
    for word, name in REMARKS.items():
        remarks = getattr(module, name, tuple)
        for route in sorted(set(remarks()), key=by_path):
            yield f'# {word} {written(route)}'


def main():
    """Print the list; what the service itself prints goes to stderr."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('service', choices=services())
    service = parser.parse_args().service
    # A library that the services use is called ``routes``, too: it must not
    # be looked for beside this script.
    sys.path[0] = str(TOOLS.parent)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            lines = list(listing(service))
    except ModuleNotFoundError as exc:
        # The error for a distribution is one of these, too.
        sys.exit(
            f'{exc.name} is not installed beside this script; take a virtual '
            f'environment of its own: pip install {service}'
        )
    print('\n'.join(lines))


if __name__ == '__main__':
    main()
