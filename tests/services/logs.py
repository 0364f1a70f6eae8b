# SPDX-License-Identifier: Apache-2.0

"""A directory in, a configuration of logging with the audit trail in it out.

It is what an operator writes who wants the events in a file of their own.
"""

from tests.servers.trail import Trail

LOGGING = """\
[loggers]
keys = root, audit
[handlers]
keys = console, trail
[formatters]
keys = text, event
[logger_root]
level = WARNING
handlers = console
[logger_audit]
qualname = cadf_audit.events
level = INFO
handlers = trail
propagate = 0
[handler_console]
class = StreamHandler
args = ()
formatter = text
[handler_trail]
class = FileHandler
args = ({path!r},)
formatter = event
[formatter_text]
format = %(asctime)s %(levelname)s %(name)s %(message)s
[formatter_event]
format = %(message)s
"""


def write_logging(directory):
    """Write the configuration for a service.

    :param directory: where it and the trail are kept
    :returns: the path of the configuration, and the trail
    """
    trail = directory / 'audit.log'
    config = directory / 'logging.conf'
    config.write_text(LOGGING.format(path=str(trail)))
    return config, Trail(trail)
