# SPDX-License-Identifier: Apache-2.0

"""Audit notifications come from the message bus and leave as JSON lines.

python examples/consume.py rabbit://guest:guest@127.0.0.1:5672/ [topic]
"""

import contextlib
import json
import signal
import sys

from oslo_config import cfg
import oslo_messaging


class Printer:
    """Take both events of an interaction; their priority is info."""

    filter_rule = oslo_messaging.NotificationFilter(
        event_type=r'audit\.http\.(request|response)$'
    )

    def info(self, context, publisher_id, event_type, payload, metadata):
        """Print one event. If this raises, the event is lost."""
        facts = {'publisher_id': publisher_id, 'event_type': event_type}
        print(json.dumps(metadata | facts | {'payload': payload}), flush=True)


def main(url, topic='notifications'):
    """Print the events that wait on the topic, and new ones until Ctrl-C."""
    conf = cfg.ConfigOpts()
    transport = oslo_messaging.get_notification_transport(conf, url=url)
    target = oslo_messaging.Target(topic=topic)
    # All listeners on a topic share one queue, so this one takes events away
    # from the others. With pool='a-name' it gets a copy of each new one.
    listener = oslo_messaging.get_notification_listener(
        transport, [target], [Printer()], executor='threading'
    )
    with contextlib.suppress(KeyboardInterrupt):
        # More threads than one would print events out of their order.
        listener.start(override_pool_size=1)
        signal.pause()
    listener.stop()
    listener.wait()


if __name__ == '__main__':
    if len(sys.argv) not in (2, 3):
        sys.exit(f'usage: {sys.argv[0]} TRANSPORT_URL [TOPIC]')
    main(*sys.argv[1:])
