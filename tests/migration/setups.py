# SPDX-License-Identifier: Apache-2.0

"""A row about configuration in, how to set two filters up out.

Each row is a filter section, a configuration file and an audit map that make
two filters start, or audit, differently.
"""

import dataclasses
import typing

from tests.harness import answer
from tests.harness import environ
from tests.migration.side_by_side import AUDIT_MAP

UNKNOWN_KEY = 'ignore_req_lst'
GOOD_MAP = AUDIT_MAP.encode()


@dataclasses.dataclass
class Setup:
    """What an operator writes, and how to tell what came of it.

    :param tell: told by a :class:`Started`
    :param section: the filter section
    :param with_map: whether it names the audit map
    :param conf: the configuration file of the service
    :param audit_map: what the audit map holds; None if it is missing
    :param request: keys of the environ
    """

    tell: typing.Any
    section: dict = dataclasses.field(default_factory=dict)
    with_map: bool = True
    conf: str = ''
    audit_map: bytes | None = GOOD_MAP
    request: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Started:
    """What came of a setup.

    :param error: what the start raised
    :param seen: what came of a request, if it started
    :param warnings: what was said at start
    """

    error: Exception | None = None
    seen: typing.Any = None
    warnings: str = ''


def is_audited(started):
    """Tell whether the request left events."""
    return 'audited' if started.seen.events else 'passes'


def how_it_starts(started):
    """Tell how the start went."""
    if started.error is not None:
        return type(started.error).__name__
    return 'a warning' if UNKNOWN_KEY in started.warnings else 'starts'


def set_up(setup, filter_factory, watch, directory):
    """Return what comes of a setup with one of the filters.

    :param setup: a :class:`Setup`
    :param filter_factory: the filter's
    :param watch: sends a request through a filter that it has built
    :param directory: a directory for the files
    """
    conf = directory / 'service.conf'
    conf.write_text(setup.conf)
    section = {
        'use_oslo_messaging': 'false',
        'oslo_config_project': 'service',
        'oslo_config_file': str(conf),
    }
    if setup.with_map:
        audit_map = directory / 'map.conf'
        section['audit_map_file'] = str(audit_map)
        if setup.audit_map is not None:
            audit_map.write_bytes(setup.audit_map)
    section |= setup.section
    try:
        seen = watch(
            lambda **log: filter_factory({}, **section, **log)(answer()),
            environ(**setup.request),
        )
    except Exception as exc:
        return Started(error=exc)
    return Started(seen=seen)


def read_map(content):
    """Return the setup of an audit map that one filter does not accept."""
    return Setup(how_it_starts, audit_map=content)


def changed_map(old, new):
    """Return the setup of an audit map that differs from a good one."""
    return read_map(GOOD_MAP.replace(old.encode(), new.encode()))


SETUPS = {
    'request-differences': {
        'a filter section without audit_map_file': Setup(
            is_audited, with_map=False
        ),
        '[audit] enabled = false in the configuration file': Setup(
            is_audited, conf='[audit]\nenabled = false\n'
        ),
        'ignore_req_list in the configuration file': Setup(
            is_audited, conf='[audit]\nignore_req_list = GET\n'
        ),
        'ignore_path_list = /static/*': Setup(
            is_audited,
            {'ignore_path_list': '/static/*'},
            request={'path': '/static/logo'},
        ),
        'ignore_path_list = /v2/status, mounted at /v2': Setup(
            is_audited,
            {'ignore_path_list': '/v2/status'},
            request={'path': '/status', 'SCRIPT_NAME': '/v2'},
        ),
    },
    'start-differences': {
        'an unknown key in the filter section': Setup(
            how_it_starts, {UNKNOWN_KEY: 'GET'}
        ),
        'the map is missing': read_map(None),
        'a section or key stands in the map twice': changed_map(
            'detail', 'servers'
        ),
        'the map is not UTF-8': read_map(b'# Z\xfcrich\n'),
        'the map begins with a byte order mark': read_map(
            b'\xef\xbb\xbf' + GOOD_MAP
        ),
        'an unknown section in the map': changed_map(
            'custom_actions', 'custom_action'
        ),
        'an action or typeURI outside the taxonomy': changed_map(
            '= backup', '= bakcup'
        ),
        'a value that goes on in the next line': changed_map(
            '= backup', '= backup\n  of a server'
        ),
        'a driver that is not there': Setup(
            how_it_starts,
            {'use_oslo_messaging': 'true', 'driver': 'rabbit'},
        ),
        'a list of Python for ignore_req_list': Setup(
            how_it_starts, {'ignore_req_list': ['GET']}
        ),
    },
}
