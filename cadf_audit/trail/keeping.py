# SPDX-License-Identifier: Apache-2.0

"""An event in, whether a policy keeps it in the trail out."""

from collections.abc import Sequence
import dataclasses
import logging
from typing import Any
from urllib.parse import unquote_to_bytes

from cadf_audit.delivery.lost import is_loss
from cadf_audit.policy.keep import Ended
from cadf_audit.policy.keep import Keep
from cadf_audit.policy.rule import Rule
from cadf_audit.trail.decoding import Notification
from cadf_audit.trail.reading import Row

LOG = logging.getLogger(__name__)

# What kind of event tells of a decision about others, a policy for example.
_CONTROL = 'control'


@dataclasses.dataclass(frozen=True)
class KeepPolicy:
    """What an operator wrote about what is kept.

    :param path: the file
    :param rules: the rules, in their order
    :param digest: their hash
    """

    path: str
    rules: Sequence[Rule]
    digest: str


class Keeping:
    """Decides which final events are kept.

    No rule leaves out an event of eventType control, nor one that tells of
    lost events: whoever may write rules could hide what they do with them.

    :param policy: what the operator wrote
    """

    def __init__(self, policy: KeepPolicy) -> None:
        self._keep = Keep(policy.rules)

    def keeps(self, notification: Notification, row: Row) -> bool:
        """Say whether a final event is kept.

        :param notification: the notification
        :param row: the columns of its event
        """
        try:
            return (
                row['kind'] == _CONTROL
                or is_loss(notification.payload)
                or self._keep.keeps(_ended(notification.payload))
            )
        except Exception as exc:
            # What is there too much can be deleted, what is lost is lost.
            LOG.error(
                'an event is kept, since no rule could be asked: %s',
                type(exc).__name__,
            )
            return True


def _ended(payload: dict[str, Any]) -> Ended:
    """Return what rules ask of an event.

    Not of its columns: these are cut, and who makes a path long enough would
    choose what rules see of it.
    """
    initiator, target, observer = (
        _part(payload, name) for name in ('initiator', 'target', 'observer')
    )
    # CADF lets an event refer to another part of itself.
    observer = {'target': target, 'initiator': initiator}.get(
        _text(observer, 'id'), observer
    )
    path = _text(payload, 'requestPath').partition('?')[0]
    if '%' in path or not path.isascii():
        path = unquote_to_bytes(path.encode('utf-8', 'surrogatepass')).decode(
            'latin-1'
        )
    return Ended(
        path,
        (_text(initiator, 'id'), _text(initiator, 'name')),
        _text(initiator, 'project_id'),
        _text(_part(initiator, 'host'), 'address'),
        _text(payload, 'action'),
        _text(target, 'typeURI'),
        _text(payload, 'outcome'),
        _text(_part(payload, 'reason'), 'reasonCode'),
        (_text(observer, 'id'), _text(observer, 'name')),
    )


def _part(parent: dict[str, Any], name: str) -> dict[str, Any]:
    value = parent.get(name)
    if isinstance(value, dict):
        return value
    # Or it is a reference.
    return {'id': parent.get(f'{name}Id')}


def _text(parent: dict[str, Any], name: str) -> str:
    value = parent.get(name)
    if type(value) is int:
        return str(value)
    return value if isinstance(value, str) else ''
