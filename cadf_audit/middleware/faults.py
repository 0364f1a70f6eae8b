# SPDX-License-Identifier: Apache-2.0

"""An error of ours in, a line in the log and a count out; never an error."""

from collections.abc import Callable
import contextlib
import logging


class Faults:
    """Counts and logs what went wrong while auditing.

    :param log: where to say so, with a traceback
    """

    def __init__(self, log: logging.Logger) -> None:
        self.count = 0
        self._log = log

    def report(self, what: str, method: str, path: str) -> None:
        """Report the exception that is being handled.

        :param what: what could not be done
        :param method: the method of the request
        :param path: its path; its query may hold secrets and stays out
        """
        self.count += 1
        log_safely(
            self._log.exception,
            'could not %s of %.20s %.200r',
            what,
            method,
            path,
        )


def log_safely(write: Callable[..., None], *args: object) -> None:
    """Write to a log, whatever its handlers do.

    A handler that raises is no reason to fail a request, and leaves no place
    to say so.

    :param write: a method of a logger
    :param args: what to write
    """
    with contextlib.suppress(Exception):
        write(*args)
