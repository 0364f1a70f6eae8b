# SPDX-License-Identifier: Apache-2.0

"""Configuration files in, what the operator decided about the trail out."""

from collections.abc import Sequence
import dataclasses
import os
from pathlib import Path
import re

from oslo_config import cfg

from cadf_audit.exceptions import OptionError
from cadf_audit.opts import TRAIL_GROUP
from cadf_audit.opts import TRAIL_OPTS
from cadf_audit.trail.sources import Source
from cadf_audit.trail.spool_source import SpoolSource

_KINDS = (
    'spool:/absolute/path of a spool directory, and '
    'rabbit://user:password@host:5672/vhost'
)


@dataclasses.dataclass(frozen=True)
class TrailSettings:
    """What the operator decided.

    :param connection: the URL of the database, or None
    :param sources: where events are collected from
    :param retention_days: how long events are kept; 0 for ever
    :param audit_policy_file: the path of a policy, or None
    :param auditor_roles: who has one of them sees all events
    :param project_roles: who has one of them sees those of their project
    :param token_file: the path of a file of tokens, or None
    :param listen: the address and port of the HTTP API
    :param query_timeout: seconds that one question may take
    :param categories_file: the path of a table of categories, or None
    :param where: where this stands, for messages
    """

    connection: str | None
    sources: tuple[str, ...]
    retention_days: int
    audit_policy_file: str | None
    auditor_roles: tuple[str, ...]
    project_roles: tuple[str, ...]
    token_file: str | None
    listen: str
    query_timeout: float
    categories_file: str | None
    where: str


def load_trail_settings(files: Sequence[str]) -> TrailSettings:
    """Read what files say about the trail.

    :param files: their paths; later ones win
    :raises OptionError: a file cannot be read, or an option is wrong
    """
    conf = cfg.ConfigOpts()
    conf.register_opts(TRAIL_OPTS, TRAIL_GROUP)
    names = ', '.join(files)
    where = f'[{TRAIL_GROUP}] in {names or "no configuration file"}'
    try:
        conf([], default_config_files=list(files), default_config_dirs=[])
        group = conf[TRAIL_GROUP]
        return TrailSettings(
            group.connection,
            tuple(group.sources),
            group.retention_days,
            group.audit_policy_file,
            tuple(group.auditor_roles),
            tuple(group.project_roles),
            group.token_file,
            group.listen,
            group.query_timeout,
            group.categories_file,
            where,
        )
    except cfg.ConfigFileValueError as exc:
        raise OptionError('audit_trail', str(exc), names) from exc
    except (cfg.Error, OSError, UnicodeDecodeError) as exc:
        text = ' '.join(str(exc).split())
        raise OptionError('--config-file', text, names) from exc


def open_source(text: str, where: str) -> Source:
    """Return a source.

    :param text: what the operator wrote
    :param where: where it stands, for messages
    :raises OptionError: it is none
    """
    kind, _, rest = text.partition(':')
    if kind == 'spool' and os.path.isabs(rest):
        return SpoolSource(Path(rest))
    if kind in ('rabbit', 'rabbits'):
        # Only who reads a bus pays for what speaks to one.
        from cadf_audit.trail.rabbit_source import RabbitSource

        return RabbitSource(text, where)
    # What stands in front of an @ may hold a password.
    shown = re.sub(r'(//|:).*@', r'\1***@', text)
    raise OptionError(
        'sources', f'{shown!r} is no source; allowed are {_KINDS}', where
    )
