# SPDX-License-Identifier: Apache-2.0

"""Audit filter, way out and catalogue size in; N requests sent through it.

callgrind and the clock measure the whole of this program, so it builds each
environ as a server does: every value is decoded anew. Nothing that a filter
could remember from one request to the next is handed to it as the same
object. The bare application pays for this too, and is subtracted.
"""

import argparse
import gc
import io
import json
import logging
import os
from pathlib import Path
import statistics
import tempfile
import time

from oslo_config import cfg

AUDIT_MAP = Path(__file__).with_name('baremetal_api_audit_map.conf')
NODE = '/v1/nodes/11111111-1111-4111-8111-111111111111'
PROJECT = '9f2c4d1e6b8a47d0a5c3e1f20b7d8c64'
PATCH = b'[{"op": "replace", "path": "/name", "value": "n1"}]'

# What each way out is called in the options of either filter. Only ours has
# those with a delivery; with `bus` the request waits in theirs, and a queue in
# memory takes the events in ours.
WAYS_OUT = {
    'noop': {'driver': 'noop'},
    'log': {'driver': 'log'},
    'logger': {'use_oslo_messaging': 'false'},
    'bus': {'driver': 'messagingv2'},
    'spool': {
        'driver': 'messagingv2',
        'delivery': 'spool',
        'forwarder': 'external',
    },
    'power': {
        'driver': 'messagingv2',
        'delivery': 'spool',
        'forwarder': 'external',
        'spool_durability': 'power',
    },
    'thread': {
        'driver': 'messagingv2',
        'delivery': 'spool',
        'forwarder': 'thread',
    },
}
BATCH = 50


def catalog(services):
    """Return the service catalogue as auth_token hands it on."""
    return [
        {
            'type': 'baremetal' if number == services // 2 else f't-{number}',
            'name': f'service-{number}',
            'endpoints': [
                {
                    'id': f'{number:032x}',
                    'region': 'RegionOne',
                    'adminURL': f'http://{number}.admin.example:6385',
                    'internalURL': f'http://{number}.internal.example:6385',
                    'publicURL': f'http://{number}.example:6385',
                }
            ],
        }
        for number in range(services)
    ]


def request(method, body, services):
    """Return a request as bytes by environ key, as it comes off a socket."""
    text = {
        'REQUEST_METHOD': method,
        'SCRIPT_NAME': '',
        'PATH_INFO': NODE,
        'QUERY_STRING': 'fields=uuid,name',
        'SERVER_NAME': 'localhost',
        'SERVER_PORT': '6385',
        'SERVER_PROTOCOL': 'HTTP/1.1',
        'REMOTE_ADDR': '10.1.200.129',
        'CONTENT_TYPE': 'application/json',
        'CONTENT_LENGTH': str(len(body)),
        'HTTP_HOST': f'{services // 2}.example:6385',
        'HTTP_USER_AGENT': 'python-ironicclient',
        'HTTP_ACCEPT': 'application/json',
        'HTTP_X_AUTH_TOKEN': 'gAAAAABn' + 'k3Jx' * 43,
        'HTTP_X_IDENTITY_STATUS': 'Confirmed',
        'HTTP_X_USER_ID': '5d1e0b7c93a84f26b8e2d47a6c0f9135',
        'HTTP_X_USER_NAME': 'admin',
        'HTTP_X_USER_DOMAIN_ID': 'default',
        'HTTP_X_USER_DOMAIN_NAME': 'Default',
        'HTTP_X_PROJECT_ID': PROJECT,
        'HTTP_X_PROJECT_NAME': 'service',
        'HTTP_X_PROJECT_DOMAIN_ID': 'default',
        'HTTP_X_PROJECT_DOMAIN_NAME': 'Default',
        'HTTP_X_ROLES': 'admin,member,reader',
        'HTTP_X_SERVICE_CATALOG': json.dumps(catalog(services)),
        'openstack.request_id': 'req-4051b64f-b42a-4574-b5c4-bacdbe6e65bc',
        'wsgi.url_scheme': 'http',
    }
    return [(key, value.encode()) for key, value in text.items()], body


def typical_requests(services):
    """Return a read and an update of the same machine."""
    return [request('GET', b'', services), request('PATCH', PATCH, services)]


def receive(received):
    """Return a fresh environ, all of its texts new objects."""
    headers, body = received
    environ = {key: value.decode('latin-1') for key, value in headers}
    environ['wsgi.version'] = (1, 0)
    environ['wsgi.input'] = io.BytesIO(body)
    environ['wsgi.errors'] = None
    environ['wsgi.multithread'] = False
    environ['wsgi.multiprocess'] = True
    environ['wsgi.run_once'] = False
    return environ


def application(environ, start_response):
    """Answer at once."""
    start_response('200 OK', [('Content-Type', 'application/json')])
    return [b'{}']


def start_response(status, headers, exc_info=None):
    """Accept the status as a server does."""


def send(app, requests, count):
    """Send `count` requests in turn, and read each answer to its end."""
    for number in range(count):
        environ = receive(requests[number % len(requests)])
        iterable = app(environ, start_response)
        for _chunk in iterable:
            pass
        close = getattr(iterable, 'close', None)
        if close is not None:
            close()


def microseconds(app, requests, count):
    """Return the wall time of one request, the median of small batches."""
    send(app, requests, BATCH)
    batches = []
    for _batch in range(count // BATCH):
        begin = time.perf_counter()
        send(app, requests, BATCH)
        batches.append((time.perf_counter() - begin) / BATCH * 1e6)
    return statistics.median(batches)


def take_priority():
    """Run before everything else on this machine, if run.py was told so."""
    if 'BENCHMARK_REALTIME' in os.environ:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))


def prepare(log):
    """Set up what a service sets up before it builds its pipeline."""
    # Both filters pay for real formatting and for a real write.
    logging.basicConfig(
        filename=log,
        level=logging.INFO,
        format='%(asctime)s %(process)d %(levelname)s %(name)s %(message)s',
    )
    # No configuration file of this machine takes part.
    cfg.CONF([], project='benchmark', default_config_files=[])


def build(name, way_out, **options):
    """Return the application, behind the named filter.

    :param name: bare for no filter at all
    :param way_out: one of ``WAYS_OUT``
    :param options: more options, such as where the spool and the bus are
    """
    if name == 'bare':
        return application
    if name == 'keystonemiddleware':
        from keystonemiddleware.audit import AuditMiddleware
    else:
        from cadf_audit import AuditMiddleware
    return AuditMiddleware(
        application,
        audit_map_file=str(AUDIT_MAP),
        **WAYS_OUT[way_out],
        **options,
    )


def add_way(parser):
    """Add the arguments that :func:`build_way` reads."""
    parser.add_argument(
        'filter', choices=['bare', 'keystonemiddleware', 'cadf_audit']
    )
    parser.add_argument('way_out', choices=[*WAYS_OUT])
    parser.add_argument('--url', help='where the message bus is')
    parser.add_argument('--spools', help='where a new spool is put')


def build_way(args):
    """Return the application behind the filter that the arguments name."""
    options = {}
    if args.url and WAYS_OUT[args.way_out].get('driver') == 'messagingv2':
        options['transport_url'] = args.url
    if WAYS_OUT[args.way_out].get('delivery') == 'spool':
        # Each run has its own: one that is not empty takes longer to begin.
        options['spool_dir'] = tempfile.mkdtemp(dir=args.spools)
    return build(args.filter, args.way_out, **options)


def main():
    """Send the requests, and print what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_way(parser)
    parser.add_argument('services', type=int)
    parser.add_argument('count', type=int)
    parser.add_argument('--time', action='store_true')
    parser.add_argument('--log', default=os.devnull)
    args = parser.parse_args()

    prepare(args.log)
    app = build_way(args)
    requests = typical_requests(args.services)
    if args.time:
        take_priority()
        print(microseconds(app, requests, args.count))
        return
    gc.disable()
    send(app, requests, args.count)
    if WAYS_OUT[args.way_out].get('driver') == 'messagingv2':
        # What waits for the bus is not to be written to the log instead.
        os._exit(0)


if __name__ == '__main__':
    main()
