# SPDX-License-Identifier: Apache-2.0

"""A program in, the instructions or the wall time of one request out.

Instructions are counted by callgrind for N and for N+100 requests, and the
difference is taken: what the program costs before and after them cancels,
and the count repeats to 0.01 %. A third count half-way tells when it does
not. Only the thread that sends the requests is counted. Wall time is the
median of runs that take turns, so that a busy moment of the machine meets
all of them.
"""

from concurrent.futures import ThreadPoolExecutor
import os
from pathlib import Path
import re
import statistics
import subprocess
import sys
import tempfile

HERE = Path(__file__).parent

# All that would make two counts of the same work differ is switched off.
# Python's -I and -E would ignore the hash seed.
CALLGRIND = [
    *('env', 'PYTHONHASHSEED=0', 'PYTHONDONTWRITEBYTECODE=1'),
    *('setarch', '-R', 'valgrind', '--tool=callgrind'),
    # Else a forwarder or a sender in the same process would be counted too.
    '--separate-threads=yes',
]
# Numbers of requests: the last two differ from the first by 50 and by 100.
POINTS = (10, 60, 110)
TOLERANCE = 0.02
ATTEMPTS = 3
TIMED = 1000
ROUNDS = 7
CORES = 2


def environment():
    """Return the variables that the programs get."""
    kept = {'PATH', 'PYTHONPATH', 'TMPDIR', 'BENCHMARK_REALTIME'}
    return {name: os.environ[name] for name in kept & os.environ.keys()}


def run(program, *args, prefix=()):
    """Run a program beside this one, and return what it printed.

    :raises SystemExit: when it failed; its words are the message
    """
    done = subprocess.run(
        [*prefix, sys.executable, HERE / program, *map(str, args)],
        env=environment(),
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
        with tempfile.TemporaryDirectory() as directory:
            out = Path(directory, 'out')
            prefix = [*CALLGRIND, f'--callgrind-out-file={out}']
            run(*program, requests, prefix=prefix)
            words = out.with_name('out-01').read_text()
        return int(re.search(r'^summary: (\d+)$', words, re.MULTILINE)[1])

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
