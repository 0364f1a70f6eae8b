# SPDX-License-Identifier: Apache-2.0

"""A filter and a rate of requests in; how long the requests take out.

The requests come when they are due, whether those before them are answered
or not, and each is timed from when it was due: a request that had to wait
for another one waited, as a client would say.

It prints ``ready``, waits for a line, and prints one line of JSON: p50 and p99
in milliseconds, requests a second, and microseconds of CPU a request, those
of all threads of the process.
"""

import argparse
import ctypes
import json
import os
import statistics
import sys
import threading
import time

from interaction import add_way
from interaction import build_way
from interaction import prepare
from interaction import send
from interaction import take_priority
from interaction import typical_requests

PR_SET_TIMERSLACK = 29
SERVICES = 12
WARM_UP = 200
# Requests a second that no machine answers.
AT_ONCE = 1e9


def pace(app, rate, threads, seconds):
    """Return how long each request took, and all of them, in seconds.

    :param app: the application
    :param rate: how many requests are due in a second
    :param threads: how many threads send them in turn
    :param seconds: for how long they come
    """
    requests = typical_requests(SERVICES)
    last = round(rate * seconds)
    taken = [0.0] * last
    begin = time.perf_counter() + 0.1

    def work(first):
        for number in range(first, last, threads):
            due = begin + number / rate
            early = due - time.perf_counter()
            if early > 0:
                time.sleep(early)
            send(app, [requests[number % 2]], 1)
            taken[number] = time.perf_counter() - due

    workers = [
        threading.Thread(target=work, args=(first,))
        for first in range(threads)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return taken, time.perf_counter() - begin


def main():
    """Send the requests, and print what they took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_way(parser)
    parser.add_argument('--rate', type=float, default=2000)
    parser.add_argument('--threads', type=int, default=1)
    parser.add_argument('--seconds', type=float, default=3)
    parser.add_argument(
        '--flat-out', type=int, help='so many requests, due at once'
    )
    args = parser.parse_args()

    prepare(os.devnull)
    take_priority()
    # A thread wakes when it asked to, not 50 µs later.
    ctypes.CDLL(None).prctl(PR_SET_TIMERSLACK, 1)
    app = build_way(args)
    pace(app, args.rate, args.threads, WARM_UP / args.rate)
    print('ready', flush=True)
    sys.stdin.readline()

    rate, seconds = args.rate, args.seconds
    if args.flat_out:
        rate, seconds = AT_ONCE, args.flat_out / AT_ONCE
    cpu = time.process_time()
    taken, took = pace(app, rate, args.threads, seconds)
    cpu = time.process_time() - cpu
    percentiles = statistics.quantiles(taken, n=100)
    found = {
        'p50': percentiles[49] * 1e3,
        'p99': percentiles[98] * 1e3,
        'rate': len(taken) / took,
        'cpu': cpu / len(taken) * 1e6,
    }
    print(json.dumps(found), flush=True)
    # What waits for the bus is nobody's any more.
    os._exit(0)


if __name__ == '__main__':
    main()
