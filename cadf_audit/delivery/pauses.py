# SPDX-License-Identifier: Apache-2.0

"""How long to wait before the next try: longer and longer, up to a bound."""

from collections.abc import Iterator
import random

#: seconds between two tries, at first and at most
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0


def pauses() -> Iterator[float]:
    """Yield how many seconds to wait after each failure."""
    pause = FIRST_PAUSE
    while True:
        # Jitter: not every worker knocks at the same moment.
        yield pause * random.uniform(0.5, 1)  # noqa: S311
        pause = min(2 * pause, LONGEST_PAUSE)
