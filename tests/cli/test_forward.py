# SPDX-License-Identifier: Apache-2.0

"""The forwarder as a process of its own, started and stopped by hand."""

import contextlib
import os
import pwd
import re
import signal
import socket
import urllib.error
import urllib.request

import pytest

from tests.cli.spools import forward
from tests.cli.spools import killed
from tests.cli.spools import nobody
from tests.cli.spools import record
from tests.cli.spools import ROOT
from tests.cli.spools import rows
from tests.cli.spools import run
from tests.cli.spools import said
from tests.cli.spools import service
from tests.cli.spools import start
from tests.cli.spools import wait_until
from tests.cli.spools import writers
from tests.servers.process import free_ports
from tests.servers.process import need_root
from tests.test_wire import drain
from tests.test_wire import notification

PREFIX = 'cadf_audit_spool_'


@contextlib.contextmanager
def forwarding(file, *options):
    """Run a forwarder; end it as a server manager does."""
    process = start('--config-file', file, 'spool', 'forward', *options)
    try:
        yield process
    finally:
        process.terminate()
        _output, process.said = process.communicate(timeout=60)


@contextlib.contextmanager
def silent_bus():
    """Return the URL of a bus that takes connections and says nothing."""
    with socket.create_server(('127.0.0.1', 0)) as server:
        yield f'rabbit://guest:guest@127.0.0.1:{server.getsockname()[1]}/'


def scrape(port, host='127.0.0.1'):
    """Return the metrics, by name with labels."""
    url = f'http://{host}:{port}/metrics'
    with urllib.request.urlopen(url, timeout=60) as response:
        return metrics(response.read().decode())


def metrics(text):
    """Return the metrics of a text, by name with labels."""
    return {
        name.removeprefix(PREFIX): float(value)
        for name, value in re.findall(r'^([^#\n].*) (\S+)$', text, re.M)
    }


@pytest.mark.parametrize(
    ('options', 'problem'),
    [
        (
            {'driver': 'messagingv2', 'transport_url': 'kafka://localhost/'},
            "Oslo's Kafka driver cannot say whether a message arrived",
        ),
        (
            {'driver': 'messagingv3'},
            "there is no notification driver 'messagingv3' that works; "
            'allowed are log, messaging, messagingv2, noop',
        ),
        (
            {'driver': 'messagingv2', 'transport_url': 'rabbit://a:x/y@b/'},
            'option transport_url: ',
        ),
    ],
)
def test_what_cannot_work_is_refused(spool, configured, options, problem):
    """Wrong options of the bus are an error at start, with their place."""
    killed(spool, 1)
    file = configured(**options)

    done = forward(file)

    assert problem in said(done)
    assert str(file) in done.stderr
    assert 1 == done.returncode


def test_nowhere_to_forward_to(spool, tmp_path):
    """Without a driver it says which option is missing in which file."""
    killed(spool, 1)
    file = tmp_path / 'service.conf'
    file.write_text(f'[audit]\nspool_dir = {spool}\n')

    done = forward(file)

    assert 'no notification driver is configured' in said(done)
    assert f'(read: {file})' in done.stderr
    assert 1 == done.returncode


def test_no_spool_yet(spool, configured):
    """A directory that is not there is named."""
    done = forward(configured())

    assert f'there is no spool directory {spool}' in said(done)
    assert 1 == done.returncode


def test_another_user_is_refused(spool, configured):
    """Root would leave files that the service cannot read."""
    need_root()
    killed(spool, 1)
    owner, _group = nobody()
    os.chown(spool, owner, -1)

    done = forward(configured())

    name = pwd.getpwuid(owner).pw_name
    assert f'{spool} belongs to {name}, but this process runs as root' in (
        said(done)
    )
    assert f'sudo -u {name} cadf-audit' in done.stderr
    assert 1 == done.returncode


@pytest.mark.parametrize('signal_', [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_it_is_told_to(spool, configured, signal_):
    """A signal is an orderly end, and what was forwarded is not again."""
    made = service(spool)
    record(made, '/a')
    process = start('--config-file', configured(), 'spool', 'forward')
    wait_until(lambda: rows(spool)[0]['waiting'] == {'forward-noop': 0})

    process.send_signal(signal_)
    _output, errors = process.communicate(timeout=60)
    [row] = rows(spool)

    assert 0 == process.returncode
    assert b'Traceback' not in errors
    assert {'forward-noop': 0} == row['waiting']


def test_it_ends_though_a_bus_hangs(spool, configured):
    """A bus that says nothing does not keep it, and nothing is lost."""
    killed(spool, 1)
    with silent_bus() as url:
        file = configured('messagingv2', transport_url=url)
        with forwarding(file) as process:
            wait_until(lambda: rows(spool)[0]['state'] == 'ended')
        [row] = rows(spool)

    assert 0 == process.returncode
    assert b'Traceback' not in process.said
    assert 4 == row['waiting']['forward-messagingv2']


def test_a_driver_that_nobody_serves_any_more(spool, configured):
    """Records that are kept for it for ever are told of."""
    killed(spool, 1)

    done = forward(configured('log'))

    assert 'records are kept for forward-noop' in said(done)
    assert 1 == len(writers(spool))


def test_all_records_reach_rabbitmq(spool, configured, bus_url, topic):
    """Records of the past and of the present arrive, and are counted."""
    killed(spool, 20)
    [port] = free_ports(1)
    file = configured('messagingv2', transport_url=bus_url, topics=topic)
    made = service(spool, driver='messagingv2')
    with forwarding(file, '--metrics-port', port):
        record(made, *[f'/now/{number}' for number in range(50)])
        wait_until(
            lambda: (
                [{'forward-messagingv2': 0}]
                == [r['waiting'] for r in rows(spool) if r['state'] == 'alive']
            )
        )
        seen = wait_until(
            lambda: (
                (found := scrape(port))
                and found['forwarded_total{driver="messagingv2"}'] == 142
                and found
            )
        )

    notified = [notification(each) for each in drain(bus_url, f'{topic}.info')]
    assert 142 == len({each['message_id'] for each in notified})
    # What ends the killed request was recorded by no writer.
    assert 141 == seen['recorded_total']
    assert 142 == seen['forward_seconds_count{driver="messagingv2"}']
    assert 0 == seen['backlog_records{driver="messagingv2"}']
    assert 0 == seen['backlog_age_seconds{driver="messagingv2"}']
    assert 0 == seen['failures_total{driver="messagingv2"}']


def test_metrics_of_a_bus_that_is_away(spool, configured):
    """The backlog is in the metrics, and no label has a value of a client."""
    killed(spool, 1)
    [port, bus] = free_ports(2)
    url = f'rabbit://guest:guest@127.0.0.1:{bus}/'
    file = configured('messagingv2', transport_url=url)
    label = '{driver="messagingv2"}'
    with forwarding(file, '--metrics-port', port) as process:
        found = wait_until(
            lambda: (
                process.poll() is None
                and (seen := try_to_scrape(port))
                and seen[f'failures_total{label}'] > 0
                and seen[f'backlog_records{label}'] == 4
                and seen
            )
        )
        # Loopback has other addresses; none but the usual one is open.
        with pytest.raises(urllib.error.URLError):
            scrape(port, '127.0.0.2')

    assert found[f'backlog_bytes{label}'] > 1000
    assert found[f'backlog_age_seconds{label}'] > 0
    assert found['size_bytes'] > 1000
    assert 0 == found['set_aside_files']
    assert 3 == found['recorded_total']
    assert {
        *('spool full', 'disk full', 'write error', 'shed', 'refused'),
        'messagingv2',
    } == {
        value
        for name in found
        for key, value in re.findall(r'(\w+)="([^"]*)"', name)
        if key != 'le'
    }


def try_to_scrape(port):
    """Return the metrics; nothing while they are not served."""
    try:
        return scrape(port)
    except urllib.error.URLError:
        return {}


def test_a_port_that_somebody_has(spool, configured):
    """It says which port cannot be had, and forwards nothing."""
    killed(spool, 1)
    with socket.create_server(('127.0.0.1', 0)) as server:
        port = server.getsockname()[1]

        done = forward(configured(), '--metrics-port', port)

    assert f'--metrics-port {port}: Address already in use' in said(done)
    assert 1 == done.returncode


def test_textfile(spool, configured, tmp_path):
    """The file for the node exporter is whole, and written at the end."""
    killed(spool, 1)
    file = tmp_path / 'metrics' / 'audit.prom'
    file.parent.mkdir()

    done = forward(configured(), '--metrics-textfile', file)

    found = metrics(file.read_text())
    assert 4 == found['forwarded_total{driver="noop"}']
    assert 0 == found['backlog_records{driver="noop"}']
    assert [file] == list(file.parent.iterdir())
    assert 0 == done.returncode


def test_a_textfile_that_cannot_be_written(spool, configured, tmp_path):
    """It is an error at start."""
    killed(spool, 1)
    file = tmp_path / 'no' / 'audit.prom'

    done = forward(configured(), '--metrics-textfile', file)

    assert f'--metrics-textfile {file}: No such file' in said(done)
    assert 1 == done.returncode


def test_the_command_of_the_unit(spool, configured):
    """What systemd runs is a command line that works."""
    killed(spool, 1)
    [port] = free_ports(1)
    unit = (ROOT / 'etc/cadf-audit-forward.service').read_text()
    [command] = re.findall(r'^ExecStart=((?:.*\\\n)*.*)$', unit, re.M)
    program, *arguments = command.replace('\\\n', ' ').split()
    ours = {
        '/etc/yourservice/yourservice.conf': configured(),
        '9464': port,
    }

    done = run(*(ours.get(each, each) for each in arguments), '--once')

    assert program.endswith('/cadf-audit')
    assert ours.keys() <= set(arguments)
    assert 'error' not in said(done)
    assert 0 == done.returncode
    assert [] == writers(spool)
