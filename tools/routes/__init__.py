# SPDX-License-Identifier: Apache-2.0

"""One module per OpenStack service: the routes its API answers.

Each has ``DISTRIBUTION``, the name of the installed distribution, and
``routes()``, an iterable of ``(method, path)``. Its docstring says how they
are found and stands above the list.

``actions()``, where there is one, is an iterable of ``(method, path,
action)``: what the body of a request names. ``gone()`` is an iterable of the
routes and actions that are still there but always answer 410.
"""
