# SPDX-License-Identifier: Apache-2.0

"""The records of a spool, as the command prints them."""

import json
import signal

import pytest

from tests.canaries import unseed
from tests.cli.spools import killed
from tests.cli.spools import record
from tests.cli.spools import run
from tests.cli.spools import said
from tests.cli.spools import segment
from tests.cli.spools import service
from tests.cli.spools import start
from tests.cli.spools import writers
from tests.judge import assert_valid


def parsed(text):
    """Return paths and outcomes of the messages that were printed."""
    payloads = [
        unseed(json.loads(line)['payload']) for line in text.splitlines()
    ]
    return [(each['requestPath'], each['outcome']) for each in payloads]


def pairs(*paths):
    """Return what is printed for whole interactions."""
    return [
        (path, outcome) for path in paths for outcome in ('pending', 'success')
    ]


def cat(directory, *options):
    """Print a spool."""
    return run('--spool-dir', directory, 'spool', 'cat', *options)


def test_records_are_printed_in_their_order(tmp_path):
    """Each line is a message, one writer after the other, the oldest first."""
    for paths in (('/a', '/b'), ('/c',)):
        record(service(tmp_path), *paths)

    done = cat(tmp_path)

    assert pairs('/a', '/b', '/c') == parsed(done.stdout)
    for line in done.stdout.splitlines():
        assert_valid(json.loads(line)['payload'])
    assert '' == said(done)
    assert 0 == done.returncode


def test_nothing_is_taken_away(tmp_path):
    """Whoever prints the records again gets them again."""
    record(service(tmp_path), '/a')

    assert cat(tmp_path).stdout == cat(tmp_path).stdout


def test_a_killed_writer_is_printed_as_it_is(tmp_path):
    """What it began has no end before it is adopted."""
    killed(tmp_path, 1)

    done = cat(tmp_path)

    assert [*pairs('/killed/0'), ('/killed', 'pending')] == (
        parsed(done.stdout)
    )
    assert '' == said(done)


def test_one_writer(tmp_path):
    """The beginning of an id is enough to choose a writer."""
    record(service(tmp_path), '/a')
    [first] = writers(tmp_path)
    record(service(tmp_path), '/b')

    done = cat(tmp_path, '--writer', first.name[:12])

    assert pairs('/a') == parsed(done.stdout)


@pytest.mark.parametrize(
    ('beginning', 'problem'),
    [('x', 'no writer in '), ('same', '2 writers in ')],
)
def test_no_such_writer(tmp_path, beginning, problem):
    """A beginning that fits none is an error, and so is one of several."""
    for name in ('same-1', 'same-2'):
        spool = tmp_path / name
        record(service(spool), '/a')
        [folder] = writers(spool)
        folder.rename(tmp_path / name / name)
        (spool / name).rename(tmp_path / f'{name}.')

    done = cat(tmp_path, '--writer', beginning)

    assert problem in said(done)
    assert 'there are same-1., same-2.' in done.stderr
    assert 1 == done.returncode


def test_a_damaged_piece(tmp_path):
    """It is a warning that says where, and the others are printed."""
    record(service(tmp_path), '/a', '/b')
    [folder] = writers(tmp_path)
    with segment(folder).open('r+b') as file:
        file.seek(300)
        file.write(b'?')

    done = cat(tmp_path)

    assert [('/a', 'success'), *pairs('/b')] == parsed(done.stdout)
    assert f'warning: writer {folder.name}, {segment(folder).name}: ' in (
        said(done)
    )
    assert ' bytes at 0 are no record' in done.stderr
    assert 0 == done.returncode


def test_follow(tmp_path):
    """It goes on with new records and new writers, until Ctrl-C."""
    made = service(tmp_path)
    record(made, '/a')
    following = start('--spool-dir', tmp_path, 'spool', 'cat', '--follow')

    def lines(count):
        read = [following.stdout.readline() for _ in range(count)]
        return parsed(b''.join(read).decode())

    seen = lines(2)
    record(made, '/b')
    seen += lines(2)
    record(service(tmp_path), '/c')
    seen += lines(2)
    following.send_signal(signal.SIGINT)
    rest, errors = following.communicate(timeout=60)

    assert pairs('/a', '/b', '/c') == seen
    assert (b'', b'') == (rest, errors)
    assert 0 == following.returncode


def test_follow_begins_before_there_is_a_writer(tmp_path):
    """The first record of the first writer is printed as it comes."""
    following = start('--spool-dir', tmp_path, 'spool', 'cat', '--follow')
    record(service(tmp_path), '/a')

    line = following.stdout.readline()
    following.send_signal(signal.SIGINT)
    following.communicate(timeout=60)

    assert [('/a', 'pending')] == parsed(line.decode())


@pytest.mark.parametrize('options', [[], ['--follow']])
def test_a_reader_who_has_enough(tmp_path, options):
    """A closed pipe ends it without a word, be there more to print or not."""
    record(service(tmp_path), *['/a'] * (300 if not options else 1))
    printing = start('--spool-dir', tmp_path, 'spool', 'cat', *options)

    printing.stdout.readline()
    printing.stdout.close()
    errors = printing.stderr.read()

    assert 0 == printing.wait(60)
    assert b'' == errors
    printing.stderr.close()
