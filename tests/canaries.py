# SPDX-License-Identifier: Apache-2.0

"""A request in, the same with secrets in all places that may hold one out.

Each secret is a canary: a mark that nobody can guess, made anew for each run
of the tests, and the name of the place that it was put into. Where a test puts
something into a header itself, that stays. What the harness put into a query
or a body it takes out of the events again, in the form that redaction gives
it and in no other, so that a test compares what it has asked for.
"""

import base64
import json
import os
import re
import secrets
import urllib.parse

from tests.canary_exceptions import EXCEPTIONS

#: All processes of a test run have the same, the servers and the workers of
#: pytest-xdist as well.
MARK = os.environ.setdefault(
    'CADF_AUDIT_TEST_CANARY', f'canary{secrets.token_hex(8)}'
)

FORM = 'application/x-www-form-urlencoded'

# No body is larger for what stands in it.
_LARGEST_BODY = 64 * 1024


def canary(place):
    """Return the secret of a place.

    What is cut within it still has the mark, and mostly the name.
    """
    return f'{MARK}.{place}.{MARK}'


def _basic(place):
    """Return a user and a password as the scheme Basic sends them."""
    return base64.b64encode(f'user:{canary(place)}'.encode()).decode()


#: What may carry a secret, and what is put there. Not the user agent, the path
#: and Host: these are recorded, and the documents say so.
HEADERS = {
    'Authorization': f'Bearer {canary("authorization")}',
    'Cookie': f'session={canary("cookie")}; theme=dark',
    'Destination': f'http://u:{canary("destination")}@h/',
    'Proxy-Authorization': f'Basic {_basic("proxy-authorization")}',
    'Referer': (
        f'http://u:{canary("referer-user")}@h/?token={canary("referer")}'
    ),
    'X-Amz-Security-Token': canary('amz-security-token'),
    'X-Api-Key': canary('api-key'),
    'X-Auth-Key': canary('auth-key'),
    'X-Auth-Token': canary('auth-token'),
    'X-Container-Meta-Temp-URL-Key': canary('temp-url-key'),
    'X-Csrf-Token': canary('csrf-token'),
    'X-Forwarded-Host': f'u:{canary("forwarded-host")}@h',
    'X-Service-Token': canary('service-token'),
    'X-Storage-Token': canary('storage-token'),
    'X-Subject-Token': canary('subject-token'),
    'X-Vault-Token': canary('vault-token'),
    # Nobody knows what it means, and so nobody may record it.
    'X-Whatever': canary('whatever'),
}

#: Parameters that are secrets by their names, and one by what it holds.
QUERY = urllib.parse.urlencode(
    {
        'token': canary('query-token'),
        'X-Amz-Signature': canary('query-signature'),
        'next': f'https://u:{canary("query-user")}@h/',
    }
)

#: a member that is a secret by its name
MEMBER = 'canary_token'

#: a client that has shown nothing to know it by
NO_CREDENTIAL = {
    'HTTP_AUTHORIZATION': '',
    'HTTP_X_AUTH_TOKEN': '',
    'HTTP_X_STORAGE_TOKEN': '',
}


def _key(header):
    return f'HTTP_{header.upper().replace("-", "_")}'


#: the headers as a server hands them on
KEYS = {_key(header): value for header, value in HEADERS.items()}

_LEFT_OUT = 'CADF_AUDIT_TEST_LEFT_OUT'
_left_out = set(os.environ.get(_LEFT_OUT, '').split())


def leave_out(test):
    """Seed requests as a test has them, from now on.

    :param test: its id: file and name
    """
    name = test.partition('[')[0]
    file = name.partition('::')[0]
    _left_out.clear()
    for place, _reason, tests in EXCEPTIONS:
        if name in tests or file in tests:
            _left_out.add(place)
    # For the processes that the test starts.
    os.environ[_LEFT_OUT] = ' '.join(_left_out)


def seed(environ):
    """Put canaries into the headers of an environ that do not stand there."""
    for key, value in KEYS.items():
        environ.setdefault(key, value)
    return environ


def seed_query(query):
    """Return a query with canaries behind what it has."""
    if 'query' in _left_out or not isinstance(query, str):
        return query
    return f'{query}&{QUERY}' if query else QUERY


def seed_body(body, content_type=None):
    """Return a form, or an object of JSON, with a canary in it.

    Of objects in objects it is the innermost that gets it: the outer ones say
    what a request means, and by their one member. All else stays as it is.
    """
    if 'body' in _left_out or not 0 < len(body) <= _LARGEST_BODY:
        return body
    if str(content_type).startswith(FORM) and b'=' in body:
        return body + f'&{MEMBER}={canary("form")}'.encode()
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return body
    if not isinstance(value, dict):
        return body
    inner = value
    while len(inner) == 1:
        [only] = inner.values()
        if not isinstance(only, dict):
            break
        inner = only
    if inner is value and len(value) < 2:
        return body
    inner[MEMBER] = canary('body')
    return json.dumps(value).encode()


def header_lines(present=()):
    """Return the lines of a request's head that hold canaries.

    :param present: the lines that it has already
    """
    names = {line.partition(':')[0].lower() for line in present}
    return [
        f'{name}: {value}'
        for name, value in HEADERS.items()
        if name.lower() not in names
    ]


_HIDDEN = r'(?:\*\*\*|hmac-sha256:[0-9a-f]{64})'
_shown_query = re.compile(
    rf'[?&]token={_HIDDEN}&X-Amz-Signature={_HIDDEN}&next={_HIDDEN}$'
)
_shown_member = re.compile(
    rf'(?<={{)"{MEMBER}":"{_HIDDEN}",?|,"{MEMBER}":"{_HIDDEN}"'
    # Pairs of a form.
    rf'|,\["{MEMBER}","{_HIDDEN}"\]'
)


def unseed(event):
    """Take out of an event what redaction left of canaries.

    :param event: the event, which is changed
    """
    if 'requestPath' in event:
        event['requestPath'] = _shown_query.sub('', event['requestPath'])
    for attached in event.get('attachments', ()):
        if isinstance(attached.get('content'), str):
            attached['content'] = _shown_member.sub('', attached['content'])
    return event


def _encoded():
    """Yield what base64 makes of the mark, wherever in a text it begins."""
    for ahead in range(3):
        whole = base64.b64encode(b'\0' * ahead + MARK.encode()).decode()
        # At both ends are letters that depend on what stands beside it.
        yield whole[4 if ahead else 0 : -4]


#: the mark as it may stand in what is recorded
_GUISES = (MARK, MARK.upper(), MARK.encode().hex(), *_encoded())
_GUISES_IN_BYTES = tuple(each.encode() for each in _GUISES)
_places = re.compile(rf'{MARK}\.([a-z-]+)').findall


def find(text):
    """Return the places whose canaries are in a text.

    :param text: a text, or bytes
    :returns: their names; ``?`` where the name was cut off or is encoded
    """
    is_text = isinstance(text, str)
    for guise in _GUISES if is_text else _GUISES_IN_BYTES:
        # The method, since a file that is mapped has no other.
        if text.find(guise) >= 0:
            break
    else:
        return []
    text = text if is_text else bytes(text).decode('latin-1')
    return sorted(set(_places(text.lower()))) or ['?']
