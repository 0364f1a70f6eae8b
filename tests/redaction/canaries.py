# SPDX-License-Identifier: Apache-2.0

"""Strategies for secrets in all kinds of places, and who looks for them."""

import base64
import json
import re
import urllib.parse

from hypothesis import strategies as st

from cadf_audit.redaction.names import PARAMETER
from cadf_audit.redaction.names import RULES

#: no text of ours has it, and each canary has it three times
MARK = 'hush'

NAMES = [rule.hides for rule in RULES if rule.place != PARAMETER]
HARMLESS = ['name', 'server', 'limit', 'a b', 'volumes', 'note', 'Größe', 'x']

#: what stands around the marks; quotes, brackets and all that ends a value
junk = st.text(
    st.one_of(
        st.sampled_from('"\'`\\{}[]()<>=:;,&% \t|@/?#+-_.!$^*~\u00fc\u4e2d'),
        st.characters(codec='ascii', categories=['L', 'N']),
    ),
    max_size=6,
)
#: secrets of any kind
canaries = st.tuples(junk, junk, junk, junk).map(
    lambda parts: MARK.join(parts)
)
#: those that end at a blank or an ampersand
words = canaries.map(lambda text: re.sub(r'[\s&]', '', text))
names = st.sampled_from(NAMES).flatmap(
    lambda name: st.sampled_from([name, name.upper(), name.title()])
)
harmless = st.sampled_from(HARMLESS)

scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.sampled_from(['', 'v', 'a=1'])
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(harmless, inner, max_size=3),
    ),
    max_leaves=6,
)


def hold(secret):
    """Return a strategy for values that hold a secret anywhere inside."""
    return st.recursive(
        st.just(secret),
        lambda inner: st.one_of(
            inner.map(lambda each: [1, each]),
            st.tuples(harmless, inner).map(lambda pair: {pair[0]: pair[1]}),
            inner.map(json.dumps),
            # Names can be secrets as well.
            st.just({secret: True}),
        ),
        max_leaves=3,
    )


def member(name, held, other):
    """Return an object with a secret under a telling name."""
    if name.lower() == 'payload' and not isinstance(held, str):
        # An object is what a notification is about, and looked into.
        held = json.dumps(held)
    return {'first': other, name: held, 'last': other}


members = st.builds(member, names, canaries.flatmap(hold), values)
#: the same, said in other words
spelled = st.one_of(
    members,
    st.tuples(
        names,
        canaries,
        st.sampled_from(['name', 'key', 'output_key', 'ParameterKey']),
        st.sampled_from(['value', 'Value', 'output_value', 'default']),
    ).map(lambda parts: {parts[2]: parts[0], parts[3]: parts[1]}),
    st.tuples(names, canaries).map(
        lambda pair: {
            'auth': {'scope': {pair[0]: pair[1]}, 'identity': {'a': pair[1]}},
            'token': {'user': {'name': 'n', pair[0]: pair[1]}, 'id': pair[1]},
        }
    ),
    st.tuples(names, canaries).map(
        lambda pair: {'op': 'add', 'path': f'/a/{pair[0]}', 'value': pair[1]}
    ),
    st.tuples(names, canaries).map(lambda pair: [['a', 'b'], [*pair]]),
)


def to_base64(value):
    """Return JSON in base64."""
    return base64.b64encode(json.dumps(value).encode()).decode()


def to_url_base64(value):
    """Return JSON in the base64 of URLs, without its padding."""
    text = base64.urlsafe_b64encode(json.dumps(value).encode()).decode()
    return text.rstrip('=')


ENCODINGS = [
    lambda value: [value],
    lambda value: {'inner': value, 'x': 1},
    lambda value: json.dumps(value),
    lambda value: json.dumps(value, indent=1, ensure_ascii=False),
    lambda value: f'failed: {json.dumps(value)} was sent',
    lambda value: urllib.parse.quote(json.dumps(value)),
    to_base64,
    to_url_base64,
]


@st.composite
def documents(draw, most=3):
    """Return a value of JSON with a canary in it, in several encodings."""
    value = draw(spelled)
    for encode in draw(st.lists(st.sampled_from(ENCODINGS), max_size=most)):
        value = encode(value)
    return {'top': draw(values), 'payload_of': value}


def in_the_clear(value):
    """Return all that can be read out of a value, in any encoding of ours."""
    seen, waiting = [], [value]
    while waiting and len(seen) < 10000:
        each = waiting.pop()
        if isinstance(each, dict):
            waiting += [*each, *each.values()]
        elif isinstance(each, list | tuple):
            waiting += each
        elif isinstance(each, str):
            seen.append(each)
            waiting += decoded(each)
    return '\n'.join(seen)


def decoded(text):
    """Yield what a text may be the encoding of."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        pass
    else:
        if value != text:
            yield value
    plain = urllib.parse.unquote_plus(text)
    if plain != text:
        yield plain
    for run in re.findall(r'[A-Za-z0-9+/_-]{12,}', text):
        run = run.replace('-', '+').replace('_', '/')
        try:
            yield base64.b64decode(run + '=' * (-len(run) % 4)).decode()
        except ValueError:
            continue
