# SPDX-License-Identifier: Apache-2.0

"""The columns of an event in, one plain sentence out.

It is made when it is shown, out of the columns and the words of a table. No
stored text is ever a pattern into which something is put, and each is made
harmless by itself before it stands beside others.
"""

from collections.abc import Mapping
from typing import Any
from typing import NamedTuple

from cadf_audit.taxonomy import RESOURCES
from cadf_audit.taxonomy import UNKNOWN
from cadf_audit.wording.shown import name_shown
from cadf_audit.wording.shown import shown
from cadf_audit.wording.words import is_listing
from cadf_audit.wording.words import Noun
from cadf_audit.wording.words import package_words
from cadf_audit.wording.words import SOMETHING
from cadf_audit.wording.words import Words

_SYSTEM = 'system'
_MONITOR = 'monitor'
_SUCCESS = 'success'
_SERVICE = 'service'
# How an event says that the service which it is about has seen it itself.
_OBSERVER_IS_TARGET = 'target'
# What is lost is told by the filter and the forwarder with this target.
_LOSSES = 'service/oss/monitoring'

_PATH_LIMIT = 100
_brackets = frozenset('()"')
_CHANGES = {'create': 'added', 'delete': 'removed', 'update': 'updated'}


class _Event(NamedTuple):
    """The columns that a sentence is made of, each a text."""

    kind: str
    action: str
    outcome: str
    reason: str
    user_id: str
    user: str
    address: str
    id: str
    name: str
    type_uri: str
    observer_id: str
    path: str

    @property
    def which(self) -> str:
        """What its target is called."""
        return name_shown(self.name or self.id)

    @property
    def is_of_service(self) -> bool:
        """Whether id and name are those of the service, whatever the type."""
        return self.type_uri.startswith(f'{_SERVICE}/') and self.is_observer

    @property
    def is_observer(self) -> bool:
        return self.observer_id in (_OBSERVER_IS_TARGET, self.id)


def sentence(row: Mapping[str, Any], words: Words | None = None) -> str:
    """Return what an event says, for people.

    ``admin deleted node n1: success (204), from 10.1.200.129``: one line, and
    nothing in it that cannot be printed, whatever the columns hold.

    :param row: the columns of the trail, by name; any may be missing
    :param words: the words; None for those of the package
    """
    words = words or package_words()
    event = _event(row)
    if event.kind == _MONITOR:
        return _observed(event, words) + _end(event, told=False)
    verb = words.verb(event.action)
    done = verb.past
    if event.outcome != _SUCCESS:
        done = f'tried to {verb.base}'
    return f'{_who(event)} {done}{_what(event, words)}{_end(event)}'


def kind_sentence(
    action: str | None, type_uri: str | None, words: Words | None = None
) -> str:
    """Return what a kind of event is about: ``delete a node``.

    :param action: its action
    :param type_uri: the typeURI of its target
    :param words: the words; None for those of the package
    """
    words = words or package_words()
    action, type_uri = _known(action), _known(type_uri)
    verb = words.verb(action or UNKNOWN).base
    if words.is_complete(action):
        return verb
    noun = words.noun(type_uri)
    return f'{verb} {noun.many if is_listing(action) else noun.any}'


def _event(row: Mapping[str, Any]) -> _Event:
    return _Event(
        kind=_known(row.get('kind')),
        action=_known(row.get('action')) or UNKNOWN,
        outcome=name_shown(row.get('outcome')) or UNKNOWN,
        reason=_bracketed(_known(row.get('reason_code'))),
        user_id=_known(row.get('initiator_id')),
        user=_known(row.get('initiator_name')),
        address=name_shown(_known(row.get('initiator_address'))),
        id=_known(row.get('target_id')),
        name=_known(row.get('target_name')),
        type_uri=_known(row.get('target_type_uri')),
        observer_id=_known(row.get('observer_id')),
        path=_known(row.get('request_path')),
    )


def _known(value: Any) -> str:
    """Return a text; an empty one for what an event does not know."""
    if not isinstance(value, str) or value == UNKNOWN:
        return ''
    return value


def _bracketed(value: str) -> str:
    """Return a text for between brackets, which tell where it ends."""
    text = shown(value)
    return name_shown(value) if _brackets & set(text) else text


def _who(event: _Event) -> str:
    if event.user_id == _SYSTEM:
        return 'the system'
    return name_shown(event.user or event.user_id) or 'somebody unknown'


def _what(event: _Event, words: Words) -> str:
    """Return what it was done to, with a blank in front."""
    if words.is_complete(event.action):
        return _as_whom(event)
    if event.is_of_service:
        return f' {_of_service(event, words)}'
    noun = words.noun(event.type_uri)
    if noun.is_many or is_listing(event.action):
        which = '' if event.is_observer else event.which
        return f' {noun.many} of {which}' if which else f' {noun.many}'
    return f' {_one(event, noun)}'


def _as_whom(event: _Event) -> str:
    """Return as whom somebody logged in who is nobody yet."""
    is_user = event.type_uri.endswith('/user') and not event.is_of_service
    if is_user and event.which and event.user_id != event.id:
        return f' as {event.which}'
    return ''


def _one(event: _Event, noun: Noun) -> str:
    which = event.which
    if not which or noun.is_definite:
        return noun.any
    if noun is SOMETHING:
        return which
    if which.casefold() == noun.one.casefold():
        # A name that says nothing.
        which = name_shown(event.id) or which
    return f'{noun.one} {which}'


def _of_service(event: _Event, words: Words) -> str:
    service = event.which
    noun = words.noun(event.type_uri)
    if event.type_uri in RESOURCES or noun.is_definite:
        return f'service {service}' if service else 'a service'
    if is_listing(event.action):
        return noun.many
    text = noun.any
    if service:
        text += f' of {service}'
    path = name_shown(event.path, _PATH_LIMIT)
    return f'{text} at {path}' if path else text


def _observed(event: _Event, words: Words) -> str:
    """Return what was seen to happen, whoever did it."""
    if event.type_uri == _LOSSES and event.action == _MONITOR:
        return f'events of {event.which or "a service"} were lost'
    noun = words.noun(event.type_uri)
    whole = words.part_of(event.type_uri)
    if whole and event.id:
        name = name_shown(event.name)
        is_name = name.casefold() not in ('', noun.one.casefold())
        text = f'{noun.one} {name}' if is_name else noun.one
        what = f'{text} of {whole} {name_shown(event.id)}'
    elif noun.is_many:
        what = f'{noun.many} of {event.which}' if event.which else noun.many
    else:
        what = _one(event, noun)
    was = 'were' if noun.is_many else 'was'
    past = _CHANGES.get(event.action) or words.verb(event.action).past
    if ' ' in past:
        return f'{name_shown(event.action)} happened to {what}'
    return f'{what} {was} {past}'


def _end(event: _Event, told: bool = True) -> str:
    """Return how it ended and where it came from.

    :param event: the event
    :param told: whether a success has to be said
    """
    text = ''
    if told or event.outcome != _SUCCESS:
        text = f': {event.outcome}'
        if event.reason:
            text += f' ({event.reason})'
    return f'{text}, from {event.address}' if event.address else text
