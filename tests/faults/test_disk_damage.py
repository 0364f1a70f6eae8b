# SPDX-License-Identifier: Apache-2.0

"""Flipped bits and cut tails in a spool in, all the rest of it out."""

import collections
import json
import random
import shutil

import pytest

from cadf_audit.delivery.spool.counters import read_counters
from cadf_audit.delivery.spool.counters import SEQ
from cadf_audit.delivery.spool import layout
from cadf_audit.delivery.spool.record import parse_record
from tests.faults.disks import drain
from tests.faults.disks import forwarding
from tests.faults.disks import judged
from tests.faults.disks import wait_for
from tests.faults.disks import Writing
from tests.faults.judge import reported
from tests.faults.record import LONG
from tests.faults.record import record

TRIES = 200 if LONG else 6


@pytest.fixture(scope='module')
def left(tmp_path_factory):
    """The spool of a process that was killed after several segments."""
    base = tmp_path_factory.mktemp('left')
    spool = base / 'spool'
    options = {'forwarder': 'external', 'driver': 'log'}
    with Writing(base, spool, threads=4, pause=0, **options) as writing:
        writing.wait_for(200)
        writing.kill()
    return spool


@pytest.fixture
def spools(left, tmp_path):
    """Copies of that spool, one after the other."""

    def copies():
        for number in range(TRIES):
            spool = tmp_path / f'spool-{number}'
            shutil.copytree(left, spool)
            yield spool
            shutil.rmtree(spool)

    return copies()


def records(path):
    """Return the records of a segment: message ids, begins and ends."""
    found, begin = [], 0
    content = path.read_bytes()
    for line in content.split(b'\n'):
        parsed = parse_record(line)
        if parsed:
            found.append((parsed.message, begin, begin + len(line) + 1))
        begin += len(line) + 1
    return found


def ids_of(messages):
    """Return the ids of messages."""
    return {each['message_id'] for each in messages}


def flip(path, place, bit=None):
    """Flip a bit of a file, in its place."""
    with path.open('r+b') as file:
        file.seek(place)
        (byte,) = file.read(1)
        file.seek(place)
        bit = 1 << random.randrange(8) if bit is None else bit
        file.write(bytes([byte ^ bit]))


def written_ids(spool):
    """Return how often each record's message is in the segments."""
    return collections.Counter(
        json.loads(message)['message_id']
        for path in spool.glob('*/*.jsonl')
        for message, _begin, _end in records(path)
    )


def test_flipped_bits(spools, request):
    """Flipped bits cost the records that they are in, which is told."""
    tried = 0
    for spool in spools:
        whole = written_ids(spool)
        flips = random.choice([1, 1, 3, 20])
        for _each in range(flips):
            path = random.choice(list(spool.glob('*/*.jsonl')))
            ends = [end for _message, _begin, end in records(path)]
            flip(path, random.randrange(max(ends, default=1)))
        damaged = written_ids(spool)
        messages = drain(spool)
        tried += flips

        gone = set(whole) - ids_of(messages)
        assert gone <= set(whole) - set(damaged)
        assert len(gone) <= flips * 2
        assert reported(messages)['damaged'] >= 1
        aside = list((spool / layout.SET_ASIDE).iterdir())
        assert reported(messages)['damaged'] == len(aside)
    record(
        'Flipped bits in the spool: at most the records touched are missing, '
        'and all are reported.',
        request.node.name,
        f'{tried} bits',
        0,
    )


def test_cut_tails(spools, request):
    """A segment that was cut costs what was cut off, which is told."""
    for spool in spools:
        whole = written_ids(spool)
        path = random.choice(list(spool.glob('*/*.jsonl')))
        ends = [end for _message, _begin, end in records(path)]
        size = random.randrange(max(ends, default=1))
        with path.open('r+b') as file:
            file.truncate(size)
        left = written_ids(spool)
        cut = sum(whole.values()) - sum(left.values())
        messages = drain(spool)

        gone = set(whole) - ids_of(messages)
        told = reported(messages)
        assert gone <= set(whole) - set(left)
        assert (told['missing'] + told['damaged'] > 0) == (cut > 0)
        assert told['missing'] <= cut
        assert told['missing'] >= cut - 1 - told['damaged']
    record(
        'Cut tails in the spool: at most what was cut off is missing, and '
        'all is reported.',
        request.node.name,
        f'{TRIES} times',
        0,
    )


@pytest.mark.parametrize(
    'name', [layout.WRITER_FILE, layout.COUNTERS, 'cursors/forward-log']
)
def test_flipped_bits_beside_the_segments(spools, name):
    """A bit that flips in another file of a spool costs no record."""
    for spool in spools:
        whole = written_ids(spool)
        [path] = spool.glob(f'*/{name}')
        flip(path, random.randrange(path.stat().st_size))
        messages = drain(spool)

        assert set() == set(whole) - ids_of(messages)


def test_segment_that_is_gone(spools):
    """A segment that somebody deleted is as many missing records."""
    for spool in spools:
        whole = written_ids(spool)
        path = random.choice(sorted(spool.glob('*/*.jsonl')))
        # The process was killed: its last record may be there and not yet
        # counted. Nobody had an answer to it.
        counted = read_counters(path.parent / layout.COUNTERS)[SEQ]
        cut = min(len(records(path)), counted + 1 - int(path.stem))
        path.unlink()
        left = written_ids(spool)
        messages = drain(spool)

        gone = set(whole) - ids_of(messages)
        assert gone <= set(whole) - set(left)
        assert cut == reported(messages)['missing']


def test_flipped_bits_in_what_a_living_writer_says(tmp_path):
    """Nobody takes a writer for dead because of a bit in its writer.json."""
    spool = tmp_path / 'spool'
    with (
        Writing(
            tmp_path, spool, forwarder='external', driver='log'
        ) as writing,
        forwarding(spool) as collecting,
    ):
        writing.wait_for(10)
        [path] = spool.glob(f'*/{layout.WRITER_FILE}')
        content = path.read_bytes()
        start = content.index(b'"started"') + len(b'"started": "')
        flip(path, start, 1)
        writing.wait_for(200)
        writing.stop()
        wait_for(lambda: not list(layout.writers(spool)))
    verdict = judged(writing.requests, collecting.messages)

    assert [] == verdict.lost
    assert 0 == verdict.ended_by_others


@pytest.mark.parametrize('service', ['faults', None])
def test_flipped_bits_in_the_name_of_a_service(left, tmp_path, service):
    """Records are forwarded though nobody knows whose they are."""
    spool = tmp_path / 'spool'
    shutil.copytree(left, spool)
    whole = written_ids(spool)
    [path] = spool.glob(f'*/{layout.WRITER_FILE}')
    flip(path, path.read_bytes().index(b'faults'), 1)
    messages = drain(spool, service=service)

    assert set() == set(whole) - ids_of(messages)
