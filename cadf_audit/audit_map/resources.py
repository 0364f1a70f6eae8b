# SPDX-License-Identifier: Apache-2.0

"""The resources of a map, and what it says of one request.

Resources are compiled when a map is loaded, and never changed by a request:
memory does not grow with what clients ask for.
"""

import dataclasses
import re
from typing import Any

from cadf_audit.audit_map.json_path import Steps
from cadf_audit.redaction.paths import JsonPaths
from cadf_audit.taxonomy import UNKNOWN


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """Where a fact stands.

    :param header: the name of a header of the response in lower case, or an
        empty text
    :param steps: else the steps to it
    :param of_item: whether the steps begin at the item of the response, not
        at the whole of it
    :param of_request: whether they begin at the whole of the request
    :param attribute: the one step from the item, where that is all
    """

    header: str = ''
    steps: Steps = ()
    of_item: bool = True
    of_request: bool = False
    attribute: str = ''


def attribute_place(name: str) -> Place:
    """Return the place of an attribute of the item.

    :param name: its name
    """
    return Place(steps=(name,), attribute=name)


@dataclasses.dataclass(frozen=True, slots=True)
class Bulk:
    """Where the items of a bulk request stand.

    :param of_request: in its own body, else in that of the response
    :param steps: the steps to the list
    """

    of_request: bool
    steps: Steps


@dataclasses.dataclass(frozen=True, slots=True)
class PayloadRules:
    """What may be told of the bodies of a resource.

    :param enabled: whether anything is
    :param allow: what alone may be told, or None for all of it
    :param deny: what may not, or None
    """

    enabled: bool = True
    allow: JsonPaths | None = None
    deny: JsonPaths | None = None


EVERY_PAYLOAD = PayloadRules()


@dataclasses.dataclass(slots=True)
class Resource:
    """A resource of the map; nobody changes it once the map is loaded.

    :param name: the names that lead to it, with slashes between them
    :param line: the line of the map in which it stands
    :param type_uri: its typeURI as a collection, or of a singleton
    :param el_type_uri: the typeURI of one element
    :param singleton: whether no id follows
    :param id: matches an id at a position of a path; None for one segment
    :param secret_id: whether the id is a secret, which no event contains
    :param keys: whether an unknown last segment is a key of the resource
    :param actions: ``METHOD:ending`` or ``ending`` to an action, or to None
        for requests that are not audited
    :param wildcards: method to an action in which ``*`` stands for the ending
    :param body_wildcards: whether these hold for actions in a body as well
    :param methods: method to the action on the resource itself
    :param reads: methods whose response is read
    :param ids: where the id of a new element stands; the first one counts
    :param names: where the name stands
    :param projects: where its project stands
    :param item_name: what wraps one item in a response
    :param list_name: what wraps a list of them
    :param attributes: what is attached: its name, its places, its typeURI
    :param named_by: ``METHOD`` or ``METHOD:ending`` to where the name of the
        action stands in the request
    :param bulks: ``METHOD`` or ``METHOD:ending`` to where the items stand
    :param reads_request: whether a fact stands in the request
    :param reads_headers: whether the id stands in a header of the response
    :param upsert: whether a PUT creates what is not there
    :param payloads: what is told of its bodies
    :param id_name: what an id of it is called in an attachment
    :param here: the resources that stand right behind its name
    :param beneath: the resources that stand behind an id
    """

    name: str
    line: int
    type_uri: str
    el_type_uri: str
    singleton: bool = False
    id: re.Pattern[str] | None = None
    secret_id: bool = False
    keys: bool = False
    actions: dict[str, str | None] = dataclasses.field(default_factory=dict)
    wildcards: dict[str, str | None] = dataclasses.field(default_factory=dict)
    body_wildcards: bool = False
    methods: dict[str, str | None] = dataclasses.field(default_factory=dict)
    reads: frozenset[str] = frozenset()
    ids: tuple[Place, ...] = ()
    names: tuple[Place, ...] = ()
    projects: tuple[Place, ...] = ()
    item_name: str | None = None
    list_name: str = ''
    attributes: tuple[tuple[str, tuple[Place, ...], str], ...] = ()
    named_by: dict[str, Place] = dataclasses.field(default_factory=dict)
    bulks: dict[str, Bulk | None] = dataclasses.field(default_factory=dict)
    reads_request: bool = False
    reads_headers: bool = False
    upsert: bool = False
    payloads: PayloadRules = EVERY_PAYLOAD
    id_name: str = ''
    here: 'Branches' = dataclasses.field(default_factory=dict)
    beneath: 'Branches' = dataclasses.field(default_factory=dict)


# A segment of a path to the resource that it names, or, where it is only the
# first part of a name, to what may follow.
Branches = dict[str, 'Resource | dict[str, Any]']


class Match:
    """What the map says of one request.

    :param project_id: the project that the prefix names
    """

    __slots__ = (
        'action',
        'ending',
        'from_body',
        'id',
        'key',
        'named',
        'parents',
        'project_id',
        'resource',
        'rest',
        'secrets',
    )

    def __init__(self, project_id: str | None) -> None:
        #: the resource, or None where the path names none
        self.resource: Resource | None = None
        #: the id in the path, or None
        self.id: str | None = None
        #: the resources above it that the path gives an id, outermost first
        self.parents: tuple[tuple[Resource, str], ...] = ()
        #: further parts of the id, each with its name
        self.named: tuple[tuple[str, str], ...] = ()
        self.project_id = project_id
        #: the CADF action; None for a request that is not audited
        self.action: str | None = UNKNOWN
        #: the named action at the end of the path, or an empty text
        self.ending = ''
        #: whether the body names the action
        self.from_body = False
        #: the key of the resource at the end of the path
        self.key: str | None = None
        #: what of the path the map does not declare
        self.rest = ''
        #: the ids in the path that are secrets; above they are masked
        self.secrets: tuple[str, ...] = ()

    @property
    def creates(self) -> bool:
        """Whether an element comes into being whose id is yet to be told."""
        resource = self.resource
        return (
            self.action == 'create'
            and self.id is None
            and resource is not None
            and not resource.singleton
        )

    def bulk(self, method: str) -> Bulk | None:
        """Return where the items stand, should this be a bulk request.

        :param method: the HTTP method
        """
        resource = self.resource
        if resource is None or self.rest:
            return None
        return resource.bulks.get(self.rule(method))

    def rule(self, method: str) -> str:
        """Return what a rule for this request is called.

        :param method: the HTTP method
        """
        return f'{method}:{self.ending}' if self.ending else method
