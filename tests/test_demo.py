# SPDX-License-Identifier: Apache-2.0

"""The demo runs as a process of its own; its events come out."""

import contextlib
import http.client
import json
import os
import pathlib
import pty
import re
import signal
import subprocess
import sys
import threading

import pytest

DEMO = pathlib.Path(__file__).parents[1] / 'examples' / 'demo.py'


@pytest.fixture(scope='module')
def payloads():
    """The events of one run, piped."""
    demo = subprocess.run(
        [sys.executable, DEMO, '--once'],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert 0 == demo.returncode, demo.stderr
    return [json.loads(line)['payload'] for line in demo.stdout.splitlines()]


def test_each_request_of_the_demo_leaves_a_pair(payloads):
    """A pending event, then the final one with the same id."""
    pending, final = payloads[::2], payloads[1::2]

    assert 14 == len(payloads)
    assert {'pending'} == {event['outcome'] for event in pending}
    assert [e['id'] for e in pending] == [e['id'] for e in final]
    assert 7 == len({event['id'] for event in final})


def test_final_events_tell_what_happened(payloads):
    """Who did what with which result, 404 and 403 included."""
    facts = [
        (
            event['initiator']['name'],
            event['action'],
            event['outcome'],
            event['reason']['reasonCode'],
        )
        for event in payloads[1::2]
    ]

    assert [
        ('alice', 'read/list', 'success', '200'),
        ('alice', 'create', 'success', '201'),
        ('alice', 'update/power_on', 'success', '202'),
        ('alice', 'read', 'failure', '404'),
        ('bob', 'delete', 'failure', '403'),
        ('alice', 'create', 'success', '201'),
        ('bob', 'read', 'success', '200'),
    ] == facts


def test_target_comes_from_the_service_catalogue(payloads):
    """The catalogue of the identity filter describes the service."""
    target = payloads[0]['target']

    assert '7c1d5e7a-52a4-4b0c-9d0a-6b1f0c9f2a33' == target['id']
    assert 'baremetal' == target['name']
    assert 'service/compute/baremetal/nodes' == target['typeURI']
    assert 3 == len(target['addresses'])


def test_resource_map_names_the_node(payloads):
    """What was created and what was looked at has its id and its name."""
    pending, created, _, shown = [each['target'] for each in payloads[-4:]]

    assert 'unknown' == pending['id']
    assert '11111111-1111-4111-8111-111111111111' == shown['id']
    assert created['id'] not in ('unknown', shown['id'])
    assert ['rack1-node3', 'rack1-node1'] == [created['name'], shown['name']]
    assert {'service/compute/baremetal', 'compute/baremetal/node'} == {
        payloads[-1]['observer']['typeURI'],
        shown['typeURI'],
    }


def test_tokens_stay_out_of_the_events(payloads):
    """The demo's tokens appear nowhere in its events."""
    assert '-token' not in json.dumps(payloads)


@contextlib.contextmanager
def serving():
    """Run the demo without --once; give the process and its curl line."""
    # A test run in the background ignores Ctrl-C, and would hand that on.
    command = ['env', '--default-signal=INT', sys.executable, DEMO]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as demo:
        watchdog = threading.Timer(120, demo.kill)
        watchdog.start()
        yield demo, next(line for line in demo.stderr if 'curl' in line)
        demo.kill()
        watchdog.cancel()


def get(curl, **headers):
    """Send the request of the curl line; return the status of the answer."""
    host, path = re.search(r'http://([^/]+)(/\S+)', curl).groups()
    token = re.search(r'"X-Auth-Token: (.*?)"', curl)[1]
    client = http.client.HTTPConnection(host, timeout=30)
    client.request('GET', path, headers={'X-Auth-Token': token, **headers})
    answer = client.getresponse()
    answer.read()
    client.close()
    return answer.status


def test_demo_serves_until_interrupted():
    """The curl line works; Ctrl-C ends the demo without a traceback."""
    with serving() as (demo, curl):
        status = get(curl)
        lines = [demo.stdout.readline() for _ in range(16)]
        demo.send_signal(signal.SIGINT)
        rest, complaints = demo.communicate()

    assert 200 == status
    assert 'success' == json.loads(lines[-1])['payload']['outcome']
    assert '' == rest
    assert 'Traceback' not in complaints
    assert 0 == demo.returncode


def test_identity_filter_of_the_demo_removes_forged_headers():
    """A client cannot call itself somebody else in the events."""
    with serving() as (demo, curl):
        status = get(curl, **{'X-User-Name': 'mallory', 'X-Roles': 'none'})
        lines = [demo.stdout.readline() for _ in range(16)]

    assert 200 == status
    assert 'alice' == json.loads(lines[-1])['payload']['initiator']['name']
    assert 'mallory' not in ''.join(lines)


def test_demo_ends_quietly_when_its_reader_leaves():
    """``make demo | head`` shows no traceback."""
    with subprocess.Popen(
        [sys.executable, DEMO],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as demo:
        watchdog = threading.Timer(120, demo.kill)
        watchdog.start()
        demo.stdout.readline()
        demo.stdout.close()
        complaints = demo.stderr.read()
        watchdog.cancel()

    assert 'Traceback' not in complaints
    assert 0 == demo.returncode


def on_terminal(**environment):
    """Return what the demo shows on a terminal."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, DEMO, '--once'],
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
        env={**os.environ, 'NO_COLOR': '', **environment},
    ):
        os.close(theirs)
        shown = b''
        # Linux fails the read, rather than ending it, when the last writer
        # has closed the terminal.
        try:
            while chunk := os.read(ours, 65536):
                shown += chunk
        except OSError:
            pass
    os.close(ours)
    return shown.decode()


def test_terminal_shows_colours():
    """On a terminal an event is two coloured lines for people."""
    shown = on_terminal()

    assert '\x1b[31mfailure  403\x1b[0m' in shown
    assert '\x1b[32msuccess  201\x1b[0m' in shown
    assert 2 * 14 == len(shown.splitlines())


def test_no_color_shows_json_lines():
    """NO_COLOR makes a terminal the same as a pipe."""
    shown = on_terminal(NO_COLOR='1')

    assert '\x1b' not in shown
    assert 14 == len([json.loads(line) for line in shown.splitlines()])


def test_demo_ends_with_answers():
    """The last that it shows is what the trail says, and where to ask it."""
    demo = subprocess.run(
        [sys.executable, DEMO, '--once'],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )

    rows, listed, failures = demo.stderr.split('cadf-audit event list')
    assert 'bob delete compute/baremetal/node' in rows
    for sentence in (
        'bob tried to delete node 11111111-1111-4111-8111-111111111111: '
        'failure (403), from 127.0.0.1',
        'alice updated node rack2-node1: success (200), from 127.0.0.1',
    ):
        assert sentence in listed
    assert 'alice' not in failures
    url = demo.stderr.split()[-1]
    assert re.fullmatch(r'http://127\.0\.0\.1:\d+/v1/events', url)
