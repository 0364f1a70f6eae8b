# SPDX-License-Identifier: Apache-2.0

"""What an event tells of the bodies of its request, and what it never does."""

import gzip
import json

import pytest

from cadf_audit.audit_map.resources import PayloadRules
from cadf_audit.middleware.evidence import Evidence
from cadf_audit.middleware.evidence import Recording
from cadf_audit.middleware.payload import Payloads
from cadf_audit.middleware.recording import request_body
from cadf_audit.redaction import Redactor
from tests.payloads import FORM
from tests.payloads import JSON
from tests.payloads import payload
from tests.payloads import request_of
from tests.payloads import response_of
from tests.payloads import tell

BODY = {'server': {'name': 'n1', 'flavor': 2}}
SENT = json.dumps(BODY).encode()
ANSWER = {'server': {'id': 's-1', 'name': 'n1'}}
ANSWERED = json.dumps(ANSWER).encode()


@pytest.mark.parametrize(
    ('level', 'request_told', 'response_told'),
    [
        ('metadata', False, False),
        ('request', True, False),
        ('response', True, True),
    ],
)
def test_level_says_which_bodies_are_attached(
    level, request_told, response_told
):
    """The final event has them, and the pending one has none."""
    played = tell(body=BODY, response=ANSWER, level=level)
    told = request_of(played), response_of(played)

    assert (
        ('mime:application/json', {'content': BODY, 'length': len(SENT)})
        if request_told
        else None,
        ('mime:application/json', {'content': ANSWER, 'length': len(ANSWERED)})
        if response_told
        else None,
    ) == told
    assert 'attachments' not in played.pending
    assert 's-1' == played.final['target']['id']


def test_nothing_is_attached_where_nothing_passed():
    """A request without a body, and an answer without one, say nothing."""
    played = tell('DELETE', '/v2/servers/s-1', status='204 No Content')

    assert 'attachments' not in played.final


@pytest.mark.parametrize(
    ('content_type', 'body', 'content'),
    [
        (JSON, b'{"a": [1, null, "\xc3\xbc"]}', {'a': [1, None, 'ü']}),
        ('Application/JSON; charset=utf-8', b'[1]', [1]),
        ('application/merge-patch+json', b'{"a": null}', {'a': None}),
        ('application/openstack-images-v2.1-json-patch', b'[]', []),
        (JSON, '{"a": "ü"}'.encode('utf-16'), {'a': 'ü'}),
        (JSON, '{"a": "ü"}'.encode('utf-16-le'), {'a': 'ü'}),
        (JSON, '{"a": "ü"}'.encode('utf-32-be'), {'a': 'ü'}),
        (JSON, '\ufeff{"a": "ü"}'.encode(), {'a': 'ü'}),
        (f'{JSON}; charset=latin-1', b'{"a": "\xfc"}', {'a': 'ü'}),
        # Whoever reads JSON reads it so, whatever the charset says.
        (f'{JSON}; charset=utf-16', b'{"a": "\xc3\xbc"}', {'a': 'ü'}),
        (JSON, b'{"a": 1e999, "b": NaN}', {'a': '1e999', 'b': None}),
        # Nobody can tell what a value without a name is.
        (JSON, b'"text"', '***'),
        (JSON, b'12', '***'),
        (JSON, b'true', True),
        (JSON, b'null', None),
        (JSON, b'"{\\"a\\": 1}"', '{"a": 1}'),
        (JSON, b'{"a": "\\ud800"}', {'a': '?'}),
        (FORM, b'a=1&b=x+y&b=%C3%BC', [['a', '1'], ['b', 'x y'], ['b', 'ü']]),
        (f'{FORM};charset=utf-8', b'a', [['', '***']]),
    ],
)
def test_content_is_what_was_sent(content_type, body, content):
    """JSON and forms are read, in whichever charset they are."""
    played = tell(body=body, content_type=content_type, level='request')
    kind, told = request_of(played)

    assert 'mime:' + content_type.partition(';')[0].lower() == kind
    assert {'content': content, 'length': len(body)} == told


@pytest.mark.parametrize(
    ('content_type', 'body', 'kind'),
    [
        ('text/plain', b'{"a": 1}', 'text/plain'),
        ('application/octet-stream', b'\x00' * 99, 'application/octet-stream'),
        ('multipart/form-data; boundary=x', b'--x--', 'multipart/form-data'),
        ('', b'{"a": 1}', 'unknown'),
        ('no type', b'{"a": 1}', 'unknown'),
        ('application/jsonlines', b'{}\n{}', 'application/jsonlines'),
        ('application/json, text/plain', b'{}', 'unknown'),
        # What cannot be read as what it claims to be.
        (JSON, b'{"a": 1', 'application/json'),
        (JSON, b'{"a": hunter2}', 'application/json'),
        (JSON, b'<html>', 'application/json'),
        (JSON, b'\xff\xfe\xfd', 'application/json'),
        (JSON, b'{"a": "\xfc"}', 'application/json'),
        (f'{JSON}; charset=punycode', b'{"a": "\xfc"}', 'application/json'),
        (f'{JSON}; charset=hex', b'7b7d', 'application/json'),
        pytest.param(
            JSON, b'[' * 9000 + b']' * 9000, 'application/json', id='deep'
        ),
        (JSON, b' ', 'application/json'),
    ],
)
def test_anything_else_is_type_and_length(content_type, body, kind):
    """What cannot be read cannot be freed of secrets."""
    played = tell(body=body, content_type=content_type, response=b'')

    assert ('mime:' + kind, {'length': len(body)}) == request_of(played)


def test_packed_body_is_type_length_and_encoding():
    """Nobody unpacks it, to whatever size."""
    packed = gzip.compress(b'{"a": 1}')
    played = tell(
        body=packed,
        keys={'HTTP_CONTENT_ENCODING': 'GZip'},
        response=packed,
        headers=[('Content-Encoding', 'gzip')],
    )
    told = (
        'mime:application/json',
        {'length': len(packed), 'encoding': 'gzip'},
    )

    assert [told, told] == [request_of(played), response_of(played)]


def test_packed_form_is_type_length_and_encoding():
    """What it looks like without unpacking is no form."""
    played = tell(
        body=b'a%3D1',
        content_type=FORM,
        keys={'HTTP_CONTENT_ENCODING': 'br'},
        level='request',
    )

    assert {'length': 5, 'encoding': 'br'} == request_of(played)[1]


def test_encoding_that_is_none_is_not_repeated():
    """A client writes whatever it likes into a header."""
    played = tell(body=b'x', keys={'HTTP_CONTENT_ENCODING': '\xfc' * 99})

    assert 'unknown' == request_of(played)[1]['encoding']


def test_part_of_a_request_is_type_and_length():
    """So it is with what a client sends in pieces."""
    played = tell(
        'PUT',
        '/v2/servers/s-1',
        b'"hunter2"',
        keys={'HTTP_CONTENT_RANGE': 'bytes 1-9/10'},
    )

    assert ('mime:application/json', {'length': 9}) == request_of(played)


def test_secrets_are_hidden():
    """What is told goes through the redaction, in either format."""
    secret = 'hunter2'
    played = tell(
        body={'server': {'adminPass': secret, 'name': 'n'}},
        response={'server': {'id': 'x', 'adminPass': secret}},
    )
    form = tell(body=b'user=u&password=hunter2', content_type=FORM)

    assert secret not in json.dumps(played.events + form.events)
    assert 'n' == request_of(played)[1]['content']['server']['name']
    assert ['user', 'u'] == request_of(form)[1]['content'][0]


def test_map_without_resources_tells_bodies_as_well():
    """The policy is what decides, and the format of the map is no matter."""
    played = tell(body=BODY, response=ANSWER, resources=None)

    assert BODY == request_of(played)[1]['content']
    assert ANSWER == response_of(played)[1]['content']


def test_payload_helper_finds_no_other_attachment():
    """An application may call a fact of its own request."""
    attached = {'typeURI': 'xs:string', 'name': 'request', 'content': 'x'}

    assert payload({'attachments': [attached]}, 'request') is None


def test_rule_that_is_known_at_the_end_counts_as_well():
    """A form may name the method, and so another meaning."""
    evidence = Evidence(9)
    evidence.request_body = request_body(
        {'CONTENT_TYPE': JSON}, 9, None, needed=False
    )
    evidence.request_body.recording.add(b'[1]')
    told = []
    for enabled in (True, False):
        event = {}
        Payloads(Redactor()).attach(
            event, [], None, PayloadRules(enabled), evidence
        )
        told.append('attachments' in event)

    assert [True, False] == told


class Failing:
    """A redactor with a fault.

    :param member: the name of a member with which it fails
    """

    key = None

    def __init__(self, member):
        self._member = member

    def document(self, value, allow=None, deny=None):
        """Return a value as it is."""
        if self._member in value:
            raise IndexError(self._member)
        return value


class Misplacing:
    """Bulk items of which nobody can tell where they stand."""

    def places(self, name):
        """Fail for either body."""
        raise LookupError(name)


def attach_faultily(redactor, items, bulk, error):
    """Attach two bodies with a fault; return what is told of each."""
    evidence = Evidence(99)
    evidence.code = '200'
    evidence.headers = [('Content-Type', JSON)]
    evidence.request_body = request_body(
        {'CONTENT_TYPE': JSON}, 99, None, needed=False
    )
    evidence.request_body.recording.add(b'{"asked": 1}')
    evidence.response_copy = Recording(99)
    evidence.answered(ANSWERED)
    event = {}
    with pytest.raises(error):
        Payloads(redactor).attach(event, items, bulk, PayloadRules(), evidence)
    return [payload(event, name) for name in ('request', 'response')]


@pytest.mark.parametrize(
    ('redactor', 'items', 'bulk', 'unread'),
    [
        (Failing('asked'), [], None, 'request'),
        (Failing('server'), [], None, 'response'),
        (Redactor(), [{}], Misplacing(), None),
    ],
)
def test_fault_in_one_body_leaves_the_other_one(redactor, items, bulk, unread):
    """What of it needs no reading is told, and the fault comes out."""
    told = {
        'request': {'content': {'asked': 1}, 'length': 12},
        'response': {'content': ANSWER, 'length': len(ANSWERED)},
    }
    if unread:
        del told[unread]['content']

    assert [(f'mime:{JSON}', each) for each in told.values()] == (
        attach_faultily(redactor, items, bulk, LookupError)
    )


def test_name_that_is_longer_than_any_word_costs_no_body():
    """Its end has no word in it, and it is that of a secret all the same."""
    name = 'password' + '-' * 70
    played = tell(body={name: 'hunter2', 'a': 1}, response=ANSWER)

    assert {name: '***', 'a': 1} == request_of(played)[1]['content']
    assert ANSWER == response_of(played)[1]['content']
