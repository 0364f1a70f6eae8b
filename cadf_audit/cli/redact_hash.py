# SPDX-License-Identifier: Apache-2.0

"""A secret in, the hash out that stands in events in its place.

The secret is read from where neither a list of processes nor the history of a
shell shows it.
"""

import argparse
import getpass
import sys

from cadf_audit.cli.command import PlainCommand
from cadf_audit.cli.source import add_arguments
from cadf_audit.cli.source import CommandError
from cadf_audit.cli.source import Source
from cadf_audit.cli.source import UsageError
from cadf_audit.redaction.hiding import fingerprint
from cadf_audit.redaction.key_file import load_key


class RedactHash(PlainCommand):
    """Print the hash of a secret, as events have it."""

    _description = (
        'Print the hash of a secret, as events have it where redact_mode is '
        'hash.\n\n'
        'The secret is asked for, or read from the standard input: never '
        'from the command line, which others can see. With the hash one can '
        'ask the trail whether it was ever used: in queries with cadf-audit '
        'event list --q HASH, in bodies with cadf-audit event export | grep '
        'HASH.'
    )

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of what stands behind the name of the command."""
        parser = super().get_parser(prog_name)
        parser.add_argument(
            '--key-file',
            metavar='FILE',
            help='the file with the key; else what the configuration of the '
            'service says, in redact_key_file',
        )
        # For its help: the application takes them, wherever they stand.
        add_arguments(parser)
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> None:
        """Print the hash.

        :raises CommandError: there is no secret
        """
        key = self._key(parsed_args.key_file)
        secret = _secret()
        if not secret.strip():
            raise CommandError('there is no secret to hash')
        self.app.stdout.write(f'{fingerprint(key, secret)}\n')

    def _key(self, key_file: str | None) -> bytes:
        if key_file:
            return load_key(key_file, '--key-file')
        options = self.app_args or argparse.Namespace()
        if not options.config_file and not options.paste_file:
            raise UsageError(
                'name the key with --key-file FILE, or the configuration of '
                'the service with --config-file FILE or --paste-file FILE'
            )
        given = Source(options).settings().redact_key_file
        if not given.value:
            raise CommandError(
                f'{given.where}: option redact_key_file is not set, so no '
                'event of this service has a hash; name another file with '
                '--config-file, or the key itself with --key-file'
            )
        return load_key(given.value, given.where)


def _secret() -> str:
    if sys.stdin is None:
        return ''
    if sys.stdin.isatty():
        try:
            return getpass.getpass('Secret: ')
        except EOFError:
            return ''
    return sys.stdin.buffer.read().decode('utf-8', 'replace')
