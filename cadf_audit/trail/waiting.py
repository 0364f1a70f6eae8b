# SPDX-License-Identifier: Apache-2.0

"""Sources in, how many messages wait at each of them out; none is taken."""

from collections.abc import Sequence
import dataclasses
import threading
import time

from cadf_audit.trail.sources import Source
from cadf_audit.trail.sources import SourceError

#: seconds until a source has to have answered
PATIENCE = 5.0


@dataclasses.dataclass(frozen=True)
class Waiting:
    """What waits at a source.

    :param name: the name of the source
    :param number: how many messages; None where it cannot be known now
    :param problem: why it cannot
    """

    name: str
    number: int | None = None
    problem: str = ''


def count_waiting(sources: Sequence[Source]) -> list[Waiting]:
    """Return what waits at each source, in their order.

    A source that does not answer keeps neither the others waiting nor, for
    longer than a few seconds, whoever asks.

    :param sources: whom to ask
    """
    answers: dict[int, Waiting] = {}

    def ask(number: int, source: Source) -> None:
        try:
            answer = Waiting(source.name, source.waiting())
        except SourceError as exc:
            answer = Waiting(source.name, problem=str(exc))
        except Exception as exc:
            # Also an error of ours: all else can be told.
            answer = Waiting(source.name, problem=f'{source.name}: {exc!r}')
        answers[number] = answer

    threads = [
        # Whoever hangs in a system call has not to be waited for at the end.
        threading.Thread(target=ask, args=each, daemon=True)
        for each in enumerate(sources)
    ]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + PATIENCE
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    silence = f'no answer within {PATIENCE:g} seconds'
    return [
        answers.get(
            number, Waiting(source.name, problem=f'{source.name}: {silence}')
        )
        for number, source in enumerate(sources)
    ]
