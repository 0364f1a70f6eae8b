# SPDX-License-Identifier: Apache-2.0

"""A handler of a service and the names in a path in, whether they fit out."""

import inspect


def takes(function, arguments):
    """Return whether a function can be called with these arguments.

    A router may know a path that its handler has no argument for; the service
    then answers every request for it with an error.

    :param function: the handler
    :param arguments: the names that it would be called with
    """
    try:
        inspect.signature(function).bind(**dict.fromkeys(arguments))
    except TypeError:
        return False
    return True
