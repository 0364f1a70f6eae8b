# SPDX-License-Identifier: Apache-2.0

"""Events and questions that collide, and odd ones among them."""

from hypothesis import strategies as st

from tests.trail.parts import event
from tests.trail.query.naive import time_of

#: What is a name here, an id there, and stands in a question
TEXTS = [
    'a',
    'A',
    'b',
    'a/b',
    'a%b',
    'a_b',
    'axb',
    '\\',
    '\\u0000',
    '\0',
    '\ud800',
    '!a',
    '\\!a',
    'İ',
    'i̇',
    'ß',
    'SS',
    'Ä',
    'ä',
    'unknown',
    'null',
    '5',
    "' OR 1=1 --",
    'x' * 600,
    'x' * 511 + '…',
    'x' * 512,
    '😀' * 600,
]

# What is no text where one should be.
ODD = [None, '', 5, 0, True, False, 1.5, [], ['a'], {'a': 'b'}]

ACTIONS = [
    'update',
    'update/resize',
    'update/resize/a',
    'updates',
    'read',
    'read/list',
    'create',
    'delete',
    'authenticate',
    'Update',
    'a%b',
    'a//b',
    'a/',
    'x' * 600,
]
TYPES = [
    'compute',
    'compute/server',
    'compute/server/a',
    'compute/servers',
    'compute/baremetal/node',
    'service/security/account/user',
    'data/security/account/user',
    'data/file/log/trail',
    'data/file/log',
    'a_b',
    'axb/c',
    'unknown',
    'x' * 600,
]
ADDRESSES = [
    '192.0.2.7',
    '192.0.2.8',
    '::ffff:192.0.2.7',
    '::ffff:c000:0207',
    '::',
    '2001:db8::1',
    '2001:DB8:0::1',
    '2001:db8:1::1',
    '10.0.0.0',
    '255.255.255.255',
    'unix:',
    '192.0.2.7 ',
    'a',
]
NETWORKS = [
    '192.0.2.7',
    '192.0.2.0/24',
    '192.0.2.0/255.255.255.0',
    '192.0.2.6/31',
    '0.0.0.0/0',
    '::/0',
    '::ffff:192.0.2.0/120',
    '::ffff:0:0/96',
    '2001:db8::/48',
    '2001:db8::1',
    '2001:0db8::0001',
    '::',
]
PATHS = ['/v1/a', '/v1/A', '/v1', '/v2/a%b', '/v2/a_b', '/', '/ä/ß', 'x' * 600]
OUTCOMES = ['success', 'failure', 'unknown', 'Failure', 'odd']
CODES = ['200', '204', '404', '403', '4', '40', '4040', 404, '500', 'a', None]
KINDS = ['activity', 'monitor', 'control', 'odd', None]
TAGS = [
    'endpoint?value=API',
    'endpoint?value=UI',
    'endpoint?value=a',
    'correlation_id?value=a',
    'correlation_id?value=b',
    'a',
    'a?value=b',
    'a?value=',
    'ab?value=b',
    'A?value=b',
    '',
    'x' * 600,
    '\0',
]
TIMES = [
    '2026-11-20T04:00:00+00:00',
    '2026-11-20T04:59:59.999999+00:00',
    '2026-11-20T05:00:00+00:00',
    '2026-11-20T06:30:00+01:00',
    '2026-11-20T06:00:00',
    '0001-01-01T00:00:00+00:00',
    '9999-12-31T23:59:59.999999+00:00',
    '1969-12-31T23:59:59.999999+00:00',
]

USERS = ['u-1', 'u-2', 'unknown', '']
NAMES = ['u-1', 'u-2', 'admin', 'unknown']
PROJECTS = ['p-1', 'p-2', 'unknown', '']

texts = st.sampled_from(TEXTS)
odd = st.sampled_from(ODD)


def some(values, others=odd):
    """Return mostly one of some values, and seldom another one."""
    return st.integers(0, 9).flatmap(
        lambda chosen: others if chosen == 0 else st.sampled_from(values)
    )


_initiators = st.fixed_dictionaries(
    {},
    optional={
        'id': some(USERS, texts | odd),
        'name': some(NAMES, texts | odd),
        'project_id': some(PROJECTS, texts | odd),
        'domain_id': some(PROJECTS, texts | odd),
        'request_id': some(['req-1', 'req-2'], texts | odd),
        'global_request_id': some(['req-1', 'req-2'], texts | odd),
        'host': odd
        | st.fixed_dictionaries(
            {},
            optional={
                'address': some(ADDRESSES, texts | odd),
                'agent': some(TEXTS),
            },
        ),
    },
)
_targets = st.fixed_dictionaries(
    {},
    optional={
        'id': some(['n-1', 'n-2'], texts | odd),
        'name': some(['n-1', 'n-2'], texts | odd),
        'typeURI': some(TYPES, texts | odd),
        'project_id': some(PROJECTS, texts | odd),
    },
)
_observers = st.fixed_dictionaries(
    {},
    optional={
        'id': some(['s-1', 's-2'], texts | odd),
        'name': some(['s-1', 's-2'], texts | odd),
    },
)
_changes = st.fixed_dictionaries(
    {
        'eventType': some(KINDS, texts | odd),
        'action': st.sampled_from(ACTIONS),
        'outcome': st.sampled_from(OUTCOMES),
        'initiator': _initiators,
        'target': _targets,
        'observer': _observers,
        'eventTime': st.sampled_from(TIMES),
        'requestPath': some(PATHS, texts | odd),
        'tags': st.lists(st.sampled_from(TAGS), max_size=4) | st.none(),
        'reason': odd
        | st.fixed_dictionaries({'reasonCode': st.sampled_from(CODES)}),
    },
)


def _event(number, changes, by_reference):
    built = event(f'e-{number}', **changes)
    if by_reference:
        for name in ('initiator', 'target', 'observer'):
            if by_reference == name and isinstance(built[name].get('id'), str):
                built[f'{name}Id'] = built.pop(name)['id']
    return built


@st.composite
def events(draw, most=25):
    """Return some events, by their number."""
    number = draw(st.integers(0, most))
    return {
        each: _event(
            each,
            draw(_changes),
            draw(some([''], st.sampled_from(['initiator', 'target']))),
        )
        for each in range(1, number + 1)
    }


_values = {
    'owner': some([*USERS[:3], *NAMES], texts),
    'project': some(PROJECTS[:3], texts),
    'domain': some(PROJECTS[:3], texts),
    'action': some(
        ['update', 'update/', '/read', 'a'], st.sampled_from(ACTIONS)
    ),
    'outcome': st.sampled_from(['success', 'failure', 'unknown', 'FAILURE']),
    'status': st.sampled_from(['404', '4xx', '4XX', '2xx', '204', '500']),
    'target_type': some(
        ['compute', 'compute/server', 'a_b', 'axb', 'data'],
        st.sampled_from(TYPES),
    ),
    'target_id': some(['n-1', 'n-2'], texts),
    'target_name': some(['n-1', 'n-2'], texts),
    'observer': some(['s-1', 's-2'], texts),
    'address': st.sampled_from(NETWORKS),
    'agent': texts.filter(lambda text: len(text) <= 512),
    'path': st.sampled_from(PATHS) | texts,
    'tag': st.sampled_from([each for each in TAGS if each])
    | st.sampled_from(['endpoint', 'correlation_id', 'ab']),
    'request_id': some(['req-1', 'req-2'], texts),
    'category': st.sampled_from(['NODE', 'node', 'Trail', 'TRAIL', 'OTHER']),
    'level': st.sampled_from(['AUDIT', 'INFO', 'warning', 'ERROR', 'DEBUG']),
    'kind': st.sampled_from(['activity', 'monitor', 'control', 'ACTIVITY']),
    'endpoint': st.sampled_from(['API', 'ui', 'CLI']),
    'q': texts.filter(lambda text: len(text) <= 512)
    | st.sampled_from(['u-', 'N-1', 'e-1', 'req', '/', ' ', '%', '_']),
}


@st.composite
def filters(draw, most=3):
    """Return names and values of filters, some of them negated."""
    pairs = []
    for name in draw(
        st.lists(st.sampled_from(sorted(_values)), max_size=most)
    ):
        value = draw(_values[name])
        mark = '!' if name != 'level' and draw(st.integers(0, 3)) == 0 else ''
        if not mark and value.startswith(('!', '\\')):
            mark = '\\'
        pairs.append((name, mark + value))
    return pairs


@st.composite
def windows(draw):
    """Return a window of time, or no bound at one of its ends."""
    both = st.tuples(st.sampled_from(TIMES), st.sampled_from(TIMES))
    since, until = sorted(draw(both), key=time_of)
    chosen = draw(st.sampled_from(['', '', 'from', 'to', 'both']))
    pairs = []
    if chosen in ('from', 'both'):
        pairs.append(('from', since))
    if chosen == 'to' or (
        chosen == 'both' and time_of(since) < time_of(until)
    ):
        pairs.append(('to', until))
    return pairs


@st.composite
def pages(draw, most=25):
    """Return which page is asked for."""
    pairs = []
    limit = draw(st.sampled_from(['', '1', '2', '3', '10']))
    if limit:
        pairs.append(('limit', limit))
    for name in ('before', 'after'):
        if draw(st.booleans()):
            pairs.append((name, str(draw(st.integers(0, most + 3)))))
    order = draw(st.sampled_from(['', '', 'oldest', 'newest']))
    if order:
        pairs.append(('order', order))
    return pairs
