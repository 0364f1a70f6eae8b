# SPDX-License-Identifier: Apache-2.0

"""The package as a neighbour: what it leaves alone in a host's process."""

from importlib import metadata
import json
import subprocess
import sys
import textwrap

import pytest

import cadf_audit

HEAVY = [
    'sqlalchemy',
    'alembic',
    'falcon',
    'cliff',
    'boto3',
    'jinja2',
    'oslo_messaging',
    'cadf_audit.trail',
]


def run(program):
    """Run a program in a process of its own; return what it printed."""
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', '-c', textwrap.dedent(program)],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert 0 == done.returncode, done.stderr
    return json.loads(done.stdout)


def test_importing_the_filter_loads_nothing_heavy():
    """A service that audits pays for no store, no bus and no page."""
    loaded = run("""
        from cadf_audit import AuditMiddleware
        import json, sys
        print(json.dumps(sorted(sys.modules)))
    """)

    assert [] == [name for name in HEAVY if name in loaded]


def test_importing_registers_opens_and_starts_nothing():
    """No option, thread, open file or log handler comes with the import."""
    before, after = run("""
        import json, logging, os, threading
        from oslo_config import cfg
        import oslo_config.cfg, pycadf.cadftaxonomy

        def state():
            return [
                sorted(cfg.CONF._opts) + sorted(cfg.CONF._groups),
                threading.active_count(),
                sorted(os.listdir('/proc/self/fd')),
                [str(h) for h in logging.getLogger().handlers],
                logging.getLogger('cadf_audit').level,
            ]

        before = state()
        import cadf_audit
        from cadf_audit import AuditMiddleware, filter_factory, list_opts
        from cadf_audit import PycadfAuditApiConfigError
        filter_factory({'here': '/'}, audit_map_file='/no/such', colour='red')
        list_opts()
        print(json.dumps([before, state()]))
    """)

    assert before == after


def test_filter_registers_nothing_of_ours_on_the_global_conf():
    """Oslo's modules register groups of their own; ours are not there."""
    groups = run("""
        from cadf_audit import AuditMiddleware
        import json
        from oslo_config import cfg
        AuditMiddleware(lambda e, s: [], driver='noop')
        print(json.dumps(sorted(cfg.CONF._groups)))
    """)

    assert 'audit' not in groups
    assert 'audit_middleware_notifications' not in groups
    assert 'oslo_messaging_notifications' not in groups


@pytest.mark.parametrize('ours_first', [True, False])
def test_neighbours_of_the_same_names(ours_first):
    """It lives beside keystonemiddleware and a host's own [audit] options.

    Ironic registers [audit] on the global CONF, keystonemiddleware.audit the
    group of the notifications; both orders work and both filters audit.
    """
    report = run(f"""
        import json, tempfile
        from oslo_config import cfg

        def ours():
            from cadf_audit import AuditMiddleware
            return AuditMiddleware(app, driver='test')

        def theirs():
            cfg.CONF.register_opts([
                cfg.BoolOpt('enabled', default=False, help='theirs'),
                cfg.StrOpt('audit_map_file', default='', help='theirs'),
                cfg.StrOpt('ignore_req_list', default='', help='theirs'),
            ], group='audit')
            import keystonemiddleware.audit
            import keystonemiddleware.auth_token
            return keystonemiddleware.audit.AuditMiddleware(
                app, driver='test'
            )

        def app(environ, start_response):
            start_response('200 OK', [])
            return [b'ok']

        cfg.CONF([], project='host', default_config_files=[])
        first, second = (
            (ours, theirs) if {ours_first} else (theirs, ours)
        )
        filters = [first(), second()]
        from oslo_messaging.notify import _impl_test
        from webob import Request
        counts = []
        for each in filters:
            _impl_test.reset()
            Request.blank('/v1').get_response(each)
            counts.append(len(_impl_test.NOTIFICATIONS))
        print(json.dumps(counts))
    """)

    assert [2, 2] == report


def test_two_filters_in_one_process_do_not_mix(tmp_path):
    """Each filter has its own map, name, skips and count of errors."""
    from tests.harness import audited
    from tests.harness import call
    from tests.harness import environ
    from tests.harness import event_log

    apps = []
    for name in ('nodes', 'ports'):
        file = tmp_path / f'{name}.conf'
        file.write_text(f'[path_keywords]\n{name} = x\n')
        apps.append(
            audited(
                audit_map_file=str(file),
                service_name=name,
                ignore_path_list=f'/{name}-health',
            )
        )

    with event_log() as log:
        for app in apps:
            for path in ('/nodes', '/ports', '/nodes-health'):
                call(app, environ('GET', path))

    assert [
        ('nodes', '/nodes', 'read/list'),
        ('nodes', '/ports', 'read'),
        ('ports', '/nodes', 'read'),
        ('ports', '/ports', 'read/list'),
        ('ports', '/nodes-health', 'read'),
    ] == [
        (
            message['publisher_id'],
            message['payload']['requestPath'],
            message['payload']['action'],
        )
        for message in log.messages
        if message['event_type'] == 'audit.http.request'
    ]


def test_names_that_stand_in_for_keystonemiddleware():
    """What a service imports from keystonemiddleware.audit is here, too."""
    for name in (
        'AuditMiddleware',
        'filter_factory',
        'list_opts',
        'PycadfAuditApiConfigError',
    ):
        assert name in dir(cadf_audit)
        assert getattr(cadf_audit, name)
    with pytest.raises(AttributeError, match='colour'):
        _ = cadf_audit.colour


def test_map_error_has_the_name_that_services_catch():
    """Ironic and Octavia catch PycadfAuditApiConfigError by that name."""
    with pytest.raises(cadf_audit.PycadfAuditApiConfigError):
        cadf_audit.AuditMiddleware(None, audit_map_file='/no/such')


@pytest.mark.parametrize(
    ('group', 'name', 'expected'),
    [
        ('paste.filter_factory', 'audit', 'filter_factory'),
        ('oslo.config.opts', 'cadf_audit', 'list_opts'),
    ],
)
def test_entry_points(group, name, expected):
    """paste.deploy and oslo-config-generator find us by name."""
    points = metadata.distribution('cadf_audit').entry_points
    (point,) = points.select(group=group, name=name)

    assert getattr(cadf_audit, expected) is point.load()
