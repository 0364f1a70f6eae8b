# SPDX-License-Identifier: Apache-2.0

"""Results of tests in, the page that says what is promised out.

Usage: ``python -m tests.faults.promises RESULTS PAGE``
"""

import collections
import json
import pathlib
import platform
import sys

HEAD = """\
# What is promised

Each line is a promise, the test that tries to break it, how often that was
tried and how much was lost. `make faults` runs the tests in their long form
and writes this page; `make test` runs a short form of each.

{machine}

| promise | test | tries | lost | date | with |
|---|---|---|---|---|---|
"""

FOOT = """
## What is not promised

* A queue that is deleted while a process is connected to the broker: the
  broker confirms each event and throws it away. The forwarder finds out with
  its next connection.
* Queues that are not durable. They do not survive a restart of the broker,
  and the events in them do not either. Set `amqp_durable_queues = true` in
  `[oslo_messaging_rabbit]`, for all services that share the virtual host.
* `delivery = memory`: what waits in the queue of a process is lost when the
  process is killed. What the queue cannot hold, and what is left at an exit
  after 5 seconds, goes to the log.
* `delivery = direct`: an event that the message bus does not take at once is
  lost, and Oslo says so in the log.
* `spool_durability = process`: a power cut loses what the kernel has not yet
  written to the disk, some 30 seconds of events. `power` does not.
* The number of what was lost, where a process is killed before it could make
  its folder in the spool because the disk was full: until then it counts in
  memory.
* That an event arrives once. It may arrive twice, with the same
  `message_id`; consumers leave the second one out. The trail does: there it
  is one row.
* What a broker throws away before a collector has kept it. RabbitMQ 4 does so
  with what a quorum queue has delivered 20 times, if no policy says anything
  else: a collector that is killed again and again over the same messages
  loses them.
* A database that forgets what it has committed, as PostgreSQL does after a
  power cut with `fsync = off`: the broker has forgotten it by then.
"""


def page(results):
    """Return the page.

    :param results: the lines of the results file, parsed
    """
    latest = {}
    for result in results:
        # The sentence may hold a number that differs from run to run.
        latest.setdefault((result['test'], _kind(result)), result)
        latest[result['test'], _kind(result)] = result
    ordered = sorted(latest.values(), key=lambda each: each['test'])
    return (
        HEAD.format(machine=_machine(ordered))
        + ''.join(f'{_row(result)}\n' for result in ordered)
        + FOOT
    )


def _kind(result):
    return ''.join(c for c in result['promise'] if not c.isdigit())


def _machine(results):
    seconds = collections.Counter(result['seconds'] for result in results)
    [(most, _count)] = seconds.most_common(1) or [(0, 0)]
    return (
        f'Each fault lasted {most:g} seconds, on {platform.system()} '
        f'{platform.release().partition("-")[0]}, under a load of requests '
        'that succeed, fail, stream and raise.'
    )


def _row(result):
    versions = ', '.join(
        f'{name} {version}' for name, version in result['versions'].items()
    )
    cells = (
        result['promise'],
        f'`{result["test"]}`',
        result['tries'],
        result['lost'],
        result['date'],
        versions,
    )
    return f'| {" | ".join(str(c).replace("|", "/") for c in cells)} |'


def main(source, target):
    """Write the page."""
    lines = pathlib.Path(source).read_text('utf-8').splitlines()
    text = page([json.loads(line) for line in lines])
    pathlib.Path(target).write_text(text, 'utf-8')


if __name__ == '__main__':
    main(*sys.argv[1:])
