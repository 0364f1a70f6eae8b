# SPDX-License-Identifier: Apache-2.0

"""A resource, a reason, measurements as a caller says them in, CADF out.

What cannot be valid is ``unknown`` in its place, or left out, and complained
of. What is recorded of a resource beside CADF's own fields is an attachment
of it.
"""

from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

from cadf_audit.delivery.lost import derived_id
from cadf_audit.emitting.values import attachments_of
from cadf_audit.emitting.values import Complain
from cadf_audit.emitting.values import MOST
from cadf_audit.emitting.values import text_of
from cadf_audit.redaction import Redactor
from cadf_audit.taxonomy import allowed_resources
from cadf_audit.taxonomy import distinct_id
from cadf_audit.taxonomy import is_resource
from cadf_audit.taxonomy import UNKNOWN

# The fields of a resource that are texts, in their order; the trail has
# columns for them.
_TEXTS = (
    'name',
    'project_id',
    'domain_id',
    'application_credential_id',
    'request_id',
    'global_request_id',
)
_HOST = ('address', 'agent', 'platform')
_ADDRESS = ('url', 'name')
_REASON = ('reasonType', 'reasonCode', 'policyType', 'policyId', 'reasonText')

# What a database still takes as a number.
_MOST_RESULT = 2**63


def resource(
    id: Any, type_uri: str, name: str | None = None, **more: Any
) -> dict[str, Any]:
    """Return a resource, to be the target or the initiator of an event.

    :param id: its id
    :param type_uri: its typeURI, in the CADF taxonomy
    :param name: its name
    :param more: ``project_id``, ``domain_id``, ``host``, ``addresses``; what
        has another name becomes an attachment of the resource
    """
    result = {'id': id, 'typeURI': type_uri, **more}
    if name is not None:
        result['name'] = name
    return result


def measurement(name: str, result: int, unit: str) -> dict[str, Any]:
    """Return a measurement, as monitor events need one.

    :param name: what was measured
    :param result: how much it is, a whole number
    :param unit: of what
    """
    return {'result': result, 'metric': {'unit': unit, 'name': name}}


def identified(measured: dict[str, Any]) -> dict[str, Any]:
    """Return a measurement with the id of its metric.

    :param measured: what :func:`measurement` returns, of texts
    """
    metric = measured['metric']
    name, unit = metric['name'], metric['unit']
    own = derived_id(f'{name}\n{unit}', 'metric')
    return {
        'result': measured['result'],
        'metric': {'metricId': own, 'unit': unit, 'name': name},
    }


def build_resource(
    what: str, given: Any, redactor: Redactor, complain: Complain
) -> dict[str, Any]:
    """Return a resource of CADF.

    :param what: target, initiator or observer
    :param given: what :func:`resource` returns, or at least an id
    :param redactor: takes the secrets out of attachments
    :param complain: is told what is wrong
    """
    if not isinstance(given, Mapping):
        given = {'id': given}
    rest = dict(given)
    kind = 'user' if what == 'initiator' else what
    identity = text_of(rest.pop('id', None))
    if identity is None:
        complain(f'the {what} has no id that is a text')
        identity = UNKNOWN
    type_uri = rest.pop('typeURI', None)
    result: dict[str, Any] = {
        'id': distinct_id(identity, kind),
        'typeURI': _type_uri(what, type_uri, complain),
    }
    for name in _TEXTS:
        value = rest.pop(name, None)
        text = text_of(value)
        if text is not None:
            result[name] = text
        elif value is not None and value != '':
            complain(f'{name} of the {what} is no text')
    given_host = rest.pop('host', None)
    host = _texts(_HOST, given_host, 'address')
    if host:
        result['host'] = host
    elif given_host is not None:
        complain(f'the host of the {what} has no address')
    addresses = _addresses(rest.pop('addresses', None))
    if addresses:
        result['addresses'] = addresses
    attached = rest.pop('attachments', None)
    if isinstance(attached, Mapping):
        rest = {**attached, **rest}
    elif attached is not None:
        rest['attachments'] = attached
    attachments = attachments_of(rest, redactor, complain)
    if attachments:
        result['attachments'] = attachments
    return result


def build_reason(
    given: Any, domain: str, complain: Complain
) -> dict[str, str] | None:
    """Return a reason of CADF; None if there is none.

    :param given: a text, which is a code of the service, or a mapping with
        CADF's names
    :param domain: the type of such a code: the name of the service
    :param complain: is told what is wrong
    """
    if given is None:
        return None
    text = text_of(given)
    if text is not None:
        return {'reasonType': domain, 'reasonCode': text}
    if not isinstance(given, Mapping):
        complain('the reason is neither a text nor a mapping')
        return {'reasonType': UNKNOWN, 'reasonCode': UNKNOWN}
    known = _texts(_REASON, given, '')
    if 'reasonCode' not in known:
        complain('the reason has no reasonCode')
    return {
        'reasonType': domain if 'reasonCode' in known else UNKNOWN,
        'reasonCode': UNKNOWN,
    } | known


def build_measurements(given: Any, complain: Complain) -> list[dict[str, Any]]:
    """Return measurements of CADF.

    :param given: what :func:`measurement` returns, or several of them
    :param complain: is told what was left out
    """
    if given is None:
        return []
    if isinstance(given, Mapping):
        given = [given]
    if isinstance(given, str | bytes) or not isinstance(given, Iterable):
        complain('measurements are a list')
        return []
    result = []
    # Of an endless one as well.
    for _, each in zip(range(MOST), given, strict=False):
        built = _measurement(each)
        if built is None:
            complain(
                'a measurement needs a metric with a name and a unit, and a '
                'result that is a whole number of 64 bits'
            )
        else:
            result.append(built)
    return result


def _addresses(given: Any) -> list[dict[str, str]]:
    if not isinstance(given, list | tuple):
        return []
    found = [_texts(_ADDRESS, each, 'url') for each in given[:MOST]]
    return [each for each in found if 'url' in each]


def _measurement(given: Any) -> dict[str, Any] | None:
    if not isinstance(given, Mapping):
        return None
    metric, number = given.get('metric'), given.get('result')
    if not isinstance(metric, Mapping) or type(number) is not int:
        return None
    name, unit = text_of(metric.get('name')), text_of(metric.get('unit'))
    if name is None or unit is None or abs(number) >= _MOST_RESULT:
        return None
    built = identified(measurement(name, number, unit))
    own = text_of(metric.get('metricId'))
    if own is not None:
        built['metric']['metricId'] = own
    return built


def _type_uri(what: str, given: Any, complain: Complain) -> str:
    text = text_of(given)
    if text is None:
        complain(f'the {what} has no typeURI that is a text')
        return UNKNOWN
    if not is_resource(text):
        complain(f'typeURI of the {what}: {allowed_resources(text, True)}')
        return UNKNOWN
    return text


def _texts(names: tuple[str, ...], given: Any, only: str) -> dict[str, str]:
    """Return the texts of a mapping; a text alone counts as one of them."""
    if not isinstance(given, Mapping):
        given = {only: given}
    texts = {name: text_of(given.get(name)) for name in names}
    return {name: text for name, text in texts.items() if text is not None}
