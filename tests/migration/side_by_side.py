# SPDX-License-Identifier: Apache-2.0

"""One request goes in, what each of two filters makes of it comes out.

The other filter is keystonemiddleware.audit, with its own logger as the way
out, where its events are objects and no text yet.
"""

import dataclasses
import logging
import re
import warnings

from keystonemiddleware import audit as theirs

from tests.harness import audited
from tests.harness import call
from tests.harness import event_log
from tests.harness import Response

AUDIT_MAP = """\
[DEFAULT]
target_endpoint_type = None
[custom_actions]
createBackup = backup
[path_keywords]
servers = server
images =
detail = None
[service_endpoints]
compute = service/compute
"""


@dataclasses.dataclass
class Seen:
    """What came of one request, or of the attempt to make a filter.

    :param response: what the server got
    :param types: the event types of the notifications
    :param events: their payloads
    :param lines: what else the filter wrote to its log
    """

    response: Response
    types: list
    events: list
    lines: list

    @property
    def pending(self):
        """Return the first event, or None."""
        return self.events[0] if self.events else None

    @property
    def final(self):
        """Return the second event, or None."""
        return self.events[1] if len(self.events) == 2 else None


class Log(logging.Handler):
    """Keeps what is written to a logger.

    :param name: the logger
    """

    def __init__(self, name):
        super().__init__()
        self._logger = logging.getLogger(name)
        self.records = []

    def emit(self, record):
        """Keep a record."""
        self.records.append(record)

    def __enter__(self):
        self._logger.addHandler(self)
        self._logger.setLevel(logging.INFO)
        self._logger.propagate = False
        return self

    def __exit__(self, *exc_info):
        self._logger.removeHandler(self)
        self._logger.setLevel(logging.NOTSET)
        self._logger.propagate = True

    @property
    def lines(self):
        """Return the lines that are no events."""
        return [
            record.getMessage()
            for record in self.records
            if not self._is_event(record)
        ]

    @property
    def notifications(self):
        """Return what keystonemiddleware's log notifier was given."""
        return list(filter(self._is_event, self.records))

    def _is_event(self, record):
        return isinstance(record.args, dict) and 'payload' in record.args


def said(told, cell):
    """Say whether a cell of the page holds what a filter told."""
    return bool(re.search(rf'(?<!\S){re.escape(told)}(?![^\s,;.])', cell))


def see_theirs(app, request, serve=call, **options):
    """Send a request through keystonemiddleware's filter."""
    options = {'use_oslo_messaging': False} | options
    return watch_theirs(
        lambda **log: theirs.AuditMiddleware(app, **options, **log),
        request,
        serve,
    )


def see_ours(app, request, serve=call, **options):
    """Send a request through our filter."""
    return watch_ours(
        lambda **log: audited(app, **options, **log), request, serve
    )


def watch_theirs(build, request, serve=call):
    """Return what is seen of a request through keystonemiddleware's filter.

    :param build: returns the filter; takes the name of its logger
    :param request: the environ
    :param serve: calls the filter, as a server does
    """
    with warnings.catch_warnings(), Log('theirs') as log:
        # pycadf warns of each id that is no UUID.
        warnings.simplefilter('ignore', UserWarning)
        response = serve(build(log_name='theirs'), request)
        # WebOb leaves its temporary file to the garbage collector.
        request['wsgi.input'].close()
    sent = [record.args for record in log.notifications]
    return Seen(
        response,
        [each['event_type'] for each in sent],
        [each['payload'] for each in sent],
        log.lines,
    )


def watch_ours(build, request, serve=call):
    """Return what is seen of a request through our filter.

    :param build: returns the filter; takes the name of its logger
    :param request: the environ
    :param serve: calls the filter, as a server does
    """
    with event_log() as log, Log('ours') as errors:
        response = serve(build(log_name='ours'), request)
    return Seen(
        response,
        [message['event_type'] for message in log.messages],
        log.events,
        errors.lines,
    )
