# SPDX-License-Identifier: Apache-2.0

"""Arguments of ``cadf-audit`` in, what it printed out, without a process."""

import contextlib
import dataclasses
import io
import json
import logging
import threading
import wsgiref.simple_server

from cadf_audit.cli import main
from cadf_audit.trail.api.application import make_application
from cadf_audit.trail.api.identity import Identity
from cadf_audit.trail.api.identity import UnknownError
from cadf_audit.trail.settings import load_trail_settings
from tests.trail.parts import ended
from tests.trail.parts import event

#: tokens of the server of tests, with who has them
PEOPLE = {
    't-auditor': Identity('u-a', 'aud', 'p-0', frozenset({'auditor'})),
    't-viewer': Identity('u-v', 'vic', 'p-1', frozenset({'audit_viewer'})),
    't-user': Identity('u-2', 'ben', 'p-1', frozenset({'reader'})),
}

#: what does harm where it is shown as it is
NASTY = '\x1b]0;x\x07=1+1\u202e%s<b>'

#: how many events the trail of commands has
NUMBER = 22


@dataclasses.dataclass
class Done:
    """What a command did.

    :param status: its exit status
    :param out: what it printed
    :param err: what it said
    """

    status: int
    out: str
    err: str

    @property
    def json(self):
        """What it printed, as JSON."""
        assert self.status == 0, self.err
        return json.loads(self.out)


def run(*arguments):
    """Run cadf-audit to its end."""
    out, err = io.StringIO(), io.StringIO()
    with (
        _logging_of_its_own(),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            status = main(arguments)
        except SystemExit as exc:
            status = exc.code
    return Done(status, out.getvalue(), err.getvalue())


def _is_ours(logger):
    return logger.partition('.')[0] == 'cadf_audit'


@contextlib.contextmanager
def _logging_of_its_own():
    # A command may make any of ours say less than a service would.
    names = [*filter(_is_ours, logging.root.manager.loggerDict)]
    loggers = [
        logging.getLogger(name)
        for name in ('', 'oslo.messaging.notification', *names)
    ]
    before = [
        (each.level, each.propagate, [*each.handlers]) for each in loggers
    ]
    try:
        yield
    finally:
        for logger, (level, propagate, handlers) in zip(
            loggers, before, strict=True
        ):
            logger.setLevel(level)
            logger.propagate = propagate
            logger.handlers[:] = handlers
        for name in [*filter(_is_ours, logging.root.manager.loggerDict)]:
            if name not in names:
                logging.getLogger(name).setLevel(logging.NOTSET)


def ids(done):
    """Return the ids of the events that were printed as JSON."""
    return [event['id'] for event in done.json]


def happened(number):
    """Return the message of an event; of seven, no two are alike."""
    user = number % 2 + 1
    name = f'n{number % 3}' if number % 7 else NASTY
    return ended(
        f'e-{number}',
        outcome='failure' if number % 4 == 3 else 'success',
        action=('create', 'update/resize', 'delete')[number % 3],
        initiator={
            **event('x')['initiator'],
            'id': f'u-{user}',
            'name': ('ann', 'ben')[user - 1],
            'project_id': f'p-{number % 3}',
        },
        target={
            'id': f'n-{number % 3}',
            'typeURI': 'compute/baremetal/node',
            'name': name,
        },
    )


def ask(environ):
    """Return who has the token of a request, as the API asks it."""
    token = environ.get('HTTP_AUTHORIZATION', '').removeprefix('Bearer ')
    if token not in PEOPLE:
        raise UnknownError('Bearer')
    return PEOPLE[token]


class _Quiet(wsgiref.simple_server.WSGIRequestHandler):
    """Logs nothing, as tests are not to."""

    def log_message(self, *arguments):
        """Say nothing."""


@contextlib.contextmanager
def served(application, port=0):
    """Serve an application in a thread; give its URL."""
    server = wsgiref.simple_server.make_server(
        '127.0.0.1', port, application, handler_class=_Quiet
    )
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f'http://127.0.0.1:{server.server_port}'
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def api(engine):
    """Return the API of a trail, for the people above."""
    return make_application(engine, load_trail_settings([]), ask)
