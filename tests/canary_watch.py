# SPDX-License-Identifier: Apache-2.0

"""What a test lets out in, where a canary is in it out.

What counts as let out: each event at the moment in which a delivery takes it;
each record of a log, also those that no handler keeps, with its arguments and
the texts of its exceptions; the text of each error of ours, and of each
exception that passes the filter; what other processes print where a test asks
for it; and all that stands in the temporary directories of a test at its end,
whoever wrote it: spools, databases, what servers printed. What a client gets
does not count: an application may echo.
"""

import contextlib
import functools
import logging
import mmap
import os
import subprocess

from cadf_audit.delivery.direct import DirectDelivery
from cadf_audit.delivery.encoding import encode
from cadf_audit.delivery.encoding import LineEncoder
from cadf_audit.exceptions import AuditError
from cadf_audit.middleware.factory import AuditMiddleware
from tests.canaries import find
from tests.canaries import seed

# Images of whole disks are larger, and mostly empty.
_LARGEST = 256 * 1024 * 1024
_LARGE = 1024 * 1024

# Where the predecessor writes its events, which hold the query as it came: it
# gets the same requests as we do, and does not redact.
_THEIRS = frozenset({'keystonemiddleware.audit', 'theirs'})


class Watch:
    """Collects where canaries were seen; any thread may report to it."""

    def __init__(self):
        self._seen = []

    def look(self, where, text):
        """Look for canaries in a text, or in bytes."""
        places = find(text)
        if places:
            self._seen.append(f'{where}: {", ".join(places)}')

    def take(self):
        """Return what was seen since this was asked last."""
        seen, self._seen = self._seen, []
        return seen


#: the one of this process
WATCH = Watch()


def texts_of(exc):
    """Yield what a traceback says of an exception and of those behind it."""
    waiting, known = [exc], set()
    while waiting:
        each = waiting.pop()
        if each is None or id(each) in known:
            continue
        known.add(id(each))
        for say in (str, repr):
            # An exception may be unable to say what it is.
            with contextlib.suppress(Exception):
                yield say(each)
        yield from map(str, getattr(each, '__notes__', ()))
        waiting += [each.__cause__, each.__context__]
        if isinstance(each, BaseExceptionGroup):
            waiting += each.exceptions


def look_at_exception(watch, where, exc):
    """Look at all that a traceback says of an exception."""
    for text in texts_of(exc):
        watch.look(f'{where} {type(exc).__name__}', text)


def look_at_record(watch, record):
    """Look at all that a handler could write of a record."""
    if record.name in _THEIRS:
        return
    where = f'log {record.name}'
    args = record.args
    with contextlib.suppress(Exception):
        watch.look(where, record.getMessage())
    for each in args.items() if isinstance(args, dict) else args or ():
        with contextlib.suppress(Exception):
            text = each if isinstance(each, str | bytes) else repr(each)
            watch.look(f'{where}, arguments', text)
    if record.exc_info and record.exc_info[1] is not None:
        look_at_exception(watch, f'{where},', record.exc_info[1])
    if record.stack_info:
        watch.look(f'{where}, stack', record.stack_info)


def look_at_files(watch, directory):
    """Look at all regular files below a directory, and at all names."""
    waiting = [os.fspath(directory)]
    while waiting:
        # Servers may still be at work in it.
        with contextlib.suppress(OSError), os.scandir(waiting.pop()) as found:
            for entry in found:
                watch.look('file name', entry.name)
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                elif entry.is_file(follow_symlinks=False):
                    _look_at_file(watch, entry)


def _look_at_file(watch, entry):
    size = entry.stat(follow_symlinks=False).st_size
    if not 0 < size <= _LARGEST:
        return
    where = f'file {entry.path}'
    with contextlib.suppress(OSError), open(entry.path, 'rb') as file:
        if size < _LARGE:
            watch.look(where, file.read())
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            watch.look(where, content)


@contextlib.contextmanager
def watching(watch=WATCH):
    """Look at all that leaves the package in this process."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(_records(watch))
        for owner, name, wrap in _DOORS:
            inner = vars(owner).get(name)
            setattr(owner, name, wrap(watch, getattr(owner, name)))
            if inner is None:
                stack.callback(delattr, owner, name)
            else:
                stack.callback(setattr, owner, name, inner)
        yield


@contextlib.contextmanager
def _records(watch):
    make = logging.getLogRecordFactory()

    def make_and_look(*args, **keys):
        record = make(*args, **keys)
        look_at_record(watch, record)
        return record

    logging.setLogRecordFactory(make_and_look)
    try:
        yield
    finally:
        logging.setLogRecordFactory(make)


def _line(watch, line):
    """Look at the events of all deliveries but the direct one."""

    @functools.wraps(line)
    def look(self, event_type, event):
        text = line(self, event_type, event)
        watch.look('event', text)
        return text

    return look


def _send(watch, send):
    """Look at the events of the direct delivery."""

    @functools.wraps(send)
    def look(self, event_type, event, *args, **keys):
        # What is no JSON is for others to complain of.
        with contextlib.suppress(TypeError, ValueError):
            watch.look('event', encode(event))
        return send(self, event_type, event, *args, **keys)

    return look


def _error(watch, init):
    """Look at the texts of our own errors, raised or not."""

    @functools.wraps(init)
    def look(self, *args, **keys):
        init(self, *args, **keys)
        look_at_exception(watch, 'exception', self)

    return look


def _call(watch, call):
    """Seed what was not made by the harness; look at what is raised."""

    @functools.wraps(call)
    def look(self, environ, start_response):
        try:
            return call(self, seed(environ), start_response)
        except BaseException as exc:
            look_at_exception(watch, 'exception', exc)
            raise

    return look


def _communicate(watch, communicate):
    """Look at what other processes print, if a test asks for it."""

    @functools.wraps(communicate)
    def look(self, *args, **keys):
        printed = communicate(self, *args, **keys)
        for name, text in zip(('stdout', 'stderr'), printed, strict=True):
            if text:
                watch.look(f'{name} of a process', text)
        return printed

    return look


_DOORS = (
    (LineEncoder, 'line', _line),
    (DirectDelivery, 'send', _send),
    (AuditError, '__init__', _error),
    (AuditMiddleware, '__call__', _call),
    (subprocess.Popen, 'communicate', _communicate),
)
