# SPDX-License-Identifier: Apache-2.0

"""Secrets go in, in any nesting and encoding; none of them comes out."""

import json
import re
import urllib.parse

from hypothesis import assume
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
import pytest

from cadf_audit.redaction.document import is_harmless
from cadf_audit.redaction.free_text import FreeText
from cadf_audit.redaction.hiding import Hider
from cadf_audit.redaction.names import Names
from cadf_audit.redaction import Redactor
from tests.redaction import canaries
from tests.redaction.canaries import in_the_clear
from tests.redaction.canaries import MARK

MODES = {
    'mask': Redactor(),
    'drop': Redactor(mode='drop'),
    'hash': Redactor(mode='hash', key=b'k' * 32),
}
MANY = settings(max_examples=300, deadline=None)

modes = st.sampled_from([*MODES])


@given(document=canaries.documents(), mode=modes)
@MANY
def test_no_secret_of_a_document_comes_out(document, mode):
    """Whatever the nesting, the encoding and the secret itself."""
    redacted = MODES[mode].document(document)

    assert MARK in in_the_clear(document)
    assert MARK not in in_the_clear(redacted)


@given(
    document=canaries.documents(2),
    mode=modes,
    end=st.floats(0, 1),
    indent=st.sampled_from([None, 2]),
)
@MANY
def test_no_secret_of_a_broken_document_comes_out(document, mode, end, indent):
    """A body that was cut is read as free text, and hides no less."""
    text = json.dumps(document, indent=indent)
    text = text[: round(len(text) * end)]

    assert MARK not in in_the_clear(MODES[mode].text(text))


@given(
    pairs=st.lists(st.tuples(canaries.names, canaries.canaries)), mode=modes
)
@MANY
def test_no_secret_of_a_form_comes_out(pairs, mode):
    """Nor of the query string that has the same form."""
    text = urllib.parse.urlencode([('a', 'b'), *pairs, ('c', 'd')])
    redactor = MODES[mode]

    assert MARK not in in_the_clear(redactor.form(text))
    assert MARK not in in_the_clear(redactor.query(text))
    assert [('a', 'b'), ('c', 'd')] == [
        pair for pair in redactor.form(text) if pair[0] in ('a', 'c')
    ]


@given(document=canaries.documents(2), mode=modes)
@MANY
def test_no_secret_inside_of_a_form_comes_out(document, mode):
    """JSON as the value of a parameter, or in the place of a form."""
    text = json.dumps(document)
    redactor = MODES[mode]

    for form in (urllib.parse.urlencode({'a': text}), text, f'x{text}'):
        assert MARK not in in_the_clear(redactor.form(form))
    query = urllib.parse.urlencode({'a': text})
    assert MARK not in in_the_clear(redactor.query(query))


def xml(name):
    """Return a name as that of an element."""
    return re.sub(r'[^\w:.]+', '-', name).rstrip('-')


TEXTS = {
    'assigned': lambda name, word: f'with {name}={word} it failed',
    'told': lambda name, word: f'with {name}: {word}\nit failed',
    'header': lambda name, word: f'{name}: Bearer {word}',
    'spaced': lambda name, word: f'{name} = {word} x\nit failed',
    'repr': lambda name, word: f'KeyError: { ({name: word, "a": 1})!r} there',
    'json': lambda name, word: f'got {json.dumps({name: word, "a": [1]})}',
    'escaped': lambda name, word: json.dumps(json.dumps({name: word})) + '.',
    'arrow': lambda name, word: f'{{"{name}"=>{json.dumps(word)}}}',
    'url': lambda name, word: (
        f'GET http://h/p?a=1&{name}={urllib.parse.quote(word, "")}&b=2 x'
    ),
    'xml': lambda name, word: (
        f'<a><{xml(name)}>{word.replace("<", "")}</{xml(name)}></a>'
    ),
    'option': lambda name, word: f'run --{name} x{word} --other',
    'user': lambda name, word: (
        f'to amqp://{name}:{urllib.parse.quote(word, "")}@host:5672/ now'
    ),
    'quoted': lambda name, word: urllib.parse.quote(f'{name}={word}', ''),
}


@pytest.mark.parametrize('form', TEXTS)
@given(name=canaries.names, word=canaries.words, mode=modes)
@settings(max_examples=60, deadline=None)
def test_no_secret_of_a_free_text_comes_out(form, name, word, mode):
    """However an error says it."""
    text = TEXTS[form](name, word)

    assert MARK not in in_the_clear(MODES[mode].text(text))


@given(text=st.text())
@MANY
def test_any_text_is_redacted_without_an_error(text):
    """What was redacted once has nothing left to redact."""
    once = MODES['mask'].text(text)

    assert once == MODES['mask'].text(once)


@given(
    text=st.text(
        st.sampled_from('aAeyJgKI0-/_. ,@#+basicBEARER:=\u0661\uff50'),
        max_size=60,
    )
)
@MANY
def test_what_looks_harmless_at_once_is_harmless(text):
    """The short cut for most texts leaves out nothing that matters."""
    hides = Names().hide
    slow = FreeText(hides, hides, Hider(), lambda text, depth: False)

    assume(is_harmless(text))

    assert text == slow.clean(text, 0)
