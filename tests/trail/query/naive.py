# SPDX-License-Identifier: Apache-2.0

"""Events and a question in, what has to be the answer out, without a database.

It looks at all events one after the other, as they were sent, and knows no
column, no index and no statement.
"""

import datetime
import ipaddress
import json

from cadf_audit.wording.categories import LEVELS
from cadf_audit.wording.categories import load_categories

LONGEST = 512

TRAIL = 'data/file/log/trail'

CATEGORIES = load_categories()


def written(value):
    """Return a value of an event as people are shown it, or None."""
    if value is None or value == '':
        return None
    if not isinstance(value, str):
        value = json.dumps(value, ensure_ascii=False)
    return asked(value)


def asked(value):
    """Return a text of any length and content as a database takes it."""
    value = ''.join(
        f'\\u{ord(each):04x}'
        if each == '\0' or 0xD800 <= ord(each) <= 0xDFFF
        else each
        for each in value
    )
    return value if len(value) <= LONGEST else value[: LONGEST - 1] + '…'


def field(event, *names):
    """Return what an event says somewhere, as people are shown it."""
    return written(_raw(event, *names))


def _raw(event, *names):
    first, *rest = names
    if event.get(first) is None and f'{first}Id' in event:
        event = {first: {'id': event[f'{first}Id']}}
    value = event.get(first)
    for name in rest:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def begun(event):
    """Return when an event began."""
    return time_of(event['eventTime'])


def time_of(text):
    """Return the time that a text says, UTC where it names no zone."""
    time = datetime.datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=datetime.UTC)


def tags(event):
    """Return the tags of an event; of two endpoints, the first one counts."""
    found = []
    for tag in event.get('tags') or ():
        name = tag.partition('=')[0]
        if name not in ('endpoint?value', 'correlation_id?value') or all(
            not each.startswith(name + '=') for each in found
        ):
            found.append(tag)
    return found


def endpoint(event):
    """Return where an event came in."""
    start = 'endpoint?value='
    return next(
        (tag[len(start) :] for tag in tags(event) if tag.startswith(start)),
        None,
    )


def category(event):
    """Return what an event is called."""
    return CATEGORIES.of(
        field(event, 'eventType'),
        field(event, 'action'),
        field(event, 'target', 'typeURI'),
    )


def one_of(*places):
    """Return what finds a text that one of some fields is."""
    return lambda event, value: (
        asked(value) in [field(event, *place) for place in places]
    )


def below(*place):
    """Return what finds a place in the taxonomy, and what is below it."""

    def find(event, value):
        value = asked(value).strip('/')
        found = field(event, *place) or ''
        return found == value or found.startswith(value + '/')

    return find


def lower(text):
    """Return a text with its ASCII letters, and no others, in lower case."""
    return ''.join(
        each.lower() if 'A' <= each <= 'Z' else each for each in text
    )


def contains(*places):
    """Return what finds a part of one of some fields."""
    return lambda event, value: any(
        lower(asked(value)) in lower(field(event, *place) or '')
        for place in places
    )


def has_status(event, value):
    """Say whether an event ended with a status, or one of a class."""
    code = field(event, 'reason', 'reasonCode') or ''
    if value.lower().endswith('xx'):
        return len(code) == 3 and code[0] == value[0]
    return code == value


def has_address(event, value):
    """Say whether a client came from an address or a network."""
    try:
        address = _mapped(ipaddress.ip_address(str(_raw(event, *ADDRESS))))
    except ValueError:
        return False
    network = ipaddress.ip_network(value, strict=False)
    ends = network.network_address, network.broadcast_address
    return _mapped(ends[0]) <= address <= _mapped(ends[1])


def _mapped(address):
    if address.version == 4:
        return ipaddress.IPv6Address(f'::ffff:{address}')
    return address


def has_tag(event, value):
    """Say whether an event has a tag, or one with that name."""
    value = asked(value)
    found = [written(tag) for tag in tags(event) if tag]
    if '?value=' in value:
        return value in found
    return any(f'{tag}?value='.startswith(f'{value}?value=') for tag in found)


def has_level(event, value):
    """Say whether an event is of a level, or of one above it."""
    return LEVELS[category(event).level] >= LEVELS[value.upper()]


ADDRESS = ('initiator', 'host', 'address')
AGENT = ('initiator', 'host', 'agent')

IS_IT = {
    'owner': one_of(('initiator', 'id'), ('initiator', 'name')),
    'project': one_of(('initiator', 'project_id'), ('target', 'project_id')),
    'domain': one_of(('initiator', 'domain_id')),
    'action': below('action'),
    'outcome': lambda event, value: event['outcome'] == value.lower(),
    'status': has_status,
    'target_type': below('target', 'typeURI'),
    'target_id': one_of(('target', 'id')),
    'target_name': one_of(('target', 'name')),
    'observer': one_of(('observer', 'id'), ('observer', 'name')),
    'address': has_address,
    'agent': contains(AGENT),
    'path': lambda event, value: (
        field(event, 'requestPath') or ''
    ).startswith(asked(value)),
    'tag': has_tag,
    'request_id': one_of(
        ('initiator', 'request_id'), ('initiator', 'global_request_id')
    ),
    'category': lambda event, value: category(event).name == value.upper(),
    'level': has_level,
    'kind': lambda event, value: field(event, 'eventType') == value.lower(),
    'endpoint': lambda event, value: endpoint(event) == value.upper(),
    'q': contains(
        ('initiator', 'name'),
        ('initiator', 'id'),
        ('target', 'name'),
        ('target', 'id'),
        ('target', 'typeURI'),
        ('action',),
        ('requestPath',),
        AGENT,
        ('initiator', 'request_id'),
        ('id',),
    ),
}


def may_see(viewer, event):
    """Say whether somebody may see an event."""
    if viewer.sees_all:
        return True
    if viewer.project_id:
        own, places = viewer.project_id, ('initiator', 'target')
        found = [field(event, place, 'project_id') for place in places]
    else:
        own, found = viewer.user_id, [field(event, 'initiator', 'id')]
    return own not in (None, '', 'unknown') and own in found


def is_reading(event):
    """Say whether an event tells that somebody read the trail."""
    action = field(event, 'action').partition('/')[0]
    return (action, field(event, 'target', 'typeURI')) == ('read', TRAIL)


def fits(event, pairs):
    """Say whether an event is what names and values ask for."""
    wanted, is_hidden = {}, is_reading(event)
    for name, value in pairs:
        if name == 'from' and begun(event) < time_of(value):
            return False
        if name == 'to' and begun(event) >= time_of(value):
            return False
        if name not in IS_IT:
            continue
        if value.startswith('!'):
            if IS_IT[name](event, value[1:]):
                return False
            continue
        if value.startswith(('\\!', '\\\\')):
            value = value[1:]
        wanted.setdefault(name, []).append(value)
        if (name, value.upper()) == ('category', 'TRAIL') or (
            (name, value.strip('/')) == ('target_type', TRAIL)
        ):
            is_hidden = False
    return not is_hidden and all(
        any(IS_IT[name](event, value) for value in values)
        for name, values in wanted.items()
    )


def answer(events, viewer, pairs):
    """Return the numbers of the events that are the answer, in order.

    :param events: all of them, by their number
    :param viewer: who asks
    :param pairs: names and values of the question
    """
    return [
        number
        for number, event in sorted(events.items())
        if may_see(viewer, event) and fits(event, pairs)
    ]


def page(found, pairs):
    """Return the numbers of the events on a page.

    :param found: those of the answer
    :param pairs: names and values of the question
    """
    said = dict(pairs)
    after, before = said.get('after'), said.get('before')
    limit = int(said.get('limit', 100))
    near = [
        number
        for number in found
        if (after is None or number > int(after))
        and (before is None or number < int(before))
    ]
    oldest_first = said.get('order') == 'oldest'
    first = oldest_first
    if (after is None) != (before is None):
        first = after is not None
    near = near[:limit] if first else near[-limit:]
    return near if oldest_first else near[::-1]
