# SPDX-License-Identifier: Apache-2.0

"""What a resource map says of a request in, the CADF target out."""

from typing import Any
import uuid

from cadf_audit.audit_map.resources import Match
from cadf_audit.audit_map.walk import ResourceMap
from cadf_audit.middleware.attachment import attachment
from cadf_audit.observer import service_observer
from cadf_audit.taxonomy import distinct_id
from cadf_audit.taxonomy import UNKNOWN
from cadf_audit.text import cut
from cadf_audit.text import MASK
from cadf_audit.text import mask_segments

_HEX_DIGITS = 32
_NO_UUID = 2**128
_MOST_DIGITS = len(str(_NO_UUID)) + 1


class ResourceTargets:
    """Makes the targets of one map.

    :param audit_map: the map
    """

    def __init__(self, audit_map: ResourceMap) -> None:
        #: whether the map is of version 2
        self.strict = audit_map.strict
        #: the service, which observes what is done to its resources
        self.observer = service_observer(
            audit_map.service_name, audit_map.service_type_uri
        )

    def build(self, match: Match, new_id: str | None = None) -> dict[str, Any]:
        """Return the target of a request.

        :param match: what the map says of it
        :param new_id: an id that the path does not tell
        """
        resource = match.resource
        if resource is None:
            return self._complete(dict(self.observer), match)
        if new_id is not None and resource.secret_id:
            new_id = MASK
        if new_id is not None or match.id is not None:
            return self._complete(
                {
                    'id': self._id(new_id or match.id or UNKNOWN),
                    'typeURI': resource.el_type_uri,
                },
                match,
            )
        if not match.creates:
            return self.collection(match)
        above = UNKNOWN
        if match.parents and not self.strict:
            above = self._id(match.parents[-1][1])
        return self._complete(
            {'id': above, 'typeURI': resource.el_type_uri}, match
        )

    def collection(self, match: Match) -> dict[str, Any]:
        """Return the target of a request that is about no element.

        It has the id of the resource above it, be it the service.

        :param match: what the map says of it, a resource included
        """
        resource = match.resource
        type_uri = UNKNOWN if resource is None else resource.type_uri
        if match.parents:
            target = {
                'id': self._id(match.parents[-1][1]),
                'typeURI': type_uri,
            }
        else:
            target = self.observer | {'typeURI': type_uri}
        return self._complete(target, match)

    def _id(self, value: str) -> str:
        """Return an id as it stands in an event."""
        if not self.strict and value.isascii() and value.isdigit():
            # As openstack-audit-middleware writes it. 32 digits are the hex
            # form of a UUID already.
            number = int(value) if len(value) < _MOST_DIGITS else _NO_UUID
            if number < _NO_UUID and len(value) != _HEX_DIGITS:
                return str(uuid.UUID(int=number))
        return distinct_id(cut(value), 'target')

    def _complete(
        self, target: dict[str, Any], match: Match
    ) -> dict[str, Any]:
        """Add what the path tells beside the resource itself."""
        if match.project_id:
            target['project_id'] = cut(match.project_id)
        attachments = []
        if match.parents and self.strict:
            attachments = [
                attachment(parent.id_name, parent_id, parent.el_type_uri)
                for parent, parent_id in match.parents
            ]
        for name, text in match.named:
            attachments.append(attachment(name, text))
        if match.key is not None:
            attachments.append(attachment('key', match.key))
        if match.rest:
            rest = match.rest
            for secret in match.secrets:
                rest = mask_segments(rest, secret)
            attachments.append(attachment('undeclared_path', rest))
        if attachments:
            target['attachments'] = attachments
        return target
