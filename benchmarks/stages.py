# SPDX-License-Identifier: Apache-2.0

"""A stage of our filter in; N requests sent through that stage alone.

A stage gets a request as the filter does and does its part of the work, as
often as one interaction needs it.
"""

import argparse
import functools
import gc
import json
import logging
import os

from cadf_audit.audit_map import load_audit_map
from cadf_audit.clock import timestamp
from cadf_audit.identifier import new_id
from cadf_audit.middleware.client_address import address_reader
from cadf_audit.middleware.factory import build_delivery
from cadf_audit.middleware.initiator import build_host
from cadf_audit.middleware.initiator import build_initiator
from cadf_audit.middleware.initiator import identity_reader
from cadf_audit.middleware.initiator import token_of
from cadf_audit.middleware.request import Request
from cadf_audit.middleware.settings import load_settings
from cadf_audit.middleware.target import TargetFinder
from cadf_audit.notification import REQUEST_EVENT
from cadf_audit.notification import RESPONSE_EVENT
from cadf_audit.redaction import Redactor

from interaction import AUDIT_MAP
from interaction import build
from interaction import prepare
from interaction import send
from interaction import typical_requests
from interaction import WAYS_OUT

SERVICES = 12


def nothing():
    """Return the stage that only receives the environ."""
    return lambda environ: None


def view():
    """Return the stage that makes the view of a request."""
    return Request


def path():
    """Return the stage that quotes the path and redacts the query."""
    redact = Redactor().query
    return lambda environ: Request(environ).request_path(redact)


def initiator():
    """Return the stage that names the initiator."""
    read_identity = identity_reader('headers')
    read_address = address_reader(())

    def name_initiator(environ):
        request = Request(environ)
        identity = read_identity(request)
        host = build_host(request, read_address(request))
        build_initiator(request, identity, host, token_of(request))
        # The final event asks again, as a filter further in may know more.
        read_identity(request)

    return name_initiator


def action():
    """Return the stage that works out the action."""
    audit_map = load_audit_map(str(AUDIT_MAP))

    def tell_action(environ):
        request = Request(environ)
        audit_map.action(request.method, request.segments, str)

    return tell_action


def target():
    """Return the stage that finds the target in the catalogue."""
    targets = TargetFinder(load_audit_map(str(AUDIT_MAP)))

    def find_target(environ):
        request = Request(environ)
        targets.build(request, request.service_catalog)

    return find_target


def marks():
    """Return the stage that makes the ids and the times."""

    def make_marks(environ):
        Request(environ)
        new_id()
        new_id()
        timestamp()
        timestamp()

    return make_marks


def delivery(way_out):
    """Return the stage that hands two events over, and their messages."""
    event = sample_event()
    send_event = build_delivery(load_settings(WAYS_OUT[way_out])).send

    def deliver(environ):
        Request(environ)
        send_event(REQUEST_EVENT, event)
        send_event(RESPONSE_EVENT, event)

    return deliver


def sample_event():
    """Return a final event, as the filter writes it to the log."""
    lines = []

    class Collector(logging.Handler):
        def emit(self, record):
            lines.append(record.getMessage())

    logger, collector = logging.getLogger('cadf_audit.events'), Collector()
    logger.addHandler(collector)
    send(build('cadf_audit', 'logger'), typical_requests(SERVICES), 1)
    logger.removeHandler(collector)
    return json.loads(lines[-1])['payload']


# Each but the first two makes a view of the request, which is subtracted.
STAGES = {
    'nothing': nothing,
    'view': view,
    'action': action,
    'initiator': initiator,
    'target': target,
    'path': path,
    'marks': marks,
    'noop': functools.partial(delivery, 'noop'),
    'logger': functools.partial(delivery, 'logger'),
}


def main():
    """Send requests through one stage."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('stage', choices=[*STAGES])
    parser.add_argument('count', type=int)
    args = parser.parse_args()
    prepare(os.devnull)
    stage = STAGES[args.stage]()

    def app(environ, start_response):
        stage(environ)
        return ()

    gc.disable()
    send(app, typical_requests(SERVICES), args.count)


if __name__ == '__main__':
    main()
