# SPDX-License-Identifier: Apache-2.0

"""Two audit filters in; instructions and wall time of a request out.

Instructions are counted by callgrind for N and for N+100 requests, and the
difference is taken: what the program costs before and after them cancels,
and the count repeats to 0.01 %. A third count half-way tells when it does
not. Wall time is the median of runs that take turns, so that a busy moment
of the machine meets both filters.
"""

import argparse
from concurrent.futures import ThreadPoolExecutor
import datetime
import importlib.metadata
import itertools
import os
from pathlib import Path
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = Path(__file__).parent
README = HERE / 'README.md'

PEER = 'keystonemiddleware'
OURS = 'cadf_audit'
WAYS_OUT = {
    'noop': '`driver = noop`',
    'log': '`driver = log`',
    'logger': '`use_oslo_messaging = false`',
}
SERVICES = (12, 60)
# What we promise: our way out, the one of theirs it is held against, and the
# largest share of their instructions that ours may need.
PROMISES = [('noop', 'noop', 0.09), ('logger', 'log', 0.15)]
STAGES = {
    'view': 'read method and path',
    'action': 'work out the action',
    'initiator': 'name the initiator',
    'target': 'find the target in the catalogue',
    'path': 'quote the path, redact the query',
    'marks': 'ids and times',
    'noop': "two calls of Oslo's notifier, `driver = noop`",
}
INSTEAD = 'instead of the notifier: the log, `use_oslo_messaging = false`'

# All that would make two counts of the same work differ is switched off.
# Python's -I and -E would ignore the hash seed.
CALLGRIND = [
    *('env', 'PYTHONHASHSEED=0', 'PYTHONDONTWRITEBYTECODE=1'),
    *('setarch', '-R', 'valgrind', '--tool=callgrind'),
    '--callgrind-out-file=/dev/null',
]
# Numbers of requests: the last two differ from the first by 50 and by 100.
POINTS = (10, 60, 110)
TOLERANCE = 0.02
ATTEMPTS = 3
TIMED = 1000
ROUNDS = 7
CORES = 2


def run(program, *args, prefix=()):
    """Run a program beside this one, and return what it printed.

    :raises SystemExit: when it failed; its words are the message
    """
    kept = {'PATH', 'PYTHONPATH'} & os.environ.keys()
    environment = {name: os.environ[name] for name in kept}
    done = subprocess.run(
        [*prefix, sys.executable, HERE / program, *map(str, args)],
        env=environment,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        words = ' '.join(map(str, (program, *args)))
        raise SystemExit(f'{words} failed:\n{done.stderr}')
    return done


def instructions(program):
    """Return how many instructions one request takes in a program.

    :raises SystemExit: when the two halves of the requests differ, because
        something changed between two runs, such as an installed package
    """

    def count(requests):
        words = run(*program, requests, prefix=CALLGRIND).stderr
        return int(re.search(r'refs:\s+([\d,]+)', words)[1].replace(',', ''))

    for _attempt in range(ATTEMPTS):
        first, middle, last = map(count, POINTS)
        per_request = (last - first) / (POINTS[2] - POINTS[0])
        first_half = (middle - first) / (POINTS[1] - POINTS[0])
        if abs(first_half - per_request) <= TOLERANCE * per_request:
            return per_request
    raise SystemExit(f'{program}: the count does not repeat; run it again')


def count_all(programs):
    """Return the instructions by name; as many at once as have cores."""
    with ThreadPoolExecutor(CORES) as pool:
        counts = pool.map(instructions, programs.values())
        return dict(zip(programs, counts, strict=True))


def time_all(programs):
    """Return the microseconds by name, the median of all rounds."""
    taken = {name: [] for name in programs}
    for _round in range(ROUNDS):
        for name, program in programs.items():
            taken[name].append(float(run(*program, TIMED, '--time').stdout))
    return {name: statistics.median(times) for name, times in taken.items()}


def cells():
    """Return each combination of filter, way out and catalogue size."""
    bare = [('bare', 'noop', services) for services in SERVICES]
    return bare + list(itertools.product((PEER, OURS), WAYS_OUT, SERVICES))


def check(name):
    """See that a filter does all of its work before that is measured.

    It also leaves compiled modules behind, so that no run that is counted
    has to compile what the next one finds.

    :raises SystemExit: when an event is missing or knows no target
    """
    with tempfile.NamedTemporaryFile('r') as log:
        run('interaction.py', name, 'log', 12, 2, '--log', log.name)
        lines = log.read().splitlines()
    for event_type in 'audit.http.request', 'audit.http.response':
        events = [line for line in lines if event_type in line]
        found = [line for line in events if '"name": "service-6"' in line]
        if (len(events), len(found)) != (2, 2):
            raise SystemExit(f'{name}: {event_type}: {events}')


def less_bare(measured, name, way_out, services):
    """Return what the filter adds to the bare application."""
    whole = measured[name, way_out, services]
    return whole - measured['bare', 'noop', services]


def share(measured, way_out, other, services):
    """Return our part of what the peer adds with the other way out."""
    theirs = less_bare(measured, PEER, other, services)
    return less_bare(measured, OURS, way_out, services) / theirs


def table(counted, timed):
    """Return the Markdown table of all that was measured."""
    lines = [
        f'| way out | services | {PEER}, instructions | {OURS}, instructions '
        f'| share | {PEER}, µs | {OURS}, µs | share |',
        '|---|--:|--:|--:|--:|--:|--:|--:|',
    ]
    for way_out, title in WAYS_OUT.items():
        for services in SERVICES:
            numbers = []
            for measured, form in (counted, ',.0f'), (timed, '.0f'):
                for name in PEER, OURS:
                    number = less_bare(measured, name, way_out, services)
                    numbers.append(format(number, form))
                part = share(measured, way_out, way_out, services)
                numbers.append(f'{part:.1%}')
            lines.append(
                f'| {title} | {services} | ' + ' | '.join(numbers) + ' |'
            )
    for services in SERVICES:
        cell = 'bare', 'noop', services
        lines.append(
            f'| the application alone | {services} '
            f'| {counted[cell]:,.0f} | | | {timed[cell]:.1f} | | |'
        )
    return '\n'.join(lines)


def promises(counted):
    """Return a line for each promise, and whether all of them hold."""
    lines, kept = [], True
    for way_out, other, limit in PROMISES:
        for services in SERVICES:
            part = share(counted, way_out, other, services)
            kept = kept and part <= limit
            lines.append(
                f'* {WAYS_OUT[way_out]}, {services} services: {part:.1%} of '
                f'the instructions of {PEER} with {WAYS_OUT[other]} '
                f'(at most {limit:.0%}: {"kept" if part <= limit else "NOT"})'
            )
    return '\n'.join(lines), kept


def stages():
    """Return the Markdown table of what each stage of ours takes."""
    programs = {
        stage: ['stages.py', stage] for stage in ('nothing', *STAGES, 'logger')
    }
    for name in 'bare', OURS:
        programs[name] = ['interaction.py', name, 'noop', SERVICES[0]]
    counted = count_all(programs)
    whole = counted[OURS] - counted['bare']
    parts = {stage: counted[stage] - counted['view'] for stage in STAGES}
    parts['view'] = counted['view'] - counted['nothing']
    rows = [(STAGES[stage], part) for stage, part in parts.items()]
    rows += [
        (
            'the rest: two events put together, the answer watched',
            whole - sum(parts.values()),
        ),
        ('all', whole),
        (INSTEAD, counted['logger'] - counted['view']),
    ]
    lines = ['| stage | instructions | part |', '|---|--:|--:|']
    for title, part in rows:
        lines.append(f'| {title} | {part:,.0f} | {part / whole:.0%} |')
    return '\n'.join(lines)


def circumstances():
    """Return the line that says when, where and with what was measured."""
    today = datetime.datetime.now(datetime.UTC).date()
    versions = ', '.join(
        f'{name} {version(name)}'
        for name in (OURS, PEER, 'oslo.messaging', 'pycadf', 'WebOb')
    )
    model = re.search(
        r'model name\s*: (.*)', Path('/proc/cpuinfo').read_text()
    )
    return (
        f'{today}, Python {platform.python_version()}, {versions}, '
        f'{model[1] if model else platform.machine()}.'
    )


def version(name):
    """Return the installed version, or that it runs from the source."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return '(source)'


def write(section, text):
    """Put the text between the markers of its section of the README."""
    begin, end = f'<!-- {section} -->\n', f'<!-- end of {section} -->'
    before, rest = README.read_text().split(begin)
    _, after = rest.split(end)
    README.write_text(f'{before}{begin}\n{text}\n\n{end}{after}')


def main():
    """Measure, print, and exit with 1 when a promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        '--write', action='store_true', help='put the result into README.md'
    )
    parser.add_argument(
        '--profile',
        action='store_true',
        help='show what each stage of our filter takes, and nothing else',
    )
    args = parser.parse_args()
    if not shutil.which('valgrind'):
        raise SystemExit('valgrind is missing: apt-get install valgrind')

    check(OURS)
    if args.profile:
        section, kept = 'stages', True
        text = f'{stages()}\n\n{circumstances()}'
    else:
        check(PEER)
        programs = {cell: ['interaction.py', *cell] for cell in cells()}
        counted = count_all(programs)
        lines, kept = promises(counted)
        section = 'comparison'
        text = f'{table(counted, time_all(programs))}\n\n{lines}\n\n'
        # Wall time means little on a machine that had other things to do.
        text += f'{circumstances()} Load {os.getloadavg()[0]:.1f} at the end.'
    print(text)
    if args.write:
        write(section, text)
    return 0 if kept else 1


if __name__ == '__main__':
    sys.exit(main())
