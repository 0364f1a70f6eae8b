# SPDX-License-Identifier: Apache-2.0

"""A database and an address in, the HTTP API of the trail at it out."""

import argparse
import logging
import signal
import socket
from types import FrameType

import waitress

from cadf_audit.cli.command import counted
from cadf_audit.cli.source import CommandError
from cadf_audit.cli.source import UsageError
from cadf_audit.cli.trail_command import TrailCommand
from cadf_audit.trail.api.application import make_application
from cadf_audit.trail.api.identity import from_loopback
from cadf_audit.trail.api.identity import Identify
from cadf_audit.trail.api.identity import is_loopback
from cadf_audit.trail.api.tokens import load_tokens
from cadf_audit.trail.settings import TrailSettings

LOG = logging.getLogger('cadf_audit.cli')

THREADS = 8

# Each of them has a connection to the database at a time, and so many are
# there for one process.
_MOST_THREADS = 15

# No question has a body.
_MOST_BODY = 65536

# Seconds that a connection may be silent beside the time of a question.
_SILENCE = 60

_NOBODY = (
    'say who may ask: [audit_trail] token_file in a --config-file names a '
    'file of tokens; behind Keystone the API is served from a paste file, of '
    'which etc/trail-api-paste.ini.sample is one; and --no-auth lets everyone '
    'on this machine read everything'
)

Addresses = list[tuple[str, int]]


class Serve(TrailCommand):
    """Answer questions about the trail over HTTP, until a signal."""

    _description = (
        'Answer questions about the trail over HTTP, until a signal.\n\n'
        'Who asks is told by a token of [audit_trail] token_file. What is '
        'sent is not encrypted: on any other address than that of this '
        'machine, a proxy in front has to speak TLS. Each question is '
        'recorded in the trail.'
    )

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of what stands behind the name of the command."""
        parser = super().get_parser(prog_name)
        parser.add_argument(
            '--listen',
            metavar='HOST:PORT',
            help='the address and the port, [::1]:8788 for example; wins over '
            '[audit_trail] listen (default: 127.0.0.1:8788)',
        )
        parser.add_argument(
            '--no-auth',
            action='store_true',
            help='let everyone on this machine read everything; only on an '
            'address that nobody else reaches',
        )
        parser.add_argument(
            '--threads',
            type=int,
            default=THREADS,
            metavar='N',
            help=f'how many questions are answered at once, 1 to '
            f'{_MOST_THREADS} (default: {THREADS})',
        )
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> int:
        """Serve; return the exit status."""
        settings = self.settings()
        where = '--listen' if parsed_args.listen else settings.where
        listen = parsed_args.listen or settings.listen
        if not 1 <= parsed_args.threads <= _MOST_THREADS:
            raise UsageError(f'--threads: 1 to {_MOST_THREADS}')
        identify = _identify(parsed_args.no_auth, settings)
        addresses = _resolve(listen, where)
        for host, _ in addresses:
            if parsed_args.no_auth and not is_loopback(host):
                raise UsageError(
                    f'--no-auth: {listen} is {host}, which others reach as '
                    'well; allowed are 127.0.0.1, [::1] and localhost'
                )
        store = self.store(parsed_args)
        app = make_application(store.engine, settings, identify)
        try:
            server = waitress.create_server(
                app,
                listen=' '.join(_text(*each) for each in addresses),
                threads=parsed_args.threads,
                channel_timeout=int(settings.query_timeout) + _SILENCE,
                max_request_body_size=_MOST_BODY,
                ident=None,
            )
        except OSError as exc:
            raise CommandError(f'{where} {listen}: {exc.strerror}') from exc

        def stop(number: int, frame: FrameType | None) -> None:
            raise SystemExit

        signal.signal(signal.SIGTERM, stop)
        for host, port in _effective(server):
            LOG.info('the trail answers at http://%s/v1', _text(host, port))
            if not parsed_args.no_auth and not is_loopback(host):
                LOG.warning(
                    'what is sent there is not encrypted, tokens neither: '
                    'let a proxy in front speak TLS'
                )
        if parsed_args.no_auth:
            LOG.warning(
                '--no-auth: whoever is on this machine can read everything'
            )
        LOG.info('%s; Ctrl-C ends it', counted(parsed_args.threads, 'thread'))
        # It ends with the signals, and lets no exception of theirs out.
        server.run()
        store.engine.dispose()
        return 0


def _identify(no_auth: bool, settings: TrailSettings) -> Identify:
    if no_auth and settings.token_file:
        raise UsageError(
            f'--no-auth contradicts token_file of {settings.where}'
        )
    if no_auth:
        return from_loopback
    if not settings.token_file:
        raise UsageError(_NOBODY)
    return load_tokens(settings.token_file, settings.where)


def _resolve(listen: str, where: str) -> Addresses:
    """Return the addresses behind a name, so that it is asked for once.

    :param listen: host and port
    :param where: where that stands, for messages
    :raises UsageError: it is none
    """
    host, _, port = listen.rpartition(':')
    host = host.removeprefix('[').removesuffix(']')
    if not (host and port.isascii() and port.isdigit()) or int(port) > 65535:
        raise UsageError(
            f'{where}: {listen} is no HOST:PORT, such as 127.0.0.1:8788 or '
            '[::1]:8788'
        )
    try:
        found = socket.getaddrinfo(
            host, int(port), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except OSError as exc:
        raise UsageError(f'{where}: {listen}: {exc.strerror}') from exc
    return list(
        dict.fromkeys((str(each[4][0]), int(each[4][1])) for each in found)
    )


def _effective(server: object) -> Addresses:
    """Return the addresses that a server has, with the port for a 0."""
    several = getattr(server, 'effective_listen', None)
    if several:
        return [(host, int(port)) for host, port in several]
    return [(server.effective_host, int(server.effective_port))]  # type: ignore[attr-defined]


def _text(host: str, port: int) -> str:
    return f'[{host}]:{port}' if ':' in host else f'{host}:{port}'
