# SPDX-License-Identifier: Apache-2.0

"""Two audit filters in; what each costs, and what a delivery costs, out."""

import argparse
import datetime
import functools
import importlib.metadata
import itertools
import os
from pathlib import Path
import platform
import re
import shutil
import sys
import tempfile

from broker import broker
from broker import new_url
import drain
import durability
import faults
import ingest
import latency
import maps
from measure import count_all
from measure import HERE
from measure import run
from measure import time_all
import overhead
import policies
import query
import redaction

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
# What is measured about the deliveries, by the section of the README.
DELIVERY = {
    'overhead': overhead.report,
    'latency': latency.report,
    'durability': durability.report,
    'drain': drain.report,
    'faults': faults.report,
}
SECTIONS = [
    *('comparison', 'maps', 'policies', 'redaction', 'ingest', 'query'),
    *DELIVERY,
]


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


def comparison():
    """Return the Markdown of both filters, and whether promises are kept."""
    check(PEER)
    programs = {cell: ['interaction.py', *cell] for cell in cells()}
    counted = count_all(programs)
    lines, kept = promises(counted)
    return f'{table(counted, time_all(programs))}\n\n{lines}', kept


def deliveries(sections):
    """Yield section, Markdown, and whether its promises are kept."""
    with broker() as started, tempfile.TemporaryDirectory() as spools:
        url = functools.partial(new_url, started)
        for section in sections:
            # A fault needs the broker itself.
            bus = started if section == 'faults' else url
            yield section, *DELIVERY[section](bus, spools)


def measured(sections):
    """Yield section, Markdown, and whether its promises are kept."""
    if 'maps' in sections:
        yield 'maps', *maps.report()
    if 'redaction' in sections:
        yield 'redaction', *redaction.report()
    if 'policies' in sections:
        yield 'policies', *policies.report()
    if 'ingest' in sections:
        yield 'ingest', *ingest.report()
    if 'query' in sections:
        yield 'query', *query.report()
    if 'stages' in sections:
        yield 'stages', stages(), True
    if 'comparison' in sections:
        yield 'comparison', *comparison()
    wanted = [section for section in DELIVERY if section in sections]
    if wanted:
        yield from deliveries(wanted)


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
    parser.add_argument(
        '--only',
        nargs='+',
        choices=SECTIONS,
        default=SECTIONS,
        help='measure some of it',
    )
    parser.add_argument(
        '--realtime',
        action='store_true',
        help='time at a real-time priority, on a machine that has other '
        'things to do; needs root',
    )
    args = parser.parse_args()
    if args.realtime:
        os.environ['BENCHMARK_REALTIME'] = '1'
    if not shutil.which('valgrind'):
        raise SystemExit('valgrind is missing: apt-get install valgrind')

    check(OURS)
    all_kept = True
    for section, text, kept in measured(
        ['stages'] if args.profile else args.only
    ):
        all_kept = all_kept and kept
        # Wall time means little on a machine that had other things to do.
        load = f'Load {os.getloadavg()[0]:.1f} at the end'
        if args.realtime:
            load += ', timed at a real-time priority'
        text = f'{text}\n\n{circumstances()} {load}.'
        print(f'{section}\n\n{text}\n', flush=True)
        if args.write:
            write(section, text)
    return 0 if all_kept else 1


if __name__ == '__main__':
    sys.exit(main())
