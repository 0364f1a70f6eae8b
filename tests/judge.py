# SPDX-License-Identifier: Apache-2.0

"""An event in, whatever is not valid CADF about it out.

Two judges: pycadf, out of whose objects each event is built again, and the
rules of DSP0262 that pycadf does not check.
"""

import json
import re
import uuid
import warnings

from pycadf import attachment
from pycadf import cadftaxonomy
from pycadf import credential
from pycadf import endpoint
from pycadf import event as cadf_event
from pycadf import host
from pycadf import measurement
from pycadf import metric
from pycadf import reason
from pycadf import reporterstep
from pycadf import resource

EVENT_TYPE_URI = 'http://schemas.dmtf.org/cloud/audit/1.0/event'

_is_time = re.compile(
    r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}[+-]\d\d:\d\d'
).fullmatch
# What of an event may be longer than a line or two.
_is_long = re.compile(
    r'event\.(requestPath|attachments\[\d+\]\.content)'
).fullmatch
_is_tag = re.compile(r'[^?]+\?value=.+', re.DOTALL).fullmatch

_PAYLOAD_FACTS = {'content', 'length', 'content_length', 'cut', 'encoding'} | {
    'hmac_sha256'
}

_PAIRS = (
    ('initiator', 'initiatorId'),
    ('target', 'targetId'),
    ('observer', 'observerId'),
)


def assert_valid(event):
    """Fail if an event is not valid CADF."""
    problems = list(find_problems(event))

    assert [] == problems, json.dumps(event, indent=1)


def find_problems(event):
    """Yield a sentence for each rule that an event breaks."""
    yield from _find_malformed_values(
        'event', _without_payloads(_without_results(event))
    )
    for each in filter(_is_payload, event.get('attachments', ())):
        yield from _find_malformed_payload(each['content'])
    yield from _find_wrong_fields(event)
    yield from _find_outside_the_taxonomy(event)
    yield from _find_malformed_times(event)
    for tag in event.get('tags', ()):
        if not _is_tag(tag):
            yield f'{tag!r} is no tag'
    for each in event.get('attachments', ()):
        if set(each) != {'typeURI', 'content', 'name'}:
            yield f'attachment has {sorted(each)}'
    for each in event.get('measurements', ()):
        if type(each.get('result')) is not int:
            yield f'the result {each.get("result")!r} is no number'
        if set(each.get('metric', ())) != {'metricId', 'unit', 'name'}:
            yield f'metric is {each.get("metric")}'
    yield from _find_disagreement(event)


def _without_results(event):
    """Leave out the only values that are numbers."""
    if 'measurements' not in event:
        return event
    measurements = [
        {name: value for name, value in each.items() if name != 'result'}
        for each in event['measurements']
    ]
    return {**event, 'measurements': measurements}


def _is_payload(attached):
    """Say whether an attachment is a body, which is as long as it likes."""
    return attached.get('typeURI', '').startswith('mime:') and attached.get(
        'name'
    ) in ('request', 'response')


def _without_payloads(event):
    """Leave out the only texts that may be really long."""
    if 'attachments' not in event:
        return event
    attachments = [
        {**each, 'content': '...'} if _is_payload(each) else each
        for each in event['attachments']
    ]
    return {**event, 'attachments': attachments}


def _find_malformed_payload(content):
    yield from _find_unencodable('a payload', content)
    if len(json.dumps(content)) > 1536 * 1024:
        yield 'a payload is too long for a message'
    facts = json.loads(content, parse_constant=_refuse_constant)
    if set(facts) - _PAYLOAD_FACTS:
        yield f'a payload tells {sorted(facts)}'
    for name in ('length', 'content_length'):
        if type(facts.get(name, 0)) is not int or facts.get(name, 0) < 0:
            yield f'the {name} of a payload is {facts[name]!r}'
    if facts.get('cut', True) is not True:
        yield 'a payload that is not cut says so'


def _refuse_constant(name):
    raise ValueError(f'{name} is no JSON')


def _find_unencodable(where, text):
    try:
        text.encode('utf-8')
    except UnicodeEncodeError:
        yield f'{where} holds a lone surrogate'


def _find_wrong_fields(event):
    if event != json.loads(json.dumps(event)):
        yield 'the event is not what its JSON says'
    if event.get('typeURI') != EVENT_TYPE_URI:
        yield 'typeURI is not that of an event'
    if event.get('eventType') not in ('activity', 'monitor', 'control'):
        yield 'eventType is neither activity, monitor nor control'
    if event.get('eventType') == 'control' and 'reason' not in event:
        yield 'a control event needs a reason'
    if (event.get('eventType') == 'monitor') != ('measurements' in event):
        yield 'measurements belong into monitor events, and into no others'
    if str(uuid.UUID(event['id'])) != event['id']:
        yield 'id is no UUID'
    for pair in _PAIRS:
        if sum(name in event for name in pair) != 1:
            yield f'not exactly one of {pair}'


def _find_outside_the_taxonomy(event):
    if not _in_taxonomy(event['action'], cadftaxonomy.ACTION_TAXONOMY):
        yield f'action {event["action"]!r} is outside the taxonomy'
    if event['outcome'] not in cadftaxonomy.OUTCOME_TAXONOMY:
        yield f'outcome {event["outcome"]!r} is outside the taxonomy'
    for name in ('initiator', 'target'):
        type_uri = event[name]['typeURI']
        if not _in_taxonomy(type_uri, cadftaxonomy.RESOURCE_TAXONOMY):
            yield f'typeURI {type_uri!r} is outside the taxonomy'


def _find_malformed_times(event):
    times = [event['eventTime']]
    for step in event.get('reporterchain', ()):
        times.append(step['reporterTime'])
    for time in times:
        if not _is_time(time):
            yield f'{time!r} is no timestamp of CADF'


def _find_malformed_values(where, value):
    if value is None or value == '':
        yield f'{where} is {value!r}'
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _find_malformed_values(f'{where}.{key}', item)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _find_malformed_values(f'{where}[{index}]', item)
    elif not isinstance(value, str):
        yield f'{where} is a {type(value).__name__}'
    else:
        limit = 4096 if _is_long(where) else 1024
        if len(value) > limit:
            yield f'{where} has {len(value)} characters'
        yield from _find_unencodable(where, value)


def _in_taxonomy(value, taxonomy):
    return any(
        value == entry or value.startswith(f'{entry}/') for entry in taxonomy
    )


def _find_disagreement(event):
    try:
        with warnings.catch_warnings():
            # pycadf warns of each id that is no UUID, as most are not.
            warnings.simplefilter('ignore', UserWarning)
            rebuilt = _rebuild(event)
    except ValueError as exc:
        yield f'pycadf refuses it: {exc}'
        return
    if not rebuilt.is_valid():
        yield 'pycadf calls it invalid'
    if rebuilt.as_dict() != event:
        yield f'pycadf makes {rebuilt.as_dict()} of it'


def _rebuild(document):
    rest = dict(document)
    del rest['typeURI']
    built = cadf_event.Event(
        eventType=rest.pop('eventType'),
        id=rest.pop('id'),
        eventTime=rest.pop('eventTime'),
        action=rest.pop('action'),
        outcome=rest.pop('outcome'),
        initiator=_rebuild_resource(rest.pop('initiator')),
        target=_rebuild_resource(rest.pop('target')),
        observer=_rebuild_resource(rest.pop('observer')),
        reason=_rebuild_reason(rest.pop('reason', None)),
    )
    for step in rest.pop('reporterchain', ()):
        built.add_reporterstep(
            reporterstep.Reporterstep(
                role=step['role'],
                reporter=_rebuild_resource(step['reporter']),
                reporterTime=step['reporterTime'],
            )
        )
    for tag in rest.pop('tags', ()):
        built.add_tag(tag)
    for each in rest.pop('attachments', ()):
        built.add_attachment(attachment.Attachment(**each))
    for each in rest.pop('measurements', ()):
        known = dict(each)
        built.add_measurement(
            measurement.Measurement(
                metric=metric.Metric(**known.pop('metric')), **known
            )
        )
    return _extend(built, rest)


def _rebuild_resource(document):
    rest = dict(document)
    if set(rest) == {'id'}:
        return resource.Resource(id=rest['id'])
    built = resource.Resource(
        id=rest.pop('id'),
        typeURI=rest.pop('typeURI'),
        name=rest.pop('name', None),
    )
    if 'credential' in rest:
        fields = rest.pop('credential')
        # pycadf masks what it is given; the token is masked already.
        built.credential = _extend(
            credential.Credential(token='x'),
            fields,
        )
    if 'host' in rest:
        built.host = host.Host(**rest.pop('host'))
    for each in rest.pop('addresses', ()):
        built.add_address(endpoint.Endpoint(**each))
    return _extend(built, rest)


def _rebuild_reason(document):
    if document is None:
        return None
    rest = dict(document)
    return _extend(
        reason.Reason(
            reasonType=rest.pop('reasonType', None),
            reasonCode=rest.pop('reasonCode', None),
        ),
        rest,
    )


def _extend(built, rest):
    """Set the fields that CADF lets an event have beside its own."""
    for name, value in rest.items():
        setattr(built, name, value)
    return built
