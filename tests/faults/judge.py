# SPDX-License-Identifier: Apache-2.0

"""Requests and the messages that arrived in, what is missing out."""

import collections
import dataclasses

PENDING = 'audit.http.request'
FINAL = 'audit.http.response'


@dataclasses.dataclass
class Verdict:
    """What holds of a trail.

    :param answered: how many requests were answered
    :param refused: how many were answered with 503
    :param lost: the answered requests without a pair of events
    :param unfinished: requests, answered or not, with one event of two
    :param surplus: requests with more events than two
    :param disordered: what arrived before something that was older
    :param ended_by_others: how many final events somebody else wrote
    :param duplicates: how many messages arrived more than once
    :param reported: interactions that monitor events tell of, by reason
    """

    answered: int
    refused: int
    lost: list
    unfinished: list
    surplus: list
    disordered: list
    ended_by_others: int
    duplicates: int
    reported: collections.Counter

    @property
    def complete(self):
        """Whether nothing is missing."""
        return not self.lost and not self.unfinished


def judge(requests, messages, one_at_a_time=True):
    """Compare what clients saw with what arrived.

    :param requests: the requests that were sent
    :param messages: what arrived, in the order of its arrival, duplicates
        included
    :param one_at_a_time: whether each process had one request at a time
    """
    first = deduplicated(messages)
    by_path = collections.defaultdict(list)
    for message in first:
        if message['event_type'] in (PENDING, FINAL):
            by_path[message['payload']['requestPath']].append(message)
    asked = {request.path: request for request in requests}
    lost, unfinished, surplus = [], [], []
    for path, request in asked.items():
        types = sorted(each['event_type'] for each in by_path[path])
        if request.answered and not types:
            lost.append(path)
        elif types in ([PENDING], [FINAL]):
            (lost if request.answered else unfinished).append(path)
        elif types and types != [PENDING, FINAL]:
            surplus.append(path)
    ours = [
        message
        for path in asked
        for message in by_path[path]
        if message['event_type'] == FINAL
    ]
    return Verdict(
        sum(request.answered for request in requests),
        sum(request.refused for request in requests),
        lost,
        unfinished,
        surplus,
        list(find_disorder(first, one_at_a_time)),
        sum(map(is_ended_by_others, ours)),
        len(messages) - len(first),
        reported(first),
    )


def deduplicated(messages):
    """Return the messages in the order in which each arrived first."""
    first = {}
    for message in messages:
        first.setdefault(message['message_id'], message)
    return list(first.values())


def is_ended_by_others(message):
    """Say whether a final event was written for a process that had ended."""
    reason = message['payload'].get('reason', {})
    return reason.get('reasonCode') == 'worker ended'


def find_disorder(messages, one_at_a_time):
    """Yield the paths of the events that came before an older one.

    The application numbers the requests of each process.

    :param messages: the messages without duplicates
    :param one_at_a_time: whether each process had one request at a time
    """
    begun = set()
    latest = collections.defaultdict(int)
    for message in messages:
        if message['event_type'] not in (PENDING, FINAL):
            continue
        payload = message['payload']
        process, number = payload['initiator']['host']['agent'].split()
        if message['event_type'] == PENDING:
            begun.add(payload['id'])
            if one_at_a_time and int(number) <= latest[process]:
                yield payload['requestPath']
            latest[process] = int(number)
        elif payload['id'] not in begun or (
            one_at_a_time and int(number) != latest[process]
        ):
            yield payload['requestPath']


def reported(messages):
    """Return how much the monitor events say was lost, by their reasons.

    :param messages: the messages without duplicates
    """
    found = collections.Counter()
    for message in messages:
        payload = message['payload']
        if payload['eventType'] == 'monitor':
            [measurement] = payload['measurements']
            found[payload['reason']['reasonCode']] += measurement['result']
    return found
