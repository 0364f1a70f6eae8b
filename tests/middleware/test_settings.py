# SPDX-License-Identifier: Apache-2.0

"""Options: where they stand, which one wins, what is refused."""

import logging

from oslo_config import cfg
import pytest

from cadf_audit import AuditMiddleware
from cadf_audit import exceptions
from cadf_audit import filter_factory
from cadf_audit.middleware.settings import load_settings
from tests.harness import answer
from tests.harness import call
from tests.harness import environ
from tests.harness import event_log


LOG_WAY_OUT = {'use_oslo_messaging': 'false'}


@pytest.fixture
def map_file(tmp_path):
    """Return the path of an audit map."""
    file = tmp_path / 'map.conf'
    file.write_text('[path_keywords]\nnodes = node\n')
    return str(file)


@pytest.fixture
def conf_file(tmp_path):
    """Return a function that writes a configuration file."""

    def write(text):
        file = tmp_path / 'service.conf'
        file.write_text(text)
        return str(file)

    return write


def audits(app):
    """Say whether requests through an application are audited."""
    with event_log() as log:
        call(app, environ())
    return bool(log.messages)


def from_paste(section, inherited=None):
    """Return an application behind the filter of a paste section."""
    return filter_factory(inherited or {}, **section)(answer())


@pytest.mark.parametrize(
    ('section', 'expected'),
    [
        ({}, False),
        ({'audit_map_file': 'MAP'}, True),
        ({'audit_map_file': 'MAP', 'enabled': 'false'}, False),
        ({'audit_map_file': 'MAP', 'enabled': 'False'}, False),
        ({'enabled': 'true'}, True),
        ({'enabled': 'yes'}, True),
        ({'enabled': '0'}, False),
    ],
)
def test_paste_section_that_audits(section, expected, map_file):
    """enabled decides; without it, a section that names a map audits."""
    section = LOG_WAY_OUT | section
    if 'audit_map_file' in section:
        section['audit_map_file'] = map_file

    assert expected == audits(from_paste(section))


def test_map_that_is_inherited_enables_nothing(map_file):
    """Only the filter's own section counts as naming a map."""
    app = from_paste(LOG_WAY_OUT, {'audit_map_file': map_file})

    assert not audits(app)


def test_filter_that_nothing_enables_says_so_once(caplog):
    """An operator who forgot the switch finds a warning at start."""
    app = from_paste({})
    call(app, environ())

    (record,) = caplog.records
    assert 'WARNING' == record.levelname
    assert 'requests pass without audit' in record.getMessage()


def test_filter_that_is_switched_off_is_silent(caplog):
    """A decision needs no warning."""
    from_paste({'enabled': 'false'})

    assert [] == caplog.records


def test_filter_that_is_switched_off_reads_nothing():
    """A map that is not there does no harm to a filter that is off."""
    app = from_paste({'enabled': 'false', 'audit_map_file': '/no/such'})

    assert b'ok' == call(app, environ()).body


@pytest.mark.parametrize('value', [False, 'false', 'False', '0', 'no'])
def test_directly_constructed_filter_that_is_told_not_to(value):
    """enabled=False, as a value or as text, lets requests pass."""
    assert not audits(AuditMiddleware(answer(), enabled=value))


def test_directly_constructed_filter_audits():
    """Whoever constructs a filter wants it to audit."""
    assert audits(AuditMiddleware(answer(), use_oslo_messaging=False))


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        ('[audit]\nenabled = true\n', True),
        ('[audit]\nenabled = false\n', False),
        ('', False),
    ],
)
def test_configuration_file_enables(text, expected, conf_file):
    """[audit] enabled in the service's own file decides."""
    section = LOG_WAY_OUT | {'oslo_config_file': conf_file(text)}

    assert expected == audits(from_paste(section))


def test_enabled_false_in_the_file_stops_a_constructed_filter(conf_file):
    """True or false decides, wherever it stands."""
    app = AuditMiddleware(
        answer(),
        use_oslo_messaging=False,
        oslo_config_file=conf_file('[audit]\nenabled = false\n'),
    )

    assert not audits(app)


def test_filter_section_wins_over_the_file(conf_file):
    """Section over file over default, each option by itself."""
    file = conf_file(
        '[audit]\nservice_name = from-file\nendpoint = UI\n'
        '[audit_middleware_notifications]\ntopics = a, b\n'
    )

    settings = load_settings(
        {'oslo_config_file': file, 'service_name': 'from-section'}
    )

    assert 'from-section' == settings.publisher_id
    assert 'UI' == settings.endpoint
    assert ('a', 'b') == settings.topics
    assert 'headers' == settings.identity_source


def test_inherited_key_counts_but_own_one_wins():
    """[DEFAULT] of the paste file is looked at for our names."""
    inherited = {'endpoint': 'UI', 'service_name': 'outer'}

    settings = load_settings({'service_name': 'own'}, inherited)

    assert ('UI', 'own') == (settings.endpoint, settings.publisher_id)


def test_environment_variable_of_oslo_config(monkeypatch):
    """OS_AUDIT__ENDPOINT works as for any option of oslo.config."""
    monkeypatch.setenv('OS_AUDIT__ENDPOINT', 'CLI')

    assert 'CLI' == load_settings({}).endpoint


@pytest.mark.parametrize(
    ('given', 'expected'),
    [
        ('get, Post ,', ('get', 'Post', '')),
        ('', ()),
        (['GET'], ('GET',)),
        (('GET', 'HEAD'), ('GET', 'HEAD')),
        (None, ()),
    ],
)
def test_lists_are_typed(given, expected):
    """A list is a text with commas, or a list."""
    settings = load_settings({'ignore_req_list': given})

    assert [item for item in expected if item] == [
        item for item in settings.ignore_req_list if item
    ]


def test_unknown_key_of_our_own_section_is_refused():
    """A typing error does not go unnoticed."""
    with pytest.raises(exceptions.OptionError) as caught:
        from_paste({'audit_map_fil': 'x'})

    assert 'did you mean audit_map_file?' in str(caught.value)
    assert 'ignore_path_list' in str(caught.value)


def test_unknown_key_is_refused_in_a_filter_that_is_off():
    """``enabld = true`` is not the same as switched off."""
    with pytest.raises(exceptions.OptionError, match='did you mean enabled'):
        from_paste({'enabld': 'true'})


def test_error_names_the_paste_file():
    """Of several paste files the message says which one."""
    with pytest.raises(exceptions.OptionError, match=r'/etc/x/api-paste\.ini'):
        from_paste({'colour': 'red'}, {'__file__': '/etc/x/api-paste.ini'})


def test_unknown_key_that_is_inherited_is_none_of_our_business():
    """[DEFAULT] of a paste file is there for every filter."""
    inherited = {'here': '/etc', '__file__': '/etc/p.ini', 'colour': 'red'}

    assert b'ok' == call(from_paste({}, inherited), environ()).body


@pytest.mark.parametrize(
    'key',
    ['log_name', 'project', 'configkey', 'here', '__file__'],
)
def test_keys_that_keystonemiddleware_reads_are_accepted(key):
    """A section that worked with keystonemiddleware starts with us."""
    from_paste({key: 'x'})


@pytest.mark.parametrize(
    ('options', 'telling'),
    [
        ({'enabled': 'perhaps'}, 'allowed are true and false'),
        ({'enabled': ''}, 'option enabled'),
        ({'enabled': 3}, 'has to be true or false'),
        ({'endpoint': 'api'}, 'API'),
        ({'identity_source': 'x'}, 'remote_user'),
        ({'trusted_proxies': '10.0.0.0/99'}, 'such as 10.1.0.0/16'),
        ({'trusted_proxies': 'proxy.example.org'}, 'such as 10.1.0.0/16'),
        ({'delivery': 'fast'}, 'direct'),
        ({'delivery': 'spool'}, 'spool needs spool_dir'),
        ({'spool_dir': 'spool'}, 'has to be an absolute path'),
        ({'spool_dir': '/no/such/spool'}, '/no/such/spool cannot be used'),
        ({'spool_dir': '/etc/hostname'}, '/etc/hostname cannot be used'),
        ({'spool_dir': '/s', 'spool_mode': '0777'}, '0750'),
        ({'spool_dir': '/s', 'spool_max_size': '1000'}, 'spool_max_size'),
        ({'spool_dir': '/s', 'spool_durability': 'disk'}, 'power'),
        ({'spool_dir': '/s', 'segment_size': '5'}, 'segment_size'),
        (
            {
                'spool_dir': '/s',
                'segment_size': '600000',
                'spool_max_size': '2000000',
            },
            'at most a quarter of spool_max_size',
        ),
        ({'spool_dir': '/s', 'segment_age': '0'}, 'segment_age'),
        ({'spool_dir': '/s', 'forwarder': 'cron'}, 'external'),
        (
            {'spool_dir': '/s', 'forwarder': 'thread'},
            'thread needs a notification driver',
        ),
        ({'forwarder': 'external'}, 'is of no use without a spool'),
        ({'spool_durability': 'power'}, 'set spool_dir, or leave it out'),
        (
            {'spool_dir': '/s', 'delivery': 'direct', 'segment_age': 5},
            'segment_age: is of no use without a spool',
        ),
        (
            {
                'driver': 'messagingv2',
                'transport_url': 'rabbit://u:hunter2@mq..example.org/',
            },
            'mq..example.org is no host',
        ),
        ({'on_failure': 'panic'}, 'deny'),
        ({'on_failure': 'deny'}, 'needs delivery = spool'),
        (
            {'on_failure': 'deny', 'driver': 'messagingv2'},
            'delivery = memory does not know',
        ),
        ({'queue_size': '0'}, 'queue_size'),
        ({'queue_bytes': '5'}, 'queue_bytes'),
        ({'driver': 'messagingv3'}, 'messagingv2'),
        ({'driver': 'routing'}, 'messagingv2'),
        ({'driver': 'noop', 'transport_url': 'no://x'}, 'transport_url'),
        ({'driver': 'messagingv2', 'transport_url': 'rabbit://'}, 'no host'),
        ({'driver': 'messagingv2', 'transport_url': 'rabbit:/h'}, 'no host'),
        (
            {'driver': 'messagingv2', 'transport_url': 'rabbit://h:99999/'},
            '99999 is no port',
        ),
        (
            {'driver': 'messagingv2', 'transport_url': 'rabbit://u:a%2Fb@h/'},
            'cannot use a / in a name or password',
        ),
        (
            {'driver': 'messagingv2', 'transport_url': 'kafka://h:1/'},
            'confluent_kafka is not installed',
        ),
        ({'oslo_config_file': '/'}, 'oslo_config_file'),
        ({'service_name': ['a']}, 'has to be a text'),
        ({'topics': 5}, 'has to be a list'),
        ({'audit_map_file': '/no/such/map.conf'}, '/no/such/map.conf'),
        ({'oslo_config_file': '/no/such.conf'}, '/no/such.conf'),
        ({'oslo_config_config': 'nova.conf'}, 'oslo_config_file'),
    ],
)
def test_impossible_value_fails_at_start(options, telling):
    """The error names the option and what is allowed."""
    with pytest.raises(exceptions.ConfigurationError) as caught:
        AuditMiddleware(answer(), **options)

    assert telling in str(caught.value)


def test_impossible_value_in_a_file_fails_at_start(conf_file):
    """The error names the file and the group."""
    file = conf_file('[audit]\nendpoint = web\n')

    with pytest.raises(exceptions.OptionError) as caught:
        AuditMiddleware(answer(), oslo_config_file=file)

    assert file in str(caught.value)
    assert '[audit]' in str(caught.value)
    assert 'endpoint' in str(caught.value)


@pytest.mark.parametrize(
    'url',
    [
        'odd://u:hunter2@h/',
        'rabbit://u:hunter2#@h:5672/',
        'rabbit://u:hunter2/@h:5672/',
        'rabbit://u:hunter2@h:abc/',
        'rabbit://u:hunter2@[h/',
    ],
)
def test_secret_is_not_in_the_message(url):
    """A transport URL holds a password, which no log may show."""
    with pytest.raises(exceptions.OptionError) as caught:
        AuditMiddleware(answer(), driver='noop', transport_url=url)

    assert 'hunter2' not in str(caught.value)
    assert 'transport_url' in str(caught.value)


@pytest.mark.parametrize(
    ('options', 'expected'),
    [
        ({'service_name': 'ironic'}, 'ironic'),
        ({'service_name': 'a', 'project': 'b'}, 'a'),
        ({'project': 'nova'}, 'nova'),
        ({}, 'program'),
    ],
)
def test_publisher_id(options, expected, monkeypatch):
    """service_name, else the project, else the name of the program."""
    monkeypatch.setattr('sys.argv', ['/usr/bin/program'])

    assert expected == load_settings(options).publisher_id


def test_project_of_the_host_is_the_publisher(conf_file):
    """A service that called its CONF with a project is known by it."""
    host = cfg.ConfigOpts()
    host([], project='glance', default_config_files=[conf_file('')])

    assert 'glance' == load_settings({'oslo_config_config': host}).publisher_id


@pytest.mark.parametrize(
    ('options', 'expected'),
    [
        ({'driver': 'messagingv2'}, 'memory'),
        ({'driver': 'messaging'}, 'memory'),
        ({'driver': 'log'}, 'direct'),
        ({'driver': 'messagingv2', 'delivery': 'direct'}, 'direct'),
        ({'driver': 'log', 'delivery': 'memory'}, 'memory'),
        ({'spool_dir': '/s'}, 'spool'),
        ({'spool_dir': '/s', 'driver': 'messagingv2'}, 'spool'),
        ({'spool_dir': '/s', 'delivery': 'direct'}, 'direct'),
        ({}, 'direct'),
    ],
)
def test_request_does_not_wait_for_a_bus_unless_told_to(options, expected):
    """memory is the default wherever a message bus is involved."""
    assert expected == load_settings(options).delivery


def test_no_driver_anywhere_means_the_log(caplog):
    """The events are not lost, and a warning says where they are."""
    with caplog.at_level(logging.INFO, 'cadf_audit.events'):
        AuditMiddleware(answer())

    assert 'no notification driver is configured' in caplog.text
    assert 'cadf_audit.events' in caplog.text
