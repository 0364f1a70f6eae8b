# SPDX-License-Identifier: Apache-2.0

"""A question in, the last events of its answer and all that come out."""

import argparse
from collections.abc import Callable
from collections.abc import Iterator
import contextlib
import io
import json
import logging
import select
import signal
from types import FrameType
from typing import Any
from typing import TextIO

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import InterfaceError
from sqlalchemy.exc import OperationalError

from cadf_audit.cli.asked import Asked
from cadf_audit.cli.asked_url import UnreachableError
from cadf_audit.cli.event_command import EventCommand
from cadf_audit.cli.event_command import short_time
from cadf_audit.cli.event_question import add_question
from cadf_audit.cli.event_question import asked_pairs
from cadf_audit.cli.event_question import pairs_of
from cadf_audit.trail.engine import QueryTimeoutError
from cadf_audit.trail.query.answers import Answer
from cadf_audit.trail.query.event_query import MOST_LIMIT
from cadf_audit.trail.readings import Pairs
from cadf_audit.wording.printable import printable

LOG = logging.getLogger('cadf_audit.cli')

FORMATS = ('text', 'json')

# What passes, and what the database or the network raises meanwhile.
_HICCUPS = (
    OperationalError,
    InterfaceError,
    QueryTimeoutError,
    UnreachableError,
)


def _seconds(text: str) -> float:
    """Return an interval.

    :raises ArgumentTypeError: it is none
    """
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    # Neither is NaN.
    if not 0.1 <= seconds <= 3600:
        raise argparse.ArgumentTypeError(
            f'{text!r} is not 0.1 to 3600 (seconds)'
        )
    return seconds


def _lines(text: str) -> int:
    """Return how many are shown first.

    :raises ArgumentTypeError: it is no such number
    """
    if text.isdecimal() and len(text) < 5 and int(text) <= MOST_LIMIT:
        return int(text)
    raise argparse.ArgumentTypeError(f'{text!r} is not 0 to {MOST_LIMIT}')


class Tail(EventCommand):
    """Show the last events, and then each one that comes."""

    _description = (
        'Show the last events, and then each one that comes.\n\n'
        'A line for each, the newest last: when it was, of UTC, and what it '
        'was. It ends with Ctrl-C, or when nobody reads any more. While the '
        'database or the API is away it waits, and then misses nothing.'
    )

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of what stands behind the name of the command."""
        parser = super().get_parser(prog_name)
        parser.add_argument(
            '-n',
            '--lines',
            type=_lines,
            default=10,
            metavar='NUMBER',
            help=f'how many of the last ones, 0 to {MOST_LIMIT} (default: 10)',
        )
        parser.add_argument(
            '--interval',
            type=_seconds,
            default=2.0,
            metavar='SECONDS',
            help='how long to wait before it asks again (default: 2)',
        )
        parser.add_argument(
            '-f',
            '--format',
            choices=FORMATS,
            default=FORMATS[0],
            help='text, or an object of JSON on each line (default: text)',
        )
        add_question(parser, ())
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> int:
        """Show events until somebody ends it; return the exit status."""
        printer = Printer(
            self.app.stdout,
            json_line if parsed_args.format == 'json' else line,
        )
        follower = Follower(
            self.asked(parsed_args),
            asked_pairs(parsed_args),
            parsed_args.lines,
        )
        with _interruptible() as interrupts:
            printer.print(follower.begin())
            self._follow(follower, printer, parsed_args.interval, interrupts)
        return 0

    def _follow(
        self,
        follower: 'Follower',
        printer: 'Printer',
        interval: float,
        interrupts: list[int],
    ) -> None:
        is_away = False
        while not printer.closed(interval):
            try:
                while events := follower.go_on():
                    printer.print(events)
            except _HICCUPS as exc:
                if interrupts:
                    return
                if not is_away:
                    text = str(exc)
                    if isinstance(exc, DBAPIError):
                        text = self.told(exc)
                    LOG.warning('%s; waiting for it', text)
                is_away = True
                continue
            if is_away:
                LOG.info('it goes on')
            is_away = False


@contextlib.contextmanager
def _interruptible() -> Iterator[list[int]]:
    """Give what has the number of a signal after Ctrl-C, which ends a block.

    Within a statement, the driver of a database may make an error of it.
    """
    interrupts: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        interrupts.append(number)
        raise KeyboardInterrupt

    before = signal.getsignal(signal.SIGINT)
    if before is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, stop)
    try:
        yield interrupts
    except BaseException:
        if not interrupts:
            raise
    finally:
        signal.signal(signal.SIGINT, before)


class Follower:
    """Asks for what is new, by the cursor of the last answer.

    :param asked: whom to ask
    :param pairs: the question
    :param lines: how many events there are at first
    """

    def __init__(self, asked: Asked, pairs: Pairs, lines: int) -> None:
        self._asked = asked
        self._pairs = pairs
        self._lines = lines
        self._after = ''

    def begin(self) -> list[Answer]:
        """Return the last events, the newest last."""
        # To know where it begins, one has to be asked for.
        limit = str(self._lines or 1)
        events = self._answer([('limit', limit)])
        return events[::-1] if self._lines else []

    def go_on(self) -> list[Answer]:
        """Return what is new, at most a page; nothing if there is nothing."""
        return self._answer(
            [
                ('limit', str(MOST_LIMIT)),
                ('order', 'oldest'),
                ('after', self._after),
            ]
        )

    def _answer(self, page: Pairs) -> list[Answer]:
        answer = self._asked.events([*self._pairs, *page])
        self._after = dict(pairs_of(answer['next_uri']))['after']
        events: list[Answer] = answer['events']
        return events


class Printer:
    """Prints events, each on its line.

    :param output: where they go
    :param text: makes a line of one
    """

    def __init__(
        self, output: TextIO, text: Callable[[dict[str, Any]], str]
    ) -> None:
        self._output = output
        self._text = text
        self._poll = select.poll()
        # What is no file is closed by nobody.
        with contextlib.suppress(io.UnsupportedOperation):
            # For nothing but that nobody reads any more.
            self._poll.register(output, 0)

    def print(self, events: list[Answer]) -> None:
        """Print events at once."""
        for event in events:
            self._output.write(self._text(event) + '\n')
        self._output.flush()

    def closed(self, seconds: float) -> bool:
        """Wait; say whether nobody reads any more."""
        return bool(self._poll.poll(seconds * 1000))


def line(event: Answer) -> str:
    """Return an event for people.

    :param event: as an answer has it
    """
    text = printable(str(event.get('description') or ''))
    return f'{short_time(event.get("created"))}  {text}'


def json_line(event: Answer) -> str:
    """Return an event for programs.

    :param event: as an answer has it
    """
    return json.dumps(event)
