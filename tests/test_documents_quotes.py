# SPDX-License-Identifier: Apache-2.0

"""A line that a page quotes from a log in, made to appear there out.

A page cannot quote a line without being tested: each block with a name that
begins with ``says-`` has to be produced here.
"""

import logging
import re

from oslo_config import cfg
import pytest

from cadf_audit.exceptions import ConfigurationError
from cadf_audit import filter_factory
from tests.harness import answer
from tests.harness import audited
from tests.harness import call
from tests.harness import environ
from tests.harness import EVENTS
from tests.migration.setups import set_up
from tests.migration.setups import Setup
from tests.migration.side_by_side import watch_ours
from tests.pages import find_block
from tests.pages import find_rows
from tests.pages import PAGES
from tests.pages import read

PAGE = 'troubleshooting.rst'


class Broken:
    """Something that no filter can read."""

    def __getitem__(self, key):
        raise ValueError('broken')


class Place:
    """Where a quoted line is made to appear.

    :param directory: for files
    """

    def __init__(self, directory):
        self._directory = directory
        self.conf = directory / 'shop.conf'
        self.map = directory / 'api_audit_map.conf'

    def start(self, conf='', **section):
        """Start a filter with the configuration file of a service."""
        self.conf.write_text(conf)
        section = {
            'oslo_config_project': 'shop',
            'oslo_config_file': str(self.conf),
        } | section
        return filter_factory({}, **section)(answer())

    def refused(self, *args, **section):
        """Return what the start says when it ends."""
        with pytest.raises(ConfigurationError) as caught:
            self.start(*args, **section)
        return str(caught.value)


def off(place):
    """Nothing enables the filter."""
    place.start()


def no_map(place):
    """The map is not there."""
    return place.refused(audit_map_file='/nowhere')


def driver(place):
    """The driver of the configuration file is not there."""
    return place.refused(
        '[audit_middleware_notifications]\ndriver = nonsense\n',
        enabled='true',
    ).replace(str(place.conf), '/etc/shop/shop.conf')


def no_driver(place):
    """Nobody has configured a driver."""
    place.start(enabled='true')


def level(place):
    """The logger of the events is switched off."""
    EVENTS.setLevel(logging.WARNING)
    try:
        place.start(enabled='true', use_oslo_messaging='false')
    finally:
        EVENTS.setLevel(logging.NOTSET)


def lost(place):
    """Nobody listens on the port of the bus."""
    app = place.start(
        enabled='true',
        driver='messagingv2',
        delivery='direct',
        topics='audit',
        transport_url='rabbit://shop:secret@127.0.0.1:1/',
    )
    call(app, environ())


def fault(place):
    """Something in the environ cannot be read."""
    token = {'keystone.token_info': Broken()}
    call(audited(), environ(path='/v1/nodes', **token))


def misuse(place):
    """An application sets a typeURI that CADF does not know."""

    def app(environ, start_response):
        environ['cadf_audit.event'].set_target(type_uri='planet')
        return answer()(environ, start_response)

    call(audited(app), environ())


def never(place):
    """A rule of the map has a path for an ending."""
    place.map.write_text('[custom_actions]\norders/7/put = update\n')
    place.start(audit_map_file=str(place.map), use_oslo_messaging='false')


QUOTES = {
    'says-off': off,
    'says-no-map': no_map,
    'says-driver': driver,
    'says-no-driver': no_driver,
    'says-level': level,
    'says-lost': lost,
    'says-fault': fault,
    'says-misuse': misuse,
    'says-never': never,
}


@pytest.fixture
def place(tmp_path, caplog):
    """A place where lines are made to appear."""
    caplog.set_level(logging.INFO)
    return Place(tmp_path)


def test_every_quote_is_made_to_appear():
    """The pages quote the lines that are tested, and no other."""
    quoted = [
        name
        for page in PAGES.glob('*.rst')
        for name in re.findall(r':name: (says-\S+)', read(page))
    ]

    assert sorted(QUOTES) == sorted(quoted)


@pytest.mark.parametrize('name', QUOTES)
def test_quote(name, place, caplog):
    """The code says what the page quotes; a quote may be the beginning."""
    quote = ' '.join(find_block(PAGE, name).split()).removesuffix('...')

    said = QUOTES[name](place)

    said = [said] if said else [each.getMessage() for each in caplog.records]
    lines = [
        ' '.join(line.split()).replace(
            str(place.map), '/etc/shop/api_audit_map.conf'
        )
        for line in said
    ]
    assert [line for line in lines if line.startswith(quote)], lines


def test_start_that_reads_no_file_says_so():
    """An error without any configuration file tells that there is none."""
    group = 'audit_middleware_notifications'
    conf = cfg.ConfigOpts()
    conf([], default_config_files=[], default_config_dirs=[])
    conf.register_opt(cfg.StrOpt('driver', default='nonsense'), group)
    build = filter_factory({}, enabled='true', oslo_config_config=conf)

    with pytest.raises(ConfigurationError, match='in no configuration file'):
        build(answer())


def test_payload_of_a_lost_event_is_an_error_of_oslo(place, caplog):
    """Oslo prints the event on the logger and level that the pages name."""
    lost(place)

    records = [r for r in caplog.records if 'Payload=' in r.getMessage()]
    assert {('oslo_messaging.notify.messaging', 'ERROR')} == {
        (record.name, record.levelname) for record in records
    }
    assert 'oslo_messaging.notify.messaging' in read('caveats.rst')
    assert all("'requestPath': '/'" in r.getMessage() for r in records)
    assert 'shop:secret' not in caplog.text


# The table of errors at start: what the operator wrote.
MISTAKES = {
    'ignore_req_lst': {'ignore_req_lst': 'GET'},
    'enabled': {'enabled': 'maybe'},
    'endpoint': {'endpoint': 'WEB'},
    'driver': {'driver': 'rabbit'},
    'transport_url': {
        'driver': 'messagingv2',
        'transport_url': 'amqpx://host/',
    },
    'trusted_proxies': {'trusted_proxies': '10.0.0.1/8'},
    'oslo_config_file': {'oslo_config_file': '/nowhere.conf'},
    'delivery': {'delivery': 'disk'},
    'unknown section': b'[path_keyword]\n',
    'is no CADF action': b'[custom_actions]\ndeploy = dploy\n',
}

START_ERRORS = find_rows(PAGE, 'start-errors')


def test_every_start_error_is_caused():
    """The table of errors has the rows that are tested, and no other."""
    told = [
        says.removeprefix('option ').partition(':')[0].partition(' (did')[0]
        for says, _ in START_ERRORS
    ]

    assert list(MISTAKES) == told


@pytest.mark.parametrize(
    ('says', 'mistake'),
    zip([row[0] for row in START_ERRORS], MISTAKES.values(), strict=True),
)
def test_start_error(says, mistake, tmp_path):
    """The start ends with what the row says."""
    if isinstance(mistake, bytes):
        setup = Setup(None, audit_map=mistake)
    else:
        section = {'enabled': 'true', 'use_oslo_messaging': 'true'} | mistake
        setup = Setup(None, section, with_map=False)

    started = set_up(setup, filter_factory, watch_ours, tmp_path)

    assert isinstance(started.error, ConfigurationError)
    assert says in str(started.error)
