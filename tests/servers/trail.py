# SPDX-License-Identifier: Apache-2.0

"""What the processes of a server wrote in, the events of one request out."""

import json
import time

from tests.judge import assert_valid


def wait_until(condition):
    """Return whether a condition became true in good time."""
    deadline = time.monotonic() + 20
    while not (met := condition()) and time.monotonic() < deadline:
        time.sleep(0.005)
    return met


class Trail:
    """The notifications that the processes of a server wrote.

    Interactions are told apart by their User-Agent, which each event holds.

    :param path: the file that they write to
    """

    def __init__(self, path):
        self._path = path
        self._read = 0
        self._messages = []

    @property
    def messages(self):
        """Return all notifications up to now, in their order."""
        if self._path.exists():
            with self._path.open('rb') as file:
                file.seek(self._read)
                lines = file.read()
            complete, newline, _rest = lines.rpartition(b'\n')
            self._read += len(complete + newline)
            self._messages += map(json.loads, complete.splitlines())
        return self._messages

    def of(self, agent):
        """Return the notifications about the requests of one agent."""
        return [
            message
            for message in self.messages
            if message['payload']['initiator']['host'].get('agent') == agent
        ]

    def types(self, agent):
        """Return the types of the events about an agent's requests."""
        return [message['event_type'] for message in self.of(agent)]

    def wait_for(self, agent, count=2):
        """Return the notifications about an agent's requests.

        The answer may reach the client before the final event reaches the
        file, so this waits for as many notifications as there have to be.
        """
        wait_until(lambda: len(self.of(agent)) >= count)
        return self.of(agent)

    def pair(self, agent):
        """Return the two valid events of an agent's only request."""
        messages = self.wait_for(agent)
        assert [
            'audit.http.request',
            'audit.http.response',
        ] == self.types(agent), agent
        pending, final = [message['payload'] for message in messages]
        assert_valid(pending)
        assert_valid(final)
        assert 'pending' == pending['outcome']
        assert pending['id'] == final['id']
        return pending, final
