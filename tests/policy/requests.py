# SPDX-License-Identifier: Apache-2.0

"""What a rule can ask of a request, made by hand."""

import dataclasses
import textwrap

from cadf_audit.policy.decide import Policy
from cadf_audit.policy.document import load_policy
from tests.harness import call
from tests.harness import event_log


@dataclasses.dataclass
class Asked:
    """A request of which everything is known."""

    method: str = 'GET'
    path: str = '/'
    users: tuple = ()
    project: str | None = None
    roles: tuple = ()
    address: str | None = '192.0.2.7'
    action: str = 'read'
    target_type: str = 'service/compute'


class Reluctant(Asked):
    """A request of which some facts may not be asked for."""

    def __init__(self, *kept, **facts):
        super().__init__(**facts)
        self.kept = kept

    def __getattribute__(self, name):
        """Return a fact."""
        own = object.__getattribute__(self, '__dict__')
        assert name not in own.get('kept', ()), f'{name} was asked for'
        return object.__getattribute__(self, name)


def write(directory, rules):
    """Return the path of a policy file with these rules."""
    path = directory / 'policy.yaml'
    path.write_text(f'version: 1\nrules:\n{textwrap.dedent(rules)}')
    return path


def decide(directory, rules, **facts):
    """Return the level and the number of the rule that decides."""
    document = load_policy(str(write(directory, rules)))
    decision = Policy(document.rules).decide(Asked(**facts))
    return decision.level.name.lower(), decision.rule


def levels(app, *requests):
    """Return for each request how many events it leaves."""
    with event_log() as log:
        counts = []
        for request in requests:
            before = len(log.events)
            call(app, request)
            counts.append(
                sum(
                    message['event_type'].startswith('audit.http')
                    for message in log.messages[before:]
                )
            )
    return counts
