# SPDX-License-Identifier: Apache-2.0

"""The section of a paste file in, the HTTP API of the trail out."""

import logging
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from cadf_audit.exceptions import OptionError
from cadf_audit.trail.api.application import Application
from cadf_audit.trail.api.application import make_application
from cadf_audit.trail.api.errors import told
from cadf_audit.trail.api.identity import from_keystone
from cadf_audit.trail.api.identity import Identify
from cadf_audit.trail.api.tokens import load_tokens
from cadf_audit.trail.engine import open_engine
from cadf_audit.trail.settings import load_trail_settings
from cadf_audit.trail.settings import TrailSettings
from cadf_audit.trail.upgrade import check_schema

LOG = logging.getLogger(__name__)

KEYSTONE, TOKENS = 'keystone', 'tokens'

_OPTIONS = ('auth', 'config_file')


def app_factory(global_conf: dict[str, str], **local_conf: str) -> Application:
    """Return the API, for paste.deploy.

    :param global_conf: what stands in [DEFAULT]
    :param local_conf: what stands in the section: ``config_file``, the file
        with [audit_trail], several of them separated by commas; ``auth``,
        ``keystone`` or ``tokens``
    :raises AuditError: something is wrong with what the operator wrote
    """
    where = 'the app section of the trail in the paste file'
    for name in local_conf:
        if name not in _OPTIONS:
            raise OptionError(
                name, f'is unknown; allowed are {", ".join(_OPTIONS)}', where
            )
    given: dict[str, Any] = {**global_conf, **local_conf}
    files = [
        name.strip()
        for name in given.get('config_file', '').split(',')
        if name.strip()
    ]
    if not files:
        raise OptionError(
            'config_file', 'is missing: the file with [audit_trail]', where
        )
    settings = load_trail_settings(files)
    identify = _identify(given.get('auth', ''), settings, where)
    if not settings.connection:
        raise OptionError('connection', 'is missing', settings.where)
    engine = open_engine(settings.connection, settings.where)
    app = make_application(engine, settings, identify)
    try:
        check_schema(engine)
    except SQLAlchemyError as exc:
        # It may come later; until then, the answer is 503.
        LOG.warning('the database of the trail: %s', told(exc))
    finally:
        # Servers fork; no connection is to be had by two.
        engine.dispose()
    return app


def _identify(auth: str, settings: TrailSettings, where: str) -> Identify:
    if auth == KEYSTONE:
        return from_keystone
    if auth == TOKENS:
        if not settings.token_file:
            raise OptionError(
                'token_file', 'is missing, for auth = tokens', settings.where
            )
        return load_tokens(settings.token_file, settings.where)
    raise OptionError(
        'auth',
        f'{auth!r} says not who asks; allowed are {KEYSTONE}, with '
        f'auth_token in front of this app, and {TOKENS}, with [audit_trail] '
        'token_file; nobody is let in unasked but by cadf-audit serve '
        '--no-auth',
        where,
    )
