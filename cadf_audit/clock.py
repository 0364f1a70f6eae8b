# SPDX-License-Identifier: Apache-2.0

"""Nothing in, the time out: the only place that asks what time it is.

Nothing is ordered by these times, so that a clock which is set back harms
nothing but what it says.
"""

import datetime
import time

# A second and how it is written: most calls write its microseconds only.
_written = 0, '1970-01-01T00:00:00'


def seconds() -> int:
    """Return the whole seconds since 1970, UTC."""
    return int(time.time())


def utc_now() -> datetime.datetime:
    """Return the time in UTC, with its zone."""
    return datetime.datetime.now(datetime.UTC)


def timestamp_of(since_1970: float) -> str:
    """Return a time in UTC in the form of DSP0262.

    :param since_1970: the time in seconds
    """
    return datetime.datetime.fromtimestamp(since_1970, datetime.UTC).isoformat(
        timespec='microseconds'
    )


def timestamp() -> str:
    """Return the time in UTC in the form of DSP0262, with a colon."""
    return f'{_now()}+00:00'


def oslo_timestamp() -> str:
    """Return the time in UTC as oslo.messaging writes it, without a zone."""
    return _now().replace('T', ' ')


def _now() -> str:
    """Return the time in UTC, a third of what :mod:`datetime` takes."""
    global _written
    second, micro = divmod(time.time_ns() // 1000, 1_000_000)
    # One look: another thread may replace both.
    known, text = _written
    if second != known:
        text = time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(second))
        _written = second, text
    return f'{text}.{micro:06}'


def seconds_since(timestamp: str) -> float:
    """Return how many seconds ago a timestamp was, never less than 0.

    :param timestamp: what :func:`timestamp` or :func:`oslo_timestamp` returned
    :raises ValueError: it is no time
    """
    then = datetime.datetime.fromisoformat(timestamp)
    if then.tzinfo is None:
        then = then.replace(tzinfo=datetime.UTC)
    return max(0.0, time.time() - then.timestamp())
