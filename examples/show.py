# SPDX-License-Identifier: Apache-2.0

"""Shows audit events: notifications as JSON texts in, lines for people out."""

import datetime
import json

PLAIN = '0'
BOLD = '1'
DIM = '2'
COLOURS = {
    'pending': '33',
    'success': '32',
    'failure': '31',
    'unknown': '35',
}


def show(text):
    """Return two lines, with colours, that tell what an event says.

    :param text: the notification as the log has it, a JSON text
    """
    event = json.loads(text)['payload']
    outcome = event['outcome']
    status = event.get('reason', {}).get('reasonCode', '')
    target = event['target']
    host = event['initiator'].get('host', {})
    who_what = (
        paint(DIM, local_time(event)),
        paint(COLOURS[outcome], f'{outcome:7}  {status:3}'),
        paint(BOLD, event['initiator'].get('name', 'unknown')),
        paint(PLAIN, event['action']),
        paint(PLAIN, target['typeURI']),
    )
    name = target.get('name', target['id'])
    where = (
        f'{event.get("requestPath", "")}  on {name}'
        f'  from {host.get("address", "unknown")}'
    )
    return f'  {"  ".join(who_what)}\n{" " * 16}{paint(DIM, where)}'


def local_time(event):
    """Return when the event was, for a final one when its answer was."""
    chain = event.get('reporterchain') or [{}]
    moment = chain[-1].get('reporterTime') or event['eventTime']
    when = datetime.datetime.fromisoformat(moment).astimezone()
    return when.time().isoformat('milliseconds')


def paint(colour, text):
    """Return the text in a colour, safe to print."""
    # Paths and names come from clients: an escape sequence among them would
    # be obeyed by the terminal.
    text = ''.join(char if char.isprintable() else '\ufffd' for char in text)
    return f'\x1b[{colour}m{text}\x1b[0m'
