# SPDX-License-Identifier: Apache-2.0

"""A table of real requests in, its rows out.

Each service has a table beside this module, which has the name of its map and
the ending ``.txt``. It names ids once, and then has a row for each request::

    server = 22091ad6-e3a9-4b02-b1a2-0c1f4d6b1ea3
    port = ce531f90-199f-48c0-816c-13e38010b442

    A port is attached to a server.
    > POST /v2.1/servers/$server/os-interface
    > {"interfaceAttachment": {"port_id": "$port"}}
    < 200
    < {"interfaceAttachment": {"port_id": "$port", "port_state": "ACTIVE"}}
    = create compute/server/interface $port
    = target.server_id: $server

``>`` is the request: method and path, then headers, then the body. ``<`` is
the answer of the service: status, headers, body. ``=`` is the final event:
action, typeURI of the target and its id, where ``-`` is that of the service;
then the ``name`` and the ``project_id`` of the target, what is attached to it
(``target.server_id``) or to the event (``attachment.status``), and any ``tag``
of its own. ``*`` is the same for each item of a bulk request, which has an
event of its own. ``= not audited`` says that there is no event. What a row
does not name, the event does not have. ``!`` is a secret of the request or of
the answer, which no event may contain.
"""

import dataclasses
import pathlib
import re
import string

NOT_AUDITED = 'not audited'

_is_definition = re.compile(r'(\w+) = (.+)').fullmatch
_is_header = re.compile(r'([A-Za-z0-9-]+): (.+)').fullmatch
_is_fact = re.compile(r'([a-z]\S*): (.+)').fullmatch


@dataclasses.dataclass
class Row:
    """One request, its answer, and what is expected of its events.

    :param title: what is done
    :param line: the line of the table in which it stands
    """

    title: str
    line: int
    request: list[str] = dataclasses.field(default_factory=list)
    answer: list[str] = dataclasses.field(default_factory=list)
    final: list[str] = dataclasses.field(default_factory=list)
    items: list[str] = dataclasses.field(default_factory=list)
    secrets: list[str] = dataclasses.field(default_factory=list)

    @property
    def parts(self):
        """Return where each kind of line belongs."""
        return {
            '>': self.request,
            '<': self.answer,
            '=': self.final,
            '*': self.items,
            '!': self.secrets,
        }


def tables():
    """Return the tables, by the name of their map."""
    here = pathlib.Path(__file__).parent
    return {path.stem: path for path in sorted(here.glob('*.txt'))}


def read_table(path):
    """Return the rows of a table."""
    names = {}
    rows = []
    for number, line in enumerate(path.read_text('utf-8').splitlines(), 1):
        line = line.rstrip()
        definition = _is_definition(line)
        if not line or line.startswith('#'):
            continue
        if definition:
            names[definition[1]] = definition[2]
        elif line[0] in '><=*!' and line[1:2] == ' ':
            text = string.Template(line[2:]).substitute(names)
            rows[-1].parts[line[0]].append(text)
        else:
            rows.append(Row(line, number))
    return rows


def read_message(lines):
    """Return the first line of a message, its headers and its body."""
    first, *rest = lines
    headers = []
    while rest and _is_header(rest[0]):
        headers.append(_is_header(rest.pop(0)).groups())
    return first, headers, '\n'.join(rest).encode()


def read_events(lines):
    """Return the events that lines expect, in the form of summary()."""
    events = []
    for line in lines:
        fact = _is_fact(line)
        if fact is None:
            action, type_uri, identifier = line.split(' ', 2)
            events.append(
                {
                    'action': action,
                    'target.typeURI': type_uri,
                    'target.id': identifier,
                }
            )
        elif fact[1] in ('name', 'project_id'):
            events[-1][f'target.{fact[1]}'] = fact[2]
        else:
            events[-1][fact[1]] = fact[2]
    return events


def summary(event):
    """Return of an event what a row can tell of it."""
    target = dict(event['target'])
    facts = {
        'action': event['action'],
        **{
            f'target.{each["name"]}': each['content']
            for each in target.pop('attachments', ())
        },
        **{f'target.{name}': value for name, value in target.items()},
        **{
            f'attachment.{each["name"]}': each['content']
            for each in event.get('attachments', ())
        },
    }
    if target['id'] == event['observer']['id']:
        facts['target.id'] = '-'
        del facts['target.name']
    # Each event has the tags of the pair: correlation and endpoint.
    for tag in event['tags']:
        if not tag.startswith(('correlation_id?', 'endpoint?')):
            facts['tag'] = tag
    return facts
