# SPDX-License-Identifier: Apache-2.0

"""What the filter made of a request in, a text for people out."""

from collections.abc import Sequence
import json
import os
import re
from typing import Any

from cadf_audit.cli.exchange import Exchange
from cadf_audit.cli.explained_redaction import Withheld
from cadf_audit.cli.explanation import Explanation
from cadf_audit.wording.printable import printable

_KEY = re.compile(r'^(\s*)("(?:[^"\\]|\\.)*")(:)', re.MULTILINE)

# What a terminal may not show as it is.
_UNSEEN = re.compile(r'[^\n -~]')

_BOLD, _DIM, _CYAN, _GREEN = '1', '2', '36', '32'
_OUTCOMES = {
    'pending': '33',
    'success': '32',
    'failure': '31',
    'unknown': '35',
}


class ExplanationText:
    """Writes an explanation for people.

    :param colours: whether in colours
    """

    def __init__(self, colours: bool) -> None:
        self._colours = colours

    def of(
        self,
        explanation: Explanation,
        path: str,
        exchange: Exchange,
        policy: str,
        withheld: Sequence[Withheld],
    ) -> dict[str, str]:
        """Return its parts by their names."""
        rule = explanation.rule
        return {
            'map': printable(f'{exchange.method} {exchange.url}')
            + f'\nby {printable(path)}\n',
            'steps': self._steps(
                [(printable(a), printable(b)) for a, b in explanation.steps]
            ),
            'rule': 'rule: '
            + self._paint(printable(rule.text) or 'none', _BOLD)
            + (f', line {rule.line}\n' if rule.line else '\n'),
            'policy': self._decision(explanation, policy),
            'redacted': self._redacted(withheld),
            'events': '\n'.join(
                self._event(*each) for each in explanation.events
            )
            or 'This request is not audited: there is no event.\n',
        }

    def _steps(self, steps: Sequence[tuple[str, str]]) -> str:
        width = min(max((len(seen) for seen, _ in steps), default=0), 40)
        return ''.join(
            f'  {self._paint(seen.ljust(width), _CYAN)}  {meaning}\n'
            for seen, meaning in steps
        )

    def _decision(self, explanation: Explanation, policy: str) -> str:
        if explanation.ignored is not None:
            level = self._paint('none', _BOLD)
            return f'level: {level}, by {explanation.ignored}\n'
        decision = explanation.decision
        if decision is None:
            return ''
        level = self._paint(decision.level.name.lower(), _BOLD)
        if not decision.rule:
            return f'level: {level}, by no rule of {printable(policy)}\n'
        return (
            f'level: {level}, by rule {decision.rule} of {printable(policy)}, '
            f'line {decision.line}\n'
        )

    def _redacted(self, withheld: Sequence[Withheld]) -> str:
        if not withheld:
            return ''
        return 'redacted:\n' + ''.join(
            f'  {self._paint(each.where.ljust(8), _CYAN)}  '
            f'{printable(each.part)}: {each.why}\n'
            for each in withheld
        )

    def _event(self, event_type: str, event: dict[str, Any]) -> str:
        outcome = event['outcome']
        document = _UNSEEN.sub(
            lambda found: (
                found[0]
                if found[0].isprintable()
                else json.dumps(found[0])[1:-1]
            ),
            json.dumps(event, indent=2, ensure_ascii=False),
        )
        if self._colours:
            document = _KEY.sub(
                lambda found: found[1] + self._paint(found[2], _DIM) + ':',
                document,
            )
        return (
            f'{self._paint(event_type, _BOLD)}: '
            f'{self._paint(outcome, _OUTCOMES.get(outcome, _BOLD))}, '
            f'{self._paint(event["action"], _GREEN)} of '
            f'{event["target"]["typeURI"]} '
            f'{printable(event["target"]["id"])}\n'
            f'{document}\n'
        )

    def _paint(self, text: str, colour: str) -> str:
        return f'\x1b[{colour}m{text}\x1b[0m' if self._colours else text


def colours(output: Any) -> bool:
    """Say whether somebody looks at the output who likes colours.

    :param output: the standard output
    """
    if os.environ.get('NO_COLOR') or os.environ.get('TERM') == 'dumb':
        return False
    return bool(output.isatty())
