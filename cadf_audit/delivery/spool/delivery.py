# SPDX-License-Identifier: Apache-2.0

"""An event in, one record in a file out; nothing else happens in a request.

Each process has a writer of its own, made with its first event, and, if it is
to forward as well, a forwarder beside it.
"""

import atexit
from collections.abc import Callable
import contextlib
import json
import logging
import os
import threading
import time
from typing import Protocol
import weakref

from cadf_audit.clock import seconds
from cadf_audit.delivery import announce
from cadf_audit.delivery.encoding import encode
from cadf_audit.delivery.encoding import LineEncoder
from cadf_audit.delivery import NotRecorded
from cadf_audit.delivery.spool import counters
from cadf_audit.delivery.spool.folder import SpoolConfig
from cadf_audit.delivery.spool.journal import FolderGoneError
from cadf_audit.delivery.spool.losses import log_loss
from cadf_audit.delivery.spool.writer import why_lost
from cadf_audit.delivery.spool.writer import Writer
from cadf_audit.delivery.threads import patched_by
from cadf_audit.notification import Event
from cadf_audit.notification import Message
from cadf_audit.notification import PENDING
from cadf_audit.notification import REQUEST_EVENT
from cadf_audit.notification import RESPONSE_EVENT
from cadf_audit.text import cut

LOG = logging.getLogger(__name__)

#: seconds between two tries to make a folder that could not be made
RETRY_FOLDER = 0.25

#: seconds between two tries to start threads where there were none
RETRY_THREAD = 5.0

#: bytes that a reason may take where there is no room for more
LONGEST_REASON = 512

#: characters of each of its texts then, each of at most 12 bytes in JSON
SHORT_TEXT = 10

# What the final event adds to the pending one when there is no room for more.
_ESSENTIALS = ('outcome', 'reason', 'reporterchain')


class Forwarding(Protocol):
    """What forwards the records of a process."""

    def start(self) -> None:
        """Begin."""

    def stop(self) -> None:
        """End, within a bounded time."""

    def abandon(self) -> None:
        """Let go of what a forked child has inherited."""


class _Process:
    """What one process has of a delivery."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.writer: Writer | None = None
        self.forwarder: Forwarding | None = None
        self.lost = 0
        self.why_lost = ''
        self.lost_since = 0
        self.retry_at = self.restart_at = float('-inf')
        self.lock = threading.Lock()


class SpoolDelivery:
    """Appends each event to the spool.

    :param config: what the operator decided about the spool
    :param build_forwarder: returns a forwarder that calls a function about
        once a second; None if this process does not forward
    """

    def __init__(
        self,
        config: SpoolConfig,
        build_forwarder: Callable[[Callable[[], None]], Forwarding] | None,
    ) -> None:
        self._config = config
        self._encoder = LineEncoder(config.service)
        self._build_forwarder = build_forwarder
        self._processes: dict[int, _Process] = {}
        self._hooked = False
        # Whether the last final event was recorded: told of once a burst.
        self._ends = True
        announce(self)

    def send(self, event_type: str, event: Event, ends: bool = False) -> None:
        """Record an event.

        :raises NotRecorded: the pending event was not recorded
        """
        line = self._encoder.line(event_type, event).encode()
        process = self._process()
        if event_type == RESPONSE_EVENT or ends:
            if process.writer is not None:
                self._end(process.writer, event['id'], line)
            return
        try:
            writer = self._writer(process)
            if _begins(event_type, event):
                only_reads = event['action'].partition('/')[0] == 'read'
                writer.begin(event['id'], line, only_reads)
            else:
                writer.add(line)
        except FolderGoneError as exc:
            self._begin_anew(process, writer)
            raise NotRecorded from exc
        except OSError as exc:
            raise NotRecorded from exc

    def _begin_anew(self, process: _Process, gone: Writer) -> None:
        """Leave a folder that somebody has deleted."""
        with process.lock:
            if process.writer is not gone:
                # Another request was quicker; this one is lost as well.
                self._note_loss(process, counters.WRITE_ERROR)
                if process.writer is not None:
                    self._hand_over_losses(process, process.writer)
                return
            process.writer = None
            self._note_loss(process, counters.WRITE_ERROR, 1 + gone.leave())
        LOG.error(
            'somebody has deleted the folder of this process in the audit '
            'spool %s: what was not forwarded is lost',
            self._config.directory,
        )

    def start(self) -> None:
        """Begin to forward, before there is an event of this process."""
        self._start_forwarder(self._process())

    def close(self) -> None:
        """End in good order; another process goes on with what is left."""
        process = self._processes.pop(os.getpid(), None)
        if process is not None:
            if process.forwarder is not None:
                try:
                    process.forwarder.stop()
                except Exception:
                    LOG.exception('cannot stop to forward in good order')
            if process.lost and process.writer is None:
                # The last chance to tell of what was lost.
                process.retry_at = float('-inf')
                with contextlib.suppress(OSError):
                    self._make_writer(process)
            if process.writer is not None:
                process.writer.close()

    def _process(self) -> _Process:
        pid = os.getpid()
        process = self._processes.get(pid)
        if process is None:
            # For servers that fork without telling Python, as uWSGI does.
            self._forget_parent()
            self._hook()
            process = self._processes.setdefault(pid, _Process())
        return process

    def _writer(self, process: _Process) -> Writer:
        """Return the writer of this process.

        :raises OSError: there is no room for one
        """
        if process.forwarder is None and self._build_forwarder is not None:
            # First: it makes the room that a writer may not find.
            self._start_forwarder(process)
        writer = process.writer
        if writer is None:
            with process.lock:
                writer = process.writer or self._make_writer(process)
        return writer

    def _make_writer(self, process: _Process) -> Writer:
        if time.monotonic() < process.retry_at:
            self._note_loss(process, process.why_lost)
            raise OSError('the folder of the writer cannot be made')
        try:
            process.writer = Writer(self._config)
        except OSError as exc:
            process.retry_at = time.monotonic() + RETRY_FOLDER
            self._note_loss(process, why_lost(exc))
            raise
        if process.lost:
            self._hand_over_losses(process, process.writer)
        return process.writer

    def _hand_over_losses(self, process: _Process, writer: Writer) -> None:
        writer.lost_before(process.lost, process.why_lost, process.lost_since)
        process.lost = 0

    def _note_loss(self, process: _Process, why: str, number: int = 1) -> None:
        """Count a loss while there is no writer to count it."""
        if not process.lost:
            process.why_lost, process.lost_since = why, seconds()
            reason = counters.REFUSED if self._config.deny else why
            log_loss(self._config.directory, reason, why)
        process.lost += number

    def _start_forwarder(self, process: _Process) -> None:
        if self._build_forwarder is None or process.forwarder is not None:
            return
        if time.monotonic() < process.restart_at:
            return
        who = patched_by()
        if who is not None:
            # It was not so at start, or the filter would not have started.
            self._build_forwarder = None
            LOG.error(
                '%s has replaced the threads of this process: its events '
                'wait in the spool %s for cadf-audit spool forward',
                who,
                self._config.directory,
            )
            return
        with process.lock:
            if process.forwarder is None:
                forwarder = self._build_forwarder(self._tick)
                try:
                    forwarder.start()
                except RuntimeError:
                    process.restart_at = time.monotonic() + RETRY_THREAD
                    LOG.exception('cannot forward the audit spool yet')
                    return
                process.forwarder = forwarder

    def _tick(self) -> None:
        process = self._processes.get(os.getpid())
        if process is not None and process.writer is not None:
            process.writer.report_losses()

    def _end(self, writer: Writer, event_id: str, line: bytes) -> None:
        def shorten(pending: bytes) -> bytes:
            message: Message = json.loads(line)
            short: Message = json.loads(pending)
            for name in ('message_id', 'event_type', 'timestamp'):
                short[name] = message[name]
            for name in _ESSENTIALS:
                if name in message['payload']:
                    short['payload'][name] = message['payload'][name]
            # What the application has to say may be long.
            reason = short['payload'].get('reason', {})
            reason.pop('reasonText', None)
            if len(encode(reason)) > LONGEST_REASON:
                short['payload']['reason'] = {
                    name: cut(text, SHORT_TEXT)
                    for name, text in reason.items()
                }
            return encode(short).encode()

        try:
            writer.end(event_id, line, shorten)
            self._ends = True
        except OSError as exc:
            if self._ends:
                self._ends = False
                LOG.error(
                    'the audit spool %s takes no final event yet (%s)',
                    self._config.directory,
                    exc.strerror,
                )

    def _hook(self) -> None:
        if self._hooked:
            return
        self._hooked = True
        weak = weakref.WeakMethod(self._forget_parent)

        def forked() -> None:
            forget = weak()
            if forget is not None:
                forget()

        def ends() -> None:
            delivery = owner()
            if delivery is not None:
                delivery.close()

        owner = weakref.ref(self)
        os.register_at_fork(after_in_child=forked)
        atexit.register(ends)

    def _forget_parent(self) -> None:
        """Close what this process has from its parent."""
        own = os.getpid()
        for pid in [each for each in self._processes if each != own]:
            process = self._processes.pop(pid, None)
            if process is None:
                continue
            if process.forwarder is not None:
                process.forwarder.abandon()
            if process.writer is not None:
                process.writer.abandon()


def _begins(event_type: str, event: Event) -> bool:
    """Say whether an event is to have an end."""
    return event_type == REQUEST_EVENT or event.get('outcome') == PENDING
